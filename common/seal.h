/* SPDX-License-Identifier: MIT */
/*
 * Small values sealed so that only we can read them and nobody can change them, as base64url text: AES-256-GCM (NIST SP 800-38D)
 * with the keys of seal_keys.h. A value is sealed for a purpose and opens for no other: a client's id is no cookie. It says
 * nothing about time; a value that ends has its end in it.
 *
 * What stands in the text: a format number (1), the key's id (4 bytes), a nonce by chance (12), the encrypted bytes, their tag
 * (16). By chance: a key is good for 2^32 values (8.3 there), so rotate long before. After a rotation old keys go on opening, and a
 * process sees new keys at the next value.
 */
#ifndef GATEHOUSE_SEAL_H
#define GATEHOUSE_SEAL_H

#include "state.h"
#include "str.h"

#define SEAL_VALUE_BYTES 49119 /* of a value, at most */
#define SEAL_TEXT_BYTES 65536  /* of the text of the largest value, which is what the store takes (store.h) */

struct seal;

enum seal_answer {
	SEAL_UNAVAILABLE, /* there are no keys, which is logged; the sealed value may be good: 503 */
	SEAL_REFUSED,     /* not sealed by us, not for this purpose, changed since, or its key was dropped */
	SEAL_OPENED
};

/* state must outlive it. new */
struct seal *seal_new(const struct state *state) MUST_USE;
void seal_free(struct seal *seal);

/*
 * Appends the sealed text. `purpose` is a word of the program's own, such as "client". False, and nothing appended, when there are
 * no keys, which is logged, when the value is too large, or `out` is full.
 */
bool seal_value(struct seal *seal, const char *purpose, struct str value, struct buf *out) MUST_USE;

/* Appends the value; nothing unless SEAL_OPENED. */
enum seal_answer seal_open(struct seal *seal, const char *purpose, struct str text, struct buf *value) MUST_USE;

#endif
