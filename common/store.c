/* SPDX-License-Identifier: MIT */
#include "store_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "log.h"

#define REASON_BYTES 1024

struct store *store_open(const struct store_place *place, struct buf *error)
{
	return place->path != NULL ? store_sqlite_open(place->path, error) : store_redis_open(place, error);
}

/* Forgets what the call before found. */
static void clear_kept(struct store *store)
{
	for (size_t i = 0; i < STORE_PAGE; i++)
		buf_free(&store->kept[i]);
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	clear_kept(store);
	store->engine->close(store);
}

void store_keep(struct store *store, size_t slot, struct store_entry *entry)
{
	struct buf *kept = &store->kept[slot];
	struct str *const texts[] = { &entry->owner, &entry->family, &entry->value };
	const char *next;

	buf_free(kept);
	*kept = BUF(STORE_LABEL_BYTES * 2 + STORE_VALUE_BYTES);
	for (size_t i = 0; i < 3; i++)
		buf_add(kept, *texts[i]);
	next = kept->p;
	for (size_t i = 0; i < 3; i++) {
		texts[i]->p = next;
		next = texts[i]->n != 0 ? next + texts[i]->n : next;
	}
}

enum store_result store_failed(struct store *store, const char *format, ...)
{
	char text[REASON_BYTES];
	va_list arguments;

	if (store->failing)
		return STORE_UNAVAILABLE;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_event(LOG_ERROR, "store_unavailable", "%s", text);
	store->failing = true;
	return STORE_UNAVAILABLE;
}

/* Every answer passes here. */
static enum store_result answer(struct store *store, enum store_result result)
{
	if (result != STORE_UNAVAILABLE && store->failing) {
		log_event(LOG_INFO, "store_available", "the store answers again");
		store->failing = false;
	}
	return result;
}

static bool fits(const struct store_entry *entry)
{
	return entry->owner.n <= STORE_LABEL_BYTES && entry->family.n <= STORE_LABEL_BYTES && entry->value.n <= STORE_VALUE_BYTES;
}

/* By chance, not by counting: an entry that went and came back is never taken for the one that it was. */
static bool draw_version(uint64_t *version)
{
	do {
		if (getrandom(version, sizeof(*version), 0) != (ssize_t)sizeof(*version))
			return false;
		*version &= INT64_MAX;
	} while (*version == 0);
	return true;
}

static struct store_request request_of(const struct store_space *space, const unsigned char *key, int64_t now)
{
	struct store_request request = { .space = space, .has_key = key != NULL, .now = now };

	if (key != NULL)
		memcpy(request.entry.key, key, STORE_KEY_BYTES);
	return request;
}

/* put and replace */
static enum store_result write_entry(struct store *store, const struct store_space *space, struct store_entry *entry, int64_t now,
	enum store_result (*verb)(struct store *, const struct store_request *))
{
	struct store_request request = { .space = space, .entry = *entry, .has_key = true, .now = now };
	enum store_result result;

	if (!fits(entry))
		return STORE_FULL;
	if (!draw_version(&request.fresh))
		return store_failed(store, "no random number is to be had: %s", strerror(errno));
	result = verb(store, &request);
	if (result == STORE_DONE)
		entry->version = request.fresh;
	return answer(store, result);
}

enum store_result store_put(struct store *store, const struct store_space *space, struct store_entry *entry, int64_t now)
{
	return write_entry(store, space, entry, now, store->engine->put);
}

enum store_result store_replace(struct store *store, const struct store_space *space, struct store_entry *entry, int64_t now)
{
	return write_entry(store, space, entry, now, store->engine->replace);
}

/* get and take */
static enum store_result find(struct store *store, const struct store_request *request, struct store_entry *entry,
	enum store_result (*verb)(struct store *, const struct store_request *, struct store_entry *))
{
	enum store_result result;

	clear_kept(store);
	result = verb(store, request, entry);
	if (result != STORE_DONE)
		*entry = (struct store_entry){ 0 };
	return answer(store, result);
}

enum store_result store_get(struct store *store, const struct store_space *space, const unsigned char key[STORE_KEY_BYTES],
	int64_t now, struct store_entry *entry)
{
	const struct store_request request = request_of(space, key, now);

	return find(store, &request, entry, store->engine->get);
}

enum store_result store_take(struct store *store, const struct store_space *space, const unsigned char key[STORE_KEY_BYTES],
	int64_t now, struct store_entry *entry)
{
	const struct store_request request = request_of(space, key, now);

	return find(store, &request, entry, store->engine->take);
}

enum store_result store_expire(
	struct store *store, const struct store_space *space, const unsigned char key[STORE_KEY_BYTES], int64_t until, int64_t now)
{
	struct store_request request = request_of(space, key, now);

	request.entry.until = until;
	return answer(store, store->engine->expire(store, &request));
}

enum store_result store_list(struct store *store, const struct store_space *space, struct str owner,
	const unsigned char after[STORE_KEY_BYTES], int64_t now, struct store_page *page)
{
	struct store_request request = request_of(space, after, now);

	enum store_result result;

	clear_kept(store);
	request.entry.owner = owner;
	result = store->engine->list(store, &request, page);
	if (result != STORE_DONE)
		page->n = 0;
	return answer(store, result);
}

enum store_result store_remove_owner(struct store *store, struct str owner)
{
	const struct store_request request = { .entry = { .owner = owner } };

	return owner.n == 0 ? STORE_ABSENT : answer(store, store->engine->remove(store, &request));
}

enum store_result store_remove_family(struct store *store, struct str family)
{
	const struct store_request request = { .entry = { .family = family } };

	return family.n == 0 ? STORE_ABSENT : answer(store, store->engine->remove(store, &request));
}
