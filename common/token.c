/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <stdlib.h>

#include "claims.h"
#include "clock.h"
#include "inquiry.h"
#include "jws.h"

#define REFUSED_SECONDS 10 /* for how long a provider's no is remembered */
#define NO_KEYS 0          /* as generation: not judged by keys that may change */

struct verifier {
	const struct settings *settings;
	const struct lists *lists;
	struct provider **provider; /* one per issuer, in the order of the settings */
	struct inquiry **inquiry;   /* likewise; NULL: nobody is asked */
	struct memo *memo;
};

struct verifier *verifier_new(const struct settings *settings, const struct state *state, struct table *table, struct turns *turns,
	const struct lists *lists)
{
	struct verifier *verifier = memory_new(sizeof(*verifier));

	verifier->settings = settings;
	verifier->lists = lists;
	verifier->provider = memory_new(settings->n_issuers * sizeof(struct provider *));
	verifier->inquiry = memory_new(settings->n_issuers * sizeof(struct inquiry *));
	for (size_t i = 0; i < settings->n_issuers; i++) {
		verifier->provider[i] = provider_new(settings, &settings->issuer[i], state, table);
		provider_take_turns(verifier->provider[i], turns);
		verifier->inquiry[i] = inquiry_new(settings, &settings->issuer[i], verifier->provider[i], table, turns);
	}
	verifier->memo = memo_new(settings->token_memory);
	return verifier;
}

void verifier_free(struct verifier *verifier)
{
	for (size_t i = 0; i < verifier->settings->n_issuers; i++) {
		inquiry_free(verifier->inquiry[i]);
		provider_free(verifier->provider[i]);
	}
	free(verifier->inquiry);
	free(verifier->provider);
	memo_free(verifier->memo);
	free(verifier);
}

void verifier_maintain(struct verifier *verifier, int64_t now)
{
	for (size_t i = 0; i < verifier->settings->n_issuers; i++)
		provider_maintain(verifier->provider[i], now);
}

static struct provider *provider_of(const struct verifier *verifier, const struct issuer *issuer)
{
	return verifier->provider[issuer - verifier->settings->issuer];
}

static struct inquiry *inquiry_of(const struct verifier *verifier, const struct issuer *issuer)
{
	return verifier->inquiry[issuer - verifier->settings->issuer];
}

/* By its parts alone: three are a signed token, five an encrypted one (RFC 7515 3.1, RFC 7516 3.1); anything else is opaque. */
static enum token_kind shape_of(struct str token)
{
	struct str rest = token, part;
	size_t parts = 0;

	while (parts < 6 && str_cut(&rest, '.', &part))
		parts++;
	if (parts == 3)
		return TOKEN_JWT;
	return parts == 5 ? TOKEN_ENCRYPTED : TOKEN_OPAQUE;
}

/* Can the first part be a JSON object in base64url? "{" is "e" and one of w-z, 0-9, - and _. */
static bool starts_like_json(struct str token)
{
	return token.n > 2 && token.p[0] == 'e' && str_has(STR("wxyz0123456789-_"), token.p[1]);
}

/* The prefix of the settings (token_prefix) that it has; NULL: none. */
static const struct token_prefix *prefix_of(const struct settings *settings, struct str token)
{
	for (size_t i = 0; i < settings->n_prefixes; i++) {
		if (str_starts(token, settings->prefix[i].prefix))
			return &settings->prefix[i];
	}
	return NULL;
}

void token_look(const struct verifier *verifier, struct str token, struct credential *credential)
{
	const struct token_prefix *prefix = prefix_of(verifier->settings, token);

	credential->token = token;
	crypto_sha256(token, credential->digest);
	credential->is_noise = false;
	credential->principal = NULL;
	credential->asked = prefix != NULL ? prefix->issuer : verifier->settings->opaque;
	credential->kind = shape_of(token);
	if (lists_keys_for(verifier->lists, token) != NULL)
		credential->kind = TOKEN_API_KEY;
	else if (prefix != NULL || (credential->asked != NULL && !starts_like_json(token)))
		credential->kind = TOKEN_OPAQUE;
}

/* Does what the entry was judged by still hold? */
static bool is_current(const struct verifier *verifier, const struct memo_entry *entry, int64_t now)
{
	const struct issuer *issuer;

	if (now >= entry->until)
		return false;
	if (entry->generation == NO_KEYS || entry->principal == NULL)
		return true;
	issuer = entry->principal->issuer;
	return entry->generation ==
		(issuer == &verifier->settings->api_key_issuer ? lists_keys_generation(verifier->lists)
							       : provider_keys_generation(provider_of(verifier, issuer), now));
}

enum outcome token_recall(struct verifier *verifier, const struct resource *resource, int64_t now, struct credential *credential)
{
	const struct memo_entry *entry = memo_find(verifier->memo, credential->digest, resource);

	if (entry == NULL || !is_current(verifier, entry, now))
		return OUTCOME_NONE;
	credential->principal = entry->principal;
	return entry->outcome;
}

/* Remembers a good one until `until`, and lets the caller have what is remembered. */
static enum outcome keep(struct verifier *verifier, const struct resource *resource, const struct principal *principal,
	uint64_t generation, int64_t until, struct credential *credential)
{
	struct memo_entry entry = { .resource = resource, .generation = generation, .until = until, .outcome = OUTCOME_ALLOW };

	for (size_t i = 0; i < MEMO_DIGEST_BYTES; i++)
		entry.digest[i] = credential->digest[i];
	credential->principal = memo_keep(verifier->memo, &entry, principal);
	return OUTCOME_ALLOW;
}

static void keep_refusal(
	struct verifier *verifier, const struct resource *resource, int64_t now, const struct credential *credential)
{
	struct memo_entry entry = { .resource = resource, .until = now + REFUSED_SECONDS, .outcome = OUTCOME_INACTIVE };

	for (size_t i = 0; i < MEMO_DIGEST_BYTES; i++)
		entry.digest[i] = credential->digest[i];
	(void)memo_keep(verifier->memo, &entry, NULL);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The issuer that the token names, if this resource accepts it. The name is believed only once the signature holds. */
static const struct issuer *choose_issuer(const struct resource *resource, const struct jws *jws)
{
	auto_buf name = BUF(2048);

	if (!jws_peek_issuer(jws, &name))
		return NULL;
	return settings_accepted_issuer(resource, buf_str(&name));
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

/* Judges claims, and once more with what userinfo and lists of memberships add to them. */
static enum outcome judge_claims(struct verifier *verifier, const struct issuer *issuer, const struct resource *resource,
	struct str token, json_t *json, enum evidence evidence, int64_t now, int64_t deadline, struct claims *claims)
{
	bool proven = evidence != EVIDENCE_ANSWER || inquiry_proves_audience(issuer);
	size_t before = json_object_size(json);
	enum outcome outcome = claims_judge(json, evidence, issuer, resource, now, claims);

	if (outcome == OUTCOME_ALLOW)
		outcome = inquiry_more(inquiry_of(verifier, issuer), token, proven, now, deadline, json);
	if (outcome == OUTCOME_ALLOW && json_object_size(json) != before)
		outcome = claims_judge(json, evidence, issuer, resource, now, claims);
	return outcome;
}

/* The provider's word on a token counts for as long as the settings say, and never beyond the token's own end (RFC 7662 4). */
static enum outcome judge_by_asking(struct verifier *verifier, const struct issuer *issuer, const struct resource *resource,
	struct str token, int64_t now, struct credential *credential)
{
	int64_t deadline = clock_ms() + INQUIRY_MS;
	json_t *answer = NULL;
	enum outcome outcome = inquiry_claims(inquiry_of(verifier, issuer), token, now, deadline, &answer);
	struct claims claims;

	auto_json *json = answer;
	if (outcome == OUTCOME_ALLOW)
		outcome = judge_claims(verifier, issuer, resource, token, json, EVIDENCE_ANSWER, now, deadline, &claims);
	credential->is_noise = outcome == OUTCOME_UNAVAILABLE && inquiry_was_noise(inquiry_of(verifier, issuer));
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	return keep(verifier, resource, &claims.principal, NO_KEYS, earlier(claims.principal.expires, now + issuer->ask.lifetime),
		credential);
}

static enum outcome judge_by_keys(struct verifier *verifier, const struct issuer *issuer, const struct resource *resource,
	struct str token, const struct jws *jws, int64_t now, struct credential *credential)
{
	enum evidence evidence = jws_check_type(jws, true) == OUTCOME_ALLOW ? EVIDENCE_ACCESS_TOKEN : EVIDENCE_JWT;
	enum outcome outcome = verify(verifier, issuer, jws, now);
	int64_t deadline = clock_ms() + INQUIRY_MS, until;
	struct claims claims;

	if (outcome == OUTCOME_UNAVAILABLE)
		credential->is_noise = provider_is_well(provider_of(verifier, issuer), now);
	if (outcome != OUTCOME_ALLOW)
		return outcome;

	auto_json *json = jws_claims(jws);
	if (json == NULL)
		return OUTCOME_MALFORMED_TOKEN;
	outcome = judge_claims(verifier, issuer, resource, token, json, evidence, now, deadline, &claims);
	credential->is_noise = outcome == OUTCOME_UNAVAILABLE && inquiry_was_noise(inquiry_of(verifier, issuer));
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	until = claims.principal.expires + issuer->skew;
	if (inquiry_is_set_up(issuer))
		until = earlier(until, now + issuer->ask.lifetime);
	return keep(verifier, resource, &claims.principal, provider_keys_generation(provider_of(verifier, issuer), now), until,
		credential);
}

static enum outcome judge_jwt(
	struct verifier *verifier, const struct resource *resource, struct str token, int64_t now, struct credential *credential)
{
	__attribute__((cleanup(jws_free))) struct jws jws = { 0 };
	enum outcome outcome = jws_parse(token, 0, &jws);
	const struct issuer *issuer;

	if (outcome != OUTCOME_ALLOW)
		return outcome;
	issuer = choose_issuer(resource, &jws);
	if (issuer == NULL)
		return OUTCOME_UNKNOWN_ISSUER;
	if (issuer->introspects_jwt)
		return judge_by_asking(verifier, issuer, resource, token, now, credential);
	return judge_by_keys(verifier, issuer, resource, token, &jws, now, credential);
}

static enum outcome judge_api_key(
	struct verifier *verifier, const struct resource *resource, struct str token, int64_t now, struct credential *credential)
{
	const struct principal *principal;
	enum outcome outcome = OUTCOME_UNKNOWN_API_KEY;

	if (resource->api_keys)
		outcome = api_keys_find(lists_keys_for(verifier->lists, token), credential->digest, now, &principal);
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	return keep(verifier, resource, principal, lists_keys_generation(verifier->lists), principal->expires, credential);
}

static enum outcome judge_by_kind(
	struct verifier *verifier, const struct resource *resource, struct str token, int64_t now, struct credential *credential)
{
	const struct issuer *asked =
		credential->asked != NULL && settings_accepts(resource, credential->asked) ? credential->asked : NULL;

	switch (credential->kind) {
	case TOKEN_API_KEY:
		return judge_api_key(verifier, resource, token, now, credential);
	case TOKEN_JWT:
		return judge_jwt(verifier, resource, token, now, credential);
	case TOKEN_ENCRYPTED:
		/* Only its provider can read it, and is asked only if the settings say so. */
		if (asked == NULL || !asked->introspects_jwt)
			return OUTCOME_ENCRYPTED_TOKEN;
		break;
	case TOKEN_OPAQUE:
		if (asked == NULL)
			return OUTCOME_OPAQUE_TOKEN;
		break;
	}
	return judge_by_asking(verifier, asked, resource, token, now, credential);
}

enum outcome token_judge(
	struct verifier *verifier, const struct resource *resource, struct str token, int64_t now, struct credential *credential)
{
	enum outcome outcome = judge_by_kind(verifier, resource, token, now, credential);

	/* Whoever shows it again at once does not make us ask again, be it a JWT or not. */
	if (outcome == OUTCOME_INACTIVE)
		keep_refusal(verifier, resource, now, credential);
	return outcome;
}
