/* SPDX-License-Identifier: MIT */
/*
 * Is a token whose signature holds an access token, for us, now? (RFC 7519 4.1, RFC 9068 4, RFC 8725 3.8-3.12) And whom does it
 * speak for? Pure: the time is an argument.
 */
#ifndef GATEHOUSE_CLAIMS_H
#define GATEHOUSE_CLAIMS_H

#include "json.h"
#include "outcome.h"
#include "policy.h"
#include "settings.h"

#define CLAIMS_GROUPS 256 /* groups and scopes beyond this many are not read, and the principal counts as having more */
#define CLAIMS_SCOPES 128

/* A principal while it still borrows from the claims. */
struct claims {
	struct principal principal;
	struct str group[CLAIMS_GROUPS];
	struct str scope[CLAIMS_SCOPES];
};

/*
 * Judges the claims of a verified token of `issuer` for `resource`; `is_access_type` says that its header called it an access
 * token (at+jwt). `now` in seconds. OUTCOME_ALLOW: claims->principal is filled and borrows from `json` and `claims`.
 */
enum outcome claims_judge(const json_t *json, bool is_access_type, const struct issuer *issuer, const struct resource *resource,
	int64_t now, struct claims *claims) MUST_USE;

#endif
