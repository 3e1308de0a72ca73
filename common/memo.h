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
	const struct resource *resource;         /* for which it was judged */
	uint64_t generation;                     /* of what it was judged by: the issuer's keys, the file of API keys */
	int64_t until;                           /* seconds; from then on it has to be judged again */
	enum outcome outcome;                    /* OUTCOME_ALLOW, or why the token is refused */
	struct principal *principal;             /* OUTCOME_ALLOW only */
	size_t bytes;
};

/* Takes at most about `bytes` of memory: what has no room takes the place of others. new */
struct memo *memo_new(size_t bytes) MUST_USE;
void memo_free(struct memo *memo);

/* The entry of that digest and resource, NULL when there is none. borrowed until the next memo_keep */
const struct memo_entry *memo_find(
	const struct memo *memo, const unsigned char digest[MEMO_DIGEST_BYTES], const struct resource *resource) MUST_USE;

/* Keeps a copy of the entry and of its principal (NULL: none). The principal of the copy, borrowed until the next memo_keep. */
const struct principal *memo_keep(struct memo *memo, const struct memo_entry *entry, const struct principal *principal);

#endif
