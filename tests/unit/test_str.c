/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

static void test_equality_is_of_bytes_and_length(void **state)
{
	(void)state;
	assert_true(str_eq(STR("abc"), STR("abc")));
	assert_false(str_eq(STR("abc"), STR("abd")));
	assert_false(str_eq(STR("abc"), STR("ab")));
	assert_false(str_eq(STR("ab"), STR("abc")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_true(str_eq(STR_NONE, STR("")));
	assert_true(str_is(STR("word"), "word"));
	assert_false(str_is(STR("word\0"), "word"));
	assert_false(str_is(STR("wor"), "word"));
	assert_true(str_is(STR_NONE, ""));
	assert_int_equal(str_from(NULL).n, 0);
}

static void test_case_is_ignored_for_ascii_letters_only(void **state)
{
	(void)state;
	assert_true(str_eq_nocase(STR("BeArEr-09"), STR("bEaReR-09")));
	assert_false(str_eq_nocase(STR("bearer"), STR("bearer ")));
	assert_false(str_eq_nocase(STR("@"), STR("`")));
	assert_false(str_eq_nocase(STR("["), STR("{")));
	assert_false(str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
}

static void test_SEC_11_secret_comparison_sees_every_byte(void **state)
{
	char text[32];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++) {
		char other[32];

		memcpy(other, text, sizeof(text));
		assert_true(str_eq_secret((struct str){ text, 32 }, (struct str){ other, 32 }));
		other[i] ^= (char)0x80;
		assert_false(str_eq_secret((struct str){ text, 32 }, (struct str){ other, 32 }));
	}
	assert_false(str_eq_secret(STR("abc"), STR("abcd")));
	assert_true(str_eq_secret(STR_NONE, STR("")));
}

static void test_prefix_suffix_and_search(void **state)
{
	(void)state;
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_true(str_starts(STR("abc"), STR_NONE));
	assert_false(str_starts(STR("ab"), STR("abc")));
	assert_false(str_starts(STR("xbc"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")));
	assert_false(str_ends(STR("c"), STR("bc")));
	assert_false(str_ends(STR("bcx"), STR("bc")));
	assert_true(str_has(STR("a\0b"), 'b'));
	assert_true(str_has(STR("a\0b"), '\0'));
	assert_false(str_has(STR("ab"), '\0'));
	assert_false(str_has(STR_NONE, 'a'));
}

static void test_printable_refuses_control_bytes(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char c = (char)byte;

		assert_int_equal(str_is_printable((struct str){ &c, 1 }), byte >= 0x20 && byte != 0x7f);
	}
	assert_true(str_is_printable(STR_NONE));
	assert_false(str_is_printable(STR("fine\r")));
}

static void test_utf8_is_the_well_formed_one(void **state)
{
	const struct {
		struct str text;
		bool good;
	} cases[] = {
		{ STR(""), true }, { STR("plain"), true }, { STR("\x7f"), true },
		{ STR("\xc2\x80"), true }, { STR("\xdf\xbf"), true },
		{ STR("\xe0\xa0\x80"), true }, { STR("\xed\x9f\xbf"), true }, { STR("\xee\x80\x80"), true },
		{ STR("\xef\xbf\xbf"), true }, { STR("\xf0\x90\x80\x80"), true }, { STR("\xf4\x8f\xbf\xbf"), true },
		{ STR("a\0b"), false },             /* NUL */
		{ STR("\x80"), false },             /* a tail without a head */
		{ STR("\xc0\x80"), false }, { STR("\xc1\xbf"), false }, { STR("\xe0\x9f\xbf"), false },
		{ STR("\xf0\x8f\xbf\xbf"), false }, /* overlong */
		{ STR("\xed\xa0\x80"), false }, { STR("\xed\xbf\xbf"), false }, /* surrogates */
		{ STR("\xf4\x90\x80\x80"), false }, { STR("\xf5\x80\x80\x80"), false }, /* past U+10FFFF */
		{ STR("\xff"), false }, { STR("\xfe"), false },
		{ STR("\xc2"), false }, { STR("\xe2\x82"), false }, { STR("\xf0\x9f\x98"), false }, /* cut short */
		{ STR("\xc2\x41"), false }, { STR("\xe2\x82\x41"), false }, { STR("\xf0\x9f\x98\x41"), false },
		{ STR("\xc2\xc0"), false }, { STR("\xe2\x82\xc0"), false },
		{ STR("good \xc3\xa4 then \xff"), false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		if (str_is_utf8(cases[i].text) != cases[i].good)
			fail_msg("case %zu: expected %d", i, cases[i].good);
	}
}

static void test_pieces_stay_inside(void **state)
{
	(void)state;
	assert_true(str_is(str_skip(STR("abc"), 1), "bc"));
	assert_int_equal(str_skip(STR("abc"), 3).n, 0);
	assert_int_equal(str_skip(STR("abc"), 99).n, 0);
	assert_int_equal(str_skip(STR_NONE, 5).n, 0);
	assert_true(str_is(str_first(STR("abc"), 2), "ab"));
	assert_true(str_is(str_first(STR("abc"), 99), "abc"));
	assert_true(str_is(str_trim(STR(" \t a b\t ")), "a b"));
	assert_int_equal(str_trim(STR(" \t ")).n, 0);
	assert_true(str_is(str_trim(STR("\na\n")), "\na\n"));
}

/* What str_cut or str_word finds, each piece in brackets. */
static void assert_pieces(struct str text, char separator, const char *expected)
{
	auto_buf found = BUF(256);
	struct str rest = text, piece;

	while (separator != ' ' ? str_cut(&rest, separator, &piece) : str_word(&rest, &piece))
		buf_print(&found, "[%.*s]", STR_ARGS(piece));
	buf_add_byte(&found, '.');
	assert_string_equal(found.p, expected);
}

static void test_cut_counts_empty_pieces_and_words_do_not(void **state)
{
	(void)state;
	assert_pieces(STR("a,b,c"), ',', "[a][b][c].");
	assert_pieces(STR(",a,,"), ',', "[][a][][].");
	assert_pieces(STR("abc"), ',', "[abc].");
	assert_pieces(STR(""), ',', "[].");
	assert_pieces(STR_NONE, ',', ".");
	assert_pieces(STR("  a  bc d "), ' ', "[a][bc][d].");
	assert_pieces(STR("   "), ' ', ".");
	assert_pieces(STR_NONE, ' ', ".");
	assert_pieces(STR("a\tb"), ' ', "[a\tb].");
}

static void test_number_is_digits_within_bounds(void **state)
{
	static const char *const wrong[] = { "", "-1", "+1", " 1", "1 ", "1a", "0x1", "1.0", "101",
		"99999999999999999999",
		"18446744073709551617" };
	uint64_t number = 7;

	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++)
		assert_false(str_number(str_from(wrong[i]), 100, &number));
	assert_false(str_number(STR("18446744073709551617"), UINT64_MAX, &number));
	assert_int_equal(number, 7);
	assert_true(str_number(STR("0"), 100, &number));
	assert_int_equal(number, 0);
	assert_true(str_number(STR("100"), 100, &number));
	assert_int_equal(number, 100);
	assert_true(str_number(STR("9223372036854775807"), UINT64_MAX, &number));
	assert_true(number == INT64_MAX);
}

static void test_buffer_keeps_its_limit_and_its_failure(void **state)
{
	auto_buf b = BUF(4);

	(void)state;
	assert_int_equal(buf_str(&b).n, 0);
	buf_add(&b, STR_NONE);
	assert_null(b.p);
	buf_add(&b, STR("abcd"));
	assert_false(b.failed);
	assert_string_equal(b.p, "abcd");
	buf_add_byte(&b, 'e');
	assert_true(b.failed);
	assert_true(str_is(buf_str(&b), "abcd"));
	buf_clear(&b);
	assert_false(b.failed);
	buf_add(&b, STR("12345"));
	assert_true(b.failed);
	buf_add(&b, STR("1")); /* would fit, but something before is missing */
	assert_int_equal(b.n, 0);
	buf_free(&b);
	assert_int_equal(b.limit, 4);
	buf_print(&b, "%d-%s", 7, "x");
	assert_string_equal(b.p, "7-x");
	buf_print(&b, "%s", "yz");
	assert_true(b.failed);
}

static void test_buffer_grows_and_holds_any_byte(void **state)
{
	auto_buf b = BUF(100000);

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		buf_add_byte(&b, (char)(i % 256));
	assert_false(b.failed);
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal((unsigned char)b.p[i], i % 256);
	buf_add_text(&b, "x");
	assert_true(b.failed);
}

static void test_buffer_takes_numbers_and_digits(void **state)
{
	static const unsigned char bytes[] = { 0x00, 0x0f, 0xa9, 0xff };
	static const int64_t numbers[] = { 0, 7, 10, 2147483648, -1, INT64_MAX, INT64_MIN };
	auto_buf b = BUF(200);

	(void)state;
	for (size_t i = 0; i < N_OF(numbers); i++) {
		buf_add_number(&b, numbers[i]);
		buf_add_byte(&b, ' ');
	}
	assert_string_equal(b.p, "0 7 10 2147483648 -1 9223372036854775807 -9223372036854775808 ");
	buf_clear(&b);
	buf_add_hex(&b, bytes, sizeof(bytes));
	assert_string_equal(b.p, "000fa9ff");
}

static void test_memory_is_zero_and_copies_end_in_nul(void **state)
{
	auto_free unsigned char *memory = memory_new(64);
	auto_free char *copy = str_copy(str_first(STR("abcdef"), 3));
	auto_free char *nothing = str_copy(STR_NONE);

	(void)state;
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(memory[i], 0);
	assert_string_equal(copy, "abc");
	assert_string_equal(nothing, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equality_is_of_bytes_and_length),
		cmocka_unit_test(test_case_is_ignored_for_ascii_letters_only),
		cmocka_unit_test(test_SEC_11_secret_comparison_sees_every_byte),
		cmocka_unit_test(test_prefix_suffix_and_search),
		cmocka_unit_test(test_printable_refuses_control_bytes),
		cmocka_unit_test(test_utf8_is_the_well_formed_one),
		cmocka_unit_test(test_pieces_stay_inside),
		cmocka_unit_test(test_cut_counts_empty_pieces_and_words_do_not),
		cmocka_unit_test(test_number_is_digits_within_bounds),
		cmocka_unit_test(test_buffer_keeps_its_limit_and_its_failure),
		cmocka_unit_test(test_buffer_grows_and_holds_any_byte),
		cmocka_unit_test(test_buffer_takes_numbers_and_digits),
		cmocka_unit_test(test_memory_is_zero_and_copies_end_in_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
