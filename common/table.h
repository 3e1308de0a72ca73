/* SPDX-License-Identifier: MIT */
/*
 * A file of fixed size, mapped by all processes: one 64-bit number per key, changed by
 * compare-and-swap. It holds rate limits, stamps and owners. Bounded: when a key finds no room, the least
 * loaded entry of its neighbourhood gives way. It survives restarts; a file of another format or
 * size is made anew.
 */
#ifndef GATEHOUSE_TABLE_H
#define GATEHOUSE_TABLE_H

#include "str.h"

struct table;

/*
 * Maps `name` below the directory descriptor, making it if need be. new. Never NULL: when the file
 * can't be used, logs why and counts in this process alone, which is stricter than not at all and
 * looser than it should be.
 */
struct table *table_open(int directory, const char *name) MUST_USE;
void table_close(struct table *table);
/* Is it shared, or this process's own only? */
bool table_is_shared(const struct table *table) MUST_USE;

/*
 * The key of an entry: a kind and up to two texts, hashed; e.g. ('p', issuer, subject). The same in
 * every table and process; each table mixes it with a secret of its own, so that strangers can't
 * choose whose neighbour they are.
 */
uint64_t table_key(char kind, struct str first, struct str second) MUST_USE;
/* The key mixed with the secret of this table, never 0: for names that strangers must not foresee, as of files. */
uint64_t table_inner_key(const struct table *table, uint64_t key) MUST_USE;

/*
 * Takes one of `count` per `seconds` (all at once if need be, then evenly: GCRA) at time now_ns
 * (CLOCK_REALTIME). True: taken. False: none left; *retry_after is the whole seconds until there is
 * one, at least 1. A count of 0 is no limit.
 */
bool table_take(
	struct table *table, uint64_t key, uint32_t count, uint32_t seconds, int64_t now_ns, uint32_t *retry_after) MUST_USE;

/*
 * Would such a take be granted? Changes nothing. For what is known to count only when it is over: ask this first, table_owe then.
 */
bool table_has(
	const struct table *table, uint64_t key, uint32_t count, uint32_t seconds, int64_t now_ns, uint32_t *retry_after) MUST_USE;
/*
 * A take of what was done already: if there is none left, one of those that will be (at most `count` of them), so that many who
 * asked at once pay for it later. The answer is a take's.
 */
bool table_owe(struct table *table, uint64_t key, uint32_t count, uint32_t seconds, int64_t now_ns, uint32_t *retry_after) MUST_USE;

/*
 * Stamps the key with now_ns unless its stamp is younger than `interval_ns`; true for the one
 * caller that may go on.
 */
bool table_stamp(struct table *table, uint64_t key, int64_t interval_ns, int64_t now_ns) MUST_USE;

/*
 * Is there a stamp of that interval which is not over? One that could only come from a later time is none: the clock went back.
 * Changes nothing.
 */
bool table_is_stamped(const struct table *table, uint64_t key, int64_t interval_ns, int64_t now_ns) MUST_USE;

/*
 * Makes the key the owner's for `interval_ns` from now on, unless it is another's: then false. Of several owners that claim a key
 * at once exactly one gets it, or in a full neighbourhood at worst none. The owner is told apart by 36 bits that only this table
 * can compute, and the interval is off by up to 69 s, so it should be hours. A key is for stamps, for limits or for owners.
 */
bool table_claim(struct table *table, uint64_t key, uint64_t owner, int64_t interval_ns, int64_t now_ns) MUST_USE;
/* Is the key somebody else's? Changes nothing. */
bool table_is_of_another(const struct table *table, uint64_t key, uint64_t owner, int64_t now_ns) MUST_USE;

/* Takes a stamp away. */
void table_clear(struct table *table, uint64_t key);

#endif
