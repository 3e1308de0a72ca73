/* SPDX-License-Identifier: MIT */
#include "memo.h"

#include <stdlib.h>
#include <string.h>

/* Sets of four: a digest may stand in any slot of the set that its first bytes name. */
#define SETS 4096
#define WAYS 4

struct memo {
	struct memo_entry *entry;
	size_t bytes;
	size_t limit;
};

struct memo *memo_new(size_t bytes)
{
	struct memo *memo = memory_new(sizeof(*memo));

	memo->limit = bytes;
	/* Pages that are never touched cost nothing. */
	memo->entry = calloc(SETS * WAYS, sizeof(*memo->entry));
	if (memo->entry == NULL)
		abort();
	return memo;
}

static void forget(struct memo *memo, struct memo_entry *entry)
{
	if (entry->principal == NULL)
		return;
	memo->bytes -= entry->bytes;
	free(entry->principal);
	*entry = (struct memo_entry){ 0 };
}

static void forget_all(struct memo *memo)
{
	for (size_t i = 0; i < (size_t)SETS * WAYS; i++)
		forget(memo, &memo->entry[i]);
}

void memo_free(struct memo *memo)
{
	if (memo == NULL)
		return;
	forget_all(memo);
	free(memo->entry);
	free(memo);
}

static struct memo_entry *set_of(const struct memo *memo, const unsigned char *digest)
{
	size_t set = ((size_t)digest[0] << 8 | digest[1]) % SETS;

	return &memo->entry[set * WAYS];
}

static bool is_entry_of(const struct memo_entry *entry, const unsigned char *digest)
{
	return entry->principal != NULL &&
		str_eq_secret((struct str){ (const char *)entry->digest, MEMO_DIGEST_BYTES },
			(struct str){ (const char *)digest, MEMO_DIGEST_BYTES });
}

const struct memo_entry *memo_find(const struct memo *memo, const unsigned char digest[MEMO_DIGEST_BYTES])
{
	struct memo_entry *set = set_of(memo, digest);

	for (size_t i = 0; i < WAYS; i++) {
		if (is_entry_of(&set[i], digest))
			return &set[i];
	}
	return NULL;
}

/* The slot to use: the digest's own, else a free one, else the one that would expire first. */
static struct memo_entry *slot_for(struct memo *memo, const unsigned char *digest)
{
	struct memo_entry *set = set_of(memo, digest), *slot = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		if (is_entry_of(&set[i], digest))
			return &set[i];
	}
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].principal == NULL)
			return &set[i];
		if (slot == NULL || set[i].principal->expires < slot->principal->expires)
			slot = &set[i];
	}
	return slot;
}

const struct principal *memo_keep(struct memo *memo, const unsigned char digest[MEMO_DIGEST_BYTES], const struct resource *resource,
	uint64_t generation, const struct principal *principal)
{
	struct principal *copy;
	struct memo_entry *slot;
	size_t bytes;

	copy = principal_copy(principal, &bytes);
	if (memo->bytes + bytes > memo->limit)
		forget_all(memo);
	slot = slot_for(memo, digest);
	forget(memo, slot);
	*slot = (struct memo_entry){ .resource = resource, .generation = generation, .principal = copy, .bytes = bytes };
	memcpy(slot->digest, digest, MEMO_DIGEST_BYTES);
	memo->bytes += bytes;
	return copy;
}
