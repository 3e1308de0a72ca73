/* SPDX-License-Identifier: MIT */
/*
 * The documents of clients whose id is a URL (client_document.h): fetched from public addresses only, and kept in the state
 * directory for as long as their Cache-Control says, between a minute and a day. Nothing is kept but good documents, so a mended
 * one counts at once; and an old one is not used when a new one can't be had. There is a bounded number of files, each for many
 * clients. Which ones is a secret, and a client that was here within CLIENT_CACHE_HOLD is not pushed out: strangers with documents
 * of their own can't make us forget it. A client that finds no file is fetched each time.
 */
#ifndef GATEHOUSE_CLIENT_CACHE_H
#define GATEHOUSE_CLIENT_CACHE_H

#include "client_document.h"
#include "crypto.h"
#include "fetch.h"
#include "state.h"
#include "table.h"

#define CLIENT_CACHE_LEAST 60   /* seconds */
#define CLIENT_CACHE_MOST 86400 /* seconds */
#define CLIENT_CACHE_FILES 4096
#define CLIENT_CACHE_HOLD (7 * 86400) /* seconds */
#define CLIENT_FETCH_MS 4000          /* for the whole exchange */

struct client_cache {
	const struct state *state;     /* must outlive it, as the table must */
	const struct table *table;     /* has the secret */
	struct str ca_file;            /* empty: the system's authorities, since these know the hosts of strangers */
	const struct network *allowed; /* as fetch.h has these */
	size_t n_allowed;
	const uint16_t *port;
	size_t n_ports;
};

enum client_answer {
	CLIENT_READY,
	CLIENT_REFUSED,    /* the id is no URL of a document, or its document is not good: *why may be shown to whoever asks */
	CLIENT_UNREACHABLE /* no document was to be had: *why may be shown, what happened is in the log only */
};

/* The kept document of that client, if it is fresh at `now` (seconds); never waits. client_document_free in any case. */
bool client_cache_find(const struct client_cache *cache, struct str id, int64_t now, struct client_document *document) MUST_USE;
/* Is there one at all, however old? Then it was good once. */
bool client_cache_knows(const struct client_cache *cache, struct str id) MUST_USE;

/*
 * Fetches the document, judges it, and keeps it if it is good; may take CLIENT_FETCH_MS. The caller limits how often strangers
 * make it do that. client_document_free in any case; *why is static, NULL when CLIENT_READY.
 */
enum client_answer client_cache_fetch(
	const struct client_cache *cache, struct str id, int64_t now, struct client_document *document, const char **why) MUST_USE;

/* The digest of what consent is about (client_document_add_consent): another one, and the user has to be asked again. */
void client_cache_fingerprint(const struct client_document *document, unsigned char digest[SHA256_BYTES]);

#endif
