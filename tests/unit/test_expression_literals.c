/* SPDX-License-Identifier: MIT */
/* "Syntax" and "Values" of CEL: what is written down. */
#include "expression_helper.h"

static void test_CEL_01_numbers(void **state)
{
	static const struct expression_row rows[] = {
		{ "0", "0" },
		{ "42", "42" },
		{ "-42", "-42" },
		{ "007", "7" },
		{ "0x1F", "31" },
		{ "0Xff", "255" },
		{ "-0x10", "-16" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "-0x8000000000000000", "-9223372036854775808" },
		{ "0x7fffffffffffffff", "9223372036854775807" },
		{ "0u", "0u" },
		{ "7U", "7u" },
		{ "0xAu", "10u" },
		{ "18446744073709551615u", "18446744073709551615u" },
		{ "0xFFFFFFFFFFFFFFFFu", "18446744073709551615u" },
		{ "1.0", "1.0" },
		{ ".5", "0.5" },
		{ "7e0", "7.0" },
		{ ".700e1", "7.0" },
		{ "1.5E+3", "1500.0" },
		{ "1e-3", "0.001" },
		{ "-1.25", "-1.25" },
		{ "1e400", "compile: 1:1: found a number that is too large, expected a double" },
		{ "9223372036854775808", "compile: 1:1: found a number that is too large, expected an integer of 64 bits" },
		{ "-9223372036854775809", "compile: 1:2: found a number that is too large, expected an integer of 64 bits" },
		{ "- -9223372036854775808", "error: 1:1: the result is out of range" },
		{ "(9223372036854775808)", "compile: 1:2: found a number that is too large, expected an integer of 64 bits" },
		{ "18446744073709551616u", "compile: 1:1: found a number that is too large, expected an integer of 64 bits" },
		{ "0x", "compile: 1:1: found 0x without digits, expected a number" },
		{ "0xg", "compile: 1:1: found 0x without digits, expected a number" },
		{ "1.", "compile: 1:3: found the end, expected the name of a field or function" },
		{ "1x", "compile: 1:2: found x, expected an operator or the end" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_01_strings_and_their_escapes(void **state)
{
	static const struct expression_row rows[] = {
		{ "''", "\"\"" },
		{ "\"\"", "\"\"" },
		{ "'\"\"'", "\"\\\"\\\"\"" },
		{ "'''x''x'''", "\"x''x\"" },
		{ "\"\\\"\"", "\"\\\"\"" },
		{ "\"\\\\\"", "\"\\\\\"" },
		{ "r\"\\\\\"", "\"\\\\\\\\\"" },
		{ "R'a\\'", "\"a\\\\\"" },
		{ "'\\a\\b\\f\\n\\r\\t\\v'", "\"\\x07\\x08\\x0c\\x0a\\x0d\\x09\\x0b\"" },
		{ "'\\?\\'\\`'", "\"?'`\"" },
		{ "'\\x41\\X42\\103'", "\"ABC\"" },
		{ "'\\u00e4'", "\"\xc3\xa4\"" },
		{ "'\\u20AC'", "\"\xe2\x82\xac\"" },
		{ "'\\U0001F92A'", "\"\xf0\x9f\xa4\xaa\"" },
		{ "'\\303\\277'", "\"\xc3\x83\xc2\xbf\"" },
		{ "'\\377' == '\xc3\xbf'", "true" },
		{ "'\\xFF' == '\xc3\xbf'", "true" },
		{ "'a\\000b'.size()", "3" },
		{ "\"\"\"a\n\"b\"\n\"\"\"", "\"a\\x0a\\\"b\\\"\\x0a\"" },
		{ "'''a\\n'''", "\"a\\x0a\"" },
		{ "r'''a\\n'''", "\"a\\\\n\"" },
		{ "'a' // and the rest\n + 'b'", "\"ab\"" },
		{ "'a//b'", "\"a//b\"" },
		{ "'\xc3\xa4' + 1x", "compile: 1:8: found x, expected an operator or the end" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

#define UNKNOWN_ESCAPE "found an escape that CEL does not know, expected one as \\n, \\x41, \\u0041 or \\101"
#define NO_END "found a text that does not end, expected its closing quote"

static void test_CEL_01_strings_that_are_none(void **state)
{
	static const struct expression_row rows[] = {
		{ "'\\s'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'ab\\x4'", "compile: 1:4: " UNKNOWN_ESCAPE },
		{ "'\\xg0'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'\\u12'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'\\uD83D\\uDE03'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'\\U0000DE03'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'\\U00110000'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'\\UFFFFFFFF'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'\\477'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'\\18'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "'\\189'", "compile: 1:2: " UNKNOWN_ESCAPE },
		{ "b'\\u0041'", "compile: 1:3: " UNKNOWN_ESCAPE },
		{ "b'\\U00000041'", "compile: 1:3: " UNKNOWN_ESCAPE },
		{ "'a", "compile: 1:1: " NO_END },
		{ "'a\\'", "compile: 1:1: " NO_END },
		{ "'a\nb'", "compile: 1:1: " NO_END },
		{ "'a\rb'", "compile: 1:1: " NO_END },
		{ "'a\\\nb'", "compile: 1:3: " UNKNOWN_ESCAPE },
		{ "\"a'", "compile: 1:1: " NO_END },
		{ "'''a''", "compile: 1:1: " NO_END },
		{ "rb'a'", "compile: 1:1: found the unknown name rb, expected a variable" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_01_bytes(void **state)
{
	static const struct expression_row rows[] = {
		{ "b''", "b\"\"" },
		{ "b'abc'", "b\"abc\"" },
		{ "B\"\xc3\xbf\"", "b\"\\xc3\\xbf\"" },
		{ "b'\\303\\277'", "b\"\\xc3\\xbf\"" },
		{ "b'\\377'", "b\"\\xff\"" },
		{ "b'\\xff\\X00'", "b\"\\xff\\x00\"" },
		{ "br'\\n'", "b\"\\\\n\"" },
		{ "bR\"\"\"a\"b\"\"\"", "b\"a\\\"b\"" },
		{ "b'''a\n'''", "b\"a\\x0a\"" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_01_words_lists_and_maps(void **state)
{
	static const struct expression_row rows[] = {
		{ "null", "null" },
		{ "true", "true" },
		{ "false", "false" },
		{ "[]", "[]" },
		{ "[,]", "[]" },
		{ "[1, 'a', null, [2u], {}]", "[1, \"a\", null, [2u], {}]" },
		{ "[1, 2,]", "[1, 2]" },
		{ "{}", "{}" },
		{ "{,}", "{}" },
		{ "{'a': 1, 2: b'c', true: {}, 4u: 1.5,}", "{\"a\": 1, 2: b\"c\", true: {}, 4u: 1.5}" },
		{ "{'a' + 'b': 1 + 1}", "{\"ab\": 2}" },
		{ "{1: 1, 1: 2}", "error: 1:8: a key comes twice" },
		{ "{1: 1, 1u: 2}", "error: 1:8: a key comes twice" },
		{ "{1.5: 1}", "error: 1:2: a key is no int, uint, bool or string" },
		{ "{null: 1}", "error: 1:2: a key is no int, uint, bool or string" },
		{ "{[]: 1}", "error: 1:2: a key is no int, uint, bool or string" },
		{ "{b'a': 1}", "error: 1:2: a key is no int, uint, bool or string" },
		{ "[1 / 0]", "error: 1:4: division by zero" },
		{ "{1 / 0: 1}", "error: 1:4: division by zero" },
		{ "{1: 1 / 0}", "error: 1:7: division by zero" },
		{ "[1 2]", "compile: 1:4: found 2, expected ',' or ']'" },
		{ "{1}", "compile: 1:3: found }, expected ':' and a value" },
		{ "{1: 2 3: 4}", "compile: 1:7: found 3, expected ',' or '}'" },
		{ "[,1]", "compile: 1:3: found 1, expected ']'" },
		{ "{,1: 2}", "compile: 1:3: found 1, expected '}'" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_01_json_becomes_values_of_cel(void **state)
{
	static const struct expression_row rows[] = {
		{ "x", "{\"i\": 1, \"d\": 1.0, \"s\": \"\xc3\xa4\", \"n\": null, \"b\": true, \"l\": [1, {}]}" },
		{ "type(x.i) == int && type(x.d) == double && type(x.n) == null_type && type(x.b) == bool", "true" },
		{ "type(x) == map && type(x.l) == list && type(x.s) == string", "true" },
		{ "y", "-9223372036854775808" },
		{ "jwt", "null" },
		{ "absent", "error: 1:1: the variable has no value here" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{\"x\":{\"i\":1,\"d\":1.0,\"s\":\"\xc3\xa4\",\"n\":null,\"b\":true,\"l\":[1,{}]},\"y\":-9223372036854775808,\"jwt\":null}");
}

static void test_CEL_01_doubles_are_shown_with_the_fewest_digits(void **state)
{
	static const struct expression_row rows[] = {
		{ "string(0.0)", "\"0\"" },
		{ "string(10.0)", "\"10\"" },
		{ "string(1e20)", "\"100000000000000000000\"" },
		{ "string(1e21)", "\"1e+21\"" },
		{ "string(1.5e300)", "\"1.5e+300\"" },
		{ "string(123.456)", "\"123.456\"" },
		{ "string(-4.5e-3)", "\"-0.0045\"" },
		{ "string(1e-6)", "\"0.000001\"" },
		{ "string(1e-7)", "\"1e-7\"" },
		{ "string(5e-324)", "\"5e-324\"" },
		{ "string(0.1 + 0.2)", "\"0.30000000000000004\"" },
		{ "string(1.7976931348623157e308)", "\"1.7976931348623157e+308\"" },
		{ "string(1.0 / 0.0)", "\"Infinity\"" },
		{ "string(-1.0 / 0.0)", "\"-Infinity\"" },
		{ "string(0.0 / 0.0)", "\"NaN\"" },
		{ "1.0 / 0.0", "Infinity" },
		{ "1e300", "1e+300" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_CEL_01_numbers),
		cmocka_unit_test(test_CEL_01_strings_and_their_escapes),
		cmocka_unit_test(test_CEL_01_strings_that_are_none),
		cmocka_unit_test(test_CEL_01_bytes),
		cmocka_unit_test(test_CEL_01_words_lists_and_maps),
		cmocka_unit_test(test_CEL_01_json_becomes_values_of_cel),
		cmocka_unit_test(test_CEL_01_doubles_are_shown_with_the_fewest_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
