/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include <inttypes.h>

#include "jws.h"
#include "show.h"

static void add_claim(const struct refused *refused, const char *name, struct buf *text)
{
	buf_print(text, "%s ", name);
	add_json(json_object_get(refused->claims, name), false, text);
}

static void add_present(const struct refused *refused, const char *const names[], struct buf *text)
{
	const char *separator = "found ";

	for (; *names != NULL; names++) {
		if (json_object_get(refused->claims, *names) == NULL)
			continue;
		buf_add_text(text, separator);
		add_claim(refused, *names, text);
		separator = ", ";
	}
}

static const struct words *audiences(const struct refused *refused)
{
	const struct resource *resource = refused->resource;

	return resource->audience.n != 0 || refused->issuer == NULL ? &resource->audience : &refused->issuer->audience;
}

static bool differ_in_slash(struct str a, struct str b)
{
	struct str longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a;

	return longer.n == shorter.n + 1 && str_starts(longer, shorter) && str_ends(longer, STR("/"));
}

static bool is_other_resource(const struct refused *refused, struct str audience)
{
	for (size_t i = 0; i < refused->settings->n_resources; i++) {
		if (&refused->settings->resource[i] != refused->resource &&
			str_eq(refused->settings->resource[i].identifier, audience))
			return true;
	}
	return false;
}

static void tell_audience(const struct refused *refused, struct buf *text)
{
	const struct words *accepted = audiences(refused);
	struct str identifier = refused->resource->identifier;

	buf_add_text(text, "found ");
	add_claim(refused, "aud", text);
	buf_add_text(text, ", expected ");
	if (accepted->n != 0)
		add_words(accepted, text);
	else
		add_quoted(identifier, text);
	if (refused->issuer != NULL && refused->issuer->single_audience)
		buf_add_text(text, " and nothing else (single_audience on)");
	if (differ_in_slash(json_text(refused->claims, "aud"), identifier))
		buf_add_text(text, "; they differ in the closing slash");
	if (is_other_resource(refused, json_text(refused->claims, "aud")))
		buf_add_text(text, "; it was made for another resource of the settings, which needs a token of its own");
}

/* Entra writes two names, by the version of the token that an application's manifest asks for. */
static bool is_entra(struct str issuer)
{
	return str_starts(issuer, STR("https://sts.windows.net/")) || str_starts(issuer, STR("https://login.microsoftonline.com/"));
}

static void tell_issuer(const struct refused *refused, struct buf *text)
{
	struct str found = json_text(refused->claims, "iss");

	buf_add_text(text, "found ");
	add_claim(refused, "iss", text);
	buf_add_text(text, ", expected");
	for (size_t i = 0; i < refused->resource->n_issuers; i++) {
		struct str wanted = refused->resource->issuer[i]->identifier;

		buf_print(text, "%s %.*s", i != 0 ? " or" : "", STR_ARGS(wanted));
		if (differ_in_slash(found, wanted))
			buf_add_text(text, " (they differ in the closing slash only)");
		else if (is_entra(found) && is_entra(wanted))
			buf_add_text(text, " (v1 and v2 tokens of Entra have different issuers)");
	}
	for (size_t i = 0; i < refused->settings->n_issuers; i++) {
		if (str_eq(refused->settings->issuer[i].identifier, found))
			buf_add_text(text, "; it is an issuer of the settings, but not of this resource");
	}
}

static void tell_expired(const struct refused *refused, struct buf *text)
{
	int64_t exp;

	if (refused->kind == TOKEN_API_KEY) {
		buf_add_text(text, "the time after `expires` in its line has come");
	} else if (claim_time(refused->claims, "exp", &exp)) {
		buf_add_text(text, "found exp ");
		add_span(refused->now - exp, text);
		buf_add_text(text, " ago, expected it to come, or to be over for less than skew");
	}
	if (refused->issuer != NULL && refused->kind != TOKEN_API_KEY)
		buf_print(text, " (%" PRId64 " s)", refused->issuer->skew);
}

static void tell_early(const struct refused *refused, struct buf *text)
{
	static const char *const names[] = { "nbf", "iat" };
	int64_t time;

	buf_add_text(text, "found");
	for (size_t i = 0; i < 2; i++) {
		if (claim_time(refused->claims, names[i], &time) && time > refused->now) {
			buf_print(text, " %s in ", names[i]);
			add_span(time - refused->now, text);
		}
	}
	buf_add_text(text, ", expected it to be over, or to come in less than skew");
	if (refused->issuer != NULL)
		buf_print(text, " (%" PRId64 " s)", refused->issuer->skew);
}

static void tell_lifetime(const struct refused *refused, struct buf *text)
{
	int64_t exp = 0, iat = refused->now;

	if (claim_time(refused->claims, "iat", &iat) && claim_time(refused->claims, "exp", &exp)) {
		buf_add_text(text, "found a life of ");
		add_span(exp - iat, text);
	} else {
		buf_add_text(text, "found an end that is too far away");
	}
	if (refused->issuer != NULL) {
		buf_add_text(text, ", expected at most ");
		add_span(refused->issuer->max_lifetime, text);
	}
}

static void add_key_ids(const struct refused *refused, struct buf *text)
{
	const struct jwk_set *keys = refused->keys;

	if (keys == NULL)
		buf_add_text(text, " none (they are not at hand)");
	for (size_t i = 0; keys != NULL && i < keys->n; i++) {
		buf_add_byte(text, ' ');
		add_quoted(keys->key[i].kid, text);
		if (keys->key[i].algorithm.n != 0)
			buf_print(text, " (%.*s)", STR_ARGS(keys->key[i].algorithm));
	}
}

static void tell_key(const struct refused *refused, struct buf *text)
{
	buf_add_text(text, "found kid ");
	add_json(json_object_get(refused->header, "kid"), false, text);
	buf_add_text(text, " for alg ");
	add_json(json_object_get(refused->header, "alg"), false, text);
	buf_add_text(text, ", expected one of the issuer's keys:");
	add_key_ids(refused, text);
}

static void tell_algorithm(const struct refused *refused, struct buf *text)
{
	algorithm_set set = refused->issuer != NULL ? refused->issuer->algorithms : 0;

	buf_add_text(text, "found alg ");
	add_json(json_object_get(refused->header, "alg"), false, text);
	buf_add_text(text, ", expected one of:");
	for (size_t i = 0; jws_algorithms[i].name != NULL; i++) {
		if (set == 0 || (set >> i & 1) != 0)
			buf_print(text, " %s", jws_algorithms[i].name);
	}
}

static void tell_type(const struct refused *refused, struct buf *text)
{
	buf_add_text(text, "found typ ");
	add_json(json_object_get(refused->header, "typ"), false, text);
	buf_print(text, ", expected at+jwt%s",
		refused->issuer != NULL && refused->issuer->typ_strict ? " (typ strict)" : ", JWT or none");
}

static void tell_critical(const struct refused *refused, struct buf *text)
{
	buf_add_text(text, "found crit ");
	add_json(json_object_get(refused->header, "crit"), false, text);
	buf_add_text(text, ", b64 ");
	add_json(json_object_get(refused->header, "b64"), false, text);
	buf_add_text(text, " in the header, expected no extension that must be understood");
}

static void tell_id_token(const struct refused *refused, struct buf *text)
{
	add_present(refused, (const char *const[]){ "at_hash", "c_hash", "s_hash", "typ", "token_use", "nonce", NULL }, text);
	buf_add_text(text, ": an ID token was presented, expected the access token");
}

static void tell_other(const struct refused *refused, struct buf *text)
{
	add_present(refused, (const char *const[]){ "events", "typ", "token_type", NULL }, text);
	buf_add_text(text, ": a refresh, logout, event or wrapped token was presented, expected the access token");
}

static void tell_claims(const struct refused *refused, struct buf *text)
{
	struct str subject = refused->issuer != NULL ? refused->issuer->subject_claim : STR("sub");

	buf_print(text, "found %.*s ", STR_ARGS(subject));
	add_json(json_at(refused->claims, subject), false, text);
	for (const char *const *name = (const char *const[]){ "exp", "nbf", "iat", "aud", NULL }; *name != NULL; name++) {
		buf_add_text(text, ", ");
		add_claim(refused, *name, text);
	}
	buf_print(text, ", expected %.*s and aud as text and the times as numbers", STR_ARGS(subject));
}

static void tell_bound(const struct refused *refused, struct buf *text)
{
	buf_add_text(text, "found ");
	add_claim(refused, "cnf", text);
	buf_add_text(text, ": it is bound to a key or certificate (DPoP, mTLS), expected a plain Bearer token");
}

static void tell_clients(const struct refused *refused, struct buf *text)
{
	add_present(refused, (const char *const[]){ "client_id", "azp", "cid", "appid", NULL }, text);
	buf_add_text(text, ", expected one client");
}

static void tell_scopes(const struct refused *refused, struct buf *text)
{
	const struct words *wanted = &refused->resource->require_scopes;

	if (refused->principal == NULL)
		return;
	buf_add_text(text, "found scopes ");
	add_words(&refused->principal->scopes, text);
	buf_add_text(text, ", expected ");
	add_words(wanted, text);
	buf_add_text(text, "; missing:");
	for (size_t i = 0; i < wanted->n; i++) {
		if (!words_have(&refused->principal->scopes, wanted->word[i]))
			buf_print(text, " %.*s", STR_ARGS(wanted->word[i]));
	}
}

static void tell_not_allowed(const struct refused *refused, struct buf *text)
{
	add_principal(refused->principal, text);
	buf_add_text(text, ", expected one of ");
	add_rules("allow", &refused->resource->allow, text);
}

static void tell_groups(const struct refused *refused, struct buf *text)
{
	tell_not_allowed(refused, text);
	buf_add_text(text, refused->resource->deny.n != 0 ? " and none of " : "");
	add_rules("deny", &refused->resource->deny, text);
}

static void tell_denied(const struct refused *refused, struct buf *text)
{
	add_principal(refused->principal, text);
	if (refused->by_deny_list) {
		buf_print(text, ": named in the deny list %.*s", STR_ARGS(refused->settings->deny_list));
		return;
	}
	buf_add_text(text, ", expected none of ");
	add_rules("deny", &refused->resource->deny, text);
}

static void add_key_files(const struct refused *refused, struct buf *text)
{
	for (size_t i = 0; i < refused->settings->n_key_files; i++)
		buf_print(text, " %.*s", STR_ARGS(refused->settings->key_file[i].path));
}

static void tell_revoked(const struct refused *refused, struct buf *text)
{
	if (refused->principal == NULL) {
		buf_add_text(text, "the key is disabled in");
		add_key_files(refused, text);
		return;
	}
	if (refused->principal->issuer->own)
		buf_add_text(text, "its grant has ended, or one of them is in the deny list: jti ");
	else
		buf_print(text, "found it or its grant in the deny list %.*s: jti ", STR_ARGS(refused->settings->deny_list));
	add_quoted(refused->principal->id, text);
	buf_add_text(text, ", grant ");
	add_quoted(refused->principal->grant, text);
	buf_print(text, ", token sha256:%.*s", STR_ARGS(refused->digest));
}

static void tell_api_key(const struct refused *refused, struct buf *text)
{
	if (!refused->resource->api_keys) {
		buf_add_text(text, "found an API key, but this resource does not accept any");
		return;
	}
	buf_print(text, "found no line with sha256:%.*s in", STR_ARGS(refused->digest));
	add_key_files(refused, text);
}

static void tell_unmapped(const struct refused *refused, struct buf *text)
{
	add_principal(refused->principal, text);
	buf_print(text, ", expected a line for it in the user map %.*s", STR_ARGS(refused->settings->user_map));
}

static void tell_opaque(const struct refused *refused, struct buf *text)
{
	buf_print(text, "found a token that says nothing by itself, expected %s",
		refused->issuer != NULL ? "one of an issuer that this resource accepts"
					: "a JWT: no issuer is set up to be asked about it");
}

static void tell_inactive(const struct refused *refused, struct buf *text)
{
	buf_print(text, "%.*s says that it is no good, or no longer",
		STR_ARGS(refused->issuer != NULL ? refused->issuer->identifier : STR("the provider")));
}

static void tell_unavailable(const struct refused *refused, struct buf *text)
{
	if (refused->issuer != NULL && refused->issuer->own) {
		buf_add_text(text, "our store can't say whether its grant has ended; the lines on standard error say why");
		return;
	}
	buf_print(text,
		refused->offline ? "it can't be judged without asking %.*s, which --offline forbids"
				 : "%.*s gave no usable answer; the lines on standard error say why (without one: it failed "
				   "shortly before, and is asked again in 10 seconds)",
		STR_ARGS(refused->issuer != NULL ? refused->issuer->identifier : STR("the provider")));
}

static const struct finding {
	void (*tell)(const struct refused *refused, struct buf *text);
	const char *text; /* when nothing of the case at hand is to be said */
} findings[OUTCOME_COUNT] = {
	[OUTCOME_MALFORMED_CREDENTIAL] = { NULL, "found bytes that no token has" },
	[OUTCOME_SEVERAL_CREDENTIALS] = { NULL, "found a comma, which parts two credentials" },
	[OUTCOME_TOKEN_TOO_LARGE] = { NULL, "found more than 8192 bytes" },
	[OUTCOME_OPAQUE_TOKEN] = { tell_opaque, NULL },
	[OUTCOME_INACTIVE] = { tell_inactive, NULL },
	[OUTCOME_UNKNOWN_API_KEY] = { tell_api_key, NULL },
	[OUTCOME_REVOKED] = { tell_revoked, NULL },
	[OUTCOME_MALFORMED_TOKEN] = { NULL, "found something else than a signed JWT of two JSON objects within limits" },
	[OUTCOME_ENCRYPTED_TOKEN] = { NULL,
		"found an encrypted token (JWE), which only its receiver can read; expected a signed one" },
	[OUTCOME_BAD_TYPE] = { tell_type, NULL },
	[OUTCOME_BAD_ALGORITHM] = { tell_algorithm, NULL },
	[OUTCOME_CRITICAL_HEADER] = { tell_critical, NULL },
	[OUTCOME_UNKNOWN_ISSUER] = { tell_issuer, NULL },
	[OUTCOME_UNKNOWN_KEY] = { tell_key, NULL },
	[OUTCOME_AMBIGUOUS_KEY] = { tell_key, NULL },
	[OUTCOME_BAD_SIGNATURE] = { tell_key, NULL },
	[OUTCOME_BAD_CLAIMS] = { tell_claims, NULL },
	[OUTCOME_WRONG_AUDIENCE] = { tell_audience, NULL },
	[OUTCOME_EXPIRED] = { tell_expired, NULL },
	[OUTCOME_NOT_YET_VALID] = { tell_early, NULL },
	[OUTCOME_LIFETIME_TOO_LONG] = { tell_lifetime, NULL },
	[OUTCOME_ID_TOKEN] = { tell_id_token, NULL },
	[OUTCOME_OTHER_TOKEN] = { tell_other, NULL },
	[OUTCOME_BOUND_TOKEN] = { tell_bound, NULL },
	[OUTCOME_CLIENT_CONFLICT] = { tell_clients, NULL },
	[OUTCOME_NOT_ALLOWED] = { tell_not_allowed, NULL },
	[OUTCOME_DENIED] = { tell_denied, NULL },
	[OUTCOME_UNMAPPED_USER] = { tell_unmapped, NULL },
	[OUTCOME_EMAIL_UNVERIFIED] = { tell_not_allowed, NULL },
	[OUTCOME_GROUPS_UNKNOWN] = { tell_groups, NULL },
	[OUTCOME_INSUFFICIENT_SCOPE] = { tell_scopes, NULL },
	[OUTCOME_UNAVAILABLE] = { tell_unavailable, NULL },
};

void tell_finding(enum outcome outcome, const struct refused *refused, struct buf *text)
{
	const struct finding *finding = &findings[outcome];

	if (finding->tell != NULL)
		finding->tell(refused, text);
	else
		buf_add_text(text, finding->text != NULL ? finding->text : outcome_row(outcome)->description);
}
