/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "base64url.h"

static void test_known_texts_both_ways(void **state)
{
	/* RFC 4648 section 10, RFC 7515 appendix C, and bytes that need both special characters. */
	const struct {
		struct str bytes;
		const char *url, *plain;
	} cases[] = {
		{ STR(""), "", "" },
		{ STR("f"), "Zg", "Zg==" },
		{ STR("fo"), "Zm8", "Zm8=" },
		{ STR("foo"), "Zm9v", "Zm9v" },
		{ STR("foob"), "Zm9vYg", "Zm9vYg==" },
		{ STR("fooba"), "Zm9vYmE", "Zm9vYmE=" },
		{ STR("foobar"), "Zm9vYmFy", "Zm9vYmFy" },
		{ STR("\x03\xec\xff\xe0\xc1"), "A-z_4ME", "A+z/4ME=" },
		{ STR("\0"), "AA", "AA==" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf url = BUF(64), plain = BUF(64), bytes = BUF(64);

		base64url_encode(cases[i].bytes, &url);
		assert_true(str_is(buf_str(&url), cases[i].url));
		base64_encode(cases[i].bytes, &plain);
		assert_true(str_is(buf_str(&plain), cases[i].plain));
		assert_true(base64url_decode(str_from(cases[i].url), &bytes));
		assert_true(str_eq(buf_str(&bytes), cases[i].bytes));
	}
}

static void test_every_length_comes_back(void **state)
{
	char source[256];

	(void)state;
	for (size_t i = 0; i < sizeof(source); i++)
		source[i] = (char)(i * 167 + 13);
	for (size_t n = 0; n <= sizeof(source); n++) {
		auto_buf text = BUF(1024), bytes = BUF(256);

		base64url_encode((struct str){ source, n }, &text);
		assert_int_equal(text.n, (n * 4 + 2) / 3);
		assert_true(base64url_decode(buf_str(&text), &bytes));
		assert_true(str_eq(buf_str(&bytes), (struct str){ source, n }));
	}
}

static void test_JW_01_foreign_bytes_padding_and_lone_characters_are_refused(void **state)
{
	const struct str wrong[] = {
		STR("Zg=="), STR("Zg="), STR("Zm8="), STR("Zm9v="), STR("="), STR("===="), STR("Z"), STR("A"),
		STR("AAAAA"), STR("Zm9vY"),
		STR("Zm9v\n"), STR("Zm\n9v"), STR(" Zm9v"), STR("Zm9v "), STR("Zm9v\r\n"), STR("Zm+v"), STR("Zm/v"),
		STR("Zm.v"),
		STR("Zm9\0"), STR("\0"), STR("Zm9\x80"), STR("Zm9\xff"), STR("Zm,v"), STR("Zm9v\0"),
	};

	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++) {
		auto_buf bytes = BUF(64);

		buf_add(&bytes, STR("kept"));
		if (base64url_decode(wrong[i], &bytes))
			fail_msg("case %zu was taken", i);
		assert_true(str_is(buf_str(&bytes), "kept"));
	}
}

static void test_JW_01_only_64_bytes_are_letters(void **state)
{
	size_t letters = 0;

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char text[4] = { 'A', (char)byte, 'A', 'A' };
		auto_buf bytes = BUF(3);

		letters += base64url_decode((struct str){ text, 4 }, &bytes);
	}
	assert_int_equal(letters, 64);
}

static void test_JW_01_unused_bits_must_be_zero(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	(void)state;
	/* Two characters carry one byte and four spare bits, three carry two bytes and two spare bits. */
	for (size_t i = 0; i < 64; i++) {
		char two[2] = { 'A', alphabet[i] }, three[3] = { 'A', 'A', alphabet[i] };
		auto_buf bytes = BUF(8);

		assert_int_equal(base64url_decode((struct str){ two, 2 }, &bytes), i % 16 == 0);
		assert_int_equal(base64url_decode((struct str){ three, 3 }, &bytes), i % 4 == 0);
	}
}

static void test_HD_05_plain_base64_has_its_own_letters_and_exact_padding(void **state)
{
	static const char *const good[][2] = { { "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" }, { "+/+/", "\xfb\xff\xbf" } };
	static const char *const bad[] = { "=", "==", "====", "Zg", "Zg=", "Zg===", "Z===", "Zm8", "Zm8==", "Zm9v=", "Zh==", "Zm9=", "-_-_",
		"Zg==Zg==", " Zg==", "Zm 9", "Zm9v\n" };

	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		auto_buf bytes = BUF(8);

		assert_true(base64_decode(str_from(good[i][0]), &bytes));
		assert_str(buf_str(&bytes), good[i][1]);
	}
	for (size_t i = 0; i < N_OF(bad); i++) {
		auto_buf bytes = BUF(8);

		assert_false(base64_decode(str_from(bad[i]), &bytes));
		assert_int_equal(bytes.n, 0);
	}
	assert_false(base64url_decode(STR("+/+/"), &BUF(8)));
}

static void test_too_long_for_the_buffer_is_refused(void **state)
{
	auto_buf two = BUF(2), three = BUF(3), full = BUF(4);

	(void)state;
	assert_false(base64url_decode(STR("Zm9v"), &two));
	assert_int_equal(two.n, 0);
	assert_true(base64url_decode(STR("Zm9v"), &three));
	buf_add(&full, STR("full"));
	assert_false(base64url_decode(STR("Zg"), &full));
	assert_true(str_is(buf_str(&full), "full"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_texts_both_ways),
		cmocka_unit_test(test_every_length_comes_back),
		cmocka_unit_test(test_JW_01_foreign_bytes_padding_and_lone_characters_are_refused),
		cmocka_unit_test(test_JW_01_only_64_bytes_are_letters),
		cmocka_unit_test(test_JW_01_unused_bits_must_be_zero),
		cmocka_unit_test(test_HD_05_plain_base64_has_its_own_letters_and_exact_padding),
		cmocka_unit_test(test_too_long_for_the_buffer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
