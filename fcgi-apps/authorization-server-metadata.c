/* SPDX-License-Identifier: MIT */
/*
 * authorization-server-metadata: what clients read of the authorization server (RFC 8414), where the
 * provider's own document doesn't do.
 *
 * direct   the provider speaks for itself: 404 here, or 308 to its document
 * augment  on the provider's own host: its document, with what is missing, under its own issuer
 * facade   on our host: its document under our issuer, only while the provider sends no `iss` (RFC 9207)
 * broker   on our host: what we are ourselves; the provider is not asked
 */
#include <stdlib.h>
#include <time.h>

#include "app.h"
#include "breaker.h"
#include "document.h"
#include "log.h"
#include "own_metadata.h"
#include "provider.h"
#include "publish.h"
#include "resource.h"
#include "server_metadata.h"

/* What is derived from the settings and lives as long as they do. */
struct desk {
	const struct settings *settings;
	struct state state;
	struct table *table;
	struct provider **provider; /* one per issuer */
};

static void desk_open(struct desk *desk, const struct settings *settings);
static void desk_close(struct desk *desk);
static void serve(struct desk *desk, struct http *http);
static void redirect(const struct settings *settings, struct http *http, struct str path);
static void publish(struct desk *desk, struct http *http, size_t issuer, bool openid);
static void publish_own(const struct settings *settings, struct http *http, bool openid);

int main(int argc, char **argv)
{
	struct app app = { .program = "authorization-server-metadata",
		.summary = "tells clients where to log in (RFC 8414)",
		.check = publish_check };
	struct http http = { 0 };
	struct desk desk;

	app_start(&app, argc, argv);
	http_start();
	desk_open(&desk, app.settings);
	while (http_next(&http)) {
		if (app_settings_changed(&app)) {
			desk_close(&desk);
			desk_open(&desk, app.settings);
		}
		serve(&desk, &http);
	}
	desk_close(&desk);
	app_end(&app);
	return EXIT_SUCCESS;
}

static void desk_open(struct desk *desk, const struct settings *settings)
{
	auto_buf error = BUF(1024);
	size_t n = settings->n_issuers;

	desk->settings = settings;
	if (!state_open(&desk->state, settings->state_directory.p, &error)) {
		log_event(LOG_ERROR, "state_directory_refused", "%.*s", STR_ARGS(buf_str(&error)));
		exit(EXIT_SYSTEM);
	}
	desk->table = table_open(desk->state.directory, "table");
	desk->provider = memory_new(n * sizeof(struct provider *));
	for (size_t i = 0; i < n; i++)
		desk->provider[i] = provider_new(settings, &settings->issuer[i], &desk->state, desk->table);
}

static void desk_close(struct desk *desk)
{
	for (size_t i = 0; i < desk->settings->n_issuers; i++)
		provider_free(desk->provider[i]);
	free(desk->provider);
	table_close(desk->table);
	state_close(&desk->state);
}

static void serve(struct desk *desk, struct http *http)
{
	const struct settings *settings = desk->settings;
	struct str query, path = document_path(http, &query), host = http->value[SERVER_NAME];

	if (settings->server == SERVER_DIRECT) {
		redirect(settings, http, path);
		return;
	}
	for (size_t i = 0; i < settings->n_issuers; i++) {
		enum server_metadata_form form = server_metadata_form(settings, &settings->issuer[i], host, path);

		if (form == FORM_NONE)
			continue;
		if (!document_is_read(http))
			return;
		if (settings->server == SERVER_BROKER)
			publish_own(settings, http, form == FORM_OPENID);
		else
			publish(desk, http, i, form == FORM_OPENID);
		return;
	}
	document_absent(http, "no authorization server metadata is published here");
}

/* The issuer that the metadata of this host's first resource names first, NULL on a foreign host. */
static const struct issuer *issuer_of_host(const struct settings *settings, struct str host)
{
	for (size_t i = 0; i < settings->n_resources; i++) {
		if (str_eq_nocase(settings->resource[i].url.host, host))
			return settings->resource[i].issuer[0];
	}
	return NULL;
}

/* Direct mode: sends clients that look here first to the provider's own document. */
static void redirect(const struct settings *settings, struct http *http, struct str path)
{
	const struct issuer *issuer = issuer_of_host(settings, http->value[SERVER_NAME]);
	auto_buf place = BUF(4096);

	if (!settings->direct_redirect || issuer == NULL || !str_eq(path, WELL_KNOWN_AUTHORIZATION_SERVER)) {
		document_absent(http, "the authorization server publishes its own metadata");
		return;
	}
	if (!document_is_read(http))
		return;
	if (issuer->provider_metadata.n != 0)
		buf_add(&place, issuer->provider_metadata);
	else
		url_insert_well_known(&issuer->url, WELL_KNOWN_AUTHORIZATION_SERVER, true, &place);
	document_moved(http, buf_str(&place), settings->metadata_max_age);
}

static void publish(struct desk *desk, struct http *http, size_t issuer, bool openid)
{
	const struct issuer *ours = &desk->settings->issuer[issuer];
	auto_buf text = BUF(DOCUMENT_BYTES);
	auto_buf why = BUF(2048);
	const json_t *provider;

	if (provider_document(desk->provider[issuer], time(NULL), &provider) != PROVIDER_READY) {
		document_refuse(http, 503, "temporarily_unavailable",
			"the authorization server does not answer right now: try again later", BREAK_SECONDS);
		return;
	}
	auto_json *document = server_metadata_build(desk->settings, ours, provider, &why);
	if (document == NULL) {
		log_event(LOG_ERROR, "metadata_refused", "issuer %.*s: %.*s", STR_ARGS(ours->identifier), STR_ARGS(buf_str(&why)));
		document_refuse(http, 503, "temporarily_unavailable",
			"the metadata can not be published: the operator's log says why", BREAK_SECONDS);
	} else if (openid && !server_metadata_is_openid(document)) {
		document_absent(http, "this authorization server has no OpenID Connect metadata");
	} else {
		json_write(document, &text);
		document_send(http, buf_str(&text), desk->settings->metadata_max_age);
	}
}

static void publish_own(const struct settings *settings, struct http *http, bool openid)
{
	auto_json *document = own_metadata_build(settings, openid);
	auto_buf text = BUF(DOCUMENT_BYTES);

	json_write(document, &text);
	document_send(http, buf_str(&text), settings->metadata_max_age);
}
