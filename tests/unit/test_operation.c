/* SPDX-License-Identifier: MIT */
/* Rules for single tools, as a table: who asks for what under which rules. */
#include "unit.h"

#include "facts.h"
#include "keys.h"
#include "operation.h"

static const struct issuer issuer = { .identifier = { "https://a.example", 17 } };
static struct str read_scope[] = { { "read", 4 } }, write_scope[] = { { "write", 5 } }, editors[] = { { "editors", 7 } };
static const struct rule for_editors = { .kind = RULE_GROUP, .value = { "editors", 7 } }, for_all = { .kind = RULE_ANY };

/* Conditions of this test: the text is its value, the first byte its kind. */
static bool is_true(void *context, const struct condition *condition, const struct mcp_item *item)
{
	(void)item;
	++*(unsigned *)context;
	return str_ends(condition->text, STR("true"));
}

static unsigned kinds(void *context, const struct condition *condition)
{
	(void)context;
	return str_starts(condition->text, STR("tool")) ? 1U << MCP_TOOL : 0;
}

static struct operation_rule rule_of(enum operation_kind kind, struct str *pattern)
{
	return (struct operation_rule){ .kind = kind, .pattern = { pattern, 1 } };
}

static enum outcome judged(struct resource *resource, const struct principal *principal, const char *method,
	enum mcp_target_kind kind, const char *target, struct needed *needed)
{
	const struct mcp_item item = { .form = MCP_REQUEST, .method = str_from(method), .target_kind = kind, .target = str_from(target) };
	unsigned asked = 0;
	const struct operation_judge judge = { .resource = resource, .principal = principal, .is_true = is_true, .kinds = kinds, .context = &asked };

	return operation_judge(&judge, &item, needed);
}

static enum outcome calls(struct resource *resource, const struct principal *principal, const char *tool)
{
	struct needed needed;

	return judged(resource, principal, "tools/call", MCP_TOOL, tool, &needed);
}

static void test_HD_09_one_rule_closes_its_kind_to_all_others(void **state)
{
	struct str echo = STR("echo");
	struct operation_rule rule = rule_of(OPERATION_TOOL, &echo);
	struct resource resource = { .operation = &rule, .n_operations = 1 };
	const struct principal nobody = { .issuer = &issuer };
	struct needed needed;

	(void)state;
	assert_int_equal(calls(&resource, &nobody, "echo"), OUTCOME_ALLOW);
	assert_int_equal(calls(&resource, &nobody, "Echo"), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(calls(&resource, &nobody, ""), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(judged(&resource, &nobody, "tools/list", MCP_NO_TARGET, "", &needed), OUTCOME_ALLOW);
	assert_int_equal(judged(&resource, &nobody, "prompts/get", MCP_PROMPT, "x", &needed), OUTCOME_ALLOW);
	resource = (struct resource){ 0 };
	assert_int_equal(calls(&resource, &nobody, "other"), OUTCOME_ALLOW);
}

static void test_PO_07_deny_wins_and_only_takes_away(void **state)
{
	struct str all = STR("*"), admin = STR("admin.*");
	struct operation_rule rules[] = { rule_of(OPERATION_TOOL, &admin), rule_of(OPERATION_TOOL, &all) };
	struct resource resource = { .operation = rules, .n_operations = 1 };
	const struct principal nobody = { .issuer = &issuer };

	(void)state;
	rules[0].deny = (struct rules){ (struct rule[]){ for_all }, 1 };
	assert_int_equal(calls(&resource, &nobody, "read"), OUTCOME_ALLOW);
	assert_int_equal(calls(&resource, &nobody, "admin.x"), OUTCOME_OPERATION_REFUSED);
	resource.n_operations = 2;
	assert_int_equal(calls(&resource, &nobody, "admin.x"), OUTCOME_OPERATION_REFUSED);
	/* A strange name is taken away by any pattern, and given by none. */
	assert_int_equal(calls(&resource, &nobody, "admin.\xc3\xa4"), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(calls(&resource, &nobody, "r\xc3\xa4"), OUTCOME_OPERATION_REFUSED);
}

static void test_PO_03_CH_11_a_scope_is_needed_and_not_enough(void **state)
{
	struct str write = STR("write");
	struct operation_rule rule = rule_of(OPERATION_TOOL, &write);
	struct resource resource = { .operation = &rule, .n_operations = 1 };
	struct principal somebody = { .issuer = &issuer, .scopes = { write_scope, 1 } };
	struct needed needed;

	(void)state;
	rule.scopes = (struct words){ write_scope, 1 };
	rule.allow = (struct rules){ (struct rule[]){ for_editors }, 1 };
	assert_int_equal(calls(&resource, &somebody, "write"), OUTCOME_OPERATION_REFUSED);
	somebody.groups = (struct words){ editors, 1 };
	assert_int_equal(calls(&resource, &somebody, "write"), OUTCOME_ALLOW);
	somebody.scopes = (struct words){ read_scope, 1 };
	assert_int_equal(judged(&resource, &somebody, "tools/call", MCP_TOOL, "write", &needed), OUTCOME_INSUFFICIENT_SCOPE);
	assert_int_equal(needed.n, 1);
	assert_ptr_equal(needed.list[0], &rule.scopes);
}

static void test_CH_09_two_gates_need_the_scopes_of_both(void **state)
{
	struct str call = STR("tools/call"), echo = STR("echo");
	struct operation_rule rules[] = { rule_of(OPERATION_METHOD, &call), rule_of(OPERATION_TOOL, &echo) };
	struct resource resource = { .operation = rules, .n_operations = 2 };
	struct principal somebody = { .issuer = &issuer };
	struct needed needed;

	(void)state;
	rules[0].scopes = (struct words){ read_scope, 1 };
	rules[1].scopes = (struct words){ write_scope, 1 };
	assert_int_equal(judged(&resource, &somebody, "tools/call", MCP_TOOL, "echo", &needed), OUTCOME_INSUFFICIENT_SCOPE);
	assert_int_equal(needed.n, 2);
	/* No scope helps where the tool is nobody's. */
	assert_int_equal(judged(&resource, &somebody, "tools/call", MCP_TOOL, "other", &needed), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(judged(&resource, &somebody, "tools/list", MCP_NO_TARGET, "", &needed), OUTCOME_ALLOW);
}

static void test_PO_06_HD_09_conditions(void **state)
{
	struct condition conditions[] = { { .text = STR("tool false") }, { .text = STR("tool true") }, { .text = STR("false") } };
	struct resource resource = { .condition = conditions, .n_conditions = 2 };
	const struct principal nobody = { .issuer = &issuer };
	struct needed needed;

	(void)state;
	assert_int_equal(calls(&resource, &nobody, "echo"), OUTCOME_ALLOW);
	resource.n_conditions = 1;
	assert_int_equal(calls(&resource, &nobody, "echo"), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(judged(&resource, &nobody, "tools/list", MCP_NO_TARGET, "", &needed), OUTCOME_ALLOW);
	/* One that names no kind is about everything but the beginning. */
	resource = (struct resource){ .condition = &conditions[2], .n_conditions = 1 };
	assert_int_equal(judged(&resource, &nobody, "tools/list", MCP_NO_TARGET, "", &needed), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(judged(&resource, &nobody, "tasks/get", MCP_TASK, "t", &needed), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(judged(&resource, &nobody, "initialize", MCP_NO_TARGET, "", &needed), OUTCOME_ALLOW);
	assert_int_equal(judged(&resource, &nobody, "notifications/cancelled", MCP_NO_TARGET, "", &needed), OUTCOME_ALLOW);
}

static void test_PO_03_CH_11_no_condition_stands_in_for_the_scope_of_a_method(void **state)
{
	struct str list = STR("tools/*");
	struct operation_rule rule = rule_of(OPERATION_METHOD, &list);
	struct condition conditions[] = { { .text = STR("true") }, { .text = STR("false") }, { .text = STR("true") } };
	struct resource resource = { .operation = &rule, .n_operations = 1, .condition = conditions, .n_conditions = 3 };
	struct principal somebody = { .issuer = &issuer };
	struct needed needed;

	(void)state;
	rule.scopes = (struct words){ read_scope, 1 };
	assert_int_equal(judged(&resource, &somebody, "tools/list", MCP_NO_TARGET, "", &needed), OUTCOME_INSUFFICIENT_SCOPE);
	assert_int_equal(calls(&resource, &somebody, "echo"), OUTCOME_INSUFFICIENT_SCOPE);
	/* Of other methods, conditions are all there is. */
	assert_int_equal(judged(&resource, &somebody, "prompts/list", MCP_NO_TARGET, "", &needed), OUTCOME_ALLOW);
	/* Who has the scope needs no condition besides. */
	somebody.scopes = rule.scopes;
	resource.condition = &conditions[1];
	resource.n_conditions = 1;
	assert_int_equal(judged(&resource, &somebody, "tools/list", MCP_NO_TARGET, "", &needed), OUTCOME_ALLOW);
	assert_int_equal(judged(&resource, &somebody, "prompts/list", MCP_NO_TARGET, "", &needed), OUTCOME_OPERATION_REFUSED);
	assert_int_equal(calls(&resource, &somebody, "echo"), OUTCOME_OPERATION_REFUSED);
}

static void test_HD_02_whoever_may_do_everything_may_do_what_is_not_told(void **state)
{
	struct str echo = STR("echo");
	struct operation_rule rule = rule_of(OPERATION_TOOL, &echo);
	struct resource resource = { .operation = &rule, .n_operations = 1, .operation_scopes = { write_scope, 1 } };
	struct principal somebody = { .issuer = &issuer, .scopes = { write_scope, 1 } };
	const struct operation_judge judge = { .resource = &resource, .principal = &somebody, .is_true = is_true, .kinds = kinds };
	struct needed needed;

	(void)state;
	rule.scopes = resource.operation_scopes;
	assert_int_equal(operation_judge_unknown(&judge, &needed), OUTCOME_ALLOW);
	somebody.scopes.n = 0;
	assert_int_equal(operation_judge_unknown(&judge, &needed), OUTCOME_INSUFFICIENT_SCOPE);
	assert_ptr_equal(needed.list[0], &resource.operation_scopes);
	rule.allow = (struct rules){ (struct rule[]){ for_editors }, 1 };
	assert_int_equal(operation_judge_unknown(&judge, &needed), OUTCOME_OPERATION_REFUSED);
	rule.allow.n = 0;
	resource.n_conditions = 1;
	assert_int_equal(operation_judge_unknown(&judge, &needed), OUTCOME_OPERATION_REFUSED);
}

static void test_CH_10_scopes_that_include_each_other_have_an_end(void **state)
{
	struct implication implications[] = { { .scope = STR("read"), .implied = { write_scope, 1 } }, { .scope = STR("write"), .implied = { read_scope, 1 } } };
	const struct resource resource = { .implication = implications, .n_implications = 2 };
	const struct principal reader = { .issuer = &issuer, .scopes = { read_scope, 1 } };

	(void)state;
	assert_true(policy_has_scope(&resource, &reader, STR("read")));
	assert_true(policy_has_scope(&resource, &reader, STR("write")));
	assert_false(policy_has_scope(&resource, &reader, STR("admin")));
}

static void test_what_conditions_see(void **state)
{
	const struct principal reader = { .issuer = &issuer, .subject = STR("alice"), .scopes = { read_scope, 1 }, .groups = { editors, 1 } };
	auto_json *claims = json_of("{\"sub\":\"x\",\"scp\":[\"a\"],\"scope\":[\"b\"]}");
	auto_json *facts = facts_new(&reader, claims);
	auto_json *without = facts_new(&reader, NULL);
	const json_t *jwt = json_object_get(facts, "jwt");

	(void)state;
	/* jwt.scope is one text, whatever form the token has; the claims themselves stay as they are. */
	assert_str(json_text(jwt, "scope"), "read");
	assert_str(json_text(jwt, "sub"), "x");
	assert_str(json_text(jwt, "iss"), "https://a.example");
	assert_true(json_is_array(json_object_get(claims, "scope")) && json_is_array(json_object_get(jwt, "scp")));
	assert_str(json_text(json_object_get(without, "jwt"), "sub"), "alice");
	assert_int_equal(json_array_size(json_object_get(json_object_get(without, "principal"), "groups")), 1);
	assert_true(facts_bytes(facts) > facts_bytes(without));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_HD_09_one_rule_closes_its_kind_to_all_others),
		cmocka_unit_test(test_PO_07_deny_wins_and_only_takes_away),
		cmocka_unit_test(test_PO_03_CH_11_a_scope_is_needed_and_not_enough),
		cmocka_unit_test(test_CH_09_two_gates_need_the_scopes_of_both),
		cmocka_unit_test(test_PO_06_HD_09_conditions),
		cmocka_unit_test(test_PO_03_CH_11_no_condition_stands_in_for_the_scope_of_a_method),
		cmocka_unit_test(test_HD_02_whoever_may_do_everything_may_do_what_is_not_told),
		cmocka_unit_test(test_CH_10_scopes_that_include_each_other_have_an_end),
		cmocka_unit_test(test_what_conditions_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
