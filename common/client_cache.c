/* SPDX-License-Identifier: MIT */
#include "client_cache.h"

#include <stdio.h>

#include "clock.h"
#include "kept.h"
#include "log.h"

#define NAME_BYTES 32
/* The text stands in the file as a JSON string, in which a byte may take two. */
#define FILE_BYTES (2 * CLIENT_DOCUMENT_BYTES + CLIENT_ID_BYTES + 256)
#define SHOWN_BYTES 300 /* of an id in the log */

static const struct json_limits limits = { FILE_BYTES, 1, 4 };

static void name_of(const struct client_cache *cache, struct str id, char name[NAME_BYTES])
{
	uint64_t key = table_inner_key(cache->table, table_key('c', id, STR_NONE));

	(void)snprintf(name, NAME_BYTES, "client-%03x.json", (unsigned)(key % CLIENT_CACHE_FILES));
}

static int64_t lifetime_of(int64_t max_age)
{
	return max_age < CLIENT_CACHE_LEAST ? CLIENT_CACHE_LEAST : max_age > CLIENT_CACHE_MOST ? CLIENT_CACHE_MOST : max_age;
}

/* What was fetched long after now was kept by a clock that is wrong. */
static bool is_younger(const struct kept *kept, int64_t seconds, int64_t now)
{
	return kept->fetched <= now + CLOCKS_SECONDS && now - kept->fetched < seconds;
}

bool client_cache_find(const struct client_cache *cache, struct str id, int64_t now, struct client_document *document)
{
	char name[NAME_BYTES];
	const char *why;
	struct str text;
	auto_kept kept;

	*document = (struct client_document){ .json = NULL };
	name_of(cache, id, name);
	if (!kept_read(cache->state, name, limits, &kept) || !is_younger(&kept, lifetime_of(kept.lifetime), now))
		return false;
	/* A document names its id: that of another client, whose file this is too, is none of this one. */
	text = (struct str){ json_string_value(kept.document), json_string_length(kept.document) };
	return client_document_read(id, text, document, &why);
}

bool client_cache_knows(const struct client_cache *cache, struct str id)
{
	char name[NAME_BYTES];
	auto_kept kept;

	name_of(cache, id, name);
	return kept_read(cache->state, name, limits, &kept) && str_is(id, kept.url);
}

/* Is it the file of another client that was here lately? */
static bool is_held(const struct client_cache *cache, const char *name, struct str id, int64_t now)
{
	auto_kept kept;

	return kept_read(cache->state, name, limits, &kept) && !str_is(id, kept.url) && is_younger(&kept, CLIENT_CACHE_HOLD, now);
}

static void keep(const struct client_cache *cache, struct str id, struct str text, int64_t now, int64_t max_age)
{
	auto_kept kept = { json_from_str(text), str_copy(id), now, lifetime_of(max_age) };
	char name[NAME_BYTES];

	name_of(cache, id, name);
	if (!is_held(cache, name, id, now))
		(void)!kept_write(cache->state, name, FILE_BYTES, &kept); /* which says so if it fails; then it is fetched again */
}

static enum client_answer complain(enum client_answer answer, struct str id, const char *why)
{
	log_event(LOG_WARNING, answer == CLIENT_REFUSED ? "client_document_refused" : "client_document_unreachable", "%.*s: %s",
		STR_ARGS(str_first(id, SHOWN_BYTES)), why);
	return answer;
}

/* The whole answer in `body`; only a 200 is one (draft -01, section 4). */
static enum client_answer ask(
	const struct client_cache *cache, struct str id, struct buf *body, struct fetch_result *result, const char **why)
{
	const struct fetch_options options = { .ca_file = cache->ca_file,
		.timeout_ms = CLIENT_FETCH_MS,
		.limit = CLIENT_DOCUMENT_BYTES,
		.public_only = true,
		.allowed = cache->allowed,
		.n_allowed = cache->n_allowed,
		.port = cache->port,
		.n_ports = cache->n_ports };
	auto_free char *url = str_copy(id);

	*why = "the document at the URL that is the client's id can't be fetched";
	if (!fetch(url, &options, body, result))
		return complain(CLIENT_UNREACHABLE, id, result->reason);
	if (result->status != 200) {
		(void)snprintf(result->reason, sizeof(result->reason), "answered with status %d", result->status);
		return complain(CLIENT_UNREACHABLE, id, result->reason);
	}
	*why = "the document's Content-Type is not JSON";
	if (!result->is_json)
		return complain(CLIENT_REFUSED, id, *why);
	*why = NULL;
	return CLIENT_READY;
}

enum client_answer client_cache_fetch(
	const struct client_cache *cache, struct str id, int64_t now, struct client_document *document, const char **why)
{
	auto_buf body = BUF(CLIENT_DOCUMENT_BYTES);
	struct fetch_result result;
	enum client_answer answer;
	struct url url;

	*document = (struct client_document){ .json = NULL };
	*why = "the client's id is not the URL of a document";
	if (!client_document_is_id(id, &url))
		return CLIENT_REFUSED; /* not logged: it is a stranger's text, and nothing was done for it */
	answer = ask(cache, id, &body, &result, why);
	if (answer != CLIENT_READY)
		return answer;
	if (!client_document_read(id, buf_str(&body), document, why))
		return complain(CLIENT_REFUSED, id, *why);
	keep(cache, id, buf_str(&body), now, result.max_age);
	return CLIENT_READY;
}

void client_cache_fingerprint(const struct client_document *document, unsigned char digest[SHA256_BYTES])
{
	auto_buf text = BUF(6 * CLIENT_DOCUMENT_BYTES);

	client_document_add_consent(document, &text);
	crypto_sha256(buf_str(&text), digest);
}
