/* SPDX-License-Identifier: MIT */
/* What is refused when an expression is compiled: what CEL has not, what is left out of it, what is too large. */
#include "expression_helper.h"

#include <stdlib.h>
#include <string.h>

static void test_CEL_08_faults_have_their_place(void **state)
{
	static const struct expression_row rows[] = {
		{ "user == 'a'", "compile: 1:1: found the unknown name user, expected a variable" },
		{ "x == 'a' &&\n  x.size() > user", "compile: 2:14: found the unknown name user, expected a variable" },
		{ "'\xc3\xa4\xc3\xa4' == user", "compile: 1:9: found the unknown name user, expected a variable" },
		{ "// said before\n\n user", "compile: 3:2: found the unknown name user, expected a variable" },
		{ "x == @", "compile: 1:6: found a character that CEL does not use, expected an expression" },
		{ "x == #", "compile: 1:6: found a character that CEL does not use, expected an expression" },
		{ "x == \xc3\xa4", "compile: 1:6: found a character that CEL does not use, expected an expression" },
		{ "x.1", "compile: 1:2: found .1, expected an operator or the end" },
		{ "x..y", "compile: 1:3: found ., expected the name of a field or function" },
		{ "x.", "compile: 1:3: found the end, expected the name of a field or function" },
		{ "x[", "compile: 1:3: found the end, expected a value" },
		{ "x[1", "compile: 1:4: found the end, expected ']'" },
		{ "x)", "compile: 1:2: found ), expected an operator or the end" },
		{ "x.in", "compile: 1:3: found in, expected the name of a field or function" },
		{ "x.true", "compile: 1:3: found true, expected the name of a field or function" },
		{ "x.null", "compile: 1:3: found null, expected the name of a field or function" },
		{ "`x`", "compile: 1:1: found x, expected a variable" },
		{ "x.`a", "compile: 1:3: found a name between backticks that does not end, expected letters, digits and _ - . / up to a backtick" },
		{ "x.``", "compile: 1:3: found a name between backticks that does not end, expected letters, digits and _ - . / up to a backtick" },
		{ "x.`a`()", "compile: 1:6: found (, expected an operator or the end" },
		{ "if", "compile: 1:1: found the reserved word if, expected a variable" },
		{ "[1].map(package, 1)", "compile: 1:9: found the reserved word package, expected a name for the elements" },
		{ "package()", "compile: 1:1: found the reserved word package, expected a variable" },
		{ ".", "compile: 1:2: found the end, expected a variable" },
		{ ".null", "compile: 1:2: found null, expected a variable" },
		{ "!", "compile: 1:2: found the end, expected a value" },
		{ "x in", "compile: 1:5: found the end, expected a value" },
		{ "x '0123456789012345678901234567890123456789\xc3\xa4\xc3\xa4'",
			"compile: 1:3: found '012345678901234567890123456789012345678, expected an operator or the end" },
		{ "x '01234567890123456789012345678901234567\xc3\xa4\xc3\xa4'",
			"compile: 1:3: found '01234567890123456789012345678901234567, expected an operator or the end" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_08_functions_that_are_none(void **state)
{
	static const struct expression_row rows[] = {
		{ "f()", "compile: 1:1: found the unknown function f, expected a function of CEL" },
		{ "x.f()", "compile: 1:3: found the unknown method f, expected a function of CEL" },
		{ "contains('a', 'b')", "compile: 1:1: found the unknown function contains, expected a function of CEL" },
		{ "x.int()", "compile: 1:3: found the unknown method int, expected a function of CEL" },
		{ "x()", "compile: 1:1: found the unknown function x, expected a function of CEL" },
		{ "x.package()", "compile: 1:3: found the unknown method package, expected a function of CEL" },
		{ "size()", "compile: 1:1: found another number of arguments than those of size, expected as many as it takes" },
		{ "size(x, x)", "compile: 1:1: found another number of arguments than those of size, expected as many as it takes" },
		{ "x.size(x)", "compile: 1:3: found another number of arguments than those of size, expected as many as it takes" },
		{ "x.contains()", "compile: 1:3: found another number of arguments than those of contains, expected as many as it takes" },
		{ "size(x,)", "compile: 1:8: found ), expected an argument" },
		{ "size(x", "compile: 1:7: found the end, expected ',' or ')'" },
		{ "size(,)", "compile: 1:6: found ,, expected a value" },
		{ "x()()", "compile: 1:1: found the unknown function x, expected a function of CEL" },
		{ "size([])()", "compile: 1:9: found (, expected an operator or the end" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_08_what_is_left_out_of_cel(void **state)
{
	static const struct expression_row rows[] = {
		{ "timestamp(x)", "compile: 1:1: found the function timestamp, expected another one; this one is not supported" },
		{ "duration('1s')", "compile: 1:1: found the function duration, expected another one; this one is not supported" },
		{ "x.getFullYear()", "compile: 1:3: found the function getFullYear, expected another one; this one is not supported" },
		{ "Message{field: 1}", "compile: 1:1: found the unknown name Message, expected a variable" },
		{ "x{field: 1}", "compile: 1:2: found {, expected an operator or the end" },
		{ "x.?field", "compile: 1:3: found ?, expected the name of a field or function" },
		{ "x[?'field']", "compile: 1:3: found ?, expected a value" },
		{ "[?x]", "compile: 1:2: found ?, expected a value" },
		{ "{?'a': x}", "compile: 1:2: found ?, expected a value" },
		{ "optional.of(1)", "compile: 1:1: found the unknown name optional, expected a variable" },
		{ "x.all(i, v, i < v)", "compile: 1:10: found the unknown name v, expected a variable" },
		{ "x.exists(i, x, i < x)", "compile: 1:14: found ,, expected ')'" },
		{ "x.lowerAscii()", "compile: 1:3: found the unknown method lowerAscii, expected a function of CEL" },
		{ "x.matches(y)", "compile: 1:11: found a pattern that is no literal, expected a text between quotes" },
		{ "x.matches(b'a')", "compile: 1:11: found a pattern that is no literal, expected a text between quotes" },
		{ "google.protobuf.Timestamp", "compile: 1:1: found the unknown name google, expected a variable" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

/* `before` n times, `middle`, `after` n times. */
static void repeat(struct buf *out, size_t n, const char *before, const char *middle, const char *after)
{
	buf_clear(out);
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, before);
	buf_add_text(out, middle);
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, after);
}

static void test_CEL_10_nesting_has_an_end(void **state)
{
	static const struct {
		const char *before, *middle, *after;
		size_t fits;
		const char *expected, *fault;
	} rows[] = {
		{ "(", "1", ")", 32, "1", "nested deeper than 32" },
		{ "[1].map(a, ", "1", ")", 32, NULL, "nested deeper than 32" },
		{ "[", "1", "]", 32, NULL, "nested deeper than 32" },
		{ "{1: ", "1", "}", 32, NULL, "nested deeper than 32" },
		{ "size([", "1", "])", 16, NULL, "nested deeper than 32" },
		{ "dyn(", "1", ")", 32, "1", "nested deeper than 32" },
		{ "[0][", "0", "]", 32, "0", "nested deeper than 32" },
		{ "false ? 2 : ", "1", "", 32, "1", "nested deeper than 32" },
		{ "!", "true", "", 99, "false", "more than 100 operators in a row" },
		{ "-", "1", "", 99, "-1", "more than 100 operators in a row" },
		{ "", "1", " + 1", 99, "100", "more than 100 operators in a row" },
		{ "", "1", " - 0", 99, "1", "more than 100 operators in a row" },
		{ "", "[]", " + [1]", 98, NULL, "more than 100 operators in a row" },
		{ "true && ", "true", "", 900, "true", NULL },
		{ "false || ", "true", "", 900, "true", NULL },
		{ "1 / 0 > 1 || ", "true", "", 300, "true", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf text = BUF(1 << 16), out = BUF(1 << 16);

		repeat(&text, rows[i].fits, rows[i].before, rows[i].middle, rows[i].after);
		expression_result(buf_str(&text), "{}", &out);
		assert_false(str_starts(buf_str(&out), STR("compile")));
		if (rows[i].expected != NULL)
			assert_str(buf_str(&out), rows[i].expected);
		if (rows[i].fault == NULL)
			continue;
		repeat(&text, rows[i].fits + 1, rows[i].before, rows[i].middle, rows[i].after);
		expression_result(buf_str(&text), "{}", &out);
		buf_add_byte(&out, '\0');
		assert_true(str_starts(buf_str(&out), STR("compile: 1:")));
		assert_non_null(strstr(out.p, rows[i].fault));
		/* However deep it goes on. */
		repeat(&text, EXPRESSION_BYTES / 16, rows[i].before, rows[i].middle, rows[i].after);
		expression_result(buf_str(&text), "{}", &out);
		assert_true(str_starts(buf_str(&out), STR("compile: 1:")));
	}
}

static void test_CEL_10_text_and_parts_have_an_end(void **state)
{
	auto_buf text = BUF(1 << 20), out = BUF(1 << 20);

	(void)state;
	repeat(&text, EXPRESSION_BYTES - 4, " ", "true", "");
	expression_result(buf_str(&text), "{}", &out);
	assert_str(buf_str(&out), "true");
	repeat(&text, EXPRESSION_BYTES - 3, " ", "true", "");
	expression_result(buf_str(&text), "{}", &out);
	assert_str(buf_str(&out), "compile: 1:1: found 8193 bytes, expected at most 8192");
	repeat(&text, 1990, "1,", "1", "");
	buf_add_byte(&text, ']');
	expression_result((struct str){ text.p, text.n }, "{}", &out);
	assert_str(buf_str(&out), "compile: 1:2: found ,, expected an operator or the end");
	repeat(&text, 1, "[", "", "");
	for (size_t i = 0; i < EXPRESSION_NODES; i++)
		buf_add_text(&text, "1,");
	buf_add_text(&text, "]");
	expression_result(buf_str(&text), "{}", &out);
	assert_str(buf_str(&out), "compile: 1:4000: found an expression of more than 2000 parts, expected a smaller one");
	expression_result(STR("'\xff'"), "{}", &out);
	assert_str(buf_str(&out), "compile: 1:1: found a text that is not UTF-8, expected an expression");
	expression_result(STR("'a\0b'"), "{}", &out);
	assert_str(buf_str(&out), "compile: 1:1: found a text that is not UTF-8, expected an expression");
	expression_result(STR_NONE, "{}", &out);
	assert_str(buf_str(&out), "compile: 1:1: found the end, expected a value");
}

static void test_CEL_10_the_least_that_the_specification_asks_for(void **state)
{
	static const struct {
		const char *before, *middle, *after;
		size_t n;
	} rows[] = {
		{ "true || ", "true", "", 31 },
		{ "true && ", "true", "", 31 },
		{ "[1, ", "1", "]", 12 },
		{ "false ? 1 : ", "1", "", 24 },
		{ "1 + ", "1", "", 24 },
		{ "", "1", " == 1", 24 },
		{ "dyn(", "1", ")", 12 },
		{ "", "x", ".a", 12 },
		{ "", "x", "['a']", 12 },
		{ "{1: ", "1", "}", 12 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf text = BUF(1 << 16), out = BUF(1 << 16);

		repeat(&text, rows[i].n, rows[i].before, rows[i].middle, rows[i].after);
		expression_result(buf_str(&text), "{}", &out);
		assert_false(str_starts(buf_str(&out), STR("compile")));
	}
}

static void test_CEL_14_nothing_of_the_text_or_the_variables_is_needed_later(void **state)
{
	char *text = str_copy(STR("jwt.sub == 'a' && jwt.name.matches('^A')"));
	char name[] = "jwt";
	const char *names[] = { name, NULL };
	auto_buf why = BUF(4096);
	auto_expression *expression = expression_compile(str_from(text), names, &why);
	auto_json *jwt = json_read_object(STR("{\"sub\":\"a\",\"name\":\"Alice\"}"), (struct json_limits){ 1024, 4, 8 });
	const json_t *bindings[] = { jwt };

	(void)state;
	memset(text, '!', strlen(text));
	free(text);
	memset(name, '!', strlen(name));
	assert_non_null(expression);
	assert_int_equal(expression_evaluate(expression, bindings, &why), EXPRESSION_TRUE);
	assert_true(expression_mentions(expression, "jwt.name"));
	expression_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_CEL_08_faults_have_their_place),
		cmocka_unit_test(test_CEL_08_functions_that_are_none),
		cmocka_unit_test(test_CEL_08_what_is_left_out_of_cel),
		cmocka_unit_test(test_CEL_10_nesting_has_an_end),
		cmocka_unit_test(test_CEL_10_text_and_parts_have_an_end),
		cmocka_unit_test(test_CEL_10_the_least_that_the_specification_asks_for),
		cmocka_unit_test(test_CEL_14_nothing_of_the_text_or_the_variables_is_needed_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
