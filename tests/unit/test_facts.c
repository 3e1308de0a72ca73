/* SPDX-License-Identifier: MIT */
/* What conditions may see of a principal. */
#include "unit.h"

#include "facts.h"
#include "keys.h"

static struct issuer issuer = { .identifier = { "https://a.example", 17 } };
static struct str scopes[] = { { "read", 4 }, { "write", 5 } }, groups[] = { { "staff", 5 } };

static struct principal alice(void)
{
	return (struct principal){ .issuer = &issuer, .subject = STR("alice"), .scopes = { scopes, 2 }, .groups = { groups, 1 } };
}

static void test_PO_03_every_credential_has_issuer_subject_and_scope(void **state)
{
	const struct principal principal = alice();
	auto_json *facts = facts_new(&principal, NULL);
	const json_t *jwt = json_object_get(facts, "jwt");

	(void)state;
	assert_str(json_text(jwt, "iss"), "https://a.example");
	assert_str(json_text(jwt, "sub"), "alice");
	assert_str(json_text(jwt, "scope"), "read write");
	assert_int_equal(json_array_size(json_object_get(json_object_get(facts, "principal"), "scopes")), 2);
	assert_true(json_is_false(json_object_get(json_object_get(facts, "principal"), "email_verified")));
}

static void test_PO_03_an_unfinished_list_of_groups_is_none(void **state)
{
	struct principal principal = alice();
	auto_json *whole = facts_new(&principal, NULL);

	(void)state;
	principal.groups_overage = true;
	{
		auto_json *cut = facts_new(&principal, NULL);

		assert_int_equal(json_array_size(json_object_get(json_object_get(whole, "principal"), "groups")), 1);
		assert_null(json_object_get(json_object_get(cut, "principal"), "groups"));
	}
}

static void test_PO_03_names_count_like_values(void **state)
{
	auto_json *name = json_of("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":\"\"}");
	auto_json *value = json_of("{\"\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}");
	auto_json *nothing = json_of("{\"\":\"\"}");

	(void)state;
	assert_int_equal(facts_bytes(name), facts_bytes(nothing) + 64);
	assert_true(facts_bytes(value) >= facts_bytes(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_PO_03_every_credential_has_issuer_subject_and_scope),
		cmocka_unit_test(test_PO_03_an_unfinished_list_of_groups_is_none),
		cmocka_unit_test(test_PO_03_names_count_like_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
