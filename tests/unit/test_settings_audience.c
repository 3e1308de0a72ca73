/* SPDX-License-Identifier: MIT */
/* Which audiences a token may carry for a resource. */
#include "settings_helper.h"

#define TWO "issuer https://a.example; issuer https://b.example\n"
#define AT(url) "resource " url " { allow any; }\n"

static void test_AUD_02_an_audience_of_two_resources_is_noted(void **state)
{
	static const char shared[] = "is that of the resource at";

	(void)state;
	accepts_with_note("audience x\n" ISSUER AT("https://h.example/a") AT("https://h.example/b"),
		"the audience \"x\" is that of the resource at $/gatehouse.conf:3:10");
	accepts_with_note(ISSUER "resource https://h.example/a { allow any; audience y x; "
				 "}\nresource https://h.example/b { allow any; audience x; }\n",
		shared);
	accepts_with_note(ISSUER "resource https://h.example/a { allow any; audience "
				 "https://h.example/b; }\n" AT("https://h.example/b"),
		shared);
	accepts(ISSUER AT("https://h.example/a") AT("https://h.example/b"));
	assert_false(contains(&notes, shared));
	accepts(TWO "resource https://h.example/a { allow any; audience x; issuer "
		    "https://a.example; }\n"
		    "resource https://h.example/b { allow any; audience x; issuer "
		    "https://b.example; }\n");
	assert_false(contains(&notes, shared));
}

static bool audience_ok(const char *audience)
{
	return settings_audience_ok(
		&settings->resource[0], &settings->issuer[0], str_from(audience));
}

static void test_AUD_01_and_AUD_05_the_audience_is_the_resource_exactly(void **state)
{
	static const struct {
		const char *text;
		const char *good[3], *bad[8];
	} rows[] = {
		{ ISSUER AT("https://h.example/mcp"), { "https://h.example/mcp" },
			{ "", "https://h.example/mcp/", "https://h.example/", "https://h.example",
				"https://h.example/mc", "https://H.example/mcp",
				"https://h.example/mcp2" } },
		{ ISSUER AT("https://h.example/mcp/"), { "https://h.example/mcp/" },
			{ "https://h.example/mcp", "https://h.example/mcp//" } },
		{ "slash_alias on\n" ISSUER AT("https://h.example/mcp"),
			{ "https://h.example/mcp", "https://h.example/mcp/" },
			{ "https://h.example/mcp//", "https://h.example/mcpx" } },
		{ "slash_alias on\n" ISSUER AT("https://h.example/mcp/"),
			{ "https://h.example/mcp/" },
			{ "https://h.example/mcp//", "https://h.example/mcp" } },
		{ ISSUER AT("https://h.example"), { "https://h.example", "https://h.example/" },
			{ "https://h.example//", "https://h.examplex", "" } },
		{ ISSUER AT("https://h.example/"), { "https://h.example", "https://h.example/" },
			{ "https://h.example//", "https://h.exampl" } },
		{ "audience x\n" ISSUER AT("https://h.example"), { "x" },
			{ "https://h.example", "https://h.example/", "X", "x " } },
		{ "audience x\nissuer https://a.example { audience y; }\n" AT("https://h.example/"
									      "a"),
			{ "y" }, { "x", "https://h.example/a" } },
		{ "audience x\n" ISSUER "resource https://h.example/a { allow any; audience z z2; "
		  "}\n",
			{ "z", "z2" }, { "x", "https://h.example/a", "z z2" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		accepts(rows[i].text);
		for (size_t j = 0; j < 3 && rows[i].good[j] != NULL; j++)
			assert_true(audience_ok(rows[i].good[j]));
		for (size_t j = 0; j < 8 && rows[i].bad[j] != NULL; j++)
			assert_false(audience_ok(rows[i].bad[j]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_AUD_02_an_audience_of_two_resources_is_noted),
		cmocka_unit_test(test_AUD_01_and_AUD_05_the_audience_is_the_resource_exactly),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
