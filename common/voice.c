/* SPDX-License-Identifier: MIT */
#include "voice.h"

#include "challenge.h"
#include "cors.h"
#include "identity.h"

#define VALUE_BYTES 8192 /* of a header that we write */

enum voice voice_choose(const struct http *http)
{
	struct str voice = http->value[GATEHOUSE_VOICE];

	if (str_is(http->value[FCGI_ROLE], "AUTHORIZER"))
		return VOICE_AUTHORIZER;
	return str_is(voice, "subrequest") ? VOICE_SUBREQUEST : str_is(voice, "inspect") ? VOICE_INSPECT : VOICE_FORWARD;
}

void voice_yes(struct http *http, enum voice voice, const struct principal *principal, struct str assertion, struct str origin)
{
	bool authorizer = voice == VOICE_AUTHORIZER;
	auto_buf value = BUF(VALUE_BYTES);

	http_status(http, 200);
	http_header(http, authorizer ? "Variable-GATEHOUSE_DECISION" : "X-Gatehouse-Decision", STR("allow"));
	for (size_t i = 0; i < IDENTITY_FIELDS; i++) {
		buf_clear(&value);
		identity_value(principal, i, &value);
		http_header_always(http, authorizer ? identity_fields[i].variable : identity_fields[i].header, buf_str(&value));
	}
	http_header_always(http, authorizer ? "Variable-GATEHOUSE_ASSERTION" : "X-Gatehouse-Assertion", assertion);
	http_header_always(http, authorizer ? "Variable-GATEHOUSE_CORS_ORIGIN" : "X-Gatehouse-Cors-Origin", origin);
	if (voice == VOICE_INSPECT)
		http_header(http, "X-Accel-Redirect", http->value[GATEHOUSE_REQUEST_REDIRECT]);
	http_content(http, STR_NONE);
}

/* What a refused client reads, as text; each may be empty. */
struct words_of_refusal {
	struct buf status, challenge, body, retry_after, allowed_headers;
};

static void words_free(struct words_of_refusal *words)
{
	buf_free(&words->status);
	buf_free(&words->challenge);
	buf_free(&words->body);
	buf_free(&words->retry_after);
	buf_free(&words->allowed_headers);
}

/* The answer itself, for servers that pass it on as it is. */
static void say_complete(struct http *http, const struct refusal *refusal, const struct words_of_refusal *words)
{
	http_status(http, outcome_row(refusal->outcome)->status);
	http_header(http, "WWW-Authenticate", buf_str(&words->challenge));
	http_header(http, "Retry-After", buf_str(&words->retry_after));
	http_header(http, "Cache-Control", STR("no-store"));
	http_header(http, "Vary", STR("Origin"));
	if (refusal->origin.n != 0) {
		http_header(http, "Access-Control-Allow-Origin", refusal->origin);
		http_header(http, "Access-Control-Expose-Headers", STR(CORS_EXPOSED));
	}
	if (refusal->outcome == OUTCOME_PREFLIGHT) {
		http_header(http, "Access-Control-Allow-Methods", STR(CORS_METHODS));
		http_header(http, "Access-Control-Allow-Headers", buf_str(&words->allowed_headers));
		http_header(http, "Access-Control-Max-Age", STR("86400"));
	}
	if (words->body.n != 0)
		http_header(http, "Content-Type", STR("application/json"));
	http_content(http, buf_str(&words->body));
}

/* auth_request understands 403 and drops the body: its configuration rebuilds the answer from these headers. */
static void say_in_headers(struct http *http, const struct refusal *refusal, const struct words_of_refusal *words)
{
	http_status(http, 403);
	http_header(http, "X-Gatehouse-Decision", STR("deny"));
	http_header(http, "X-Gatehouse-Status", buf_str(&words->status));
	http_header(http, "X-Gatehouse-Challenge", buf_str(&words->challenge));
	http_header(http, "X-Gatehouse-Retry-After", buf_str(&words->retry_after));
	http_header(http, "X-Gatehouse-Body", buf_str(&words->body));
	http_header(http, "X-Gatehouse-Cors-Origin", refusal->origin);
	http_header(http, "X-Gatehouse-Cors-Headers", buf_str(&words->allowed_headers));
	http_content(http, STR_NONE);
}

void voice_no(struct http *http, enum voice voice, const struct refusal *refusal)
{
	__attribute__((cleanup(words_free))) struct words_of_refusal words = { BUF(8), BUF(VALUE_BYTES), BUF(VALUE_BYTES), BUF(16),
		BUF(VALUE_BYTES) };

	buf_print(&words.status, "%d", outcome_row(refusal->outcome)->status);
	if (refusal->resource != NULL)
		challenge_write(refusal->resource, refusal->outcome, refusal->principal, refusal->needed, &words.challenge);
	challenge_body(refusal->resource, refusal->outcome, &words.body);
	if (refusal->retry_after != 0)
		buf_print(&words.retry_after, "%u", refusal->retry_after);
	if (refusal->outcome == OUTCOME_PREFLIGHT)
		cors_allowed_headers(http->value[HTTP_ACCESS_CONTROL_REQUEST_HEADERS], &words.allowed_headers);
	if (voice == VOICE_SUBREQUEST)
		say_in_headers(http, refusal, &words);
	else
		say_complete(http, refusal, &words);
}
