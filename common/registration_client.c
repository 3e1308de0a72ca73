/* SPDX-License-Identifier: MIT */
#include "registration_client.h"

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

bool registration_client_check(const struct settings *settings, struct buf *why)
{
	bool good = true;

	for (size_t i = 0; i < settings->n_issuers; i++) {
		const struct issuer *issuer = &settings->issuer[i];

		for (size_t k = 0; registration_client_exists(&issuer->client) && k < i; k++) {
			const struct issuer *other = &settings->issuer[k];

			if (!registration_client_exists(&other->client) || !str_eq(other->url.host, issuer->url.host))
				continue;
			buf_print(why,
				"%.*s: issuers %.*s and %.*s: found a client_id or registration_endpoint for both, expected it of "
				"one on each host: clients of both would register at %s\n",
				STR_ARGS(issuer->where), STR_ARGS(other->identifier), STR_ARGS(issuer->identifier),
				REGISTRATION_PATH);
			good = false;
		}
	}
	return good;
}
