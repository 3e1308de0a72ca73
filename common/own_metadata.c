/* SPDX-License-Identifier: MIT */
#include "own_metadata.h"

#include "registration.h"

static void set_places(struct str issuer, json_t *document)
{
	static const char *const places[][2] = { { "authorization_endpoint", "/oauth/authorize" },
		{ "token_endpoint", "/oauth/token" }, { "revocation_endpoint", "/oauth/revoke" },
		{ "registration_endpoint", REGISTRATION_PATH }, { "jwks_uri", "/oauth/jwks" } };

	(void)json_object_set_new(document, "issuer", json_from_str(issuer));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		(void)json_object_set_new(document, places[i][0], json_sprintf("%.*s%s", STR_ARGS(issuer), places[i][1]));
}

static void add_scope(json_t *scopes, struct str scope)
{
	for (size_t i = 0; i < json_array_size(scopes); i++) {
		const json_t *item = json_array_get(scopes, i);

		if (str_eq((struct str){ json_string_value(item), json_string_length(item) }, scope))
			return;
	}
	(void)json_array_append_new(scopes, json_from_str(scope));
}

static void add_scopes(json_t *scopes, const struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		add_scope(scopes, words->word[i]);
}

/* Those of all resources that take our tokens. With offline_access here, clients ask for refresh tokens (MCP authorization). */
static json_t *scopes_of(const struct settings *settings)
{
	json_t *scopes = json_array();

	add_scopes(scopes, &settings->as_scopes);
	for (size_t i = 0; settings->as_scopes.n == 0 && i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];

		if (!settings_accepts(resource, settings->broker.own))
			continue;
		add_scopes(scopes, &resource->require_scopes);
		add_scopes(scopes, &resource->publish_scopes);
		add_scopes(scopes, &resource->operation_scopes);
	}
	if (settings->as_scopes.n == 0 && settings->broker.registration.refresh)
		add_scope(scopes, STR("offline_access"));
	return scopes;
}

static bool has_secret_client(const struct broker *broker)
{
	for (size_t i = 0; i < broker->n_clients; i++) {
		if (broker->client[i].secret.n != 0)
			return true;
	}
	return false;
}

/* Left out, these would mean more than we do (RFC 8414 2). */
static void set_methods(const struct broker *broker, json_t *document)
{
	json_t *methods = has_secret_client(broker) ? json_pack("[s,s,s]", "none", "client_secret_basic", "client_secret_post")
						    : json_pack("[s]", "none");

	(void)json_object_set_new(document, "grant_types_supported",
		broker->registration.refresh ? json_pack("[s,s]", "authorization_code", "refresh_token")
					     : json_pack("[s]", "authorization_code"));
	(void)json_object_set_new(document, "response_types_supported", json_pack("[s]", "code"));
	(void)json_object_set_new(document, "response_modes_supported", json_pack("[s]", "query"));
	(void)json_object_set_new(document, "code_challenge_methods_supported", json_pack("[s]", "S256"));
	(void)json_object_set(document, "token_endpoint_auth_methods_supported", methods);
	(void)json_object_set_new(document, "revocation_endpoint_auth_methods_supported", methods);
}

json_t *own_metadata_build(const struct settings *settings, bool openid)
{
	json_t *document = json_object(), *scopes = scopes_of(settings);

	set_places(settings->public_issuer, document);
	if (json_array_size(scopes) != 0)
		(void)json_object_set(document, "scopes_supported", scopes);
	json_decref(scopes);
	set_methods(&settings->broker, document);
	(void)json_object_set_new(document, "authorization_response_iss_parameter_supported", json_true());
	if (settings->broker.documents.n != 0)
		(void)json_object_set_new(document, "client_id_metadata_document_supported", json_true());
	if (openid) {
		(void)json_object_set_new(document, "subject_types_supported", json_pack("[s]", "public"));
		(void)json_object_set_new(document, "id_token_signing_alg_values_supported", json_pack("[s]", "ES256"));
	}
	return document;
}
