/* SPDX-License-Identifier: MIT */
#include "provider_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "fetch.h"
#include "log.h"

#define PLACES 3
#define URL_BYTES 4096
#define LIFETIME_LEAST 300
#define LIFETIME_MOST 86400

static const struct {
	const char *what;
	struct json_limits limits;
} kinds[PROVIDER_KINDS] = {
	[PROVIDER_DOCUMENT] = { "provider document", { PROVIDER_DOCUMENT_BYTES, PROVIDER_DEPTH, 512 } },
	[PROVIDER_KEYS] = { "key set", { PROVIDER_KEYS_BYTES, PROVIDER_DEPTH, 64 } },
};

void provider_copy_free(struct provider_copy *copy)
{
	jwk_set_free(copy->set);
	json_decref(copy->json);
	free(copy->url);
	*copy = (struct provider_copy){ 0 };
}

void provider_fail(struct provider_failure *failure, enum provider_weight weight, const char *event, const char *format, ...)
{
	va_list arguments;

	if (weight < failure->weight)
		return;
	failure->weight = weight;
	failure->event = event;
	va_start(arguments, format);
	(void)vsnprintf(failure->text, sizeof(failure->text), format, arguments);
	va_end(arguments);
}

int64_t provider_lifetime(int64_t max_age)
{
	return max_age < LIFETIME_LEAST ? LIFETIME_LEAST : max_age > LIFETIME_MOST ? LIFETIME_MOST : max_age;
}

static struct str without_slash(struct str s)
{
	return str_ends(s, STR("/")) ? str_first(s, s.n - 1) : s;
}

/* The document must name the very issuer that the settings name, byte for byte (RFC 8414 3.3). */
static bool judge_issuer(const struct issuer *issuer, const struct provider_copy *copy, struct provider_failure *failure)
{
	struct str said = json_text(copy->json, "issuer"), wanted = issuer->identifier;

	if (str_eq(said, wanted))
		return true;
	provider_fail(failure, TELLS_CONTENT, "provider_wrong_issuer", "%.300s names the issuer \"%.*s\", the settings \"%.*s\"%s",
		copy->url, STR_ARGS(str_first(said, 200)), STR_ARGS(str_first(wanted, 200)),
		str_eq(without_slash(said), without_slash(wanted))
			? ": they differ in the last slash; write it as the document has it"
			: "");
	return false;
}

static bool may_be_asked(const struct provider *provider, struct str text)
{
	struct url url;

	return url_parse(text, &url) && !url.has_fragment &&
		(str_is(url.scheme, "https") || (provider->settings->dev && url_is_loopback(&url)));
}

/* Where people only log in, without OpenID Connect, nothing is signed (GitHub's document names no keys). */
static bool needs_no_keys(const struct provider *provider)
{
	return provider->issuer == provider->settings->broker.login && !words_have(&provider->issuer->login_scopes, STR("openid"));
}

/* Keys come only from where the issuer's own document says, and over https (RFC 8414 2). */
static bool judge_jwks_uri(const struct provider *provider, const struct provider_copy *copy, struct provider_failure *failure)
{
	struct str uri = json_text(copy->json, "jwks_uri");

	if (provider->issuer->keys_file.n != 0 || (uri.n == 0 && needs_no_keys(provider)) || may_be_asked(provider, uri))
		return true;
	provider_fail(failure, TELLS_CONTENT, "provider_jwks_uri_refused", "%.300s: its jwks_uri \"%.*s\" is not an https URL",
		copy->url, STR_ARGS(str_first(uri, 200)));
	return false;
}

bool provider_judge(
	const struct provider *provider, enum provider_kind kind, struct provider_copy *copy, struct provider_failure *failure)
{
	if (kind == PROVIDER_DOCUMENT)
		return judge_issuer(provider->issuer, copy, failure) && judge_jwks_uri(provider, copy, failure);
	copy->set = jwk_set_read(copy->json);
	if (copy->set != NULL && copy->set->n != 0)
		return true;
	provider_fail(failure, TELLS_CONTENT, "provider_keys_refused", "%.300s: %s", copy->url,
		copy->set == NULL ? "it has no array `keys`, or too many keys"
				  : "none of its keys can be used to check signatures");
	return false;
}

enum step { STEP_GOOD, STEP_NEXT, STEP_STOP };

/*
 * One question: STEP_NEXT when there was an answer, but not a good one; STEP_STOP when nobody
 * answered.
 */
static enum step ask(const struct provider *provider, enum provider_kind kind, const char *url, int64_t now, int64_t deadline,
	struct provider_copy *copy, struct provider_failure *failure)
{
	const struct settings *settings = provider->settings;
	const struct json_limits limits = kinds[kind].limits;
	const struct fetch_options options = { .ca_file = settings->ca_file,
		.proxy = settings->outbound_proxy,
		.loopback_http = settings->dev,
		.timeout_ms = (long)(deadline - clock_ms()),
		.limit = limits.bytes };
	auto_buf body = BUF(limits.bytes);
	auto_copy found = { .url = str_copy(str_from(url)), .fetched = now };
	struct fetch_result result;

	if (options.timeout_ms <= 0) {
		provider_fail(failure, TELLS_NOTHING, "provider_unreachable", "%.300s: no time is left to ask", url);
		return STEP_STOP;
	}
	if (!fetch(url, &options, &body, &result)) {
		bool unreachable = result.status == 0;

		provider_fail(failure, unreachable ? TELLS_UNREACHABLE : TELLS_STATUS,
			unreachable ? "provider_unreachable" : "provider_answer_refused", "%.300s: %s", url, result.reason);
		return unreachable ? STEP_STOP : STEP_NEXT;
	}
	if (result.status != 200) {
		provider_fail(failure, TELLS_STATUS, "provider_status", "%.300s: answered with status %d", url, result.status);
		return STEP_NEXT;
	}
	/*
	 * Key sets are served as octet-stream by many a plain file server; a web page would not
	 * parse.
	 */
	if (kind == PROVIDER_DOCUMENT && !result.is_json) {
		provider_fail(failure, TELLS_FORM, "provider_not_json", "%.300s: the answer's Content-Type is not JSON", url);
		return STEP_NEXT;
	}
	found.json = json_read_object(buf_str(&body), limits);
	if (found.json == NULL) {
		provider_fail(failure, TELLS_FORM, "provider_bad_json",
			"%.300s: the %s is not one JSON object without double members and at most %d deep", url, kinds[kind].what,
			PROVIDER_DEPTH);
		return STEP_NEXT;
	}
	found.lifetime = provider_lifetime(result.max_age);
	if (!provider_judge(provider, kind, &found, failure))
		return STEP_NEXT;
	*copy = found;
	found = (struct provider_copy){ 0 };
	return STEP_GOOD;
}

/*
 * The URL of place `index` where the document may be: the one of the settings, else those of RFC
 * 8414 3.1 and 5 and OpenID Connect Discovery 4.1, in the order that MCP clients use too. False
 * when there are no more places.
 */
static bool place(const struct provider *provider, size_t index, struct buf *out)
{
	const struct url *url = &provider->issuer->url;
	struct str path = without_slash(url->path);

	if (provider->issuer->provider_metadata.n != 0) {
		buf_add(out, provider->issuer->provider_metadata);
		return index == 0;
	}
	if (index == 2) {
		buf_add(out, url->origin);
		buf_add(out, path);
		buf_add(out, WELL_KNOWN_OPENID);
		return path.n != 0; /* for a bare origin the last two are the same */
	}
	url_insert_well_known(url, index == 0 ? WELL_KNOWN_AUTHORIZATION_SERVER : WELL_KNOWN_OPENID, true, out);
	return index < PLACES;
}

bool provider_is_place(const struct provider *provider, struct str url)
{
	for (size_t i = 0;; i++) {
		auto_buf candidate = BUF(URL_BYTES);

		if (!place(provider, i, &candidate))
			return false;
		if (!candidate.failed && str_eq(url, buf_str(&candidate)))
			return true;
	}
}

bool provider_fetch_document(const struct provider *provider, int64_t now, int64_t deadline, struct provider_copy *copy,
	struct provider_failure *failure)
{
	struct provider_failure found = { 0 };
	enum step step = STEP_NEXT;
	size_t asked = 0;

	for (; step == STEP_NEXT; asked++) {
		auto_buf url = BUF(URL_BYTES);

		if (!place(provider, asked, &url) || url.failed)
			break;
		step = ask(provider, PROVIDER_DOCUMENT, url.p, now, deadline, copy, &found);
	}
	if (step == STEP_GOOD)
		return true;
	if (found.weight == TELLS_STATUS && asked > 1)
		provider_fail(failure, TELLS_STATUS, found.event,
			"none of the %zu places for the document of %.*s has one; the last was %.500s", asked,
			STR_ARGS(str_first(provider->issuer->identifier, 200)), found.text);
	else
		provider_fail(failure, found.weight, found.event, "%.1000s", found.text);
	return false;
}

bool provider_fetch_keys(const struct provider *provider, int64_t now, int64_t deadline, struct provider_copy *copy,
	struct provider_failure *failure)
{
	auto_free char *url = str_copy(json_text(provider->copy[PROVIDER_DOCUMENT].json, "jwks_uri"));

	return ask(provider, PROVIDER_KEYS, url, now, deadline, copy, failure) == STEP_GOOD;
}

struct str provider_endpoint(struct provider *provider, const char *member, int64_t now)
{
	const json_t *document;
	struct str found;

	if (provider_document(provider, now, &document) != PROVIDER_READY)
		return STR_NONE;
	found = json_text(document, member);
	if (may_be_asked(provider, found))
		return found;
	log_event(LOG_ERROR, "provider_has_no_endpoint", "%.*s: its document has no %s that is an https URL",
		STR_ARGS(provider->issuer->identifier), member);
	return STR_NONE;
}
