/* SPDX-License-Identifier: MIT */
/*
 * API keys that we give out ourselves, for machines that can't log in. A file holds one key per line, as the SHA-256 of the key
 * and never the key itself; a key has at least 128 random bits, so a plain digest is enough:
 *
 *	ID sha256:HEX owner NAME [scope SCOPE]... [group GROUP]... [created TIME] [expires TIME] [disabled]
 *
 * A key is a principal like any other: subject "key:ID", Remote-User its owner, issuer `api_keys`. Pure: text and time are
 * arguments.
 */
#ifndef GATEHOUSE_API_KEY_H
#define GATEHOUSE_API_KEY_H

#include "outcome.h"
#include "policy.h"
#include "settings.h"

#define API_KEY_FILE_BYTES (1024 * 1024)
#define API_KEYS_MOST 4096
#define API_KEY_DIGEST_BYTES 32

struct api_key {
	unsigned char digest[API_KEY_DIGEST_BYTES];
	const struct principal *principal; /* its id is the key's; expires: INT64_MAX when it never does */
	int64_t created;                   /* 0: not said */
	bool disabled;
	unsigned line;
};

struct api_keys {
	struct api_key *key;
	size_t n;
};

/* Letters, digits, -, _ and ., 64 of them at most. */
bool api_key_is_id(struct str id) MUST_USE;

/* Reads such a file. new; NULL, with a line for each fault in `faults` (NUMBER: found X, expected Y), when there is one. */
struct api_keys *api_keys_read(struct str text, const struct issuer *issuer, struct buf *faults) MUST_USE;
void api_keys_free(struct api_keys *keys);

/*
 * OUTCOME_ALLOW with the principal (borrowed), OUTCOME_UNKNOWN_API_KEY, OUTCOME_EXPIRED, or OUTCOME_REVOKED when it is disabled.
 * Takes as long for every digest.
 */
enum outcome api_keys_find(const struct api_keys *keys, const unsigned char digest[API_KEY_DIGEST_BYTES], int64_t now,
	const struct principal **principal) MUST_USE;

#endif
