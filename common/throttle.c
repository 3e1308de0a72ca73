/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#define GUESSES 20 /* per address and minute */
#define GUESS_SECONDS 60

bool throttle_may_try(const struct throttle *throttle, const struct address *address, uint32_t *retry_after)
{
	const struct rate *rate = &throttle->settings->address_rate;

	return table_has(throttle->table, table_key('a', address_client(address), STR_NONE), rate->count, rate->seconds,
		throttle->now_ns, retry_after);
}

bool throttle_failed(const struct throttle *throttle, const struct address *address, uint32_t *retry_after)
{
	const struct rate *rate = &throttle->settings->address_rate;

	return table_owe(throttle->table, table_key('a', address_client(address), STR_NONE), rate->count, rate->seconds,
		throttle->now_ns, retry_after);
}

bool throttle_may_guess(const struct throttle *throttle, const struct address *address, uint32_t *retry_after)
{
	return table_has(throttle->table, table_key('g', address_client(address), STR_NONE), GUESSES, GUESS_SECONDS,
		throttle->now_ns, retry_after);
}

bool throttle_guessed(const struct throttle *throttle, const struct address *address, uint32_t *retry_after)
{
	return table_owe(throttle->table, table_key('g', address_client(address), STR_NONE), GUESSES, GUESS_SECONDS,
		throttle->now_ns, retry_after);
}

bool throttle_principal(
	const struct throttle *throttle, const struct resource *resource, const struct principal *principal, uint32_t *retry_after)
{
	const struct rate *own = &resource->rate, *all = &resource->resource_rate;
	uint64_t key;

	if (own->count != 0) {
		/* One count per person and resource: two resources may have two limits. */
		key = table_key('p', principal->issuer->identifier, principal->subject) ^
			table_key('q', resource->identifier, STR_NONE);
		if (!table_take(throttle->table, key, own->count, own->seconds, throttle->now_ns, retry_after))
			return false;
	}
	return all->count == 0 ||
		table_take(throttle->table, table_key('r', resource->identifier, STR_NONE), all->count, all->seconds,
			throttle->now_ns, retry_after);
}
