/* SPDX-License-Identifier: MIT */
#include "registration_answer.h"

#include <string.h>

#include "client_metadata.h"

#define DEPTH 8
#define MEMBERS 256
#define ID_BYTES 1024 /* of an id or secret that clients send in headers */
#define TOKEN_SHOWN 8 /* so much of our token in a text, and the text is not told */
#define PROVIDERS_WORDS 300

static bool is_secret_method(struct str method)
{
	return str_is(method, "client_secret_post") || str_is(method, "client_secret_basic");
}

const char *registration_question_method(const json_t *request, const json_t *document)
{
	static const char *const methods[] = { "client_secret_post", "client_secret_basic" };
	struct str asked = json_text(request, "token_endpoint_auth_method");
	const json_t *offered = json_object_get(document, "token_endpoint_auth_methods_supported");

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (str_is(asked, methods[i]) && client_metadata_has(offered, methods[i]) && !client_metadata_has(offered, "none"))
			return methods[i];
	}
	return "none";
}

static bool holds(struct str text, struct str part)
{
	return part.n != 0 && text.n != 0 && memmem(text.p, text.n, part.p, part.n) != NULL;
}

/* The provider's own words often name the policy that stands in the way; unless our token is in them. */
static void add_words(const json_t *answer, const char *member, struct str token, struct buf *why)
{
	struct str words = json_text(answer, member);

	if (words.n != 0 && str_is_printable(words) && !holds(words, str_first(token, TOKEN_SHOWN)))
		buf_print(why, "; its %s: %.*s", member, STR_ARGS(str_first(words, PROVIDERS_WORDS)));
}

static void complain(const json_t *answer, struct str token, const char *fault, int status, struct buf *why)
{
	static const char *const members[] = { "error", "error_description", "errorSummary" }; /* the last is Okta's */

	buf_print(why, "%s (status %d)", fault, status);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		add_words(answer, members[i], token, why);
}

/* RFC 6749 A.1, A.2: visible ASCII and blanks. */
static bool is_credential(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	}
	return text.n != 0 && text.n <= ID_BYTES;
}

static bool has_all(const json_t *list, const json_t *wanted)
{
	for (size_t i = 0; i < json_array_size(wanted); i++) {
		const json_t *item = json_array_get(wanted, i);

		if (!json_is_string(item) || !client_metadata_has(list, json_string_value(item)))
			return false;
	}
	return true;
}

/* In whatever order: Keycloak keeps them as a set. */
static bool are_same(const json_t *asked, const json_t *given)
{
	return json_is_array(given) && has_all(asked, given) && has_all(given, asked);
}

/* Does it say so? A provider that is silent, against RFC 7591 3.2.1, has done what was asked. */
static bool lacks(const json_t *answer, const char *member, const char *word)
{
	const json_t *list = client_metadata_said(answer, member);

	return list != NULL && !client_metadata_has(list, word);
}

/* What would make the login fail, or lead elsewhere; NULL: nothing. static */
static const char *fault_of(const json_t *question, const json_t *answer, struct str method, struct str token)
{
	struct str id = json_text(answer, "client_id"), secret = json_text(answer, "client_secret");

	if (answer == NULL)
		return "the provider's answer is not one JSON object of at most 64 KiB";
	if (!is_credential(id))
		return "the provider's answer has no client_id of up to 1024 visible characters";
	if (!are_same(json_object_get(question, "redirect_uris"), json_object_get(answer, "redirect_uris")))
		return "the provider registered other redirect URIs than those that were asked for";
	if (lacks(answer, "grant_types", "authorization_code") || lacks(answer, "response_types", "code"))
		return "the provider registered a client that may not log in with a code";
	if (!str_is(method, "none") && !(is_secret_method(method) && is_credential(secret)))
		return "the provider registered a client that can't show who it is: it wants another token_endpoint_auth_method "
		       "than none, client_secret_post and client_secret_basic, or gave no secret";
	if (holds(id, token) || holds(secret, token) || holds(json_text(answer, "scope"), token))
		return "the provider's answer repeats our token";
	return NULL;
}

/* Of what was asked for, what the provider says that it has; all of it where it is silent. new */
static json_t *granted(const json_t *question, const json_t *answer)
{
	const json_t *asked = json_object_get(question, "grant_types"), *given = client_metadata_said(answer, "grant_types");
	json_t *grants = json_array();

	for (size_t i = 0; i < json_array_size(asked); i++) {
		json_t *grant = json_array_get(asked, i);

		if (given == NULL || client_metadata_has(given, json_string_value(grant)))
			(void)json_array_append(grants, grant);
	}
	return grants;
}

static void give_secret(const json_t *answer, json_t *given)
{
	const json_t *expires = json_object_get(answer, "client_secret_expires_at");
	json_int_t at = json_is_integer(expires) && json_integer_value(expires) > 0 ? json_integer_value(expires) : 0;

	(void)json_object_set(given, "client_secret", json_object_get(answer, "client_secret"));
	(void)json_object_set_new(given, "client_secret_expires_at", json_integer(at));
}

/* RFC 7591 3.2.1, made anew from what is known to be good. new */
static json_t *information(const json_t *question, const json_t *answer, struct str method, int64_t now)
{
	static const char *const as_asked[] = { "client_name", "application_type" };
	const json_t *issued = json_object_get(answer, "client_id_issued_at");
	struct str scope = json_text(answer, "scope");
	json_t *given = json_object();

	(void)json_object_set(given, "client_id", json_object_get(answer, "client_id"));
	(void)json_object_set_new(given, "client_id_issued_at",
		json_integer(json_is_integer(issued) && json_integer_value(issued) > 0 ? json_integer_value(issued) : now));
	if (!str_is(method, "none"))
		give_secret(answer, given);
	(void)json_object_set(given, "redirect_uris", json_object_get(question, "redirect_uris"));
	(void)json_object_set_new(given, "grant_types", granted(question, answer));
	(void)json_object_set_new(given, "response_types", json_pack("[s]", "code"));
	(void)json_object_set_new(given, "token_endpoint_auth_method", json_from_str(method));
	for (size_t i = 0; i < sizeof(as_asked) / sizeof(as_asked[0]); i++) {
		if (json_object_get(question, as_asked[i]) != NULL)
			(void)json_object_set(given, as_asked[i], json_object_get(question, as_asked[i]));
	}
	if (registration_is_scope_list(scope))
		(void)json_object_set_new(given, "scope", json_from_str(scope));
	return given;
}

/* Left out, the method is the RFC's default if there is a secret to use it with (RFC 7591 2). */
static struct str method_of(const json_t *answer)
{
	struct str method = json_text(answer, "token_endpoint_auth_method");

	if (method.n != 0)
		return method;
	return json_text(answer, "client_secret").n != 0 ? STR("client_secret_basic") : STR("none");
}

static void judge_client(
	struct registration *registration, const json_t *answer, int status, struct str token, int64_t now, struct buf *why)
{
	struct str method = method_of(answer);
	const char *fault = fault_of(registration->question, answer, method, token);

	if (fault != NULL) {
		buf_print(why, "%s (status %d)", fault, status);
		registration_refuse(registration, 502, "server_error",
			"the authorization server did not register the client as it was asked to: the operator's log says more");
		return;
	}
	json_decref(registration->answer);
	registration->status = 201;
	registration->reason = "registered";
	registration->secret_given = !str_is(method, "none");
	registration->answer = information(registration->question, answer, method, now);
}

/* RFC 7591 3.2.2. Whatever else it may be called, it is about what was asked. */
static void judge_refusal(struct registration *registration, const json_t *answer, int status, struct str token, struct buf *why)
{
	struct str error = json_text(answer, "error");

	complain(answer, token, "the provider refused what a client wanted to register", status, why);
	if (str_is(error, "invalid_redirect_uri"))
		registration_refuse(registration, 400, "invalid_redirect_uri",
			"the authorization server does not take a redirect URI of this client");
	else
		registration_refuse(registration, 400, "invalid_client_metadata",
			"the authorization server does not take what this client wants to register");
}

void registration_answer_judge(struct registration *registration, int status, bool is_json, struct str body, struct str token,
	int64_t now, struct buf *why)
{
	const struct json_limits limits = { REGISTRATION_ANSWER_BYTES, DEPTH, MEMBERS };
	auto_json *answer = is_json ? json_read_object(body, limits) : NULL;

	if (status == 200 || status == 201) {
		judge_client(registration, answer, status, token, now, why);
	} else if (status == 400 || status == 409 || status == 422) {
		judge_refusal(registration, answer, status, token, why);
	} else if (status == 401 || status == 403) {
		complain(answer, token,
			token.n == 0
				? "the provider lets nobody register without a token: make an initial access token there and name "
				  "its file as upstream_registration_token_file"
				: "the provider does not let upstream_registration_token_file register this client: the token is "
				  "wrong, out of date or used up, so make a new one there; or a policy there forbids it",
			status, why);
		registration_refuse(registration, 503, "temporarily_unavailable", "nobody can register right now: try again later");
	} else if (status == 429 || status >= 500) {
		complain(answer, token, "the provider is in trouble, or busy", status, why);
		registration_refuse(registration, 503, "temporarily_unavailable", "nobody can register right now: try again later");
	} else {
		complain(
			answer, token, "this is no place where clients are registered: look at registration_endpoint", status, why);
		registration_refuse(registration, 502, "server_error",
			"the authorization server registers nobody there: the operator's log says more");
	}
}
