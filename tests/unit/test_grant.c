/* SPDX-License-Identifier: MIT */
/* A grant as JSON, there and back. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "grant.h"

static const char text[] = "{\"id\":\"g\",\"client\":\"c\",\"redirect_uri\":\"http://127.0.0.1/\",\"resource\":\"https://r.example\",\"claims\":{},"
			   "\"kind\":1,\"since\":1,\"used\":2,\"checked\":3,\"busy\":0,\"generation\":4}";

static json_t *read_text(const char *json)
{
	return json_read_object(str_from(json), (struct json_limits){ GRANT_BYTES, 16, 32 });
}

static void test_BK_07_all_of_it_comes_back(void **state)
{
	auto_json *claims = json_pack("{s:s,s:[s]}", "sub", "alice", "groups", "staff"), *id_token = json_pack("{s:s}", "sub", "alice");
	const struct grant grant = { .id = STR("g1"), .client = STR("https://c.example/x"), .client_name = STR("Na\"me"), .redirect_uri = STR("app:/cb"),
		.resource = STR("https://r.example/"), .scope = STR("a b"), .claims = claims, .id_token = id_token, .kind = 2, .token = STR("t\\k"),
		.since = 1, .used = 2, .checked = 3, .busy = 4, .generation = INT64_MAX };
	auto_json *json = grant_write(&grant);
	struct grant found;

	(void)state;
	assert_non_null(json);
	assert_true(grant_read(json, &found));
	assert_str(found.id, "g1");
	assert_str(found.client, "https://c.example/x");
	assert_str(found.client_name, "Na\"me");
	assert_str(found.redirect_uri, "app:/cb");
	assert_str(found.resource, "https://r.example/");
	assert_str(found.scope, "a b");
	assert_str(found.token, "t\\k");
	assert_true(json_equal(found.claims, claims) && json_equal(found.id_token, id_token));
	assert_true(found.kind == 2 && found.since == 1 && found.used == 2 && found.checked == 3 && found.busy == 4 && found.generation == INT64_MAX);
}

static void test_BK_07_an_id_token_that_is_all_is_written_once(void **state)
{
	auto_json *claims = json_pack("{s:s}", "sub", "alice"), *same = json_pack("{s:s}", "sub", "alice");
	struct grant grant = { .id = STR("g"), .client = STR("c"), .redirect_uri = STR("u"), .resource = STR("r"), .claims = claims, .id_token = same }, found;
	auto_json *json = grant_write(&grant), *without;

	(void)state;
	assert_true(json_is_true(json_object_get(json, "id_token")));
	assert_true(grant_read(json, &found));
	assert_ptr_equal(found.id_token, found.claims);
	grant.id_token = NULL;
	without = grant_write(&grant);
	assert_true(grant_read(without, &found));
	assert_null(found.id_token);
}

static void test_BK_07_what_is_none(void **state)
{
	static const char *const members[] = { "id", "client", "redirect_uri", "resource", "claims", "kind", "since", "used", "checked", "busy", "generation" };
	static const struct {
		const char *name, *value;
	} wrong[] = { { "claims", "[]" }, { "id_token", "1" }, { "id_token", "false" }, { "kind", "-1" }, { "kind", "70000" }, { "since", "\"1\"" },
		{ "since", "1.5" }, { "generation", "-1" }, { "id", "\"\"" }, { "id", "7" } };
	struct grant found;
	auto_json *good = read_text(text);

	(void)state;
	assert_true(grant_read(good, &found));
	assert_false(grant_read(NULL, &found));
	for (size_t i = 0; i < N_OF(members); i++) {
		auto_json *less = json_deep_copy(good);

		(void)json_object_del(less, members[i]);
		assert_false(grant_read(less, &found));
	}
	for (size_t i = 0; i < N_OF(wrong); i++) {
		auto_json *changed = json_deep_copy(good);

		(void)json_object_set_new(changed, wrong[i].name, json_loads(wrong[i].value, JSON_DECODE_ANY, NULL));
		if (grant_read(changed, &found))
			fail_msg("%s %s", wrong[i].name, wrong[i].value);
	}
}

static void test_BK_07_one_that_is_too_large_is_not_written(void **state)
{
	char *large = memory_new(GRANT_BYTES + 1);
	struct grant grant = { .id = STR("g"), .client = STR("c"), .redirect_uri = STR("u"), .resource = STR("r") };
	auto_json *claims = json_object();

	(void)state;
	memset(large, 'x', GRANT_BYTES);
	(void)json_object_set_new(claims, "x", json_string(large));
	grant.claims = claims;
	assert_null(grant_write(&grant));
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_BK_07_all_of_it_comes_back),
		cmocka_unit_test(test_BK_07_an_id_token_that_is_all_is_written_once),
		cmocka_unit_test(test_BK_07_what_is_none),
		cmocka_unit_test(test_BK_07_one_that_is_too_large_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
