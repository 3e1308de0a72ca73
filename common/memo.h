/* SPDX-License-Identifier: MIT */
/*
 * What this process has already verified: principals by the digest of their token, in private memory only and bounded. A memo,
 * not a decision: the policy is asked again on every request. Pure.
 */
#ifndef GATEHOUSE_MEMO_H
#define GATEHOUSE_MEMO_H

#include "policy.h"
#include "settings.h"

#define MEMO_DIGEST_BYTES 32

struct memo;

struct memo_entry {
	unsigned char digest[MEMO_DIGEST_BYTES]; /* SHA-256 of the token */
	const struct resource *resource;         /* for which it was verified */
	uint64_t generation;                     /* of the issuer's keys under which it was verified */
	struct principal *principal;             /* NULL: the slot is free */
	size_t bytes;
};

/* Holds at most about `bytes` of principals; more of them empty it. new */
struct memo *memo_new(size_t bytes) MUST_USE;
void memo_free(struct memo *memo);

/* The entry of that digest, NULL when there is none. borrowed until the next memo_keep */
const struct memo_entry *memo_find(const struct memo *memo, const unsigned char digest[MEMO_DIGEST_BYTES]) MUST_USE;

/* Keeps a copy of the principal. borrowed until the next memo_keep */
const struct principal *memo_keep(struct memo *memo, const unsigned char digest[MEMO_DIGEST_BYTES], const struct resource *resource,
	uint64_t generation, const struct principal *principal) MUST_USE;

#endif
