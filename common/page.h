/* SPDX-License-Identifier: MIT */
/*
 * The pages that a person sees: consent, errors, "signed out", "who has access". Data in, HTML and headers out; no scripts, no
 * images, nothing from elsewhere. Pure.
 *
 * Names and URIs of clients are foreign text. Every text goes through one function that leaves no markup in it, shows invisible
 * and direction-changing characters by their number, and cuts what is too long with "...".
 *
 * Browsers send `Origin: null` with the forms of these pages, because of `Referrer-Policy: no-referrer` (Fetch standard, "append
 * a request Origin header"): whoever takes the forms relies on the token in them and on Sec-Fetch-Site, not on Origin.
 */
#ifndef GATEHOUSE_PAGE_H
#define GATEHOUSE_PAGE_H

#include "settings.h"
#include "str.h"

#define PAGE_BYTES (256 * 1024)
#define PAGE_POLICY_BYTES 8192

/*
 * Made by PAGE, filled by one of the functions below, freed by page_free. A page that would be longer than PAGE_BYTES has
 * `html.failed` set: send an error page in its place.
 */
struct page {
	struct str site;   /* who speaks: a name or a host, ours. borrowed */
	struct buf html;   /* the body of the answer */
	struct buf policy; /* the value of Content-Security-Policy */
};
#define PAGE(who) ((struct page){ .site = (who), .html = BUF(PAGE_BYTES), .policy = BUF(PAGE_POLICY_BYTES) })
void page_free(struct page *page);
#define auto_page __attribute__((cleanup(page_free))) struct page

/*
 * The headers of the answer (RFC 9700 4.16), number `i` of them; false when there are no more. Call it once the page is filled;
 * `value` borrows from the page.
 */
bool page_header(const struct page *page, size_t i, const char **name, struct str *value) MUST_USE;

/* A list; borrowed. */
struct texts {
	const struct str *text;
	size_t n;
};

/* What scopes mean, for people. */
struct scope_table {
	const struct scope_meaning *row;
	size_t n;
};

/*
 * Consent, before the browser goes on to the login: per user and client. The form is POSTed to `action` with `request`, `token`
 * and `decision`, which is "allow" or "deny". The answer to it may redirect to `redirect_uri` and to `login` and to nowhere else:
 * form-action governs the whole chain of redirects after a form. Where the login is a chain through hosts that nobody knows
 * beforehand, answer the form with page_onward instead.
 */
struct consent {
	struct str client_name;     /* foreign; may be empty */
	bool vouched;               /* the operator has set this client up: its name is no mere claim */
	struct str client_id;       /* foreign; when it is an https URL, its host is shown as the publisher */
	struct str redirect_uri;    /* foreign; the one of this request. Its host is always shown */
	struct texts redirect_uris; /* foreign; all that the client has. When all are loopback, a warning is shown */
	struct texts scopes;        /* foreign; each is shown, in its words if there are any */
	struct scope_table table;
	struct str resource;      /* identifier of the MCP server */
	struct str resource_name; /* may be empty */
	struct str user;          /* who is logged in; empty: not known yet */
	struct str action;        /* path that takes the form */
	struct str login;         /* URL of the provider's login that follows; empty: none */
	struct str request;       /* id of this authorization request */
	struct str token;         /* against forged forms, bound to the request */
};
void page_consent(struct page *page, const struct consent *consent);

/*
 * Goes on to `uri` in a way that form-action does not govern: by itself where the browser can, else by a link, which also serves
 * when a program on the person's device has to be opened. A URI that is unfit for redirects (redirect_uri.h) is never linked.
 */
void page_onward(struct page *page, struct str uri);

/* What can go wrong in the browser's part when there is no client to tell it to (OAuth 2.1 4.1.2.1), or none that could help. */
enum page_problem {
	PROBLEM_REQUEST, /* the authorization request can't be understood */
	PROBLEM_CLIENT_UNKNOWN,
	PROBLEM_CLIENT_DOCUMENT, /* the document that a client's id names can't be had or is wrong */
	PROBLEM_CLIENT_REFUSED,  /* not on the list of those that may ask */
	PROBLEM_REDIRECT_URI,    /* not one of the client's */
	PROBLEM_EXPIRED,         /* the request is too old, or done already */
	PROBLEM_BROWSER,         /* begun in another browser, or without cookies */
	PROBLEM_FORM,            /* the form's token is wrong */
	PROBLEM_LOGIN,           /* the provider refused the login */
	PROBLEM_PROVIDER,        /* the provider answers nonsense */
	PROBLEM_TOO_MANY,
	PROBLEM_UNAVAILABLE, /* the store, or our keys */
	PROBLEM_INTERNAL,
	PROBLEM_COUNT
};
/* The HTTP status that goes with it: 400, 403, 429, 500, 502 or 503. */
int page_problem_status(enum page_problem problem);

/*
 * What happened, and what to do. `id` finds the event in the log. `about` is the foreign text that it is about, such as the
 * client_id as it came; may be empty.
 */
void page_error(struct page *page, enum page_problem problem, struct str id, struct str about);

/* `again`: path or URL of ours where signing in begins; empty: no link. */
void page_signed_out(struct page *page, struct str again);

/* What a person has allowed a client. Times are seconds since 1970, UTC. */
struct access_grant {
	struct str id;          /* ours */
	struct str client_name; /* foreign; may be empty */
	struct str client_id;   /* foreign; its host is shown when it is an https URL */
	struct str resource;
	struct texts scopes;
	int64_t since;
	int64_t last_used; /* 0: never */
};

/*
 * Who has access: each grant with a button that ends it, which POSTs `token` and `grant`, the grant's id, to `action`. With
 * `sign_out` a further button POSTs `token` there.
 */
struct access {
	struct str user;
	const struct access_grant *grants; /* as many as a page has room for are shown, and said to be not all */
	size_t grants_n;
	struct scope_table table;
	struct str action;
	struct str sign_out; /* path; empty: no such button */
	struct str token;    /* against forged forms, bound to the session */
};
void page_access(struct page *page, const struct access *access);

#endif
