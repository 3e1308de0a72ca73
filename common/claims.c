/* SPDX-License-Identifier: MIT */
#include "claims.h"

#define SUBJECT_BYTES 255
#define LATEST_TIME 9007199254740992.0 /* 2^53: every second up to here has its own double */

/* A NumericDate (RFC 7519 2): true with the time; false when it is missing (*present false) or no such number. */
static bool read_time(const json_t *json, const char *name, bool *present, int64_t *time)
{
	const json_t *value = json_object_get(json, name);
	double number;

	*present = value != NULL;
	if (!json_is_number(value))
		return false;
	number = json_number_value(value);
	if (!(number >= 0 && number <= LATEST_TIME))
		return false;
	*time = (int64_t)number;
	return true;
}

static enum outcome judge_time(const json_t *json, const struct issuer *issuer, int64_t now, int64_t *expires)
{
	bool has_exp, has_nbf, has_iat;
	int64_t exp = 0, nbf = 0, iat = now;

	if (!read_time(json, "exp", &has_exp, &exp) || (!read_time(json, "nbf", &has_nbf, &nbf) && has_nbf) ||
		(!read_time(json, "iat", &has_iat, &iat) && has_iat))
		return OUTCOME_BAD_CLAIMS;
	if (now >= exp + issuer->skew)
		return OUTCOME_EXPIRED;
	if (now < nbf - issuer->skew || iat > now + issuer->skew)
		return OUTCOME_NOT_YET_VALID;
	if (issuer->max_lifetime != 0 && exp - iat > issuer->max_lifetime)
		return OUTCOME_LIFETIME_TOO_LONG;
	*expires = exp;
	return OUTCOME_ALLOW;
}

/* RFC 7519 4.1.3, RFC 9068 4: at least one audience is ours, exactly. */
static enum outcome judge_audience(const json_t *json, const struct issuer *issuer, const struct resource *resource)
{
	const json_t *audience = json_object_get(json, "aud"), *item;
	bool ours = false;
	size_t i;

	if (audience == NULL)
		return OUTCOME_WRONG_AUDIENCE;
	if (json_is_string(audience))
		return settings_audience_ok(resource, issuer, json_text(json, "aud")) ? OUTCOME_ALLOW : OUTCOME_WRONG_AUDIENCE;
	if (!json_is_array(audience))
		return OUTCOME_BAD_CLAIMS;
	if (issuer->single_audience && json_array_size(audience) > 1)
		return OUTCOME_WRONG_AUDIENCE;
	for (i = 0; i < json_array_size(audience); i++) {
		item = json_array_get(audience, i);
		if (!json_is_string(item))
			return OUTCOME_BAD_CLAIMS;
		if (settings_audience_ok(resource, issuer, (struct str){ json_string_value(item), json_string_length(item) }))
			ours = true;
	}
	return ours ? OUTCOME_ALLOW : OUTCOME_WRONG_AUDIENCE;
}

/* Other tokens of the same provider, rightly signed, that are not for presenting to a resource (RFC 8725 3.12, RFC 9068 5). */
static enum outcome judge_kind(const json_t *json, bool is_access_type, const struct issuer *issuer)
{
	static const char *const id_token_marks[] = { "at_hash", "c_hash", "s_hash" }; /* OIDC Core 2, 3.3.2.11; FAPI */
	struct str type = json_text(json, "typ");                                      /* Keycloak's own */
	struct str use = json_text(json, "token_use");                                 /* Cognito's own */

	/* Back-channel logout and security event tokens (OIDC Back-Channel Logout 2.4, RFC 8417 2.2). */
	if (json_object_get(json, "events") != NULL)
		return OUTCOME_OTHER_TOKEN;
	if (str_is(type, "Refresh") || str_is(type, "Offline") || str_is(type, "Logout"))
		return OUTCOME_OTHER_TOKEN;
	for (size_t i = 0; i < sizeof(id_token_marks) / sizeof(id_token_marks[0]); i++) {
		if (json_object_get(json, id_token_marks[i]) != NULL)
			return OUTCOME_ID_TOKEN;
	}
	if ((json_object_get(json, "typ") != NULL && !str_is(type, "Bearer")) ||
		(json_object_get(json, "token_use") != NULL && !str_is(use, "access")))
		return OUTCOME_ID_TOKEN;
	if (!is_access_type && issuer->nonce_marks_id_token && json_object_get(json, "nonce") != NULL)
		return OUTCOME_ID_TOKEN;
	/* Bound to a key or certificate (RFC 9449 6, RFC 8705 3): as a mere Bearer it may be stolen. */
	if (json_object_get(json, "cnf") != NULL)
		return OUTCOME_BOUND_TOKEN;
	return OUTCOME_ALLOW;
}

/* The client by the names that providers give it (RFC 9068 2.2, OIDC Core 2, Okta, Entra v1): they may not contradict each other.
 */
static enum outcome read_client(const json_t *json, struct str *client)
{
	static const char *const names[] = { "client_id", "azp", "cid", "appid" };

	*client = STR_NONE;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *value = json_object_get(json, names[i]);
		struct str text = json_text(json, names[i]);

		if (value == NULL)
			continue;
		if (text.n == 0 || text.n > SUBJECT_BYTES || !str_is_printable(text))
			return OUTCOME_BAD_CLAIMS;
		if (client->n != 0 && !str_eq(*client, text))
			return OUTCOME_CLIENT_CONFLICT;
		*client = text;
	}
	return OUTCOME_ALLOW;
}

/* A text for people or for identity headers: left out rather than refused when it is no use. */
static struct str optional_text(struct str text)
{
	return text.n <= SUBJECT_BYTES && str_is_printable(text) ? text : STR_NONE;
}

/* RFC 6749 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ). */
static bool is_scope(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	}
	return s.n != 0;
}

static void add_scope(struct claims *claims, struct str scope)
{
	if (claims->principal.scopes.n < CLAIMS_SCOPES && is_scope(scope))
		claims->scope[claims->principal.scopes.n++] = scope;
}

static void add_scopes(struct claims *claims, const json_t *value, bool array_too)
{
	if (json_is_string(value)) {
		struct str rest = { json_string_value(value), json_string_length(value) }, scope;

		while (str_word(&rest, &scope))
			add_scope(claims, scope);
	} else if (array_too) {
		for (size_t i = 0; i < json_array_size(value); i++) {
			const json_t *item = json_array_get(value, i);

			add_scope(claims, (struct str){ json_string_value(item), json_string_length(item) });
		}
	}
}

/* `scope` is a string (RFC 8693 4.2); `scp` is Entra's string or Okta's array; a claim that the operator named may be either. */
static void read_scopes(const json_t *json, const struct issuer *issuer, struct claims *claims)
{
	claims->principal.scopes.word = claims->scope;
	if (issuer->scope_claim.n != 0)
		add_scopes(claims, json_at(json, issuer->scope_claim), true);
	else if (json_object_get(json, "scope") != NULL)
		add_scopes(claims, json_object_get(json, "scope"), false);
	else
		add_scopes(claims, json_object_get(json, "scp"), true);
}

static void add_group(struct claims *claims, const json_t *item)
{
	struct str group = { json_string_value(item), json_string_length(item) };

	if (group.n == 0 || group.n > SUBJECT_BYTES || !str_is_printable(group))
		return;
	if (claims->principal.groups.n == CLAIMS_GROUPS)
		claims->principal.groups_overage = true;
	else
		claims->group[claims->principal.groups.n++] = group;
}

static void read_groups(const json_t *json, const struct issuer *issuer, struct claims *claims)
{
	const json_t *groups = json_at(json, issuer->groups_claim);

	claims->principal.groups.word = claims->group;
	/* Entra lists nobody's groups beyond about 200 and leaves a pointer instead. */
	claims->principal.groups_overage = json_object_get(json_object_get(json, "_claim_names"), "groups") != NULL ||
		json_is_true(json_object_get(json, "hasgroups"));
	if (json_is_string(groups))
		add_group(claims, groups);
	for (size_t i = 0; i < json_array_size(groups); i++)
		add_group(claims, json_array_get(groups, i));
}

/* A client's own token: no user stands behind it (RFC 9068 2.2, RFC 9700 4.15; Auth0's gty, Entra's idtyp). */
static bool speaks_for_itself(const json_t *json, const struct principal *principal)
{
	return str_eq(principal->subject, principal->client) || str_is(json_text(json, "gty"), "client-credentials") ||
		str_is(json_text(json, "idtyp"), "app");
}

static enum outcome read_identity(const json_t *json, const struct issuer *issuer, struct claims *claims)
{
	struct principal *principal = &claims->principal;
	const json_t *user = json_at(json, issuer->user_claim);
	enum outcome outcome;

	principal->subject = json_text(json, "sub");
	if (principal->subject.n == 0 || principal->subject.n > SUBJECT_BYTES || !str_is_printable(principal->subject))
		return OUTCOME_BAD_CLAIMS;
	outcome = read_client(json, &principal->client);
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	principal->user = optional_text((struct str){ json_string_value(user), json_string_length(user) });
	principal->email = optional_text(json_text(json, "email"));
	principal->email_verified = issuer->trust_email || json_is_true(json_object_get(json, "email_verified"));
	principal->name = optional_text(json_text(json, "name"));
	principal->is_client = speaks_for_itself(json, principal);
	read_groups(json, issuer, claims);
	read_scopes(json, issuer, claims);
	return OUTCOME_ALLOW;
}

enum outcome claims_judge(const json_t *json, bool is_access_type, const struct issuer *issuer, const struct resource *resource,
	int64_t now, struct claims *claims)
{
	enum outcome outcome;

	claims->principal = (struct principal){ .issuer = issuer };
	if (!str_eq(json_text(json, "iss"), issuer->identifier))
		return OUTCOME_UNKNOWN_ISSUER;
	if ((outcome = judge_kind(json, is_access_type, issuer)) != OUTCOME_ALLOW ||
		(outcome = judge_time(json, issuer, now, &claims->principal.expires)) != OUTCOME_ALLOW ||
		(outcome = judge_audience(json, issuer, resource)) != OUTCOME_ALLOW)
		return outcome;
	return read_identity(json, issuer, claims);
}
