/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <stdlib.h>

#include "condition.h"
#include "operation.h"

#define BODY_BYTES (4 * 1024 * 1024)
#define KEPT_BYTES (64 * 1024) /* of memory for bodies, between requests */
#define NAME_BYTES 8192
#define NOTES_BYTES 65536

struct calls {
	struct conditions *conditions;
	struct buf body;
	struct mcp_message message; /* in the body; too large to be made anew each time */
	struct str *scope;          /* room for those of all rules of a resource */
};

bool calls_check(const struct settings *settings, struct buf *why)
{
	auto_buf notes = BUF(NOTES_BYTES);
	struct conditions *conditions = conditions_new(settings, why, &notes);
	bool good = conditions != NULL;

	conditions_free(conditions);
	return good;
}

void calls_review(const struct settings *settings, struct buf *notes)
{
	auto_buf errors = BUF(NOTES_BYTES);

	conditions_free(conditions_new(settings, &errors, notes));
}

static size_t most_scopes(const struct settings *settings)
{
	size_t most = 0;

	for (size_t i = 0; i < settings->n_resources; i++) {
		if (settings->resource[i].operation_scopes.n > most)
			most = settings->resource[i].operation_scopes.n;
	}
	return most;
}

struct calls *calls_new(const struct settings *settings)
{
	struct calls *calls = memory_new(sizeof(*calls));
	auto_buf errors = BUF(NOTES_BYTES);
	auto_buf notes = BUF(NOTES_BYTES);

	*calls = (struct calls){ .conditions = conditions_new(settings, &errors, &notes), .body = BUF(BODY_BYTES) };
	/* They were good a moment ago: see calls_check. */
	if (calls->conditions == NULL)
		abort();
	calls->scope = memory_new((most_scopes(settings) + 1) * sizeof(*calls->scope));
	return calls;
}

void calls_free(struct calls *calls)
{
	if (calls == NULL)
		return;
	conditions_free(calls->conditions);
	buf_free(&calls->body);
	free(calls->scope);
	free(calls);
}

/* One request before its judges. */
struct hearing {
	struct calls *calls;
	struct call *call;
	struct operation_judge judge;
	struct situation situation;
};

static bool is_true(void *context, const struct condition *condition, const struct mcp_item *item)
{
	struct hearing *hearing = context;

	if (hearing->situation.item != item)
		situation_next(&hearing->situation, item);
	return condition_is_true(hearing->calls->conditions, condition, &hearing->situation);
}

static unsigned kinds(void *context, const struct condition *condition)
{
	const struct hearing *hearing = context;

	return condition_kinds(hearing->calls->conditions, condition);
}

static void tell(void *context, struct str where, enum operation_word word)
{
	const struct hearing *hearing = context;

	hearing->call->tell(hearing->call->told, where, word);
}

static void hearing_open(struct hearing *hearing, const struct http *http)
{
	const struct call *call = hearing->call;

	hearing->call->needed = (struct words){ hearing->calls->scope, 0 };
	hearing->judge = (struct operation_judge){ .resource = call->resource,
		.principal = call->principal,
		.is_true = is_true,
		.kinds = kinds,
		.tell = call->tell != NULL ? tell : NULL,
		.context = hearing };
	hearing->situation = (struct situation){ .http = http,
		.method = call->method,
		.path = call->path,
		.facts = call->principal->facts,
		.shows_arguments = call->shows_body };
}

/* One challenge names what all messages need, each scope once. */
static void add_needed(struct hearing *hearing, const struct needed *needed)
{
	struct words *all = &hearing->call->needed;

	for (size_t k = 0; k < needed->n; k++) {
		for (size_t i = 0; i < needed->list[k]->n; i++) {
			if (!words_have(all, needed->list[k]->word[i]))
				all->word[all->n++] = needed->list[k]->word[i];
		}
	}
}

static enum outcome judge_items(struct hearing *hearing, const struct mcp_item *item, size_t n)
{
	struct call *call = hearing->call;
	enum outcome all = OUTCOME_ALLOW;

	/* Scopes for one message are not asked for where another is refused whatever the scopes. */
	for (size_t i = 0; i < n && (all == OUTCOME_ALLOW || all == OUTCOME_INSUFFICIENT_SCOPE); i++) {
		struct needed needed;
		enum outcome outcome = operation_judge(&hearing->judge, &item[i], &needed);
		bool decides = outcome != OUTCOME_ALLOW && outcome != all;

		/* The audit has the first, or the one that is refused. */
		if (call->name->n == 0 || decides) {
			buf_clear(call->name);
			buf_add(call->name, item[i].target);
		}
		if (outcome == OUTCOME_INSUFFICIENT_SCOPE)
			add_needed(hearing, &needed);
		if (decides)
			all = outcome;
	}
	if (all != OUTCOME_INSUFFICIENT_SCOPE)
		call->needed.n = 0;
	return all;
}

static struct mcp_header header(const struct http *http, enum http_variable variable)
{
	return (struct mcp_header){ http->value[variable], http->copies[variable] };
}

struct mcp_headers call_headers(const struct http *http)
{
	return (struct mcp_headers){
		.version = header(http, HTTP_MCP_PROTOCOL_VERSION),
		.method = header(http, HTTP_MCP_METHOD),
		.name = header(http, HTTP_MCP_NAME),
	};
}

/* The streams of older revisions are opened with GET and closed with DELETE, and browsers ask with OPTIONS: none carries a message.
 */
static bool carries_nothing(struct str method)
{
	return str_is(method, "GET") || str_is(method, "HEAD") || str_is(method, "DELETE") || str_is(method, "OPTIONS");
}

static enum outcome judge_body(struct hearing *hearing, const struct http *http, struct str text)
{
	const struct mcp_body body = { header(http, CONTENT_TYPE), header(http, HTTP_CONTENT_ENCODING), text };
	struct mcp_headers headers = call_headers(http);
	struct mcp_message *message = &hearing->calls->message;
	enum outcome outcome;

	if (carries_nothing(hearing->call->method) && text.n == 0)
		return OUTCOME_ALLOW;
	if (!str_is(hearing->call->method, "POST"))
		return OUTCOME_BAD_MESSAGE;
	outcome = mcp_read_body(&body, message);
	if (outcome == OUTCOME_ALLOW)
		outcome = mcp_agree(message, &headers);
	if (outcome == OUTCOME_ALLOW)
		outcome = judge_items(hearing, message->item, message->n);
	mcp_message_free(message);
	return outcome;
}

static enum outcome judge_unknown(struct hearing *hearing)
{
	struct needed needed;
	enum outcome outcome;

	switch (hearing->call->resource->legacy) {
	case LEGACY_ALLOW:
		return OUTCOME_ALLOW;
	case LEGACY_COARSE:
		outcome = operation_judge_unknown(&hearing->judge, &needed);
		add_needed(hearing, &needed);
		return outcome;
	case LEGACY_DENY:
		break;
	}
	return OUTCOME_REVISION_REFUSED;
}

static enum outcome judge_headers(struct hearing *hearing, const struct http *http)
{
	struct mcp_headers headers = call_headers(http);
	enum mcp_era era = mcp_era(headers.version.value);
	auto_buf decoded = BUF(NAME_BYTES);
	struct mcp_item item = { 0 };
	enum outcome outcome;

	if (carries_nothing(hearing->call->method))
		return OUTCOME_ALLOW;
	if (!str_is(hearing->call->method, "POST"))
		return OUTCOME_BAD_MESSAGE;
	if (era == MCP_NOT_SAID || era == MCP_OLDER)
		return judge_unknown(hearing);
	if (!hearing->call->resource->upstream_checks_headers)
		return OUTCOME_HEADERS_UNCHECKED;
	outcome = mcp_read_headers(&headers, &decoded, &item);
	return outcome == OUTCOME_ALLOW ? judge_items(hearing, &item, 1) : outcome;
}

static enum outcome judge_all(struct calls *calls, struct http *http, struct hearing *hearing)
{
	enum outcome outcome;

	if (!hearing->call->shows_body)
		return judge_headers(hearing, http);
	/* What comes too slowly is cut off, and the MCP server would read more than we did. */
	if (http_body(http, &calls->body))
		outcome = judge_body(hearing, http, buf_str(&calls->body));
	else
		outcome = calls->body.failed ? OUTCOME_BODY_TOO_LARGE : OUTCOME_BAD_MESSAGE;
	buf_clear(&calls->body);
	if (calls->body.capacity > KEPT_BYTES)
		buf_free(&calls->body);
	return outcome;
}

enum outcome calls_judge(struct calls *calls, struct http *http, struct call *call)
{
	struct hearing hearing = { .calls = calls, .call = call };
	enum outcome outcome;

	call->needed = (struct words){ NULL, 0 };
	if (!operation_has_rules(call->resource))
		return !call->shows_body || http_drain(http, BODY_BYTES) ? OUTCOME_ALLOW : OUTCOME_BODY_TOO_LARGE;
	hearing_open(&hearing, http);
	outcome = judge_all(calls, http, &hearing);
	situation_end(&hearing.situation);
	return outcome;
}

enum outcome calls_try(struct calls *calls, struct call *call, const struct mcp_item *item)
{
	struct hearing hearing = { .calls = calls, .call = call };
	char *const no_variables[] = { NULL };
	const struct http http = { .variables = no_variables };
	enum outcome outcome;

	hearing_open(&hearing, &http);
	outcome = judge_items(&hearing, item, 1);
	situation_end(&hearing.situation);
	return outcome;
}
