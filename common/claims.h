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
#define CLAIMS_MEMBERSHIPS 128 /* organizations, teams */
#define CLAIMS_NUMBER_BYTES 24

/* Where claims come from; the weakest is the zero value. */
enum evidence {
	EVIDENCE_JWT,          /* a signed token that does not say of what kind it is */
	EVIDENCE_ACCESS_TOKEN, /* one that calls itself an access token (at+jwt, RFC 9068 2.1) */
	EVIDENCE_ANSWER,       /* what the provider's endpoints said of a token (RFC 7662 2.2): most claims are optional there */
};

/* A principal while it still borrows from the claims. */
struct claims {
	struct principal principal;
	struct str group[CLAIMS_GROUPS];
	struct str scope[CLAIMS_SCOPES];
	struct str organization[CLAIMS_MEMBERSHIPS];
	struct str team[CLAIMS_MEMBERSHIPS];
	char number[CLAIMS_NUMBER_BYTES]; /* a subject that came as a number */
};

/* A NumericDate (RFC 7519 2): true with the time; false when it is missing (*present false) or no such number. */
bool claims_time(const json_t *json, const char *name, bool text_too, bool *present, int64_t *time) MUST_USE;

/*
 * Whom the claims of a login speak for, read as those of a token are. Until when they hold and for whom they were made is judged
 * elsewhere (id_token.h), so the principal has no end, and neither client nor scopes: those are not the provider's to give.
 * OUTCOME_ALLOW: claims->principal is filled and borrows from `json` and `claims`; or OUTCOME_BAD_CLAIMS.
 */
enum outcome claims_identify(const json_t *json, const struct issuer *issuer, struct claims *claims) MUST_USE;

/*
 * Judges the claims of a token of `issuer` for `resource`, whose signature holds or of which the provider itself spoke. `now` in
 * seconds. OUTCOME_ALLOW: claims->principal is filled and borrows from `json` and `claims`.
 */
enum outcome claims_judge(const json_t *json, enum evidence evidence, const struct issuer *issuer, const struct resource *resource,
	int64_t now, struct claims *claims) MUST_USE;

#endif
