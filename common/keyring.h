/* SPDX-License-Identifier: MIT */
/*
 * The keys with which we say who somebody is (assertion.h), in the state directory: the index has the public key that signs now,
 * the one that will sign after it, and those that did before with the time until which each is published; a private key is a file
 * of its own, named by its kid. The index is what counts: it is replaced at once or not at all. A key is published long before it
 * signs, so that no MCP server meets one that it has not seen. Written by `gatehouse keys`, read by the programs. Who publishes
 * reads no private key.
 */
#ifndef GATEHOUSE_KEYRING_H
#define GATEHOUSE_KEYRING_H

#include "json.h"
#include "settings.h"
#include "state.h"

#define KEYRING_INDEX OWN_KEYS_FILE
#define KEYRING_PREFIX "assertion-"
#define KEYRING_SUFFIX ".pem"
#define KEYRING_RETIRED 50 /* at most */
#define KEYRING_PEM_BYTES 4096

/*
 * {"signing": {"key": JWK, "since": seconds}, "next": {"key": JWK}, "retired": [{"key": JWK, "until": seconds}...]}. new; NULL when
 * there is none, or none that can be used, which is logged.
 */
json_t *keyring_read(const struct state *state) MUST_USE;
bool keyring_write(const struct state *state, const json_t *ring) MUST_USE;

/* The kid of {"key": JWK...}. borrowed */
struct str keyring_kid(const json_t *entry);
json_int_t keyring_time(const json_t *entry, const char *member);
/* The name of its private key's file. */
void keyring_file(struct str kid, struct buf *name);

/* The JWK set of the keys that count at `now`; *until (may be NULL): when the first of them ends, 0: none does. new */
json_t *keyring_public(const json_t *ring, int64_t now, int64_t *until) MUST_USE;

#endif
