/* SPDX-License-Identifier: MIT */
#include "id_token.h"

#include "claims.h"

#define SUBJECT_BYTES 255 /* OIDC Core 2 */

static bool names_us(const json_t *audience, struct str client)
{
	const json_t *item;
	bool ours = json_is_string(audience) && str_is(client, json_string_value(audience));
	size_t i;

	json_array_foreach (audience, i, item) {
		if (!json_is_string(item))
			return false;
		ours = ours || str_is(client, json_string_value(item));
	}
	return ours;
}

/* OIDC Core 3.1.3.7, 3 to 5: for us; and if others may read it too, then made for us. */
static const char *audience_fault(const json_t *claims, struct str client)
{
	const json_t *audience = json_object_get(claims, "aud"), *party = json_object_get(claims, "azp");

	if (!names_us(audience, client))
		return "it is for another client (aud)";
	if (party == NULL)
		return json_array_size(audience) > 1 ? "it is for several clients and does not say which one asked (azp)" : NULL;
	return json_is_string(party) && str_eq(json_text(claims, "azp"), client) ? NULL : "another client asked for it (azp)";
}

/* 9 and 10: both times are required there (OIDC Core 2). */
static const char *time_fault(const json_t *claims, int64_t skew, int64_t now)
{
	bool present;
	int64_t exp, iat, nbf = 0;

	if (!claims_time(claims, "exp", false, &present, &exp) || !claims_time(claims, "iat", false, &present, &iat) ||
		(!claims_time(claims, "nbf", false, &present, &nbf) && present))
		return "exp, iat or nbf is missing or no time";
	if (now >= exp + skew)
		return "it has expired (exp)";
	return iat > now + skew || nbf > now + skew ? "it is of a later time than ours (iat, nbf)" : NULL;
}

/* 11; a refreshed token should have none, or the same (OIDC Core 12.2). */
static const char *nonce_fault(const json_t *claims, const struct id_token_expected *expected)
{
	const json_t *nonce = json_object_get(claims, "nonce");

	if (expected->before != NULL)
		return nonce == NULL || json_equal(nonce, json_object_get(expected->before, "nonce"))
			? NULL
			: "it is of another login (nonce)";
	return expected->nonce.n != 0 && str_eq_secret(json_text(claims, "nonce"), expected->nonce)
		? NULL
		: "it is not the answer to this login (nonce)";
}

static const char *subject_fault(const json_t *claims, const json_t *before)
{
	struct str subject = json_text(claims, "sub");

	if (subject.n == 0 || subject.n > SUBJECT_BYTES || !str_is_printable(subject))
		return "it does not say whom it is about (sub)";
	return before == NULL || str_eq(subject, json_text(before, "sub")) ? NULL : "it is about somebody else than before (sub)";
}

/* OIDC Core 3.1.3.8. */
static const char *access_token_fault(const json_t *claims, struct str hash)
{
	return json_object_get(claims, "at_hash") == NULL || str_eq(json_text(claims, "at_hash"), hash)
		? NULL
		: "it came with another access token (at_hash)";
}

const char *id_token_fault(const json_t *claims, const struct id_token_expected *expected, int64_t now)
{
	const char *fault = NULL;

	if (!str_eq(json_text(claims, "iss"), expected->issuer->identifier))
		return "it is of another issuer (iss)";
	/* Logout and security event tokens have the same issuer and audience (OIDC Back-Channel Logout 2.4, RFC 8417 2.2). */
	if (json_object_get(claims, "events") != NULL)
		return "it tells of events, so it is no ID token";
	if ((fault = audience_fault(claims, expected->client)) == NULL &&
		(fault = time_fault(claims, expected->issuer->skew, now)) == NULL &&
		(fault = nonce_fault(claims, expected)) == NULL && (fault = subject_fault(claims, expected->before)) == NULL)
		fault = access_token_fault(claims, expected->access_token);
	return fault;
}
