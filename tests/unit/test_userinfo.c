/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "keys.h"
#include "userinfo.h"

/* Adds, and compares with what must be there; NULL: it must refuse. */
static void adds(const char *claims, const char *userinfo, const char *expected)
{
	auto_json *before = json_of(claims);
	auto_json *more = json_of(userinfo);
	auto_json *untouched = json_of(userinfo);
	auto_json *wanted = json_of(expected != NULL ? expected : claims);

	assert_int_equal(claims_add_userinfo(before, more, STR("rights.app"), STR("caller")), expected != NULL);
	if (!json_equal(before, wanted))
		print_error("%s with %s\n", claims, userinfo);
	assert_true(json_equal(before, wanted));
	assert_true(json_equal(more, untouched));
}

static void test_UI_01_it_adds_what_is_missing_and_changes_nothing(void **state)
{
	(void)state;
	adds("{\"sub\":\"a\",\"name\":\"A\",\"groups\":[]}", "{\"sub\":\"a\",\"name\":\"B\",\"groups\":[\"admins\"],\"email\":\"a@b.c\"}",
		"{\"sub\":\"a\",\"name\":\"A\",\"groups\":[],\"email\":\"a@b.c\"}");
	adds("{}", "{\"sub\":\"a\",\"hd\":\"x\"}", "{\"sub\":\"a\",\"hd\":\"x\"}");
}

static void test_UI_01_it_never_says_for_whom_a_token_is_nor_what_it_may_do(void **state)
{
	static const char *const members[] = { "active", "iss", "aud", "exp", "nbf", "iat", "jti", "scope", "scp", "scopes", "permissions", "client_id",
		"azp", "cid", "appid", "cnf", "token_type", "typ", "token_use" };

	(void)state;
	for (size_t i = 0; i < N_OF(members); i++) {
		auto_buf userinfo = BUF(256);

		buf_print(&userinfo, "{\"sub\":\"a\",\"%s\":\"x\"}", members[i]);
		adds("{\"sub\":\"a\"}", userinfo.p, "{\"sub\":\"a\"}");
	}
}

static void test_UI_01_CL_16_a_verified_address_lends_its_word_to_no_other(void **state)
{
	(void)state;
	adds("{\"sub\":\"a\",\"email\":\"a@b.c\"}", "{\"sub\":\"a\",\"email\":\"x@y.z\",\"email_verified\":true}", "{\"sub\":\"a\",\"email\":\"a@b.c\"}");
	adds("{\"sub\":\"a\",\"email\":\"a@b.c\"}", "{\"sub\":\"a\",\"email\":\"a@b.c\",\"email_verified\":true}",
		"{\"sub\":\"a\",\"email\":\"a@b.c\",\"email_verified\":true}");
	adds("{\"sub\":\"a\",\"email_verified\":true}", "{\"sub\":\"a\",\"email\":\"x@y.z\"}", "{\"sub\":\"a\",\"email\":\"x@y.z\"}");
}

static void test_UI_01_it_must_be_about_the_same_person(void **state)
{
	static const char *const others[] = { "{\"sub\":\"b\",\"email\":\"x\"}", "{\"sub\":\"A\"}", "{\"sub\":\"a \"}", "{\"sub\":5}", "{\"email\":\"x\"}", "{}" };

	(void)state;
	for (size_t i = 0; i < N_OF(others); i++)
		adds("{\"sub\":\"a\"}", others[i], NULL);
	adds("{\"sub\":5}", "{\"sub\":\"5\"}", NULL);
}

static void test_UI_01_it_never_says_what_the_settings_call_scope_and_client(void **state)
{
	(void)state;
	adds("{}", "{\"sub\":\"a\",\"caller\":\"x\",\"called\":\"y\"}", "{\"sub\":\"a\",\"called\":\"y\"}");
	/* Of a path, the member in which it lies as well. */
	adds("{}", "{\"sub\":\"a\",\"rights\":{\"app\":[\"all\"]},\"right\":1}", "{\"sub\":\"a\",\"right\":1}");
	adds("{}", "{\"sub\":\"a\",\"rights.app\":[\"all\"]}", "{\"sub\":\"a\"}");
}

#define URL "https://api.example/list"

static void lists(const char *body, bool teams, const char *expected)
{
	bool whole;
	auto_json *list = memberships_read(STR(URL), str_from(body), teams, &whole);
	auto_json *wanted = expected != NULL ? json_of(expected) : NULL;

	assert_int_equal(whole, expected != NULL);
	if (expected == NULL)
		assert_null(list);
	else
		assert_true(json_equal(list, wanted));
}

static void test_UI_01_memberships(void **state)
{
	(void)state;
	lists("[]", false, "[]");
	lists("[{\"login\":\"one\",\"id\":1},{\"login\":\"two\"}]", false, "[\"one\",\"two\"]");
	lists("[{\"login\":7},{},null,\"x\",[],{\"login\":\"one\"}]", false, "[\"one\"]");
	lists("[{\"slug\":\"devs\",\"organization\":{\"login\":\"one\"}}]", true, "[\"one/devs\"]");
	lists("{\"message\":\"no\"}", false, NULL);
	lists("", false, NULL);
	lists("[{\"login\":\"one\"}", false, NULL);
}

static bool is_whole(const char *url, unsigned items)
{
	auto_buf body = BUF(4096);
	bool whole;

	for (unsigned i = 0; i < items; i++)
		buf_print(&body, "%c{\"login\":\"o%u\"}", i == 0 ? '[' : ',', i);
	buf_add_text(&body, items == 0 ? "[]" : "]");

	auto_json *list = memberships_read(str_from(url), buf_str(&body), false, &whole);

	assert_int_equal(json_array_size(list), items);
	return whole;
}

static void test_CL_15_a_full_page_may_have_a_next_one(void **state)
{
	(void)state;
	assert_true(is_whole(URL, 29));
	assert_false(is_whole(URL, 30));
	assert_true(is_whole(URL "?per_page=100", 99));
	assert_false(is_whole(URL "?per_page=100", 100));
	assert_false(is_whole(URL "?page=1&per_page=5&x", 5));
	assert_true(is_whole(URL "?page=1&per_page=5&x", 4));
	/* GitHub gives a hundred at most, whatever it is asked for. */
	assert_true(is_whole(URL "?per_page=500", 99));
	assert_false(is_whole(URL "?per_page=500", 100));
	/* What is no number of theirs is not believed to be more than their own. */
	assert_false(is_whole(URL "?per_page=many", 30));
	assert_false(is_whole(URL "?per_page=", 30));
	assert_false(is_whole(URL "?per_page=0", 0));
}

static void test_UI_01_half_a_team_is_none_that_a_rule_can_name(void **state)
{
	bool whole;
	auto_json *list = memberships_read(STR(URL), STR("[{\"slug\":\"devs\"},{\"organization\":{\"login\":\"one\"}},{}]"), true, &whole);
	const json_t *item;
	size_t i;

	(void)state;
	assert_true(whole);
	json_array_foreach (list, i, item) {
		const char *name = json_string_value(item);

		assert_true(name[0] == '/' || name[strlen(name) - 1] == '/');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_UI_01_it_adds_what_is_missing_and_changes_nothing),
		cmocka_unit_test(test_UI_01_it_never_says_for_whom_a_token_is_nor_what_it_may_do),
		cmocka_unit_test(test_UI_01_CL_16_a_verified_address_lends_its_word_to_no_other),
		cmocka_unit_test(test_UI_01_it_must_be_about_the_same_person),
		cmocka_unit_test(test_UI_01_it_never_says_what_the_settings_call_scope_and_client),
		cmocka_unit_test(test_UI_01_memberships),
		cmocka_unit_test(test_CL_15_a_full_page_may_have_a_next_one),
		cmocka_unit_test(test_UI_01_half_a_team_is_none_that_a_rule_can_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
