/* SPDX-License-Identifier: MIT */
/* Names of tools and URIs that two readers could take for two things: a pattern takes them away and never gives them. */
#include "unit.h"

#include "operation.h"

static const struct issuer issuer = { .identifier = { "https://a.example", 17 } };
static struct rule for_all = { .kind = RULE_ANY };

/* What a rule of that kind and pattern, and another of the method, say of the item. */
static enum outcome judged(enum operation_kind kind, const char *pattern, const char *method, const char *of_method, bool denies, const char *target)
{
	struct str name = str_from(pattern), of = str_from(of_method);
	struct operation_rule rules[] = { { .kind = kind, .pattern = { &name, 1 } }, { .kind = OPERATION_METHOD, .pattern = { &of, 1 } } };
	const struct resource resource = { .operation = rules, .n_operations = of.n != 0 ? 2 : 1 };
	const struct principal somebody = { .issuer = &issuer };
	const struct operation_judge judge = { .resource = &resource, .principal = &somebody };
	const struct mcp_item item = { .form = MCP_REQUEST, .method = str_from(method),
		.target_kind = kind == OPERATION_TOOL ? MCP_TOOL : kind == OPERATION_PROMPT ? MCP_PROMPT : MCP_RESOURCE, .target = str_from(target) };
	struct needed needed;

	if (denies)
		rules[0].deny = (struct rules){ &for_all, 1 };
	return operation_judge(&judge, &item, &needed);
}

static enum outcome reads(const char *pattern, const char *uri)
{
	return judged(OPERATION_RESOURCE, pattern, "resources/read", "", false, uri);
}

static void test_HD_10_a_pattern_gives_no_uri_that_a_server_reads_as_another(void **state)
{
	static const char *const strange[] = { "file:///docs/../secret", "file:///docs/..", "file:///docs/./a", "file:///docs/a/../../secret",
		"file:///docs/%2e%2e/secret", "file:///docs/.%2E/secret", "file:///docs/..%2fsecret", "file:///docs/..%5Csecret",
		"file:///docs/..\\secret", "file:///docs/a%2F..%2F..", "file:///docs/%73ecret", "file:///docs/a%00b", "file:///docs/a%0ab",
		"file:///docs/.\t./secret", "file:///docs/%", "file:///docs/%2", "file:///docs/%zz", "file:///docs/..?a", "file:///docs/..#a" };
	static const char *const plain[] = { "file:///docs/", "file:///docs/a.b", "file:///docs/...", "file:///docs/..a", "file:///docs/a..",
		"file:///docs/.hidden", "file:///docs/a%20b", "file:///docs/a%2Fb", "file:///docs/%C3%A4", "file:///docs/\xc3\xa4",
		"file:///docs/100%25", "file:///docs/a//b", "file:///docs/a?b=c&d#e" };

	(void)state;
	for (size_t i = 0; i < N_OF(strange); i++) {
		assert_int_equal(reads("file:///docs/*", strange[i]), OUTCOME_OPERATION_REFUSED);
		assert_int_equal(reads("*", strange[i]), OUTCOME_OPERATION_REFUSED);
		/* Its own name gives it, and a pattern takes it away. */
		assert_int_equal(reads(strange[i], strange[i]), OUTCOME_ALLOW);
		assert_int_equal(judged(OPERATION_RESOURCE, "file:///docs/*", "resources/read", "", true, strange[i]), OUTCOME_OPERATION_REFUSED);
	}
	for (size_t i = 0; i < N_OF(plain); i++)
		assert_int_equal(reads("file:///docs/*", plain[i]), OUTCOME_ALLOW);
}

static void test_HD_10_dots_climb_at_the_start_of_a_uri_too(void **state)
{
	(void)state;
	assert_int_equal(reads("*", "notes:../secret"), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(reads("*", "../secret"), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(reads("*", "notes:secret"), OUTCOME_ALLOW);
}

static void test_HD_10_strange_names_of_tools_and_prompts(void **state)
{
	static const enum operation_kind kinds[] = { OPERATION_TOOL, OPERATION_PROMPT };
	static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

	(void)state;
	for (size_t i = 0; i < N_OF(kinds); i++) {
		const char *method = kinds[i] == OPERATION_TOOL ? "tools/call" : "prompts/get";

		assert_int_equal(judged(kinds[i], "*", method, "", false, "A-b_c.9"), OUTCOME_ALLOW);
		assert_int_equal(judged(kinds[i], "*", method, "", false, "a/b"), OUTCOME_OPERATION_REFUSED);
		assert_int_equal(judged(kinds[i], "*", method, "", false, "a b"), OUTCOME_OPERATION_REFUSED);
		assert_int_equal(judged(kinds[i], "*", method, "", false, long_name), OUTCOME_OPERATION_REFUSED);
		assert_int_equal(judged(kinds[i], "*", method, "", false, long_name + 2), OUTCOME_ALLOW);
		assert_int_equal(judged(kinds[i], "a/b", method, "", false, "a/b"), OUTCOME_ALLOW);
		assert_int_equal(judged(kinds[i], "a*", method, "", true, "a/b"), OUTCOME_OPERATION_REFUSED);
	}
}

static void test_HD_10_PO_06_a_strange_name_does_not_matter_to_the_rule_of_a_method(void **state)
{
	(void)state;
	assert_int_equal(judged(OPERATION_TOOL, "a/b", "tools/call", "tools/*", false, "a/b"), OUTCOME_ALLOW);
	assert_int_equal(judged(OPERATION_TOOL, "*", "tools/call", "tools/*", false, "a/b"), OUTCOME_OPERATION_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_HD_10_a_pattern_gives_no_uri_that_a_server_reads_as_another),
		cmocka_unit_test(test_HD_10_dots_climb_at_the_start_of_a_uri_too),
		cmocka_unit_test(test_HD_10_strange_names_of_tools_and_prompts),
		cmocka_unit_test(test_HD_10_PO_06_a_strange_name_does_not_matter_to_the_rule_of_a_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
