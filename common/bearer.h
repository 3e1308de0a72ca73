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

#endif
