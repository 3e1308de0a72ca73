/* SPDX-License-Identifier: MIT */
/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): a short keyed hash. Who does not know the key can't
 * choose texts that collide.
 */
#ifndef GATEHOUSE_SIPHASH_H
#define GATEHOUSE_SIPHASH_H

#include "str.h"

struct siphash {
	uint64_t v[4];
	uint64_t word;  /* the bytes that don't fill eight yet */
	uint64_t bytes; /* all so far */
};

void siphash_start(struct siphash *hash, const uint64_t key[2]);
void siphash_add(struct siphash *hash, struct str bytes);
/*
 * The hash of all that was added, as a number whose lowest byte is the first of the published
 * vectors.
 */
uint64_t siphash_end(struct siphash *hash) MUST_USE;

/* The hash of a kind and two texts with a key that everybody knows: the same in every process, for looking things up. */
uint64_t siphash_texts(char kind, struct str first, struct str second) MUST_USE;

#endif
