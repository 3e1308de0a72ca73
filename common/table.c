/* SPDX-License-Identifier: MIT */
/*
 * GCRA: the one number of a key is the time at which its whole allowance is there again (the
 * theoretical arrival time). Each take moves it on by one interval; it may run ahead of the clock
 * by the burst. A slot whose time has passed says nothing any more, so it may be given to another
 * key without a word, and a process that dies anywhere leaves a table that works.
 */
#include "table.h"

#include <stdlib.h>

#include "log.h"
#include "siphash.h"
#include "table_file.h"

#define NEIGHBOURS 8u
#define SECOND_NS 1000000000

_Static_assert(ATOMIC_LONG_LOCK_FREE == 2 && sizeof(long) == sizeof(uint64_t), "processes share no locks, only atomic words");
_Static_assert(sizeof(struct table_slot) == 16 && sizeof(struct table_header) == 64, "the format of the file");

struct table {
	struct table_map *map;
	bool shared;
};

struct table *table_open(int directory, const char *name)
{
	struct table *table = memory_new(sizeof(*table));

	table->map = table_map_open(directory, name);
	table->shared = table->map != NULL;
	if (!table->shared)
		table->map = table_map_private();
	if (table->map == NULL) {
		log_event(LOG_ERROR, "table_failed", "no memory for a table of limits");
		abort();
	}
	return table;
}

void table_close(struct table *table)
{
	if (table == NULL)
		return;
	table_map_close(table->map);
	free(table);
}

bool table_is_shared(const struct table *table)
{
	return table->shared;
}

uint64_t table_key(char kind, struct str first, struct str second)
{
	return siphash_texts(kind, first, second);
}

/* Never 0, which marks a slot that was never used. */
uint64_t table_inner_key(const struct table *table, uint64_t key)
{
	struct siphash hash;
	uint64_t inner;

	siphash_start(&hash, table->map->header.secret);
	siphash_add(&hash, (struct str){ (const char *)&key, sizeof(key) });
	inner = siphash_end(&hash);
	return inner != 0 ? inner : 1;
}

/* A candidate for a key that has no slot yet: the better the lower. */
enum fitness { FREE, EXPIRED, IN_USE };

static enum fitness fitness_of(uint64_t key, uint64_t value, uint64_t now)
{
	return key == 0 ? FREE : value <= now ? EXPIRED : IN_USE;
}

/*
 * The slot of the key, taken for it if need be: the first that was never used, else the first whose
 * time has passed, else the least loaded one of the neighbourhood, which is made to have passed.
 * Only a full neighbourhood can let two processes take two slots for one new key at the same
 * moment; both then find the first, and the other runs out by itself.
 */
static struct table_slot *slot_of(struct table *table, uint64_t key, uint64_t now)
{
	for (;;) {
		struct table_slot *best = NULL;
		enum fitness best_fitness = IN_USE;
		uint64_t best_key = 0, best_value = 0;

		for (unsigned i = 0; i < NEIGHBOURS; i++) {
			struct table_slot *slot = &table->map->slot[(key + i) % TABLE_SLOTS];
			enum fitness fitness;
			uint64_t found, value;

			/* A value that came with another key must not be taken for one of this key: it may be all that says whose
			 * something is. */
			do {
				found = atomic_load(&slot->key);
				value = atomic_load(&slot->value);
			} while (atomic_load(&slot->key) != found);
			fitness = fitness_of(found, value, now);
			if (found == key)
				return slot;
			if (best == NULL || fitness < best_fitness ||
				(fitness == IN_USE && best_fitness == IN_USE && value < best_value)) {
				best = slot;
				best_fitness = fitness;
				best_key = found;
				best_value = value;
			}
		}
		/* Whether this process was the faster one or another: the next look shows it. */
		if (best_fitness == IN_USE)
			(void)atomic_compare_exchange_strong(&best->value, &best_value, 0);
		else
			(void)atomic_compare_exchange_strong(&best->key, &best_key, key);
	}
}

/*
 * Moves the time of the key on by `interval` unless it would then be more than `burst` and `debt` ahead of `now`. True: it is no
 * more than `burst` ahead; else *wait is how long until it would not have been. A time that no take can have set (the clock went
 * back, the slot's last owner had a longer limit) counts as the latest one that a take can set, and
 * is written down as that, so that it passes.
 */
static bool advance(
	struct table *table, uint64_t key, uint64_t interval, uint64_t burst, uint64_t debt, uint64_t now, uint64_t *wait)
{
	uint64_t inner = table_inner_key(table, key), most = now + burst + debt;

	for (;;) {
		struct table_slot *slot = slot_of(table, inner, now);
		uint64_t value = atomic_load(&slot->value);
		bool taken = false;

		for (;;) {
			uint64_t time = value;
			bool moves;

			if (time < now)
				time = now;
			else if (time > most)
				time = most;
			taken = time + interval <= now + burst;
			moves = time + interval <= most;
			*wait = taken ? 0 : time + interval - burst - now;
			if (!moves && time == value)
				break;
			if (atomic_compare_exchange_weak(&slot->value, &value, moves ? time + interval : time))
				break;
		}
		/* If the slot went to another key meanwhile, nothing was counted for this one. */
		if (atomic_load(&slot->key) == inner)
			return taken;
	}
}

static uint64_t interval_of(uint32_t count, uint32_t seconds)
{
	uint64_t interval = (uint64_t)seconds * SECOND_NS / count;

	return interval != 0 ? interval : 1;
}

static uint64_t time_of(int64_t now_ns)
{
	return now_ns > 0 ? (uint64_t)now_ns : 0;
}

static bool take(
	struct table *table, uint64_t key, uint32_t count, uint32_t seconds, bool owes, int64_t now_ns, uint32_t *retry_after)
{
	uint64_t interval, wait;
	bool taken;

	if (count == 0 || seconds == 0)
		return true;
	interval = interval_of(count, seconds);
	taken = advance(table, key, interval, interval * count, owes ? interval * count : 0, time_of(now_ns), &wait);
	if (!taken)
		*retry_after = (uint32_t)((wait + SECOND_NS - 1) / SECOND_NS);
	return taken;
}

bool table_take(struct table *table, uint64_t key, uint32_t count, uint32_t seconds, int64_t now_ns, uint32_t *retry_after)
{
	return take(table, key, count, seconds, false, now_ns, retry_after);
}

bool table_owe(struct table *table, uint64_t key, uint32_t count, uint32_t seconds, int64_t now_ns, uint32_t *retry_after)
{
	return take(table, key, count, seconds, true, now_ns, retry_after);
}

/* The time of the key; 0: it has none. */
static uint64_t value_of(const struct table *table, uint64_t key)
{
	uint64_t inner = table_inner_key(table, key);

	for (unsigned i = 0; i < NEIGHBOURS; i++) {
		const struct table_slot *slot = &table->map->slot[(inner + i) % TABLE_SLOTS];

		if (atomic_load(&slot->key) == inner)
			return atomic_load(&slot->value);
	}
	return 0;
}

bool table_has(const struct table *table, uint64_t key, uint32_t count, uint32_t seconds, int64_t now_ns, uint32_t *retry_after)
{
	uint64_t value = value_of(table, key), now = time_of(now_ns), interval, burst;

	if (count == 0 || seconds == 0)
		return true;
	interval = interval_of(count, seconds);
	burst = interval * count;
	/* A time that nobody can owe comes from a clock that went back: whoever owes next mends it. */
	if (value + interval <= now + burst || value > now + 2 * burst)
		return true;
	*retry_after = (uint32_t)((value + interval - burst - now + SECOND_NS - 1) / SECOND_NS);
	return false;
}

bool table_stamp(struct table *table, uint64_t key, int64_t interval_ns, int64_t now_ns)
{
	uint64_t interval = interval_ns > 0 ? (uint64_t)interval_ns : 0, wait;

	return advance(table, key, interval, interval, 0, time_of(now_ns), &wait);
}

bool table_is_stamped(const struct table *table, uint64_t key, int64_t interval_ns, int64_t now_ns)
{
	uint64_t value = value_of(table, key), now = time_of(now_ns);

	return value > now && value - now <= (interval_ns > 0 ? (uint64_t)interval_ns : 0);
}

/*
 * The time of a claim has the owner in its low bits: one word, so that it changes at once. Where a time stands there, the
 * owner is but a part of a minute.
 */
#define OWNER_BITS 36
#define OWNER_MASK ((UINT64_C(1) << OWNER_BITS) - 1)

enum claim { NOBODYS, OWN, ANOTHERS };

static enum claim claim_of(const struct table *table, uint64_t inner, uint64_t mark, uint64_t now)
{
	enum claim found = NOBODYS;

	for (unsigned i = 0; i < NEIGHBOURS; i++) {
		const struct table_slot *slot = &table->map->slot[(inner + i) % TABLE_SLOTS];
		uint64_t value;

		if (atomic_load(&slot->key) != inner)
			continue;
		value = atomic_load(&slot->value);
		if (value > now && (value & OWNER_MASK) != mark)
			return ANOTHERS;
		if (value > now)
			found = OWN;
	}
	return found;
}

bool table_is_of_another(const struct table *table, uint64_t key, uint64_t owner, int64_t now_ns)
{
	return claim_of(table, table_inner_key(table, key), table_inner_key(table, owner) & OWNER_MASK,
		       now_ns > 0 ? (uint64_t)now_ns : 0) == ANOTHERS;
}

bool table_claim(struct table *table, uint64_t key, uint64_t owner, int64_t interval_ns, int64_t now_ns)
{
	uint64_t inner = table_inner_key(table, key), mark = table_inner_key(table, owner) & OWNER_MASK;
	uint64_t now = now_ns > 0 ? (uint64_t)now_ns : 0, interval = interval_ns > 0 ? (uint64_t)interval_ns : 0;
	uint64_t claimed = ((now + interval) & ~OWNER_MASK) | mark;

	for (;;) {
		struct table_slot *slot = slot_of(table, inner, now);
		uint64_t value = atomic_load(&slot->value);

		if (value > now && (value & OWNER_MASK) != mark)
			return false;
		if (value != claimed && !atomic_compare_exchange_strong(&slot->value, &value, claimed))
			continue;
		if (atomic_load(&slot->key) != inner)
			continue;
		/* In a full neighbourhood another process may have found another slot for the same key: then none has it. */
		if (claim_of(table, inner, mark, now) != ANOTHERS)
			return true;
		(void)atomic_compare_exchange_strong(&slot->value, &claimed, 0);
		return false;
	}
}

void table_clear(struct table *table, uint64_t key)
{
	uint64_t inner = table_inner_key(table, key);

	for (unsigned i = 0; i < NEIGHBOURS; i++) {
		struct table_slot *slot = &table->map->slot[(inner + i) % TABLE_SLOTS];

		if (atomic_load(&slot->key) == inner)
			atomic_store(&slot->value, 0);
	}
}
