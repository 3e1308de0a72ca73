/* SPDX-License-Identifier: MIT */
#include "login_parts.h"

#include "clock.h"
#include "fetch.h"
#include "log.h"

#define AUTHORIZATION_BYTES 16384

/* The errors that we know, and what each means for a new login and for a refresh; GitHub has words of its own. */
static const struct {
	const char *name;
	enum login_outcome first, again;
} errors[] = {
	{ "access_denied", LOGIN_REFUSED, LOGIN_REFUSED },
	{ "login_required", LOGIN_REFUSED, LOGIN_REFUSED },
	{ "consent_required", LOGIN_REFUSED, LOGIN_REFUSED },
	{ "interaction_required", LOGIN_REFUSED, LOGIN_REFUSED },
	{ "account_selection_required", LOGIN_REFUSED, LOGIN_REFUSED },
	{ "invalid_grant", LOGIN_UNUSABLE, LOGIN_REFUSED },
	{ "bad_refresh_token", LOGIN_UNUSABLE, LOGIN_REFUSED },
	{ "server_error", LOGIN_UNAVAILABLE, LOGIN_UNAVAILABLE },
	{ "temporarily_unavailable", LOGIN_UNAVAILABLE, LOGIN_UNAVAILABLE },
	{ "invalid_request", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "invalid_client", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "incorrect_client_credentials", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "unauthorized_client", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "unsupported_response_type", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "unsupported_grant_type", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "invalid_scope", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "invalid_target", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "redirect_uri_mismatch", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
	{ "bad_verification_code", LOGIN_UNUSABLE, LOGIN_UNUSABLE },
};

enum login_outcome login_error(struct str error, bool again, const char **name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (str_is(error, errors[i].name)) {
			*name = errors[i].name;
			return again ? errors[i].again : errors[i].first;
		}
	}
	*name = "an error that no specification has";
	return LOGIN_UNUSABLE;
}

static void complain(const struct login *login, struct str url, const char *why)
{
	log_event(LOG_ERROR, "login_failed", "%.*s: the token endpoint %.*s: %s", STR_ARGS(login->issuer->identifier),
		STR_ARGS(str_first(url, 300)), why);
}

/* What the endpoint sent; all that is no answer to the question has been complained about. */
static enum login_outcome judge(const struct login *login, struct str url, int status, bool is_json, struct str body, bool again,
	struct token_answer *answer)
{
	const char *fault = token_answer_read(status, is_json, body, answer), *name;
	enum login_outcome outcome;

	if (fault != NULL) {
		complain(login, url, fault);
		return status == 429 || status >= 500 ? LOGIN_UNAVAILABLE : LOGIN_UNUSABLE;
	}
	if (answer->error.n == 0)
		return LOGIN_GOOD;
	outcome = login_error(answer->error, again, &name);
	if (outcome != LOGIN_REFUSED)
		complain(login, url, name);
	return outcome;
}

static enum login_outcome post(struct login *login, struct str url, struct str authorization, struct str form, bool again,
	int64_t now, int64_t deadline, struct token_answer *answer)
{
	const struct fetch_options options = { .ca_file = login->settings->ca_file,
		.proxy = login->settings->outbound_proxy,
		.loopback_http = login->settings->dev,
		.timeout_ms = (long)(deadline - clock_ms()),
		.limit = TOKEN_ANSWER_BYTES,
		.authorization = authorization,
		.post = form,
		.post_type = "application/x-www-form-urlencoded" };
	auto_free char *text = str_copy(url);
	auto_secret body = BUF(TOKEN_ANSWER_BYTES);
	struct fetch_result result;
	bool whole = fetch(text, &options, &body, &result);
	/* A redirect and too much of an answer are of no use, yet show that the provider is there; so does an error, which may be
	 * this one code's fault, and anybody can bring a code. */
	bool is_there = whole || result.too_large || (result.status >= 300 && result.status < 400);

	breaker_remember(&login->breaker, is_there, now);
	if (whole)
		return judge(login, url, result.status, result.is_json, buf_str(&body), again, answer);
	complain(login, url, result.reason);
	return is_there ? LOGIN_UNUSABLE : LOGIN_UNAVAILABLE;
}

enum login_outcome login_ask(
	struct login *login, struct buf *form, bool again, int64_t now, int64_t deadline, struct token_answer *answer)
{
	auto_secret authorization = BUF(AUTHORIZATION_BYTES);
	auto_buf url = BUF(PROVIDER_DOCUMENT_BYTES);

	*answer = (struct token_answer){ 0 };
	if (breaker_is_hopeless(&login->breaker, now))
		return LOGIN_UNAVAILABLE;

	auto_turn struct turn turn = turn_take(login->turns);
	if (!turn.taken)
		return LOGIN_UNAVAILABLE;
	buf_add(&url, provider_endpoint(login->provider, "token_endpoint", now));
	if (url.n == 0 || !breaker_may_ask(&login->breaker, now))
		return LOGIN_UNAVAILABLE;
	if (own_client_add(&login->client, buf_str(&url), now, form, &authorization))
		return post(login, buf_str(&url), buf_str(&authorization), buf_str(form), again, now, deadline, answer);
	complain(login, buf_str(&url), "we have no key or secret to show it who we are");
	return LOGIN_UNUSABLE;
}
