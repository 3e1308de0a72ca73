/* SPDX-License-Identifier: MIT */
#include "inquiry.h"

#include <stdlib.h>

#include "breaker.h"
#include "clock.h"
#include "fetch.h"
#include "form.h"
#include "introspection.h"
#include "log.h"
#include "own_client.h"
#include "policy.h"
#include "userinfo.h"

#define QUESTION_BYTES 65536
#define URL_BYTES 4096

struct inquiry {
	const struct settings *settings;
	const struct issuer *issuer;
	struct provider *provider;
	struct turns *turns;
	struct own_client client;
	bool organizations, teams; /* a rule looks at them */
	struct breaker breaker;
	bool noise; /* the last question was answered, though with no verdict on this token */
};

/* One question of a request: what is asked, and until when. */
struct question {
	const char *what; /* for the log */
	enum answer_kind kind;
	struct str url;
	struct str authorization;
	struct str post;
	const char *post_type;
};

struct inquiry *inquiry_new(const struct settings *settings, const struct issuer *issuer, struct provider *provider,
	struct table *table, struct turns *turns)
{
	struct inquiry *inquiry = memory_new(sizeof(*inquiry));

	*inquiry = (struct inquiry){ .settings = settings, .issuer = issuer, .provider = provider, .turns = turns };
	inquiry->client =
		(struct own_client){ .id = issuer->ask.client, .secret = issuer->ask.secret, .method = issuer->ask.method };
	if (!issuer->ask.assertion_for_endpoint)
		inquiry->client.audience = issuer->identifier;
	if (issuer->ask.method == CLIENT_AUTH_PRIVATE_KEY && issuer->ask.key.n != 0) {
		inquiry->client.signer = signer_new(issuer->ask.key);
		if (inquiry->client.signer == NULL)
			log_event(LOG_ERROR, "introspection_key_refused",
				"%.*s: introspection_key_file holds no private key that we can sign with", STR_ARGS(issuer->where));
	}
	inquiry->organizations = issuer->ask.organizations.n != 0 && policy_looks_at(settings, issuer, RULE_ORGANIZATION);
	inquiry->teams = issuer->ask.teams.n != 0 && policy_looks_at(settings, issuer, RULE_TEAM);
	inquiry->breaker = breaker_of(table, issuer->identifier);
	return inquiry;
}

void inquiry_free(struct inquiry *inquiry)
{
	if (inquiry == NULL)
		return;
	own_client_free(&inquiry->client);
	free(inquiry);
}

static void complain(const struct inquiry *inquiry, const struct question *question, const struct fetch_result *result)
{
	struct str issuer = inquiry->issuer->identifier;

	if (result->reason[0] != '\0')
		log_event(LOG_ERROR, "inquiry_failed", "%.*s: %s at %.*s: %s", STR_ARGS(issuer), question->what,
			STR_ARGS(str_first(question->url, 300)), result->reason);
	else if (result->status == 401 || result->status == 403)
		log_event(LOG_ERROR, "inquiry_refused",
			"%.*s: %s at %.*s answered with status %d: the provider does not accept introspection_client and its "
			"secret or key",
			STR_ARGS(issuer), question->what, STR_ARGS(str_first(question->url, 300)), result->status);
	else
		log_event(LOG_ERROR, "inquiry_failed", "%.*s: %s at %.*s: status %d%s is no answer to the question",
			STR_ARGS(issuer), question->what, STR_ARGS(str_first(question->url, 300)), result->status,
			result->status == 200 ? " with something else than the JSON that belongs there" : "");
}

/* An answer, be it none about this token, shows that the provider is there for others; an error may be about one token only. */
static void note(
	struct inquiry *inquiry, const struct question *question, const struct fetch_result *result, bool answered, int64_t now)
{
	bool is_about_token = answer_is_about_token(question->kind, result->status, result->is_json, result->too_large);
	bool stumbled = !is_about_token && result->status >= 500 && breaker_was_well(&inquiry->breaker, now);

	inquiry->noise = !answered && (is_about_token || stumbled);
	if (!answered)
		complain(inquiry, question, result);
	if (answered || !stumbled)
		breaker_remember(&inquiry->breaker, answered || is_about_token, now);
}

/* Asks; false when nobody answers in time. */
static bool ask(
	struct inquiry *inquiry, const struct question *question, int64_t deadline, struct buf *body, struct fetch_result *result)
{
	const struct settings *settings = inquiry->settings;
	const struct fetch_options options = { .ca_file = settings->ca_file,
		.proxy = settings->outbound_proxy,
		.loopback_http = settings->dev,
		.timeout_ms = (long)(deadline - clock_ms()),
		.limit = ANSWER_BYTES,
		.authorization = question->authorization,
		.post = question->post,
		.post_type = question->post_type };
	auto_free char *url = str_copy(question->url);

	return fetch(url, &options, body, result);
}

static enum outcome ask_claims(
	struct inquiry *inquiry, const struct question *question, int64_t now, int64_t deadline, json_t **claims)
{
	auto_buf body = BUF(ANSWER_BYTES);
	struct fetch_result result;
	enum outcome outcome = OUTCOME_UNAVAILABLE;

	*claims = NULL;
	if (ask(inquiry, question, deadline, &body, &result))
		outcome = answer_read(question->kind, result.status, result.is_json, buf_str(&body), claims);
	note(inquiry, question, &result, outcome != OUTCOME_UNAVAILABLE, now);
	return outcome;
}

/* The URL of the settings, or the member of the provider's document; empty when it can't be had. borrowed */
static struct str endpoint(struct inquiry *inquiry, struct str setting, const char *member, int64_t now)
{
	return str_is(setting, DISCOVER) ? provider_endpoint(inquiry->provider, member, now) : setting;
}

/* RFC 7662 2.1. */
static enum outcome introspect(struct inquiry *inquiry, struct str token, int64_t now, int64_t deadline, json_t **claims)
{
	struct question question = {
		.what = "introspection", .kind = ANSWER_INTROSPECTION, .post_type = "application/x-www-form-urlencoded"
	};
	auto_secret authorization = BUF(QUESTION_BYTES);
	auto_secret form = BUF(QUESTION_BYTES);

	question.url = endpoint(inquiry, inquiry->issuer->ask.introspection, "introspection_endpoint", now);
	form_add(&form, "token", token);
	form_add(&form, "token_type_hint", STR("access_token"));
	if (question.url.n == 0 || !own_client_add(&inquiry->client, question.url, now, &form, &authorization))
		return OUTCOME_UNAVAILABLE;
	question.post = buf_str(&form);
	question.authorization = buf_str(&authorization);
	return ask_claims(inquiry, &question, now, deadline, claims);
}

/* Google's: the token in a form, never in the URL. */
static enum outcome ask_tokeninfo(struct inquiry *inquiry, struct str token, int64_t now, int64_t deadline, json_t **claims)
{
	struct question question = {
		.what = "tokeninfo", .kind = ANSWER_TOKENINFO, .post_type = "application/x-www-form-urlencoded"
	};
	auto_secret form = BUF(QUESTION_BYTES);

	form_add(&form, "access_token", token);
	question.url = inquiry->issuer->ask.tokeninfo;
	question.post = buf_str(&form);
	return ask_claims(inquiry, &question, now, deadline, claims);
}

/* GitHub's "check a token": whether it is one of our own application, and whose. CLIENT in the URL is the application's client id.
 */
static enum outcome check_at_github(struct inquiry *inquiry, struct str token, int64_t now, int64_t deadline, json_t **claims)
{
	const struct inquiries *settings = &inquiry->issuer->ask;
	struct question question = {
		.what = "GitHub's check of a token", .kind = ANSWER_TOKENINFO, .post_type = "application/json"
	};
	struct str rest = settings->tokeninfo, piece;
	auto_secret authorization = BUF(QUESTION_BYTES);
	auto_secret text = BUF(QUESTION_BYTES);
	auto_buf url = BUF(URL_BYTES);

	auto_json *body = json_object();
	(void)json_object_set_new(body, "access_token", json_from_str(token));
	json_write(body, &text);
	basic_add(settings->client, settings->secret, &authorization);
	while (str_cut(&rest, '/', &piece)) {
		buf_add(&url, str_is(piece, "CLIENT") ? settings->client : piece);
		if (rest.p != NULL)
			buf_add_byte(&url, '/');
	}
	if (url.failed || text.failed || authorization.failed)
		return OUTCOME_UNAVAILABLE;
	question.url = buf_str(&url);
	question.post = buf_str(&text);
	question.authorization = buf_str(&authorization);
	return ask_claims(inquiry, &question, now, deadline, claims);
}

static void add_bearer(struct str token, struct buf *header)
{
	buf_add_text(header, "Bearer ");
	buf_add(header, token);
}

/* OIDC Core 5.3.1. */
static enum outcome ask_userinfo(struct inquiry *inquiry, struct str token, int64_t now, int64_t deadline, json_t **claims)
{
	struct question question = { .what = "userinfo",
		.kind = str_is(inquiry->issuer->subject_claim, "sub") ? ANSWER_USERINFO : ANSWER_PROFILE };
	auto_secret authorization = BUF(QUESTION_BYTES);

	question.url = endpoint(inquiry, inquiry->issuer->ask.userinfo, "userinfo_endpoint", now);
	if (question.url.n == 0)
		return OUTCOME_UNAVAILABLE;
	add_bearer(token, &authorization);
	question.authorization = buf_str(&authorization);
	return ask_claims(inquiry, &question, now, deadline, claims);
}

/* A token that may not show its memberships lets nobody in by them; and who is turned away for one may have it. */
static enum outcome add_memberships(
	struct inquiry *inquiry, bool teams, struct str token, int64_t now, int64_t deadline, json_t *claims)
{
	struct question question = { .what = teams ? "list of teams" : "list of organizations", .kind = ANSWER_MEMBERSHIPS };
	auto_secret authorization = BUF(QUESTION_BYTES);
	auto_buf body = BUF(ANSWER_BYTES);
	struct fetch_result result;
	bool answered, whole = false;
	json_t *list = NULL;

	question.url = teams ? inquiry->issuer->ask.teams : inquiry->issuer->ask.organizations;
	add_bearer(token, &authorization);
	question.authorization = buf_str(&authorization);
	answered = ask(inquiry, &question, deadline, &body, &result) &&
		(result.status == 200 || result.status == 403 || result.status == 404);
	if (answered && result.status == 200) {
		list = memberships_read(question.url, buf_str(&body), teams, &whole);
		answered = list != NULL;
	}
	note(inquiry, &question, &result, answered, now);
	if (!whole)
		(void)json_object_set_new(claims, MEMBERSHIPS_UNKNOWN, json_true());
	if (list != NULL && teams)
		(void)json_object_set_new(claims, "teams", list);
	else if (list != NULL)
		(void)json_object_set_new(claims, "organizations", list);
	return answered ? OUTCOME_ALLOW : OUTCOME_UNAVAILABLE;
}

enum outcome inquiry_claims(struct inquiry *inquiry, struct str token, int64_t now, int64_t deadline, json_t **claims)
{
	const struct inquiries *settings = &inquiry->issuer->ask;

	*claims = NULL;
	inquiry->noise = false;
	if (breaker_is_hopeless(&inquiry->breaker, now))
		return OUTCOME_UNAVAILABLE;

	auto_turn struct turn turn = turn_take(inquiry->turns);
	if (!turn.taken || !breaker_may_ask(&inquiry->breaker, now))
		return OUTCOME_UNAVAILABLE;
	if (settings->introspection.n != 0)
		return introspect(inquiry, token, now, deadline, claims);
	if (settings->tokeninfo.n != 0 && settings->tokeninfo_form == TOKENINFO_GITHUB)
		return check_at_github(inquiry, token, now, deadline, claims);
	if (settings->tokeninfo.n != 0)
		return ask_tokeninfo(inquiry, token, now, deadline, claims);
	return ask_userinfo(inquiry, token, now, deadline, claims);
}

static enum outcome add_userinfo(struct inquiry *inquiry, struct str token, int64_t now, int64_t deadline, json_t *claims)
{
	json_t *found = NULL;
	enum outcome outcome = ask_userinfo(inquiry, token, now, deadline, &found);

	auto_json *userinfo = found;
	if (outcome == OUTCOME_ALLOW &&
		!claims_add_userinfo(claims, userinfo, inquiry->issuer->scope_claim, inquiry->issuer->client_claim))
		return OUTCOME_BAD_CLAIMS;
	return outcome;
}

enum outcome inquiry_more(struct inquiry *inquiry, struct str token, bool proven, int64_t now, int64_t deadline, json_t *claims)
{
	bool userinfo = proven && inquiry->issuer->ask.userinfo.n != 0;
	enum outcome outcome = OUTCOME_ALLOW;

	inquiry->noise = false;
	if (!userinfo && !inquiry->organizations && !inquiry->teams)
		return OUTCOME_ALLOW;
	if (breaker_is_hopeless(&inquiry->breaker, now))
		return OUTCOME_UNAVAILABLE;

	auto_turn struct turn turn = turn_take(inquiry->turns);
	if (!turn.taken || !breaker_may_ask(&inquiry->breaker, now))
		return OUTCOME_UNAVAILABLE;
	if (userinfo)
		outcome = add_userinfo(inquiry, token, now, deadline, claims);
	if (outcome == OUTCOME_ALLOW && inquiry->organizations)
		outcome = add_memberships(inquiry, false, token, now, deadline, claims);
	if (outcome == OUTCOME_ALLOW && inquiry->teams)
		outcome = add_memberships(inquiry, true, token, now, deadline, claims);
	return outcome;
}

bool inquiry_was_noise(const struct inquiry *inquiry)
{
	return inquiry->noise;
}

bool inquiry_proves_audience(const struct issuer *issuer)
{
	return issuer->ask.introspection.n != 0 || issuer->ask.tokeninfo.n != 0;
}

bool inquiry_is_set_up(const struct issuer *issuer)
{
	return inquiry_proves_audience(issuer) || issuer->ask.userinfo.n != 0;
}
