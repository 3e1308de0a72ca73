/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <time.h>

#include "fetch.h"
#include "json.h"
#include "policy.h"
#include "preset_facts.h"
#include "provider.h"
#include "server_metadata.h"
#include "signer.h"

#define PROBE_MS 10000

static bool array_has(const json_t *array, struct str word)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);

		if (str_eq((struct str){ json_string_value(item), json_string_length(item) }, word))
			return true;
	}
	return false;
}

/* What a strict client asks of the provider's own document when we don't stand in between (MCP authorization, discovery). */
static void check_direct(struct report *report, const struct issuer *issuer, const json_t *document)
{
	if (!array_has(json_object_get(document, "response_types_supported"), STR("code")))
		say(report, WRONG, "issuer %.*s: its document offers no response type `code`: MCP clients can't log in",
			STR_ARGS(issuer->identifier));
	if (!array_has(json_object_get(document, "code_challenge_methods_supported"), STR("S256")))
		say(report, WRONG,
			"issuer %.*s: its document does not offer PKCE S256, so MCP clients stop: switch it on there, or use"
			" `authorization_server augment` with `provider_pkce s256`, or `authorization_server broker`",
			STR_ARGS(issuer->identifier));
	if (json_object_get(document, "registration_endpoint") == NULL &&
		!json_is_true(json_object_get(document, "client_id_metadata_document_supported")))
		say(report, NOTE,
			"issuer %.*s: offers no client registration: people have to type a client id into their MCP client, or use"
			" `authorization_server augment` with `client_id`, or `authorization_server broker`",
			STR_ARGS(issuer->identifier));
}

static void check_scope(struct report *report, const struct issuer *issuer, const struct resource *resource, const json_t *offered,
	struct str scope, const char *whence)
{
	if (!array_has(offered, scope))
		say(report, NOTE, "scope %.*s of resource %.*s%s is not among the scopes that %.*s says it offers", STR_ARGS(scope),
			STR_ARGS(resource->identifier), whence, STR_ARGS(issuer->identifier));
}

/* We may only ask for scopes that the provider can grant, or clients run in circles. */
static void check_scopes(
	struct report *report, const struct settings *settings, const struct issuer *issuer, const json_t *document)
{
	const json_t *offered = json_object_get(document, "scopes_supported");

	if (!json_is_array(offered))
		return;
	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];

		if (!settings_accepts(resource, issuer))
			continue;
		for (size_t k = 0; k < resource->publish_scopes.n; k++)
			check_scope(report, issuer, resource, offered, resource->publish_scopes.word[k], "");
		for (size_t k = 0; k < resource->operation_scopes.n; k++) {
			if (!words_have(&resource->publish_scopes, resource->operation_scopes.word[k]))
				check_scope(report, issuer, resource, offered, resource->operation_scopes.word[k],
					", which a rule for tools asks for,");
		}
	}
}

/* What we know of the product may be out of date, or the preset is that of another one. */
static void check_facts(struct report *report, const struct issuer *issuer, const json_t *document)
{
	auto_buf differences = BUF(16384);

	preset_facts_compare(issuer->preset, document, &differences);
	say_lines(report, NOTE, &differences);
}

/* `discover` is a promise that the document has the endpoint. */
static void check_endpoint(struct report *report, const struct settings *settings, const struct issuer *issuer,
	const json_t *document, const char *member, struct str setting)
{
	struct str found = json_text(document, member);
	struct url url;

	if (!str_is(setting, DISCOVER))
		return;
	if (url_parse(found, &url) && (str_is(url.scheme, "https") || (settings->dev && url_is_loopback(&url))))
		say(report, GOOD, "issuer %.*s: %s %.*s", STR_ARGS(issuer->identifier), member, STR_ARGS(found));
	else
		say(report, WRONG,
			"issuer %.*s: its document has no %s that is an https URL, so whoever needs it is answered with 503:"
			" write `%s URL` in the place of `%s " DISCOVER "`",
			STR_ARGS(issuer->identifier), member, member, member);
}

/* Is anybody there? A GET registers nobody, and any answer will do. */
static void check_registration(
	struct report *report, const struct settings *settings, const struct issuer *issuer, struct str endpoint)
{
	const struct fetch_options options = { .ca_file = settings->ca_file,
		.proxy = settings->outbound_proxy,
		.loopback_http = settings->dev,
		.timeout_ms = PROBE_MS,
		.limit = PROVIDER_DOCUMENT_BYTES };
	auto_buf body = BUF(PROVIDER_DOCUMENT_BYTES);
	auto_free char *url = str_copy(endpoint);
	struct fetch_result result;

	if (fetch(url, &options, &body, &result) || result.status != 0)
		say(report, GOOD, "issuer %.*s: somebody answers at registration_endpoint %s (status %d; nothing was registered)",
			STR_ARGS(issuer->identifier), url, result.status);
	else
		say(report, WRONG, "issuer %.*s: registration_endpoint %s can't be reached, so nobody can register: %s",
			STR_ARGS(issuer->identifier), url, result.reason);
}

static void check_endpoints(
	struct report *report, const struct settings *settings, const struct issuer *issuer, const json_t *document)
{
	check_endpoint(report, settings, issuer, document, "introspection_endpoint", issuer->ask.introspection);
	check_endpoint(report, settings, issuer, document, "userinfo_endpoint", issuer->ask.userinfo);
	check_endpoint(report, settings, issuer, document, "registration_endpoint", issuer->client.endpoint);
}

static void check_document(
	struct report *report, const struct settings *settings, const struct issuer *issuer, const json_t *document)
{
	auto_buf why = BUF(2048);

	if (settings->server == SERVER_DIRECT) {
		check_direct(report, issuer, document);
	} else if (settings->server == SERVER_BROKER) {
		if (issuer == settings->broker.login)
			check_login(report, settings, issuer, document);
	} else {
		auto_json *published = server_metadata_build(settings, issuer, document, &why);

		if (published == NULL)
			say(report, WRONG, "issuer %.*s: %.*s", STR_ARGS(issuer->identifier), STR_ARGS(buf_str(&why)));
		else
			say(report, GOOD, "issuer %.*s: its document can be published", STR_ARGS(issuer->identifier));
	}
	check_scopes(report, settings, issuer, document);
	check_facts(report, issuer, document);
	check_endpoints(report, settings, issuer, document);
}

static bool discovers(const struct issuer *issuer)
{
	return str_is(issuer->ask.introspection, DISCOVER) || str_is(issuer->ask.userinfo, DISCOVER) ||
		str_is(issuer->client.endpoint, DISCOVER);
}

static void check_signer(struct report *report, const struct issuer *issuer, const char *directive, struct str key)
{
	struct signer *signer = signer_new(key);

	if (signer == NULL)
		say(report, WRONG,
			"issuer %.*s: %s holds no private key that we can sign with: it must be one in PEM, without a passphrase, "
			"P-256, P-384, RSA or Ed25519",
			STR_ARGS(issuer->identifier), directive);
	signer_free(signer);
}

/* private_key_jwt needs a key that can sign. */
static void check_signers(struct report *report, const struct issuer *issuer)
{
	if (issuer->ask.method == CLIENT_AUTH_PRIVATE_KEY && issuer->ask.key.n != 0)
		check_signer(report, issuer, "introspection_key_file", issuer->ask.key);
	if (issuer->client.key.n != 0)
		check_signer(report, issuer, "client_key_file", issuer->client.key);
}

/* The keys are in a file, but endpoints are to be found in the document all the same. */
static void check_discovered(
	struct report *report, const struct settings *settings, const struct issuer *issuer, struct provider *provider, int64_t now)
{
	const json_t *document;

	if (provider_document(provider, now, &document) == PROVIDER_READY) {
		check_endpoints(report, settings, issuer, document);
		if (issuer == settings->broker.login)
			check_login(report, settings, issuer, document);
	} else if (issuer == settings->broker.login) {
		say(report, WRONG, "issuer %.*s: its document can't be had, so nobody can log in: look at provider_metadata",
			STR_ARGS(issuer->identifier));
	} else {
		say(report, WRONG,
			"issuer %.*s: its document can't be had, where `" DISCOVER
			"` looks for endpoints: write their URLs in the place of that word",
			STR_ARGS(issuer->identifier));
	}
}

void check_provider(struct report *report, const struct settings *settings, const struct issuer *issuer, const struct state *state,
	struct table *table)
{
	struct provider *provider = provider_new(settings, issuer, state, table);
	auto_buf lines = BUF(65536);
	const json_t *document;
	int64_t now = time(NULL);
	bool reached = provider_probe(provider, now, &lines), from_file = issuer->keys_file.n != 0;
	struct str registration;

	say_steps(report, reached ? GOOD : WRONG, &lines);
	check_signers(report, issuer);
	if (reached && !from_file && provider_document(provider, now, &document) == PROVIDER_READY)
		check_document(report, settings, issuer, document);
	else if (reached && from_file && (discovers(issuer) || issuer == settings->broker.login))
		check_discovered(report, settings, issuer, provider, now);
	registration = str_is(issuer->client.endpoint, DISCOVER) ? provider_endpoint(provider, "registration_endpoint", now)
								 : issuer->client.endpoint;
	if (registration.n != 0)
		check_registration(report, settings, issuer, registration);
	provider_free(provider);
}
