/* SPDX-License-Identifier: MIT */
/*
 * One request at a time, as FastCGI (libfcgi) or as plain CGI (RFC 3875); nobody else in the tree knows which. The only module
 * that includes fcgiapp.h, and the place for libfcgi's traps: kept connections, lingering closes, signals.
 */
#ifndef GATEHOUSE_HTTP_H
#define GATEHOUSE_HTTP_H

#include "str.h"

/* The request variables that any program looks at. Everything else that arrives is never read. */
enum http_variable {
	REQUEST_METHOD,
	REQUEST_URI,
	SERVER_NAME,
	REMOTE_ADDR,
	CONTENT_TYPE,
	CONTENT_LENGTH,
	FCGI_ROLE,
	GATEHOUSE_VOICE,
	GATEHOUSE_RESOURCE,
	GATEHOUSE_REQUEST_METHOD,
	GATEHOUSE_REQUEST_URI,
	GATEHOUSE_REQUEST_REDIRECT,
	GATEHOUSE_REQUEST_ID,
	HTTP_AUTHORIZATION,
	HTTP_X_API_KEY,
	HTTP_X_FORWARDED_FOR,
	HTTP_ORIGIN,
	HTTP_ACCESS_CONTROL_REQUEST_METHOD,
	HTTP_ACCESS_CONTROL_REQUEST_HEADERS,
	HTTP_MCP_PROTOCOL_VERSION,
	HTTP_MCP_METHOD,
	HTTP_MCP_NAME,
	HTTP_CONTENT_ENCODING,
	HTTP_MCP_SESSION_ID,
	HTTP_IF_NONE_MATCH,
	HTTP_COOKIE,
	HTTP_SEC_FETCH_SITE,
	HTTP_VARIABLES
};

struct http {
	struct str value[HTTP_VARIABLES]; /* of the first copy; borrowed until the next request */
	unsigned copies[HTTP_VARIABLES];  /* how often it came */
	char *const *variables;           /* all of them, NAME=value, ended by NULL; for conditions that look at headers */
	struct buf answer;                /* the whole answer, sent at once */
	int status;                       /* of the answer */
};

/* Takes over signals and the listening socket. Call once, before http_next. */
void http_start(void);
/*
 * Finishes the request at hand, if there is one, and waits for the next. False when there is none any more: the one CGI
 * request is done, or SIGTERM came. A signal that comes while a request is served is held back until the answer is out.
 */
bool http_next(struct http *http) MUST_USE;
/* Sends the answer now: what is done until http_next keeps nobody waiting but the next request of this process. */
void http_finish(struct http *http);
/* SIGHUP came since the last call. */
bool http_hangup(void);

/*
 * Reads the body to its end, or for 2 s, and appends it to `body`. False when it is longer than body->limit, or did not come to its
 * end (then body->failed is false); the rest is read and dropped, so that the front server never sees a broken pipe.
 */
bool http_body(struct http *http, struct buf *body) MUST_USE;

/* Reads the body to its end and drops it; false when it was longer than `limit` bytes. */
bool http_drain(struct http *http, size_t limit) MUST_USE;

/* The reason phrase of a status that a program uses (RFC 9110 15); "Error" for any other. static */
const char *http_status_phrase(int status);

/* The answer: status first (some servers drop what stands before it), then headers, then the body. Order of calls matters. */
void http_status(struct http *http, int status);
/* Left out when the value is empty. A value with control bytes ends the program: callers build only clean ones. */
void http_header(struct http *http, const char *name, struct str value);
/* The same, sent even when empty. */
void http_header_always(struct http *http, const char *name, struct str value);
/* Ends the headers, with Content-Length unless the status forbids one (204 and 304; RFC 9110 8.6). */
void http_content(struct http *http, struct str content);
/* As http_content, but only the length of `content` is told: the answer to HEAD. */
void http_content_head(struct http *http, struct str content);

#endif
