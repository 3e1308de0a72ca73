/* SPDX-License-Identifier: MIT */
#include "page_parts.h"
#include "unit.h"

static void assert_text_cut(const char *text, size_t n, size_t most, const char *expected, const char *file, int line)
{
	auto_buf out = BUF(4096);

	page_text(&out, (struct str){ text, n }, most);
	assert_str_at(buf_str(&out), expected, file, line);
}

#define assert_text(text, expected) assert_text_cut(text, sizeof(text) - 1, WHOLE, expected, __FILE__, __LINE__)
#define assert_cut(text, most, expected) assert_text_cut(text, sizeof(text) - 1, most, expected, __FILE__, __LINE__)

static void test_text_has_no_markup_SEC_02(void **state)
{
	(void)state;
	assert_text("", "");
	assert_text("Claude Code 2.1", "Claude Code 2.1");
	assert_text("<b onclick='x()'>&amp;\"", "&lt;b onclick=&#39;x()&#39;&gt;&amp;amp;&quot;");
	assert_text("</bdi><script>", "&lt;/bdi&gt;&lt;script&gt;");
	assert_text("Zo\xc3\xab \xe4\xb8\xad \xf0\x9f\x98\x80 \xd8\xb9 e\xcc\x81 \xe2\x9d\xa4\xef\xb8\x8f",
		"Zo\xc3\xab \xe4\xb8\xad \xf0\x9f\x98\x80 \xd8\xb9 e\xcc\x81 \xe2\x9d\xa4\xef\xb8\x8f");
}

static void test_hidden_characters_are_shown_SEC_02(void **state)
{
	(void)state;
	assert_text("a\0b\nc\x7f", "a[U+0000]b[U+000A]c[U+007F]");
	assert_text("\xc2\x85", "[U+0085]"); /* C1 control */
	assert_text("safe\xe2\x80\xae"
		    "exe.txt",
		"safe[U+202E]exe.txt");                                /* right-to-left override */
	assert_text("\xe2\x81\xa6x\xe2\x81\xa9", "[U+2066]x[U+2069]"); /* isolates */
	assert_text("\xe2\x80\x8f\xd8\x9c", "[U+200F][U+061C]");       /* marks */
	assert_text("Cla\xe2\x80\x8bude", "Cla[U+200B]ude");           /* zero width */
	assert_text("Cla\xc2\xadude\xef\xbb\xbf", "Cla[U+00AD]ude[U+FEFF]");
	assert_text("\xe3\x85\xa4\xe2\xa0\x80", "[U+3164][U+2800]"); /* filler, blank pattern */
	assert_text("\xf3\xa0\x81\x81", "[U+E0041]");                /* tag */
	assert_text("\xee\x80\x80\xef\xbf\xbf", "[U+E000][U+FFFF]"); /* private use, noncharacter */
	assert_text("\xf0\x9f\xbf\xbe", "[U+1FFFE]");
	assert_text("e\xcc\x81\xcc\xa3\xcc\x81\xcc\x81u\xcc\x88", "e\xcc\x81\xcc\xa3[U+0301][U+0301]u\xcc\x88"); /* piled marks */
	assert_text("a\xc2\xa0"
		    "b\xe3\x80\x80"
		    "c",
		"a b c"); /* blanks are blanks */
}

static void test_broken_utf8_is_replaced_SEC_02(void **state)
{
	(void)state;
	assert_text("a\xff"
		    "b",
		"a\xef\xbf\xbd"
		"b");
	assert_text("\xc3", "\xef\xbf\xbd");
	assert_text("\x80<", "\xef\xbf\xbd&lt;");
	assert_text("\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd"); /* overlong "<" */
	assert_text("\xe2\x80<", "\xef\xbf\xbd\xef\xbf\xbd&lt;");
	assert_text("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_long_text_is_cut_visibly_SEC_02(void **state)
{
	(void)state;
	assert_cut("Claude", 6, "Claude");
	assert_cut("Claude", 5, "Claud\xe2\x80\xa6");
	assert_cut("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 2, "\xe4\xb8\xad\xe4\xb8\xad\xe2\x80\xa6");
	assert_cut("<<<", 1, "&lt;\xe2\x80\xa6");
}

static void test_visible(void **state)
{
	(void)state;
	assert_true(page_text_is_visible(STR("x")));
	assert_true(page_text_is_visible(STR("\xff")));
	assert_false(page_text_is_visible(STR("")));
	assert_false(page_text_is_visible(STR(" \xc2\xa0\xe2\x80\x8b\xe3\x85\xa4\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_has_no_markup_SEC_02),
		cmocka_unit_test(test_hidden_characters_are_shown_SEC_02),
		cmocka_unit_test(test_broken_utf8_is_replaced_SEC_02),
		cmocka_unit_test(test_long_text_is_cut_visibly_SEC_02),
		cmocka_unit_test(test_visible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
