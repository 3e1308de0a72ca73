/* SPDX-License-Identifier: MIT */
#include "server_metadata.h"

#include "registration.h"
#include "registration_client.h"

/* Members that must be there, and must be places where a client may go (RFC 8414 2, OAuth 2.1 1.5). */
static const char *const required_endpoints[] = { "authorization_endpoint", "token_endpoint" };

/*
 * Members that would be wrong in our mouth: signed by another, or about resources that we don't know
 * (RFC 8414 2.1, RFC 9728 4).
 */
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
			buf_print(why,
				"the provider's document says %s, which MCP clients don't do: switch "
				"it off for this client at the provider",
				demands[i]);
			return true;
		}
	}
	return false;
}

/*
 * A facade names itself as issuer, but the provider redirects. If the provider puts its own name
 * into the redirect (RFC 9207), every client that compares stops there, after the login.
 */
static bool facade_breaks(const struct settings *settings, const struct issuer *issuer, const json_t *provider, struct buf *why)
{
	bool flag = json_is_true(json_object_get(provider, "authorization_response_iss_parameter_supported"));

	if (settings->server != SERVER_FACADE || issuer->iss == ISS_SUPPRESSED || (issuer->iss == ISS_NONE && !flag))
		return false;
	buf_print(why,
		"%s `iss` in its redirects (RFC 9207), so strict clients would refuse a facade after "
		"the login: use `authorization_server augment`, `direct` or `broker`, or switch `iss` off for "
		"this client at the provider and say `provider_iss suppressed`",
		flag ? "the provider says that it sends" : "nobody has said that the provider doesn't send");
	return true;
}

/* Places that a client may be sent to. */
static bool is_place(struct str member)
{
	return str_ends(member, STR("_endpoint")) || str_ends(member, STR("_uri")) || str_is(member, "service_documentation") ||
		str_is(member, "check_session_iframe");
}

/*
 * Null, an empty list, a place that is no https URL, or a member whose type would make strict
 * clients refuse the whole: what is `_supported` is a list or a yes or no (RFC 8414 2).
 */
static bool is_useless(const struct settings *settings, struct str member, const json_t *value)
{
	if (json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0))
		return true;
	if (str_ends(member, STR("_supported")))
		return !json_is_array(value) && !json_is_boolean(value);
	return is_place(member) && !is_endpoint(settings, (struct str){ json_string_value(value), json_string_length(value) });
}

/* Places for clients with certificates (RFC 8705 5): all of them are good, or they go. */
static bool has_bad_alias(const struct settings *settings, json_t *aliases)
{
	const char *name;
	json_t *value;

	json_object_foreach (aliases, name, value) {
		if (is_useless(settings, str_from(name), value))
			return true;
	}
	return false;
}

/* Takes away what is no use to anybody, and what only the provider may say. */
static void drop_useless(const struct settings *settings, json_t *document)
{
	const char *name;
	json_t *value;
	void *next;

	for (size_t i = 0; i < sizeof(foreign_members) / sizeof(foreign_members[0]); i++)
		(void)json_object_del(document, foreign_members[i]);
	json_object_foreach_safe (document, next, name, value) {
		if (is_useless(settings, str_from(name), value))
			(void)json_object_del(document, name);
	}
	if (has_bad_alias(settings, json_object_get(document, "mtls_endpoint_aliases")))
		(void)json_object_del(document, "mtls_endpoint_aliases");
	/* Only a literal true promises that the provider resolves URLs as client ids (CIMD). */
	if (!json_is_true(json_object_get(document, "client_id_metadata_document_supported")))
		(void)json_object_del(document, "client_id_metadata_document_supported");
	/* In a facade the redirect is the provider's, which never names our issuer (RFC 9207 3). */
	if (settings->server == SERVER_FACADE)
		(void)json_object_del(document, "authorization_response_iss_parameter_supported");
}

/* S256 alone, and only if the provider does it: by its own word or the operator's (RFC 9700 4.8). */
static bool set_challenge_methods(const struct issuer *issuer, json_t *document, struct buf *why)
{
	const json_t *methods = json_object_get(document, "code_challenge_methods_supported");

	if (!issuer->provider_pkce_s256 && !array_has(methods, "S256")) {
		buf_add_text(why,
			"the provider's document does not offer PKCE S256, so MCP clients stop: switch "
			"it on at the provider, or, if it does S256 without saying so, set "
			"`provider_pkce s256`");
		return false;
	}
	(void)json_object_set_new(document, "code_challenge_methods_supported", json_pack("[s]", "S256"));
	return true;
}

static bool set_response_types(const struct settings *settings, json_t *document, struct buf *why)
{
	const json_t *types = json_object_get(document, "response_types_supported");

	if (types != NULL && !array_has(types, "code")) {
		buf_add_text(why,
			"the provider's document offers no response type `code`, which MCP "
			"clients need: switch it on at the provider");
		return false;
	}
	if (types == NULL || settings->server == SERVER_FACADE)
		(void)json_object_set_new(document, "response_types_supported", json_pack("[s]", "code"));
	return true;
}

/* Sets the list to what the provider has there (if `keep`) and the words that it lacks. */
static void set_words(json_t *document, const char *name, bool keep, const char *const *words)
{
	json_t *list = keep ? json_copy(json_object_get(document, name)) : NULL;

	if (list == NULL)
		list = json_array();
	for (; *words != NULL; words++) {
		if (!array_has(list, *words))
			(void)json_array_append_new(list, json_string(*words));
	}
	(void)json_object_set_new(document, name, list);
}

/*
 * Left out, these two would mean `implicit` and `client_secret_basic` (RFC 8414 2), so they are
 * stated, and agree with what registration hands out. A facade is for our client alone; on the
 * provider's own place, and where it gives clients ids of their own, others read the same document.
 */
static void set_grants_and_methods(const struct settings *settings, const struct issuer *issuer, json_t *document)
{
	static const char *const basic[] = { "client_secret_basic", NULL };
	const struct client *client = &issuer->client;
	const char *grants[] = { "authorization_code", NULL, NULL };
	const char *methods[] = { "none", NULL, NULL };
	bool registers = registration_client_exists(client), keep = settings->server != SERVER_FACADE || client->id.n == 0;

	if (registers && client->refresh)
		grants[1] = "refresh_token";
	if (client->secret.n != 0)
		methods[1] = registration_secret_method(client);
	if (registers || json_object_get(document, "grant_types_supported") == NULL)
		set_words(document, "grant_types_supported", keep, grants);
	if (keep && json_object_get(document, "token_endpoint_auth_methods_supported") == NULL)
		set_words(document, "token_endpoint_auth_methods_supported", false, basic);
	if (registers)
		set_words(document, "token_endpoint_auth_methods_supported", keep, methods);
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
	bool facade = settings->server == SERVER_FACADE;
	struct str published = facade ? settings->public_issuer : issuer->identifier;
	json_t *document;

	if (asks_too_much(provider, why) || facade_breaks(settings, issuer, provider, why))
		return NULL;
	for (size_t i = 0; i < sizeof(required_endpoints) / sizeof(required_endpoints[0]); i++) {
		if (!is_endpoint(settings, json_text(provider, required_endpoints[i]))) {
			buf_print(why,
				"the provider's document has no https URL as %s: look at "
				"provider_metadata and at the provider",
				required_endpoints[i]);
			return NULL;
		}
	}
	/* A copy of the object; what its members hold is never changed, only replaced. */
	document = json_copy((json_t *)(uintptr_t)provider);
	drop_useless(settings, document);
	if (!set_challenge_methods(issuer, document, why) || !set_response_types(settings, document, why)) {
		json_decref(document);
		return NULL;
	}
	(void)json_object_set_new(document, "issuer", json_from_str(published));
	set_grants_and_methods(settings, issuer, document);
	set_scopes(settings, document);
	if (registration_client_exists(&issuer->client))
		set_registration(published, document);
	return document;
}

bool server_metadata_is_openid(const json_t *document)
{
	static const char *const members[] = { "jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported" };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (json_object_get(document, members[i]) == NULL)
			return false;
	}
	return true;
}

/* Is `path` the path of the URL that `place` is, on the host of `url`? */
static bool is_path_of(const struct buf *place, const struct url *url, struct str path)
{
	return str_eq(str_skip(buf_str(place), url->origin.n), path);
}

enum server_metadata_form server_metadata_form(
	const struct settings *settings, const struct issuer *issuer, struct str host, struct str path)
{
	bool facade = settings->server == SERVER_FACADE;
	/* A broker's provider speaks for itself, elsewhere. */
	if (settings->server == SERVER_BROKER && !issuer->own)
		return FORM_NONE;
	const struct url *url = facade ? &settings->public_issuer_url : &issuer->url;
	auto_buf place = BUF(4096);
	struct str issuer_path = url->path;

	if (!str_eq_nocase(url->host, host))
		return FORM_NONE;
	url_insert_well_known(url, WELL_KNOWN_AUTHORIZATION_SERVER, true, &place);
	if (is_path_of(&place, url, path))
		return FORM_RFC8414;
	/*
	 * OpenID clients compare the issuer with the one in ID tokens, which a facade can't change
	 * (OIDC Discovery 4.3).
	 */
	if (facade)
		return FORM_NONE;
	buf_clear(&place);
	url_insert_well_known(url, WELL_KNOWN_OPENID, true, &place);
	if (is_path_of(&place, url, path))
		return FORM_OPENID;
	if (str_ends(issuer_path, STR("/")))
		issuer_path.n--;
	if (str_starts(path, issuer_path) && str_eq(str_skip(path, issuer_path.n), WELL_KNOWN_OPENID))
		return FORM_OPENID;
	return FORM_NONE;
}
