/* SPDX-License-Identifier: MIT */
/*
 * The private key with which we sign, as the index of keyring.h says: parsed once, looked for anew once a second. When it is gone,
 * the one read before stays in use.
 */
#ifndef GATEHOUSE_SIGNING_KEY_H
#define GATEHOUSE_SIGNING_KEY_H

#include "settings.h"
#include "signer.h"
#include "state.h"

#define SIGNING_KEY_MENDING "gatehouse keys init makes one, or says what is in its way"

struct signing_key;

/* Is there a key? Else false with a line in `why` that begins with `found`, what wants it. For the start of a program. */
bool signing_key_check(const struct settings *settings, const char *found, struct buf *why) MUST_USE;

/* `state` must outlive it. new */
struct signing_key *signing_key_new(const struct state *state) MUST_USE;
void signing_key_free(struct signing_key *key);

/* The key that signs at `now` (seconds) and its kid; NULL: there is none, which is logged. borrowed until the next call */
const struct signer *signing_key_look(struct signing_key *key, int64_t now, struct str *kid) MUST_USE;

/* The private key of that kid. new; NULL when there is none, or another one under that name, which is logged. */
struct signer *signing_key_read(const struct state *state, struct str kid) MUST_USE;

#endif
