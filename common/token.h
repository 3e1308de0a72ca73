/* SPDX-License-Identifier: MIT */
/*
 * From a Bearer credential to a verified principal: by shape before any network, then by the keys of the issuer that the
 * resource trusts (RFC 9068 4). Every judgement ends here, whatever kind the credential is.
 */
#ifndef GATEHOUSE_TOKEN_H
#define GATEHOUSE_TOKEN_H

#include "crypto.h"
#include "memo.h"
#include "outcome.h"
#include "provider.h"
#include "settings.h"

struct verifier;

/* Everything must outlive it. new */
struct verifier *verifier_new(const struct settings *settings, const struct state *state, struct table *table) MUST_USE;
void verifier_free(struct verifier *verifier);

struct credential {
	unsigned char digest[SHA256_BYTES]; /* of the token: its name in logs and in the memo */
	const struct principal *principal;  /* OUTCOME_ALLOW only; borrowed until the next call */
};

/* OUTCOME_ALLOW, the reason for a refusal, or OUTCOME_UNAVAILABLE when the provider can't be asked. `now` in seconds. */
enum outcome token_judge(struct verifier *verifier, const struct resource *resource, struct str token, int64_t now,
	struct credential *credential) MUST_USE;

#endif
