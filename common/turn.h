/* SPDX-License-Identifier: MIT */
/*
 * Who may wait for a provider. A process serves one request at a time, so processes that all wait for a provider that hangs would
 * leave nobody for those whose credentials are known. Hence all but one of the processes may wait at once; the others say 503 and
 * go on. With locks in a file of the state directory, which end with their holder. What strangers can make us wait for has turns of
 * its own, so that it takes none of those of people who log in.
 */
#ifndef GATEHOUSE_TURN_H
#define GATEHOUSE_TURN_H

#include "state.h"
#include "table.h"

#define TURN_MS 1000
#define TURN_SECONDS 5

struct turns;

/* Counts this process in. new; never NULL: without the file there is no limit, which is logged. */
struct turns *turns_new(const struct state *state, struct table *table) MUST_USE;
/* The same among the processes of that name alone, which must not take the place of others. `name` is one of ours, a plain word.
 * new */
struct turns *turns_new_of(const char *name, const struct state *state, struct table *table) MUST_USE;
/* The same, but only half of them may wait at once, so that the others are there for better things; one if there is but one. new */
struct turns *turns_new_half(const char *name, const struct state *state, struct table *table) MUST_USE;
/* Never gives a turn: for a program that shall ask nobody. new */
struct turns *turns_none(void) MUST_USE;
void turns_free(struct turns *turns);

struct turn {
	bool taken; /* the process may wait */
	struct turns *turns;
	int place; /* -1: none to give back */
};

/* With NULL, or within another turn of this process: always taken. Takes up to TURN_MS, but that only once in TURN_SECONDS. */
struct turn turn_take(struct turns *turns) MUST_USE;
void turn_end(struct turn *turn);
#define auto_turn __attribute__((cleanup(turn_end)))

/* How often this process had a turn so far: whoever looks before and after knows whether a request waited. */
uint64_t turns_count(const struct turns *turns);

#endif
