/* SPDX-License-Identifier: MIT */
#include "login_parts.h"

#include "base64url.h"
#include "crypto.h"
#include "form.h"
#include "log.h"

#define QUERY_BYTES 16384
#define URL_BYTES 2048
#define SCOPES_BYTES 4096
#define VERIFIER_LEAST 43
#define VERIFIER_MOST 128

void login_redirect_uri(const struct login *login, struct buf *out)
{
	buf_add(out, login->settings->public_issuer_url.origin);
	buf_add_text(out, LOGIN_CALLBACK);
}

bool login_asks_openid(const struct login_request *request)
{
	for (size_t i = 0; i < request->scopes.n; i++) {
		if (str_is(request->scopes.word[i], "openid"))
			return true;
	}
	return false;
}

/* RFC 7636 4.1: what form encoding leaves as it is. */
static bool is_verifier(struct str text)
{
	auto_secret encoded = BUF(3 * VERIFIER_MOST);

	if (text.n < VERIFIER_LEAST || text.n > VERIFIER_MOST)
		return false;
	form_encode(&encoded, text);
	return str_eq(buf_str(&encoded), text);
}

static void add_scopes(const struct words *scopes, struct buf *query)
{
	auto_buf text = BUF(SCOPES_BYTES);

	for (size_t i = 0; i < scopes->n; i++) {
		if (i != 0)
			buf_add_byte(&text, ' ');
		buf_add(&text, scopes->word[i]);
	}
	/* Too many are too many: the query fails with them. */
	query->failed = query->failed || text.failed;
	if (text.n != 0)
		form_add(query, "scope", buf_str(&text));
}

/* RFC 7636 4.2. */
static void add_challenge(struct str verifier, struct buf *query)
{
	unsigned char digest[SHA256_BYTES];
	auto_buf challenge = BUF(64);

	crypto_sha256(verifier, digest);
	base64url_encode((struct str){ (const char *)digest, sizeof(digest) }, &challenge);
	form_add(query, "code_challenge", buf_str(&challenge));
	form_add(query, "code_challenge_method", STR("S256"));
}

/* The one domain of which everybody is who may come in through this issuer; empty when the rules leave it open. */
static struct str only_domain(const struct settings *settings, const struct issuer *login)
{
	const struct issuer *issuer = settings_spoken_of(settings, login);
	struct str domain = STR_NONE;

	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];

		for (size_t k = 0; k < resource->allow.n && settings_accepts(resource, issuer); k++) {
			const struct rule *rule = &resource->allow.rule[k];

			if (rule->issuer != NULL && rule->issuer != issuer)
				continue;
			if (rule->kind != RULE_HOSTED_DOMAIN || (domain.n != 0 && !str_eq_nocase(domain, rule->value)))
				return STR_NONE;
			domain = rule->value;
		}
	}
	return domain;
}

static void add_query(const struct login *login, const struct login_request *request, struct buf *query)
{
	const struct preset *preset = login->issuer->preset;
	struct str domain = only_domain(login->settings, login->issuer);
	auto_buf redirect = BUF(URL_BYTES);

	login_redirect_uri(login, &redirect);
	form_add(query, "response_type", STR("code"));
	form_add(query, "client_id", login->client.id);
	form_add(query, "redirect_uri", buf_str(&redirect));
	add_scopes(&request->scopes, query);
	form_add(query, "state", request->state);
	if (login_asks_openid(request))
		form_add(query, "nonce", request->nonce);
	add_challenge(request->verifier, query);
	if (login->issuer->upstream_resource.n != 0)
		form_add(query, "resource", login->issuer->upstream_resource);
	if (preset->login_query != NULL)
		buf_print(query, "&%s", preset->login_query);
	if (preset->login_domain != NULL && domain.n != 0)
		form_add(query, preset->login_domain, domain);
}

enum login_outcome login_start(struct login *login, const struct login_request *request, int64_t now, struct buf *url)
{
	auto_buf query = BUF(QUERY_BYTES);
	struct str endpoint;

	if (request->state.n == 0 || !is_verifier(request->verifier) || login_asks_openid(request) != (request->nonce.n != 0))
		return LOGIN_UNUSABLE;
	endpoint = provider_endpoint(login->provider, "authorization_endpoint", now);
	if (endpoint.n == 0)
		return LOGIN_UNAVAILABLE;
	add_query(login, request, &query);
	buf_add(url, endpoint);
	/* It may have a query of its own, which stays (RFC 6749 3.1). */
	buf_add_byte(url, str_has(endpoint, '?') ? '&' : '?');
	buf_add(url, buf_str(&query));
	return query.failed || url->failed ? LOGIN_UNUSABLE : LOGIN_GOOD;
}

bool login_callback_read(struct str query, struct login_callback *callback)
{
	struct form_field field[] = { { .name = "state" }, { .name = "code" }, { .name = "iss" }, { .name = "error" },
		{ .name = "error_description" }, { .name = "error_uri" } };
	const size_t n = sizeof(field) / sizeof(field[0]);
	bool good;

	*callback = (struct login_callback){ 0 };
	good = form_read(query, field, n, &callback->memory);
	for (size_t i = 0; i < n; i++)
		good = good && field[i].copies <= 1;
	if (!good)
		return false;
	callback->state = field[0].value;
	callback->code = field[1].value;
	callback->iss = field[2].value;
	callback->error = field[3].value;
	return true;
}
