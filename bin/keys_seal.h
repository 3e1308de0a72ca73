/* SPDX-License-Identifier: MIT */
/* gatehouse keys seal: the keys with which our own authorization server seals what clients, browsers and the store keep for it. */
#ifndef GATEHOUSE_KEYS_SEAL_H
#define GATEHOUSE_KEYS_SEAL_H

#include "state.h"

/* init, rotate, list or drop ID (else NULL). The exit status. */
int keys_seal(struct str verb, const char *id, const struct state *state, int64_t now);
bool keys_seal_is_verb(struct str word);

#endif
