/* SPDX-License-Identifier: MIT */
/* What a body says: every message of it, and nothing that another reader could read differently. */
#include "mcp_messages.h"

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

static void test_HD_06_what_another_reader_could_read_differently(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_with_all_that_it_has),
		cmocka_unit_test(test_HD_11_each_method_names_its_own_kind_of_target),
		cmocka_unit_test(test_methods_without_a_target_pass),
		cmocka_unit_test(test_a_batch_lists_every_call),
		cmocka_unit_test(test_batches_that_are_none),
		cmocka_unit_test(test_HD_06_what_another_reader_could_read_differently),
		cmocka_unit_test(test_what_is_no_message_of_json_rpc),
		cmocka_unit_test(test_headers_that_change_what_the_bytes_mean),
		cmocka_unit_test(test_no_deeper_than_64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
