/* SPDX-License-Identifier: MIT */
/* Between store.c and what it keeps its entries in, store_sqlite*.c and store_redis.c. */
#ifndef GATEHOUSE_STORE_PARTS_H
#define GATEHOUSE_STORE_PARTS_H

#include "store.h"

/* A number among the words of SQL or Lua. */
#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

/* What a verb is about; what it has no use for is empty. Limits are kept, names are good. */
struct store_request {
	const struct store_space *space;
	struct store_entry entry; /* list: `key` is the one before, and `owner` */
	bool has_key;             /* list: is there one before? */
	uint64_t fresh;           /* version that a put or replace gives */
	int64_t now;
};

struct store_engine {
	enum store_result (*put)(struct store *store, const struct store_request *request);
	enum store_result (*get)(struct store *store, const struct store_request *request, struct store_entry *entry);
	enum store_result (*take)(struct store *store, const struct store_request *request, struct store_entry *entry);
	enum store_result (*replace)(struct store *store, const struct store_request *request);
	enum store_result (*expire)(struct store *store, const struct store_request *request);
	enum store_result (*list)(struct store *store, const struct store_request *request, struct store_page *page);
	/* Of the owner, unless that is empty; else of the family. */
	enum store_result (*remove)(struct store *store, const struct store_request *request);
	/* Takes the store. */
	void (*close)(struct store *store);
};

/* The first member of what an engine allocates. */
struct store {
	const struct store_engine *engine;
	bool failing;
	struct buf kept[STORE_PAGE]; /* the texts of the entries that were found last */
};

/* Like store_open, for the fields that are theirs. */
struct store *store_sqlite_open(const char *path, struct buf *error) MUST_USE;
struct store *store_redis_open(const struct store_place *place, struct buf *error) MUST_USE;

/* The database in that file, which is made if need be; NULL with a message in `error`. new, for sqlite3_close */
struct sqlite3;
struct sqlite3 *store_sqlite_file_open(const char *path, struct buf *error) MUST_USE;

/* Makes the texts of the entry, number `slot` of those found, the store's own. */
void store_keep(struct store *store, size_t slot, struct store_entry *entry);

/* Logs what is wrong, unless the call before failed as well. STORE_UNAVAILABLE */
enum store_result store_failed(struct store *store, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
