/* SPDX-License-Identifier: MIT */
#include "memo.h"

#include <stdlib.h>

#include "facts.h"

/* Sets of four: a digest may stand in any slot of the set that its first bytes name. */
#define WAYS 4
#define SLOT_BYTES 256 /* of the bound: a principal takes more, so that few find their set full */
#define BLOCK_BYTES 16 /* of the allocator, beside an entry and beside its principal */

struct memo {
	size_t bytes, limit;
	size_t next; /* the slot that is freed first when there is no room */
	size_t sets;
	struct memo_entry *slot[]; /* NULL: free */
};

struct memo *memo_new(size_t bytes)
{
	size_t sets = bytes / SLOT_BYTES / WAYS + 1;
	struct memo *memo = memory_new(sizeof(*memo) + sets * WAYS * sizeof(struct memo_entry *));

	memo->limit = bytes;
	memo->sets = sets;
	return memo;
}

static void forget(struct memo *memo, struct memo_entry **slot)
{
	struct memo_entry *entry = *slot;

	if (entry == NULL)
		return;
	memo->bytes -= entry->bytes;
	if (entry->principal != NULL)
		json_decref(entry->principal->facts);
	free(entry->principal);
	free(entry);
	*slot = NULL;
}

/* One after the other goes, whatever it is worth: what is asked for again is soon back. */
static void make_room(struct memo *memo, size_t bytes)
{
	while (memo->bytes != 0 && memo->bytes + bytes > memo->limit) {
		forget(memo, &memo->slot[memo->next]);
		memo->next = (memo->next + 1) % (memo->sets * WAYS);
	}
}

void memo_free(struct memo *memo)
{
	if (memo == NULL)
		return;
	for (size_t i = 0; i < memo->sets * WAYS; i++)
		forget(memo, &memo->slot[i]);
	free(memo);
}

/* The number of its first slot. */
static size_t set_of(const struct memo *memo, const unsigned char *digest)
{
	return ((size_t)digest[0] << 16 | (size_t)digest[1] << 8 | digest[2]) % memo->sets * WAYS;
}

static bool is_entry_of(const struct memo_entry *entry, const unsigned char *digest, const struct resource *resource)
{
	return entry != NULL && entry->resource == resource &&
		str_eq_secret((struct str){ (const char *)entry->digest, MEMO_DIGEST_BYTES },
			(struct str){ (const char *)digest, MEMO_DIGEST_BYTES });
}

const struct memo_entry *memo_find(
	const struct memo *memo, const unsigned char digest[MEMO_DIGEST_BYTES], const struct resource *resource)
{
	struct memo_entry *const *set = &memo->slot[set_of(memo, digest)];

	for (size_t i = 0; i < WAYS; i++) {
		if (is_entry_of(set[i], digest, resource))
			return set[i];
	}
	return NULL;
}

/* The slot to use: the entry's own, else a free one, else the one that ends first. */
static struct memo_entry **slot_for(struct memo *memo, const struct memo_entry *entry)
{
	struct memo_entry **set = &memo->slot[set_of(memo, entry->digest)], **slot = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (is_entry_of(set[i], entry->digest, entry->resource))
			return &set[i];
	}
	for (size_t i = 1; i < WAYS && *slot != NULL; i++) {
		if (set[i] == NULL || set[i]->until < (*slot)->until)
			slot = &set[i];
	}
	return slot;
}

const struct principal *memo_keep(struct memo *memo, const struct memo_entry *entry, const struct principal *principal)
{
	struct memo_entry **slot, *copy = memory_new(sizeof(*copy));
	size_t bytes = 0;

	*copy = *entry;
	if (principal != NULL) {
		copy->principal = principal_copy(principal, &bytes);
		copy->principal->claims = NULL;
		copy->principal->facts = entry->resource->sees_facts ? facts_new(principal, principal->claims) : NULL;
		bytes += copy->principal->facts != NULL ? facts_bytes(copy->principal->facts) : 0;
	}
	copy->bytes = sizeof(*copy) + bytes + 2 * BLOCK_BYTES;
	slot = slot_for(memo, entry);
	forget(memo, slot);
	make_room(memo, copy->bytes);
	memo->bytes += copy->bytes;
	*slot = copy;
	return copy->principal;
}
