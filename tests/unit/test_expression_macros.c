/* SPDX-License-Identifier: MIT */
/* Macros of CEL, the names that they bring, and what an expression is about. */
#include "expression_helper.h"

static void test_CEL_06_all_exists_and_exists_one(void **state)
{
	static const struct expression_row rows[] = {
		{ "[1, 2, 3].all(i, i > 0)", "true" },
		{ "[1, 2, 3].all(i, i > 1)", "false" },
		{ "[].all(i, i > 1)", "true" },
		{ "[1, 2, 3].exists(i, i > 2)", "true" },
		{ "[1, 2, 3].exists(i, i > 3)", "false" },
		{ "[].exists(i, true)", "false" },
		{ "[1, 2, 2].exists_one(i, i < 2)", "true" },
		{ "[1, 2, 2].exists_one(i, i == 2)", "false" },
		{ "[].exists_one(i, true)", "false" },
		{ "{'a': 1, 'b': 2}.all(k, k < 'c') && x.exists(k, k == 'b') && x.exists_one(k, x[k] == 1)", "true" },
		/* && and || over the elements: one that decides makes an error of another go away. */
		{ "[0, 1].exists(i, 1 / i == 1)", "true" },
		{ "[1, 0].exists(i, 1 / i == 1)", "true" },
		{ "[0, 2].exists(i, 1 / i == 1)", "error: 1:20: division by zero" },
		{ "[0, 2].all(i, 1 / i == 1)", "false" },
		{ "[0, 1].all(i, 1 / i == 1)", "error: 1:17: division by zero" },
		{ "[1, 'a'].exists(i, i == 1 ? true : i)", "true" },
		{ "['a', true].exists(i, i)", "true" },
		{ "['a', false].exists(i, i)", "error: 1:24: " NO_OVERLOAD },
		{ "['a', false].all(i, i)", "false" },
		{ "[0, 1].exists_one(i, 1 / i == 1)", "error: 1:24: division by zero" },
		{ "[1, 0].exists_one(i, 1 / i == 1)", "error: 1:24: division by zero" },
		{ "['a'].exists_one(i, i)", "error: 1:21: " NO_OVERLOAD },
		{ "'abc'.all(i, true)", "error: 1:7: " NO_OVERLOAD },
		{ "1.exists(i, true)", "error: 1:3: " NO_OVERLOAD },
		{ "absent.all(i, true)", "error: 1:1: the variable has no value here" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{\"x\":{\"a\":1,\"b\":2}}");
}

static void test_CEL_06_filter_and_map(void **state)
{
	static const struct expression_row rows[] = {
		{ "[1, 2, 3].filter(i, i % 2 > 0)", "[1, 3]" },
		{ "x.filter(k, k == 'a')", "[\"a\"]" },
		{ "[1, 2].filter(i, false)", "[]" },
		{ "[].filter(i, 1 / 0)", "[]" },
		{ "[0, 1].filter(i, 1 / i > 0)", "error: 1:20: division by zero" },
		{ "[1].filter(i, i)", "error: 1:15: " NO_OVERLOAD },
		{ "[1, 2, 3].map(n, n * n)", "[1, 4, 9]" },
		{ "{'one': 1, 'two': 2}.map(k, k)", "[\"one\", \"two\"]" },
		{ "[1, 2, 3].map(n, n > 1, n * n)", "[4, 9]" },
		{ "x.map(k, x[k] > 1, k + '!')", "[\"b!\"]" },
		{ "[0].map(i, 1 / i)", "error: 1:14: division by zero" },
		{ "[0].map(i, 1 / i > 0, i)", "error: 1:14: division by zero" },
		{ "[1].map(i, i, i)", "error: 1:12: " NO_OVERLOAD },
		{ "[0, 1].map(i, i != 0, 1 / i)", "[1]" },
		{ "[[1, 2], [3]].map(l, l.map(i, i + 1))", "[[2, 3], [4]]" },
		{ "[1, 2].map(i, [i]).filter(l, l[0] > 1)", "[[2]]" },
		{ "1.map(i, i)", "error: 1:3: " NO_OVERLOAD },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{\"x\":{\"a\":1,\"b\":2}}");
}

static void test_CEL_06_the_names_of_macros_cover_others(void **state)
{
	static const struct expression_row rows[] = {
		{ "[1].exists(x, x == 1)", "true" },
		{ "[1].exists(x, .x == 7)", "true" },
		{ "[1].all(x, [2].all(x, x == 2) && x == 1) && x == 7", "true" },
		{ "[1].map(a, [2].map(b, [a, b, x]))", "[[[1, 2, 7]]]" },
		{ "[[1]].all(x, x.all(x, x == 1))", "true" },
		{ "[1].map(int, int)", "[1]" },
		{ "[1].map(size, size([size]))", "[1]" },
		{ ".x + .size([1])", "8" },
		{ "[1].all(i, i == 1) && i == 1", "compile: 1:23: found the unknown name i, expected a variable" },
		{ "[1].all(i, .i == 1)", "compile: 1:13: found the unknown name i, expected a variable" },
		{ "[i].all(i, i == 1)", "compile: 1:2: found the unknown name i, expected a variable" },
		{ "[1].all(i.j, true)", "compile: 1:10: found ., expected ','" },
		{ "[1].all(1, true)", "compile: 1:9: found 1, expected a name for the elements" },
		{ "[1].all(`i`, true)", "compile: 1:9: found i, expected a name for the elements" },
		{ "[1].all(if, true)", "compile: 1:9: found the reserved word if, expected a name for the elements" },
		{ "[1].all(i)", "compile: 1:10: found ), expected ','" },
		{ "[1].all(i, true, true)", "compile: 1:16: found ,, expected ')'" },
		{ "[1].filter(i, true, true)", "compile: 1:19: found ,, expected ')'" },
		{ "[1].map(i, true, true, true)", "compile: 1:22: found ,, expected ')'" },
		{ "[1].all()", "compile: 1:9: found ), expected a name for the elements" },
		{ "all(i, true)", "compile: 1:1: found the unknown function all, expected a function of CEL" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{\"x\":7}");
}

static bool asks(bool (*question)(const struct expression *, const char *), const char *text, const char *path)
{
	auto_buf why = BUF(4096);
	auto_expression *expression = expression_compile(str_from(text), expression_names, &why);

	assert_non_null(expression);
	return question(expression, path);
}

static void test_CEL_11_what_an_expression_mentions(void **state)
{
	static const struct {
		const char *expression, *path;
		bool mentions;
	} rows[] = {
		{ "mcp.tool == 'a'", "mcp.tool", true },
		{ "mcp.tool == 'a'", "mcp", true },
		{ "mcp.tool == 'a'", "mcp.method", false },
		{ "mcp.tool == 'a'", "jwt", false },
		{ "mcp.tools == 'a'", "mcp.tool", false },
		{ "mcp.tool.part == 'a'", "mcp.tool", true },
		{ "mcp['tool'] == 'a'", "mcp.tool", true },
		{ "mcp['tool'] == 'a'", "mcp.method", false },
		{ "mcp[jwt.sub] == 'a'", "mcp.method", true },
		{ "mcp[jwt.sub] == 'a'", "jwt.sub", true },
		{ "mcp[jwt.sub] == 'a'", "jwt.aud", false },
		{ "mcp == {}", "mcp.tool", true },
		{ "dyn(mcp).tool == 'a'", "mcp.method", true },
		{ "(true ? mcp : jwt).tool == 'a'", "jwt.tool", true },
		{ "has(mcp.tool)", "mcp.tool", true },
		{ "has(mcp.tool)", "mcp.method", false },
		{ "mcp.list.exists(x, x.tool == 'a')", "mcp.list", true },
		{ "mcp.list.exists(x, x.tool == 'a')", "mcp.tool", false },
		{ "[mcp].exists(x, x.tool == 'a')", "mcp.method", true },
		{ "[1].exists(mcp, mcp == 1)", "mcp", false },
		{ "[1].exists(mcp, .mcp.tool == 1)", "mcp.tool", true },
		{ "'mcp.tool' == 'a'", "mcp.tool", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (asks(expression_mentions, rows[i].expression, rows[i].path) != rows[i].mentions)
			fail_msg("%s and %s", rows[i].expression, rows[i].path);
	}
}

static void test_CEL_11_what_an_expression_searches(void **state)
{
	static const struct {
		const char *expression;
		bool searches;
	} rows[] = {
		{ "jwt.scope.contains('a')", true },
		{ "true || !jwt.scope.startsWith('a')", true },
		{ "jwt['scope'].endsWith('a')", true },
		{ "[1].exists(i, jwt.scope.contains('a'))", true },
		{ "'a' in jwt.scope", false },
		{ "jwt.scope == 'contains'", false },
		{ "jwt.scope.size() > 1 && jwt.sub.contains('a')", false },
		{ "'a'.contains(jwt.scope)", false },
		{ "jwt.scope.more.contains('a')", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (asks(expression_searches, rows[i].expression, "jwt.scope") != rows[i].searches)
			fail_msg("%s", rows[i].expression);
	}
}

static void test_CEL_11_what_an_expression_demands(void **state)
{
	static const struct {
		const char *expression, *text; /* NULL: nothing */
	} rows[] = {
		{ "mcp.tool.name == 'a'", "a" },
		{ "'a' == mcp.tool.name", "a" },
		{ "mcp['tool'].name == ''", "" },
		{ "jwt.sub == 'x' && mcp.tool.name == 'a' && (jwt.x || jwt.y)", "a" },
		{ "mcp.tool.name != 'a'", NULL },
		{ "mcp.tool.name == 'a' || jwt.x", NULL },
		{ "!(mcp.tool.name == 'a')", NULL },
		{ "jwt.x ? mcp.tool.name == 'a' : true", NULL },
		{ "jwt.x || (jwt.y && mcp.tool.name == 'a')", NULL },
		{ "mcp.tool.name == jwt.sub", NULL },
		{ "mcp.tool.name == 1", NULL },
		{ "mcp.tool.name == b'a'", NULL },
		{ "mcp.tool == 'a'", NULL },
		{ "mcp.tool.name.size == 'a'", NULL },
		{ "mcp.tool.name in ['a']", NULL },
		{ "jwt.all(mcp, mcp.tool.name == 'a')", NULL },
	};
	static const char *const variables[] = { "jwt", "mcp", NULL };

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf why = BUF(1024);
		auto_expression *expression = expression_compile(str_from(rows[i].expression), variables, &why);
		struct str text = STR_NONE;
		bool demands;

		assert_non_null(expression);
		demands = expression_demands(expression, "mcp.tool.name", &text);
		if (demands != (rows[i].text != NULL) || (demands && !str_is(text, rows[i].text)))
			fail_msg("%s", rows[i].expression);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_CEL_06_all_exists_and_exists_one),
		cmocka_unit_test(test_CEL_06_filter_and_map),
		cmocka_unit_test(test_CEL_06_the_names_of_macros_cover_others),
		cmocka_unit_test(test_CEL_11_what_an_expression_mentions),
		cmocka_unit_test(test_CEL_11_what_an_expression_searches),
		cmocka_unit_test(test_CEL_11_what_an_expression_demands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
