/* SPDX-License-Identifier: MIT */
/*
 * token: the token endpoint of our own authorization server (OAuth 2.1 3.2) and revocation (RFC 7009). Codes and refresh tokens
 * become access tokens; what was granted is common/grants.h's to know.
 *
 * Read from main downward: serve, judge, grant or revoke, answer, audit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app.h"
#include "clock.h"
#include "document.h"
#include "log.h"
#include "mint.h"
#include "office.h"
#include "throttle.h"
#include "token_form.h"

#define TOKEN_PATH "/oauth/token"
#define REVOKE_PATH "/oauth/revoke"
#define METHODS "POST, OPTIONS"
#define TYPE "application/x-www-form-urlencoded"
#define RETRY_SECONDS 10
#define ANSWER_BYTES 32768

struct desk {
	struct office office;
	struct signing_key *key;
};

/* One request and what becomes of it. */
struct request {
	int64_t now;
	struct throttle throttle;
	struct address address; /* of the client; all zero: nobody knows */
	bool revokes;           /* else it wants tokens */
	struct token_form form;
	struct client_proof proof;
	struct oauth_client client;
	int status;
	const char *error, *description; /* NULL: it was good */
	uint32_t retry_after;
	json_t *answer; /* owned; NULL: none */
	char grant[64]; /* its id; empty: none */
};

static bool check(const struct settings *settings, struct buf *why);
static void desk_open(struct desk *desk, const struct settings *settings);
static void desk_close(struct desk *desk);
static void serve(struct desk *desk, struct http *http);
static void judge(struct desk *desk, const struct http *http, bool fits, const struct buf *body, struct request *request);
static bool authenticate(struct desk *desk, const struct http *http, struct request *request);
static void give_tokens(struct desk *desk, struct request *request);
static void revoke(struct desk *desk, struct request *request);
static void answer(struct http *http, const struct request *request);
static void audit(const struct http *http, const struct request *request);

int main(int argc, char **argv)
{
	struct app app = { .program = "token",
		.summary = "gives tokens for codes and refresh tokens, and takes them back (OAuth 2.1 3.2, RFC 7009)",
		.needs_state = true,
		.check = check };
	struct http http = { 0 };
	struct desk desk;

	app_start(&app, argc, argv);
	http_start();
	desk_open(&desk, app.settings);
	while (http_next(&http)) {
		if (app_settings_changed(&app)) {
			desk_close(&desk);
			desk_open(&desk, app.settings);
		}
		serve(&desk, &http);
	}
	desk_close(&desk);
	app_end(&app);
	return EXIT_SUCCESS;
}

static bool check(const struct settings *settings, struct buf *why)
{
	return office_check(settings, why) && signing_key_check(settings, "found authorization_server broker", why);
}

static void desk_open(struct desk *desk, const struct settings *settings)
{
	office_open(&desk->office, settings, "token");
	desk->key = signing_key_new(&desk->office.state);
}

static void desk_close(struct desk *desk)
{
	signing_key_free(desk->key);
	office_close(&desk->office);
}

static void request_free(struct request *request)
{
	oauth_client_free(&request->client);
	client_proof_free(&request->proof);
	token_form_free(&request->form);
	json_decref(request->answer);
}

static void serve(struct desk *desk, struct http *http)
{
	__attribute__((cleanup(request_free))) struct request request = { .status = 200 };
	struct str query, path = document_path(http, &query), method = document_method(http);
	const struct settings *settings = desk->office.settings;
	auto_secret body = BUF(TOKEN_FORM_BYTES);
	bool fits = http_body(http, &body);

	request.revokes = str_is(path, REVOKE_PATH);
	if (!str_eq_nocase(http->value[SERVER_NAME], settings->public_issuer_url.host) ||
		(!request.revokes && !str_is(path, TOKEN_PATH))) {
		document_refuse(http, 404, "not_found", "no tokens are given here", 0);
	} else if (str_is(method, "OPTIONS")) {
		document_preflight(http, METHODS);
	} else if (!str_is(method, "POST")) {
		document_wrong_method(http, METHODS);
	} else {
		judge(desk, http, fits, &body, &request);
		answer(http, &request);
		audit(http, &request);
		http_finish(http);
		provider_maintain(desk->office.provider, request.now);
	}
}

static bool refuse(struct request *request, int status, const char *error, const char *description)
{
	request->status = status;
	request->error = error;
	request->description = description;
	return false;
}

static bool too_many(struct request *request)
{
	return refuse(request, 429, "too_many_requests", "too many requests from this address: try again later");
}

/* Nobody knows: to be tried again, with the same code or token. */
static bool unavailable(struct request *request)
{
	request->retry_after = RETRY_SECONDS;
	return refuse(request, 503, "temporarily_unavailable", "nothing can be given right now: try again later");
}

/* The media type without its parameters (RFC 9110 8.3). */
static bool is_form(struct str content_type)
{
	struct str type = STR_NONE;

	return str_cut(&content_type, ';', &type) && str_eq_nocase(str_trim(type), STR(TYPE));
}

static bool read_form(const struct http *http, bool fits, const struct buf *body, struct request *request)
{
	if (body->failed)
		return refuse(request, 413, "invalid_request", "the body is larger than 32 KiB");
	if (!fits)
		return refuse(request, 400, "invalid_request", "the body did not come to its end");
	if (!is_form(http->value[CONTENT_TYPE]))
		return refuse(request, 400, "invalid_request", "the content type must be " TYPE);
	if (!token_form_read(buf_str(body), &request->form))
		return refuse(request, 400, "invalid_request", "the body is no form");
	if (request->form.doubled != NULL)
		return refuse(request, 400,
			str_is(str_from(request->form.doubled), "resource") ? "invalid_target" : "invalid_request",
			"a parameter came twice");
	return true;
}

/* What was good, or nobody's fault, does not count for the address; but a revocation is always said to be good. */
static void judge(struct desk *desk, const struct http *http, bool fits, const struct buf *body, struct request *request)
{
	const struct settings *settings = desk->office.settings;
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	request->now = now.tv_sec;
	request->throttle = (struct throttle){ settings, desk->office.table, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec };
	if (!address_of_client(http->value[REMOTE_ADDR], http->value[HTTP_X_FORWARDED_FOR], settings->trusted_proxy,
		    settings->n_trusted_proxies, &request->address))
		request->address = (struct address){ { 0 } };
	if (!throttle_may_try(&request->throttle, &request->address, &request->retry_after)) {
		(void)too_many(request);
		return;
	}
	if (!office_has_store(&desk->office)) {
		(void)unavailable(request);
	} else if (read_form(http, fits, body, request) && authenticate(desk, http, request)) {
		if (request->revokes)
			revoke(desk, request);
		else
			give_tokens(desk, request);
	}
	if (request->status == 503 || (request->status == 200 && !request->revokes))
		return;
	if (!throttle_failed(&request->throttle, &request->address, &request->retry_after) && request->error != NULL)
		(void)too_many(request);
}

/* ---- who asks ---- */

/* RFC 6749 5.2. */
static bool not_proven(struct request *request)
{
	return refuse(request, 401, "invalid_client", "this client is not known here, or its secret is another");
}

static bool has_secret(struct request *request)
{
	if (request->client.secret.n == 0)
		return request->proof.secret.n == 0 || not_proven(request);
	if (!throttle_may_guess(&request->throttle, &request->address, &request->retry_after))
		return too_many(request);
	if (str_eq_secret(request->proof.secret, request->client.secret))
		return true;
	return throttle_guessed(&request->throttle, &request->address, &request->retry_after) ? not_proven(request)
											      : too_many(request);
}

static bool authenticate(struct desk *desk, const struct http *http, struct request *request)
{
	const char *why = client_proof_read(
		http->value[HTTP_AUTHORIZATION], http->copies[HTTP_AUTHORIZATION], &request->form, &request->proof);
	auto_buf address = BUF(64);

	if (why != NULL)
		return refuse(request, request->proof.basic ? 401 : 400,
			request->proof.basic ? "invalid_client" : "invalid_request", why);
	address_add(&request->address, &address);
	switch (clients_find(desk->office.clients, request->proof.id, buf_str(&address), request->now, &request->client, &why)) {
	case CLIENTS_FOUND:
		return has_secret(request);
	case CLIENTS_UNAVAILABLE:
		return unavailable(request);
	case CLIENTS_TOO_MANY:
		request->retry_after = RETRY_SECONDS;
		return refuse(request, 429, "too_many_requests", "too many clients' documents are asked for: try again later");
	default:
		return not_proven(request);
	}
}

/* ---- tokens ---- */

/* RFC 6749 5.1. */
static void write_tokens(struct desk *desk, struct request *request, const struct granted *granted)
{
	auto_secret token = BUF(MINT_BYTES);
	json_t *json;

	if (!mint_token(desk->office.settings, desk->key, granted, request->now, &token)) {
		(void)refuse(request, 500, "server_error", "no token could be made: the operator's log says why");
		return;
	}
	json = json_pack("{s:s%,s:s,s:I}", "access_token", token.p, token.n, "token_type", "Bearer", "expires_in",
		(json_int_t)desk->office.settings->broker.access_token_lifetime);
	if (granted->refresh_token.n != 0)
		(void)json_object_set_new(json, "refresh_token", json_from_str(buf_str(&granted->refresh_token)));
	if (granted->scope.n != 0)
		(void)json_object_set_new(json, "scope", json_from_str(granted->scope));
	request->answer = json;
}

static void give(struct desk *desk, struct request *request, bool renews)
{
	const struct token_form *form = &request->form;
	const struct token_request asked = { .client = request->client.id,
		.code = form->code,
		.redirect_uri = form->redirect_uri,
		.verifier = form->verifier,
		.refresh_token = form->refresh_token,
		.scope = form->scope,
		.resource = form->resource,
		.refreshes = request->client.refreshes };
	int64_t now = request->now;
	const char *description = NULL;
	auto_granted granted = { 0 };
	enum grants_answer found = renews
		? grants_renew(desk->office.grants, &asked, desk->office.login, now, clock_ms() + LOGIN_MS, &granted, &description)
		: grants_redeem(desk->office.grants, &asked, now, &granted, &description);

	(void)snprintf(request->grant, sizeof(request->grant), "%.*s", STR_ARGS(granted.grant.id));
	switch (found) {
	case GRANTS_GOOD:
		write_tokens(desk, request, &granted);
		break;
	case GRANTS_UNAVAILABLE:
		(void)unavailable(request);
		break;
	case GRANTS_INVALID:
		(void)refuse(request, 400, "invalid_grant", description);
		break;
	case GRANTS_INVALID_TARGET:
		(void)refuse(request, 400, "invalid_target", description);
		break;
	case GRANTS_INVALID_SCOPE:
		(void)refuse(request, 400, "invalid_scope", description);
		break;
	}
}

/* Without a key to sign with, no code is burnt and no refresh token used up. */
static void give_tokens(struct desk *desk, struct request *request)
{
	const struct token_form *form = &request->form;
	bool renews = str_is(form->grant_type, "refresh_token");
	struct str kid;

	if (form->grant_type.n == 0)
		(void)refuse(request, 400, "invalid_request", "grant_type is missing");
	else if (token_form_grant_type(form) == NULL)
		(void)refuse(request, 400, "unsupported_grant_type", "grant_type is authorization_code or refresh_token here");
	else if (renews ? form->refresh_token.n == 0 : form->code.n == 0)
		(void)refuse(request, 400, "invalid_request", renews ? "refresh_token is missing" : "code is missing");
	else if (signing_key_look(desk->key, request->now, &kid) == NULL)
		(void)unavailable(request);
	else
		give(desk, request, renews);
}

/* ---- revocation ---- */

/* RFC 7009 2.2: 200 also for what nobody knows, so that nobody learns what there is. */
static void revoke(struct desk *desk, struct request *request)
{
	struct str client = request->client.id, token = request->form.token;
	enum grants_answer done;

	if (token.n == 0) {
		(void)refuse(request, 400, "invalid_request", "token is missing");
		return;
	}
	auto_json *claims = mint_read(desk->office.settings, &desk->office.state, token, request->now);
	(void)snprintf(request->grant, sizeof(request->grant), "%.*s", STR_ARGS(json_text(claims, "grant_id")));
	if (claims == NULL)
		done = grants_revoke(desk->office.grants, client, token, request->now);
	else if (mint_is_for(claims, client))
		done = grants_end(desk->office.grants, json_text(claims, "grant_id"), STR_NONE, request->now);
	else
		done = GRANTS_GOOD;
	if (done == GRANTS_UNAVAILABLE)
		(void)unavailable(request);
}

/* ---- the answer ---- */

/* RFC 6749 5.1 and 5.2: never to be stored. Pages of any origin may read it: no cookie is looked at here. */
static void answer(struct http *http, const struct request *request)
{
	auto_json *error = request->error == NULL ? NULL
						  : json_pack("{s:s,s:s}", "error", request->error, "error_description",
							    request->description != NULL ? request->description : "");
	const json_t *json = error != NULL ? error : request->answer;
	auto_secret text = BUF(ANSWER_BYTES);
	char seconds[16];

	if (json != NULL)
		json_write(json, &text);
	(void)snprintf(seconds, sizeof(seconds), "%u", request->retry_after);
	http_status(http, request->status);
	document_allow_any_origin(http);
	if (request->status == 401 && request->proof.basic)
		http_header(http, "WWW-Authenticate", STR("Basic realm=\"token\""));
	if (request->retry_after != 0)
		http_header(http, "Retry-After", str_from(seconds));
	http_header(http, "Cache-Control", STR("no-store"));
	http_header(http, "Pragma", STR("no-cache"));
	if (json != NULL)
		http_header(http, "Content-Type", STR("application/json"));
	http_content(http, buf_str(&text));
}

/* One line per request: who asked for what, and which grant it was. Never a code, a token or a secret. */
static void audit(const struct http *http, const struct request *request)
{
	static struct log_record record;
	auto_buf client = BUF(CLIENTS_SHORT_BYTES);

	clients_short_id(request->client.id, &client);
	log_record_begin(&record, request->revokes ? "revocation" : "token");
	log_record_text(&record, "decision", request->error == NULL ? STR("allow") : STR("deny"));
	log_record_text(&record, "reason", str_from(request->error));
	log_record_text(&record, "description", str_from(request->description));
	log_record_text(&record, "grant_type", str_from(token_form_grant_type(&request->form)));
	log_record_text(&record, "client", buf_str(&client));
	log_record_text(&record, "client_name", request->client.name);
	log_record_text(&record, "grant", str_from(request->grant));
	log_record_text(&record, "address", http->value[REMOTE_ADDR]);
	log_record_end(&record);
}
