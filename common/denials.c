/* SPDX-License-Identifier: MIT */
/*
 * A denial is an entry whose key is the digest of the grant's id. Beside them there is a marker, which every denial replaces after
 * it was put: as long as its version is the same, the denials are those that were read. Nothing in them is a secret, so nothing is
 * sealed.
 */
#include "denials.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"
#include "log.h"

#define MARKER "generation" /* no grant's id: those have 22 letters */
#define VALUE STR("1")

struct denial {
	unsigned char key[STORE_KEY_BYTES];
	int64_t until;
};

struct denials {
	const struct settings *settings;
	struct store *store; /* NULL: not opened yet */
	int64_t looked;
	int64_t known;         /* when what is here was the store's last word; -1: never */
	uint64_t version;      /* of the marker then; 0: there was none */
	bool failing;          /* the store can't be opened, which has been told */
	struct denial *denied; /* in the order of their keys */
	size_t n;
};

/* ---- writing ---- */

/* A fresh one, or it lasts at least as long as it is needed now. */
static enum store_result put_denial(struct store *store, const unsigned char key[STORE_KEY_BYTES], int64_t until, int64_t now)
{
	struct store_entry entry = { .value = VALUE, .until = until };
	enum store_result result;

	memcpy(entry.key, key, sizeof(entry.key));
	result = store_put(store, &space_denial, &entry, now);
	return result == STORE_CONFLICT ? store_expire(store, &space_denial, key, until, now) : result;
}

/* Whoever finds that somebody else was faster need not do it again: that one came after our denial, too. */
static enum store_result change_marker(struct store *store, int64_t until, int64_t now)
{
	struct store_entry entry;
	unsigned char key[STORE_KEY_BYTES];
	enum store_result result;

	crypto_sha256(STR(MARKER), key);
	result = store_get(store, &space_denial, key, now, &entry);
	if (result != STORE_DONE && result != STORE_ABSENT)
		return result;
	memcpy(entry.key, key, sizeof(entry.key));
	entry.value = VALUE;
	entry.until = entry.until > until ? entry.until : until;
	result = result == STORE_DONE ? store_replace(store, &space_denial, &entry, now)
				      : store_put(store, &space_denial, &entry, now);
	return result == STORE_CONFLICT ? STORE_DONE : result;
}

enum store_result denials_add(struct store *store, struct str grant, int64_t until, int64_t now)
{
	unsigned char key[STORE_KEY_BYTES];
	enum store_result result;

	crypto_sha256(grant, key);
	result = put_denial(store, key, until, now);
	return result == STORE_DONE ? change_marker(store, until, now) : result;
}

/* ---- reading ---- */

struct denials *denials_new(const struct settings *settings)
{
	struct denials *denials;

	if (settings->broker.own == NULL)
		return NULL;
	denials = memory_new(sizeof(*denials));
	*denials = (struct denials){ .settings = settings, .looked = -1, .known = -1 };
	return denials;
}

void denials_free(struct denials *denials)
{
	if (denials == NULL)
		return;
	store_close(denials->store);
	free(denials->denied);
	free(denials);
}

/* Not before the first look: a store is for one process. */
static bool has_store(struct denials *denials)
{
	auto_buf why = BUF(1024);

	if (denials->store != NULL)
		return true;
	denials->store = spaces_open(denials->settings, &why);
	if (denials->store == NULL && !denials->failing)
		log_event(LOG_ERROR, "denials_unavailable", "nobody knows which grants have ended: %.*s", STR_ARGS(buf_str(&why)));
	denials->failing = denials->store == NULL;
	return !denials->failing;
}

/* All denials of the store; false when they are not to be had. */
static bool read_all(struct store *store, int64_t now, struct denial **denied, size_t *n)
{
	struct store_page page = { .n = 0 };

	do {
		const unsigned char *after = *n != 0 ? (*denied)[*n - 1].key : NULL;

		if (store_list(store, &space_denial, STR_NONE, after, now, &page) != STORE_DONE || *n + page.n > 2 * DENIALS_MOST)
			return false;
		if (page.n != 0)
			*denied = memory_resize(*denied, (*n + page.n) * sizeof(**denied));
		for (size_t i = 0; i < page.n; i++, (*n)++) {
			memcpy((*denied)[*n].key, page.entry[i].key, STORE_KEY_BYTES);
			(*denied)[*n].until = page.entry[i].until;
		}
	} while (page.n != 0);
	return true;
}

/* The marker was read before: what is put meanwhile changes it, and is read the next time. */
static void read_anew(struct denials *denials, uint64_t version, int64_t now)
{
	struct denial *denied = NULL;
	size_t n = 0;

	if (!read_all(denials->store, now, &denied, &n)) {
		free(denied);
		return;
	}
	free(denials->denied);
	denials->denied = denied;
	denials->n = n;
	denials->version = version;
	denials->known = now;
}

void denials_look(struct denials *denials, int64_t now)
{
	unsigned char key[STORE_KEY_BYTES];
	struct store_entry marker;
	enum store_result result;

	if (denials == NULL || denials->looked == now)
		return;
	denials->looked = now;
	if (!has_store(denials))
		return;
	crypto_sha256(STR(MARKER), key);
	result = store_get(denials->store, &space_denial, key, now, &marker);
	if (result != STORE_DONE && result != STORE_ABSENT)
		return;
	/* An entry that is not there has no version (0). */
	if (denials->known < 0 || marker.version != denials->version)
		read_anew(denials, marker.version, now);
	else
		denials->known = now;
}

static int compare(const void *key, const void *denial)
{
	const unsigned char *a = key, *b = ((const struct denial *)denial)->key;
	size_t i = 0;

	while (i + 1 < STORE_KEY_BYTES && a[i] == b[i])
		i++;
	return (int)a[i] - (int)b[i];
}

enum outcome denials_judge(const struct denials *denials, struct str grant, int64_t now)
{
	unsigned char key[STORE_KEY_BYTES];
	const struct denial *denial;

	if (denials == NULL)
		return OUTCOME_ALLOW;
	/* What was known later than now was known by a clock that was wrong. */
	if (denials->known < 0 || now - denials->known > DENIALS_STALE_SECONDS || denials->known > now + CLOCKS_SECONDS)
		return OUTCOME_UNAVAILABLE;
	if (denials->n == 0)
		return OUTCOME_ALLOW;
	crypto_sha256(grant, key);
	denial = bsearch(key, denials->denied, denials->n, sizeof(*denial), compare);
	return denial != NULL && denial->until > now ? OUTCOME_REVOKED : OUTCOME_ALLOW;
}
