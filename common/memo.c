/* SPDX-License-Identifier: MIT */
#include "memo.h"

#include <stdlib.h>

#include "facts.h"

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
	if (entry->until == 0)
		return;
	memo->bytes -= entry->bytes;
	if (entry->principal != NULL)
		json_decref(entry->principal->facts);
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

static bool is_entry_of(const struct memo_entry *entry, const unsigned char *digest, const struct resource *resource)
{
	return entry->until != 0 && entry->resource == resource &&
		str_eq_secret((struct str){ (const char *)entry->digest, MEMO_DIGEST_BYTES },
			(struct str){ (const char *)digest, MEMO_DIGEST_BYTES });
}

const struct memo_entry *memo_find(
	const struct memo *memo, const unsigned char digest[MEMO_DIGEST_BYTES], const struct resource *resource)
{
	struct memo_entry *set = set_of(memo, digest);

	for (size_t i = 0; i < WAYS; i++) {
		if (is_entry_of(&set[i], digest, resource))
			return &set[i];
	}
	return NULL;
}

/* The slot to use: the entry's own, else a free one, else the one that ends first. */
static struct memo_entry *slot_for(struct memo *memo, const struct memo_entry *entry)
{
	struct memo_entry *set = set_of(memo, entry->digest), *slot = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (is_entry_of(&set[i], entry->digest, entry->resource))
			return &set[i];
	}
	for (size_t i = 1; i < WAYS; i++) {
		if (set[i].until < slot->until)
			slot = &set[i];
	}
	return slot;
}

const struct principal *memo_keep(struct memo *memo, const struct memo_entry *entry, const struct principal *principal)
{
	struct principal *copy = NULL;
	struct memo_entry *slot;
	size_t bytes = 0;

	if (principal != NULL) {
		copy = principal_copy(principal, &bytes);
		copy->claims = NULL;
		copy->facts = entry->resource->sees_facts ? facts_new(principal, principal->claims) : NULL;
		bytes += copy->facts != NULL ? facts_bytes(copy->facts) : 0;
	}
	if (memo->bytes + bytes > memo->limit)
		forget_all(memo);
	slot = slot_for(memo, entry);
	forget(memo, slot);
	*slot = *entry;
	slot->principal = copy;
	slot->bytes = bytes;
	memo->bytes += bytes;
	return copy;
}
