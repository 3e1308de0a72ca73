/* SPDX-License-Identifier: MIT */
/* Operators of CEL: how tight they bind, what they take, when they fail. */
#include "expression_helper.h"

#define OUT_OF_RANGE "the result is out of range"

static void test_CEL_02_how_operators_bind(void **state)
{
	static const struct expression_row rows[] = {
		{ "1 + 2 * 3", "7" },
		{ "(1 + 2) * 3", "9" },
		{ "10 - 4 - 3", "3" },
		{ "100 / 10 / 5", "2" },
		{ "2 * 7 % 5", "4" },
		{ "-2 * -3", "6" },
		{ "--2", "2" },
		{ "!!true", "true" },
		{ "!true || true", "true" },
		{ "-[1, 2][1]", "-2" },
		{ "1 + 1 == 2 && 2 < 3", "true" },
		{ "1 < 2 == true", "true" },
		{ "3 in [1, 2] + [3]", "true" },
		{ "true || false && false", "true" },
		{ "false ? 1 : true ? 2 : 3", "2" },
		{ "true ? 1 : true ? 2 : 3", "1" },
		{ "(true ? false : true) ? 1 : 2", "2" },
		{ "false || false ? 1 : 2", "2" },
		{ "1 - -1", "2" },
		{ "1-1", "0" },
		{ "1 +", "compile: 1:4: found the end, expected a value" },
		{ "* 1", "compile: 1:1: found *, expected a value" },
		{ "-!true", "compile: 1:2: found !, expected a value" },
		{ "!-1", "compile: 1:2: found -, expected a value" },
		{ "1 = 1", "compile: 1:3: found a character that CEL does not use, expected an expression" },
		{ "true & true", "compile: 1:6: found a character that CEL does not use, expected an expression" },
		{ "true ? 1", "compile: 1:9: found the end, expected ':' and the other value" },
		{ "(1", "compile: 1:3: found the end, expected an operator or ')'" },
		{ "", "compile: 1:1: found the end, expected a value" },
		{ "1 2", "compile: 1:3: found 2, expected an operator or the end" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_02_arithmetic(void **state)
{
	static const struct expression_row rows[] = {
		{ "7 / 2", "3" },
		{ "-7 / 2", "-3" },
		{ "7 % 3", "1" },
		{ "-7 % 3", "-1" },
		{ "7 % -3", "1" },
		{ "7u / 2u", "3u" },
		{ "7u % 4u", "3u" },
		{ "2u * 3u + 1u - 4u", "3u" },
		{ "1.5 + 2.5", "4.0" },
		{ "1.5 - 2.5", "-1.0" },
		{ "1.5 * 2.0", "3.0" },
		{ "1.0 / 4.0", "0.25" },
		{ "1.0 / 0.0", "Infinity" },
		{ "-1.0 / 0.0", "-Infinity" },
		{ "1e308 * 10.0", "Infinity" },
		{ "'a' + 'b'", "\"ab\"" },
		{ "b'a' + b'\\xff'", "b\"a\\xff\"" },
		{ "[1] + [] + ['b']", "[1, \"b\"]" },
		{ "x + y", "[1, 2, 3]" },
		{ "-1.5", "-1.5" },
		{ "-(2)", "-2" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{\"x\":[1,2],\"y\":[3]}");
}

static void test_CEL_02_overflow_and_division_by_zero(void **state)
{
	static const struct expression_row rows[] = {
		{ "9223372036854775807 + 1", "error: 1:21: " OUT_OF_RANGE },
		{ "-9223372036854775808 - 1", "error: 1:22: " OUT_OF_RANGE },
		{ "9223372036854775807 * 2", "error: 1:21: " OUT_OF_RANGE },
		{ "-9223372036854775808 * -1", "error: 1:22: " OUT_OF_RANGE },
		{ "-9223372036854775808 / -1", "error: 1:22: " OUT_OF_RANGE },
		{ "-9223372036854775808 % -1", "error: 1:22: " OUT_OF_RANGE },
		{ "-(-9223372036854775808)", "error: 1:1: " OUT_OF_RANGE },
		{ "-x", "error: 1:1: " OUT_OF_RANGE },
		{ "18446744073709551615u + 1u", "error: 1:23: " OUT_OF_RANGE },
		{ "0u - 1u", "error: 1:4: " OUT_OF_RANGE },
		{ "18446744073709551615u * 2u", "error: 1:23: " OUT_OF_RANGE },
		{ "1 / 0", "error: 1:3: division by zero" },
		{ "1 % 0", "error: 1:3: division by zero" },
		{ "1u / 0u", "error: 1:4: division by zero" },
		{ "1u % 0u", "error: 1:4: division by zero" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{\"x\":-9223372036854775808}");
}

static void test_CEL_02_types_are_never_mixed(void **state)
{
	static const char *const wrong[] = { "1 + 1u", "1 + 1.0", "1u + 1.0", "'a' + 1", "1 + 'a'", "'a' + b'a'", "[1] + 1", "{} + {}",
		"null + null", "true + true", "'a' - 'a'", "'a' * 2", "[1] - [1]", "[1] * 2", "5.0 % 2.0", "1 - 1u", "1 * 1.0", "1 / 1.0", "1 % 1u",
		"-1u", "-'a'", "-true", "!1", "!null", "!'true'", "1 < 'a'", "'a' < b'a'", "[1] < [2]", "{} < {}", "null < null", "true < 1",
		"int < int", "1 in 1", "'a' in 'abc'", "1 in null", "1 ? 2 : 3", "null ? 2 : 3", "'true' && true", "false || 1", "int + int" };

	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++) {
		auto_buf out = BUF(4096);

		expression_result(str_from(wrong[i]), "{}", &out);
		if (!str_starts(buf_str(&out), STR("error: 1:")) || !str_ends(buf_str(&out), STR(NO_OVERLOAD)))
			fail_msg("%s gives %.*s", wrong[i], STR_ARGS(buf_str(&out)));
	}
}

static void test_CEL_03_equality(void **state)
{
	static const struct expression_row rows[] = {
		{ "1 == 1", "true" },
		{ "1 != 2", "true" },
		{ "1 == 1u && 1 == 1.0 && 1u == 1.0", "true" },
		{ "1 == 1.5 || 1u == 1.5", "false" },
		{ "-1 == 18446744073709551615u", "false" },
		/* Rounded, as for < and >: two numbers are equal when neither is less. */
		{ "9223372036854775807 == 9223372036854775808.0", "true" },
		{ "9007199254740993 == 9007199254740992.0", "true" },
		{ "9007199254740993 == 9007199254740992", "false" },
		{ "18446744073709551615u == 18446744073709551616.0", "true" },
		{ "18446744073709551615u == 1e300", "false" },
		{ "0.0 == -0.0", "true" },
		{ "'a' == 'a' && 'a' != 'b' && 'a' != 'ab'", "true" },
		{ "b'a' == b'a' && b'a' != b'b'", "true" },
		{ "'a' == b'a'", "false" },
		{ "1 == '1' || true == 1 || null == false || [] == {}", "false" },
		{ "null == null", "true" },
		{ "true == true && true != false", "true" },
		{ "int == int && int != uint && type(1) == int", "true" },
		{ "[1, 2] == [1.0, 2u]", "true" },
		{ "[1, 2] == [2, 1] || [1] == [1, 2] || [[1]] == [1]", "false" },
		{ "[[1, {2: [3]}]] == [[1, {2: [3.0]}]]", "true" },
		{ "{'a': 1, 'b': 2} == {'b': 2.0, 'a': 1u}", "true" },
		{ "{1: 'a'} == {1u: 'a'}", "true" },
		{ "{'a': 1} == {'b': 1} || {'a': 1} == {'a': 2} || {'a': 1} == {'a': 1, 'b': 2}", "false" },
		{ "{'a': [1]} == {'a': {}}", "false" },
		{ "jwt == {'a': [1, 2.5, 'b', null, true, {}]}", "true" },
		{ "{'a': [1, 2.5, 'b', null, true, {}]} == jwt", "true" },
		{ "jwt == jwt", "true" },
	};
	static const struct expression_row not_a_number[] = {
		{ "double('NaN') == double('NaN')", "false" },
		{ "double('NaN') != double('NaN')", "true" },
		{ "double('NaN') == 1 || 1 == double('NaN') || 1u == double('NaN')", "false" },
		{ "[double('NaN')] == [double('NaN')]", "false" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{\"jwt\":{\"a\":[1,2.5,\"b\",null,true,{}]}}");
	EXPRESSION_CHECK(not_a_number, "{}");
}

static void test_CEL_03_order(void **state)
{
	static const struct expression_row rows[] = {
		{ "1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2", "true" },
		{ "2 < 1 || 2 <= 1 || 1 > 2 || 1 >= 2", "false" },
		{ "1u < 2u && 1.0 < 1.5 && 1 < 1.5 && 1u < 1.5 && 1 < 2u", "true" },
		{ "-1 < 0u && 0u > -1", "true" },
		{ "-1.5 < -1 && -1 > -1.5 && -0.5 < 0u && 0u > -0.5", "true" },
		{ "9223372036854775807 < 9223372036854775808.0 || 9223372036854775807 > 9223372036854775808.0", "false" },
		{ "9223372036854775807 <= 1e300 && -9223372036854775808 >= -1e300", "true" },
		{ "18446744073709551615u < 18446744073709551616.0 || 9007199254740993 > 9007199254740992.0", "false" },
		{ "9007199254740992.0 >= 9007199254740993u && 18446744073709551615u < 1e20", "true" },
		{ "-9223372036854775808 >= -9223372036854775808.0", "true" },
		{ "'a' < 'b' && 'a' < 'aa' && '' < 'a' && 'Z' < 'a'", "true" },
		{ "'\xc3\xa4' > 'z' && '\xef\xbf\xbd' < '\xf0\x9f\xa4\xaa'", "true" },
		{ "b'\\x7f' < b'\\x80' && b'a' <= b'a'", "true" },
		{ "false < true && true >= true && !(true < false)", "true" },
		{ "double('NaN') < 1.0 || double('NaN') > 1.0 || 1 <= double('NaN') || 1u >= double('NaN')", "false" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_04_logic_absorbs_errors(void **state)
{
	static const struct expression_row rows[] = {
		{ "true && true", "true" },
		{ "true && false", "false" },
		{ "false || true", "true" },
		{ "false || false", "false" },
		{ "false && 1 / 0 > 0", "false" },
		{ "1 / 0 > 0 && false", "false" },
		{ "true || 1 / 0 > 0", "true" },
		{ "1 / 0 > 0 || true", "true" },
		{ "true && 1 / 0 > 0", "error: 1:11: division by zero" },
		{ "1 / 0 > 0 && true", "error: 1:3: division by zero" },
		{ "1 / 0 > 0 || false", "error: 1:3: division by zero" },
		{ "false || absent", "error: 1:10: the variable has no value here" },
		{ "absent && false", "false" },
		{ "'a' && false", "false" },
		{ "false && 'a'", "false" },
		{ "'a' || true", "true" },
		{ "true && 'a'", "error: 1:9: " NO_OVERLOAD },
		{ "null || false", "error: 1:1: " NO_OVERLOAD },
		{ "absent && 1 && false", "false" },
		{ "absent || 1 || false || true", "true" },
		{ "(absent && false) || !(absent || true)", "false" },
		{ "true ? 1 : 1 / 0", "1" },
		{ "false ? 1 / 0 : 2", "2" },
		{ "true ? 1 / 0 : 2", "error: 1:10: division by zero" },
		{ "absent ? 1 : 2", "error: 1:1: the variable has no value here" },
		{ "!absent", "error: 1:2: the variable has no value here" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{}");
}

static void test_CEL_04_only_a_bool_is_an_answer(void **state)
{
	static const struct {
		const char *expression;
		enum expression_result result;
		const char *why;
	} rows[] = {
		{ "true", EXPRESSION_TRUE, "" },
		{ "1 > 2", EXPRESSION_FALSE, "" },
		{ "1", EXPRESSION_ERROR, "1:1: the result is of type int, not bool" },
		{ "'true'", EXPRESSION_ERROR, "1:1: the result is of type string, not bool" },
		{ "null", EXPRESSION_ERROR, "1:1: the result is of type null_type, not bool" },
		{ "[true]", EXPRESSION_ERROR, "1:1: the result is of type list, not bool" },
		{ "type(true)", EXPRESSION_ERROR, "1:1: the result is of type type, not bool" },
		{ "\n  absent", EXPRESSION_ERROR, "2:3: the variable has no value here" },
		{ "'\xc3\xa4' +\n'\xc3\xa4' + 1 == ''", EXPRESSION_ERROR, "2:5: " NO_OVERLOAD },
	};
	const json_t *none[N_OF(expression_names) - 1] = { NULL };

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf why = BUF(4096);
		auto_expression *expression = expression_compile(str_from(rows[i].expression), expression_names, &why);

		assert_non_null(expression);
		assert_int_equal(expression_evaluate(expression, none, &why), rows[i].result);
		assert_str(buf_str(&why), rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_CEL_02_how_operators_bind),
		cmocka_unit_test(test_CEL_02_arithmetic),
		cmocka_unit_test(test_CEL_02_overflow_and_division_by_zero),
		cmocka_unit_test(test_CEL_02_types_are_never_mixed),
		cmocka_unit_test(test_CEL_03_equality),
		cmocka_unit_test(test_CEL_03_order),
		cmocka_unit_test(test_CEL_04_logic_absorbs_errors),
		cmocka_unit_test(test_CEL_04_only_a_bool_is_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
