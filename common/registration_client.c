/* SPDX-License-Identifier: MIT */
#include "registration_client.h"

#include "redirect_uri.h"
#include "registration.h"

bool registration_client_exists(const struct client *client)
{
	return client->id.n != 0 || client->endpoint.n != 0;
}

const struct client *registration_client_find(const struct settings *settings, struct str host)
{
	bool facade = settings->server == SERVER_FACADE;

	if (settings->server == SERVER_DIRECT)
		return NULL;
	if (settings->server == SERVER_BROKER)
		return str_eq_nocase(settings->public_issuer_url.host, host) ? &settings->broker.registration : NULL;
	for (size_t i = 0; i < settings->n_issuers; i++) {
		const struct issuer *issuer = &settings->issuer[i];
		const struct url *url = facade ? &settings->public_issuer_url : &issuer->url;

		if (registration_client_exists(&issuer->client) && str_eq_nocase(url->host, host))
			return &issuer->client;
	}
	return NULL;
}

/* What the client's redirect list says must be something that registration can grant. */
static bool list_is_good(const struct issuer *issuer, struct buf *why)
{
	const struct client *client = &issuer->client;
	bool good = true;

	for (size_t i = 0; i < client->redirect_preset.n; i++) {
		if (redirect_preset_find(client->redirect_preset.word[i]) != NULL)
			continue;
		buf_print(why, "issuer %.*s: found redirect_preset %.*s, expected", STR_ARGS(issuer->identifier),
			STR_ARGS(client->redirect_preset.word[i]));
		for (size_t k = 0; redirect_presets[k].name != NULL; k++)
			buf_print(why, " %s", redirect_presets[k].name);
		buf_add_byte(why, '\n');
		good = false;
	}
	for (size_t i = 0; i < client->redirect_uri.n; i++) {
		auto_buf reason = BUF(256);

		if (redirect_uri_listable(client->redirect_uri.word[i], &reason))
			continue;
		buf_print(why, "issuer %.*s: found redirect_uri %.*s: %.*s\n", STR_ARGS(issuer->identifier),
			STR_ARGS(client->redirect_uri.word[i]), STR_ARGS(buf_str(&reason)));
		good = false;
	}
	return good;
}

/* Those that the operator has set up: redirected to, too. */
static bool static_clients_are_good(const struct broker *broker, struct buf *why)
{
	bool good = true;

	for (size_t i = 0; i < broker->n_clients; i++) {
		const struct static_client *client = &broker->client[i];

		for (size_t k = 0; k < client->redirect_uri.n; k++) {
			auto_buf reason = BUF(256);

			if (redirect_uri_listable(client->redirect_uri.word[k], &reason))
				continue;
			buf_print(why, "client %.*s: found redirect_uri %.*s: %.*s\n", STR_ARGS(client->id),
				STR_ARGS(client->redirect_uri.word[k]), STR_ARGS(buf_str(&reason)));
			good = false;
		}
	}
	return good;
}

bool registration_client_check(const struct settings *settings, struct buf *why)
{
	bool good = static_clients_are_good(&settings->broker, why);

	for (size_t i = 0; i < settings->n_issuers; i++) {
		const struct issuer *issuer = &settings->issuer[i];

		good = list_is_good(issuer, why) && good;
		for (size_t k = 0; registration_client_exists(&issuer->client) && k < i; k++) {
			const struct issuer *other = &settings->issuer[k];

			if (!registration_client_exists(&other->client) || !str_eq(other->url.host, issuer->url.host))
				continue;
			buf_print(why,
				"issuers %.*s and %.*s: found a client_id or registration_endpoint for both, expected it of one"
				" on each host: clients of both would register at %s\n",
				STR_ARGS(other->identifier), STR_ARGS(issuer->identifier), REGISTRATION_PATH);
			good = false;
		}
	}
	return good;
}
