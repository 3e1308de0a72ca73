/* SPDX-License-Identifier: MIT */
/*
 * GET one document, or POST a short question, to a URL of the settings or of a provider's document, bounded in every way:
 * https (http only for loopback in development), certificate checked, no redirect, no proxy but the
 * configured one, no cookies, no netrc, size and time limited. A URL that a stranger named is `public_only`. The only module that
 * knows libcurl.
 */
#ifndef GATEHOUSE_FETCH_H
#define GATEHOUSE_FETCH_H

#include "address.h"
#include "str.h"

struct fetch_options {
	struct str ca_file; /* the only certificate authorities that count; empty: the system's */
	struct str proxy;   /* empty: none; the environment is never asked */
	bool loopback_http; /* development: http to a loopback host */
	long timeout_ms;    /* for the whole exchange */
	size_t limit;       /* bytes of the body */
	/* A secret: goes into no log and no message. */
	struct str authorization; /* value of the Authorization header; empty: none */
	struct str post;          /* the body of a POST; empty: GET */
	const char *post_type;    /* its Content-Type */
	/*
	 * For the URL of a stranger (RFC 6890): each address is judged when it is about to be connected to, whatever
	 * the name said before, and no packet goes to one that is not public; port 443; no proxy; a connection of its own, which
	 * neither was kept nor will be. What `reason` then says about addresses is not for the stranger.
	 */
	bool public_only;
	const struct network *allowed; /* may be connected to all the same */
	size_t n_allowed;
	const uint16_t *port; /* besides 443 */
	size_t n_ports;
};

struct fetch_result {
	int status;       /* HTTP status, 0 when there was no answer */
	bool is_json;     /* Content-Type application/json or application/...+json */
	bool too_large;   /* the answer is larger than the limit */
	int64_t max_age;  /* seconds of Cache-Control max-age; 0 with no-store or no-cache, -1 when nothing is said */
	char reason[160]; /* why not, for the log; "" when an answer came */
};

/*
 * True when an answer came whole, whatever its status, unless it is a redirect (3xx); the body is
 * appended to `body`. False: result->reason says why, result->status may be set all the same, and
 * nothing is appended. `body` may hold options->limit bytes more.
 */
bool fetch(const char *url, const struct fetch_options *options, struct buf *body, struct fetch_result *result) MUST_USE;

#endif
