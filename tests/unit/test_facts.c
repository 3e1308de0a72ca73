/* SPDX-License-Identifier: MIT */
/* What conditions may see of a principal, and what the memo keeps of it. */
#include "unit.h"

#include "facts.h"
#include "keys.h"
#include "memo.h"

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

static struct memo_entry entry_of(const struct resource *resource, unsigned char first)
{
	return (struct memo_entry){ .digest = { first }, .resource = resource, .until = 100, .outcome = OUTCOME_ALLOW };
}

static void test_PO_03_the_memo_has_facts_where_a_condition_looks(void **state)
{
	const struct resource looks = { .sees_facts = true }, does_not = { 0 };
	const struct memo_entry first = entry_of(&looks, 1), second = entry_of(&does_not, 1);
	auto_json *claims = json_of("{\"sub\":\"alice\",\"department\":{\"name\":\"one\"}}");
	struct principal principal = alice();
	struct memo *memo = memo_new(1 << 20);
	const struct principal *kept;

	(void)state;
	principal.claims = claims;
	kept = memo_keep(memo, &second, &principal);
	assert_null(kept->facts);
	kept = memo_keep(memo, &first, &principal);
	assert_null(kept->claims);
	/* Facts outlive the claims of which they were made. */
	json_decref(claims);
	claims = NULL;
	assert_str(json_text(json_object_get(json_object_get(kept->facts, "jwt"), "department"), "name"), "one");
	assert_ptr_equal(memo_find(memo, first.digest, &looks)->principal, kept);
	/* In its own place again, and once more when the memo ends: sanitizers see what is freed twice or never. */
	principal.claims = NULL;
	kept = memo_keep(memo, &first, &principal);
	assert_non_null(kept->facts);
	memo_free(memo);
}

static void test_PO_03_facts_count_in_the_bound_of_the_memo(void **state)
{
	const struct resource looks = { .sees_facts = true }, does_not = { 0 };
	const struct memo_entry first = entry_of(&looks, 1), second = entry_of(&looks, 2), third = entry_of(&does_not, 3), fourth = entry_of(&does_not, 4);
	struct principal principal = alice();
	struct memo *memo = memo_new(2048);

	(void)state;
	assert_non_null(memo_keep(memo, &third, &principal));
	assert_non_null(memo_keep(memo, &fourth, &principal));
	assert_non_null(memo_find(memo, third.digest, &does_not));
	(void)memo_keep(memo, &first, &principal);
	(void)memo_keep(memo, &second, &principal);
	assert_null(memo_find(memo, first.digest, &looks));
	assert_non_null(memo_find(memo, second.digest, &looks));
	memo_free(memo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_PO_03_every_credential_has_issuer_subject_and_scope),
		cmocka_unit_test(test_PO_03_an_unfinished_list_of_groups_is_none),
		cmocka_unit_test(test_PO_03_names_count_like_values),
		cmocka_unit_test(test_PO_03_the_memo_has_facts_where_a_condition_looks),
		cmocka_unit_test(test_PO_03_facts_count_in_the_bound_of_the_memo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
