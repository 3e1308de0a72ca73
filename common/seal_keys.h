/* SPDX-License-Identifier: MIT */
/*
 * The keys with which we seal (seal.h): one file in the state directory, 0600 or not used, newest key first. The first one seals,
 * all of them open. Written by `gatehouse keys`, read by the programs.
 */
#ifndef GATEHOUSE_SEAL_KEYS_H
#define GATEHOUSE_SEAL_KEYS_H

#include "crypto.h"
#include "state.h"

#define SEAL_KEYS_FILE "seal.keys" /* a line for each: since when, a blank, the key in base64url */
#define SEAL_KEYS_MOST 16
#define SEAL_ID_BYTES 4

struct seal_key {
	unsigned char bytes[CRYPTO_KEY_BYTES];
	unsigned char id[SEAL_ID_BYTES]; /* of its digest: stands in what it sealed, and tells nothing of it */
	int64_t since;                   /* seconds */
};

struct seal_keys {
	struct seal_key key[SEAL_KEYS_MOST];
	size_t n;
};

/* The keys of the file. False, and no keys, when there is none, or none that can be used, which is logged. */
bool seal_keys_read(const struct state *state, struct seal_keys *keys) MUST_USE;
/* What mends that there were none: for the end of a message. */
const char *seal_keys_mending(const struct state *state) MUST_USE;
/* Replaces the file at once or not at all; false and a log line when that failed. Who changes keys holds their file's state_lock.
 */
bool seal_keys_write(const struct state *state, const struct seal_keys *keys) MUST_USE;

/* Puts a new key first. False when there are SEAL_KEYS_MOST already: one has to be dropped, and what it sealed with it. */
bool seal_keys_add(struct seal_keys *keys, int64_t now) MUST_USE;
/* Takes a key out; false when there is no such key, or it is the only one. What it sealed can never be opened again. */
bool seal_keys_drop(struct seal_keys *keys, const unsigned char id[SEAL_ID_BYTES]) MUST_USE;
/* The key of that id, NULL if there is none. borrowed */
const struct seal_key *seal_keys_find(const struct seal_keys *keys, const unsigned char id[SEAL_ID_BYTES]) MUST_USE;
/* Forgets them so that nothing of them is left in memory. */
void seal_keys_wipe(struct seal_keys *keys);

#endif
