/* SPDX-License-Identifier: MIT */
/* Rules for single tools as the settings have them: what is filled in, refused and told. */
#include "settings_helper.h"
#include "unit.h"

/* The settings of a resource with these rules. */
static const char *with(const char *rules)
{
	static char text[8192];

	(void)snprintf(text, sizeof(text), ISSUER "resource https://mcp.example.com/mcp {\nallow any\n%s\n}\n", rules);
	return text;
}

static void test_HD_09_a_block_becomes_a_rule(void **state)
{
	const struct operation_rule *rule;

	(void)state;
	accepts(with("tool a 'b.*' { scope x y; allow subject alice; deny client c; when 'true'; }\nprompt p\nresource 'file:///*'\nmethod tools/list"));
	assert_int_equal(settings->resource[0].n_operations, 4);
	rule = settings->resource[0].operation;
	assert_int_equal(rule[0].kind, OPERATION_TOOL);
	is_words(rule[0].pattern, "a b.*");
	is_words(rule[0].scopes, "x y");
	assert_int_equal(rule[0].allow.n, 1);
	assert_int_equal(rule[0].deny.rule[0].kind, RULE_CLIENT);
	is_text(rule[0].when.text, "true");
	assert_int_equal(rule[1].kind, OPERATION_PROMPT);
	assert_int_equal(rule[1].scopes.n + rule[1].allow.n + rule[1].deny.n + rule[1].when.text.n, 0);
	assert_int_equal(rule[2].kind, OPERATION_RESOURCE);
	assert_int_equal(rule[3].kind, OPERATION_METHOD);
}

static void test_HD_02_HD_03_the_safe_words_are_the_ones_unsaid(void **state)
{
	(void)state;
	accepts(with("tool a"));
	assert_int_equal(settings->resource[0].legacy, LEGACY_DENY);
	assert_false(settings->resource[0].upstream_checks_headers);
	assert_false(settings->resource[0].sees_facts);
	accepts(with("tool a { when 'true'; }\nlegacy coarse\nupstream_checks_headers on"));
	assert_int_equal(settings->resource[0].legacy, LEGACY_COARSE);
	assert_true(settings->resource[0].upstream_checks_headers && settings->resource[0].sees_facts);
}

static void test_HD_02_all_scopes_of_rules_are_listed_once(void **state)
{
	(void)state;
	accepts(with("tool a { scope x y; }\nprompt b { scope y z; }\nmethod c { scope x; }"));
	is_words(settings->resource[0].operation_scopes, "x y z");
}

static void test_each_condition_has_a_number_of_its_own(void **state)
{
	(void)state;
	accepts(with("rule 'true'\ntool a { when 'true'; }\nrule 'false'"));
	assert_int_equal(settings->n_conditions, 3);
	assert_int_equal(settings->resource[0].condition[0].number, 0);
	assert_int_equal(settings->resource[0].operation[0].when.number, 1);
	assert_int_equal(settings->resource[0].condition[1].number, 2);
}

static void test_CH_10_what_an_included_scope_includes_is_included(void **state)
{
	const struct implication *implication;

	(void)state;
	accepts(with("tool a\nimplies admin write\nimplies write read list\nimplies read list"));
	implication = settings->resource[0].implication;
	is_words(implication[0].implied, "write read list");
	is_words(implication[1].implied, "read list");
	/* Circles end, however many there are. */
	accepts(with("tool a\nimplies a b c d\nimplies b a c d\nimplies c a b d\nimplies d a b c"));
	implication = settings->resource[0].implication;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(implication[i].implied.n, 4);
	refuses(with("tool a\nimplies a"), "found implies with one scope");
}

static void test_CH_10_a_resource_has_its_own_table_or_the_common_one(void **state)
{
	(void)state;
	accepts(ISSUER "implies a b\nresource https://mcp.example.com/mcp { allow any; tool t; }\n");
	is_text(settings->resource[0].implication[0].scope, "a");
	accepts(ISSUER "implies a b\nresource https://mcp.example.com/mcp { allow any; tool t; implies c d; }\n");
	assert_int_equal(settings->resource[0].n_implications, 1);
	is_text(settings->resource[0].implication[0].scope, "c");
}

static void test_PO_07_what_can_never_match_is_told(void **state)
{
	(void)state;
	accepts_with_note(with("tool 'admin.*' { deny any; }\ntool admin.reset { scope admin; }"), "$/gatehouse.conf:5:1: this can never allow \"admin.reset\"");
	accepts_with_note(with("tool free\ntool free { scope x; }"), "$/gatehouse.conf:5:1: this asks for nothing");
	accepts_with_note(with("tool a { scope x; allow subject s; }\ntool '*' { deny subject t; deny any; }"), "$/gatehouse.conf:4:1: this can never allow \"a\"");
	accepts_with_note(with("tool 'a.*' { allow any; }\ntool 'a.b.*' { scope x; }"), "$/gatehouse.conf:5:1: this asks for nothing");
	accepts_with_note(with("tool 'r\xc3\xa4*' { scope x; }"), "$/gatehouse.conf:4:1: this can never allow anything by");
	accepts_with_note(with("resource 'file:///a/../*' { scope x; }"), "$/gatehouse.conf:4:1: this can never allow anything by");
	accepts(with("tool 'a.*' { deny any; }\ntool b { scope x; }\ntool a\nprompt a.b { scope x; }"));
	assert_false(contains(&notes, "never allow") || contains(&notes, "asks for nothing"));
	/* What is strange is not given by the star, so it asks for something; a deny takes it. */
	accepts(with("tool '*'\ntool 'r\xc3\xa4' { scope x; }\nresource 'http:*'\nresource 'http://a/../b' { scope x; }\nresource 'file:///..*.' { scope x; }\ntool 'x y*' { deny any; }"));
	assert_false(contains(&notes, "never allow") || contains(&notes, "asks for nothing"));
}

static void test_PO_06_PO_07_what_a_client_needs_to_speak_is_only_denied(void **state)
{
	(void)state;
	accepts_with_note(with("method initialize { scope x; }"), "$/gatehouse.conf:4:1: this asks for nothing: \"initialize\" is open");
	accepts_with_note(with("method 'notifications/*'"), "$/gatehouse.conf:4:1: this asks for nothing");
	accepts(with("method ping { deny any; }\nmethod '*' { scope x; }"));
	assert_false(contains(&notes, "asks for nothing"));
}

static void test_PO_07_a_tool_allowed_and_denied_for_the_same_people_is_told(void **state)
{
	(void)state;
	accepts_with_note(with("tool a { allow subject x; deny subject x; }"), "$/gatehouse.conf:4:1: this can never allow \"a\"");
	accepts_with_note(with("tool a { allow subject x; allow client y; }\ntool '*' { deny client y; deny subject x; }"),
		"$/gatehouse.conf:4:1: this can never allow \"a\": `deny` at $/gatehouse.conf:5:1");
	accepts(with("tool a { allow subject x; allow subject y; deny subject x; }\ntool b { allow subject x; deny client x; }\ntool c { deny subject x; }"));
	assert_false(contains(&notes, "never allow"));
}

static void test_HD_03_a_front_that_shows_no_body_needs_the_operators_word(void **state)
{
	(void)state;
	refuses("front caddy\n" ISSUER "resource https://mcp.example.com/mcp { allow any; tool a; }\n", "expected upstream_checks_headers on");
	accepts("front caddy\n" ISSUER "resource https://mcp.example.com/mcp { allow any; tool a; upstream_checks_headers on; }\n");
	accepts("front nginx-inspect\n" ISSUER "resource https://mcp.example.com/mcp { allow any; tool a; }\n");
	accepts("front caddy\n" ISSUER "resource https://mcp.example.com/mcp { allow any; }\n");
}

static void test_CH_09_all_scopes_fit_into_one_challenge(void **state)
{
	auto_buf rules = BUF(8192);
	auto_buf longer = BUF(8192);

	(void)state;
	/* 45 of 90 bytes with their blanks are 4050; the rest makes them 4096, and then 4097. */
	for (int i = 0; i < 45; i++)
		buf_print(&rules, "tool t%d { scope %089d; }\n", i, i);
	buf_print(&longer, "%srequire_scopes %022d\nimplies %023d x\n", rules.p, 0, 1);
	buf_print(&rules, "require_scopes %022d\nimplies %022d x\n", 0, 1);
	accepts(with(rules.p));
	refuses(with(longer.p), "found scopes of 4097 bytes");
}

static void test_mistakes_have_their_place(void **state)
{
	(void)state;
	refuses(with("tool"), "$/gatehouse.conf:4:");
	refuses(with("tool a { rate off; }"), "$/gatehouse.conf:4:10:");
	refuses(with("tool a { tool b; }"), "$/gatehouse.conf:4:10:");
	refuses(with("tool a { allow any { }; }"), "$/gatehouse.conf:4:");
	refuses(with("legacy maybe"), "$/gatehouse.conf:4:8:");
	refuses(with("tool a { scope 'x y'; }"), "$/gatehouse.conf:4:16:");
	refuses("tool a\n" ISSUER RESOURCE, "$/gatehouse.conf:1:1:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_HD_09_a_block_becomes_a_rule),
		cmocka_unit_test(test_HD_02_HD_03_the_safe_words_are_the_ones_unsaid),
		cmocka_unit_test(test_HD_02_all_scopes_of_rules_are_listed_once),
		cmocka_unit_test(test_each_condition_has_a_number_of_its_own),
		cmocka_unit_test(test_CH_10_what_an_included_scope_includes_is_included),
		cmocka_unit_test(test_CH_10_a_resource_has_its_own_table_or_the_common_one),
		cmocka_unit_test(test_PO_07_what_can_never_match_is_told),
		cmocka_unit_test(test_PO_06_PO_07_what_a_client_needs_to_speak_is_only_denied),
		cmocka_unit_test(test_PO_07_a_tool_allowed_and_denied_for_the_same_people_is_told),
		cmocka_unit_test(test_HD_03_a_front_that_shows_no_body_needs_the_operators_word),
		cmocka_unit_test(test_CH_09_all_scopes_fit_into_one_challenge),
		cmocka_unit_test(test_mistakes_have_their_place),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
