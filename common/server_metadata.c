/* SPDX-License-Identifier: MIT */
#include "server_metadata.h"

#include "registration.h"

/* Members that must be there, and must be places where a client may go (RFC 8414 2, OAuth 2.1 1.5). */
static const char *const required_endpoints[] = { "authorization_endpoint", "token_endpoint" };

/* Members that would be wrong in our mouth: signed by another, or about resources that we don't know (RFC 8414 2.1, RFC 9728 4). */
static const char *const foreign_members[] = { "signed_metadata", "protected_resources" };

static bool array_has(const json_t *array, const char *word)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (str_is(str_from(json_string_value(json_array_get(array, i))), word))
			return true;
	}
	return false;
}

/* An absolute https URL without fragment; http for loopback in development (OAuth 2.1 1.5). */
static bool is_endpoint(const struct settings *settings, struct str text)
{
	struct url url;

	return url_parse(text, &url) && !url.has_fragment &&
	       (str_is(url.scheme, "https") || (settings->dev && url_is_loopback(&url)));
}

/* What no MCP client does, so that nobody could log in (RFC 9126 5, RFC 9101 10.5). */
static bool asks_too_much(const json_t *provider, struct buf *why)
{
	static const char *const demands[] = { "require_pushed_authorization_requests", "require_signed_request_object" };

	for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++) {
		if (json_is_true(json_object_get(provider, demands[i]))) {
			buf_print(why, "the provider's document says %s, which MCP clients don't do: switch it off for this client at the provider", demands[i]);
			return true;
		}
	}
	return false;
}

/*
 * A facade names itself as issuer, but the provider redirects. If the provider puts its own name into the redirect (RFC 9207), every
 * client that compares stops there, after the login.
 */
static bool facade_breaks(const struct settings *settings, const struct issuer *issuer, const json_t *provider, struct buf *why)
{
	if (settings->server != SERVER_FACADE || issuer->iss == ISS_SUPPRESSED)
		return false;
	if (!json_is_true(json_object_get(provider, "authorization_response_iss_parameter_supported")))
		return false;
	buf_add_text(why, "the provider says that it sends `iss` in its redirects (RFC 9207), so strict clients would refuse a facade after the login: use"
			  " `authorization_server augment` or `direct`, or switch `iss` off for this client at the provider and say `provider_iss suppressed`");
	return true;
}

/* Takes away what is no use to anybody: null, empty arrays, places that are not https, what only the provider may say. */
static void drop_useless(const struct settings *settings, json_t *document)
{
	const char *name;
	json_t *value;
	void *next;

	for (size_t i = 0; i < sizeof(foreign_members) / sizeof(foreign_members[0]); i++)
		(void)json_object_del(document, foreign_members[i]);
	json_object_foreach_safe(document, next, name, value)
	{
		struct str member = str_from(name);
		bool is_place = str_ends(member, STR("_endpoint")) || str_ends(member, STR("_uri")) || str_is(member, "service_documentation");
		bool useless = json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
			       (is_place && !is_endpoint(settings, json_text(document, name)));

		if (useless)
			(void)json_object_del(document, name);
	}
	/* Only a literal true promises that the provider resolves URLs as client ids (CIMD). */
	if (!json_is_true(json_object_get(document, "client_id_metadata_document_supported")))
		(void)json_object_del(document, "client_id_metadata_document_supported");
}

/* S256 alone, and only if the provider does it: by its own word or the operator's (RFC 7636, RFC 9700 4.8). */
static bool set_challenge_methods(const struct issuer *issuer, json_t *document, struct buf *why)
{
	if (!issuer->provider_pkce_s256 && !array_has(json_object_get(document, "code_challenge_methods_supported"), "S256")) {
		buf_add_text(why, "the provider's document does not offer PKCE S256, so MCP clients stop: switch it on at the provider, or, if it does S256"
				  " without saying so, set `provider_pkce s256`");
		return false;
	}
	(void)json_object_set_new(document, "code_challenge_methods_supported", json_pack("[s]", "S256"));
	return true;
}

static bool set_response_types(json_t *document, struct buf *why)
{
	const json_t *types = json_object_get(document, "response_types_supported");

	if (types != NULL && !array_has(types, "code")) {
		buf_add_text(why, "the provider's document offers no response type `code`, which MCP clients need");
		return false;
	}
	(void)json_object_set_new(document, "response_types_supported", json_pack("[s]", "code"));
	return true;
}

/* Left out, these two would mean `implicit` and `client_secret_basic` (RFC 8414 2). */
static void set_grants_and_methods(const struct issuer *issuer, json_t *document)
{
	const struct client *client = &issuer->client;
	json_t *methods;

	if (client->id.n == 0) {
		if (json_object_get(document, "grant_types_supported") == NULL)
			(void)json_object_set_new(document, "grant_types_supported", json_pack("[s]", "authorization_code"));
		if (json_object_get(document, "token_endpoint_auth_methods_supported") == NULL)
			(void)json_object_set_new(document, "token_endpoint_auth_methods_supported", json_pack("[s]", "client_secret_basic"));
		return;
	}
	(void)json_object_set_new(document, "grant_types_supported",
		client->refresh ? json_pack("[s,s]", "authorization_code", "refresh_token") : json_pack("[s]", "authorization_code"));
	/* Exactly what registration hands out. */
	methods = json_pack("[s]", "none");
	if (client->secret.n != 0)
		(void)json_array_append_new(methods, json_string(registration_secret_method(client)));
	(void)json_object_set_new(document, "token_endpoint_auth_methods_supported", methods);
}

static void set_scopes(const struct settings *settings, json_t *document)
{
	json_t *scopes;

	if (settings->as_scopes.n == 0)
		return;
	scopes = json_array();
	for (size_t i = 0; i < settings->as_scopes.n; i++)
		(void)json_array_append_new(scopes, json_from_str(settings->as_scopes.word[i]));
	(void)json_object_set_new(document, "scopes_supported", scopes);
}

static void set_registration(struct str issuer, json_t *document)
{
	auto_buf endpoint = BUF(2048);
	struct url url;

	if (url_parse(issuer, &url)) {
		buf_add(&endpoint, url.origin);
		buf_add_text(&endpoint, REGISTRATION_PATH);
		(void)json_object_set_new(document, "registration_endpoint", json_from_str(buf_str(&endpoint)));
	}
}

json_t *server_metadata_build(const struct settings *settings, const struct issuer *issuer, const json_t *provider, struct buf *why)
{
	struct str published = settings->server == SERVER_FACADE ? settings->public_issuer : issuer->identifier;
	json_t *document;

	if (asks_too_much(provider, why) || facade_breaks(settings, issuer, provider, why))
		return NULL;
	for (size_t i = 0; i < sizeof(required_endpoints) / sizeof(required_endpoints[0]); i++) {
		if (!is_endpoint(settings, json_text(provider, required_endpoints[i]))) {
			buf_print(why, "the provider's document has no https URL as %s", required_endpoints[i]);
			return NULL;
		}
	}
	document = json_copy((json_t *)(uintptr_t)provider);
	drop_useless(settings, document);
	if (!set_challenge_methods(issuer, document, why) || !set_response_types(document, why)) {
		json_decref(document);
		return NULL;
	}
	(void)json_object_set_new(document, "issuer", json_from_str(published));
	if (settings->server == SERVER_FACADE)
		(void)json_object_del(document, "authorization_response_iss_parameter_supported");
	set_grants_and_methods(issuer, document);
	set_scopes(settings, document);
	if (issuer->client.id.n != 0)
		set_registration(published, document);
	return document;
}
