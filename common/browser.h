/* SPDX-License-Identifier: MIT */
/*
 * The browser of a person: a random name in a cookie, so that what is begun in one browser is not finished in another (RFC 9700
 * 4.7), and proof that a form came from our own page. Cookies are for this host alone, not for scripts and not for requests that
 * other sites start, but for links (RFC 6265bis: __Host-, Secure, HttpOnly, SameSite=Lax).
 */
#ifndef GATEHOUSE_BROWSER_H
#define GATEHOUSE_BROWSER_H

#include "http.h"

#define BROWSER_NAME_BYTES 43   /* base64url of 256 bits */
#define BROWSER_DIGEST_BYTES 43 /* base64url of SHA-256 */

struct browser {
	char name[BROWSER_NAME_BYTES + 1];     /* a secret between it and us */
	char digest[BROWSER_DIGEST_BYTES + 1]; /* by which it may be kept */
	bool is_new;                           /* it has no cookie yet: browser_remember */
	bool secure;                           /* https; else cookies are plain ones, for development */
};

void browser_find(const struct http *http, bool secure, struct browser *browser);
/* The header that gives a new browser its cookie; nothing for a known one. Between http_status and http_content. */
void browser_remember(struct http *http, const struct browser *browser);

/* A further cookie of ours, for the time of the browser's session; an empty value takes it away. */
void browser_set(struct http *http, const struct browser *browser, const char *name, struct str value);
/* Its value; empty when there is none. borrowed from the request */
struct str browser_get(const struct http *http, const struct browser *browser, const char *name) MUST_USE;

/* Appends what our form about `subject` carries so that nobody else can make one (OWASP: a token bound to the session). */
void browser_form_token(const struct browser *browser, struct str subject, struct buf *token);
/* Did our own page send the form: is `token` the one for `subject`, and does the browser not say otherwise (Fetch Metadata)? */
bool browser_sent_form(const struct http *http, const struct browser *browser, struct str subject, struct str token) MUST_USE;

#endif
