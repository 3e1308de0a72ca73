/* SPDX-License-Identifier: MIT */
#include "breaker.h"

#include "log.h"

#define FAILING_SECONDS 300 /* for how long a failure is remembered when nobody asks */
#define WELL_SECONDS 30     /* for how long an answer speaks for the provider */
#define SECOND_NS INT64_C(1000000000)

struct breaker breaker_of(struct table *table, struct str issuer)
{
	return (struct breaker){ .table = table,
		.issuer = issuer,
		.failing_key = table_key('i', issuer, STR("failing")),
		.attempt_key = table_key('i', issuer, STR("attempt")),
		.well_key = table_key('i', issuer, STR("well")) };
}

static bool is_failing(const struct breaker *breaker, int64_t now)
{
	return table_is_stamped(breaker->table, breaker->failing_key, FAILING_SECONDS * SECOND_NS, now * SECOND_NS);
}

bool breaker_may_ask(const struct breaker *breaker, int64_t now)
{
	return !is_failing(breaker, now) ||
		table_stamp(breaker->table, breaker->attempt_key, BREAK_SECONDS * SECOND_NS, now * SECOND_NS);
}

bool breaker_is_hopeless(const struct breaker *breaker, int64_t now)
{
	return is_failing(breaker, now) &&
		table_is_stamped(breaker->table, breaker->attempt_key, BREAK_SECONDS * SECOND_NS, now * SECOND_NS);
}

bool breaker_was_well(const struct breaker *breaker, int64_t now)
{
	return table_is_stamped(breaker->table, breaker->well_key, WELL_SECONDS * SECOND_NS, now * SECOND_NS);
}

/* However old the last one is. */
static void stamp_anew(const struct breaker *breaker, uint64_t key, int64_t seconds, int64_t now)
{
	table_clear(breaker->table, key);
	(void)!table_stamp(breaker->table, key, seconds * SECOND_NS, now * SECOND_NS);
}

void breaker_remember(const struct breaker *breaker, bool answered, int64_t now)
{
	if (!answered) {
		table_clear(breaker->table, breaker->well_key);
		stamp_anew(breaker, breaker->failing_key, FAILING_SECONDS, now);
		(void)!table_stamp(breaker->table, breaker->attempt_key, BREAK_SECONDS * SECOND_NS, now * SECOND_NS);
		return;
	}
	stamp_anew(breaker, breaker->well_key, WELL_SECONDS, now);
	if (is_failing(breaker, now)) {
		table_clear(breaker->table, breaker->failing_key);
		log_event(LOG_INFO, "provider_answers_again", "%.*s", STR_ARGS(breaker->issuer));
	}
}
