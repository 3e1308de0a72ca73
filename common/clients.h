/* SPDX-License-Identifier: MIT */
/*
 * The clients of our own authorization server, found by their id: those that the operator has set up (`client` in the settings),
 * those that have registered (RFC 7591) and carry their registration, sealed, in their id, so that nothing is stored for them, and
 * those whose id is the URL of their metadata document (client_document.h). Ids that we give out start with CLIENT_PREFIX.
 */
#ifndef GATEHOUSE_CLIENTS_H
#define GATEHOUSE_CLIENTS_H

#include "client_cache.h"
#include "registration.h"
#include "seal.h"
#include "settings.h"
#include "table.h"
#include "turn.h"

#define CLIENT_PREFIX "ghc_"
#define CLIENT_PURPOSE "client" /* of the seal */
#define CLIENT_TEXT_BYTES 4096  /* of an id, at most */

struct clients;

/* All must outlive it. A document is fetched within a turn only; NULL: always. new */
struct clients *clients_new(const struct settings *settings, const struct state *state, struct seal *seal, struct table *table,
	struct turns *turns) MUST_USE;
void clients_free(struct clients *clients);

enum client_kind { CLIENT_STATIC, CLIENT_REGISTERED, CLIENT_DOCUMENT };

struct oauth_client {
	enum client_kind kind;
	struct str id;
	struct str name;           /* its own claim unless CLIENT_STATIC; may be empty */
	struct str secret;         /* empty: a public client, whose authentication is `none` */
	struct words redirect_uri; /* at least one */
	bool refreshes;            /* it wants refresh tokens (its grant_types), and may have them */
	void *memory;              /* owns what is not the settings' */
};
void oauth_client_free(struct oauth_client *client);
#define auto_oauth_client __attribute__((cleanup(oauth_client_free))) struct oauth_client

enum clients_answer {
	CLIENTS_UNAVAILABLE, /* a document can't be had (*why, unless nobody tried) or a seal can't be opened now: try again later
			      */
	CLIENTS_FOUND,
	CLIENTS_UNKNOWN,  /* nobody has that id, or none of its redirect URIs is on the operator's list any more */
	CLIENTS_DOCUMENT, /* the id is no URL of a document, or the document is wrong: *why */
	CLIENTS_REFUSED,  /* its host is not on the operator's list (cimd) */
	CLIENTS_TOO_MANY, /* documents were fetched too often for this address or from that host (CI-13) */
};

/*
 * Finds the client. `address` (of who asks, for the limit of fetches) may be empty: then nothing is fetched and only a kept
 * document counts. May take CLIENT_FETCH_MS. oauth_client_free in any case; *why is static, may be shown, and is NULL but for
 * what is said above. `now` in seconds.
 */
enum clients_answer clients_find(struct clients *clients, struct str id, struct str address, int64_t now,
	struct oauth_client *client, const char **why) MUST_USE;

/* Is that one of the client's redirect URIs (OAuth 2.1 4.1.1, RFC 8252 7.3)? */
bool oauth_client_redirects(const struct oauth_client *client, struct str uri) MUST_USE;

/*
 * May a browser be sent to that redirect URI of the client with no person asked (RFC 9700 4.11.2)? The operator has set the client
 * up, listed the URI, or trusts the host of the client's document; or it is on the person's own device.
 */
bool clients_trusts(const struct clients *clients, const struct oauth_client *client, struct str uri) MUST_USE;

/*
 * What tokens, logs and lists call the client: its id, or for a long one, which may hold a whole registration, CLIENT_PREFIX and
 * the SHA-256 of it. Appends.
 */
#define CLIENTS_SHORT_BYTES 255 /* that auth-check takes (claims.c) */
void clients_short_id(struct str id, struct buf *name);

/*
 * Appends the id of a new client with that registration (registration.h). False, and nothing appended, when there are no keys,
 * which is logged, or no room.
 */
bool clients_seal(struct seal *seal, const json_t *registered, struct buf *id) MUST_USE;

#endif
