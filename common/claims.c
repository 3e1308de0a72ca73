/* SPDX-License-Identifier: MIT */
#include "claims.h"

#include "userinfo.h"

#define SUBJECT_BYTES 255
#define CLIENT_BYTES 4096              /* a URL may be one, or an id of ours that holds its registration (clients.h) */
#define LATEST_TIME 9007199254740992.0 /* 2^53: every second up to here has its own double */

static struct str text_of(const json_t *value)
{
	return (struct str){ json_string_value(value), json_string_length(value) };
}

bool claims_time(const json_t *json, const char *name, bool text_too, bool *present, int64_t *time)
{
	const json_t *value = json_object_get(json, name);
	uint64_t written;
	double number;

	*present = value != NULL;
	if (text_too && str_number(text_of(value), (uint64_t)LATEST_TIME, &written)) {
		*time = (int64_t)written;
		return true;
	}
	if (!json_is_number(value))
		return false;
	number = json_number_value(value);
	if (!(number >= 0 && number <= LATEST_TIME))
		return false;
	*time = (int64_t)number;
	return true;
}

static enum outcome judge_time(
	const json_t *json, enum evidence evidence, const struct issuer *issuer, int64_t now, int64_t *expires)
{
	bool has_exp, has_nbf, has_iat, is_answer = evidence == EVIDENCE_ANSWER, text_too = is_answer && issuer->text_values;
	int64_t exp = (int64_t)LATEST_TIME, nbf = 0, iat = now;

	if ((!claims_time(json, "exp", text_too, &has_exp, &exp) && (has_exp || !is_answer)) ||
		(!claims_time(json, "nbf", text_too, &has_nbf, &nbf) && has_nbf) ||
		(!claims_time(json, "iat", text_too, &has_iat, &iat) && has_iat))
		return OUTCOME_BAD_CLAIMS;
	if (now >= exp + issuer->skew)
		return OUTCOME_EXPIRED;
	if (now < nbf - issuer->skew || iat > now + issuer->skew)
		return OUTCOME_NOT_YET_VALID;
	if (has_exp && issuer->max_lifetime != 0 && exp - iat > issuer->max_lifetime)
		return OUTCOME_LIFETIME_TOO_LONG;
	*expires = exp;
	return OUTCOME_ALLOW;
}

/*
 * Without aud, a client whose tokens are for us will do, since the settings then demand a scope of this resource too (RFC
 * 9700 2.3); or the operator's explicit word that userinfo is enough.
 */
static bool has_other_proof(enum evidence evidence, const struct issuer *issuer, struct str client)
{
	const struct inquiries *ask = &issuer->ask;

	if (client.n != 0 && words_have(&issuer->audience_clients, client))
		return true;
	return evidence == EVIDENCE_ANSWER && ask->userinfo_unsafe && ask->introspection.n == 0 && ask->tokeninfo.n == 0;
}

/* RFC 7519 4.1.3, RFC 9068 4: at least one audience is ours, exactly. */
static enum outcome judge_audience(
	const json_t *json, enum evidence evidence, const struct issuer *issuer, const struct resource *resource, struct str client)
{
	const json_t *audience = json_object_get(json, "aud"), *item;
	bool ours = false;
	size_t i;

	if (audience == NULL)
		return has_other_proof(evidence, issuer, client) ? OUTCOME_ALLOW : OUTCOME_WRONG_AUDIENCE;
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
		if (settings_audience_ok(resource, issuer, text_of(item)))
			ours = true;
	}
	return ours ? OUTCOME_ALLOW : OUTCOME_WRONG_AUDIENCE;
}

/* Other tokens of the same provider, rightly signed, that are not for presenting to a resource (RFC 8725 3.12, RFC 9068 5). */
static enum outcome judge_kind(const json_t *json, enum evidence evidence, const struct issuer *issuer)
{
	static const char *const id_token_marks[] = { "at_hash", "c_hash", "s_hash" }; /* OIDC Core 2, 3.3.2.11; FAPI */
	struct str type = json_text(json, "typ");                                      /* Keycloak's own */
	struct str use = json_text(json, "token_use");                                 /* of Cognito and Hydra */
	struct str answer = json_text(json, "token_type");                             /* RFC 7662 2.2 */

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
		(json_object_get(json, "token_use") != NULL && !str_is(use, "access") && !str_is(use, "access_token")))
		return OUTCOME_ID_TOKEN;
	if (evidence == EVIDENCE_ANSWER && json_object_get(json, "token_type") != NULL && !str_eq_nocase(answer, STR("Bearer")) &&
		!str_is(answer, "access_token"))
		return OUTCOME_OTHER_TOKEN;
	if (evidence == EVIDENCE_JWT && issuer->nonce_marks_id_token && json_object_get(json, "nonce") != NULL)
		return OUTCOME_ID_TOKEN;
	/* Bound to a key or certificate (RFC 9449 6, RFC 8705 3): as a mere Bearer it may be stolen. */
	if (json_object_get(json, "cnf") != NULL)
		return OUTCOME_BOUND_TOKEN;
	return OUTCOME_ALLOW;
}

/* The client by the names that providers give it (RFC 9068 2.2, OIDC Core 2, Okta, Entra v1): they may not contradict each other.
 */
static enum outcome read_client(const json_t *json, const struct issuer *issuer, struct str *client)
{
	static const char *const names[] = { "client_id", "azp", "cid", "appid" };

	*client = text_of(json_at(json, issuer->client_claim));
	if (issuer->client_claim.n != 0)
		return client->n <= CLIENT_BYTES && str_is_printable(*client) ? OUTCOME_ALLOW : OUTCOME_BAD_CLAIMS;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *value = json_object_get(json, names[i]);
		struct str text = json_text(json, names[i]);

		if (value == NULL)
			continue;
		if (text.n == 0 || text.n > CLIENT_BYTES || !str_is_printable(text))
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

			add_scope(claims, text_of(item));
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

/* Adds a name to a list unless it is no use; *overage when there is no more room. */
static void add_name(struct words *list, size_t most, struct str name, bool *overage)
{
	if (name.n == 0 || name.n > SUBJECT_BYTES || !str_is_printable(name))
		return;
	if (list->n == most)
		*overage = true;
	else
		list->word[list->n++] = name;
}

/* One text (parted by `separator`, if there is one), an array of texts, or an object whose member names count (Zitadel's roles). */
static void add_names(struct words *list, size_t most, const json_t *value, char separator, bool *overage)
{
	struct str rest = text_of(value), piece;
	const char *key;
	json_t *item;
	size_t i;

	if (separator == '\0')
		add_name(list, most, rest, overage);
	while (separator != '\0' && str_cut(&rest, separator, &piece))
		add_name(list, most, str_trim(piece), overage);
	json_array_foreach (value, i, item)
		add_name(list, most, text_of(item), overage);
	if (json_is_object(value)) {
		json_object_foreach ((json_t *)(uintptr_t)value, key, item)
			add_name(list, most, str_from(key), overage);
	}
}

static void read_groups(const json_t *json, const struct issuer *issuer, struct claims *claims)
{
	struct principal *principal = &claims->principal;

	principal->groups.word = claims->group;
	/* Entra lists nobody's groups beyond about 200 and leaves a pointer instead. */
	principal->groups_overage = json_object_get(json_object_get(json, "_claim_names"), "groups") != NULL ||
		json_is_true(json_object_get(json, "hasgroups"));
	add_names(&principal->groups, CLAIMS_GROUPS, json_at(json, issuer->groups_claim), issuer->groups_separator,
		&principal->groups_overage);
	principal->memberships_overage = json_is_true(json_object_get(json, MEMBERSHIPS_UNKNOWN));
	principal->organizations.word = claims->organization;
	add_names(&principal->organizations, CLAIMS_MEMBERSHIPS, json_at(json, issuer->organizations_claim), '\0',
		&principal->memberships_overage);
	principal->teams.word = claims->team;
	add_names(&principal->teams, CLAIMS_MEMBERSHIPS, json_object_get(json, "teams"), '\0', &principal->memberships_overage);
	principal->hosted_domain = optional_text(json_text(json, "hd"));
}

/* A client's own token: no user stands behind it (RFC 9068 2.2, RFC 9700 4.15; Auth0's gty, Entra's idtyp). */
static bool speaks_for_itself(const json_t *json, const struct principal *principal)
{
	return str_eq(principal->subject, principal->client) || str_is(json_text(json, "gty"), "client-credentials") ||
		str_is(json_text(json, "idtyp"), "app");
}

/* Writes the number so that it is the subject's text; GitHub counts its users. */
static struct str number_text(json_int_t number, char text[CLAIMS_NUMBER_BYTES])
{
	size_t at = CLAIMS_NUMBER_BYTES;

	for (; number > 0; number /= 10)
		text[--at] = (char)('0' + number % 10);
	return (struct str){ text + at, CLAIMS_NUMBER_BYTES - at };
}

/* RFC 9068 2.2; an answer about a client's own token may have no subject (RFC 7662 2.2). */
static struct str read_subject(const json_t *json, enum evidence evidence, const struct issuer *issuer, struct claims *claims)
{
	const json_t *subject = json_at(json, issuer->subject_claim);

	if (evidence != EVIDENCE_ANSWER || json_is_string(subject))
		return text_of(subject);
	return subject == NULL ? claims->principal.client : number_text(json_integer_value(subject), claims->number);
}

static bool is_true(const json_t *value, const struct issuer *issuer)
{
	return json_is_true(value) || (issuer->text_values && str_is(text_of(value), "true"));
}

static enum outcome read_identity(const json_t *json, enum evidence evidence, const struct issuer *issuer, struct claims *claims)
{
	struct principal *principal = &claims->principal;

	principal->subject = read_subject(json, evidence, issuer, claims);
	if (principal->subject.n == 0 || principal->subject.n > SUBJECT_BYTES || !str_is_printable(principal->subject))
		return OUTCOME_BAD_CLAIMS;
	principal->user = str_eq(issuer->user_claim, issuer->subject_claim)
		? principal->subject
		: optional_text(text_of(json_at(json, issuer->user_claim)));
	principal->email = optional_text(json_text(json, "email"));
	principal->email_verified = issuer->trust_email || is_true(json_object_get(json, "email_verified"), issuer);
	principal->name = optional_text(json_text(json, "name"));
	principal->id = optional_text(json_text(json, "jti"));
	principal->grant = optional_text(text_of(json_at(json, issuer->grant_claim)));
	principal->is_client = speaks_for_itself(json, principal);
	read_groups(json, issuer, claims);
	return OUTCOME_ALLOW;
}

/* An answer need not repeat who gives it (RFC 7662 2.2). */
static bool is_of_issuer(const json_t *json, enum evidence evidence, const struct issuer *issuer)
{
	if (evidence == EVIDENCE_ANSWER && json_object_get(json, "iss") == NULL)
		return true;
	return str_eq(json_text(json, "iss"), issuer->identifier);
}

enum outcome claims_judge(const json_t *json, enum evidence evidence, const struct issuer *issuer, const struct resource *resource,
	int64_t now, struct claims *claims)
{
	struct principal *principal = &claims->principal;
	enum outcome outcome;

	*principal = (struct principal){ .issuer = issuer, .claims = json };
	if (!is_of_issuer(json, evidence, issuer))
		return OUTCOME_UNKNOWN_ISSUER;
	if ((outcome = judge_kind(json, evidence, issuer)) != OUTCOME_ALLOW ||
		(outcome = judge_time(json, evidence, issuer, now, &principal->expires)) != OUTCOME_ALLOW ||
		(outcome = read_client(json, issuer, &principal->client)) != OUTCOME_ALLOW ||
		(outcome = judge_audience(json, evidence, issuer, resource, principal->client)) != OUTCOME_ALLOW)
		return outcome;
	read_scopes(json, issuer, claims);
	return read_identity(json, evidence, issuer, claims);
}

enum outcome claims_identify(const json_t *json, const struct issuer *issuer, struct claims *claims)
{
	claims->principal = (struct principal){ .issuer = issuer, .claims = json, .expires = (int64_t)LATEST_TIME };
	return read_identity(json, EVIDENCE_ANSWER, issuer, claims);
}
