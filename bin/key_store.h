/* SPDX-License-Identifier: MIT */
/*
 * A file of API keys while a person changes it: locked against others who do the same, refused as it is when it is broken, and
 * replaced at once or not at all. Comments and lines that nobody meant stay byte for byte.
 */
#ifndef GATEHOUSE_KEY_STORE_H
#define GATEHOUSE_KEY_STORE_H

#include <sys/stat.h>

#include "api_key.h"

struct key_store {
	const char *path;
	const char *name; /* its last part */
	int directory;    /* open; the lock is on it */
	bool exists;
	struct stat file; /* as it was */
	struct buf text;
	struct api_keys *keys;
};

/* Says on standard error what is wrong, and returns the exit status; 0: good. `locked`: it shall be changed. */
int key_store_open(struct key_store *store, const char *path, bool locked);
void key_store_close(struct key_store *store);

/* NULL when there is none. */
const struct api_key *key_store_find(const struct key_store *store, struct str id);

/* What shall become of a line; what is not said stays. */
struct key_change {
	struct str id;               /* empty: stays */
	const unsigned char *digest; /* NULL: stays */
	struct str created, expires; /* empty: stays */
	bool never;                  /* `expires` goes */
	bool disable, enable;
};

/* The text of the file with that key's line changed; before it, unless NULL, another copy of the line with `copy`. Appends. */
void key_store_change(const struct key_store *store, const struct api_key *key, const struct key_change *change,
	const struct key_change *copy, struct buf *text);

/* Makes `text` the file, if it is a good one. A new file is for `owner` (NULL: for whom we are) alone. Returns like key_store_open.
 */
int key_store_replace(const struct key_store *store, struct buf *text, const struct stat *owner);

/* key_list.c: the keys as a table on standard output, never their digests. */
void key_list(const struct key_store *store, int64_t now);

#endif
