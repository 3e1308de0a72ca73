/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "preset_facts.h"

static const struct json_limits limits = { 65536, 8, 64 };

/* Is the only difference, and does it hold these words? NULL: there is none. */
static void differs(const struct preset *preset, const char *document, const char *line)
{
	auto_buf differences = BUF(65536);
	auto_json *json = json_read_object(str_from(document), limits);

	assert_non_null(json);
	preset_facts_compare(preset, json, &differences);
	assert_false(differences.failed);
	assert_str(buf_str(&differences), line);
}

static void test_DISC_13_a_document_as_expected_makes_no_line(void **state)
{
	static const struct preset preset = { .name = "p",
		.fact = { { "gone", "absent", PRESET_REPORTED }, { "there", "present", PRESET_REPORTED }, { "flag", "true", PRESET_TESTED },
			{ "word", "S256", PRESET_TESTED }, { "list", "S256", PRESET_TESTED }, { "issuer", "*/", PRESET_REPORTED } } };

	(void)state;
	differs(&preset, "{\"there\":1,\"flag\":true,\"word\":\"S256\",\"list\":[1,\"plain\",\"S256\"],\"issuer\":\"https://a.example/\"}", "");
	/* null says as much as nothing (RFC 8414 2). */
	differs(&preset, "{\"gone\":null,\"there\":[],\"flag\":true,\"word\":\"S256\",\"list\":[\"S256\"],\"issuer\":\"/\"}", "");
}

static void test_DISC_13_each_difference_is_a_line_with_what_is_there(void **state)
{
	static const struct preset preset = { .name = "p",
		.fact = { { "gone", "absent", PRESET_REPORTED }, { "there", "present", PRESET_REPORTED }, { "flag", "true", PRESET_TESTED },
			{ "word", "S256", PRESET_TESTED }, { "list", "S256", PRESET_TESTED }, { "issuer", "*/", PRESET_REPORTED } } };

	(void)state;
	differs(&preset, "{\"gone\":\"x\",\"flag\":\"true\",\"word\":\"s256\",\"list\":[\"plain\"],\"issuer\":\"https://a.example\"}",
		"preset p says that gone is absent (reported); the provider's document says otherwise: it is \"x\"\n"
		"preset p says that there is present (reported); the provider's document says otherwise: it is absent\n"
		"preset p says that flag is true (tested); the provider's document says otherwise: it is \"true\"\n"
		"preset p says that word has S256 (tested); the provider's document says otherwise: it is \"s256\"\n"
		"preset p says that list has S256 (tested); the provider's document says otherwise: it is [\"plain\"]\n"
		"preset p says that issuer ends in / (reported); the provider's document says otherwise: it is \"https://a.example\"\n");
}

static void test_what_is_shown_is_one_line_and_short(void **state)
{
	static const struct preset preset = { .name = "p", .fact = { { "word", "absent", PRESET_TESTED } } };
	auto_buf document = BUF(65536);
	auto_buf differences = BUF(65536);
	struct str rest, line;

	(void)state;
	buf_add_text(&document, "{\"word\":\"\\n\\u001b[31m");
	for (int i = 0; i < 5000; i++)
		buf_add_byte(&document, 'a');
	buf_add_text(&document, "\"}");

	auto_json *json = json_read_object(buf_str(&document), limits);
	assert_non_null(json);
	preset_facts_compare(&preset, json, &differences);
	assert_in_range(differences.n, 200, 400);
	rest = buf_str(&differences);
	assert_true(str_cut(&rest, '\n', &line));
	assert_true(str_is_printable(line));
	assert_true(str_ends(line, STR("...")));
	assert_int_equal(rest.n, 0);
}

static void test_a_fact_is_compared_exactly(void **state)
{
	static const struct {
		const char *value, *expected;
		bool holds;
	} cases[] = {
		{ "\"S256x\"", "S256", false },
		{ "[[\"S256\"]]", "S256", false },
		{ "{\"S256\":\"S256\"}", "S256", false },
		{ "1", "true", false },
		{ "false", "true", false },
		{ "[\"a/\"]", "*/", false },
		{ "\"\"", "*/", false },
		{ "false", "present", true },
		{ "null", "present", false },
		{ "null", "true", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf text = BUF(256);

		buf_print(&text, "{\"m\":%s}", cases[i].value);
		auto_json *json = json_read_object(buf_str(&text), limits);
		assert_non_null(json);
		assert_int_equal(preset_fact_holds(json_object_get(json, "m"), str_from(cases[i].expected)), cases[i].holds);
	}
}

static void test_every_preset_can_be_compared_with_an_empty_document(void **state)
{
	auto_json *json = json_object();

	(void)state;
	for (const struct preset *preset = presets; preset->name != NULL; preset++) {
		auto_buf differences = BUF(65536);

		preset_facts_compare(preset, json, &differences);
		assert_false(differences.failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_DISC_13_a_document_as_expected_makes_no_line),
		cmocka_unit_test(test_DISC_13_each_difference_is_a_line_with_what_is_there),
		cmocka_unit_test(test_what_is_shown_is_one_line_and_short),
		cmocka_unit_test(test_a_fact_is_compared_exactly),
		cmocka_unit_test(test_every_preset_can_be_compared_with_an_empty_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
