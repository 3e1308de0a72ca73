/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <stdlib.h>

#include "log.h"

#define BODY_BYTES (4 * 1024 * 1024)
#define TEXT_BYTES 8192

struct calls {
	const struct settings *settings;
	struct buf body;
};

bool calls_check(const struct settings *settings, struct buf *why)
{
	struct calls *calls = calls_new(settings, why);

	calls_free(calls);
	return calls != NULL;
}

struct calls *calls_new(const struct settings *settings, struct buf *why)
{
	struct calls *calls = memory_new(sizeof(*calls));

	(void)why;
	*calls = (struct calls){ .settings = settings, .body = BUF(BODY_BYTES) };
	return calls;
}

void calls_free(struct calls *calls)
{
	if (calls == NULL)
		return;
	buf_free(&calls->body);
	free(calls);
}

static bool is_true(void *context, const struct condition *condition, const struct mcp_item *item)
{
	(void)context;
	(void)condition;
	(void)item;
	return false;
}

static enum mcp_target_kind kind_of(void *context, const struct condition *condition)
{
	(void)context;
	(void)condition;
	return MCP_NO_TARGET;
}

static struct mcp_headers headers_of(const struct http *http)
{
	return (struct mcp_headers){
		.version = { http->value[HTTP_MCP_PROTOCOL_VERSION], http->copies[HTTP_MCP_PROTOCOL_VERSION] },
		.method = { http->value[HTTP_MCP_METHOD], http->copies[HTTP_MCP_METHOD] },
		.name = { http->value[HTTP_MCP_NAME], http->copies[HTTP_MCP_NAME] },
	};
}

static enum outcome judge_items(struct calls *calls, const struct mcp_item *item, size_t n, struct call *call)
{
	const struct operation_judge judge = { call->resource, call->principal, is_true, kind_of, calls };

	for (size_t i = 0; i < n; i++) {
		enum outcome outcome = operation_judge(&judge, &item[i], &call->needed);

		if (call->name->n == 0)
			buf_add(call->name, item[i].target);
		if (outcome != OUTCOME_ALLOW) {
			buf_clear(call->name);
			buf_add(call->name, item[i].target);
			return outcome;
		}
	}
	return OUTCOME_ALLOW;
}

/* The streams of older revisions are opened with GET and closed with DELETE: neither carries a message. */
static bool carries_nothing(struct str method, size_t length)
{
	return (str_is(method, "GET") || str_is(method, "HEAD") || str_is(method, "DELETE") || str_is(method, "OPTIONS")) && length == 0;
}

/* application/json, whatever its parameters: an MCP server might read something else in another way than we do. */
static bool is_json(struct str type)
{
	struct str essence = STR_NONE;

	return str_cut(&type, ';', &essence) && str_eq_nocase(str_trim(essence), STR("application/json"));
}

static enum outcome judge_body(struct calls *calls, struct http *http, struct call *call)
{
	auto_mcp_message message = { 0 };
	struct mcp_headers headers = headers_of(http);
	enum outcome outcome;

	if (carries_nothing(call->method, calls->body.n))
		return OUTCOME_ALLOW;
	if (!str_is(call->method, "POST") || !is_json(http->value[CONTENT_TYPE]))
		return OUTCOME_BAD_MESSAGE;
	outcome = mcp_read_body(buf_str(&calls->body), &message);
	if (outcome == OUTCOME_ALLOW)
		outcome = mcp_agree(&message, &headers);
	return outcome == OUTCOME_ALLOW ? judge_items(calls, message.item, message.n, call) : outcome;
}

static enum outcome judge_unknown(struct calls *calls, struct call *call)
{
	const struct operation_judge judge = { call->resource, call->principal, is_true, kind_of, calls };

	switch (call->resource->legacy) {
	case LEGACY_ALLOW:
		return OUTCOME_ALLOW;
	case LEGACY_COARSE:
		return operation_judge_unknown(&judge, &call->needed);
	case LEGACY_DENY:
		break;
	}
	return OUTCOME_REVISION_REFUSED;
}

static enum outcome judge_headers(struct calls *calls, const struct http *http, struct call *call)
{
	struct mcp_headers headers = headers_of(http);
	enum mcp_era era = mcp_era(headers.version.value);
	auto_buf decoded = BUF(TEXT_BYTES);
	struct mcp_item item = { 0 };
	enum outcome outcome;

	if (!str_is(call->method, "POST"))
		return carries_nothing(call->method, 0) ? OUTCOME_ALLOW : OUTCOME_BAD_MESSAGE;
	if (era == MCP_NOT_SAID || era == MCP_OLDER)
		return judge_unknown(calls, call);
	outcome = mcp_read_headers(&headers, &decoded, &item);
	return outcome == OUTCOME_ALLOW ? judge_items(calls, &item, 1, call) : outcome;
}

enum outcome calls_judge(struct calls *calls, struct http *http, struct call *call)
{
	bool has_rules = operation_has_rules(call->resource);

	call->needed = NULL;
	if (call->shows_body && !has_rules)
		return http_drain(http, BODY_BYTES) ? OUTCOME_ALLOW : OUTCOME_BODY_TOO_LARGE;
	if (!has_rules)
		return OUTCOME_ALLOW;
	if (!call->shows_body)
		return judge_headers(calls, http, call);
	buf_clear(&calls->body);
	calls->body.failed = false;
	return http_body(http, &calls->body) ? judge_body(calls, http, call) : OUTCOME_BODY_TOO_LARGE;
}
