/* SPDX-License-Identifier: MIT */
/*
 * auth-check: the question that a web server asks before it passes a request on to the MCP server. One judgement, said in the
 * way that the caller needs: subrequest (nginx auth_request), inspect (nginx fastcgi_pass), forward (Caddy and others) or
 * authorizer (lighttpd, Apache).
 *
 * Read from main downward: serve, judge, answer, audit. common/voice.h says how each caller is answered.
 */
#include <stdlib.h>
#include <time.h>

#include "app.h"
#include "bearer.h"
#include "cors.h"
#include "http.h"
#include "log.h"
#include "resource.h"
#include "state.h"
#include "table.h"
#include "token.h"
#include "voice.h"

#define BODY_BYTES (4 * 1024 * 1024)
#define RETRY_SECONDS 10 /* after a 503: about when a provider that was down is asked again */

/* What is derived from the settings and lives as long as they do. */
struct gate {
	const struct settings *settings;
	struct state state;
	struct table *table;
	struct verifier *verifier;
};

/* One request and what becomes of it. */
struct verdict {
	enum voice voice;
	struct timespec now;
	struct str method, path, query;
	const struct resource *resource; /* NULL: none */
	bool origin_allowed;
	struct str token;             /* the credential as it came */
	struct credential credential; /* and what it is, once it was judged */
	uint32_t retry_after;         /* seconds; 0 = not said */
	enum outcome outcome;
};

static void gate_open(struct gate *gate, const struct settings *settings);
static void gate_close(struct gate *gate);
static void serve(struct gate *gate, struct http *http);
static enum outcome judge(struct gate *gate, const struct http *http, struct verdict *verdict);
static enum outcome judge_headers(const struct http *http);
static enum outcome judge_principal(struct gate *gate, struct verdict *verdict);
static void answer(struct http *http, const struct verdict *verdict);
static void audit(const struct http *http, const struct verdict *verdict);

int main(int argc, char **argv)
{
	struct app app = { .program = "auth-check",
		.summary = "lets a request through to an MCP server, or says exactly why not",
		.needs_state = true };
	struct http http = { 0 };
	struct gate gate;

	app_start(&app, argc, argv);
	http_start();
	gate_open(&gate, app.settings);
	while (http_next(&http)) {
		if (app_settings_changed(&app)) {
			gate_close(&gate);
			gate_open(&gate, app.settings);
		}
		serve(&gate, &http);
	}
	gate_close(&gate);
	app_end(&app);
	return EXIT_SUCCESS;
}

static void gate_open(struct gate *gate, const struct settings *settings)
{
	auto_buf error = BUF(1024);

	gate->settings = settings;
	if (!state_open(&gate->state, settings->state_directory.p, &error)) {
		log_event(LOG_ERROR, "state_directory_refused", "%.*s", STR_ARGS(buf_str(&error)));
		exit(EXIT_SYSTEM);
	}
	gate->table = table_open(gate->state.directory, "table");
	gate->verifier = verifier_new(settings, &gate->state, gate->table);
}

static void gate_close(struct gate *gate)
{
	verifier_free(gate->verifier);
	table_close(gate->table);
	state_close(&gate->state);
}

static void serve(struct gate *gate, struct http *http)
{
	struct verdict verdict = { .voice = voice_choose(http), .outcome = OUTCOME_NONE };
	bool body_fits = verdict.voice != VOICE_INSPECT || http_drain(http, BODY_BYTES);

	verdict.outcome = judge(gate, http, &verdict);
	if (verdict.outcome == OUTCOME_ALLOW && !body_fits)
		verdict.outcome = OUTCOME_BODY_TOO_LARGE;
	answer(http, &verdict);
	audit(http, &verdict);
}

/* The original value where the web server's own variable shows something else (Caddy asks with GET). */
static struct str original(const struct http *http, enum http_variable ours, enum http_variable standard)
{
	return http->copies[ours] != 0 ? http->value[ours] : http->value[standard];
}

/*
 * The one order in which everything is judged: resource, origin, preflight, shape of the credential, its validity, allow list,
 * required scopes, limit of the principal. The first that fails is the answer.
 */
static enum outcome judge(struct gate *gate, const struct http *http, struct verdict *verdict)
{
	struct str origin = http->value[HTTP_ORIGIN];
	enum outcome outcome;

	(void)clock_gettime(CLOCK_REALTIME, &verdict->now);
	verdict->method = original(http, GATEHOUSE_REQUEST_METHOD, REQUEST_METHOD);
	verdict->path = target_path(original(http, GATEHOUSE_REQUEST_URI, REQUEST_URI), &verdict->query);
	verdict->resource = resource_find(gate->settings, http->value[GATEHOUSE_RESOURCE], http->value[SERVER_NAME], verdict->path);
	if (verdict->resource == NULL)
		return OUTCOME_NO_RESOURCE;

	/* A page of a foreign origin gets nothing, whatever it knows (MCP Streamable HTTP, security warning). */
	verdict->origin_allowed = http->copies[HTTP_ORIGIN] == 1 && cors_origin_allowed(&verdict->resource->allow_origin, origin);
	if (http->copies[HTTP_ORIGIN] != 0 && origin.n != 0 && !verdict->origin_allowed)
		return OUTCOME_ORIGIN_REFUSED;
	if (str_is(verdict->method, "OPTIONS") && verdict->origin_allowed && http->value[HTTP_ACCESS_CONTROL_REQUEST_METHOD].n != 0)
		return OUTCOME_PREFLIGHT;

	outcome = judge_headers(http);
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	outcome = bearer_find(http->value[HTTP_AUTHORIZATION], http->copies[HTTP_AUTHORIZATION], verdict->query, &verdict->token);
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	outcome = token_judge(gate->verifier, verdict->resource, verdict->token, verdict->now.tv_sec, &verdict->credential);
	if (outcome == OUTCOME_UNAVAILABLE)
		verdict->retry_after = RETRY_SECONDS;
	return outcome == OUTCOME_ALLOW ? judge_principal(gate, verdict) : outcome;
}

/* Readers disagree on which copy of a header counts, so there may be one only; servers join copies by ", ". */
static enum outcome judge_headers(const struct http *http)
{
	static const enum http_variable single[] = { HTTP_MCP_PROTOCOL_VERSION, HTTP_MCP_METHOD, HTTP_MCP_NAME };
	struct str method = http->value[HTTP_MCP_METHOD];
	bool is_named = str_is(method, "tools/call") || str_is(method, "prompts/get");

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		if (http->copies[single[i]] > 1)
			return OUTCOME_BAD_REQUEST;
	}
	if (str_has(http->value[HTTP_MCP_PROTOCOL_VERSION], ',') || str_has(method, ',') ||
		(is_named && str_has(http->value[HTTP_MCP_NAME], ',')))
		return OUTCOME_BAD_REQUEST;
	return OUTCOME_ALLOW;
}

static enum outcome judge_principal(struct gate *gate, struct verdict *verdict)
{
	const struct resource *resource = verdict->resource;
	const struct principal *principal = verdict->credential.principal;
	int64_t now_ns = (int64_t)verdict->now.tv_sec * 1000000000 + verdict->now.tv_nsec;
	enum outcome outcome = policy_allow(resource, principal);
	uint64_t key;

	if (outcome == OUTCOME_ALLOW)
		outcome = policy_scopes(resource, principal);
	if (outcome != OUTCOME_ALLOW || resource->rate.count == 0)
		return outcome;
	/* One count per person and resource: two resources may have two limits. */
	key = table_key('p', principal->issuer->identifier, principal->subject) ^ table_key('q', resource->identifier, STR_NONE);
	if (!table_take(gate->table, key, resource->rate.count, resource->rate.seconds, now_ns, &verdict->retry_after))
		return OUTCOME_TOO_MANY_REQUESTS;
	return OUTCOME_ALLOW;
}

static void answer(struct http *http, const struct verdict *verdict)
{
	struct str origin = verdict->origin_allowed ? http->value[HTTP_ORIGIN] : STR_NONE;

	if (verdict->outcome == OUTCOME_ALLOW)
		voice_yes(http, verdict->voice, verdict->credential.principal, origin);
	else
		voice_no(http, verdict->voice,
			&(struct refusal){
				verdict->outcome, verdict->resource, verdict->credential.principal, origin, verdict->retry_after });
}

/* One line per decision; the token only as the first bytes of its digest. */
static void audit(const struct http *http, const struct verdict *verdict)
{
	static struct log_record record;
	const struct principal *principal = verdict->credential.principal;
	auto_buf digest = BUF(32);

	log_record_begin(&record, "decision");
	log_record_text(&record, "decision", verdict->outcome == OUTCOME_ALLOW ? STR("allow") : STR("deny"));
	log_record_text(&record, "reason", str_from(outcome_row(verdict->outcome)->name));
	log_record_number(&record, "status", outcome_row(verdict->outcome)->status);
	if (verdict->resource != NULL)
		log_record_text(&record, "resource", verdict->resource->identifier);
	if (principal != NULL) {
		log_record_text(&record, "issuer", principal->issuer->identifier);
		log_record_text(&record, "subject", principal->subject);
		log_record_text(&record, "client", principal->client);
	}
	if (verdict->token.n != 0) {
		for (size_t i = 0; i < 8; i++)
			buf_print(&digest, "%02x", verdict->credential.digest[i]);
		log_record_text(&record, "token", buf_str(&digest));
	}
	log_record_text(&record, "method", verdict->method);
	log_record_text(&record, "path", verdict->path);
	log_record_text(&record, "mcp_version", http->value[HTTP_MCP_PROTOCOL_VERSION]);
	log_record_text(&record, "mcp_method", http->value[HTTP_MCP_METHOD]);
	log_record_text(&record, "mcp_name", http->value[HTTP_MCP_NAME]);
	log_record_text(&record, "origin", http->value[HTTP_ORIGIN]);
	log_record_text(&record, "address", http->value[REMOTE_ADDR]);
	log_record_end(&record);
}
