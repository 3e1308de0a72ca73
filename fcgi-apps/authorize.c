/* SPDX-License-Identifier: MIT */
/*
 * authorize: where people decide, for our own authorization server. A client sends the browser here (OAuth 2.1 4.1.1); the person
 * is asked whether they want that (consent, before anything else, since the provider sees one client for all: MCP, confused
 * deputy); then they log in at the provider, who sends them back to the callback; and the client gets a code. Besides, a person
 * sees here who has access, and ends it.
 *
 * Nothing is stored before a person has agreed. Until client and redirect URI are known to be good, a fault is told on a page and
 * nobody is sent anywhere (4.1.2.1); from then on it is told to the client.
 *
 * Read from main downward: serve, ask, decide, finish.
 */
#include <stdlib.h>
#include <time.h>

#include "account.h"
#include "app.h"
#include "authorization.h"
#include "claims.h"
#include "consent.h"
#include "document.h"
#include "office.h"
#include "reply.h"
#include "sign_in.h"
#include "site.h"
#include "visit.h"

#define AUTHORIZE_PATH "/oauth/authorize"

struct desk {
	struct office office;
	struct sign_in sign_in;
	struct account account;
};

static bool is_ready(struct desk *desk);
static void serve(struct desk *desk, struct http *http);
static void ask(struct desk *desk, struct visit *visit);
static void decide(struct desk *desk, struct visit *visit);
static void finish(struct desk *desk, struct visit *visit);
static void sign_in(struct desk *desk, struct visit *visit, struct pending *pending);
static bool is_still_client(void *whose, struct visit *visit, const struct pending *pending);

int main(int argc, char **argv)
{
	struct app app = { .program = "authorize",
		.summary = "asks people whether a client may have access, and logs them in (OAuth 2.1)",
		.needs_state = true,
		.check = office_check };
	struct http http = { 0 };
	struct desk desk = { 0 };

	app_start(&app, argc, argv);
	http_start();
	office_open(&desk.office, app.settings, app.program);
	while (http_next(&http)) {
		if (app_settings_changed(&app)) {
			office_close(&desk.office);
			office_open(&desk.office, app.settings, app.program);
		}
		serve(&desk, &http);
	}
	office_close(&desk.office);
	app_end(&app);
	return EXIT_SUCCESS;
}

static bool is_ready(struct desk *desk)
{
	struct office *office = &desk->office;

	if (!office_has_store(office))
		return false;
	desk->sign_in = (struct sign_in){ office->login, office->turns, office->store, office->seal, is_still_client, desk };
	desk->account = (struct account){ office->settings, office->seal, office->grants };
	return true;
}

/* ---- Which page ---- */

static void show_account(struct desk *desk, struct visit *visit)
{
	if (!account_show(&desk->account, visit->http, &visit->browser, visit->now) && visit_may_keep(visit, desk->office.table))
		sign_in(desk, visit, &(struct pending){ .id = STR("account") });
}

static void end_grant(struct desk *desk, struct visit *visit)
{
	account_end(&desk->account, visit->http, &visit->browser, buf_str(&visit->form), visit->now);
}

static void sign_out(struct desk *desk, struct visit *visit)
{
	account_sign_out(&desk->account, visit->http, &visit->browser, buf_str(&visit->form), visit->now);
}

static const struct place {
	const char *path;
	bool get, post;
	void (*serve)(struct desk *desk, struct visit *visit);
} places[] = { { AUTHORIZE_PATH, true, true, ask }, { CONSENT_PATH, false, true, decide }, { LOGIN_CALLBACK, true, false, finish },
	{ ACCOUNT_PATH, true, false, show_account }, { ACCOUNT_END_PATH, false, true, end_grant },
	{ SIGN_OUT_PATH, false, true, sign_out } };

static const struct place *find_place(const struct settings *settings, struct str host, struct str path)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (str_is(path, places[i].path) && str_eq_nocase(host, settings->public_issuer_url.host))
			return &places[i];
	}
	return NULL;
}

static void serve(struct desk *desk, struct http *http)
{
	const struct place *place;
	struct visit visit;

	visit_begin(&visit, http, desk->office.settings, time(NULL));
	place = find_place(desk->office.settings, http->value[SERVER_NAME], visit.path);
	if (place == NULL)
		document_refuse(http, 404, "not_found", "there is no such page here", 0);
	else if (!is_ready(desk))
		visit_refuse(&visit, PROBLEM_UNAVAILABLE, STR_NONE, "the store can't be opened");
	else if (str_is(visit.method, "GET") ? !place->get : !place->post || !str_is(visit.method, "POST"))
		site_wrong_method(http, !place->post ? "GET" : place->get ? "GET, POST" : "POST");
	else if (str_is(visit.method, "GET") || visit_read_form(&visit))
		place->serve(desk, &visit);
	visit_end(&visit);
}

/* ---- The request of a client ---- */

/* Whose it is, and whether the redirect URI is theirs. False: a page has told what is wrong. */
static bool find_client(
	struct desk *desk, struct visit *visit, const struct authorization_request *request, struct oauth_client *client)
{
	const char *why = NULL;

	switch (clients_find(desk->office.clients, request->client_id, visit->address, visit->now, client, &why)) {
	case CLIENTS_FOUND:
		if (oauth_client_redirects(client, request->redirect_uri))
			return true;
		visit_refuse(visit, PROBLEM_REDIRECT_URI, request->redirect_uri, "the redirect URI is not one of the client's");
		return false;
	case CLIENTS_UNKNOWN:
		/* Cut short: whatever somebody took for an id need not stand in the log. */
		visit_refuse(visit, PROBLEM_CLIENT_UNKNOWN, str_first(request->client_id, 64), "nobody has that client_id");
		return false;
	case CLIENTS_REFUSED:
		visit_refuse(visit, PROBLEM_CLIENT_REFUSED, request->client_id, "cimd does not name the client's host");
		return false;
	case CLIENTS_TOO_MANY:
		visit_refuse(visit, PROBLEM_TOO_MANY, STR_NONE, "too many documents of clients were asked for");
		return false;
	case CLIENTS_DOCUMENT:
	case CLIENTS_UNAVAILABLE:
		break;
	}
	if (why != NULL)
		visit_refuse(visit, PROBLEM_CLIENT_DOCUMENT, request->client_id, why);
	else
		visit_refuse(visit, PROBLEM_UNAVAILABLE, STR_NONE, "the client can't be looked up now");
	return false;
}

/* The settings, or its document, may be others than when the person was asked. False: a page has told so. */
static bool is_still_client(void *whose, struct visit *visit, const struct pending *pending)
{
	const struct authorization_request request = { .client_id = pending->client, .redirect_uri = pending->redirect_uri };
	auto_oauth_client client = { 0 };

	return pending->client.n == 0 || find_client(whose, visit, &request, &client);
}

static void add_scopes(const struct authorization *authorization, struct buf *out)
{
	for (size_t i = 0; i < authorization->n_scopes; i++)
		buf_print(out, "%s%.*s", i != 0 ? " " : "", STR_ARGS(authorization->scope[i]));
}

/* Then nobody knows whom to tell. */
static bool is_ambiguous(const char *doubled)
{
	return doubled != NULL && (str_is(STR("client_id"), doubled) || str_is(STR("redirect_uri"), doubled));
}

static void ask_by_get(struct visit *visit, const struct authorization_request *request)
{
	auto_buf url = BUF(VISIT_FORM_BYTES);

	buf_add_text(&url, AUTHORIZE_PATH "?");
	authorization_write(request, &url);
	if (url.failed)
		visit_refuse(visit, PROBLEM_REQUEST, STR_NONE, "the request is too long");
	else
		site_go(visit->http, buf_str(&url));
}

static void ask(struct desk *desk, struct visit *visit)
{
	struct str parameters = str_is(visit->method, "GET") ? visit->query : buf_str(&visit->form);
	struct authorization_request request = { 0 };
	struct authorization authorization;
	auto_oauth_client client = { 0 };
	auto_free char *memory = NULL;
	auto_buf scope = BUF(PENDING_BYTES);
	const char *description = NULL, *error;
	struct pending pending;

	if (!authorization_read(parameters, &request, &memory) || is_ambiguous(request.doubled)) {
		visit_refuse(visit, PROBLEM_REQUEST, STR_NONE, "the parameters are no form, or name two clients or ways back");
		return;
	}
	/* A form of another site comes without our cookie (SameSite=Lax). A GET brings it along, and a new one must not take its
	 * place. */
	if (str_is(visit->method, "POST") && visit->browser.is_new && request.doubled == NULL) {
		ask_by_get(visit, &request);
		return;
	}
	if (!find_client(desk, visit, &request, &client))
		return;
	pending = (struct pending){ .browser = str_from(visit->browser.digest),
		.client = request.client_id,
		.client_name = client.name,
		.redirect_uri = request.redirect_uri,
		.state = request.state.n <= AUTHORIZATION_STATE_BYTES ? request.state : STR_NONE,
		.challenge = request.challenge,
		.time = visit->now };
	error = authorization_judge(desk->office.settings, &request, &authorization, &description);
	/* Nobody has been asked yet: with any site's client we would be a link to it under our name (RFC 9700 4.11.2). */
	if (error != NULL && !clients_trusts(desk->office.clients, &client, request.redirect_uri))
		visit_refuse(visit, PROBLEM_REQUEST, STR_NONE, description);
	else if (error != NULL)
		reply_error(visit, &pending, STR_NONE, error, description);
	if (error != NULL)
		return;
	add_scopes(&authorization, &scope);
	pending.resource = authorization.resource->identifier;
	pending.scope = buf_str(&scope);
	consent_ask(&desk->office, visit, &client, &authorization, &pending);
}

/* ---- The person's answer ---- */

static void decide(struct desk *desk, struct visit *visit)
{
	auto_json *json = NULL;
	struct pending pending;
	bool allowed;

	if (!consent_take(&desk->office, visit, &pending, &json, &allowed))
		return;
	if (allowed)
		sign_in(desk, visit, &pending);
	else
		reply_error(visit, &pending, STR_NONE, "access_denied", "the person said no");
}

/* ---- The login ---- */

/* The client hears of it, or the person, where there is no client. */
static void tell_failure(struct visit *visit, const struct pending *pending, enum login_outcome outcome)
{
	if (outcome == LOGIN_FOREIGN)
		visit_refuse(visit, PROBLEM_BROWSER, STR_NONE, "the callback is no answer of the provider (RFC 9207)");
	else if (pending->client.n == 0)
		visit_refuse(visit,
			outcome == LOGIN_REFUSED               ? PROBLEM_LOGIN
				: outcome == LOGIN_UNAVAILABLE ? PROBLEM_UNAVAILABLE
							       : PROBLEM_PROVIDER,
			STR_NONE, "the login failed");
	else if (outcome == LOGIN_REFUSED)
		reply_error(visit, pending, STR_NONE, "access_denied", "the person was not logged in");
	else if (outcome == LOGIN_UNAVAILABLE)
		reply_error(visit, pending, STR_NONE, "temporarily_unavailable",
			"the identity provider can not be reached: try again later");
	else
		reply_error(visit, pending, STR_NONE, "server_error", "the login at the identity provider failed");
}

static void sign_in(struct desk *desk, struct visit *visit, struct pending *pending)
{
	enum login_outcome outcome = sign_in_begin(&desk->sign_in, visit, pending);

	if (outcome != LOGIN_GOOD)
		tell_failure(visit, pending, outcome);
}

static void give_code(struct desk *desk, struct visit *visit, const struct pending *pending, const struct login_identity *identity,
	struct str subject)
{
	struct grant grant = { .client = pending->client,
		.client_name = pending->client_name,
		.redirect_uri = pending->redirect_uri,
		.resource = pending->resource,
		.scope = pending->scope,
		.claims = identity->claims,
		.id_token = identity->id_token,
		.kind = (int)identity->kind,
		.token = buf_str(&identity->token) };
	auto_secret code = BUF(CODE_TEXT_BYTES);

	if (grants_issue(desk->office.grants, &(struct code){ &grant, pending->challenge }, visit->now, &code) == GRANTS_GOOD)
		reply_code(visit, pending, subject, buf_str(&code));
	else
		reply_error(visit, pending, subject, "temporarily_unavailable", "the code can not be stored: try again later");
}

/* Who it is, and whether the resource lets them in at all: better told now than with every call. */
static void admit(struct desk *desk, struct visit *visit, const struct pending *pending, const struct login_identity *identity)
{
	const struct broker *broker = &desk->office.settings->broker;
	const struct resource *resource = authorization_resource(desk->office.settings, pending->resource);
	auto_buf client = BUF(CLIENTS_SHORT_BYTES);
	struct claims claims;
	const struct principal *principal = &claims.principal;

	if (claims_identify(identity->claims, broker->login, &claims) != OUTCOME_ALLOW) {
		tell_failure(visit, pending, LOGIN_UNUSABLE);
		return;
	}
	/* The rules speak of those whom our own tokens will name, and of the client that they will name. */
	claims.principal.issuer = broker->own;
	clients_short_id(pending->client, &client);
	claims.principal.client = buf_str(&client);
	if (pending->client.n == 0)
		account_open(&desk->account, visit->http, &visit->browser, principal, visit->now);
	else if (resource == NULL)
		reply_error(visit, pending, principal->subject, "server_error", "the resource is gone");
	else if (policy_allow(resource, principal) != OUTCOME_ALLOW)
		reply_error(visit, pending, principal->subject, "access_denied", "this account may not use the resource");
	else
		give_code(desk, visit, pending, identity, principal->subject);
}

static void finish(struct desk *desk, struct visit *visit)
{
	__attribute__((cleanup(login_identity_free))) struct login_identity identity = { 0 };
	enum login_outcome outcome = LOGIN_UNAVAILABLE;
	auto_json *json = NULL;
	struct pending pending;

	if (!sign_in_end(&desk->sign_in, visit, &pending, &json, &outcome, &identity))
		return;
	if (outcome == LOGIN_GOOD)
		admit(desk, visit, &pending, &identity);
	else
		tell_failure(visit, &pending, outcome);
}
