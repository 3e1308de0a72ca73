/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "bearer.h"

static enum outcome find(const char *authorization, const char *query, struct str *token)
{
	return bearer_find(str_from(authorization), authorization != NULL, str_from(query), token);
}

static void test_TK_01_scheme_in_any_case_blanks_then_token(void **state)
{
	static const char *const good[] = { "Bearer abc", "bearer abc", "bEaReR   abc" };
	struct str token;

	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		assert_int_equal(find(good[i], NULL, &token), OUTCOME_ALLOW);
		assert_str(token, "abc");
	}
	assert_int_equal(find("Bearer a-b._~+/9==", NULL, &token), OUTCOME_ALLOW);
	assert_str(token, "a-b._~+/9==");
}

static void test_TK_01_what_only_looks_like_it(void **state)
{
	static const struct {
		const char *authorization;
		enum outcome outcome;
	} rows[] = {
		{ "Bearer\tabc", OUTCOME_OTHER_SCHEME },
		{ "Bearerabc", OUTCOME_OTHER_SCHEME },
		{ " Bearer abc", OUTCOME_OTHER_SCHEME },
		{ "Bearer abc\t", OUTCOME_MALFORMED_CREDENTIAL },
		{ "Bearer abc ", OUTCOME_MALFORMED_CREDENTIAL },
		{ "Bearer =", OUTCOME_MALFORMED_CREDENTIAL },
		{ "Bearer a=b", OUTCOME_MALFORMED_CREDENTIAL },
		{ "Bearer \"abc\"", OUTCOME_MALFORMED_CREDENTIAL },
		{ "Bearer a\xc3\xa9", OUTCOME_MALFORMED_CREDENTIAL },
	};
	struct str token;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_int_equal(find(rows[i].authorization, NULL, &token), rows[i].outcome);
		assert_int_equal(token.n, 0);
	}
}

static void test_CH_14_malformed_is_401_not_400(void **state)
{
	static const char *const malformed[] = { "Bearer", "Bearer ", "Bearer a b", "Basic eDp5", "Digest x", "Bearer !" };
	struct str token;

	(void)state;
	for (size_t i = 0; i < N_OF(malformed); i++)
		assert_int_equal(outcome_row(find(malformed[i], NULL, &token))->status, 401);
	for (unsigned byte = 1; byte < 256; byte++) {
		const char text[] = { 'B', 'e', 'a', 'r', 'e', 'r', ' ', 'a', (char)byte, 'a', '\0' };
		bool is_good = byte < 0x80 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/", (int)byte) != NULL;

		assert_int_equal(find(text, NULL, &token) == OUTCOME_ALLOW, is_good);
	}
}

static void test_TK_06_dpop_is_another_scheme(void **state)
{
	struct str token;

	(void)state;
	assert_int_equal(find("DPoP abc", NULL, &token), OUTCOME_OTHER_SCHEME);
}

static void test_CH_13_two_credentials(void **state)
{
	struct str token;

	(void)state;
	assert_int_equal(find("Bearer abc, Bearer def", NULL, &token), OUTCOME_SEVERAL_CREDENTIALS);
	assert_int_equal(find("Bearer abc,Basic x", NULL, &token), OUTCOME_SEVERAL_CREDENTIALS);
	assert_int_equal(bearer_find(STR("Bearer abc"), 2, STR_NONE, &token), OUTCOME_SEVERAL_CREDENTIALS);
	/* Two headers of which the first is empty are two as well. */
	assert_int_equal(bearer_find(STR_NONE, 2, STR_NONE, &token), OUTCOME_SEVERAL_CREDENTIALS);
	assert_int_equal(find("Bearer abc", "x=1&access_token=def", &token), OUTCOME_SEVERAL_CREDENTIALS);
	assert_int_equal(outcome_row(OUTCOME_SEVERAL_CREDENTIALS)->status, 400);
}

static void test_TK_02_token_in_the_query_is_none(void **state)
{
	struct str token;

	(void)state;
	assert_int_equal(find(NULL, "access_token=abc", &token), OUTCOME_QUERY_TOKEN);
	assert_int_equal(token.n, 0);
	assert_int_equal(outcome_row(OUTCOME_QUERY_TOKEN)->status, 401);
	assert_false(outcome_row(OUTCOME_QUERY_TOKEN)->challenge_error);
	assert_int_equal(find(NULL, "my_access_token=abc", &token), OUTCOME_NO_CREDENTIAL);
	assert_int_equal(find("Bearer abc", "my_access_token=1", &token), OUTCOME_ALLOW);
}

static void test_TK_05_size_is_checked_first(void **state)
{
	static char header[7 + BEARER_TOKEN_BYTES + 2];
	struct str token;

	(void)state;
	memset(header, 'a', sizeof(header) - 1);
	memcpy(header, "Bearer ", 7);
	assert_int_equal(find(header, NULL, &token), OUTCOME_TOKEN_TOO_LARGE);
	header[7 + BEARER_TOKEN_BYTES] = '\0';
	assert_int_equal(find(header, NULL, &token), OUTCOME_ALLOW);
	assert_int_equal(token.n, BEARER_TOKEN_BYTES);
}

static void test_CH_01_nothing_came(void **state)
{
	struct str token;

	(void)state;
	assert_int_equal(find(NULL, NULL, &token), OUTCOME_NO_CREDENTIAL);
	assert_int_equal(find("", "", &token), OUTCOME_NO_CREDENTIAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_TK_01_scheme_in_any_case_blanks_then_token),
		cmocka_unit_test(test_TK_01_what_only_looks_like_it),
		cmocka_unit_test(test_CH_14_malformed_is_401_not_400),
		cmocka_unit_test(test_TK_06_dpop_is_another_scheme),
		cmocka_unit_test(test_CH_13_two_credentials),
		cmocka_unit_test(test_TK_02_token_in_the_query_is_none),
		cmocka_unit_test(test_TK_05_size_is_checked_first),
		cmocka_unit_test(test_CH_01_nothing_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
