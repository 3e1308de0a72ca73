/* SPDX-License-Identifier: MIT */
/* Who it is that has logged in: userinfo, those whom a provider without OpenID Connect has us ask, and what rules make of it. */
#include "login_fixture.h"

static void test_BK_05_userinfo_adds_to_the_same_person_only(void **unused)
{
	static const struct {
		int status;
		const char *body;
		enum login_outcome outcome;
	} cases[] = {
		{ 200, "{\"sub\":\"alice\",\"groups\":[\"staff\"],\"email\":\"other@example.com\"}", LOGIN_GOOD },
		{ 200, "{\"sub\":\"mallory\",\"groups\":[\"staff\"]}", LOGIN_UNUSABLE },
		{ 200, "{\"groups\":[\"staff\"]}", LOGIN_UNAVAILABLE },
		{ 401, "{}", LOGIN_UNUSABLE },
		{ 500, "{}", LOGIN_UNAVAILABLE },
	};

	(void)unused;
	issuer.ask.userinfo = STR(DISCOVER);
	serve_tokens("{}", "{}");
	for (size_t i = 0; i < N_OF(cases); i++) {
		(void)server_set(server, "/userinfo", cases[i].status, JSON_TYPE, cases[i].body);
		login_restart();
		if (finish(CALLBACK) != cases[i].outcome)
			fail_msg("%s: %s", cases[i].body, log_text);
		assert_sent("/userinfo", "Authorization: Bearer " ACCESS "\r\n");
		if (cases[i].outcome == LOGIN_GOOD) {
			assert_claim("email", "alice@example.com");
			assert_int_equal(json_array_size(json_object_get(identity.claims, "groups")), 1);
		}
	}
}

static void test_BK_05_rules_judge_an_identity_as_they_judge_a_token(void **unused)
{
	(void)unused;
	issuer.groups_claim = STR("realm.roles");
	serve_tokens("{\"email_verified\":false,\"realm\":{\"roles\":[\"staff\"]},\"hd\":\"example.com\",\"sid\":\"s1\",\"scope\":\"admin\","
		     "\"client_id\":\"app\"}",
		"{}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	assert_int_equal(allowed((struct rule){ RULE_GROUP, STR("staff"), NULL }), OUTCOME_ALLOW);
	assert_int_equal(allowed((struct rule){ RULE_GROUP, STR("admins"), NULL }), OUTCOME_NOT_ALLOWED);
	assert_int_equal(allowed((struct rule){ RULE_SUBJECT, STR("alice"), &issuer }), OUTCOME_ALLOW);
	assert_int_equal(allowed((struct rule){ RULE_EMAIL, STR("alice@example.com"), NULL }), OUTCOME_EMAIL_UNVERIFIED);
	assert_int_equal(allowed((struct rule){ RULE_HOSTED_DOMAIN, STR("example.com"), NULL }), OUTCOME_ALLOW);
	assert_int_equal(allowed((struct rule){ RULE_CLIENT, STR("app"), NULL }), OUTCOME_NOT_ALLOWED);
}

static void test_BK_05_an_identity_has_the_subject_that_the_settings_read(void **unused)
{
	(void)unused;
	issuer.subject_claim = STR("oid");
	serve_tokens("{}", "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_UNUSABLE);
	assert_logged("subject_claim");
	serve_tokens("{\"oid\":\"f3\"}", "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
}

static void test_BK_05_without_openid_others_are_asked_who_it_is(void **unused)
{
	(void)unused;
	serve_github("{\"refresh_token\":null,\"token_type\":\"bearer\",\"scope\":\"read:org\"}");
	assert_int_equal(finish_with(&github_request, CALLBACK, 20000), LOGIN_GOOD);
	assert_null(identity.id_token);
	assert_int_equal(identity.kind, LOGIN_ACCESS_TOKEN);
	assert_str(buf_str(&identity.token), ACCESS);
	assert_int_equal(allowed((struct rule){ RULE_SUBJECT, STR("583231"), NULL }), OUTCOME_ALLOW);
	assert_int_equal(allowed((struct rule){ RULE_ORGANIZATION, STR("ACME"), NULL }), OUTCOME_ALLOW);
	assert_int_equal(allowed((struct rule){ RULE_TEAM, STR("acme/core"), NULL }), OUTCOME_ALLOW);
	assert_int_equal(allowed((struct rule){ RULE_TEAM, STR("acme/other"), NULL }), OUTCOME_NOT_ALLOWED);
	/* An ID token that comes unasked has no nonce of ours. */
	serve_tokens("{\"sub\":\"mallory\"}", "{}");
	assert_int_equal(finish_with(&github_request, CALLBACK, 20000), LOGIN_GOOD);
	assert_int_equal(allowed((struct rule){ RULE_SUBJECT, STR("583231"), NULL }), OUTCOME_ALLOW);
	assert_int_equal(identity.kind, LOGIN_REFRESH_TOKEN);
}

static void test_BK_05_a_token_of_another_application_is_refused(void **unused)
{
	(void)unused;
	serve_github("{}");
	(void)server_set(server, "/applications/app-1/token", 404, JSON_TYPE, "{}");
	assert_int_equal(finish_with(&github_request, CALLBACK, 20000), LOGIN_UNUSABLE);
	issuer.ask = (struct inquiries){ 0 };
	login_restart();
	assert_int_equal(finish_with(&github_request, CALLBACK, 20000), LOGIN_UNUSABLE);
	assert_logged("tokeninfo_endpoint");
}

/* Half a digest of the size that the signature's algorithm has; Ed25519's is SHA-512. */
static void test_BK_05_at_hash_goes_by_the_algorithm(void **unused)
{
	static const struct {
		const char *kind, *alg, *digest;
		size_t half;
	} cases[] = { { "P-384", "ES384", "SHA384", 24 }, { "P-521", "ES512", "SHA512", 32 }, { "ED25519", "EdDSA", "SHA512", 32 } };

	(void)unused;
	for (size_t i = 0; i < N_OF(cases); i++) {
		EVP_PKEY *pair = key_new(cases[i].kind, 0);
		auto_json *set = json_pack("{s:[o]}", "keys", jwk_of(pair, "one"));
		auto_json *claims = id_claims("{}");
		auto_buf keys = BUF(4096), text = BUF(4096), header = BUF(128), token = BUF(TEST_TOKEN_BYTES);
		unsigned char digest[64];

		json_write(set, &keys);
		(void)server_set(server, "/jwks", 200, JSON_TYPE, keys.p);
		assert_int_equal(EVP_Q_digest(NULL, cases[i].digest, NULL, ACCESS, strlen(ACCESS), digest, NULL), 1);
		set_bytes(claims, "at_hash", digest, cases[i].half);
		json_write(claims, &text);
		buf_print(&header, "{\"alg\":\"%s\",\"kid\":\"one\"}", cases[i].alg);
		sign_token(pair, cases[i].alg, header.p, text.p, &token);
		EVP_PKEY_free(pair);
		serve_answer(token.p, "{}");
		login_restart();
		assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOGIN_TEST(test_BK_05_at_hash_goes_by_the_algorithm),
		LOGIN_TEST(test_BK_05_userinfo_adds_to_the_same_person_only),
		LOGIN_TEST(test_BK_05_rules_judge_an_identity_as_they_judge_a_token),
		LOGIN_TEST(test_BK_05_an_identity_has_the_subject_that_the_settings_read),
		LOGIN_TEST(test_BK_05_without_openid_others_are_asked_who_it_is),
		LOGIN_TEST(test_BK_05_a_token_of_another_application_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
