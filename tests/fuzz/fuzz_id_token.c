/* SPDX-License-Identifier: MIT */
/*
 * What a provider sends when somebody logs in: the first byte chooses a token endpoint's answer, the claims of an ID token or those
 * of a refreshed one; the rest is the JSON.
 */
#include "fuzz.h"

#include "claims.h"
#include "id_token.h"
#include "token_answer.h"

#define NOW 1800000000
#define HASH "77QmUPtjPfzWtF2AnpK9RQ"

static bool is_token(struct str token)
{
	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] <= ' ' || token.p[i] > '~')
			return false;
	}
	return token.n <= TOKEN_ANSWER_TOKEN_BYTES;
}

static void check_answer(unsigned choice, struct str body)
{
	struct token_answer answer;
	bool is_json = (choice & 4) == 0;
	int status = choice & 8 ? 400 : 200;
	const char *fault = token_answer_read(status, is_json, body, &answer);

	must(is_token(answer.access_token) && is_token(answer.refresh_token) && is_token(answer.id_token));
	if (fault != NULL)
		must(answer.access_token.n + answer.refresh_token.n + answer.id_token.n + answer.error.n == 0);
	else
		must(is_json && (answer.error.n != 0) != (answer.access_token.n != 0));
	if (answer.access_token.n != 0)
		must(status == 200 && json_object_get(answer.json, "error") == NULL);
	token_answer_free(&answer);
}

/* One of several audiences is us, and then we asked. */
static bool is_for_us(const json_t *claims)
{
	const json_t *audience = json_object_get(claims, "aud");
	bool ours = str_is(json_text(claims, "aud"), "gate");

	for (size_t i = 0; i < json_array_size(audience); i++)
		ours = ours || str_is(str_from(json_string_value(json_array_get(audience, i))), "gate");
	return ours && (json_array_size(audience) < 2 || str_is(json_text(claims, "azp"), "gate"));
}

static void check_claims(bool refreshed, struct str text)
{
	const struct issuer issuer = { .identifier = STR("https://idp.example"), .subject_claim = STR("sub"), .user_claim = STR("sub"),
		.groups_claim = STR("realm.roles"), .organizations_claim = STR("org"), .grant_claim = STR("sid"), .skew = 30 };
	json_t *before = refreshed ? json_pack("{s:s,s:s}", "sub", "alice", "nonce", "n1") : NULL;
	const struct id_token_expected expected = { &issuer, STR("gate"), refreshed ? STR_NONE : STR("n1"), STR(HASH), before };
	json_t *claims = json_read_object(text, (struct json_limits){ 6144, 8, 64 });
	static struct claims identity;

	if (claims != NULL && id_token_fault(claims, &expected, NOW) == NULL) {
		must(str_eq(json_text(claims, "iss"), issuer.identifier) && is_for_us(claims));
		must(json_number_value(json_object_get(claims, "exp")) + 30 > NOW);
		must(json_number_value(json_object_get(claims, "iat")) < NOW + 31);
		must(refreshed ? str_is(json_text(claims, "sub"), "alice") : str_is(json_text(claims, "nonce"), "n1"));
		must(json_object_get(claims, "nonce") == NULL || str_is(json_text(claims, "nonce"), "n1"));
		must(json_object_get(claims, "at_hash") == NULL || str_is(json_text(claims, "at_hash"), HASH));
		/* Whoever has a good ID token is somebody for the rules. */
		must(claims_identify(claims, &issuer, &identity) == OUTCOME_ALLOW);
		must(identity.principal.subject.n != 0 && identity.principal.client.n + identity.principal.scopes.n == 0);
	}
	json_decref(claims);
	json_decref(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_skip(fuzz_text(data, size), 1);

	if (size == 0)
		return 0;
	if (data[0] & 1)
		check_answer(data[0], text);
	else
		check_claims((data[0] & 2) != 0, text);
	return 0;
}
