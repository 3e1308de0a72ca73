/* SPDX-License-Identifier: MIT */
#include "clients.h"

#include <stdlib.h>

#include "address.h"
#include "client_metadata.h"
#include "redirect_uri.h"
#include "throttle.h"

/* Fetches that strangers may cause: from one address, and from one host that nobody has named, whoever asks. */
static const struct rate address_fetches = { 10, 60 }, host_fetches = { 30, 60 };

struct clients {
	const struct settings *settings;
	struct seal *seal;
	struct table *table;
	struct turns *turns;
	struct client_cache cache;
};

/* What a client's texts are in. */
struct client_memory {
	json_t *json;
	struct str uri[];
};

struct clients *clients_new(
	const struct settings *settings, const struct state *state, struct seal *seal, struct table *table, struct turns *turns)
{
	const struct broker *broker = &settings->broker;
	struct clients *clients = memory_new(sizeof(*clients));

	*clients = (struct clients){ .settings = settings,
		.seal = seal,
		.table = table,
		.turns = turns,
		.cache = { .state = state,
			.table = table,
			/* The authorities of the operator know providers; those of the system know the hosts of strangers. */
			.ca_file = broker->n_document_networks != 0 ? settings->ca_file : STR_NONE,
			.allowed = broker->document_network,
			.n_allowed = broker->n_document_networks,
			.port = broker->document_port,
			.n_ports = broker->n_document_ports } };
	return clients;
}

void clients_free(struct clients *clients)
{
	free(clients);
}

void oauth_client_free(struct oauth_client *client)
{
	struct client_memory *memory = client->memory;

	if (memory != NULL)
		json_decref(memory->json);
	free(memory);
	*client = (struct oauth_client){ .memory = NULL };
}

bool oauth_client_redirects(const struct oauth_client *client, struct str uri)
{
	auto_buf why = BUF(256);

	if (!redirect_uri_listable(uri, &why))
		return false;
	for (size_t i = 0; i < client->redirect_uri.n; i++) {
		if (redirect_uri_matches(client->redirect_uri.word[i], uri))
			return true;
	}
	return false;
}

/* Any host may have documents; else the operator has named each, and trusts it. */
static bool takes_any(const struct clients *clients)
{
	return words_have(&clients->settings->broker.documents, STR("any"));
}

bool clients_trusts(const struct clients *clients, const struct oauth_client *client, struct str uri)
{
	const struct broker *broker = &clients->settings->broker;
	struct client listed = broker->registration;
	struct url url;

	listed.any_https = false;
	return client->kind == CLIENT_STATIC || (client->kind == CLIENT_DOCUMENT && !takes_any(clients)) ||
		redirect_uri_allowed(&listed, uri) || (url_parse(uri, &url) && url_is_loopback(&url));
}

/* What it left open, of what clients may do (registration.c grants it alike). */
static bool wants_to_refresh(const json_t *json)
{
	const json_t *grants = client_metadata_said(json, "grant_types");

	return grants == NULL || client_metadata_has(grants, "refresh_token");
}

/* Fills the client in from what it said of itself; takes `json`. */
static void fill(const struct clients *clients, json_t *json, struct oauth_client *client)
{
	const json_t *uris = json_object_get(json, "redirect_uris");
	const struct client *list = &clients->settings->broker.registration;
	struct client_memory *memory = memory_new(sizeof(*memory) + json_array_size(uris) * sizeof(struct str));

	memory->json = json;
	client->memory = memory;
	client->id = json_text(json, "client_id");
	client->name = json_text(json, "client_name");
	client->refreshes = list->refresh && wants_to_refresh(json);
	client->redirect_uri.word = memory->uri;
	for (size_t i = 0; i < json_array_size(uris); i++) {
		struct str uri = client_metadata_text(json_array_get(uris, i));

		/* A registration can't be taken back, so it is good for what the operator's list has now. */
		if (client->kind != CLIENT_REGISTERED || redirect_uri_allowed(list, uri))
			memory->uri[client->redirect_uri.n++] = uri;
	}
}

/* ---- Set up by the operator ---- */

static bool find_static(const struct clients *clients, struct str id, struct oauth_client *client)
{
	const struct broker *broker = &clients->settings->broker;

	for (size_t i = 0; i < broker->n_clients; i++) {
		const struct static_client *one = &broker->client[i];

		if (!str_eq(one->id, id))
			continue;
		*client = (struct oauth_client){ .kind = CLIENT_STATIC,
			.id = one->id,
			.name = one->name,
			.secret = one->secret,
			.redirect_uri = one->redirect_uri,
			.refreshes = broker->registration.refresh };
		return true;
	}
	return false;
}

/* ---- Registered ---- */

bool clients_seal(struct seal *seal, const json_t *registered, struct buf *id)
{
	auto_buf value = BUF(REGISTRATION_SEALED_BYTES), text = BUF(CLIENT_TEXT_BYTES);

	json_write(registered, &value);
	buf_add_text(&text, CLIENT_PREFIX);
	if (value.failed || !seal_value(seal, CLIENT_PURPOSE, buf_str(&value), &text))
		return false;
	buf_add(id, buf_str(&text));
	return !id->failed;
}

/* The seal says that we have judged it, the shape is looked at all the same. */
static enum clients_answer find_registered(const struct clients *clients, struct str id, struct oauth_client *client)
{
	const struct json_limits limits = { REGISTRATION_SEALED_BYTES, 2, 8 };
	auto_buf value = BUF(REGISTRATION_SEALED_BYTES);
	enum seal_answer answer;
	json_t *json;

	if (id.n > CLIENT_TEXT_BYTES)
		return CLIENTS_UNKNOWN;
	answer = seal_open(clients->seal, CLIENT_PURPOSE, str_skip(id, sizeof(CLIENT_PREFIX) - 1), &value);
	if (answer != SEAL_OPENED)
		return answer == SEAL_UNAVAILABLE ? CLIENTS_UNAVAILABLE : CLIENTS_UNKNOWN;
	json = json_read_object(buf_str(&value), limits);
	if (json == NULL)
		return CLIENTS_UNKNOWN;
	(void)json_object_set_new(json, "client_id", json_from_str(id));
	client->kind = CLIENT_REGISTERED;
	fill(clients, json, client);
	return client->redirect_uri.n != 0 ? CLIENTS_FOUND : CLIENTS_UNKNOWN;
}

/* ---- With a document ---- */

static bool is_listed(const struct words *hosts, struct str host)
{
	for (size_t i = 0; i < hosts->n; i++) {
		if (str_eq(hosts->word[i], host) || str_is(hosts->word[i], "any"))
			return true;
	}
	return false;
}

static bool take(const struct clients *clients, char kind, struct str whose, int64_t now)
{
	uint32_t retry_after;

	return table_take(clients->table, table_key(kind, whose, STR_NONE), host_fetches.count, host_fetches.seconds,
		now * 1000000000, &retry_after);
}

/*
 * Of an address only what one client can hardly have many of. Strangers who ask for what a host does not have must not keep its
 * people out: a host that the operator has named has no count, and elsewhere a document that was good once has one of its own.
 */
static bool may_fetch(const struct clients *clients, struct str id, struct str host, struct str address, int64_t now)
{
	struct address parsed;
	uint32_t retry_after;

	if (!throttle_stranger(clients->table, 'd', address_parse(address, &parsed) ? address_client(&parsed) : address,
		    address_fetches, now * 1000000000, &retry_after))
		return false;
	if (!takes_any(clients))
		return true;
	return client_cache_knows(&clients->cache, id) ? take(clients, 'i', id, now) : take(clients, 'D', host, now);
}

static enum clients_answer fetch_document(const struct clients *clients, struct str id, struct str host, struct str address,
	int64_t now, struct client_document *document, const char **why)
{
	auto_turn struct turn turn = { .place = -1 };

	if (address.n == 0)
		return CLIENTS_UNAVAILABLE;
	if (!may_fetch(clients, id, host, address, now))
		return CLIENTS_TOO_MANY;
	turn = turn_take(clients->turns);
	if (!turn.taken)
		return CLIENTS_UNAVAILABLE;
	switch (client_cache_fetch(&clients->cache, id, now, document, why)) {
	case CLIENT_READY:
		return CLIENTS_FOUND;
	case CLIENT_REFUSED:
		return CLIENTS_DOCUMENT;
	case CLIENT_UNREACHABLE:
		break;
	}
	return CLIENTS_UNAVAILABLE;
}

static enum clients_answer find_document(const struct clients *clients, struct str id, struct str address, int64_t now,
	struct oauth_client *client, const char **why)
{
	auto_client_document document = { .json = NULL };
	enum clients_answer answer = CLIENTS_FOUND;
	struct url url;

	if (!client_document_is_id(id, &url)) {
		*why = "the client's id is not the URL of a document";
		return CLIENTS_DOCUMENT;
	}
	if (!is_listed(&clients->settings->broker.documents, url.host))
		return CLIENTS_REFUSED;
	if (!client_cache_find(&clients->cache, id, now, &document))
		answer = fetch_document(clients, id, url.host, address, now, &document, why);
	if (answer != CLIENTS_FOUND)
		return answer;
	client->kind = CLIENT_DOCUMENT;
	fill(clients, json_incref(document.json), client);
	return CLIENTS_FOUND;
}

enum clients_answer clients_find(
	struct clients *clients, struct str id, struct str address, int64_t now, struct oauth_client *client, const char **why)
{
	*client = (struct oauth_client){ .memory = NULL };
	*why = NULL;
	if (find_static(clients, id, client))
		return CLIENTS_FOUND;
	if (str_starts(id, STR(CLIENT_PREFIX)))
		return find_registered(clients, id, client);
	if (str_starts(id, STR("https://")))
		return find_document(clients, id, address, now, client, why);
	return CLIENTS_UNKNOWN;
}

void clients_short_id(struct str id, struct buf *name)
{
	if (id.n <= CLIENTS_SHORT_BYTES) {
		buf_add(name, id);
		return;
	}
	buf_add_text(name, CLIENT_PREFIX);
	crypto_sha256_hex(id, SHA256_BYTES, name);
}
