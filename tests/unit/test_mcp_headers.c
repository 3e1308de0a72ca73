/* SPDX-License-Identifier: MIT */
/* What the headers of MCP say, and whether the body says the same. */
#include "mcp_messages.h"

#include <string.h>

#include "challenge.h"

static struct mcp_headers headers_of(const char *version, const char *method, const char *name)
{
	return (struct mcp_headers){ { str_from(version), version != NULL }, { str_from(method), method != NULL },
		{ str_from(name), name != NULL } };
}

static enum outcome agree(const char *body, const char *version, const char *method, const char *name)
{
	const struct mcp_headers headers = headers_of(version, method, name);
	auto_mcp_message message = { 0 };

	assert_int_equal(read_text(str_from(body), &message), OUTCOME_ALLOW);
	return mcp_agree(&message, &headers);
}

static enum outcome tell(const char *version, const char *method, const char *name, struct buf *decoded, struct mcp_item *item)
{
	const struct mcp_headers headers = headers_of(version, method, name);

	buf_clear(decoded);
	return mcp_read_headers(&headers, decoded, item);
}

static enum outcome tell_outcome(const char *version, const char *method, const char *name)
{
	auto_buf decoded = BUF(1024);
	struct mcp_item item;

	return tell(version, method, name, &decoded, &item);
}

static void test_HD_01_HD_15_what_the_version_says(void **state)
{
	static const struct {
		const char *version;
		enum mcp_era era;
		enum outcome outcome;
	} rows[] = {
		{ NULL, MCP_NOT_SAID, OUTCOME_REVISION_REFUSED },
		{ " ", MCP_NOT_SAID, OUTCOME_REVISION_REFUSED },
		{ "2024-11-05", MCP_OLDER, OUTCOME_REVISION_REFUSED },
		{ "2025-11-25", MCP_OLDER, OUTCOME_REVISION_REFUSED },
		{ "2026-07-27", MCP_OLDER, OUTCOME_REVISION_REFUSED },
		{ "2026-07-28", MCP_MODERN, OUTCOME_ALLOW },
		{ "\t2026-07-28 ", MCP_MODERN, OUTCOME_ALLOW },
		{ "2026-07-29", MCP_FUTURE, OUTCOME_REVISION_REFUSED },
		{ "2027-01-01", MCP_FUTURE, OUTCOME_REVISION_REFUSED },
		{ "2026-07-2", MCP_NO_REVISION, OUTCOME_HEADER_MISMATCH },
		{ "2026-07-280", MCP_NO_REVISION, OUTCOME_HEADER_MISMATCH },
		{ "2026-27-28", MCP_NO_REVISION, OUTCOME_HEADER_MISMATCH },
		{ "2026/07/28", MCP_NO_REVISION, OUTCOME_HEADER_MISMATCH },
		{ "1999-01-01", MCP_NO_REVISION, OUTCOME_HEADER_MISMATCH },
		{ "DRAFT-2026", MCP_NO_REVISION, OUTCOME_HEADER_MISMATCH },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_int_equal(mcp_era(str_from(rows[i].version)), rows[i].era);
		assert_int_equal(tell_outcome(rows[i].version, "tools/call", "echo"), rows[i].outcome);
	}
	assert_int_equal(outcome_row(OUTCOME_REVISION_REFUSED)->status, 403);
}

static void test_HD_04_a_missing_header(void **state)
{
	auto_buf decoded = BUF(64);
	struct mcp_item item;

	(void)state;
	assert_int_equal(tell("2026-07-28", "tools/call", " echo\t", &decoded, &item), OUTCOME_ALLOW);
	assert_str(item.method, "tools/call");
	assert_int_equal(item.target_kind, MCP_TOOL);
	assert_str(item.target, "echo");
	assert_str(item.revision, "2026-07-28");
	assert_int_equal(tell_outcome("2026-07-28", NULL, NULL), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(tell_outcome("2026-07-28", "", "echo"), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(tell_outcome("2026-07-28", "tools/call", NULL), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(tell_outcome("2026-07-28", "tools/call", "=?base64?\?="), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(tell_outcome("2026-07-28", "prompts/get", ""), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(tell_outcome("2026-07-28", "resources/read", "  "), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(tell("2026-07-28", "tools/list", NULL, &decoded, &item), OUTCOME_ALLOW);
	assert_int_equal(item.target_kind, MCP_NO_TARGET);
	assert_int_equal(tell("2026-07-28", "tasks/get", "7", &decoded, &item), OUTCOME_ALLOW);
	assert_int_equal(item.target_kind, MCP_TASK);
	assert_int_equal(tell("2026-07-28", "tasks/get", NULL, &decoded, &item), OUTCOME_ALLOW);
	assert_int_equal(item.target_kind, MCP_TASK);
}

/* This revision has no such methods, so no server holds the header to the body: a rule for one URI could be got around by another. */
static void test_HD_04_a_uri_that_nobody_checks(void **state)
{
	static const char *const methods[] = { "resources/subscribe", "resources/unsubscribe" };
	static const char *const names[] = { "file:///a", "=?base64?YQ==?=", "", NULL };

	(void)state;
	for (size_t i = 0; i < N_OF(methods); i++) {
		for (size_t k = 0; k < N_OF(names); k++)
			assert_int_equal(tell_outcome("2026-07-28", methods[i], names[k]), OUTCOME_HEADER_MISMATCH);
	}
	assert_int_equal(tell_outcome("2025-11-25", methods[0], "file:///a"), OUTCOME_REVISION_REFUSED);
}

static void test_HD_05_encoded_values(void **state)
{
	static const struct {
		const char *raw, *text;
	} rows[] = {
		{ "=?base64?w6l0w6k=?=", "\xc3\xa9t\xc3\xa9" },
		{ " =?base64?ZGVsZXRlX2FsbA==?=\t", "delete_all" },
		{ "=?base64?\?=", "" },
		{ "=?base64?4pyTIOKckw==?=", "\xe2\x9c\x93 \xe2\x9c\x93" },
		/* literals */
		{ "=?BASE64?ZGVsZXRlX2FsbA==?=", "=?BASE64?ZGVsZXRlX2FsbA==?=" },
		{ "=?base64?ZGVsZXRlX2FsbA==", "=?base64?ZGVsZXRlX2FsbA==" },
		{ "ZGVsZXRlX2FsbA==?=", "ZGVsZXRlX2FsbA==?=" },
		{ "x=?base64?ZGVsZXRlX2FsbA==?=", "x=?base64?ZGVsZXRlX2FsbA==?=" },
		{ "two words", "two words" },
		/* neither */
		{ "=?base64?w6l0w6k?=", NULL },
		{ "=?base64?w6!0?=", NULL },
		{ "=?base64?gICA?=", NULL },
		{ "=?base64?=", NULL },
		{ "=?base64?w6l0w6l=?=", NULL }, /* spare bits */
		{ "=?base64?Zg=?=", NULL },
		{ "=?base64?Zg===?=", NULL },
		{ "=?base64?Z===?=", NULL },
		{ "=?base64?Z g=?=", NULL },
		{ "=?base64?__-_?=", NULL }, /* the alphabet of URLs */
		{ "=?base64?AGE=?=", NULL }, /* NUL */
		{ "=?base64?77u/ZGVsZXRl?=", NULL },
		{ "\xc3\xa9", NULL },
		{ "a\tb", NULL },
		{ "a\x7f", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf decoded = BUF(64);
		struct str text;
		bool good = mcp_header_text(str_from(rows[i].raw), &decoded, &text);

		assert_int_equal(good, rows[i].text != NULL);
		if (good)
			assert_str(text, rows[i].text);
		if (text.n != 0 || !good)
			assert_int_equal(tell_outcome("2026-07-28", "tools/call", rows[i].raw),
				good ? OUTCOME_ALLOW : OUTCOME_HEADER_MISMATCH);
	}
}

static void test_HD_06_values_are_exact_in_case(void **state)
{
	static const char *const methods[] = { "TOOLS/CALL", "Tools/call", "tools/call\xe2\x84\xaa", "tools call",
		"=?base64?dG9vbHMvY2FsbA==?=" };
	auto_buf decoded = BUF(64);
	struct mcp_item item;

	(void)state;
	/* No rule could match it, and a server that does not mind case would run it. */
	for (size_t i = 0; i < N_OF(methods); i++)
		assert_int_equal(tell_outcome("2026-07-28", methods[i], "echo"), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(tell("2026-07-28", " tools/call ", "Echo", &decoded, &item), OUTCOME_ALLOW);
	assert_str(item.target, "Echo");
	assert_int_equal(agree(CALL, NULL, "tools/call", "Echo"), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(agree(CALL, NULL, "TOOLS/CALL", "echo"), OUTCOME_HEADER_MISMATCH);
}

static void test_HD_07_copies_apart_and_joined(void **state)
{
	struct mcp_headers headers[3];
	auto_buf decoded = BUF(64);
	struct mcp_item item;

	(void)state;
	for (size_t i = 0; i < N_OF(headers); i++)
		headers[i] = headers_of("2026-07-28", "tools/call", "echo");
	headers[0].version.copies = headers[1].method.copies = headers[2].name.copies = 2;
	for (size_t i = 0; i < N_OF(headers); i++) {
		assert_int_equal(mcp_judge_headers(&headers[i]), OUTCOME_BAD_REQUEST);
		assert_int_equal(mcp_read_headers(&headers[i], &decoded, &item), OUTCOME_BAD_REQUEST);
	}
	assert_int_equal(tell_outcome("2026-07-28, 2026-07-28", "tools/call", "echo"), OUTCOME_BAD_REQUEST);
	assert_int_equal(tell_outcome("2026-07-28", "tools/call, tools/call", "echo"), OUTCOME_BAD_REQUEST);
	assert_int_equal(tell_outcome("2026-07-28", "tools/call", "echo,delete_all"), OUTCOME_BAD_REQUEST);
	assert_int_equal(tell_outcome("2026-07-28", "prompts/get", "a, b"), OUTCOME_BAD_REQUEST);
	assert_int_equal(tell_outcome("2026-07-28", "tasks/get", "a,b"), OUTCOME_BAD_REQUEST);
	assert_int_equal(tell_outcome("2026-07-28", "resources/read", "file:///a,\tfile:///b"), OUTCOME_BAD_REQUEST);
	assert_int_equal(tell_outcome("2026-07-28", "resources/read", "file:///a, file:///b"), OUTCOME_BAD_REQUEST);
	assert_int_equal(tell_outcome("2026-07-28", "resources/read", "file:///a,"), OUTCOME_BAD_REQUEST);
	assert_int_equal(tell_outcome("2026-07-28", "resources/read", "geo:13.4125,103.8667"), OUTCOME_ALLOW);
	assert_int_equal(agree(CALL, NULL, "tools/call", "echo, echo"), OUTCOME_BAD_REQUEST);
}

static void test_HD_04_HD_06_a_modern_body_and_its_headers(void **state)
{
	static const struct {
		const char *version, *method, *name;
		enum outcome outcome;
	} rows[] = {
		{ "2026-07-28", "tools/call", "echo", OUTCOME_ALLOW },
		{ "2026-07-28", "tools/call", "=?base64?ZWNobw==?=", OUTCOME_ALLOW },
		{ "2026-07-28", "tools/call", NULL, OUTCOME_HEADER_MISMATCH },
		{ "2026-07-28", NULL, "echo", OUTCOME_HEADER_MISMATCH },
		{ "2026-07-28", "tools/list", NULL, OUTCOME_HEADER_MISMATCH },
		{ "2026-07-28", "tools/call", "delete_all", OUTCOME_HEADER_MISMATCH },
		{ "2026-07-28", "tools/call", "=?base64?w6!0?=", OUTCOME_HEADER_MISMATCH },
		{ NULL, "tools/call", "echo", OUTCOME_HEADER_MISMATCH },
		{ "2025-11-25", "tools/call", "echo", OUTCOME_HEADER_MISMATCH },
		{ "2027-01-01", "tools/call", "echo", OUTCOME_HEADER_MISMATCH },
		{ "today", "tools/call", "echo", OUTCOME_HEADER_MISMATCH },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		assert_int_equal(agree(MODERN_CALL, rows[i].version, rows[i].method, rows[i].name), rows[i].outcome);
	/* The envelope is the server's to ask for, and rules that are not written yet are at least these. */
	assert_int_equal(agree(CALL, "2026-07-28", "tools/call", "echo"), OUTCOME_ALLOW);
	assert_int_equal(agree(CALL, "2027-01-01", "tools/call", "echo"), OUTCOME_ALLOW);
	assert_int_equal(agree(CALL, "2027-01-01", NULL, NULL), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(agree(LIST, "2026-07-28", "tools/list", "whatever"), OUTCOME_ALLOW);
	/* Notifications may go without; what they have must agree. */
	assert_int_equal(agree(NOTE, "2026-07-28", NULL, NULL), OUTCOME_ALLOW);
	assert_int_equal(agree(NOTE, "2026-07-28", "tools/call", "echo"), OUTCOME_HEADER_MISMATCH);
	assert_int_equal(agree("[" CALL "]", "2026-07-28", "tools/call", "echo"), OUTCOME_BAD_MESSAGE);
}

static void test_HD_01_older_clients_need_no_headers_but_may_not_lie(void **state)
{
	static const char *const versions[] = { NULL, "2025-03-26", "2025-11-25" };
	static const char response[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

	(void)state;
	for (size_t i = 0; i < N_OF(versions); i++) {
		assert_int_equal(agree(CALL, versions[i], NULL, NULL), OUTCOME_ALLOW);
		assert_int_equal(agree(CALL, versions[i], "", ""), OUTCOME_ALLOW);
		assert_int_equal(agree(CALL, versions[i], "tools/call", NULL), OUTCOME_ALLOW);
		assert_int_equal(agree(CALL, versions[i], "tools/call", "echo"), OUTCOME_ALLOW);
		assert_int_equal(agree(CALL, versions[i], "ping", NULL), OUTCOME_HEADER_MISMATCH);
		assert_int_equal(agree(CALL, versions[i], NULL, "other"), OUTCOME_HEADER_MISMATCH);
		assert_int_equal(agree(NOTE, versions[i], "ping", NULL), OUTCOME_HEADER_MISMATCH);
		assert_int_equal(agree(response, versions[i], NULL, NULL), OUTCOME_ALLOW);
		assert_int_equal(agree(response, versions[i], "ping", NULL), OUTCOME_HEADER_MISMATCH);
		assert_int_equal(agree(response, versions[i], NULL, "echo"), OUTCOME_HEADER_MISMATCH);
		assert_int_equal(agree("[" CALL "," LIST "]", versions[i], NULL, NULL), OUTCOME_ALLOW);
		assert_int_equal(agree("[" CALL "]", versions[i], "tools/call", NULL), OUTCOME_HEADER_MISMATCH);
		assert_int_equal(agree("[" CALL "]", versions[i], NULL, "echo"), OUTCOME_HEADER_MISMATCH);
		assert_int_equal(agree("[" LIST "," MODERN_CALL "]", versions[i], NULL, NULL), OUTCOME_HEADER_MISMATCH);
	}
}

static void test_BD_02_header_problems_are_json_rpc_errors(void **state)
{
	auto_buf body = BUF(1024);
	auto_json *json = NULL;

	(void)state;
	challenge_body(NULL, OUTCOME_HEADER_MISMATCH, &body);
	json = json_read_object(buf_str(&body), (struct json_limits){ 1024, 4, 8 });
	assert_int_equal(outcome_row(OUTCOME_HEADER_MISMATCH)->status, 400);
	assert_str(json_text(json, "jsonrpc"), "2.0");
	assert_null(json_object_get(json, "id"));
	assert_int_equal(json_integer_value(json_at(json, STR("error.code"))), -32020);
	assert_int_equal(outcome_row(OUTCOME_BAD_MESSAGE)->status, 400);
	assert_int_equal(outcome_row(OUTCOME_BAD_MESSAGE)->jsonrpc, -32600);
}

static void test_BD_03_no_other_code_of_those_that_mcp_keeps(void **state)
{
	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		int code = outcome_row((enum outcome)i)->jsonrpc;

		assert_true(code == -32020 || code < -32099 || code > -32000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_HD_01_HD_15_what_the_version_says),
		cmocka_unit_test(test_HD_04_a_missing_header),
		cmocka_unit_test(test_HD_04_a_uri_that_nobody_checks),
		cmocka_unit_test(test_HD_05_encoded_values),
		cmocka_unit_test(test_HD_06_values_are_exact_in_case),
		cmocka_unit_test(test_HD_07_copies_apart_and_joined),
		cmocka_unit_test(test_HD_04_HD_06_a_modern_body_and_its_headers),
		cmocka_unit_test(test_HD_01_older_clients_need_no_headers_but_may_not_lie),
		cmocka_unit_test(test_BD_02_header_problems_are_json_rpc_errors),
		cmocka_unit_test(test_BD_03_no_other_code_of_those_that_mcp_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
