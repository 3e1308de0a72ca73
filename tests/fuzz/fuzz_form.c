/* SPDX-License-Identifier: MIT */
/*
 * What browsers and clients send to our own authorization server: the first byte chooses an authorization request, a token request
 * with its Authorization header, a request on its way as we wrote it, or two redirect URIs; in the rest a line end parts
 * two texts.
 */
#include "fuzz.h"

#include <stdlib.h>

#include "authorization.h"
#include "form.h"
#include "pending.h"
#include "redirect_uri.h"
#include "token_form.h"
#include "url.h"

static bool is_clean(struct str text)
{
	return str_is_utf8(text) && str_is_printable(text);
}

/* What we write of it is the same request. */
static void check_written(const struct authorization_request *request)
{
	auto_buf query = BUF(1024 * 1024);
	struct authorization_request again = { 0 };
	char *memory;

	authorization_write(request, &query);
	must(!query.failed && authorization_read(buf_str(&query), &again, &memory) && again.doubled == NULL);
	must(str_eq(again.client_id, request->client_id) && str_eq(again.state, request->state) && str_eq(again.scope, request->scope));
	free(memory);
}

static void check_authorization(struct str text)
{
	static struct str scopes[] = { { "mcp:read", 8 }, { "mcp:write", 9 } };
	struct resource resource = { .identifier = STR("https://a.example"), .publish_scopes = { scopes, 2 } };
	struct settings settings = { .resource = &resource, .n_resources = 1 };
	struct authorization_request request = { 0 };
	struct authorization authorization;
	const char *description = NULL;
	char *memory;

	must(url_parse(resource.identifier, &resource.url));
	if (authorization_read(text, &request, &memory)) {
		check_written(&request);
		must(is_clean(request.client_id) && is_clean(request.redirect_uri) && is_clean(request.state) &&
			is_clean(request.scope));
		if (authorization_judge(&settings, &request, &authorization, &description) == NULL) {
			must(request.doubled == NULL && request.challenge.n == 43 && str_is(request.challenge_method, "S256"));
			must(authorization.resource == &resource && authorization.n_scopes <= 2);
			must(request.state.n <= AUTHORIZATION_STATE_BYTES && str_is(request.response_type, "code"));
		} else {
			must(description != NULL);
		}
	}
	free(memory);
}

static void check_token(struct str header, struct str body)
{
	struct client_proof proof = { 0 };
	struct token_form form;
	const char *why;

	if (token_form_read(body, &form)) {
		must(is_clean(form.code) && is_clean(form.client_id) && is_clean(form.client_secret) && is_clean(form.scope));
		why = client_proof_read(header, header.n != 0, &form, &proof);
		if (why == NULL) {
			must(proof.id.n != 0 && is_clean(proof.id) && is_clean(proof.secret));
			must(form.client_id.n == 0 || str_eq(form.client_id, proof.id));
			must(!proof.basic || form.client_secret.n == 0);
		}
	}
	client_proof_free(&proof);
	token_form_free(&form);
}

/* What we write, we read as it was; what others wrote is ours only if it says so. */
static void check_pending(struct str text)
{
	auto_buf first = BUF(PENDING_BYTES), second = BUF(PENDING_BYTES);
	auto_json *json = NULL, *again = NULL;
	struct pending pending, copy;
	struct form_field field = { .name = "x" };
	auto_buf form = BUF(4 * text.n + 16);
	char *memory;

	if (is_clean(text)) {
		form_add(&form, "x", text);
		must(form_read(buf_str(&form), &field, 1, &memory) && str_eq(field.value, text));
		free(memory);
	}
	if (!pending_read(text, &pending, &json))
		return;
	must(pending.id.n != 0 && pending.browser.n != 0);
	pending_write(&pending, &first);
	if (first.failed)
		return;
	must(pending_read(buf_str(&first), &copy, &again) && copy.time == pending.time &&
		str_eq(copy.redirect_uri, pending.redirect_uri));
	pending_write(&copy, &second);
	must(str_eq(buf_str(&first), buf_str(&second)));
}

static void check_redirect(struct str registered, struct str asked)
{
	auto_buf why = BUF(256);
	struct url url, other;

	if (redirect_uri_listable(asked, &why)) {
		must(str_is_printable(asked) && !str_has(asked, '#') && !str_has(asked, ' '));
		if (str_eq_nocase(uri_scheme(asked), STR("https")) || str_eq_nocase(uri_scheme(asked), STR("http"))) {
			must(url_parse(asked, &url) && !str_has(asked, '\\') && !str_has(url.origin, '@') &&
				!str_has(url.origin, '%'));
			must(str_is(url.scheme, "https") || url_is_loopback(&url));
		}
	}
	/* Another port of this very machine is all that may differ. */
	if (redirect_uri_matches(registered, asked) && !str_eq(registered, asked)) {
		must(url_parse(registered, &url) && url_parse(asked, &other) && url_is_loopback(&url) &&
			str_is(other.scheme, "http"));
		must(str_eq(url.host, other.host) && str_eq(url.path, other.path) && str_eq(url.query, other.query));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = fuzz_text(data, size), first = STR_NONE, rest;

	if (size == 0)
		return 0;
	rest = text = str_skip(text, 1);
	(void)!str_cut(&rest, '\n', &first);
	switch (data[0] % 4) {
	case 0:
		check_authorization(text);
		break;
	case 1:
		check_token(first, rest);
		break;
	case 2:
		check_pending(text);
		break;
	default:
		check_redirect(first, rest);
	}
	return 0;
}
