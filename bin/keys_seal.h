/* SPDX-License-Identifier: MIT */
/* Of `gatehouse keys`: the keys with which our own authorization server seals (seal_keys.h). */
#ifndef GATEHOUSE_KEYS_SEAL_H
#define GATEHOUSE_KEYS_SEAL_H

#include "state.h"

/* Each returns the exit status; EXIT_SYSTEM was complained about on standard error. EXIT_PROBLEM: they are there already. */
int keys_seal_init(const struct state *state, int64_t now) MUST_USE;
/* A new key seals from now on; the others go on opening, but for the oldest when there are too many. */
int keys_seal_rotate(const struct state *state, int64_t now) MUST_USE;
/* A new key, and nothing that was sealed before opens any more. */
int keys_seal_replace(const struct state *state, int64_t now) MUST_USE;
void keys_seal_list(const struct state *state);

#endif
