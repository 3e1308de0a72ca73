/* SPDX-License-Identifier: MIT */
/* Selection, indexing and membership of CEL, and its functions and conversions. */
#include "expression_helper.h"

#define BINDINGS "{\"x\":{\"a\":{\"b\":[1,2,3]},\"n\":null,\"odd-name\":1,\"in\":2,\"package\":3,\"a.b\":4,\"\":5},\"y\":[\"p\",\"q\"]}"
#define OUT_OF_RANGE "the index is out of range"

static void test_CEL_05_fields_and_elements(void **state)
{
	static const struct expression_row rows[] = {
		{ "x.a.b[0]", "1" },
		{ "x['a']['b'][2]", "3" },
		{ "x.a['b'].size()", "3" },
		{ "x.n", "null" },
		{ "x.package", "3" },
		{ "x.`odd-name` + x.`in` + x.`a.b`", "7" },
		{ "x['']", "5" },
		{ "{'k': 'v'}.k", "\"v\"" },
		{ "x.missing", "error: 1:3: " NO_KEY },
		{ "x['missing']", "error: 1:2: " NO_KEY },
		{ "x.a.missing.more", "error: 1:5: " NO_KEY },
		{ "x.n.more", "error: 1:5: " NO_OVERLOAD },
		{ "y.p", "error: 1:3: " NO_OVERLOAD },
		{ "'text'.size", "error: 1:8: " NO_OVERLOAD },
		{ "y[0] + y[1]", "\"pq\"" },
		{ "y[0u] + y[1.0]", "\"pq\"" },
		{ "y[2]", "error: 1:2: " OUT_OF_RANGE },
		{ "y[-1]", "error: 1:2: " OUT_OF_RANGE },
		{ "y[0.5]", "error: 1:2: " OUT_OF_RANGE },
		{ "y[1e300]", "error: 1:2: " OUT_OF_RANGE },
		{ "y[double('NaN')]", "error: 1:2: " OUT_OF_RANGE },
		{ "y[18446744073709551615u]", "error: 1:2: " OUT_OF_RANGE },
		{ "[][0]", "error: 1:3: " OUT_OF_RANGE },
		{ "y['0']", "error: 1:2: " NO_OVERLOAD },
		{ "y[true]", "error: 1:2: " NO_OVERLOAD },
		{ "'abc'[0]", "error: 1:6: " NO_OVERLOAD },
		{ "null[0]", "error: 1:5: " NO_OVERLOAD },
		{ "[[1, 2], [3]][1][0]", "3" },
		{ "{1: 'a', 'b': 2, true: 3, 4u: 5}[1]", "\"a\"" },
		{ "{1: 'a'}[1u] + {1u: 'b'}[1.0]", "\"ab\"" },
		{ "{true: 1}[true]", "1" },
		{ "{true: 1}[1]", "error: 1:10: " NO_KEY },
		{ "{1: 1}[1.5]", "error: 1:7: " NO_KEY },
		{ "x[1]", "error: 1:2: " NO_KEY },
	};

	(void)state;
	EXPRESSION_CHECK(rows, BINDINGS);
}

static void test_CEL_05_membership(void **state)
{
	static const struct expression_row rows[] = {
		{ "'p' in y", "true" },
		{ "'r' in y", "false" },
		{ "1 in [1.0]", "true" },
		{ "1u in [3, 2, 1]", "true" },
		{ "'1' in [1]", "false" },
		{ "[1] in [[1.0], 2]", "true" },
		{ "null in [null]", "true" },
		{ "1 in []", "false" },
		{ "'a' in x", "true" },
		{ "'b' in x", "false" },
		{ "1 in x", "false" },
		{ "1 in {1u: 0}", "true" },
		{ "2.0 in {1u: 0, 2: 0}", "true" },
		{ "1 in {}", "false" },
		{ "double('NaN') in [double('NaN')]", "false" },
		{ "absent in []", "error: 1:1: the variable has no value here" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, BINDINGS);
}

static void test_CEL_05_has(void **state)
{
	static const struct expression_row rows[] = {
		{ "has(x.a)", "true" },
		{ "has(x.n)", "true" },
		{ "has(x.missing)", "false" },
		{ "has(x.a.b)", "true" },
		{ "has(x.`odd-name`)", "true" },
		{ "has(x.missing.more)", "error: 1:7: " NO_KEY },
		{ "has(x.n.more)", "error: 1:9: " NO_OVERLOAD },
		{ "has({'a': 1}.a) && !has({'a': 1}.b) && !has({}.a)", "true" },
		{ "has({1: 2}.a)", "false" },
		{ "has(absent.a)", "error: 1:5: the variable has no value here" },
		{ "has(x)", "compile: 1:5: found something else, expected a field as in has(a.b)" },
		{ "has(x['a'])", "compile: 1:5: found something else, expected a field as in has(a.b)" },
		{ "has(has(x.a))", "compile: 1:5: found something else, expected a field as in has(a.b)" },
		{ "has(x.a, x.b)", "compile: 1:8: found ,, expected ')'" },
		{ "has()", "compile: 1:5: found ), expected a value" },
		{ "x.has(a)", "compile: 1:3: found the unknown method has, expected a function of CEL" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, BINDINGS);
}

static void test_CEL_07_functions_of_text_and_size(void **state)
{
	static const struct expression_row rows[] = {
		{ "size('') + size('abc')", "3" },
		{ "'\xc3\xa4\xf0\x9f\xa4\xaa'.size()", "2" },
		{ "size(b'\xc3\xa4')", "2" },
		{ "size([1, 2]) + [].size() + size({1: 2}) + x.size()", "10" },
		{ "size(1)", "error: 1:1: " NO_OVERLOAD },
		{ "null.size()", "error: 1:6: " NO_OVERLOAD },
		{ "'abc'.contains('b') && 'abc'.contains('') && ''.contains('')", "true" },
		{ "'abc'.contains('ac') || 'abc'.contains('abcd') || ''.contains('a')", "false" },
		{ "'a\\000b'.contains('\\000b')", "true" },
		{ "'abc'.startsWith('ab') && 'abc'.startsWith('')", "true" },
		{ "'abc'.startsWith('b') || 'abc'.startsWith('abcd')", "false" },
		{ "'abc'.endsWith('bc') && 'abc'.endsWith('')", "true" },
		{ "'abc'.endsWith('b') || 'abc'.endsWith('xabc')", "false" },
		{ "'abc'.contains(1)", "error: 1:7: " NO_OVERLOAD },
		{ "b'abc'.contains(b'a')", "error: 1:8: " NO_OVERLOAD },
		{ "['a'].contains('a')", "error: 1:7: " NO_OVERLOAD },
		{ "1.startsWith('1')", "error: 1:3: " NO_OVERLOAD },
		{ "'1'.endsWith(1)", "error: 1:5: " NO_OVERLOAD },
		{ "'abc'.matches('^a.c$') && matches('abc', 'b')", "true" },
		{ "1.matches('1')", "error: 1:3: " NO_OVERLOAD },
		{ "type(1) == int && type(1u) == uint && type(1.0) == double && type('') == string", "true" },
		{ "type(b'') == bytes && type([]) == list && type({}) == map && type(null) == null_type", "true" },
		{ "type(type(1)) == type && type(int) == type && type(true) == bool", "true" },
		{ "[int, uint, double, bool, string, bytes, list, map, null_type, type]",
			"[int, uint, double, bool, string, bytes, list, map, null_type, type]" },
		{ "dyn(1) == 1 && dyn([1])[0] == 1", "true" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, BINDINGS);
}

#define NO_RANGE "the number is out of range of the type"
#define NO_NUMBER "the text is no such number"

static void test_CEL_07_conversions_to_whole_numbers(void **state)
{
	static const struct expression_row rows[] = {
		{ "int(5)", "5" },
		{ "int(5u) + int('-7') + int('+2')", "0" },
		{ "int(1.9) + int(-1.9)", "0" },
		{ "int('-9223372036854775808')", "-9223372036854775808" },
		{ "int('9223372036854775808')", "error: 1:1: " NO_NUMBER },
		{ "int(9223372036854775808u)", "error: 1:1: " NO_RANGE },
		{ "int(9223372036854775807.0)", "error: 1:1: " NO_RANGE },
		{ "int(-9223372036854775808.0)", "error: 1:1: " NO_RANGE },
		{ "int(-9223372036854774784.0)", "-9223372036854774784" },
		{ "int(9223372036854774784.0)", "9223372036854774784" },
		{ "int(double('NaN'))", "error: 1:1: " NO_RANGE },
		{ "int(1e300)", "error: 1:1: " NO_RANGE },
		{ "int('')", "error: 1:1: " NO_NUMBER },
		{ "int('-')", "error: 1:1: " NO_NUMBER },
		{ "int('1.0')", "error: 1:1: " NO_NUMBER },
		{ "int(' 1')", "error: 1:1: " NO_NUMBER },
		{ "int('0x10')", "error: 1:1: " NO_NUMBER },
		{ "int(true)", "error: 1:1: " NO_CONVERSION },
		{ "int(null)", "error: 1:1: " NO_CONVERSION },
		{ "uint(5u)", "5u" },
		{ "uint(5) + uint('7') + uint(1.9)", "13u" },
		{ "uint('18446744073709551615')", "18446744073709551615u" },
		{ "uint('18446744073709551616')", "error: 1:1: " NO_NUMBER },
		{ "uint(-1)", "error: 1:1: " NO_RANGE },
		{ "uint(-0.5)", "error: 1:1: " NO_RANGE },
		{ "uint(18446744073709551616.0)", "error: 1:1: " NO_RANGE },
		{ "uint(double('NaN'))", "error: 1:1: " NO_RANGE },
		{ "uint('-1')", "error: 1:1: " NO_NUMBER },
		{ "uint(b'1')", "error: 1:1: " NO_CONVERSION },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_07_other_conversions(void **state)
{
	static const struct expression_row rows[] = {
		{ "double(1.5)", "1.5" },
		{ "double(1) + double(2u) + double('.5') + double('-1e1') + double('+3')", "-3.5" },
		{ "double('Infinity')", "Infinity" },
		{ "double('-Infinity')", "-Infinity" },
		{ "double('NaN')", "NaN" },
		{ "double('1e400')", "error: 1:1: " NO_NUMBER },
		{ "double('1e-400')", "0.0" },
		{ "double('')", "error: 1:1: " NO_NUMBER },
		{ "double('0x1p3')", "error: 1:1: " NO_NUMBER },
		{ "double('1 ')", "error: 1:1: " NO_NUMBER },
		{ "double('nan')", "error: 1:1: " NO_NUMBER },
		{ "double([])", "error: 1:1: " NO_CONVERSION },
		{ "string('a') + string(-1) + string(2u) + string(1.5) + string(true) + string(b'b')", "\"a-121.5trueb\"" },
		{ "string(b'\\xff')", "error: 1:1: the bytes are not UTF-8" },
		{ "string(b'a\\000\\xc3\\xa4')", "\"a\\x00\xc3\xa4\"" },
		{ "string(b'\\000\\xc3')", "error: 1:1: the bytes are not UTF-8" },
		{ "string(b'')", "\"\"" },
		{ "string(null)", "error: 1:1: " NO_CONVERSION },
		{ "string([])", "error: 1:1: " NO_CONVERSION },
		{ "bytes('\xc3\xa4') + bytes(b'\\xff')", "b\"\\xc3\\xa4\\xff\"" },
		{ "bytes(1)", "error: 1:1: " NO_CONVERSION },
		{ "[bool('true'), bool('True'), bool('TRUE'), bool('t'), bool('1'), bool(true)]", "[true, true, true, true, true, true]" },
		{ "[bool('false'), bool('False'), bool('FALSE'), bool('f'), bool('0'), bool(false)]",
			"[false, false, false, false, false, false]" },
		{ "bool('TrUe')", "error: 1:1: the text is no bool" },
		{ "bool('')", "error: 1:1: the text is no bool" },
		{ "bool(1)", "error: 1:1: " NO_CONVERSION },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_CEL_05_fields_and_elements),
		cmocka_unit_test(test_CEL_05_membership),
		cmocka_unit_test(test_CEL_05_has),
		cmocka_unit_test(test_CEL_07_functions_of_text_and_size),
		cmocka_unit_test(test_CEL_07_conversions_to_whole_numbers),
		cmocka_unit_test(test_CEL_07_other_conversions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
