/* SPDX-License-Identifier: MIT */
/*
 * From a credential to a verified principal: by shape before any network, then by what judges that kind: the file of our own API
 * keys, the keys of the issuer that the resource trusts (RFC 9068 4), or a question to that issuer (RFC 7662). Every judgement ends
 * here, whatever kind the credential is.
 */
#ifndef GATEHOUSE_TOKEN_H
#define GATEHOUSE_TOKEN_H

#include "crypto.h"
#include "lists.h"
#include "memo.h"
#include "outcome.h"
#include "provider.h"
#include "settings.h"
#include "turn.h"

struct verifier;

/* Everything must outlive it. new */
struct verifier *verifier_new(const struct settings *settings, const struct state *state, struct table *table, struct turns *turns,
	const struct lists *lists) MUST_USE;
void verifier_free(struct verifier *verifier);

/* Asks for keys that have grown old, after the answer and so at nobody's cost. `now` in seconds. */
void verifier_maintain(struct verifier *verifier, int64_t now);

enum token_kind { TOKEN_API_KEY, TOKEN_JWT, TOKEN_ENCRYPTED, TOKEN_OPAQUE };

struct credential {
	unsigned char digest[SHA256_BYTES]; /* of the token: its name in logs and in the memo */
	struct str token;                   /* borrowed */
	enum token_kind kind;
	const struct issuer *asked;        /* TOKEN_OPAQUE: who may be asked about it; NULL: nobody */
	bool is_noise;                     /* OUTCOME_UNAVAILABLE only: it is the token, others are judged as ever */
	const struct principal *principal; /* OUTCOME_ALLOW only; borrowed until the next call */
};

/* What can be said of it by looking: digest and kind. */
void token_look(const struct verifier *verifier, struct str token, struct credential *credential);

/*
 * What a previous request of this process already paid for: OUTCOME_ALLOW with the principal, the reason for a refusal, or
 * OUTCOME_NONE when nothing is known, or no longer. Never waits.
 */
enum outcome token_recall(
	struct verifier *verifier, const struct resource *resource, int64_t now, struct credential *credential) MUST_USE;

/* OUTCOME_ALLOW, the reason for a refusal, or OUTCOME_UNAVAILABLE when the provider can't be asked. `now` in seconds. */
enum outcome token_judge(struct verifier *verifier, const struct resource *resource, struct str token, int64_t now,
	struct credential *credential) MUST_USE;

#endif
