/* SPDX-License-Identifier: MIT */
/*
 * authorization-server-metadata: what clients read of the authorization server (RFC 8414), where the provider's own document doesn't do.
 *
 * direct   the provider speaks for itself: 404 here, or 308 to its document
 * augment  on the provider's own host: its document, with what is missing, under its own issuer
 * facade   on our host: its document under our issuer, only while the provider sends no `iss` (RFC 9207)
 */
#include <stdlib.h>
#include <time.h>

#include "app.h"
#include "document.h"
#include "log.h"
#include "provider.h"
#include "resource.h"
#include "server_metadata.h"

#define RETRY_SECONDS 10

/* What is derived from the settings and lives as long as they do. */
struct desk {
	const struct settings *settings;
	struct state state;
	struct table *table;
	struct provider **provider; /* one per issuer */
};

enum form { FORM_NONE, FORM_RFC8414, FORM_OPENID };

static void desk_open(struct desk *desk, const struct settings *settings);
static void desk_close(struct desk *desk);
static bool can_be_published(const struct settings *settings, struct buf *why);
static void serve(struct desk *desk, struct http *http);
static enum form form_of(const struct settings *settings, const struct issuer *issuer, struct str host, struct str path);
static void redirect(const struct settings *settings, struct http *http);
static void publish(struct desk *desk, struct http *http, size_t issuer, enum form form);

int main(int argc, char **argv)
{
	struct app app = { .program = "authorization-server-metadata", .summary = "tells clients where to log in (RFC 8414)", .check = can_be_published };
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

	desk->settings = settings;
	if (!state_open(&desk->state, settings->state_directory.p, &error)) {
		log_event(LOG_ERROR, "state_directory_refused", "%.*s", STR_ARGS(buf_str(&error)));
		exit(EXIT_SYSTEM);
	}
	desk->table = table_open(desk->state.directory, "table");
	desk->provider = memory_new(settings->n_issuers * sizeof(struct provider *));
	for (size_t i = 0; i < settings->n_issuers; i++)
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

/*
 * At the start: a document that strict clients would break on must not be served for an hour before anyone notices. A provider
 * that does not answer is no reason not to start.
 */
static bool can_be_published(const struct settings *settings, struct buf *why)
{
	struct desk desk;
	bool good = true;

	if (settings->server == SERVER_DIRECT)
		return true;
	desk_open(&desk, settings);
	for (size_t i = 0; i < settings->n_issuers; i++) {
		auto_buf reason = BUF(2048);
		const json_t *document;

		if (provider_document(desk.provider[i], time(NULL), &document) != PROVIDER_READY)
			continue;
		auto_json *published = server_metadata_build(settings, &settings->issuer[i], document, &reason);
		if (published == NULL) {
			buf_print(why, "issuer %.*s: %.*s\n", STR_ARGS(settings->issuer[i].identifier), STR_ARGS(buf_str(&reason)));
			good = false;
		}
	}
	desk_close(&desk);
	return good;
}

static void serve(struct desk *desk, struct http *http)
{
	struct str query, path = document_path(http, &query);

	if (desk->settings->server == SERVER_DIRECT) {
		redirect(desk->settings, http);
		return;
	}
	for (size_t i = 0; i < desk->settings->n_issuers; i++) {
		enum form form = form_of(desk->settings, &desk->settings->issuer[i], http->value[SERVER_NAME], path);

		if (form == FORM_NONE)
			continue;
		if (document_is_read(http))
			publish(desk, http, i, form);
		return;
	}
	document_refuse(http, 404, "not_found", "no authorization server metadata is published here", 0);
}

/* Which document of the issuer lives at this path: never one under a host that is not the issuer's own (RFC 8414 3.3). */
static enum form form_of(const struct settings *settings, const struct issuer *issuer, struct str host, struct str path)
{
	const struct url *url = settings->server == SERVER_FACADE ? &settings->public_issuer_url : &issuer->url;
	auto_buf place = BUF(4096);
	struct str issuer_path = url->path;

	if (!str_eq_nocase(url->host, host))
		return FORM_NONE;
	url_insert_well_known(url, WELL_KNOWN_AUTHORIZATION_SERVER, true, &place);
	if (str_eq(str_skip(buf_str(&place), url->origin.n), path))
		return FORM_RFC8414;
	/* OpenID clients compare the issuer with the one in ID tokens, which a facade can't change (OIDC Discovery 4.3). */
	if (settings->server == SERVER_FACADE)
		return FORM_NONE;
	buf_clear(&place);
	url_insert_well_known(url, WELL_KNOWN_OPENID, true, &place);
	if (str_eq(str_skip(buf_str(&place), url->origin.n), path))
		return FORM_OPENID;
	if (str_ends(issuer_path, STR("/")))
		issuer_path.n--;
	return str_starts(path, issuer_path) && str_eq(str_skip(path, issuer_path.n), WELL_KNOWN_OPENID) ? FORM_OPENID : FORM_NONE;
}

/* Direct mode: a document moved to where the provider keeps it (RFC 9110 15.4.9), for clients that look here first. */
static void redirect(const struct settings *settings, struct http *http)
{
	const struct issuer *issuer = &settings->issuer[0];
	struct str query, path = document_path(http, &query);
	auto_buf place = BUF(4096);

	if (!settings->direct_redirect || !str_eq(path, WELL_KNOWN_AUTHORIZATION_SERVER)) {
		document_refuse(http, 404, "not_found", "the authorization server publishes its own metadata", 0);
		return;
	}
	if (!document_is_read(http))
		return;
	if (issuer->provider_metadata.n != 0)
		buf_add(&place, issuer->provider_metadata);
	else
		url_insert_well_known(&issuer->url, WELL_KNOWN_AUTHORIZATION_SERVER, true, &place);
	http_status(http, 308);
	document_allow_any_origin(http);
	http_header(http, "Location", buf_str(&place));
	http_content(http, STR_NONE);
}

/* The members without which an OpenID document is none (OIDC Discovery 3): clients refuse such a document whole. */
static bool is_openid(const json_t *document)
{
	return json_object_get(document, "jwks_uri") != NULL && json_object_get(document, "subject_types_supported") != NULL &&
	       json_object_get(document, "id_token_signing_alg_values_supported") != NULL;
}

static void publish(struct desk *desk, struct http *http, size_t issuer, enum form form)
{
	auto_buf text = BUF(DOCUMENT_BYTES);
	auto_buf why = BUF(2048);
	const json_t *provider;

	if (provider_document(desk->provider[issuer], time(NULL), &provider) != PROVIDER_READY) {
		document_refuse(http, 503, "temporarily_unavailable", "the authorization server does not answer right now: try again later", RETRY_SECONDS);
		return;
	}
	auto_json *document = server_metadata_build(desk->settings, &desk->settings->issuer[issuer], provider, &why);
	if (document == NULL) {
		log_event(LOG_ERROR, "metadata_refused", "issuer %.*s: %.*s", STR_ARGS(desk->settings->issuer[issuer].identifier), STR_ARGS(buf_str(&why)));
		document_refuse(http, 503, "temporarily_unavailable", "the metadata can not be published: the operator's log says why", RETRY_SECONDS);
	} else if (form == FORM_OPENID && !is_openid(document)) {
		document_refuse(http, 404, "not_found", "this authorization server has no OpenID Connect metadata", 0);
	} else {
		json_write(document, &text);
		document_send(http, buf_str(&text), desk->settings->metadata_max_age);
	}
}
