/* SPDX-License-Identifier: MIT */
/* MCP-Protocol-Version, Mcp-Method, Mcp-Name, Content-Type, Content-Encoding, each up to a line feed, and the body of one request.
 */
#include "base64url.h"
#include "fuzz.h"
#include "mcp.h"

static struct str cut_line(struct str *rest)
{
	struct str line = STR_NONE;

	return str_cut(rest, '\n', &line) ? line : STR_NONE;
}

/* The module's own table again, in other words: a target and its member belong to exactly these methods. */
static const char *member_of(struct str method, enum mcp_target_kind *kind)
{
	*kind = MCP_NO_TARGET;
	if (str_is(method, "tools/call") || str_is(method, "prompts/get")) {
		*kind = str_starts(method, STR("tools")) ? MCP_TOOL : MCP_PROMPT;
		return "name";
	}
	if (str_is(method, "resources/read") || str_is(method, "resources/subscribe") || str_is(method, "resources/unsubscribe")) {
		*kind = MCP_RESOURCE;
		return "uri";
	}
	if (str_is(method, "tasks/get") || str_is(method, "tasks/update") || str_is(method, "tasks/cancel") ||
		str_is(method, "tasks/result")) {
		*kind = MCP_TASK;
		return "taskId";
	}
	return NULL;
}

/* Compares with what a reader sees that minds nothing. */
static void check_item(const struct mcp_item *item, const json_t *seen)
{
	enum mcp_target_kind kind;
	const char *member = member_of(item->method, &kind);

	must(json_is_object(seen) && str_eq(item->method, json_text(seen, "method")));
	must((item->form == MCP_RESPONSE) == (json_object_get(seen, "method") == NULL));
	must(json_equal(item->id, json_object_get(seen, "id")) || (item->id == NULL && json_object_get(seen, "id") == NULL));
	must((item->form == MCP_NOTIFICATION) == (item->method.n != 0 && item->id == NULL));
	must(item->target_kind == kind && (item->target.n != 0) == (member != NULL));
	must(member == NULL || str_eq(item->target, json_text(json_object_get(seen, "params"), member)));
	must(item->arguments == NULL || json_is_object(item->arguments));
	must(str_is_utf8(item->target) && str_is_printable(item->method) && !str_has(item->method, ' '));
}

/* The URI of resources/subscribe is believed from a body alone. */
static enum outcome told_by_headers(const struct mcp_item *item)
{
	return item->target_kind == MCP_RESOURCE && !str_is(item->method, "resources/read") ? OUTCOME_HEADER_MISMATCH : OUTCOME_ALLOW;
}

/* A call that says in its headers what it says in its body is seen alike by both ways. */
static void check_headers_of(const struct mcp_message *message)
{
	const struct mcp_item *item = &message->item[0];
	auto_buf name = BUF(65536), decoded = BUF(65536);
	struct mcp_headers headers = { { STR("2026-07-28"), 1 }, { item->method, 1 }, { STR_NONE, 0 } };
	struct mcp_item told;

	if (message->is_batch || item->form == MCP_RESPONSE || str_has(item->method, ',') || str_starts(item->method, STR("=?")) ||
		str_starts(item->target, STR("\xef\xbb\xbf")))
		return;
	buf_add_text(&name, "=?base64?");
	base64_encode(item->target, &name);
	buf_add_text(&name, "?=");
	if (item->target.n != 0)
		headers.name = (struct mcp_header){ buf_str(&name), 1 };
	must(mcp_read_headers(&headers, &decoded, &told) == told_by_headers(item));
	must(told_by_headers(item) != OUTCOME_ALLOW || (told.target_kind == item->target_kind && str_eq(told.target, item->target)));
	if (item->revision.n == 0 || str_is(item->revision, "2026-07-28"))
		must(mcp_agree(message, &headers) == OUTCOME_ALLOW);
	headers.method.value = STR("other/method");
	must(mcp_agree(message, &headers) == OUTCOME_HEADER_MISMATCH || str_is(item->method, "other/method"));
}

/* Whatever agrees is told alike by the headers alone. */
static void check_agreement(const struct mcp_message *message, const struct mcp_headers *headers)
{
	auto_buf decoded = BUF(65536);
	struct mcp_item told;

	if (mcp_agree(message, headers) != OUTCOME_ALLOW || mcp_era(headers->version.value) != MCP_MODERN)
		return;
	must(!message->is_batch);
	if (message->item[0].form != MCP_REQUEST || str_starts(message->item[0].method, STR("=?base64?")))
		return;
	must(mcp_read_headers(headers, &decoded, &told) == told_by_headers(&message->item[0]));
	if (told_by_headers(&message->item[0]) != OUTCOME_ALLOW)
		return;
	must(str_eq(told.method, message->item[0].method));
	must(told.target_kind == message->item[0].target_kind);
	must(told.target.n == 0 || str_eq(told.target, message->item[0].target));
}

static void check_header_alone(const struct mcp_headers *headers)
{
	auto_buf decoded = BUF(65536);
	struct mcp_item told;

	if (mcp_read_headers(headers, &decoded, &told) != OUTCOME_ALLOW)
		return;
	must(mcp_era(headers->version.value) == MCP_MODERN && told.method.n != 0);
	must(str_is_utf8(told.target) && told.id == NULL && told.arguments == NULL);
	must(told.target_kind == MCP_TASK || (told.target_kind == MCP_NO_TARGET) == (told.target.n == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = fuzz_text(data, size);
	struct str version = cut_line(&rest), method = cut_line(&rest), name = cut_line(&rest), type = cut_line(&rest),
		   encoding = cut_line(&rest);
	const struct mcp_headers headers = { { version, version.n != 0 }, { method, method.n != 0 }, { name, name.n != 0 } };
	const struct mcp_body body = { { type, 1 }, { encoding, 1 }, rest };
	auto_mcp_message message = { 0 };
	json_t *seen;

	check_header_alone(&headers);
	if (mcp_read_body(&body, &message) != OUTCOME_ALLOW) {
		must(message.json == NULL && message.n == 0);
		return 0;
	}
	must(str_eq_nocase(str_first(str_trim(type), 16), STR("application/json")) && !str_has(type, '7') && !str_has(type, ','));
	must(encoding.n == 0 || str_eq_nocase(str_trim(encoding), STR("identity")) || str_trim(encoding).n == 0);
	seen = json_loadb(rest.p, rest.n, 0, NULL);
	must(json_equal(seen, message.json) && message.n >= 1 && message.n <= MCP_ITEMS);
	must(message.is_batch == json_is_array(seen) && (!message.is_batch || message.n == json_array_size(seen)));
	for (size_t i = 0; i < message.n; i++)
		check_item(&message.item[i], message.is_batch ? json_array_get(seen, i) : seen);
	json_decref(seen);
	check_headers_of(&message);
	check_agreement(&message, &headers);
	return 0;
}
