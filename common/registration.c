/* SPDX-License-Identifier: MIT */
#include "registration.h"

#include "redirect_uri.h"

#define REDIRECT_URIS 16
#define NAME_BYTES 200

static const struct json_limits request_limits = { .bytes = REGISTRATION_BODY_BYTES, .depth = 8, .members = 64 };

const char *registration_secret_method(const struct client *client)
{
	return client->secret_method == CLIENT_AUTH_BASIC ? "client_secret_basic" : "client_secret_post";
}

/* RFC 7591 3.2.2. */
static void refuse(struct registration *result, const char *error, const char *description)
{
	result->status = 400;
	result->reason = description;
	result->answer = json_pack("{s:s,s:s}", "error", error, "error_description", description);
}

static struct str item_text(const json_t *item)
{
	return (struct str){ json_string_value(item), json_string_length(item) };
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
		if (!redirect_uri_allowed(client, item_text(json_array_get(uris, i)))) {
			refuse(result, "invalid_redirect_uri", "a redirect URI is not on the operator's list");
			return false;
		}
	}
	return true;
}

static bool array_has(const json_t *array, const char *word)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (str_is(item_text(json_array_get(array, i)), word))
			return true;
	}
	return false;
}

/* Left out, grants and response types mean the code flow (RFC 7591 2). */
static bool judge_flow(const json_t *request, struct registration *result)
{
	const json_t *grants = json_object_get(request, "grant_types"), *types = json_object_get(request, "response_types");
	const json_t *application = json_object_get(request, "application_type");
	struct str application_type = json_text(request, "application_type");

	if (grants != NULL && !array_has(grants, "authorization_code")) {
		refuse(result, "invalid_client_metadata", "grant_types must have authorization_code");
		return false;
	}
	if (types != NULL && !array_has(types, "code")) {
		refuse(result, "invalid_client_metadata", "response_types must have code");
		return false;
	}
	/* OpenID Connect Registration 2; MCP asks clients to say `native`. */
	if (application != NULL && !str_is(application_type, "native") && !str_is(application_type, "web")) {
		refuse(result, "invalid_client_metadata", "application_type must be native or web");
		return false;
	}
	if (json_object_get(request, "jwks") != NULL && json_object_get(request, "jwks_uri") != NULL) {
		refuse(result, "invalid_client_metadata", "jwks and jwks_uri exclude each other");
		return false;
	}
	return true;
}

static bool judge_name(const json_t *request, struct registration *result)
{
	const json_t *name = json_object_get(request, "client_name");

	result->client_name = json_text(request, "client_name");
	if (name == NULL || (json_is_string(name) && result->client_name.n <= NAME_BYTES && str_is_printable(result->client_name)))
		return true;
	result->client_name = STR_NONE;
	refuse(result, "invalid_client_metadata", "client_name must be a text of at most 200 bytes without control characters");
	return false;
}

static bool is_scope_list(struct str scope)
{
	for (size_t i = 0; i < scope.n; i++) {
		if ((unsigned char)scope.p[i] < 0x20 || (unsigned char)scope.p[i] > 0x7e || scope.p[i] == '"' || scope.p[i] == '\\')
			return false;
	}
	return scope.n != 0;
}

/*
 * The secret goes only to a client that asked for a way of sending one, and only if the operator set it: handed out like this it is
 * no secret any more, and a client that asked for `none` would not send it.
 */
static bool wants_secret(const struct client *client, const json_t *request)
{
	struct str method = json_text(request, "token_endpoint_auth_method");

	return client->secret.n != 0 && (str_is(method, "client_secret_post") || str_is(method, "client_secret_basic"));
}

/* RFC 7591 3.2.1: everything that is registered, as it is registered, and no member without a value. */
static void accept(const struct client *client, const json_t *request, int64_t now, struct registration *result)
{
	struct str scope = json_text(request, "scope");
	json_t *answer = json_object();

	result->status = 201;
	result->reason = "registered";
	result->secret_given = wants_secret(client, request);
	(void)json_object_set_new(answer, "client_id", json_from_str(client->id));
	(void)json_object_set_new(answer, "client_id_issued_at", json_integer(now));
	if (result->secret_given) {
		(void)json_object_set_new(answer, "client_secret", json_from_str(client->secret));
		(void)json_object_set_new(answer, "client_secret_expires_at", json_integer(0));
	}
	(void)json_object_set_new(answer, "redirect_uris", json_copy(json_object_get(request, "redirect_uris")));
	(void)json_object_set_new(answer, "grant_types",
		client->refresh && (json_object_get(request, "grant_types") == NULL || array_has(json_object_get(request, "grant_types"), "refresh_token")) ?
			json_pack("[s,s]", "authorization_code", "refresh_token") :
			json_pack("[s]", "authorization_code"));
	(void)json_object_set_new(answer, "response_types", json_pack("[s]", "code"));
	(void)json_object_set_new(answer, "token_endpoint_auth_method",
		json_string(result->secret_given ? registration_secret_method(client) : "none"));
	if (result->client_name.n != 0)
		(void)json_object_set_new(answer, "client_name", json_from_str(result->client_name));
	if (is_scope_list(scope))
		(void)json_object_set_new(answer, "scope", json_from_str(scope));
	if (json_object_get(request, "application_type") != NULL)
		(void)json_object_set_new(answer, "application_type", json_from_str(json_text(request, "application_type")));
	result->answer = answer;
}

void registration_judge(const struct client *client, struct str body, int64_t now, struct registration *result)
{
	*result = (struct registration){ .request = json_read_object(body, request_limits) };
	if (result->request == NULL) {
		refuse(result, "invalid_client_metadata", "the body must be one JSON object of at most 16 KiB without double members");
		return;
	}
	if (judge_name(result->request, result) && judge_redirect_uris(client, result->request, result) && judge_flow(result->request, result))
		accept(client, result->request, now, result);
}

void registration_free(struct registration *registration)
{
	json_decref(registration->request);
	json_decref(registration->answer);
	*registration = (struct registration){ 0 };
}
