/* SPDX-License-Identifier: MIT */
/* What the claims of a signed token must say, and the principal that they make. */
#include "claims_fixture.h"

static void test_good_claims_become_a_principal(void **state)
{
	struct claims claims;

	(void)state;
	assert_int_equal(judge_kind_of("{\"email\":\"a@example.com\",\"email_verified\":true,\"name\":\"Al\",\"groups\":[\"g1\",\"g2\"]}", EVIDENCE_ACCESS_TOKEN, &claims),
		OUTCOME_ALLOW);
	assert_str(claims.principal.subject, "alice");
	assert_str(claims.principal.user, "alice");
	assert_str(claims.principal.client, "app");
	assert_str(claims.principal.email, "a@example.com");
	assert_true(claims.principal.email_verified);
	assert_false(claims.principal.is_client);
	assert_int_equal(claims.principal.groups.n, 2);
	assert_str(claims.principal.groups.word[1], "g2");
	assert_int_equal(claims.principal.scopes.n, 2);
	assert_int_equal(claims.principal.expires, NOW + 3600);
	assert_ptr_equal(claims.principal.issuer, &issuer);
}

static void test_CL_01_issuer_exactly(void **state)
{
	(void)state;
	ASSERT_ROWS({ "{\"iss\":\"https://idp.example.net/t1/\"}", OUTCOME_UNKNOWN_ISSUER }, { "{\"iss\":null}", OUTCOME_UNKNOWN_ISSUER },
		{ "{\"iss\":\"https://IDP.example.net/t1\"}", OUTCOME_UNKNOWN_ISSUER }, { "{\"iss\":[\"https://idp.example.net/t1\"]}", OUTCOME_UNKNOWN_ISSUER });
}

static void test_CL_02_AUD_01_audience_exactly(void **state)
{
	(void)state;
	ASSERT_ROWS({ "{\"aud\":[\"x\",\"https://mcp.example.com/mcp\"]}", OUTCOME_ALLOW }, { "{\"aud\":null}", OUTCOME_WRONG_AUDIENCE },
		{ "{\"aud\":[]}", OUTCOME_WRONG_AUDIENCE }, { "{\"aud\":{}}", OUTCOME_BAD_CLAIMS }, { "{\"aud\":[\"x\",1]}", OUTCOME_BAD_CLAIMS },
		{ "{\"aud\":[\"https://mcp.example.com/mcp\",1]}", OUTCOME_BAD_CLAIMS }, { "{\"aud\":1}", OUTCOME_BAD_CLAIMS },
		{ "{\"aud\":\"https://mcp.example.com/mcp2\"}", OUTCOME_WRONG_AUDIENCE }, { "{\"aud\":\"https://mcp.example.com\"}", OUTCOME_WRONG_AUDIENCE },
		{ "{\"aud\":\"https://mcp.example.com/mcp/\"}", OUTCOME_WRONG_AUDIENCE }, { "{\"aud\":\"HTTPS://MCP.example.com/mcp\"}", OUTCOME_WRONG_AUDIENCE },
		{ "{\"aud\":\"\"}", OUTCOME_WRONG_AUDIENCE });
}

static void test_AUD_05_bare_origin_with_and_without_slash(void **state)
{
	(void)state;
	resource.identifier = STR("https://h.example");
	assert_true(url_parse(resource.identifier, &resource.url));
	ASSERT_ROWS({ "{\"aud\":\"https://h.example\"}", OUTCOME_ALLOW }, { "{\"aud\":\"https://h.example/\"}", OUTCOME_ALLOW },
		{ "{\"aud\":\"https://h.example//\"}", OUTCOME_WRONG_AUDIENCE });
}

static void test_AUD_06_foreign_entries_only_if_allowed(void **state)
{
	(void)state;
	issuer.single_audience = true;
	ASSERT_ROWS({ "{\"aud\":[\"https://mcp.example.com/mcp\"]}", OUTCOME_ALLOW },
		{ "{\"aud\":[\"https://mcp.example.com/mcp\",\"x\"]}", OUTCOME_WRONG_AUDIENCE });
}

static void test_CL_04_expiry(void **state)
{
	(void)state;
	ASSERT_ROWS({ "{\"exp\":null}", OUTCOME_BAD_CLAIMS }, { "{\"exp\":\"1999999999\"}", OUTCOME_BAD_CLAIMS }, { "{\"exp\":1e300}", OUTCOME_BAD_CLAIMS },
		{ "{\"exp\":-1}", OUTCOME_BAD_CLAIMS }, { "{\"exp\":true}", OUTCOME_BAD_CLAIMS }, { "{\"exp\":1800000060.5}", OUTCOME_ALLOW },
		{ "{\"exp\":1799999971}", OUTCOME_ALLOW }, { "{\"exp\":1799999970}", OUTCOME_EXPIRED }, { "{\"exp\":0}", OUTCOME_EXPIRED });
}

static void test_CL_05_CL_06_not_before_and_issued_at(void **state)
{
	(void)state;
	ASSERT_ROWS({ "{\"nbf\":1800000030}", OUTCOME_ALLOW }, { "{\"nbf\":1800000031}", OUTCOME_NOT_YET_VALID }, { "{\"nbf\":\"0\"}", OUTCOME_BAD_CLAIMS },
		{ "{\"iat\":1800000030}", OUTCOME_ALLOW }, { "{\"iat\":1800000031}", OUTCOME_NOT_YET_VALID }, { "{\"iat\":[]}", OUTCOME_BAD_CLAIMS },
		{ "{\"iat\":null}", OUTCOME_ALLOW });
}

static void test_CL_07_lifetime(void **state)
{
	(void)state;
	ASSERT_ROWS({ "{\"iat\":1800000000,\"exp\":1800086400}", OUTCOME_ALLOW }, { "{\"iat\":1800000000,\"exp\":1800086401}", OUTCOME_LIFETIME_TOO_LONG },
		{ "{\"iat\":null,\"exp\":2115360000}", OUTCOME_LIFETIME_TOO_LONG });
	issuer.max_lifetime = 0;
	ASSERT_ROWS({ "{\"exp\":2115360000}", OUTCOME_ALLOW });
}

static void test_CL_08_subject(void **state)
{
	char longest[400] = "{\"sub\":\"";

	(void)state;
	ASSERT_ROWS({ "{\"sub\":null}", OUTCOME_BAD_CLAIMS }, { "{\"sub\":\"\"}", OUTCOME_BAD_CLAIMS }, { "{\"sub\":5}", OUTCOME_BAD_CLAIMS },
		{ "{\"sub\":\"a\\nX\"}", OUTCOME_BAD_CLAIMS }, { "{\"sub\":\"a\\u007f\"}", OUTCOME_BAD_CLAIMS }, { "{\"sub\":\"\\u00e9\"}", OUTCOME_ALLOW });
	memset(longest + 8, 'a', 256);
	memcpy(longest + 8 + 255, "\"}", 3);
	assert_int_equal(judge(longest), OUTCOME_ALLOW);
	memset(longest + 8, 'a', 256);
	memcpy(longest + 8 + 256, "\"}", 3);
	assert_int_equal(judge(longest), OUTCOME_BAD_CLAIMS);
}

static void test_CI_01_a_client_may_be_a_url_or_hold_its_registration(void **state)
{
	char longest[4200] = "{\"client_id\":\"";

	(void)state;
	memset(longest + 14, 'a', 4097);
	memcpy(longest + 14 + 4096, "\"}", 3);
	assert_int_equal(judge(longest), OUTCOME_ALLOW);
	memset(longest + 14, 'a', 4097);
	memcpy(longest + 14 + 4097, "\"}", 3);
	assert_int_equal(judge(longest), OUTCOME_BAD_CLAIMS);
}

static void test_CL_09_client_speaks_for_itself(void **state)
{
	struct claims claims;

	(void)state;
	assert_int_equal(judge_kind_of("{\"sub\":\"app\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.is_client);
	assert_int_equal(judge_kind_of("{\"gty\":\"client-credentials\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.is_client);
	assert_int_equal(judge_kind_of("{\"idtyp\":\"app\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.is_client);
}

static void test_CL_10_id_tokens(void **state)
{
	struct claims claims;

	(void)state;
	ASSERT_ROWS({ "{\"at_hash\":\"x\"}", OUTCOME_ID_TOKEN }, { "{\"c_hash\":\"x\"}", OUTCOME_ID_TOKEN }, { "{\"s_hash\":\"x\"}", OUTCOME_ID_TOKEN },
		{ "{\"typ\":\"ID\"}", OUTCOME_ID_TOKEN }, { "{\"typ\":\"Bearer\"}", OUTCOME_ALLOW }, { "{\"typ\":7}", OUTCOME_ID_TOKEN },
		{ "{\"token_use\":\"id\"}", OUTCOME_ID_TOKEN }, { "{\"token_use\":\"access\"}", OUTCOME_ALLOW },
		{ "{\"token_use\":\"access_token\"}", OUTCOME_ALLOW });
	assert_int_equal(judge_kind_of("{\"nonce\":\"n\"}", EVIDENCE_JWT, &claims), OUTCOME_ID_TOKEN);
	assert_int_equal(judge_kind_of("{\"nonce\":\"n\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	issuer.nonce_marks_id_token = false;
	assert_int_equal(judge_kind_of("{\"nonce\":\"n\"}", EVIDENCE_JWT, &claims), OUTCOME_ALLOW);
	assert_int_equal(judge_kind_of("{\"nonce\":\"n\",\"at_hash\":\"x\"}", EVIDENCE_JWT, &claims), OUTCOME_ID_TOKEN);
}

static void test_CL_11_other_tokens(void **state)
{
	(void)state;
	ASSERT_ROWS({ "{\"events\":{}}", OUTCOME_OTHER_TOKEN }, { "{\"typ\":\"Refresh\"}", OUTCOME_OTHER_TOKEN },
		{ "{\"typ\":\"Offline\"}", OUTCOME_OTHER_TOKEN }, { "{\"typ\":\"Logout\"}", OUTCOME_OTHER_TOKEN });
}

static void test_CL_12_bound_tokens(void **state)
{
	(void)state;
	ASSERT_ROWS({ "{\"cnf\":{\"jkt\":\"x\"}}", OUTCOME_BOUND_TOKEN }, { "{\"cnf\":\"x\"}", OUTCOME_BOUND_TOKEN });
}

static void test_CL_13_client_names_agree(void **state)
{
	struct claims claims;

	(void)state;
	ASSERT_ROWS({ "{\"azp\":\"app\"}", OUTCOME_ALLOW }, { "{\"azp\":\"other\"}", OUTCOME_CLIENT_CONFLICT },
		{ "{\"client_id\":null,\"cid\":\"a\",\"appid\":\"b\"}", OUTCOME_CLIENT_CONFLICT }, { "{\"client_id\":7}", OUTCOME_BAD_CLAIMS });
	assert_int_equal(judge_kind_of("{\"client_id\":null,\"appid\":\"b\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_str(claims.principal.client, "b");
}

static void test_CL_14_scopes_are_whole_words(void **state)
{
	struct claims claims;

	(void)state;
	assert_int_equal(judge_kind_of("{\"scope\":\"mcp:readx  a\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_int_equal(claims.principal.scopes.n, 2);
	assert_false(words_have(&claims.principal.scopes, STR("mcp:read")));
	assert_true(words_have(&claims.principal.scopes, STR("a")));
	assert_int_equal(judge_kind_of("{\"scope\":null,\"scp\":[\"a\",\"b c\",5]}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_int_equal(claims.principal.scopes.n, 1);
	assert_int_equal(judge_kind_of("{\"scope\":null,\"scp\":\"a b\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_int_equal(claims.principal.scopes.n, 2);
	assert_int_equal(judge_kind_of("{\"scope\":[\"a\"]}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_int_equal(claims.principal.scopes.n, 0);
	issuer.scope_claim = STR("permissions");
	assert_int_equal(judge_kind_of("{\"permissions\":[\"p\"]}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_int_equal(claims.principal.scopes.n, 1);
	assert_true(words_have(&claims.principal.scopes, STR("p")));
}

static void test_CL_15_groups(void **state)
{
	struct claims claims;

	(void)state;
	issuer.groups_claim = STR("realm_access.roles");
	assert_int_equal(judge_kind_of("{\"realm_access\":{\"roles\":[\"r1\",\"\",3,\"a\\nb\"]}}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_int_equal(claims.principal.groups.n, 1);
	issuer.groups_claim = STR("groups");
	assert_int_equal(judge_kind_of("{\"groups\":\"only\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_true(words_have(&claims.principal.groups, STR("only")));
	assert_int_equal(judge_kind_of("{\"_claim_names\":{\"groups\":\"src1\"}}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.groups_overage);
	assert_int_equal(judge_kind_of("{\"hasgroups\":true}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.groups_overage);
}

static void test_CL_15_more_groups_than_fit_are_unknown_groups(void **state)
{
	struct claims claims;
	char change[CLAIMS_GROUPS * 8 + 64] = "{\"groups\":[\"g0\"";
	size_t n = strlen(change);

	(void)state;
	for (int i = 1; i <= CLAIMS_GROUPS; i++)
		n += (size_t)snprintf(change + n, sizeof(change) - n, ",\"g%d\"", i);
	(void)snprintf(change + n, sizeof(change) - n, "]}");
	assert_int_equal(judge_kind_of(change, EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_int_equal(claims.principal.groups.n, CLAIMS_GROUPS);
	assert_true(claims.principal.groups_overage);
}

static void test_CL_16_email_verified_is_json_true(void **state)
{
	struct claims claims;

	(void)state;
	assert_int_equal(judge_kind_of("{\"email\":\"a@b.c\",\"email_verified\":\"true\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_false(claims.principal.email_verified);
	assert_int_equal(judge_kind_of("{\"email\":\"a@b.c\"}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_false(claims.principal.email_verified);
	issuer.trust_email = true;
	assert_int_equal(judge_kind_of("{\"email\":\"a@b.c\",\"email_verified\":false}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.email_verified);
}

static void test_AUD_03_without_aud_a_listed_client_will_do(void **state)
{
	struct str clients[] = { STR("app"), STR("other") };

	(void)state;
	issuer.audience_clients = (struct words){ clients, N_OF(clients) };
	ASSERT_ROWS({ "{\"aud\":null}", OUTCOME_ALLOW }, { "{\"aud\":null,\"client_id\":\"other\"}", OUTCOME_ALLOW },
		{ "{\"aud\":null,\"client_id\":\"APP\"}", OUTCOME_WRONG_AUDIENCE }, { "{\"aud\":null,\"client_id\":\"unlisted\"}", OUTCOME_WRONG_AUDIENCE },
		{ "{\"aud\":null,\"client_id\":null}", OUTCOME_WRONG_AUDIENCE }, { "{\"aud\":\"x\"}", OUTCOME_WRONG_AUDIENCE }, { "{\"aud\":[]}", OUTCOME_WRONG_AUDIENCE },
		{ "{\"aud\":{}}", OUTCOME_BAD_CLAIMS });
}

static void is_list(const struct words *list, const char *expected)
{
	auto_buf joined = BUF(1024);

	for (size_t i = 0; i < list->n; i++) {
		buf_add_text(&joined, i != 0 ? "|" : "");
		buf_add(&joined, list->word[i]);
	}
	assert_str(buf_str(&joined), expected);
}

static void test_CL_15_forms_of_groups(void **state)
{
	static const struct {
		const char *claim;
		char separator;
		const char *change, *groups;
	} rows[] = {
		{ "roles", '\0', "{\"roles\":{\"admin\":{\"1\":\"x\"},\"viewer\":{}}}", "admin|viewer" },
		{ "groups", ',', "{\"groups\":\"a, b c ,,d\"}", "a|b c|d" },
		{ "groups", '\0', "{\"groups\":\"a, b\"}", "a, b" },
		{ "groups", ',', "{\"groups\":[\"a,b\",\"c\"]}", "a,b|c" },
		{ "resource_access.app.roles", '\0', "{\"resource_access\":{\"app\":{\"roles\":[\"r\"]}}}", "r" },
		{ "groups", '\0', "{\"groups\":[[\"a\"],{\"b\":1},true]}", "" },
		{ "groups", '\0', "{\"groups\":7}", "" },
	};
	struct claims claims;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		issuer.groups_claim = str_from(rows[i].claim);
		issuer.groups_separator = rows[i].separator;
		assert_int_equal(judge_kind_of(rows[i].change, EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
		is_list(&claims.principal.groups, rows[i].groups);
	}
}

static void test_CL_14_a_named_claim_may_be_text_or_array_and_replaces_scope(void **state)
{
	struct claims claims;

	(void)state;
	issuer.scope_claim = STR("a.permissions");
	assert_int_equal(judge_kind_of("{\"a\":{\"permissions\":\"p q\"}}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	is_list(&claims.principal.scopes, "p|q");
	assert_int_equal(judge_kind_of("{\"a\":{\"permissions\":[\"p\",\"q r\",\"\\\"\",1]}}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	is_list(&claims.principal.scopes, "p");
	assert_int_equal(judge_kind_of("{}", EVIDENCE_ACCESS_TOKEN, &claims), OUTCOME_ALLOW);
	is_list(&claims.principal.scopes, "");
}

static void test_two_faults_the_first_in_order_is_told(void **state)
{
	(void)state;
	ASSERT_ROWS({ "{\"exp\":0,\"aud\":\"x\"}", OUTCOME_EXPIRED }, { "{\"exp\":0,\"at_hash\":\"x\"}", OUTCOME_ID_TOKEN },
		{ "{\"sub\":null,\"aud\":\"x\"}", OUTCOME_WRONG_AUDIENCE });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good_claims_become_a_principal, set_up),
		cmocka_unit_test_setup(test_CL_01_issuer_exactly, set_up),
		cmocka_unit_test_setup(test_CL_02_AUD_01_audience_exactly, set_up),
		cmocka_unit_test_setup(test_AUD_05_bare_origin_with_and_without_slash, set_up),
		cmocka_unit_test_setup(test_AUD_06_foreign_entries_only_if_allowed, set_up),
		cmocka_unit_test_setup(test_CL_04_expiry, set_up),
		cmocka_unit_test_setup(test_CL_05_CL_06_not_before_and_issued_at, set_up),
		cmocka_unit_test_setup(test_CL_07_lifetime, set_up),
		cmocka_unit_test_setup(test_CL_08_subject, set_up),
		cmocka_unit_test_setup(test_CI_01_a_client_may_be_a_url_or_hold_its_registration, set_up),
		cmocka_unit_test_setup(test_CL_09_client_speaks_for_itself, set_up),
		cmocka_unit_test_setup(test_CL_10_id_tokens, set_up),
		cmocka_unit_test_setup(test_CL_11_other_tokens, set_up),
		cmocka_unit_test_setup(test_CL_12_bound_tokens, set_up),
		cmocka_unit_test_setup(test_CL_13_client_names_agree, set_up),
		cmocka_unit_test_setup(test_CL_14_scopes_are_whole_words, set_up),
		cmocka_unit_test_setup(test_CL_15_groups, set_up),
		cmocka_unit_test_setup(test_CL_15_more_groups_than_fit_are_unknown_groups, set_up),
		cmocka_unit_test_setup(test_CL_16_email_verified_is_json_true, set_up),
		cmocka_unit_test_setup(test_AUD_03_without_aud_a_listed_client_will_do, set_up),
		cmocka_unit_test_setup(test_CL_15_forms_of_groups, set_up),
		cmocka_unit_test_setup(test_CL_14_a_named_claim_may_be_text_or_array_and_replaces_scope, set_up),
		cmocka_unit_test_setup(test_two_faults_the_first_in_order_is_told, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
