/* SPDX-License-Identifier: MIT */
#include "siphash.h"

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void rounds(uint64_t v[4], unsigned n)
{
	while (n-- != 0) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static void compress(struct siphash *hash)
{
	hash->v[3] ^= hash->word;
	rounds(hash->v, 2);
	hash->v[0] ^= hash->word;
	hash->word = 0;
}

void siphash_start(struct siphash *hash, const uint64_t key[2])
{
	*hash = (struct siphash){ .v = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
					  key[1] ^ 0x7465646279746573 } };
}

void siphash_add(struct siphash *hash, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		hash->word |= (uint64_t)(unsigned char)bytes.p[i] << (hash->bytes % 8 * 8);
		if (++hash->bytes % 8 == 0)
			compress(hash);
	}
}

uint64_t siphash_end(struct siphash *hash)
{
	hash->word |= hash->bytes << 56;
	compress(hash);
	hash->v[2] ^= 0xff;
	rounds(hash->v, 4);
	return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}

uint64_t siphash_texts(char kind, struct str first, struct str second)
{
	static const uint64_t open_key[2] = { 0 };
	uint64_t length = first.n;
	struct siphash hash;

	siphash_start(&hash, open_key);
	siphash_add(&hash, (struct str){ &kind, 1 });
	/* With its length ahead, no text of one pair can pass for part of another. */
	siphash_add(&hash, (struct str){ (const char *)&length, sizeof(length) });
	siphash_add(&hash, first);
	siphash_add(&hash, second);
	return siphash_end(&hash);
}
