/* SPDX-License-Identifier: MIT */
/*
 * Whether a provider that did not answer may be asked again. All processes know it together, by two stamps in their table: one says
 * that it fails, the other that it was asked a moment ago.
 */
#ifndef GATEHOUSE_BREAKER_H
#define GATEHOUSE_BREAKER_H

#include "table.h"

struct breaker {
	struct table *table;
	struct str issuer;
	uint64_t failing_key, attempt_key;
};

/* Both must outlive it. */
struct breaker breaker_of(struct table *table, struct str issuer) MUST_USE;

/* While it fails, one process asks once in a while, whether it is well again; asking for leave is the attempt. `now` in seconds. */
bool breaker_may_ask(const struct breaker *breaker, int64_t now) MUST_USE;

/* Known without waiting for a turn: it fails, and was asked a moment ago. */
bool breaker_is_hopeless(const struct breaker *breaker, int64_t now) MUST_USE;

/* What came of a question. */
void breaker_remember(const struct breaker *breaker, bool answered, int64_t now);

#endif
