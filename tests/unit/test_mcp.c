/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "challenge.h"
#include "mcp.h"

#define CALL "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}"
#define LIST "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}"
#define NOTE "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"
#define META ",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}"
#define MODERN_CALL "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"" META "}}"

static enum outcome read_text(struct str text, struct mcp_message *message)
{
	return mcp_read_body(&(struct mcp_body){ { STR("application/json"), 1 }, { STR_NONE, 0 }, text }, message);
}

static enum outcome read_outcome(const char *body)
{
	auto_mcp_message message = { 0 };

	return read_text(str_from(body), &message);
}

static void all_refused(const char *const *bodies, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_mcp_message message = { 0 };

		if (read_text(str_from(bodies[i]), &message) != OUTCOME_BAD_MESSAGE || message.json != NULL || message.n != 0) {
			print_error("taken: %s\n", bodies[i]);
			fail();
		}
	}
}

static void all_taken(const char *const *bodies, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (read_outcome(bodies[i]) != OUTCOME_ALLOW) {
			print_error("refused: %s\n", bodies[i]);
			fail();
		}
	}
}

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

static void test_a_call_with_all_that_it_has(void **state)
{
	auto_mcp_message message = { 0 };
	const struct mcp_item *item = &message.item[0];

	(void)state;
	assert_int_equal(read_text(STR(" \r\n\t{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"tools\\/\\u0063all\",\"params\":{"
				       "\"n\\u0061me\":\"\\u00e9cho\",\"arguments\":{\"x\":[1]}" META "}}\n"),
				 &message),
		OUTCOME_ALLOW);
	assert_false(message.is_batch);
	assert_int_equal(message.n, 1);
	assert_int_equal(item->form, MCP_REQUEST);
	assert_str(item->method, "tools/call");
	assert_int_equal(item->target_kind, MCP_TOOL);
	assert_str(item->target,
		"\xc3\xa9"
		"cho");
	assert_str(item->revision, "2026-07-28");
	assert_int_equal(json_array_size(json_object_get(item->arguments, "x")), 1);
	assert_string_equal(json_string_value(item->id), "a");
}

static void test_HD_11_each_method_names_its_own_kind_of_target(void **state)
{
	static const struct {
		const char *method, *member;
		enum mcp_target_kind kind;
	} rows[] = {
		{ "tools/call", "name", MCP_TOOL },
		{ "prompts/get", "name", MCP_PROMPT },
		{ "resources/read", "uri", MCP_RESOURCE },
		{ "resources/subscribe", "uri", MCP_RESOURCE },
		{ "resources/unsubscribe", "uri", MCP_RESOURCE },
		{ "tasks/get", "taskId", MCP_TASK },
		{ "tasks/update", "taskId", MCP_TASK },
		{ "tasks/cancel", "taskId", MCP_TASK },
		{ "tasks/result", "taskId", MCP_TASK },
	};
	static const char *const wrong[] = { "{}", "{\"%s\":\"\"}", "{\"%s\":1}", "{\"%s\":null}", "{\"%s\":[\"x\"]}",
		"{\"%s\":{\"x\":\"x\"}}", "[\"x\"]", "null", "\"x\"" };

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf body = BUF(1024);
		auto_mcp_message message = { 0 };

		buf_print(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{\"%s\":\"x y\"}}", rows[i].method,
			rows[i].member);
		assert_int_equal(read_text(buf_str(&body), &message), OUTCOME_ALLOW);
		assert_int_equal(message.item[0].target_kind, rows[i].kind);
		assert_str(message.item[0].target, "x y");
		for (size_t k = 0; k <= N_OF(wrong); k++) {
			auto_mcp_message none = { 0 };

			buf_clear(&body);
			buf_print(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"", rows[i].method);
			if (k < N_OF(wrong)) {
				struct str rest = str_from(wrong[k]), piece;

				buf_add_text(&body, ",\"params\":");
				for (bool first = true; str_cut(&rest, '%', &piece); first = false) {
					if (!first)
						buf_add_text(&body, rows[i].member);
					buf_add(&body, first ? piece : str_skip(piece, 1));
				}
			}
			buf_add_byte(&body, '}');
			assert_int_equal(read_text(buf_str(&body), &none), OUTCOME_BAD_MESSAGE);
		}
	}
}

static void test_methods_without_a_target_pass(void **state)
{
	static const char *const bodies[] = { LIST, NOTE,
		"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"vendor/x\",\"params\":{\"Name\":1}}",
		"{\"jsonrpc\":\"2.0\",\"id\":-5,\"method\":\"completion/complete\",\"params\":{\"ref\":{\"name\":\"x\"}}}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"\",\"method\":\"ping\",\"params\":{}}" };

	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++) {
		auto_mcp_message message = { 0 };

		assert_int_equal(read_text(str_from(bodies[i]), &message), OUTCOME_ALLOW);
		assert_int_equal(message.item[0].target_kind, MCP_NO_TARGET);
		assert_int_equal(message.item[0].target.n, 0);
	}
}

static void test_a_batch_lists_every_call(void **state)
{
	auto_mcp_message message = { 0 };

	(void)state;
	assert_int_equal(read_text(STR("[" LIST "," NOTE ",{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}," CALL
				       ",{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"quiet\"}}]"),
				 &message),
		OUTCOME_ALLOW);
	assert_true(message.is_batch);
	assert_int_equal(message.n, 5);
	assert_int_equal(message.item[1].form, MCP_NOTIFICATION);
	assert_int_equal(message.item[2].form, MCP_RESPONSE);
	assert_str(message.item[2].method, "");
	assert_str(message.item[3].target, "echo");
	assert_int_equal(message.item[4].form, MCP_NOTIFICATION);
	assert_str(message.item[4].target, "quiet");
}

static void test_batches_that_are_none(void **state)
{
	static const char *const bodies[] = { "[]", "[[" CALL "]]", "[" CALL ",[]]", "[" CALL ",1]", "[null]", "[" CALL ",]",
		"[" CALL, "[" CALL ",{\"method\":\"ping\"}]" };

	(void)state;
	all_refused(bodies, N_OF(bodies));
	for (size_t n = MCP_ITEMS; n <= MCP_ITEMS + 1; n++) {
		auto_buf body = BUF(65536);
		auto_mcp_message message = { 0 };

		for (size_t i = 0; i < n; i++)
			buf_add_text(&body, i == 0 ? "[" CALL : "," CALL);
		buf_add_byte(&body, ']');
		assert_int_equal(read_text(buf_str(&body), &message), n == MCP_ITEMS ? OUTCOME_ALLOW : OUTCOME_BAD_MESSAGE);
	}
}

static void test_what_another_reader_could_read_differently(void **state)
{
	static const char *const bodies[] = { "", " ", "null", "\"tools/call\"", "{}", "tools/call", "\xef\xbb\xbf" CALL, CALL CALL,
		CALL " x", "/* */" CALL, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",}",
		"{'jsonrpc':'2.0','id':1,'method':'ping'}",
		/* double members, at any depth, however they are spelt */
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"m\\u0065thod\":\"tools/call\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/"
		"call\",\"params\":{\"name\":\"a\",\"arguments\":{\"x\":[{\"y\":1,\"y\":1}]}}}",
		/* other cases and letters for a member that counts */
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"Method\":\"tools/call\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"PARAMS\":{}}",
		"{\"jsonrpc\":\"2.0\",\"ID\":1,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"Name\":\"b\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"Arguments\":{}}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"argument\xc5\xbf\":{}}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/"
		"call\",\"params\":{\"name\":\"a\",\"__proto__\":{\"arguments\":{}}}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tasks/get\",\"params\":{\"taskId\":\"a\",\"tas\xe2\x84\xaaId\":\"b\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"_META\":{}}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Tools/Call\",\"params\":{\"name\":\"a\"}}",
		/* text that is none */
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":\"\\ud800\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":\"\\u0000\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":\"\xff\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":\"\xc0\xaf\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":\"a\nb\"}}",
		/* numbers */
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":1e999}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":18446744073709551616}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":01}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":NaN}}" };

	(void)state;
	all_refused(bodies, N_OF(bodies));
	assert_int_equal(read_outcome(CALL), OUTCOME_ALLOW);
}

static void test_what_is_no_message_of_json_rpc(void **state)
{
	static const char *const bad[] = { "{\"id\":1,\"method\":\"ping\"}", "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
		"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}", "{\"jsonrpc\":\"2.0\",\"id\":1}", "{\"jsonrpc\":\"2.0\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1.0,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":9007199254740992,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":-9007199254740992,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"ping\"}", "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":null,\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call \",\"params\":{\"name\":\"a\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":null}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"params\":{}}", "{\"jsonrpc\":\"2.0\",\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}", "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"x\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"error\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"arguments\":[]}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/"
		"protocolVersion\":1}}}" };
	static const char *const good[] = { "{\"jsonrpc\":\"2.0\",\"id\":9007199254740991,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":null}", "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}",
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"x\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"arguments\":null}}" };

	(void)state;
	all_refused(bad, N_OF(bad));
	all_taken(good, N_OF(good));
}

static void test_headers_that_change_what_the_bytes_mean(void **state)
{
	static const struct {
		const char *type, *encoding;
		unsigned types, encodings;
		enum outcome outcome;
	} rows[] = {
		{ "application/json", NULL, 1, 0, OUTCOME_ALLOW },
		{ "Application/JSON ; charset=UTF-8", "", 1, 1, OUTCOME_ALLOW },
		{ "application/json;charset=\"utf-8\"", "Identity", 1, 1, OUTCOME_ALLOW },
		{ "application/json; charset=utf-7", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ "application/json; charset=utf-8; charset=utf-7", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ "application/json; charset=utf-16le", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ "application/json; charset", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ "application/json;", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ "application/json, text/plain", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ "application/json", NULL, 2, 0, OUTCOME_BAD_MESSAGE },
		{ "application/json-rpc", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ "text/plain", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ "application/x-www-form-urlencoded", NULL, 1, 0, OUTCOME_BAD_MESSAGE },
		{ NULL, NULL, 0, 0, OUTCOME_BAD_MESSAGE },
		{ "application/json", "br", 1, 1, OUTCOME_BAD_MESSAGE },
		{ "application/json", "identity, gzip", 1, 1, OUTCOME_BAD_MESSAGE },
		{ "application/json", "", 1, 2, OUTCOME_BAD_MESSAGE },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct mcp_body body = { { str_from(rows[i].type), rows[i].types },
			{ str_from(rows[i].encoding), rows[i].encodings }, STR(CALL) };
		auto_mcp_message message = { 0 };

		assert_int_equal(mcp_read_body(&body, &message), rows[i].outcome);
		assert_int_equal(message.n, rows[i].outcome == OUTCOME_ALLOW);
	}
}

static void test_no_deeper_than_64(void **state)
{
	(void)state;
	for (size_t arrays = 61; arrays <= 63; arrays++) {
		auto_buf body = BUF(1024);
		auto_mcp_message message = { 0 };

		buf_add_text(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":");
		for (size_t i = 0; i < arrays; i++)
			buf_add_byte(&body, '[');
		for (size_t i = 0; i < arrays; i++)
			buf_add_byte(&body, ']');
		buf_add_text(&body, "}}");
		assert_int_equal(read_text(buf_str(&body), &message), arrays <= 62 ? OUTCOME_ALLOW : OUTCOME_BAD_MESSAGE);
	}
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
		cmocka_unit_test(test_a_call_with_all_that_it_has),
		cmocka_unit_test(test_HD_11_each_method_names_its_own_kind_of_target),
		cmocka_unit_test(test_methods_without_a_target_pass),
		cmocka_unit_test(test_a_batch_lists_every_call),
		cmocka_unit_test(test_batches_that_are_none),
		cmocka_unit_test(test_what_another_reader_could_read_differently),
		cmocka_unit_test(test_what_is_no_message_of_json_rpc),
		cmocka_unit_test(test_headers_that_change_what_the_bytes_mean),
		cmocka_unit_test(test_no_deeper_than_64),
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
