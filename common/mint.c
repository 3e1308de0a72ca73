/* SPDX-License-Identifier: MIT */
#include "mint.h"

#include "access_token.h"
#include "authorization.h"
#include "base64url.h"
#include "claims.h"
#include "clients.h"
#include "crypto.h"
#include "keyring.h"
#include "log.h"

#define ID_BYTES 16 /* 128 bits: no two tokens have the same */

/* False when it would be longer than auth-check takes. */
static bool sign(const struct signer *signer, struct str kid, const struct access_token *token, struct buf *text)
{
	auto_json *header = access_token_header(kid), *claims = access_token_claims(token);
	auto_secret made = BUF(MINT_BYTES);

	if (!signer_sign(signer, header, claims, &made) || made.n > ACCESS_TOKEN_BYTES)
		return false;
	buf_add(text, buf_str(&made));
	return !text->failed;
}

/* Those of the resource: to go on while the person is away is nobody's business but ours (SEP-2207). */
static void add_scopes(struct str granted, struct buf *out)
{
	struct str scope;

	while (str_word(&granted, &scope)) {
		if (!str_is(scope, "offline_access"))
			buf_print(out, "%s%.*s", out->n != 0 ? " " : "", STR_ARGS(scope));
	}
}

bool mint_token(
	const struct settings *settings, struct signing_key *key, const struct granted *granted, int64_t now, struct buf *text)
{
	auto_buf scope = BUF(MINT_BYTES);

	add_scopes(granted->scope, &scope);
	struct access_token token = { .issuer = settings->public_issuer,
		.resource = authorization_resource(settings, granted->grant.resource),
		.scope = buf_str(&scope),
		.grant = granted->grant.id,
		.now = now,
		.lifetime = settings->broker.access_token_lifetime };
	unsigned char random[ID_BYTES];
	auto_buf id = BUF(64), client = BUF(CLIENTS_SHORT_BYTES);
	struct claims claims;
	struct str kid;
	const struct signer *signer = signing_key_look(key, now, &kid);

	if (signer == NULL || token.resource == NULL ||
		claims_identify(granted->grant.claims, settings->broker.login, &claims) != OUTCOME_ALLOW)
		return false;
	crypto_random(random, sizeof(random));
	base64url_encode((struct str){ (const char *)random, sizeof(random) }, &id);
	token.id = buf_str(&id);
	clients_short_id(granted->grant.client, &client);
	token.client = buf_str(&client);
	token.principal = &claims.principal;
	if (sign(signer, kid, &token, text))
		return true;
	claims.principal.groups.n = claims.principal.organizations.n = claims.principal.teams.n = 0;
	claims.principal.groups_overage = claims.principal.memberships_overage = true;
	log_event(LOG_WARNING, "access_token_too_large",
		"grant %.*s: this person is in more groups than a token has room for, so rules for groups refuse it",
		STR_ARGS(granted->grant.id));
	return sign(signer, kid, &token, text);
}

json_t *mint_read(const struct settings *settings, const struct state *state, struct str token, int64_t now)
{
	auto_json *ring = keyring_read(state);
	auto_json *published = ring != NULL ? keyring_public(ring, now, NULL) : NULL;
	struct jwk_set *keys = published != NULL ? jwk_set_read(published) : NULL;
	json_t *claims = keys != NULL ? access_token_read(token, settings->public_issuer, keys, now) : NULL;

	jwk_set_free(keys);
	return claims;
}

bool mint_is_for(const json_t *claims, struct str client)
{
	auto_buf name = BUF(MINT_BYTES);

	clients_short_id(client, &name);
	return str_eq(json_text(claims, "client_id"), buf_str(&name));
}
