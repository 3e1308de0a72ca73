/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "json.h"

static const struct json_limits usual = { .bytes = 4096, .depth = 8, .members = 64 };

static bool reads(struct str text, struct json_limits limits)
{
	auto_json *json = json_read_object(text, limits);

	return json != NULL;
}

static void test_well_formed_objects_are_read(void **state)
{
	const struct str good[] = {
		STR("{}"), STR(" \t\r\n{ } \n"), STR("{\"a\":1}"), STR("{\"a\":[1,2.5,-3e2,true,false,null,\"x\",{}]}"),
		STR("{\"\":\"\"}"), STR("{\"a\":\"\\u00e4\\ud83d\\ude00\"}"), STR("{\"a\":\"\xc3\xa4\"}"),
		STR("{\"a\":9223372036854775807,\"b\":-9223372036854775808}"), STR("{\"a\":1e300}"),
		STR("{\"a\":\"[[[[[[[[[[[[{{{{{{{{{{{{\"}"), STR("{\"a\":\"\\\"[[[[[[[[[[[[\\\\\"}"),
		STR("{\"a\":{\"a\":{\"a\":1}}}"), /* one name on several levels is no duplicate */
	};

	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		if (!reads(good[i], usual))
			fail_msg("case %zu was refused", i);
	}
}

static void test_JW_02_double_members_are_refused_on_every_level(void **state)
{
	const struct str wrong[] = {
		STR("{\"alg\":\"RS256\",\"alg\":\"none\"}"), STR("{\"a\":1,\"b\":2,\"a\":1}"),
		STR("{\"a\":{\"b\":1,\"b\":2}}"),
		STR("{\"a\":[{\"b\":1,\"b\":2}]}"), STR("{\"a\":1,\"\\u0061\":2}"), STR("{\"\":1,\"\":2}"),
	};

	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++) {
		if (reads(wrong[i], usual))
			fail_msg("case %zu was taken", i);
	}
}

static void test_JW_13_anything_but_one_clean_object_is_refused(void **state)
{
	const struct str wrong[] = {
		STR_NONE, STR(""), STR(" "), STR("[]"), STR("[{}]"), STR("\"a\""), STR("1"), STR("null"), STR("true"),
		STR("{"), STR("}"), STR("{}}"), STR("{}{}"), STR("{},"), STR("{} x"), STR("x{}"), STR("{]"),
		STR("{\"a\":[}"),
		STR("{\"a\":1,}"), STR("{,}"), STR("{\"a\"}"), STR("{\"a\":}"), STR("{a:1}"), STR("{'a':1}"),
		STR("{\"a\":[1,]}"),
		STR("{\"a\":01}"), STR("{\"a\":+1}"), STR("{\"a\":1.}"), STR("{\"a\":.5}"), STR("{\"a\":0x1}"),
		STR("{\"a\":NaN}"),
		STR("{\"a\":Infinity}"), STR("{\"a\":1e999}"), STR("{\"a\":True}"), STR("{}//x"), STR("/**/{}"),
		STR("{\"a\":9223372036854775808}"), STR("{\"a\":-9223372036854775809}"),
		STR("{\"a\":99999999999999999999}"),
		STR("\xef\xbb\xbf{}"), STR("{}\0"), STR("\0{}"), STR("{\"a\0\":1}"), STR("{\"a\":\"\0\"}"),
		STR("{\"a\":1\0}"), STR("{\"a\":true\0}"), STR("{\0\"a\":1}"),
		STR("{\"a\":\"\\u0000\"}"), STR("{\"a\\u0000\":1}"), STR("{\"a\":\"\\ud800\"}"),
		STR("{\"a\":\"\\udc00x\"}"),
		STR("{\"a\":\"\\ud800\\u0041\"}"), STR("{\"a\":\"\xff\"}"), STR("{\"a\":\"\xc0\xaf\"}"),
		STR("{\"\xed\xa0\x80\":1}"),
		STR("{\"a\":\"x\ny\"}"), STR("{\"a\":\"\\x41\"}"), STR("{\"a\":\"\\u12\"}"), STR("{\"a\":\"open}"),
		STR("{\"a\":\"\\"),
		STR("{\"a\":\"\\\"}"), STR("\xfe\xff\0{\0}"),
	};

	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++) {
		if (reads(wrong[i], usual))
			fail_msg("case %zu was taken", i);
	}
}

static void test_JW_13_limits_are_exact(void **state)
{
	const struct str two = STR("{\"a\":{\"c\":1,\"d\":2,\"e\":[]},\"b\":\":,:\"}");

	(void)state;
	assert_true(reads(two, (struct json_limits){ two.n, 3, 2 }));
	assert_false(reads(two, (struct json_limits){ two.n - 1, 3, 2 }));
	assert_false(reads(two, (struct json_limits){ two.n, 2, 2 }));
	assert_false(reads(two, (struct json_limits){ two.n, 3, 1 }));
	assert_true(reads(STR("{\"a\":1}"), (struct json_limits){ 99, 1, 1 }));
	assert_false(reads(STR("{\"a\":[]}"), (struct json_limits){ 99, 1, 1 }));
	assert_false(reads(STR("{}"), (struct json_limits){ 99, 0, 1 }));
}

static void test_JW_13_many_objects_cost_too_much(void **state)
{
	const struct json_limits wide = { .bytes = 1 << 20, .depth = 8, .members = 64 };

	(void)state;
	for (size_t n = 99999; n <= 100000; n++) {
		auto_buf text = BUF(1 << 20);
		json_t *json;

		buf_add_text(&text, "[\"[{[{\"");
		for (size_t i = 0; i < n; i++)
			buf_add_text(&text, i % 2 == 0 ? ",{}" : ",[]");
		buf_add_byte(&text, ']');
		json = json_read_array(buf_str(&text), wide);
		assert_int_equal(json != NULL, n == 99999);
		json_decref(json);
	}
}

static void test_JW_13_depth_is_judged_before_anything_is_built(void **state)
{
	const size_t n = 1000000;
	auto_free char *text = memory_new(n);

	(void)state;
	/* jansson's own bound is 2048 levels; the wrong nesting below must not even reach it. */
	memset(text, '[', n);
	memcpy(text, "{\"a\":", 5);
	assert_false(reads((struct str){ text, n }, (struct json_limits){ n, 64, 64 }));
	memset(text, ']', n);
	assert_false(reads((struct str){ text, n }, (struct json_limits){ n, 64, 64 }));
}

static void test_text_is_only_of_strings(void **state)
{
	const struct str text = STR("{\"s\":\"x\",\"e\":\"\",\"n\":1,\"t\":true,\"z\":null,\"a\":[\"x\"],\"o\":{}}");
	auto_json *json = json_read_object(text, usual);
	static const char *const others[] = { "n", "t", "z", "a", "o", "S", "missing", "" };

	(void)state;
	assert_true(str_is(json_text(json, "s"), "x"));
	assert_non_null(json_text(json, "e").p);
	assert_int_equal(json_text(json, "e").n, 0);
	for (size_t i = 0; i < N_OF(others); i++)
		assert_null(json_text(json, others[i]).p);
	assert_null(json_text(NULL, "s").p);
	assert_null(json_text(json_object_get(json, "a"), "s").p);
}

static void test_path_finds_the_longest_names_first(void **state)
{
	static const struct {
		const char *path;
		int value; /* 0 = none */
	} cases[] = {
		{ "plain", 1 }, { "a.b", 2 }, { "https://example.com/roles", 3 }, { "https://example.com/o.x", 4 },
		{ "x.y", 5 }, { "r.my.app.roles", 6 }, { "r.my.app.other", 0 }, { "a", 0 }, { "a.b.c", 0 },
		{ "a.", 0 }, { ".a", 0 },
		{ "", 0 }, { ".", 0 }, { "..", 0 }, { "missing", 0 }, { "plain.x", 0 }, { "arr.0", 0 },
		{ "A.b", 0 }, { "fall.back", 7 },
		{ "dot.", 0 }, { "axb", 0 },
	};
	auto_json *json = json_read_object(STR("{\"plain\":1,\"a\":{\"b\":2},\"https://example.com/roles\":3,"
		"\"https://example.com/o\":{\"x\":4},\"x.y\":5,\"x\":{\"y\":55},\"r\":{\"my.app\":{\"roles\":6}},"
		"\"arr\":[1],\"fall\":{\"back\":7},\"dot\":{\"\":8}}"), usual);

	(void)state;
	assert_non_null(json);
	for (size_t i = 0; i < N_OF(cases); i++) {
		const json_t *found = json_at(json, str_from(cases[i].path));
		int value = (int)json_integer_value(found);

		if (value != cases[i].value)
			fail_msg("%s: found %d, expected %d", cases[i].path, value, cases[i].value);
	}
	assert_null(json_at(NULL, STR("a")));
	assert_null(json_at(json, STR_NONE));
	/* The end of the slice is the end of the path. */
	assert_non_null(json_at(json, str_first(STR("plainer"), 5)));
}

static void test_written_text_is_compact_and_in_order(void **state)
{
	const struct str text = STR("{\"z\":1,\"a\":[true,null,\"\xc3\xa4\\\"\\n/\"],\"m\":{},\"b\":-2}");
	auto_json *json = json_read_object(text, usual), *string = json_from_str(STR("a\"b"));
	auto_buf out = BUF(256), small = BUF(10), none = BUF(10);

	(void)state;
	buf_add_byte(&out, '>');
	json_write(json, &out);
	assert_true(str_eq(str_skip(buf_str(&out), 1), text));
	buf_clear(&out);
	json_write(string, &out);
	assert_string_equal(out.p, "\"a\\\"b\"");
	json_write(json, &small);
	assert_true(small.failed);
	json_write(NULL, &none);
	assert_true(none.failed);
}

static void test_strings_are_made_of_utf8_only(void **state)
{
	auto_json *part = json_from_str(str_first(STR("abcdef"), 3)), *empty = json_from_str(STR_NONE),
		  *wrong = json_from_str(STR("\xff"));

	(void)state;
	assert_string_equal(json_string_value(part), "abc");
	assert_string_equal(json_string_value(empty), "");
	assert_null(wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well_formed_objects_are_read),
		cmocka_unit_test(test_JW_02_double_members_are_refused_on_every_level),
		cmocka_unit_test(test_JW_13_anything_but_one_clean_object_is_refused),
		cmocka_unit_test(test_JW_13_limits_are_exact),
		cmocka_unit_test(test_JW_13_many_objects_cost_too_much),
		cmocka_unit_test(test_JW_13_depth_is_judged_before_anything_is_built),
		cmocka_unit_test(test_text_is_only_of_strings),
		cmocka_unit_test(test_path_finds_the_longest_names_first),
		cmocka_unit_test(test_written_text_is_compact_and_in_order),
		cmocka_unit_test(test_strings_are_made_of_utf8_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
