/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "form.h"
#include "introspection.h"

static void is_form(const char *value, const char *expected)
{
	auto_buf form = BUF(1024);

	form_add(&form, "token", str_from(value));
	assert_str(buf_str(&form), expected);
}

static void test_IN_01_all_but_the_unreserved_is_encoded(void **state)
{
	(void)state;
	is_form("", "token=");
	is_form("aZ09-._~", "token=aZ09-._~");
	is_form("a+b c%d&e=f", "token=a%2Bb%20c%25d%26e%3Df");
	is_form("/?#;,:@!$'()*\"\\", "token=%2F%3F%23%3B%2C%3A%40%21%24%27%28%29%2A%22%5C");
	is_form("\xc3\xa9\xe2\x82\xac", "token=%C3%A9%E2%82%AC");
	is_form("a\r\nb\t\x7f", "token=a%0D%0Ab%09%7F");
}

static void test_IN_01_no_value_can_add_a_pair(void **state)
{
	auto_buf form = BUF(1024);
	auto_buf small = BUF(8);

	(void)state;
	form_add(&form, "token", STR("x&token=y"));
	form_add(&form, "token_type_hint", STR("access_token"));
	assert_str(buf_str(&form), "token=x%26token%3Dy&token_type_hint=access_token");
	form_add(&small, "token", STR("more than fits"));
	assert_true(small.failed);
}

static void is_basic(const char *client, const char *secret, const char *expected)
{
	auto_buf header = BUF(1024);

	basic_add(str_from(client), str_from(secret), &header);
	assert_str(buf_str(&header), expected);
}

/* RFC 6749 2.3.1: each part is encoded before they are joined, so that a colon in either is no separator. */
static void test_IN_01_basic_pairs(void **state)
{
	auto_buf small = BUF(10);

	(void)state;
	is_basic("a", "b", "Basic YTpi");                         /* a:b */
	is_basic("a:b", "c:d", "Basic YSUzQWI6YyUzQWQ=");         /* a%3Ab:c%3Ad */
	is_basic("g", "+%& =", "Basic ZzolMkIlMjUlMjYlMjAlM0Q="); /* g:%2B%25%26%20%3D */
	is_basic("g", "\xc3\xa9", "Basic ZzolQzMlQTk=");          /* g:%C3%A9 */
	basic_add(STR("client"), STR("secret"), &small);
	assert_true(small.failed);
}

static enum outcome read_as(enum answer_kind kind, int status, bool is_json, const char *body)
{
	json_t *claims = (json_t *)(uintptr_t)1;
	enum outcome outcome = answer_read(kind, status, is_json, str_from(body), &claims);

	assert_true((claims != NULL) == (outcome == OUTCOME_ALLOW));
	json_decref(claims);
	return outcome;
}

static void test_IN_02_only_the_value_true_counts(void **state)
{
	static const char *const no[] = { "{\"active\":false}", "{\"active\":\"true\"}", "{\"active\":1}", "{\"active\":null}", "{\"active\":[true]}",
		"{\"active\":{}}", "{\"Active\":true}", "{}" };

	(void)state;
	assert_int_equal(read_as(ANSWER_INTROSPECTION, 200, true, "{\"active\":true}"), OUTCOME_ALLOW);
	for (size_t i = 0; i < N_OF(no); i++)
		assert_int_equal(read_as(ANSWER_INTROSPECTION, 200, true, no[i]), OUTCOME_INACTIVE);
}

static void test_IN_05_what_is_no_answer_is_no_verdict(void **state)
{
	static const int statuses[] = { 0, 201, 204, 301, 302, 400, 401, 403, 404, 429, 500, 503 };
	static const char *const bodies[] = { "", "null", "true", "[]", "[{\"active\":true}]", "{\"active\":true", "{\"active\":true}x",
		"{\"active\":false,\"active\":true}", "{\"active\":true,\"sub\":\"\xff\"}", "<html>" };

	(void)state;
	for (size_t i = 0; i < N_OF(statuses); i++)
		assert_int_equal(read_as(ANSWER_INTROSPECTION, statuses[i], true, "{\"active\":true}"), OUTCOME_UNAVAILABLE);
	for (size_t i = 0; i < N_OF(bodies); i++)
		assert_int_equal(read_as(ANSWER_INTROSPECTION, 200, true, bodies[i]), OUTCOME_UNAVAILABLE);
}

static void test_IN_06_a_signed_answer_is_none(void **state)
{
	(void)state;
	assert_int_equal(read_as(ANSWER_INTROSPECTION, 200, false, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"), OUTCOME_UNAVAILABLE);
	assert_int_equal(read_as(ANSWER_INTROSPECTION, 200, false, "{\"active\":true}"), OUTCOME_UNAVAILABLE);
	assert_int_equal(read_as(ANSWER_TOKENINFO, 200, false, "{\"aud\":\"x\"}"), OUTCOME_UNAVAILABLE);
}

static void test_UI_02_userinfo(void **state)
{
	static const char *const no[] = { "{}", "{\"sub\":\"\"}", "{\"sub\":7}", "{\"sub\":null}", "[]", "", "{\"sub\":\"a\",\"sub\":\"b\"}" };
	static const int broken[] = { 204, 302, 400, 404, 429, 500, 503 };

	(void)state;
	assert_int_equal(read_as(ANSWER_USERINFO, 200, true, "{\"sub\":\"alice\"}"), OUTCOME_ALLOW);
	assert_int_equal(read_as(ANSWER_USERINFO, 401, false, ""), OUTCOME_INACTIVE);
	assert_int_equal(read_as(ANSWER_USERINFO, 403, true, "{\"sub\":\"alice\"}"), OUTCOME_INACTIVE);
	assert_int_equal(read_as(ANSWER_USERINFO, 200, false, "{\"sub\":\"alice\"}"), OUTCOME_UNAVAILABLE);
	for (size_t i = 0; i < N_OF(no); i++)
		assert_int_equal(read_as(ANSWER_USERINFO, 200, true, no[i]), OUTCOME_UNAVAILABLE);
	for (size_t i = 0; i < N_OF(broken); i++)
		assert_int_equal(read_as(ANSWER_USERINFO, broken[i], true, "{\"sub\":\"alice\"}"), OUTCOME_UNAVAILABLE);
}

static void test_UI_02_a_profile_without_sub(void **state)
{
	(void)state;
	assert_int_equal(read_as(ANSWER_PROFILE, 200, true, "{\"id\":7}"), OUTCOME_ALLOW);
	assert_int_equal(read_as(ANSWER_PROFILE, 200, true, "[]"), OUTCOME_UNAVAILABLE);
	assert_int_equal(read_as(ANSWER_PROFILE, 200, false, "{\"id\":7}"), OUTCOME_UNAVAILABLE);
	assert_int_equal(read_as(ANSWER_PROFILE, 401, true, "{\"id\":7}"), OUTCOME_INACTIVE);
	assert_int_equal(read_as(ANSWER_PROFILE, 500, true, "{\"id\":7}"), OUTCOME_UNAVAILABLE);
}

static void test_UI_01_tokeninfo(void **state)
{
	static const int unknown[] = { 400, 404, 422 }, broken[] = { 204, 302, 401, 403, 429, 500, 503 };

	(void)state;
	assert_int_equal(read_as(ANSWER_TOKENINFO, 200, true, "{\"aud\":\"x\"}"), OUTCOME_ALLOW);
	assert_int_equal(read_as(ANSWER_TOKENINFO, 200, true, "[]"), OUTCOME_UNAVAILABLE);
	for (size_t i = 0; i < N_OF(unknown); i++)
		assert_int_equal(read_as(ANSWER_TOKENINFO, unknown[i], true, "{}"), OUTCOME_INACTIVE);
	for (size_t i = 0; i < N_OF(broken); i++)
		assert_int_equal(read_as(ANSWER_TOKENINFO, broken[i], true, "{\"aud\":\"x\"}"), OUTCOME_UNAVAILABLE);
}

static void test_IN_05_what_a_stranger_can_bring_about(void **state)
{
	static const enum answer_kind kinds[] = { ANSWER_INTROSPECTION, ANSWER_TOKENINFO, ANSWER_USERINFO, ANSWER_MEMBERSHIPS };
	static const int complaints[] = { 400, 413, 414, 422, 431 }, to_us[] = { 401, 403, 404, 429 }, outages[] = { 0, 204, 302, 500, 502, 503, 504 };

	(void)state;
	for (size_t i = 0; i < N_OF(kinds); i++) {
		bool in_its_name = kinds[i] == ANSWER_USERINFO || kinds[i] == ANSWER_MEMBERSHIPS;

		for (size_t k = 0; k < N_OF(complaints); k++)
			assert_true(answer_is_about_token(kinds[i], complaints[k], false, false));
		/* Whoever asks is told that: we, or the token. */
		for (size_t k = 0; k < N_OF(to_us); k++)
			assert_int_equal(answer_is_about_token(kinds[i], to_us[k], true, false), in_its_name);
		for (size_t k = 0; k < N_OF(outages); k++)
			assert_false(answer_is_about_token(kinds[i], outages[k], true, false));
		assert_true(answer_is_about_token(kinds[i], 200, true, false));
		assert_true(answer_is_about_token(kinds[i], 200, false, true));
		assert_false(answer_is_about_token(kinds[i], 200, false, false));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_IN_01_all_but_the_unreserved_is_encoded),
		cmocka_unit_test(test_IN_01_no_value_can_add_a_pair),
		cmocka_unit_test(test_IN_01_basic_pairs),
		cmocka_unit_test(test_IN_02_only_the_value_true_counts),
		cmocka_unit_test(test_IN_05_what_is_no_answer_is_no_verdict),
		cmocka_unit_test(test_IN_05_what_a_stranger_can_bring_about),
		cmocka_unit_test(test_IN_06_a_signed_answer_is_none),
		cmocka_unit_test(test_UI_02_userinfo),
		cmocka_unit_test(test_UI_02_a_profile_without_sub),
		cmocka_unit_test(test_UI_01_tokeninfo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
