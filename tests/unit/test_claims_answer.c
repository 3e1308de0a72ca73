/* SPDX-License-Identifier: MIT */
/* Claims of a provider's answer about an opaque token: as those of a signed token, but for what an answer may leave out. */
#include "claims_fixture.h"

static enum outcome judge_answer(const char *change)
{
	static struct claims claims;

	return judge_kind_of(change, EVIDENCE_ANSWER, &claims);
}

static void test_UI_01_an_unsafe_word_is_for_userinfo_alone(void **state)
{
	(void)state;
	assert_int_equal(judge_answer("{\"aud\":null}"), OUTCOME_WRONG_AUDIENCE);
	issuer.ask.userinfo_unsafe = true;
	assert_int_equal(judge_answer("{\"aud\":null}"), OUTCOME_ALLOW);
	assert_int_equal(judge_answer("{\"aud\":\"x\"}"), OUTCOME_WRONG_AUDIENCE);
	assert_int_equal(judge("{\"aud\":null}"), OUTCOME_WRONG_AUDIENCE);
	issuer.ask.introspection = STR("https://idp.example.net/introspect");
	assert_int_equal(judge_answer("{\"aud\":null}"), OUTCOME_WRONG_AUDIENCE);
	issuer.ask.introspection = STR_NONE;
	issuer.ask.tokeninfo = STR("https://idp.example.net/tokeninfo");
	assert_int_equal(judge_answer("{\"aud\":null}"), OUTCOME_WRONG_AUDIENCE);
}

static void test_IN_03_an_answer_may_leave_out_but_not_contradict(void **state)
{
	(void)state;
	assert_int_equal(judge_answer("{\"iss\":null,\"exp\":null,\"iat\":null}"), OUTCOME_ALLOW);
	assert_int_equal(judge_answer("{\"iss\":\"https://other.example\"}"), OUTCOME_UNKNOWN_ISSUER);
	assert_int_equal(judge_answer("{\"iss\":7}"), OUTCOME_UNKNOWN_ISSUER);
	assert_int_equal(judge_answer("{\"exp\":\"1800000100\"}"), OUTCOME_BAD_CLAIMS);
	assert_int_equal(judge_answer("{\"exp\":1799999970}"), OUTCOME_EXPIRED);
	assert_int_equal(judge_answer("{\"nbf\":1800000031}"), OUTCOME_NOT_YET_VALID);
	assert_int_equal(judge_answer("{\"aud\":null}"), OUTCOME_WRONG_AUDIENCE);
	assert_int_equal(judge_answer("{\"token_type\":\"bearer\"}"), OUTCOME_ALLOW);
	assert_int_equal(judge_answer("{\"token_type\":\"access_token\"}"), OUTCOME_ALLOW);
	assert_int_equal(judge_answer("{\"token_type\":\"refresh_token\"}"), OUTCOME_OTHER_TOKEN);
	assert_int_equal(judge_answer("{\"token_type\":\"DPoP\"}"), OUTCOME_OTHER_TOKEN);
	assert_int_equal(judge_answer("{\"token_type\":7}"), OUTCOME_OTHER_TOKEN);
	assert_int_equal(judge_answer("{\"cnf\":{}}"), OUTCOME_BOUND_TOKEN);
	assert_int_equal(judge_answer("{\"sub\":null,\"client_id\":null}"), OUTCOME_BAD_CLAIMS);
}

static void test_IN_03_a_subject_may_be_a_number_in_an_answer(void **state)
{
	struct claims claims;

	(void)state;
	assert_int_equal(judge_kind_of("{\"sub\":583231}", EVIDENCE_ANSWER, &claims), OUTCOME_ALLOW);
	assert_str(claims.principal.subject, "583231");
	assert_int_equal(judge_kind_of("{\"sub\":9223372036854775807}", EVIDENCE_ANSWER, &claims), OUTCOME_ALLOW);
	assert_str(claims.principal.subject, "9223372036854775807");
	assert_int_equal(judge_answer("{\"sub\":0}"), OUTCOME_BAD_CLAIMS);
	assert_int_equal(judge_answer("{\"sub\":-5}"), OUTCOME_BAD_CLAIMS);
	assert_int_equal(judge_answer("{\"sub\":5.5}"), OUTCOME_BAD_CLAIMS);
	assert_int_equal(judge_answer("{\"sub\":true}"), OUTCOME_BAD_CLAIMS);
}

static void test_IN_03_CL_09_an_answer_without_subject_is_the_client(void **state)
{
	struct claims claims;

	(void)state;
	assert_int_equal(judge_kind_of("{\"sub\":null}", EVIDENCE_ANSWER, &claims), OUTCOME_ALLOW);
	assert_str(claims.principal.subject, "app");
	assert_true(claims.principal.is_client);
}

static void test_IN_03_CL_16_values_as_text_only_if_the_settings_say_so(void **state)
{
	struct claims claims;

	(void)state;
	issuer.text_values = true;
	assert_int_equal(judge_kind_of("{\"exp\":\"1800000100\",\"email\":\"a@b.c\",\"email_verified\":\"true\"}", EVIDENCE_ANSWER, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.email_verified);
	assert_int_equal(claims.principal.expires, NOW + 100);
	assert_int_equal(judge_kind_of("{\"email\":\"a@b.c\",\"email_verified\":\"True\"}", EVIDENCE_ANSWER, &claims), OUTCOME_ALLOW);
	assert_false(claims.principal.email_verified);
	assert_int_equal(judge_answer("{\"exp\":\"1799999970\"}"), OUTCOME_EXPIRED);
	assert_int_equal(judge_answer("{\"exp\":\"18e8\"}"), OUTCOME_BAD_CLAIMS);
	assert_int_equal(judge_answer("{\"exp\":\"\"}"), OUTCOME_BAD_CLAIMS);
	/* Of a signed token never. */
	assert_int_equal(judge("{\"exp\":\"1800000100\"}"), OUTCOME_BAD_CLAIMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_UI_01_an_unsafe_word_is_for_userinfo_alone, set_up),
		cmocka_unit_test_setup(test_IN_03_an_answer_may_leave_out_but_not_contradict, set_up),
		cmocka_unit_test_setup(test_IN_03_a_subject_may_be_a_number_in_an_answer, set_up),
		cmocka_unit_test_setup(test_IN_03_CL_09_an_answer_without_subject_is_the_client, set_up),
		cmocka_unit_test_setup(test_IN_03_CL_16_values_as_text_only_if_the_settings_say_so, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
