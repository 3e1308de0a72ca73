/* SPDX-License-Identifier: MIT */
#include "authorization.h"

#include "form.h"

#define CHALLENGE_BYTES 43 /* SHA-256 in base64url (RFC 7636 4.2) */

bool authorization_read(struct str text, struct authorization_request *request, char **memory)
{
	enum { CLIENT_ID, REDIRECT_URI, RESPONSE_TYPE, STATE, CHALLENGE, METHOD, SCOPE, RESOURCE, FIELDS };
	struct form_field field[FIELDS] = { [CLIENT_ID] = { .name = "client_id" },
		[REDIRECT_URI] = { .name = "redirect_uri" },
		[RESPONSE_TYPE] = { .name = "response_type" },
		[STATE] = { .name = "state" },
		[CHALLENGE] = { .name = "code_challenge" },
		[METHOD] = { .name = "code_challenge_method" },
		[SCOPE] = { .name = "scope" },
		[RESOURCE] = { .name = "resource" } };

	if (!form_read(text, field, FIELDS, memory))
		return false;
	*request = (struct authorization_request){ .client_id = field[CLIENT_ID].value,
		.redirect_uri = field[REDIRECT_URI].value,
		.response_type = field[RESPONSE_TYPE].value,
		.state = field[STATE].value,
		.challenge = field[CHALLENGE].value,
		.challenge_method = field[METHOD].value,
		.scope = field[SCOPE].value,
		.resource = field[RESOURCE].value };
	for (size_t i = 0; i < FIELDS; i++) {
		if (field[i].copies > 1 && request->doubled == NULL)
			request->doubled = field[i].name;
	}
	return true;
}

void authorization_write(const struct authorization_request *request, struct buf *query)
{
	const struct {
		const char *name;
		struct str value;
	} fields[] = { { "client_id", request->client_id }, { "redirect_uri", request->redirect_uri },
		{ "response_type", request->response_type }, { "state", request->state }, { "code_challenge", request->challenge },
		{ "code_challenge_method", request->challenge_method }, { "scope", request->scope },
		{ "resource", request->resource } };
	auto_buf form = BUF(query->limit);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].value.n != 0)
			form_add(&form, fields[i].name, fields[i].value);
	}
	buf_add(query, buf_str(&form));
	query->failed = query->failed || form.failed;
}

/* "https://h" and "https://h/" are the same URL (RFC 3986 6.2.3), and clients write either. */
static bool names(struct str name, const struct resource *resource)
{
	struct str identifier = resource->identifier;

	if (str_eq(name, identifier))
		return true;
	return resource->url.path.n <= 1 &&
		str_eq(str_ends(name, STR("/")) ? str_first(name, name.n - 1) : name,
			str_ends(identifier, STR("/")) ? str_first(identifier, identifier.n - 1) : identifier);
}

const struct resource *authorization_resource(const struct settings *settings, struct str name)
{
	if (name.n == 0)
		return settings->n_resources == 1 ? &settings->resource[0] : NULL;
	for (size_t i = 0; i < settings->n_resources; i++) {
		if (names(name, &settings->resource[i]))
			return &settings->resource[i];
	}
	return NULL;
}

static void add_scope(struct authorization *authorization, struct str scope)
{
	for (size_t i = 0; i < authorization->n_scopes; i++) {
		if (str_eq(authorization->scope[i], scope))
			return;
	}
	if (authorization->n_scopes < sizeof(authorization->scope) / sizeof(authorization->scope[0]))
		authorization->scope[authorization->n_scopes++] = scope;
}

/* Who asks for nothing gets what everybody needs; who asks for what nobody knows gets the rest (OAuth 2.1 3.2.2.1). */
static bool choose_scopes(const struct resource *resource, struct str asked, struct authorization *authorization)
{
	struct str rest = asked, scope;

	while (str_word(&rest, &scope)) {
		if (settings_knows_scope(resource, scope))
			add_scope(authorization, scope);
	}
	for (size_t i = 0; asked.n == 0 && i < resource->require_scopes.n; i++)
		add_scope(authorization, resource->require_scopes.word[i]);
	return asked.n == 0 || authorization->n_scopes != 0;
}

/* base64url without padding, of 32 bytes. */
static bool is_challenge(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char byte = text.p[i];

		if (!((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
			    byte == '_'))
			return false;
	}
	return text.n == CHALLENGE_BYTES;
}

const char *authorization_judge(const struct settings *settings, const struct authorization_request *request,
	struct authorization *authorization, const char **description)
{
	*authorization = (struct authorization){ 0 };
	if (request->doubled != NULL) {
		*description = "a parameter came twice";
		return str_is(str_from(request->doubled), "resource") ? "invalid_target" : "invalid_request";
	}
	if (!str_is(request->response_type, "code")) {
		*description = "response_type must be code";
		return request->response_type.n == 0 ? "invalid_request" : "unsupported_response_type";
	}
	if (request->state.n > AUTHORIZATION_STATE_BYTES) {
		*description = "state is too long";
		return "invalid_request";
	}
	/* Without a method it would be plain (RFC 7636 4.3), which nobody may use any more. */
	if (!is_challenge(request->challenge) || !str_is(request->challenge_method, "S256")) {
		*description = "code_challenge with the method S256 is required";
		return "invalid_request";
	}
	authorization->resource = authorization_resource(settings, request->resource);
	if (authorization->resource == NULL) {
		*description = "resource must be one of this authorization server's";
		return "invalid_target";
	}
	if (!choose_scopes(authorization->resource, request->scope, authorization)) {
		*description = "none of these scopes is known here";
		return "invalid_scope";
	}
	return NULL;
}
