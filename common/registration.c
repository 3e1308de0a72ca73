/* SPDX-License-Identifier: MIT */
#include "registration.h"

#include "client_metadata.h"
#include "redirect_uri.h"

#define REDIRECT_URIS 16

static const struct json_limits request_limits = { .bytes = REGISTRATION_BODY_BYTES, .depth = 8, .members = 64 };

const char *registration_secret_method(const struct client *client)
{
	return client->secret_method == CLIENT_AUTH_BASIC ? "client_secret_basic" : "client_secret_post";
}

void registration_refuse(struct registration *registration, int status, const char *error, const char *description)
{
	json_decref(registration->answer);
	registration->answer = json_pack("{s:s,s:s}", "error", error, "error_description", description);
	registration->status = status;
	registration->reason = description;
	registration->secret_given = false;
}

static void refuse(struct registration *result, const char *error, const char *description)
{
	registration_refuse(result, 400, error, description);
}

/* One bad URI fails them all: a client that was told yes would find out only after the login. */
static bool judge_redirect_uris(const struct client *client, const json_t *request, struct registration *result)
{
	const json_t *uris = json_object_get(request, "redirect_uris");

	if (!json_is_array(uris) || json_array_size(uris) == 0 || json_array_size(uris) > REDIRECT_URIS) {
		refuse(result, "invalid_redirect_uri", "redirect_uris must be an array of 1 to 16 URIs");
		return false;
	}
	for (size_t i = 0; i < json_array_size(uris); i++) {
		if (!redirect_uri_allowed(client, client_metadata_text(json_array_get(uris, i)))) {
			refuse(result, "invalid_redirect_uri", "a redirect URI is not on the operator's list");
			return false;
		}
	}
	return true;
}

static bool judge_flow(const json_t *request, struct registration *result)
{
	const char *fault = client_metadata_flow_fault(request);

	if (fault != NULL)
		refuse(result, "invalid_client_metadata", fault);
	return fault == NULL;
}

static bool judge_name(const json_t *request, struct registration *result)
{
	const char *fault = client_metadata_name_fault(request);

	if (fault != NULL)
		refuse(result, "invalid_client_metadata", fault);
	else
		result->client_name = json_text(request, "client_name");
	return fault == NULL;
}

bool registration_is_scope_list(struct str scope)
{
	struct str token;

	if (scope.n == 0 || str_ends(scope, STR(" ")))
		return false;
	while (str_cut(&scope, ' ', &token)) {
		for (size_t i = 0; i < token.n; i++) {
			unsigned char byte = (unsigned char)token.p[i];

			if (byte <= 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
				return false;
		}
		if (token.n == 0)
			return false;
	}
	return true;
}

/*
 * The secret goes only to a client that asked for a way of sending one, and only if the operator
 * set it: handed out like this it is no secret any more, and a client that asked for `none` would
 * not send it.
 */
static bool wants_secret(const struct client *client, const json_t *request)
{
	struct str method = json_text(request, "token_endpoint_auth_method");

	return client->secret.n != 0 && (str_is(method, "client_secret_post") || str_is(method, "client_secret_basic"));
}

/* What the client asked for, or left open, of what the provider's client may do. new */
static json_t *granted(const struct client *client, const json_t *request)
{
	const json_t *asked = client_metadata_said(request, "grant_types");

	if (client->refresh && (asked == NULL || client_metadata_has(asked, "refresh_token")))
		return json_pack("[s,s]", "authorization_code", "refresh_token");
	return json_pack("[s]", "authorization_code");
}

/* What has to be known of a client of ours from its id alone. */
static json_t *to_be_sealed(const json_t *answer)
{
	static const char *const members[] = { "client_id_issued_at", "redirect_uris", "grant_types", "client_name" };
	json_t *registered = json_object();

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		(void)json_object_set(registered, members[i], json_object_get(answer, members[i]));
	return registered;
}

static void accept_ours(struct registration *result)
{
	auto_buf text = BUF(REGISTRATION_SEALED_BYTES);
	auto_json *registered = to_be_sealed(result->answer);

	json_write(registered, &text);
	if (!text.failed) {
		result->registered = json_incref(registered);
		return;
	}
	refuse(result, "invalid_redirect_uri", "the redirect URIs are too long together: about 2900 bytes fit");
}

/* Codes that go to a program on somebody's machine, over loopback or a scheme of its own. */
static bool is_native(const json_t *uris)
{
	for (size_t i = 0; i < json_array_size(uris); i++) {
		if (!str_eq_nocase(uri_scheme(client_metadata_text(json_array_get(uris, i))), STR("https")))
			return true;
	}
	return false;
}

/*
 * What the client asked for, and we allow, becomes what we ask for: nothing else of the request gets there. Left out, the type
 * would mean `web` (OIDC Registration 2), which keeps a secret, and which providers refuse for such redirect URIs.
 */
static void accept_question(struct registration *result)
{
	result->question = result->answer;
	if (json_object_get(result->question, "application_type") == NULL &&
		is_native(json_object_get(result->question, "redirect_uris")))
		(void)json_object_set_new(result->question, "application_type", json_string("native"));
	(void)json_object_del(result->question, "client_id_issued_at");
	result->answer = NULL;
	result->status = 0;
	result->reason = NULL;
}

/* RFC 7591 3.2.1: everything that is registered, as it is registered, and nothing without a value. */
static void accept(const struct client *client, const json_t *request, int64_t now, struct registration *result)
{
	struct str scope = json_text(request, "scope");
	json_t *answer = json_object();

	result->status = 201;
	result->reason = "registered";
	result->secret_given = wants_secret(client, request);
	if (client->id.n != 0)
		(void)json_object_set_new(answer, "client_id", json_from_str(client->id));
	(void)json_object_set_new(answer, "client_id_issued_at", json_integer(now));
	if (result->secret_given) {
		(void)json_object_set_new(answer, "client_secret", json_from_str(client->secret));
		(void)json_object_set_new(answer, "client_secret_expires_at", json_integer(0));
	}
	(void)json_object_set_new(answer, "redirect_uris", json_copy(json_object_get(request, "redirect_uris")));
	(void)json_object_set_new(answer, "grant_types", granted(client, request));
	(void)json_object_set_new(answer, "response_types", json_pack("[s]", "code"));
	(void)json_object_set_new(answer, "token_endpoint_auth_method",
		json_string(result->secret_given ? registration_secret_method(client) : "none"));
	if (result->client_name.n != 0)
		(void)json_object_set_new(answer, "client_name", json_from_str(result->client_name));
	if (registration_is_scope_list(scope))
		(void)json_object_set_new(answer, "scope", json_from_str(scope));
	if (client_metadata_said(request, "application_type") != NULL)
		(void)json_object_set_new(answer, "application_type", json_from_str(json_text(request, "application_type")));
	result->answer = answer;
	if (client->endpoint.n != 0)
		accept_question(result);
	else if (client->id.n == 0)
		accept_ours(result);
}

void registration_judge(const struct client *client, struct str body, int64_t now, struct registration *result)
{
	const json_t *request;

	*result = (struct registration){ .request = json_read_object(body, request_limits) };
	request = result->request;
	if (request == NULL)
		refuse(result, "invalid_client_metadata",
			"the body must be one JSON object of at most 16 KiB without double members");
	else if (judge_name(request, result) && judge_redirect_uris(client, request, result) && judge_flow(request, result))
		accept(client, request, now, result);
}

void registration_free(struct registration *registration)
{
	json_decref(registration->request);
	json_decref(registration->answer);
	json_decref(registration->question);
	json_decref(registration->registered);
	*registration = (struct registration){ 0 };
}
