/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "token_answer.h"

#define auto_answer __attribute__((cleanup(token_answer_free))) struct token_answer

static void test_BK_05_tokens_are_read(void **state)
{
	auto_answer answer = { 0 };

	(void)state;
	assert_null(token_answer_read(200, true,
		STR("{\"access_token\":\"a.b~c\",\"token_type\":\"bEARER\",\"refresh_token\":\"r/+=\",\"id_token\":\"x.y.z\",\"scope\":\"openid\"}"),
		&answer));
	assert_str(answer.access_token, "a.b~c");
	assert_str(answer.refresh_token, "r/+=");
	assert_str(answer.id_token, "x.y.z");
	assert_str(answer.error, "");
}

static void test_BK_05_tokens_may_be_missing_but_for_one(void **state)
{
	static const char *const bodies[] = { "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}",
		"{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"refresh_token\":null,\"id_token\":null}" };

	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++) {
		auto_answer answer = { 0 };

		assert_null(token_answer_read(200, true, str_from(bodies[i]), &answer));
		assert_int_equal(answer.refresh_token.n + answer.id_token.n, 0);
	}
}

static void test_BK_05_an_error_is_one_whatever_the_status(void **state)
{
	static const int statuses[] = { 200, 400, 401, 403, 503 };

	(void)state;
	for (size_t i = 0; i < N_OF(statuses); i++) {
		auto_answer answer = { 0 };

		assert_null(token_answer_read(statuses[i], true,
			STR("{\"error\":\"invalid_grant\",\"access_token\":\"a\",\"token_type\":\"Bearer\"}"), &answer));
		assert_str(answer.error, "invalid_grant");
		assert_int_equal(answer.access_token.n, 0);
	}
}

#define TOKENS(more) "{\"access_token\":\"a\",\"token_type\":\"Bearer\"" more "}"

static void test_BK_05_what_is_no_answer(void **state)
{
	static const struct {
		int status;
		bool is_json;
		const char *body, *about;
	} cases[] = {
		{ 200, false, TOKENS(""), "Content-Type" },
		{ 400, false, "{\"error\":\"invalid_grant\"}", "Content-Type" },
		{ 200, true, "", "one JSON object" },
		{ 200, true, "[]", "one JSON object" },
		{ 200, true, TOKENS("") "x", "one JSON object" },
		{ 200, true, TOKENS(",\"access_token\":\"b\""), "one JSON object" },
		{ 200, true, "access_token=a&token_type=bearer", "one JSON object" },
		{ 200, true, TOKENS(",\"error\":5"), "no text" },
		{ 200, true, TOKENS(",\"error\":\"\""), "no text" },
		{ 200, true, TOKENS(",\"error\":null"), "no text" },
		{ 201, true, TOKENS(""), "status" },
		{ 400, true, TOKENS(""), "status" },
		{ 200, true, "{\"access_token\":\"a\"}", "token_type" },
		{ 200, true, "{\"access_token\":\"a\",\"token_type\":\"DPoP\"}", "token_type" },
		{ 200, true, "{\"access_token\":\"a\",\"token_type\":[\"Bearer\"]}", "token_type" },
		{ 200, true, "{\"token_type\":\"Bearer\"}", "token is" },
		{ 200, true, "{\"access_token\":\"\",\"token_type\":\"Bearer\"}", "token is" },
		{ 200, true, "{\"access_token\":null,\"token_type\":\"Bearer\"}", "token is" },
		{ 200, true, "{\"access_token\":5,\"token_type\":\"Bearer\"}", "token is" },
		{ 200, true, "{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}", "token is" },
		{ 200, true, "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\"}", "token is" },
		{ 200, true, "{\"access_token\":\"\\u00e4\",\"token_type\":\"Bearer\"}", "token is" },
		{ 200, true, TOKENS(",\"refresh_token\":\"\""), "token is" },
		{ 200, true, TOKENS(",\"refresh_token\":true"), "token is" },
		{ 200, true, TOKENS(",\"id_token\":{}"), "token is" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_answer answer = { 0 };
		const char *fault = token_answer_read(cases[i].status, cases[i].is_json, str_from(cases[i].body), &answer);

		if (fault == NULL || strstr(fault, cases[i].about) == NULL)
			fail_msg("%s: \"%s\"", cases[i].body, fault != NULL ? fault : "good");
		assert_int_equal(answer.access_token.n + answer.refresh_token.n + answer.id_token.n + answer.error.n, 0);
	}
}

static void test_BK_05_a_token_has_a_longest_form(void **state)
{
	(void)state;
	for (size_t n = TOKEN_ANSWER_TOKEN_BYTES; n <= TOKEN_ANSWER_TOKEN_BYTES + 1; n++) {
		auto_answer answer = { 0 };
		auto_buf body = BUF(TOKEN_ANSWER_BYTES);

		buf_add_text(&body, "{\"token_type\":\"Bearer\",\"access_token\":\"");
		for (size_t i = 0; i < n; i++)
			buf_add_byte(&body, 'a');
		buf_add_text(&body, "\"}");
		assert_int_equal(token_answer_read(200, true, buf_str(&body), &answer) == NULL, n == TOKEN_ANSWER_TOKEN_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_BK_05_tokens_are_read),
		cmocka_unit_test(test_BK_05_tokens_may_be_missing_but_for_one),
		cmocka_unit_test(test_BK_05_an_error_is_one_whatever_the_status),
		cmocka_unit_test(test_BK_05_what_is_no_answer),
		cmocka_unit_test(test_BK_05_a_token_has_a_longest_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
