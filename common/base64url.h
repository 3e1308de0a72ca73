/* SPDX-License-Identifier: MIT */
/*
 * base64url without padding (RFC 4648 section 5, RFC 7515 section 2) and plain base64 with padding (RFC 4648
 * section 4). Decoding is strict: no foreign byte, no padding (url) or exact padding (plain), last bits zero, so
 * that every value has one spelling.
 */
#ifndef GATEHOUSE_BASE64URL_H
#define GATEHOUSE_BASE64URL_H

#include "str.h"

/* Appends the decoded bytes; false, and nothing appended, when the text is not canonical or does not fit. */
bool base64url_decode(struct str text, struct buf *bytes) MUST_USE;
void base64url_encode(struct str bytes, struct buf *text);
/* The same with padding and the standard alphabet. */
bool base64_decode(struct str text, struct buf *bytes) MUST_USE;
void base64_encode(struct str bytes, struct buf *text);

#endif
