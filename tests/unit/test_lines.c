/* SPDX-License-Identifier: MIT */
/* The small files beside the settings: words of a line, times, digests. */
#include "unit.h"

#include <string.h>

#include "lines.h"

/* Reads the next line and compares its number and its words, parted by "|". */
static void has_line(struct str *rest, struct line *line, unsigned number, const char *words)
{
	auto_buf joined = BUF(4096);

	assert_true(line_next(rest, line));
	assert_null(line->fault);
	assert_int_equal(line->number, number);
	for (size_t i = 0; i < line->n; i++) {
		buf_add_text(&joined, i != 0 ? "|" : "");
		buf_add(&joined, line->word[i]);
	}
	assert_str(buf_str(&joined), words);
}

static void test_lines_that_say_something(void **state)
{
	struct str rest = STR("\n# comment\none\ttwo  three # four\r\n   \n \"a b\" '' 'c \"d'\"e#\"\nx#y #\n'#'");
	struct line line = { 0 };

	(void)state;
	has_line(&rest, &line, 3, "one|two|three");
	has_line(&rest, &line, 5, "a b||c \"d|e#");
	has_line(&rest, &line, 6, "x#y");
	has_line(&rest, &line, 7, "#");
	assert_false(line_next(&rest, &line));
	assert_false(line_next(&rest, &line));
}

static void test_nothing_is_no_line(void **state)
{
	static const char *const texts[] = { "", "\n", "\n\n\n", "#", " \t\r\n", "# \"not ended" };

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct str rest = str_from(texts[i]);
		struct line line = { 0 };

		assert_false(line_next(&rest, &line));
	}
}

static void test_a_broken_line_has_a_fault_and_no_words_and_the_next_one_counts(void **state)
{
	static const struct {
		struct str text;
		const char *fault;
	} rows[] = {
		{ { "a \"b", 4 }, "a quote that does not end" },
		{ { "a 'b\"", 5 }, "a quote that does not end" },
		{ { "a b\xff", 4 }, "bytes that are not UTF-8" },
		{ { "a\0b", 3 }, "bytes that are not UTF-8" },
		{ { "a b\x01", 4 }, "control bytes" },
		{ { "a 'b\tc'", 7 }, "control bytes" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf text = BUF(256);
		struct line line = { 0 };
		struct str rest;

		buf_add(&text, rows[i].text);
		buf_add_text(&text, "\ngood line");
		rest = buf_str(&text);
		assert_true(line_next(&rest, &line));
		assert_string_equal(line.fault, rows[i].fault);
		assert_int_equal(line.number, 1);
		assert_int_equal(line.n, 0);
		has_line(&rest, &line, 2, "good|line");
	}
}

/* A line of `words` words, the last of which has `more` bytes more than one. */
static const char *fault_of(unsigned words, unsigned more)
{
	auto_buf text = BUF(2 * LINE_BYTES_MOST);
	struct line line = { 0 };
	struct str rest;

	for (unsigned i = 0; i < words; i++)
		buf_add_text(&text, i != 0 ? " x" : "x");
	for (unsigned i = 0; i < more; i++)
		buf_add_byte(&text, 'y');
	rest = buf_str(&text);
	assert_true(line_next(&rest, &line));
	assert_int_equal(line.n, line.fault == NULL ? words : 0);
	return line.fault;
}

static void test_bounds_of_a_line(void **state)
{
	(void)state;
	assert_null(fault_of(LINE_WORDS, 0));
	assert_string_equal(fault_of(LINE_WORDS + 1, 0), "too many words");
	assert_null(fault_of(1, LINE_BYTES_MOST - 1));
	assert_string_equal(fault_of(1, LINE_BYTES_MOST), "a line that is too long");
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{ "1970-01-01", 0 },
		{ "1970-01-01T00:00:01Z", 1 },
		{ "2026-11-21", 1795219200 },
		{ "2026-11-21T08:00:00Z", 1795248000 },
		{ "2028-02-29T23:59:59Z", 1835481599 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf written = BUF(64);
		auto_buf whole = BUF(64);
		int64_t seconds = -1;

		assert_true(line_time(str_from(rows[i].text), &seconds));
		assert_true(seconds == rows[i].seconds);
		/* The way back. */
		line_add_time(seconds, &written);
		buf_add_text(&whole, rows[i].text);
		if (whole.n == 10)
			buf_add_text(&whole, "T00:00:00Z");
		assert_str(buf_str(&written), whole.p);
	}
}

static void test_AK_03_what_is_no_time(void **state)
{
	static const char *const texts[] = { "", "2026", "tomorrow", "2026-11-2", "2026-1-211", "2026/11/21", "2026-11-21 ", "+026-11-21", "2026-00-10",
		"2026-13-01", "2026-11-00", "2026-11-31", "2026-02-29", "2026-02-31", "2100-02-29", "1969-12-31", "2026-11-21T08:00:00", "2026-11-21 08:00:00Z",
		"2026-11-21T08:00:00z", "2026-11-21T24:00:00Z", "2026-11-21T23:60:00Z", "2026-11-21T23:59:60Z", "2026-11-21T08:00:00+00:00", "2026-11-21T08:00:0Z",
		"2026-11-21T-1:00:00Z", "2026-11-21T08:00:00ZZ" };

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		int64_t seconds = 7;

		if (line_time(str_from(texts[i]), &seconds))
			fail_msg("%s", texts[i]);
		assert_true(seconds == 7);
	}
}

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void test_AK_02_digests(void **state)
{
	static const char *const others[] = { "", "sha256:", "sha256:" DIGITS, "sha256:" DIGITS "ff", "sha256:" DIGITS "F", "sha256:" DIGITS "g", "sha256:" DIGITS " ",
		"SHA256:" DIGITS "f", "sha512:" DIGITS "f", " sha256:" DIGITS "f", DIGITS "f" };
	unsigned char digest[32];
	auto_buf written = BUF(128);

	(void)state;
	assert_true(line_digest(STR("sha256:" DIGITS "f"), digest));
	assert_int_equal(digest[0], 0x01);
	assert_int_equal(digest[31], 0xef);
	line_add_digest(digest, &written);
	assert_str(buf_str(&written), "sha256:" DIGITS "f");
	for (size_t i = 0; i < N_OF(others); i++)
		assert_false(line_digest(str_from(others[i]), digest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_say_something),
		cmocka_unit_test(test_nothing_is_no_line),
		cmocka_unit_test(test_a_broken_line_has_a_fault_and_no_words_and_the_next_one_counts),
		cmocka_unit_test(test_bounds_of_a_line),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_AK_03_what_is_no_time),
		cmocka_unit_test(test_AK_02_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
