/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include <stdlib.h>

#include "breaker.h"
#include "clock.h"
#include "fetch.h"
#include "log.h"
#include "registration_answer.h"

#define RELAY_MS 3800 /* what a request may wait for all of it */
#define BODY_BYTES (2 * REGISTRATION_BODY_BYTES)
#define AUTHORIZATION_BYTES 8192
#define COMPLAINT_BYTES 2048

struct relay {
	const struct settings *settings;
	const struct issuer *issuer;
	struct provider *provider;
	struct turns *turns;
	struct buf name; /* for the breaker: registration in trouble says nothing about tokens */
	struct breaker breaker;
};

struct relay *relay_new(const struct settings *settings, const struct issuer *issuer, const struct state *state,
	struct table *table, struct turns *turns)
{
	struct relay *relay = memory_new(sizeof(*relay));

	*relay = (struct relay){ .settings = settings, .issuer = issuer, .turns = turns, .name = BUF(4096) };
	relay->provider = provider_new(settings, issuer, state, table);
	provider_take_turns(relay->provider, turns);
	buf_print(&relay->name, "registration at %.*s", STR_ARGS(str_first(issuer->identifier, 2048)));
	relay->breaker = breaker_of(table, buf_str(&relay->name));
	return relay;
}

void relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	provider_free(relay->provider);
	buf_free(&relay->name);
	free(relay);
}

static void complain(const struct relay *relay, struct str why)
{
	log_event(LOG_ERROR, "registration_failed", "%.*s: %.*s", STR_ARGS(relay->issuer->identifier), STR_ARGS(why));
}

/* The URL of the settings, or of the document; and the document, where it can be had, for how clients show who they are. */
static void prepare(struct relay *relay, struct registration *registration, int64_t now, struct buf *url)
{
	struct str endpoint = relay->issuer->client.endpoint;
	struct str method = json_text(registration->request, "token_endpoint_auth_method");
	const json_t *document = NULL;

	if (str_is(endpoint, DISCOVER))
		endpoint = provider_endpoint(relay->provider, "registration_endpoint", now);
	buf_add(url, endpoint);
	/* Most clients want no secret, and then a document that can't be had shall hold nobody up. */
	if (method.n == 0 || str_is(method, "none") || provider_document(relay->provider, now, &document) != PROVIDER_READY)
		document = NULL;
	(void)json_object_set_new(registration->question, "token_endpoint_auth_method",
		json_string(registration_question_method(registration->request, document)));
}

/* A redirect and too much of an answer are of no use, yet show that the provider is there; so does an error, which may be this one
 * client's fault. */
static void remember(const struct relay *relay, bool whole, const struct fetch_result *result, int64_t now)
{
	bool is_there = whole || result->too_large || (result->status >= 300 && result->status < 400);

	breaker_remember(&relay->breaker, is_there, now);
}

/* A token alone is a bearer's (RFC 7591 3); with a blank in it, the scheme stands before it, since Okta has one of its own. */
static void add_authorization(struct str credential, struct buf *header)
{
	if (credential.n != 0 && !str_has(credential, ' '))
		buf_add_text(header, "Bearer ");
	buf_add(header, credential);
}

/* What may appear nowhere. */
static struct str secret_of(struct str credential)
{
	struct str scheme;

	if (str_has(credential, ' '))
		(void)!str_cut(&credential, ' ', &scheme);
	return credential;
}

static void post(struct relay *relay, struct registration *registration, struct str url, int64_t now, int64_t deadline)
{
	struct str credential = relay->issuer->client.upstream_token;
	auto_secret authorization = BUF(AUTHORIZATION_BYTES);
	auto_secret answer = BUF(REGISTRATION_ANSWER_BYTES);
	auto_buf question = BUF(BODY_BYTES);
	auto_buf why = BUF(COMPLAINT_BYTES);
	auto_free char *text = str_copy(url);
	struct fetch_result result;
	bool whole;

	json_write(registration->question, &question);
	add_authorization(credential, &authorization);
	const struct fetch_options options = { .ca_file = relay->settings->ca_file,
		.proxy = relay->settings->outbound_proxy,
		.loopback_http = relay->settings->dev,
		.timeout_ms = (long)(deadline - clock_ms()),
		.limit = REGISTRATION_ANSWER_BYTES,
		.authorization = buf_str(&authorization),
		.post = buf_str(&question),
		.post_type = "application/json" };
	whole = !question.failed && fetch(text, &options, &answer, &result);
	if (question.failed) {
		registration_refuse(registration, 400, "invalid_client_metadata", "the request is too large to be passed on");
		return;
	}
	remember(relay, whole, &result, now);
	if (whole)
		registration_answer_judge(
			registration, result.status, result.is_json, buf_str(&answer), secret_of(credential), now, &why);
	else if (result.too_large || (result.status >= 300 && result.status < 400))
		registration_refuse(registration, 502, "server_error",
			"the authorization server registers nobody there: the operator's log says more");
	if (!whole)
		buf_print(&why, "%.*s: %s", STR_ARGS(str_first(url, 300)), result.reason);
	if (why.n != 0)
		complain(relay, buf_str(&why));
}

void relay_register(struct relay *relay, struct registration *registration, int64_t now)
{
	int64_t deadline = clock_ms() + RELAY_MS;
	auto_buf url = BUF(PROVIDER_DOCUMENT_BYTES);

	/* What stays when no answer comes. */
	registration_refuse(registration, 503, "temporarily_unavailable", "nobody can register right now: try again later");
	if (breaker_is_hopeless(&relay->breaker, now))
		return;

	auto_turn struct turn turn = turn_take(relay->turns);
	if (!turn.taken)
		return;
	prepare(relay, registration, now, &url);
	if (url.n != 0 && breaker_may_ask(&relay->breaker, now))
		post(relay, registration, buf_str(&url), now, deadline);
}
