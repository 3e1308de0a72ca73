/* SPDX-License-Identifier: MIT */
/*
 * protected-resource-metadata: tells clients where a token for an MCP server comes from (RFC 9728).
 * Each resource has its document at the place that its own path names, and at the root too when its
 * host has no other. Knows the settings and public files: it links neither libcurl nor libcrypto.
 *
 * /oauth/jwks has the public keys of our assertions and of our own authorization server's tokens. It is here and not beside the
 * authorization server's metadata, because they are signed in the name of the resource's host, and because on a provider's own host
 * (augment) that path may be the provider's. Also answers /healthz, since a load balancer wants somebody to.
 */
#include <stdlib.h>
#include <time.h>

#include "app.h"
#include "breaker.h"
#include "document.h"
#include "json.h"
#include "keyring.h"
#include "log.h"

#define KEYS_PATH "/oauth/jwks"
#define KEYS_SECONDS 300 /* a retired key stays for longer (gatehouse keys) */

static void serve(const struct settings *settings, struct http *http);
static void serve_keys(const struct settings *settings, struct http *http);
static const struct resource *find(const struct settings *settings, struct str host, struct str place, bool *with_slash);
static void write_document(const struct settings *settings, const struct resource *resource, bool with_slash, struct buf *out);

int main(int argc, char **argv)
{
	struct app app = { .program = "protected-resource-metadata",
		.summary = "tells clients where a token for an MCP server comes from (RFC 9728)" };
	struct http http = { 0 };

	app_start(&app, argc, argv);
	http_start();
	while (http_next(&http)) {
		(void)!app_settings_changed(&app);
		serve(app.settings, &http);
	}
	app_end(&app);
	return EXIT_SUCCESS;
}

static void serve(const struct settings *settings, struct http *http)
{
	const struct str well_known = WELL_KNOWN_PROTECTED_RESOURCE;
	struct str query, path = document_path(http, &query), host = http->value[SERVER_NAME];
	auto_buf document = BUF(DOCUMENT_BYTES);
	const struct resource *resource = NULL;
	bool with_slash = false;

	if (str_is(path, "/healthz")) {
		if (document_is_read(http))
			document_send(http, STR("{\"status\":\"ok\"}"), 0);
		return;
	}
	if (str_is(path, KEYS_PATH)) {
		serve_keys(settings, http);
		return;
	}
	if (str_starts(path, well_known))
		resource = find(settings, host, str_skip(path, well_known.n), &with_slash);
	if (resource == NULL) {
		document_absent(http, "no protected resource is configured here");
	} else if (document_is_read(http)) {
		write_document(settings, resource, with_slash, &document);
		document_send(http, buf_str(&document), settings->metadata_max_age);
	}
}

/* new, or NULL, which is logged */
static json_t *read_keys(const struct settings *settings)
{
	auto_buf error = BUF(1024);
	struct state state;
	json_t *ring;

	if (!state_open(&state, settings->state_directory.p, &error)) {
		log_event(LOG_ERROR, "state_directory_refused", "%.*s", STR_ARGS(buf_str(&error)));
		return NULL;
	}
	ring = keyring_read(&state);
	if (ring == NULL)
		log_event(LOG_ERROR, "keyring_missing", "there is no key for assertions in %s", state.path);
	state_close(&state);
	return ring;
}

/* Read at each request: clients keep them, and a new key is here before anything signed with it gets anywhere. */
static void serve_keys(const struct settings *settings, struct http *http)
{
	struct str host = http->value[SERVER_NAME];
	auto_buf document = BUF(DOCUMENT_BYTES);
	bool wanted = settings->server == SERVER_BROKER && str_eq_nocase(settings->public_issuer_url.host, host);

	for (size_t i = 0; i < settings->n_resources; i++)
		wanted = wanted || (settings->resource[i].assertion && str_eq_nocase(settings->resource[i].url.host, host));
	if (!wanted) {
		document_absent(http, "nothing is signed here");
		return;
	}
	if (!document_is_read(http))
		return;
	auto_json *ring = read_keys(settings);
	auto_json *keys = ring != NULL ? keyring_public(ring, time(NULL), NULL) : NULL;
	if (keys == NULL) {
		document_refuse(http, 503, "temporarily_unavailable", "the keys can not be read: the operator's log says why",
			BREAK_SECONDS);
		return;
	}
	json_write(keys, &document);
	document_send(http, buf_str(&document), KEYS_SECONDS);
}

/*
 * Does `place` name the path of the resource, byte for byte? Only the "/" right after the host is
 * left out (RFC 9728 3.1).
 */
static bool is_place_of(const struct resource *resource, struct str place, bool *with_slash)
{
	struct str path = resource->url.path;

	*with_slash = false;
	if (str_is(path, "/"))
		path = STR_NONE;
	if (str_eq(path, place))
		return true;
	*with_slash = resource->slash_alias && str_ends(place, STR("/")) && str_eq(path, str_first(place, place.n - 1));
	return *with_slash;
}

static const struct resource *find(const struct settings *settings, struct str host, struct str place, bool *with_slash)
{
	const struct resource *only = NULL;
	size_t on_host = 0;

	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];

		if (!str_eq_nocase(resource->url.host, host))
			continue;
		if (is_place_of(resource, place, with_slash))
			return resource;
		only = resource;
		on_host++;
	}
	*with_slash = false;
	return place.n == 0 && on_host == 1 ? only : NULL;
}

static json_t *strings(const struct words *words)
{
	json_t *array = json_array();

	for (size_t i = 0; i < words->n; i++)
		(void)json_array_append_new(array, json_from_str(words->word[i]));
	return array;
}

/* Whom a client shall ask for a token: the first counts (MCP authorization, server location). */
static json_t *authorization_servers(const struct settings *settings, const struct resource *resource)
{
	json_t *array = json_array();

	if (settings->server == SERVER_FACADE) {
		(void)json_array_append_new(array, json_from_str(settings->public_issuer));
		return array;
	}
	for (size_t i = 0; i < resource->n_issuers; i++)
		(void)json_array_append_new(array, json_from_str(resource->issuer[i]->identifier));
	return array;
}

/* RFC 9728 2. Members without a value are left out: strict clients refuse null. */
static void write_document(const struct settings *settings, const struct resource *resource, bool with_slash, struct buf *out)
{
	const struct {
		const char *name;
		struct str value;
	} texts[] = {
		{ "resource_name", resource->name },
		{ "resource_documentation", resource->documentation },
		{ "resource_policy_uri", resource->policy_uri },
		{ "resource_tos_uri", resource->tos_uri },
	};
	auto_json *document = json_object();
	auto_buf identifier = BUF(4096);

	buf_add(&identifier, resource->identifier);
	if (with_slash)
		buf_add_byte(&identifier, '/');
	(void)json_object_set_new(document, "resource", json_from_str(buf_str(&identifier)));
	(void)json_object_set_new(document, "authorization_servers", authorization_servers(settings, resource));
	if (resource->publish_scopes.n != 0)
		(void)json_object_set_new(document, "scopes_supported", strings(&resource->publish_scopes));
	(void)json_object_set_new(document, "bearer_methods_supported", json_pack("[s]", "header"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].value.n != 0)
			(void)json_object_set_new(document, texts[i].name, json_from_str(texts[i].value));
	}
	json_write(document, out);
}
