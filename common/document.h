/* SPDX-License-Identifier: MIT */
/*
 * How the public programs answer: JSON documents that anyone may read from any origin (Fetch standard), with an ETag and a
 * lifetime (RFC 9111), and short JSON errors.
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
 * GET and HEAD may go on (true). OPTIONS is answered as a preflight and any other method as 405: false, the answer is
 * written. RFC 9110 15.5.6.
 */
bool document_is_read(struct http *http) MUST_USE;

/* 200 with the document, or 304 when the client has it already. `max_age` in seconds. */
void document_send(struct http *http, struct str json, int64_t max_age);

/* {"error":...,"error_description":...}, not to be stored. `retry_after` in seconds, 0 = not said. */
void document_refuse(struct http *http, int status, const char *error, const char *description, unsigned retry_after);

/* The headers that let scripts of any origin read the answer. Call after http_status. */
void document_allow_any_origin(struct http *http);
/* A preflight's answer: 204 with these methods. */
void document_preflight(struct http *http, const char *methods);

#endif
