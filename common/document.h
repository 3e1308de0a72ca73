/* SPDX-License-Identifier: MIT */
/*
 * How the public programs answer: JSON documents that anyone may read from any origin (Fetch
 * standard), with an ETag and a lifetime (RFC 9111), and short JSON errors.
 */
#ifndef GATEHOUSE_DOCUMENT_H
#define GATEHOUSE_DOCUMENT_H

#include "http.h"
#include "settings.h"

#define DOCUMENT_BYTES (256 * 1024)

/* The raw path of the request, as it came over the wire; *query gets what follows "?". */
struct str document_path(const struct http *http, struct str *query);
/* The method of the request as the client sent it. */
struct str document_method(const struct http *http);

/*
 * GET and HEAD may go on (true). OPTIONS is answered as a preflight and any other method as 405:
 * false, the answer is written.
 */
bool document_is_read(struct http *http) MUST_USE;
/* 405 with the methods that would do (RFC 9110 15.5.6). */
void document_wrong_method(struct http *http, const char *methods);

/*
 * 200 with the document, or 304 when the client has it already (RFC 9110 13.1.2). `max_age` in
 * seconds; 0 = not to be stored.
 */
void document_send(struct http *http, struct str json, int64_t max_age);

/* {"error":...,"error_description":...}, not to be stored. `retry_after` in seconds, 0 = not said. */
void document_refuse(struct http *http, int status, const char *error, const char *description, unsigned retry_after);

/*
 * 404 for a place without a document; a preflight is answered there too, or a page could not read the
 * 404 that tells it to go on elsewhere.
 */
void document_absent(struct http *http, const char *description);

/* 308 (RFC 9110 15.4.9); `max_age` as above, since a redirect without one is kept for ever. */
void document_moved(struct http *http, struct str location, int64_t max_age);

/* The headers that let scripts of any origin read the answer. Call after http_status. */
void document_allow_any_origin(struct http *http);
/* A preflight's answer: 204 with these methods. */
void document_preflight(struct http *http, const char *methods);

#endif
