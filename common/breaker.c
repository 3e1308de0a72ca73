/* SPDX-License-Identifier: MIT */
#include "breaker.h"

#include "log.h"

#define BREAK_SECONDS 10    /* from one question to the next while the provider does not answer */
#define FAILING_SECONDS 300 /* for how long a failure is remembered when nobody asks */
#define SECOND_NS INT64_C(1000000000)

struct breaker breaker_of(struct table *table, struct str issuer)
{
	return (struct breaker){ .table = table,
		.issuer = issuer,
		.failing_key = table_key('i', issuer, STR("failing")),
		.attempt_key = table_key('i', issuer, STR("attempt")) };
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

void breaker_remember(const struct breaker *breaker, bool answered, int64_t now)
{
	if (answered && is_failing(breaker, now)) {
		table_clear(breaker->table, breaker->failing_key);
		log_event(LOG_INFO, "provider_answers_again", "%.*s", STR_ARGS(breaker->issuer));
	} else if (!answered) {
		(void)!table_stamp(breaker->table, breaker->failing_key, FAILING_SECONDS * SECOND_NS, now * SECOND_NS);
		(void)!table_stamp(breaker->table, breaker->attempt_key, BREAK_SECONDS * SECOND_NS, now * SECOND_NS);
	}
}
