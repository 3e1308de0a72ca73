/* SPDX-License-Identifier: MIT */
/* `matches`: the syntax of RE2, whatever else PCRE2 would take. */
#include "expression_helper.h"

static bool matches(const char *pattern, const char *text)
{
	auto_buf rule = BUF(8192), out = BUF(8192);

	buf_print(&rule, "r'''%s'''.matches(r'''%s''')", text, pattern);
	expression_result(buf_str(&rule), "{}", &out);
	if (!str_is(buf_str(&out), "true") && !str_is(buf_str(&out), "false"))
		fail_msg("%s: %.*s", pattern, STR_ARGS(buf_str(&out)));
	return str_is(buf_str(&out), "true");
}

static void test_CEL_09_what_a_pattern_means(void **state)
{
	static const struct {
		const char *pattern, *yes, *no;
	} rows[] = {
		{ "b", "abc", "ac" },
		{ "^b", "bc", "abc" },
		{ "b$", "ab", "abc" },
		{ "b$", "ab", "ab\n" },
		{ "^a.c$", "abc", "a\nc" },
		{ "(?s)^a.c$", "a\nc", "ac" },
		{ "(?m)^b$", "a\nb\nc", "ab" },
		{ "(?m)a\n^$", "a\n", "a" },
		{ "\\Ab\\z", "b", "b\n" },
		{ "(?i)abc", "xABCx", "ab" },
		{ "(?i:a)bc", "Abc", "ABC" },
		{ "a(?i)b|c", "aB", "A" },
		{ "(?-i)a", "a", "A" },
		{ "(?U)a+", "a", "b" },
		{ "^[a-c]+$", "abcabc", "abd" },
		{ "^[^a-c]+$", "xyz", "xaz" },
		{ "^[]a]+$", "a]", "[" },
		{ "^[^]a]+$", "[", "]" },
		{ "^[a\\]b]$", "]", "\\" },
		{ "^[[:alpha:]_]+$", "a_Z", "a1" },
		{ "^[[:^alpha:]]+$", "123", "1a" },
		{ "^\\d+\\s\\w+$", "12 ab", "a2 ab" },
		{ "^\\D\\S\\W$", "ab-", "1b-" },
		{ "^[\\d.]+$", "1.2", "a" },
		{ "\\bcat\\b", "a cat!", "concat" },
		{ "a\\Bb", "ab", "a b" },
		{ "^a{2}$", "aa", "aaa" },
		{ "^a{2,}$", "aaaa", "a" },
		{ "^a{2,3}?$", "aaa", "aaaa" },
		{ "^a{1000}$|^b$", "b", "a" },
		{ "^a{b}$", "a{b}", "a" },
		{ "^a{$", "a{", "a" },
		{ "^{}$", "{}", "" },
		{ "^(ab)*?c$", "ababc", "abac" },
		{ "^(?:ab|cd)+$", "abcd", "abc" },
		{ "^(?P<name>a)(?<other>b)$", "ab", "a" },
		{ "a||b", "x", NULL },
		{ "", "", NULL },
		{ "^$", "", "a" },
		{ "^\xc3\xa4.$", "\xc3\xa4\xf0\x9f\xa4\xaa", "\xc3\xa4" },
		{ "^\\x{1F92A}\\x41$", "\xf0\x9f\xa4\xaa" "A", "A" },
		{ "^\\pL\\p{Lu}\\P{Greek}\\PN$", "aBcd", "aBc1" },
		{ "^\\p{^Greek}$", "a", "\xce\xb1" },
		{ "(?s-i)^\\p{Lu}$", "A", "a" },
		{ "(?i)^\\p{L}\\pL$", "aB", "a1" },
		{ "^\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\^\\$\\/\\-$", ".*+?()[]{}|^$/-", "x" },
		{ "^\\Qa.b+\\E+$", "a.b++", "axb" },
		{ "^\\Qa(b", "a(b", "ab" },
		{ "^\\a\\f\\t\\n\\r$", "\a\f\t\n\r", "aftnr" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (!matches(rows[i].pattern, rows[i].yes) || (rows[i].no != NULL && matches(rows[i].pattern, rows[i].no)))
			fail_msg("%s", rows[i].pattern);
	}
}

static void refused(const char *pattern, size_t at, const char *fault)
{
	auto_buf rule = BUF(8192), out = BUF(8192), expected = BUF(8192);

	buf_print(&rule, "x.matches(r'''%s''')", pattern);
	buf_print(&expected, "compile: 1:11: found a pattern with a fault at its byte %zu, expected one of RE2: %s", at, fault);
	buf_add_byte(&expected, '\0');
	expression_result(buf_str(&rule), "{}", &out);
	assert_str(buf_str(&out), expected.p);
}

#define BEGINNINGS "look-around, atomic groups, conditions, recursion, callouts and comments are not supported"
#define NO_ESCAPE "an escape that RE2 does not have or that is not supported"
#define DIGITS "back-references and octal escapes are not supported"
#define NO_CODE "a code that is not written as \\x41 or \\x{10FFFF}"
#define NO_FOLDED "(?i) together with \\p{Lu}, \\p{Ll} or \\p{Lt} is not supported"
#define NO_COUNT "a repetition other than {n}, {n,} and {n,m} of at most 1000"

static void test_CEL_09_what_re2_lacks_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *pattern;
		size_t at;
		const char *fault;
	} rows[] = {
		{ "a(?=b)", 4, BEGINNINGS },
		{ "a(?!b)", 4, BEGINNINGS },
		{ "(?<=a)b", 4, "look-behind is not supported" },
		{ "(?<!a)b", 4, "look-behind is not supported" },
		{ "(?>a)", 3, BEGINNINGS },
		{ "(?|a|b)", 3, BEGINNINGS },
		{ "(a)(?(1)b)", 6, BEGINNINGS },
		{ "(a)(?R)", 6, BEGINNINGS },
		{ "(a)(?1)", 6, BEGINNINGS },
		{ "(a)(?&name)", 6, BEGINNINGS },
		{ "(?P<n>a)(?P=n)", 11, BEGINNINGS },
		{ "(?P<n>a)(?P>n)", 11, BEGINNINGS },
		{ "(?'n'a)", 3, BEGINNINGS },
		{ "(?C1)a", 3, BEGINNINGS },
		{ "(?#a)", 3, BEGINNINGS },
		{ "(?x)a b", 3, BEGINNINGS },
		{ "(?^)a", 3, BEGINNINGS },
		{ "(?J)a", 3, BEGINNINGS },
		{ "(*ACCEPT)a", 1, "verbs are not supported" },
		{ "(*UTF)a", 1, "verbs are not supported" },
		{ "(*LIMIT_MATCH=1)a", 1, "verbs are not supported" },
		{ "a(*pla:b)", 2, "verbs are not supported" },
		{ "(a)\\1", 4, DIGITS },
		{ "\\012", 1, DIGITS },
		{ "[\\1]", 2, DIGITS },
		{ "a++", 3, "a repetition of a repetition" },
		{ "a*+", 3, "a repetition of a repetition" },
		{ "a?+", 3, "a repetition of a repetition" },
		{ "a{2}+", 5, "a repetition of a repetition" },
		{ "a**", 3, "a repetition of a repetition" },
		{ "a+{2}", 3, "a repetition of a repetition" },
		{ "a+?+", 4, "a repetition of a repetition" },
		{ "a{1001}", 2, NO_COUNT },
		{ "a{1,1001}", 2, NO_COUNT },
		{ "a{99999999999999999999}", 2, NO_COUNT },
		{ "a{ 1 }", 2, NO_COUNT },
		{ "a{,2}", 2, NO_COUNT },
		{ "a{1,2,3}", 2, NO_COUNT },
		{ "a{1, 2}", 2, NO_COUNT },
		{ "(a)\\g1", 4, NO_ESCAPE },
		{ "(?<n>a)\\k<n>", 8, NO_ESCAPE },
		{ "a\\Kb", 2, NO_ESCAPE },
		{ "\\R", 1, NO_ESCAPE },
		{ "\\X", 1, NO_ESCAPE },
		{ "\\C", 1, NO_ESCAPE },
		{ "\\G", 1, NO_ESCAPE },
		{ "\\Z", 1, NO_ESCAPE },
		{ "\\h", 1, NO_ESCAPE },
		{ "\\v", 1, NO_ESCAPE },
		{ "\\N", 1, NO_ESCAPE },
		{ "\\cA", 1, NO_ESCAPE },
		{ "\\e", 1, NO_ESCAPE },
		{ "\\E", 1, NO_ESCAPE },
		{ "[\\b]", 2, NO_ESCAPE },
		{ "[\\Qa\\E]", 2, NO_ESCAPE },
		{ "a\\", 2, "an escape of nothing" },
		{ "\\\xc3\xa4", 1, "an escape of nothing" },
		{ "\\x", 3, NO_CODE },
		{ "\\x4", 4, NO_CODE },
		{ "\\x{41", 6, NO_CODE },
		{ "\\x{}", 4, NO_CODE },
		{ "\\x{1234567}", 10, NO_CODE },
		{ "[[:<:]]", 2, "RE2 has no such class" },
		{ "(?i)\\p{Lu}", 11, NO_FOLDED },
		{ "[\\P{^Ll}](?-s:(?mi:a))", 23, NO_FOLDED },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		refused(rows[i].pattern, rows[i].at, rows[i].fault);
}

static void test_CEL_09_what_is_no_pattern_at_all(void **state)
{
	static const char *const rows[] = { "(", ")", "[", "[a", "*", "+a", "?", "(?i", "(?<n", "(?<n>", "(?P<1>a)", "(?<n>a)(?<n>b)", "[b-a]", "[[:foo:]]",
		"a|*", "(|*)", "\\p{Nothing}", "\\p", "{2}", "\\x{110000}", "(?:(?:(?:(?:ab){1000}){1000}){1000})" };
	auto_buf nested = BUF(4096);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf rule = BUF(8192), out = BUF(8192);

		buf_print(&rule, "x.matches(r'''%s''')", rows[i]);
		expression_result(buf_str(&rule), "{}", &out);
		if (!str_starts(buf_str(&out), STR("compile: 1:11: found a pattern with a fault at its byte ")))
			fail_msg("%s: %.*s", rows[i], STR_ARGS(buf_str(&out)));
	}
	for (size_t i = 0; i < 1025; i++)
		buf_add_byte(&nested, 'a');
	buf_add_byte(&nested, '\0');
	refused(nested.p, 1, "it is longer than 1024 bytes or holds a NUL");
}

static void test_CEL_09_a_pattern_is_text_between_quotes(void **state)
{
	static const struct expression_row rows[] = {
		{ "'a'.matches('a\\000')",
			"compile: 1:13: found a pattern with a fault at its byte 1, expected one of RE2: it is longer than 1024 bytes or holds a NUL" },
		{ "'a'.matches('\\\\w')", "true" },
		{ "'a.b'.matches('a\\\\.b')", "true" },
		{ "'a\\000b'.matches('a.b')", "true" },
		{ "x.exists(s, s.matches('^a'))", "true" },
		{ "x.filter(s, s.matches('b$'))", "[\"ab\", \"bb\"]" },
		{ "'ab'.matches('a' + 'b')", "compile: 1:18: found a pattern that is no literal, expected a text between quotes" },
		{ "'ab'.matches(('a'))", "true" },
	};

	(void)state;
	EXPRESSION_CHECK(rows, "{\"x\":[\"ab\",\"bb\",\"ba\"]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_CEL_09_what_a_pattern_means),
		cmocka_unit_test(test_CEL_09_what_re2_lacks_is_refused_with_its_place),
		cmocka_unit_test(test_CEL_09_what_is_no_pattern_at_all),
		cmocka_unit_test(test_CEL_09_a_pattern_is_text_between_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
