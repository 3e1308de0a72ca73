/* SPDX-License-Identifier: MIT */
/*
 * client-registration: dynamic client registration (RFC 7591) for providers that have none. Whoever
 * asks gets the client that the operator made at the provider, if its redirect URIs are on the
 * operator's list; of our own authorization server an id of its own, which holds, sealed, what was registered;
 * or, where the operator wants that, one that the provider makes when we ask.
 * Nothing is written here, so nobody can fill it up.
 */
#include <stdlib.h>
#include <time.h>

#include "address.h"
#include "app.h"
#include "clients.h"
#include "document.h"
#include "log.h"
#include "publish.h"
#include "registration.h"
#include "registration_client.h"
#include "relay.h"
#include "state.h"
#include "table.h"
#include "throttle.h"

#define METHODS "POST, OPTIONS"
#define AUDIT_HOSTS_BYTES 1024
#define RETRY_SECONDS "60"

struct desk {
	const struct settings *settings;
	struct state state;
	struct table *table;
	struct seal *seal;
	struct turns *turns;
	struct relay **relay; /* of each issuer; NULL: it registers nobody for us */
};

static void desk_open(struct desk *desk, const struct settings *settings);
static void desk_close(struct desk *desk);
static bool can_register(const struct settings *settings, struct buf *why);
static void serve(struct desk *desk, struct http *http);
static bool may_register(const struct settings *settings, const struct client *client, struct desk *desk, struct http *http);
static void give_id(struct desk *desk, struct registration *registration);
static void ask_provider(struct desk *desk, const struct client *client, struct registration *registration);
static void answer(struct http *http, const struct registration *registration);
static void audit(const struct http *http, const struct registration *registration);

int main(int argc, char **argv)
{
	struct app app = { .program = "client-registration",
		.summary = "hands the operator's client to MCP clients that register (RFC 7591)",
		.needs_state = true,
		.check = can_register };
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
	desk->seal = seal_new(&desk->state);
	desk->turns = NULL;
	desk->relay = memory_new(n * sizeof(struct relay *));
	for (size_t i = 0; i < n; i++) {
		if (settings->issuer[i].client.endpoint.n == 0)
			continue;
		if (desk->turns == NULL)
			desk->turns = turns_new_of("registrations", &desk->state, desk->table);
		desk->relay[i] = relay_new(settings, &settings->issuer[i], &desk->state, desk->table, desk->turns);
	}
}

static void desk_close(struct desk *desk)
{
	for (size_t i = 0; i < desk->settings->n_issuers; i++)
		relay_free(desk->relay[i]);
	free(desk->relay);
	turns_free(desk->turns);
	seal_free(desk->seal);
	table_close(desk->table);
	state_close(&desk->state);
}

/* In a facade whose metadata is refused, a client would be registered for a login that it can't finish. */
static bool can_register(const struct settings *settings, struct buf *why)
{
	return registration_client_check(settings, why) && (settings->server != SERVER_FACADE || publish_check(settings, why));
}

/* The media type without its parameters (RFC 9110 8.3). */
static bool is_json(struct str content_type)
{
	struct str type = STR_NONE;

	return str_cut(&content_type, ';', &type) && str_eq_nocase(str_trim(type), STR("application/json"));
}

static void serve(struct desk *desk, struct http *http)
{
	__attribute__((cleanup(registration_free))) struct registration registration = { 0 };
	struct str query, path = document_path(http, &query), method = document_method(http);
	const struct client *client = registration_client_find(desk->settings, http->value[SERVER_NAME]);
	auto_buf body = BUF(REGISTRATION_BODY_BYTES);
	bool fits = http_body(http, &body);

	if (client == NULL || !str_is(path, REGISTRATION_PATH)) {
		document_refuse(http, 404, "not_found", "clients are not registered here", 0);
	} else if (str_is(method, "OPTIONS")) {
		document_preflight(http, METHODS);
	} else if (!str_is(method, "POST")) {
		document_wrong_method(http, METHODS);
	} else if (may_register(desk->settings, client, desk, http)) {
		if (body.failed)
			registration_refuse(&registration, 413, "invalid_client_metadata", "the body is larger than 16 KiB");
		else if (!fits)
			registration_refuse(&registration, 400, "invalid_client_metadata", "the body did not come to its end");
		else if (!is_json(http->value[CONTENT_TYPE]))
			registration_refuse(
				&registration, 400, "invalid_client_metadata", "the content type must be application/json");
		else
			registration_judge(client, buf_str(&body), time(NULL), &registration);
		if (registration.registered != NULL)
			give_id(desk, &registration);
		else if (registration.question != NULL)
			ask_provider(desk, client, &registration);
		answer(http, &registration);
		audit(http, &registration);
	}
}

/* One of the registrations that this address may try; *wait: the seconds until the next. Those whom nobody can tell apart share. */
static bool take_turn(
	const struct settings *settings, const struct client *client, struct desk *desk, const struct http *http, uint32_t *wait)
{
	struct address address = { { 0 } };
	struct timespec now;

	if (!address_of_client(http->value[REMOTE_ADDR], http->value[HTTP_X_FORWARDED_FOR], settings->trusted_proxy,
		    settings->n_trusted_proxies, &address))
		address = (struct address){ { 0 } };
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return throttle_stranger(
		desk->table, 'r', address_client(&address), client->rate, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, wait);
}

static bool has_token(const struct client *client, const struct http *http)
{
	struct str credential = http->value[HTTP_AUTHORIZATION];
	const struct str scheme = STR("Bearer ");

	return http->copies[HTTP_AUTHORIZATION] == 1 && str_eq_nocase(str_first(credential, scheme.n), scheme) &&
		str_eq_secret(str_skip(credential, scheme.n), client->registration_token);
}

/* RFC 6750 3.1: who sent nothing is told no error code. */
static void ask_for_token(struct http *http)
{
	bool sent = http->copies[HTTP_AUTHORIZATION] != 0;

	http_status(http, 401);
	document_allow_any_origin(http);
	http_header(http, "WWW-Authenticate",
		sent ? STR("Bearer realm=\"registration\", error=\"invalid_token\"") : STR("Bearer realm=\"registration\""));
	http_header(http, "Cache-Control", STR("no-store"));
	http_header(http, "Content-Type", STR("application/json"));
	http_content(http,
		STR("{\"error\":\"invalid_token\",\"error_description\":"
		    "\"registration needs the operator's initial access token\"}"));
}

/*
 * The limit per address, and the initial access token (RFC 7591 3), if the operator wants one. Writes
 * the refusal itself.
 */
static bool may_register(const struct settings *settings, const struct client *client, struct desk *desk, struct http *http)
{
	uint32_t wait = 0;

	if (!take_turn(settings, client, desk, http, &wait)) {
		document_refuse(http, 429, "too_many_requests", "too many registrations from this address: try again later", wait);
		audit(http, &(struct registration){ .reason = "too many registrations" });
		return false;
	}
	if (client->registration_token.n == 0 || has_token(client, http))
		return true;
	ask_for_token(http);
	audit(http, &(struct registration){ .reason = "no or wrong initial access token" });
	return false;
}

/* Its own id, from our own authorization server; without the keys for it, 503. */
static void give_id(struct desk *desk, struct registration *registration)
{
	auto_buf id = BUF(CLIENT_TEXT_BYTES);

	if (clients_seal(desk->seal, registration->registered, &id)) {
		(void)json_object_set_new(registration->answer, "client_id", json_from_str(buf_str(&id)));
		return;
	}
	registration_refuse(registration, 503, "temporarily_unavailable", "nobody can register right now: try again later");
	registration->reason = "no keys to seal with";
}

/* An id of its own, from the provider. */
static void ask_provider(struct desk *desk, const struct client *client, struct registration *registration)
{
	for (size_t i = 0; i < desk->settings->n_issuers; i++) {
		if (client == &desk->settings->issuer[i].client)
			relay_register(desk->relay[i], registration, time(NULL));
	}
}

static void answer(struct http *http, const struct registration *registration)
{
	auto_buf text = BUF(DOCUMENT_BYTES);

	json_write(registration->answer, &text);
	http_status(http, registration->status);
	document_allow_any_origin(http);
	http_header(http, "Cache-Control", STR("no-store"));
	http_header(http, "Pragma", STR("no-cache"));
	if (registration->status == 503)
		http_header(http, "Retry-After", STR(RETRY_SECONDS));
	http_header(http, "Content-Type", STR("application/json"));
	http_content(http, buf_str(&text));
}

/* One line per attempt: who asked, for whom, and where the codes would go. Never the secret. */
static void audit(const struct http *http, const struct registration *registration)
{
	static struct log_record record;
	const json_t *uris = json_object_get(registration->request, "redirect_uris");
	auto_buf hosts = BUF(AUDIT_HOSTS_BYTES);

	for (size_t i = 0; i < json_array_size(uris) && i < 16; i++) {
		const json_t *item = json_array_get(uris, i);
		struct str uri = { json_string_value(item), json_string_length(item) };
		struct url url;

		if (hosts.n != 0)
			buf_add_byte(&hosts, ' ');
		buf_add(&hosts, url_parse(uri, &url) ? url.host : str_first(uri_scheme(uri), 64));
	}
	log_record_begin(&record, "registration");
	log_record_text(&record, "decision", registration->status == 201 ? STR("allow") : STR("deny"));
	log_record_text(&record, "reason", str_from(registration->reason));
	log_record_text(&record, "client_name", registration->client_name);
	log_record_text(&record, "redirect_hosts", buf_str(&hosts));
	/* Of a client that now stands with the provider, where somebody may want to remove it. */
	if (registration->question != NULL)
		log_record_text(&record, "client", json_text(registration->answer, "client_id"));
	log_record_text(&record, "secret_given", registration->secret_given ? STR("yes") : STR("no"));
	log_record_text(&record, "address", http->value[REMOTE_ADDR]);
	log_record_end(&record);
}
