/* SPDX-License-Identifier: MIT */
/* From an Authorization header to claims. The one token in the corpus that is good is the only one that may verify. */
#include "bearer.h"
#include "claims.h"
#include "fuzz.h"
#include "jws.h"

#define NOW 1800000000

/* The public key and the token of RFC 7515 A.3. */
static const char key_set[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
			      "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
static const char signed_input[] = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

static struct jwk_set *keys(void)
{
	static struct jwk_set *set;

	if (set == NULL) {
		auto_json *document = json_read_object(str_from(key_set), (struct json_limits){ 4096, 4, 4 });

		set = jwk_set_read(document);
		must(set != NULL && set->n == 1);
	}
	return set;
}

/* As if the signature held: nobody without a name, nobody of another audience, nothing that is over. */
static void judge_claims(const json_t *json, enum evidence evidence)
{
	const struct issuer issuer = { .identifier = STR("joe"), .subject_claim = STR("sub"), .user_claim = STR("sub"),
		.groups_claim = STR("groups"), .scope_claim = STR("scope"), .client_claim = STR("azp"), .grant_claim = STR("sid"),
		.organizations_claim = STR("orgs"), .skew = 30, .max_lifetime = 86400, .nonce_marks_id_token = true };
	struct resource resource = { .identifier = STR("https://h.example/mcp") };
	struct claims claims;

	must(url_parse(resource.identifier, &resource.url));
	if (claims_judge(json, evidence, &issuer, &resource, NOW, &claims) != OUTCOME_ALLOW)
		return;
	must(claims.principal.subject.n != 0 && str_is_printable(claims.principal.subject));
	must(claims.principal.expires > NOW - 31);
	must(json_is_string(json_object_get(json, "aud")) || json_is_array(json_object_get(json, "aud")));
	must(claims.principal.groups.n <= CLAIMS_GROUPS && claims.principal.scopes.n <= CLAIMS_SCOPES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str token, header = fuzz_text(data, size);
	auto_buf issuer = BUF(8192);
	struct jws jws = { 0 };
	enum outcome outcome = bearer_find(header, 1, STR_NONE, &token);

	must((outcome == OUTCOME_ALLOW) == (token.n != 0));
	if (outcome != OUTCOME_ALLOW)
		return 0;
	outcome = jws_parse(token, 0, &jws);
	must(outcome != OUTCOME_NONE);
	if (outcome == OUTCOME_ALLOW) {
		auto_json *json = jws_claims(&jws);

		enum evidence evidence = jws_check_type(&jws, true) == OUTCOME_ALLOW ? EVIDENCE_ACCESS_TOKEN : EVIDENCE_JWT;

		(void)!jws_peek_issuer(&jws, &issuer);
		if (jws_verify(&jws, keys()) == OUTCOME_ALLOW)
			must(str_is(jws.signing_input, signed_input));
		if (json != NULL)
			judge_claims(json, evidence);
	}
	jws_free(&jws);
	return 0;
}
