/* SPDX-License-Identifier: MIT */
/* Conditions in CEL: what compiles, what is told of it, and what it sees of a request. */
#include "settings_helper.h"
#include "unit.h"

#include "condition.h"

static struct conditions *conditions;
static struct situation situation;
static struct http http;

static json_t *json_of(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	return json;
}

static const struct mcp_item calls_echo = { .form = MCP_REQUEST, .method = { "tools/call", 10 }, .target_kind = MCP_TOOL, .target = { "echo", 4 } };

/* Conditions of settings with that line at the top and that rule. */
static bool compiles(const char *top, const char *rule)
{
	auto_buf text = BUF(8192);

	buf_print(&text, "%s\n" ISSUER "resource https://mcp.example.com/mcp {\nallow any\nupstream_checks_headers on\n%s\n}\n", top, rule);
	accepts(text.p);
	conditions_free(conditions);
	buf_clear(&errors);
	buf_clear(&notes);
	conditions = conditions_new(settings, &errors, &notes);
	assert_true((conditions != NULL) == (errors.n == 0));
	return conditions != NULL;
}

static int clean(void **state)
{
	conditions_free(conditions);
	conditions = NULL;
	return remove_directory(state);
}

static bool is_true_of(const char *condition, const struct mcp_item *item, bool shows_arguments, const char *const header[])
{
	static char *const none[] = { NULL };
	auto_json *facts = json_of("{\"jwt\":{\"sub\":\"alice\"},\"principal\":{\"scopes\":[\"read\"]}}");
	auto_buf rule = BUF(4096);
	bool result;

	buf_print(&rule, "rule '%s'", condition);
	assert_true(compiles("", rule.p));
	http.variables = header != NULL ? environment_of(header) : none;
	situation = (struct situation){ .http = &http, .method = STR("POST"), .path = STR("/mcp"), .facts = facts, .shows_arguments = shows_arguments };
	situation_next(&situation, item);
	result = condition_is_true(conditions, &settings->resource[0].condition[0], &situation);
	situation_end(&situation);
	return result;
}

static void test_SEC_15_a_condition_that_does_not_compile_has_its_place(void **state)
{
	(void)state;
	assert_false(compiles("", "rule 'jwt.sub =='\ntool a { when 'nobody.x'; }"));
	assert_true(contains(&errors, "$/gatehouse.conf:6:6: in this condition: 1:"));
	assert_true(contains(&errors, "$/gatehouse.conf:7:15: in this condition: 1:"));
}

static void test_HD_13_headers_of_arguments_are_no_ground(void **state)
{
	const char *const header[] = { "HTTP_MCP_PARAM_ROLE=admin", "HTTP_AUTHORIZATION=Bearer x", "HTTP_X_API_KEY=x", "HTTP_COOKIE=x", "HTTP_X_TEAM=one", NULL };

	(void)state;
	assert_false(compiles("", "rule 'request.headers[\"Mcp-Param-Role\"] == \"admin\"'"));
	assert_true(contains(&errors, "found an Mcp-Param- header"));
	assert_true(is_true_of("request.headers == {\"x-team\": \"one\"}", &calls_echo, false, header));
}

static void test_HD_07_a_header_that_came_twice_has_no_value(void **state)
{
	const char *const twice[] = { "HTTP_X_TEAM=one", "HTTP_X_TEAM=two", NULL }, *const thrice[] = { "HTTP_X_TEAM=one", "HTTP_X_TEAM=two", "HTTP_X_TEAM=one", NULL },
		*const no_text[] = { "HTTP_X_TEAM=\xff", "HTTP_X_TEAM=two", NULL };

	(void)state;
	assert_true(is_true_of("request.headers[\"x-team\"] == null", &calls_echo, false, twice));
	assert_true(is_true_of("request.headers[\"x-team\"] == null", &calls_echo, false, thrice));
	/* Nor one that is no text, whatever comes after it. */
	assert_true(is_true_of("request.headers[\"x-team\"] == null", &calls_echo, false, no_text));
}

static void test_HD_12_arguments_only_where_they_are_seen(void **state)
{
	auto_json *arguments = json_of("{\"path\":\"/a\"}");
	struct mcp_item with = calls_echo;

	(void)state;
	with.arguments = arguments;
	assert_true(is_true_of("mcp.arguments.path == \"/a\"", &with, true, NULL));
	assert_false(is_true_of("mcp.arguments.path == \"/a\"", &with, false, NULL));
	assert_true(is_true_of("mcp.arguments == {}", &calls_echo, true, NULL));
	assert_false(compiles("front caddy", "rule 'mcp.arguments.path == \"/a\"'"));
	assert_true(contains(&errors, "$/gatehouse.conf:6:6: found mcp.arguments"));
	assert_true(compiles("front nginx-inspect", "rule 'mcp.arguments.path == \"/a\"'"));
	assert_int_equal(notes.n, 0);
	assert_true(compiles("", "rule 'mcp.arguments.path == \"/a\"'"));
	assert_true(contains(&notes, "arguments are seen only by nginx with inspect"));
}

static void test_PO_03_a_search_in_the_text_of_scopes_is_told(void **state)
{
	(void)state;
	assert_true(compiles("", "rule 'jwt.scope.contains(\"read\")'"));
	assert_true(contains(&notes, "searches jwt.scope as text"));
	assert_true(compiles("", "rule '\"read\" in principal.scopes'"));
	assert_int_equal(notes.n, 0);
}

static void test_PO_02_with_several_issuers_a_person_has_one(void **state)
{
	static const char second[] = "issuer https://other.example.com { groups_claim team.names; }";
	static const char *const lacking[] = { "jwt.sub == \"a\"", "\"a\" in principal.groups", "principal.user == \"a\"" };
	static const char *const fine[] = { "jwt.sub == \"a\" && jwt.iss == \"b\"", "principal.subject == \"a\" && principal.issuer == \"b\"",
		"\"a\" in principal.scopes", "principal.email == \"a@b\" && principal.email_verified" };

	(void)state;
	for (size_t i = 0; i < N_OF(lacking); i++) {
		auto_buf rule = BUF(256);

		buf_print(&rule, "rule '%s'", lacking[i]);
		assert_false(compiles(second, rule.p));
		assert_true(contains(&errors, "$/gatehouse.conf:6:6: found "));
		assert_true(contains(&errors, "expected principal.issuer beside it"));
		assert_true(compiles("", rule.p));
		buf_add(&rule, STR("\nissuer https://auth.example.com api_keys"));
		assert_false(compiles("api_keys /etc/keys", rule.p));
	}
	for (size_t i = 0; i < N_OF(fine); i++) {
		auto_buf rule = BUF(256);

		buf_print(&rule, "rule '%s'", fine[i]);
		assert_true(compiles(second, rule.p));
	}
	assert_false(compiles(second, "rule '\"a\" in jwt.team.names'"));
	/* The block can name it as well: one, for all whom it lets in. */
	assert_true(compiles(second, "tool a { allow group x from https://auth.example.com; when 'jwt.sub == \"a\"'; }"));
	assert_false(compiles(second, "tool a { allow email x@a; when 'jwt.sub == \"a\"'; }"));
	assert_false(compiles(second, "tool a { allow group x from https://auth.example.com; allow group x from https://other.example.com; when 'jwt.sub == \"a\"'; }"));
}

static void test_CL_16_an_address_that_nobody_verified_is_told(void **state)
{
	(void)state;
	assert_true(compiles("", "rule 'jwt.email == \"a@b\"'"));
	assert_true(contains(&notes, "$/gatehouse.conf:6:6: it looks at an e-mail address"));
	assert_true(compiles("", "rule 'principal.email.endsWith(\"@b\")'"));
	assert_true(contains(&notes, "add && principal.email_verified"));
	assert_true(compiles("", "rule 'principal.email == \"a@b\" && principal.email_verified'\ntool a { when 'jwt.email_verified == true && jwt.email == \"x\"'; }"));
	assert_int_equal(notes.n, 0);
}

static void test_HD_09_a_condition_is_about_what_it_names(void **state)
{
	static const struct {
		const char *rule;
		unsigned kinds;
	} rows[] = {
		{ "mcp.tool.name == \"a\"", 1U << MCP_TOOL },
		{ "has(mcp.prompt)", 1U << MCP_PROMPT },
		{ "mcp.resource.uri == \"a\" || mcp.tool.name == \"a\"", 1U << MCP_RESOURCE | 1U << MCP_TOOL },
		{ "mcp.tool.name == \"a\" && !has(mcp.prompt)", 1U << MCP_TOOL | 1U << MCP_PROMPT },
		{ "size(mcp) == 1", 1U << MCP_TOOL | 1U << MCP_PROMPT | 1U << MCP_RESOURCE },
		{ "mcp.method == \"a\"", 0 },
		{ "jwt.sub == \"a\"", 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf rule = BUF(256);

		buf_print(&rule, "rule '%s'", rows[i].rule);
		assert_true(compiles("", rule.p));
		assert_int_equal(condition_kinds(conditions, &settings->resource[0].condition[0]), rows[i].kinds);
	}
}

static void test_PO_03_what_it_sees(void **state)
{
	const struct mcp_item prompt = { .method = STR("prompts/get"), .target_kind = MCP_PROMPT, .target = STR("p") },
		resource = { .method = STR("resources/read"), .target_kind = MCP_RESOURCE, .target = STR("file:///a") },
		task = { .method = STR("tasks/get"), .target_kind = MCP_TASK, .target = STR("echo") };

	(void)state;
	assert_true(is_true_of("mcp == {\"method\": \"tools/call\", \"tool\": {\"name\": \"echo\"}}", &calls_echo, false, NULL));
	assert_true(is_true_of("size(mcp) == 2 && \"method\" in mcp && size(request) == 3", &calls_echo, false, NULL));
	assert_true(is_true_of("mcp.tool.name == \"echo\" && jwt.sub == \"alice\"", &calls_echo, false, NULL));
	assert_false(is_true_of("mcp.tool.name == \"echo\" && jwt.sub == \"bob\"", &calls_echo, false, NULL));
	assert_false(is_true_of("jwt.sub == \"alice\" && mcp.tool.name == \"ech\"", &calls_echo, false, NULL));
	assert_true(is_true_of("mcp.prompt.name == \"p\" && !has(mcp.tool)", &prompt, false, NULL));
	assert_true(is_true_of("mcp.resource.uri == \"file:///a\"", &resource, false, NULL));
	assert_true(is_true_of("mcp == {\"method\": \"tasks/get\"}", &task, false, NULL));
	assert_true(is_true_of("jwt.sub == \"alice\" && \"read\" in principal.scopes", &calls_echo, false, NULL));
	assert_true(is_true_of("request.method == \"POST\" && request.path == \"/mcp\"", &calls_echo, false, NULL));
}

static void test_HD_09_what_can_not_be_judged_is_false(void **state)
{
	(void)state;
	assert_false(is_true_of("jwt.department == \"one\"", &calls_echo, false, NULL));
	assert_false(is_true_of("!(jwt.department == \"one\")", &calls_echo, false, NULL));
	assert_false(is_true_of("jwt.sub", &calls_echo, false, NULL));
}

static void test_HD_02_a_request_that_does_not_tell_has_no_mcp(void **state)
{
	const struct mcp_item nothing = { .form = MCP_REQUEST };

	(void)state;
	assert_false(is_true_of("!has(mcp.tool)", &nothing, false, NULL));
	assert_false(is_true_of("mcp.method != \"tools/call\"", &nothing, false, NULL));
	assert_true(is_true_of("jwt.sub == \"alice\"", &nothing, false, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_SEC_15_a_condition_that_does_not_compile_has_its_place),
		cmocka_unit_test(test_HD_13_headers_of_arguments_are_no_ground),
		cmocka_unit_test(test_HD_07_a_header_that_came_twice_has_no_value),
		cmocka_unit_test(test_HD_12_arguments_only_where_they_are_seen),
		cmocka_unit_test(test_PO_03_a_search_in_the_text_of_scopes_is_told),
		cmocka_unit_test(test_PO_02_with_several_issuers_a_person_has_one),
		cmocka_unit_test(test_CL_16_an_address_that_nobody_verified_is_told),
		cmocka_unit_test(test_HD_09_a_condition_is_about_what_it_names),
		cmocka_unit_test(test_PO_03_what_it_sees),
		cmocka_unit_test(test_HD_09_what_can_not_be_judged_is_false),
		cmocka_unit_test(test_HD_02_a_request_that_does_not_tell_has_no_mcp),
	};

	return cmocka_run_group_tests(tests, make_directory, clean);
}
