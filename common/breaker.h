/* SPDX-License-Identifier: MIT */
/*
 * Whether a provider that did not answer may be asked again. All processes know it together, by stamps in their table: that it
 * fails, that it was asked a moment ago, that it answered well not long ago.
 */
#ifndef GATEHOUSE_BREAKER_H
#define GATEHOUSE_BREAKER_H

#include "table.h"

/* From one question to the next while a provider does not answer; of use to a client too, who was told 503. */
#define BREAK_SECONDS 10

struct breaker {
	struct table *table;
	struct str issuer;
	uint64_t failing_key, attempt_key, well_key;
};

/* Both must outlive it. */
struct breaker breaker_of(struct table *table, struct str issuer) MUST_USE;

/* While it fails, one process asks once in a while, whether it is well again; asking for leave is the attempt. `now` in seconds. */
bool breaker_may_ask(const struct breaker *breaker, int64_t now) MUST_USE;

/* Known without waiting for a turn: it fails, and was asked a moment ago. */
bool breaker_is_hopeless(const struct breaker *breaker, int64_t now) MUST_USE;

/* Did it answer others not long ago? Then an error that comes at once may be one token's fault. */
bool breaker_was_well(const struct breaker *breaker, int64_t now) MUST_USE;

/* What came of a question. */
void breaker_remember(const struct breaker *breaker, bool answered, int64_t now);

#endif
