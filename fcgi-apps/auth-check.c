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

#include "admission.h"
#include "app.h"
#include "assertion.h"
#include "audit.h"
#include "bearer.h"
#include "breaker.h"
#include "call.h"
#include "cors.h"
#include "http.h"
#include "lists.h"
#include "log.h"
#include "resource.h"
#include "session.h"
#include "state.h"
#include "table.h"
#include "throttle.h"
#include "token.h"
#include "turn.h"
#include "voice.h"

#define NAME_BYTES 8192 /* of a tool, for the audit */

/* What is derived from the settings and lives as long as they do. */
struct gate {
	const struct settings *settings;
	struct state state;
	struct table *table, *sessions;
	struct turns *turns;
	struct lists *lists;
	struct verifier *verifier;
	struct calls *calls;
	struct assertions *assertions;
	struct audit *audit;
};

/* One request and what becomes of it. */
struct verdict {
	enum voice voice;
	struct timespec now;
	struct str method, path, query;
	const struct resource *resource; /* NULL: none */
	bool origin_allowed;
	struct address client;
	bool has_client;
	struct throttle throttle;
	struct str token;             /* the credential as it came */
	struct credential credential; /* and what it is, once it was judged */
	struct principal principal;   /* whose it is, by the name that the MCP server shall see; issuer NULL: nobody's */
	struct buf called;            /* the tool, prompt or resource, when the body told it */
	struct call call;             /* what it asks the MCP server to do */
	uint32_t retry_after;         /* seconds; 0 = not said */
	enum outcome outcome;
};

static void gate_open(struct gate *gate, const struct settings *settings);
static void gate_close(struct gate *gate);
static void serve(struct gate *gate, struct http *http);
static enum outcome judge(struct gate *gate, struct http *http, struct verdict *verdict);
static enum outcome judge_stranger(struct gate *gate, const struct http *http, struct verdict *verdict);
static enum outcome judge_credential(struct gate *gate, struct verdict *verdict);
static enum outcome judge_principal(struct gate *gate, struct http *http, struct verdict *verdict);
static void answer(struct http *http, const struct verdict *verdict, struct str assertion);
static void audit(struct gate *gate, const struct http *http, const struct verdict *verdict, uint64_t asked);

/* What else must hold before it may serve: the operator's lists and our key can be read, the audit log can be written. */
static bool check(const struct settings *settings, struct buf *why)
{
	bool lists = lists_check(settings, why), calls = calls_check(settings, why), key = assertion_check(settings, why);

	return audit_check(settings, why) && lists && calls && key;
}

int main(int argc, char **argv)
{
	struct app app = { .program = "auth-check",
		.summary = "lets a request through to an MCP server, or says exactly why not",
		.check = check,
		.review = calls_review,
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
	gate->sessions = session_table_open(settings, &gate->state);
	gate->turns = turns_new(&gate->state, gate->table);
	gate->lists = lists_new(settings);
	gate->verifier = verifier_new(settings, &gate->state, gate->table, gate->turns, gate->lists);
	gate->calls = calls_new(settings);
	gate->assertions = assertions_new(&gate->state);
	gate->audit = audit_new(settings);
}

static void gate_close(struct gate *gate)
{
	audit_free(gate->audit);
	assertions_free(gate->assertions);
	calls_free(gate->calls);
	verifier_free(gate->verifier);
	lists_free(gate->lists);
	turns_free(gate->turns);
	table_close(gate->sessions);
	table_close(gate->table);
	state_close(&gate->state);
}

static void serve(struct gate *gate, struct http *http)
{
	struct verdict verdict = { .voice = voice_choose(http), .outcome = OUTCOME_NONE, .called = BUF(NAME_BYTES) };
	uint64_t asked = turns_count(gate->turns);
	auto_buf assertion = BUF(ASSERTION_BYTES);

	verdict.outcome = judge(gate, http, &verdict);
	if (verdict.outcome == OUTCOME_ALLOW &&
		!assertion_add(gate->assertions, verdict.resource, &verdict.principal, verdict.now.tv_sec, &assertion))
		verdict.outcome = OUTCOME_UNAVAILABLE;
	if (verdict.outcome == OUTCOME_UNAVAILABLE)
		verdict.retry_after = BREAK_SECONDS;
	answer(http, &verdict, buf_str(&assertion));
	audit(gate, http, &verdict, turns_count(gate->turns) - asked);
	buf_free(&verdict.called);
	http_finish(http);
	verifier_maintain(gate->verifier, verdict.now.tv_sec);
}

/* The original value where the web server's own variable shows something else (Caddy asks with GET). */
static struct str original(const struct http *http, enum http_variable ours, enum http_variable standard)
{
	return http->copies[ours] != 0 ? http->value[ours] : http->value[standard];
}

/*
 * The one order in which everything is judged: resource, origin, preflight, shape of the credential, limit for strangers, its
 * validity, deny list, allow list, required scopes, rules for tools, whose session it is, limits of the principal and the resource.
 * The first that fails is the answer.
 */
static enum outcome judge(struct gate *gate, struct http *http, struct verdict *verdict)
{
	struct str origin = http->value[HTTP_ORIGIN];
	struct mcp_headers headers = call_headers(http);
	enum outcome outcome;

	(void)clock_gettime(CLOCK_REALTIME, &verdict->now);
	verdict->method = original(http, GATEHOUSE_REQUEST_METHOD, REQUEST_METHOD);
	verdict->path = target_path(original(http, GATEHOUSE_REQUEST_URI, REQUEST_URI), &verdict->query);
	verdict->has_client = address_of_client(http->value[REMOTE_ADDR], http->value[HTTP_X_FORWARDED_FOR],
		gate->settings->trusted_proxy, gate->settings->n_trusted_proxies, &verdict->client);
	verdict->resource = resource_find(gate->settings, http->value[GATEHOUSE_RESOURCE], http->value[SERVER_NAME], verdict->path);
	if (verdict->resource == NULL)
		return OUTCOME_NO_RESOURCE;

	/* A page of a foreign origin gets nothing, whatever it knows (MCP Streamable HTTP, security warning). */
	verdict->origin_allowed = http->copies[HTTP_ORIGIN] == 1 && cors_origin_allowed(&verdict->resource->allow_origin, origin);
	if (http->copies[HTTP_ORIGIN] != 0 && origin.n != 0 && !verdict->origin_allowed)
		return OUTCOME_ORIGIN_REFUSED;
	if (str_is(verdict->method, "OPTIONS") && verdict->origin_allowed && http->value[HTTP_ACCESS_CONTROL_REQUEST_METHOD].n != 0)
		return OUTCOME_PREFLIGHT;

	outcome = mcp_judge_headers(&headers);
	if (outcome == OUTCOME_ALLOW)
		outcome = judge_stranger(gate, http, verdict);
	return outcome == OUTCOME_ALLOW ? judge_principal(gate, http, verdict) : outcome;
}

static enum outcome find_credential(const struct gate *gate, const struct http *http, struct verdict *verdict)
{
	if (gate->settings->api_key_header && http->copies[HTTP_X_API_KEY] != 0)
		return api_key_find(http->value[HTTP_X_API_KEY], http->copies[HTTP_X_API_KEY], http->value[HTTP_AUTHORIZATION],
			&verdict->token);
	return bearer_find(http->value[HTTP_AUTHORIZATION], http->copies[HTTP_AUTHORIZATION], verdict->query, &verdict->token);
}

/* Whoever shows what this process knows already is no stranger; all others are counted by address before anything costly is done.
 */
static enum outcome judge_stranger(struct gate *gate, const struct http *http, struct verdict *verdict)
{
	enum outcome outcome = find_credential(gate, http, verdict), known;

	verdict->throttle =
		(struct throttle){ gate->settings, gate->table, (int64_t)verdict->now.tv_sec * 1000000000 + verdict->now.tv_nsec };
	if (!lists_look(gate->lists, verdict->now.tv_sec))
		return OUTCOME_UNAVAILABLE;
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	token_look(gate->verifier, verdict->token, &verdict->credential);
	known = token_recall(gate->verifier, verdict->resource, verdict->now.tv_sec, &verdict->credential);
	if (known == OUTCOME_ALLOW)
		return OUTCOME_ALLOW;
	if (!throttle_may_try(&verdict->throttle, &verdict->client, &verdict->retry_after))
		return OUTCOME_TOO_MANY_REQUESTS;
	outcome = known != OUTCOME_NONE ? known : judge_credential(gate, verdict);
	if (outcome == OUTCOME_ALLOW || (outcome == OUTCOME_UNAVAILABLE && !verdict->credential.is_noise))
		return outcome;
	return throttle_failed(&verdict->throttle, &verdict->client, &verdict->retry_after) ? outcome : OUTCOME_TOO_MANY_REQUESTS;
}

static enum outcome judge_credential(struct gate *gate, struct verdict *verdict)
{
	bool is_guess = verdict->credential.kind == TOKEN_API_KEY;
	enum outcome outcome;

	if (is_guess && !throttle_may_guess(&verdict->throttle, &verdict->client, &verdict->retry_after))
		return OUTCOME_TOO_MANY_REQUESTS;
	outcome = token_judge(gate->verifier, verdict->resource, verdict->token, verdict->now.tv_sec, &verdict->credential);
	if (is_guess && outcome == OUTCOME_UNKNOWN_API_KEY &&
		!throttle_guessed(&verdict->throttle, &verdict->client, &verdict->retry_after))
		return OUTCOME_TOO_MANY_REQUESTS;
	return outcome;
}

static enum outcome judge_principal(struct gate *gate, struct http *http, struct verdict *verdict)
{
	const struct resource *resource = verdict->resource;
	struct principal *principal = &verdict->principal;
	enum outcome outcome, call = OUTCOME_ALLOW;
	struct session session;

	*principal = *verdict->credential.principal;
	verdict->call = (struct call){ resource, principal, verdict->method, verdict->path,
		.shows_body = verdict->voice == VOICE_INSPECT, .name = &verdict->called };
	outcome = admission_judge(gate->lists, resource, &verdict->credential, verdict->now.tv_sec, principal);
	/* Asked too when a scope of the resource is missing: one challenge names all that this call needs (MCP 2026-07-28,
	 * step-up). */
	if (outcome == OUTCOME_ALLOW || outcome == OUTCOME_INSUFFICIENT_SCOPE)
		call = calls_judge(gate->calls, http, &verdict->call);
	if (outcome == OUTCOME_ALLOW)
		outcome = call;
	if (outcome == OUTCOME_ALLOW)
		outcome = session_look(gate->sessions, http, resource, principal, verdict->throttle.now_ns, &session);
	if (outcome == OUTCOME_ALLOW && !throttle_principal(&verdict->throttle, resource, principal, &verdict->retry_after))
		outcome = OUTCOME_TOO_MANY_REQUESTS;
	return outcome == OUTCOME_ALLOW ? session_bind(&session) : outcome;
}

static void answer(struct http *http, const struct verdict *verdict, struct str assertion)
{
	struct str origin = verdict->origin_allowed ? http->value[HTTP_ORIGIN] : STR_NONE;
	const struct principal *principal = verdict->principal.issuer != NULL ? &verdict->principal : NULL;

	if (verdict->outcome == OUTCOME_ALLOW)
		voice_yes(http, verdict->voice, principal, assertion, origin);
	else
		voice_no(http, verdict->voice,
			&(struct refusal){ verdict->outcome, verdict->resource, principal, &verdict->call.needed, origin,
				verdict->retry_after });
}

static void audit(struct gate *gate, const struct http *http, const struct verdict *verdict, uint64_t asked)
{
	audit_write(gate->audit, http,
		&(struct decision){
			.outcome = verdict->outcome,
			.resource = verdict->resource,
			.principal = verdict->principal.issuer != NULL ? &verdict->principal : NULL,
			.digest = verdict->token.n != 0 ? verdict->credential.digest : NULL,
			.method = verdict->method,
			.path = verdict->path,
			.called = buf_str(&verdict->called),
			.client = verdict->has_client ? &verdict->client : NULL,
			.asked = asked,
			.now = verdict->now.tv_sec,
		});
}
