/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <stdlib.h>

#include "claims.h"
#include "jws.h"

#define MEMO_BYTES (4 * 1024 * 1024)

struct verifier {
	const struct settings *settings;
	struct provider **provider; /* one per issuer, in the order of the settings */
	struct memo *memo;
};

struct verifier *verifier_new(const struct settings *settings, const struct state *state, struct table *table)
{
	struct verifier *verifier = memory_new(sizeof(*verifier));

	verifier->settings = settings;
	verifier->provider = memory_new(settings->n_issuers * sizeof(struct provider *));
	for (size_t i = 0; i < settings->n_issuers; i++)
		verifier->provider[i] = provider_new(settings, &settings->issuer[i], state, table);
	verifier->memo = memo_new(MEMO_BYTES);
	return verifier;
}

void verifier_free(struct verifier *verifier)
{
	for (size_t i = 0; i < verifier->settings->n_issuers; i++)
		provider_free(verifier->provider[i]);
	free(verifier->provider);
	memo_free(verifier->memo);
	free(verifier);
}

static struct provider *provider_of(const struct verifier *verifier, const struct issuer *issuer)
{
	return verifier->provider[issuer - verifier->settings->issuer];
}

/* What a previous request already paid for, unless the keys, the resource or the time have moved on. */
static const struct principal *recall(
	struct verifier *verifier, const struct resource *resource, int64_t now, const unsigned char *digest)
{
	const struct memo_entry *entry = memo_find(verifier->memo, digest);
	const struct principal *principal;

	if (entry == NULL || entry->resource != resource)
		return NULL;
	principal = entry->principal;
	if (now >= principal->expires + principal->issuer->skew ||
		provider_keys_generation(provider_of(verifier, principal->issuer), now) != entry->generation)
		return NULL;
	return principal;
}

/* The issuer that the token names, if this resource accepts it. The name is believed only once the signature holds. */
static const struct issuer *choose_issuer(const struct resource *resource, const struct jws *jws)
{
	auto_buf name = BUF(2048);

	if (!jws_peek_issuer(jws, &name))
		return NULL;
	for (size_t i = 0; i < resource->n_issuers; i++) {
		if (str_eq(resource->issuer[i]->identifier, buf_str(&name)))
			return resource->issuer[i];
	}
	return NULL;
}

static enum outcome verify(struct verifier *verifier, const struct issuer *issuer, const struct jws *jws, int64_t now)
{
	const struct jwk_set *keys;
	enum outcome outcome;

	if (issuer->algorithms != 0 && (issuer->algorithms >> jws->algorithm_index & 1) == 0)
		return OUTCOME_BAD_ALGORITHM;
	outcome = jws_check_type(jws, issuer->typ_strict);
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	switch (provider_keys(provider_of(verifier, issuer), jws->kid, now, &keys)) {
	case PROVIDER_READY:
		return jws_verify(jws, keys);
	case PROVIDER_NO_SUCH_KEY:
		return OUTCOME_UNKNOWN_KEY;
	case PROVIDER_UNAVAILABLE:
		break;
	}
	return OUTCOME_UNAVAILABLE;
}

static enum outcome judge_jwt(
	struct verifier *verifier, const struct resource *resource, struct str token, int64_t now, struct credential *credential)
{
	__attribute__((cleanup(jws_free))) struct jws jws = { 0 };
	enum outcome outcome = jws_parse(token, 0, &jws);
	const struct issuer *issuer;
	struct claims claims;

	if (outcome != OUTCOME_ALLOW)
		return outcome;
	issuer = choose_issuer(resource, &jws);
	if (issuer == NULL)
		return OUTCOME_UNKNOWN_ISSUER;
	outcome = verify(verifier, issuer, &jws, now);
	if (outcome != OUTCOME_ALLOW)
		return outcome;

	auto_json *json = jws_claims(&jws);
	if (json == NULL)
		return OUTCOME_MALFORMED_TOKEN;
	outcome = claims_judge(json, jws_check_type(&jws, true) == OUTCOME_ALLOW, issuer, resource, now, &claims);
	if (outcome == OUTCOME_ALLOW)
		credential->principal = memo_keep(verifier->memo, credential->digest, resource,
			provider_keys_generation(provider_of(verifier, issuer), now), &claims.principal);
	return outcome;
}

enum outcome token_judge(
	struct verifier *verifier, const struct resource *resource, struct str token, int64_t now, struct credential *credential)
{
	size_t dots = 0;

	for (size_t i = 0; i < token.n; i++)
		dots += token.p[i] == '.';
	crypto_sha256(token, credential->digest);
	credential->principal = NULL;
	/* RFC 7515 3.1: three parts are a signed token, five an encrypted one (RFC 7516 3.1); anything else is opaque. */
	if (dots == 4)
		return OUTCOME_ENCRYPTED_TOKEN;
	if (dots != 2)
		return OUTCOME_OPAQUE_TOKEN;
	credential->principal = recall(verifier, resource, now, credential->digest);
	return credential->principal != NULL ? OUTCOME_ALLOW : judge_jwt(verifier, resource, token, now, credential);
}
