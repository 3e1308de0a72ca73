/* SPDX-License-Identifier: MIT */
/*
 * Finding the one credential of a request (RFC 6750 2.1, OAuth 2.1 5.1): a Bearer token in the Authorization header and
 * nowhere else. Pure.
 */
#ifndef GATEHOUSE_BEARER_H
#define GATEHOUSE_BEARER_H

#include "outcome.h"
#include "str.h"

#define BEARER_TOKEN_BYTES 8192

/*
 * Judges the shape of what came: the value and the number of Authorization headers, and the raw query of the request.
 * OUTCOME_ALLOW: *token borrows from `authorization`. Else the reason, and *token is empty.
 */
enum outcome bearer_find(struct str authorization, unsigned copies, struct str query, struct str *token) MUST_USE;

/*
 * The same for an API key in a header of its own (X-API-Key), which is there. Beside an Authorization header it would be a second
 * credential, and readers would disagree on which one counts.
 */
enum outcome api_key_find(struct str header, unsigned copies, struct str authorization, struct str *token) MUST_USE;

#endif
