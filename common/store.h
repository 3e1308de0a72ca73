/* SPDX-License-Identifier: MIT */
/*
 * What the authorization server and the browser login must remember: codes, grants, refresh families, sessions. Entries with a key
 * in namespaces, each with the time at which it ends; in a file of SQLite, or in Redis or Valkey when several machines serve one
 * name.
 *
 * Every verb is one atomic step for all processes and machines: of many that take an entry, or replace the same version of it,
 * exactly one does. When a verb answers, what it did is on the disk (in Redis: as its appendonly and appendfsync say). A step is
 * tried once: after STORE_UNAVAILABLE it may have been made or not, but what would have been taken was told to nobody.
 *
 * A key is the SHA-256 (crypto.h) of what finds the entry; the secret itself never comes here. A value is opaque, sealed by the
 * caller. Owner and family are kept as they are. Times are seconds of CLOCK_REALTIME: from `until` on an entry is not there. Ended
 * entries are removed a few with every put.
 *
 * A store is for one process and thread: to be opened after a fork, not before. What is wrong is logged when it begins and when it
 * is over, not with every call.
 */
#ifndef GATEHOUSE_STORE_H
#define GATEHOUSE_STORE_H

#include "str.h"

#define STORE_KEY_BYTES 32
#define STORE_LABEL_BYTES 1024 /* owner, family: at most */
#define STORE_VALUE_BYTES 65536
#define STORE_PAGE 16

enum store_result {
	STORE_UNAVAILABLE, /* nobody knows: disk full, read-only or damaged, Redis down */
	STORE_DONE,
	STORE_ABSENT,   /* there is none: never was, ended, taken */
	STORE_CONFLICT, /* there is one, but another: put finds the key in use, replace finds another version */
	STORE_FULL      /* no room: the namespace has its most, or owner, family or value is too long */
};

/* A namespace: one to sixteen letters a-z. More entries than `most` are refused; none ever gives way. */
struct store_space {
	const char *name;
	uint32_t most;
};

struct store_entry {
	unsigned char key[STORE_KEY_BYTES];
	struct str owner;  /* whose it is, for lists; may be empty */
	struct str family; /* what falls together, such as all that came of one grant; may be empty */
	struct str value;
	int64_t until;
	uint64_t version; /* 63 bits drawn by chance with every put and replace; never 0 */
};

struct store_page {
	struct store_entry entry[STORE_PAGE];
	size_t n;
};

/* Where it is kept. What is NULL is not said. */
struct store_place {
	const char *path;     /* SQLite: a file of our own in a directory of our own; NULL: Redis */
	const char *address;  /* Redis: HOST, HOST:PORT, [IPV6]:PORT or the /PATH of a socket; not a cluster, no TLS */
	const char *password; /* Redis: NULL: none */
	const char *prefix;   /* Redis: of all our keys; NULL: "{gatehouse}" */
};

/*
 * Opens the store; the file is made if need be (0600). NULL, with a message in `error`, when the file is not a sound store of ours
 * or the address can't be one. Redis is asked with the first verb, so it may be down now; SIGPIPE must be ignored (fetch.h and
 * http.h do, and so does this). The place is copied. new
 */
struct store *store_open(const struct store_place *place, struct buf *error) MUST_USE;
void store_close(struct store *store);

/* Adds the entry, which gets its version: DONE, CONFLICT, FULL. */
enum store_result store_put(struct store *store, const struct store_space *space, struct store_entry *entry, int64_t now) MUST_USE;

/* Finds the entry: DONE, ABSENT. Its texts are borrowed until the next get, take or list. */
enum store_result store_get(struct store *store, const struct store_space *space, const unsigned char key[STORE_KEY_BYTES],
	int64_t now, struct store_entry *entry) MUST_USE;

/* Finds the entry and removes it: DONE for exactly one of all who ask, ABSENT for the others. Borrowed like store_get's. */
enum store_result store_take(struct store *store, const struct store_space *space, const unsigned char key[STORE_KEY_BYTES],
	int64_t now, struct store_entry *entry) MUST_USE;

/*
 * Gives the entry of that key a new value and end if it still has entry->version; the entry gets its new version, owner and family
 * stay as they are. DONE, ABSENT, CONFLICT, FULL (too long).
 */
enum store_result store_replace(
	struct store *store, const struct store_space *space, struct store_entry *entry, int64_t now) MUST_USE;

/* The entry ends at `until`, be it sooner or later than before; not later than `now`: it is removed. DONE, ABSENT. */
enum store_result store_expire(struct store *store, const struct store_space *space, const unsigned char key[STORE_KEY_BYTES],
	int64_t until, int64_t now) MUST_USE;

/*
 * The next entries of the namespace in the order of their keys, of that owner (empty: of all), after that key (NULL: from the
 * start). DONE; an empty page is the end. Borrowed like store_get's.
 */
enum store_result store_list(struct store *store, const struct store_space *space, struct str owner,
	const unsigned char after[STORE_KEY_BYTES], int64_t now, struct store_page *page) MUST_USE;

/*
 * Removes all entries of that owner or family from all namespaces at once: DONE, ABSENT. An empty name is nobody's. What is put
 * afterwards is not affected: whatever hangs on a family has to be replaced, not put anew.
 */
enum store_result store_remove_owner(struct store *store, struct str owner) MUST_USE;
enum store_result store_remove_family(struct store *store, struct str family) MUST_USE;

#endif
