/* SPDX-License-Identifier: MIT */
#include "access_token.h"

#include "userinfo.h"

json_t *access_token_header(struct str kid)
{
	return json_pack("{s:s,s:o}", "typ", ACCESS_TOKEN_TYPE, "kid", json_from_str(kid));
}

static void set(json_t *claims, const char *name, struct str value)
{
	if (value.n != 0)
		(void)json_object_set_new(claims, name, json_from_str(value));
}

static void set_list(json_t *claims, const char *name, const struct words *words)
{
	json_t *list;

	if (words->n == 0)
		return;
	list = json_array();
	for (size_t i = 0; i < words->n; i++)
		(void)json_array_append_new(list, json_from_str(words->word[i]));
	(void)json_object_set_new(claims, name, list);
}

/* RFC 9068 2.2; of the person, OIDC Core 5.1 and RFC 9068 2.2.3. */
json_t *access_token_claims(const struct access_token *token)
{
	const struct principal *principal = token->principal;
	struct str audience = token->resource->audience.n != 0 ? token->resource->audience.word[0] : token->resource->identifier;
	json_t *claims = json_object();

	set(claims, "iss", token->issuer);
	set(claims, "aud", audience);
	set(claims, "sub", principal->subject);
	set(claims, "client_id", token->client);
	(void)json_object_set_new(claims, "iat", json_integer(token->now));
	(void)json_object_set_new(claims, "exp", json_integer(token->now + token->lifetime));
	set(claims, "jti", token->id);
	set(claims, "grant_id", token->grant);
	set(claims, "scope", token->scope);
	set(claims, "preferred_username", principal->user);
	set(claims, "name", principal->name);
	if (principal->email.n != 0) {
		set(claims, "email", principal->email);
		(void)json_object_set_new(claims, "email_verified", json_boolean(principal->email_verified));
	}
	set(claims, "hd", principal->hosted_domain);
	set_list(claims, "groups", &principal->groups);
	set_list(claims, "organizations", &principal->organizations);
	set_list(claims, "teams", &principal->teams);
	/* What could not be listed is not told from what is not there unless it is said (claims.c reads it so). */
	if (principal->groups_overage)
		(void)json_object_set_new(claims, "hasgroups", json_true());
	if (principal->memberships_overage)
		(void)json_object_set_new(claims, MEMBERSHIPS_UNKNOWN, json_true());
	return claims;
}

json_t *access_token_read(struct str token, struct str issuer, const struct jwk_set *keys, int64_t now)
{
	__attribute__((cleanup(jws_free))) struct jws jws = { 0 };

	if (jws_parse(token, 0, &jws) != OUTCOME_ALLOW || jws_check_type(&jws, true) != OUTCOME_ALLOW ||
		jws_verify(&jws, keys) != OUTCOME_ALLOW)
		return NULL;
	auto_json *claims = jws_claims(&jws);
	if (claims == NULL || !str_eq(json_text(claims, "iss"), issuer) ||
		json_integer_value(json_object_get(claims, "exp")) <= now)
		return NULL;
	return json_incref(claims);
}
