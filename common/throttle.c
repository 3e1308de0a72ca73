/* SPDX-License-Identifier: MIT */
#include "throttle.h"

static const struct rate guesses = { 20, 60 };

bool throttle_stranger(struct table *table, char kind, struct str client, struct rate rate, int64_t now_ns, uint32_t *retry_after)
{
	struct str site = address_site(client);

	return table_take(table, table_key(kind, client, STR_NONE), rate.count, rate.seconds, now_ns, retry_after) &&
		(site.n == 0 ||
			table_take(table, table_key(kind, site, STR_NONE), SITE_CLIENTS * rate.count, rate.seconds, now_ns,
				retry_after));
}

static bool may(const struct throttle *throttle, char kind, const struct address *address, struct rate rate, uint32_t *retry_after)
{
	struct str client = address_client(address), site = address_site(client);

	return table_has(throttle->table, table_key(kind, client, STR_NONE), rate.count, rate.seconds, throttle->now_ns,
		       retry_after) &&
		(site.n == 0 ||
			table_has(throttle->table, table_key(kind, site, STR_NONE), SITE_CLIENTS * rate.count, rate.seconds,
				throttle->now_ns, retry_after));
}

/* Client and site both owe, whatever is left of either. */
static bool owe(const struct throttle *throttle, char kind, const struct address *address, struct rate rate, uint32_t *retry_after)
{
	struct str client = address_client(address), site = address_site(client);
	bool left = site.n == 0 ||
		table_owe(throttle->table, table_key(kind, site, STR_NONE), SITE_CLIENTS * rate.count, rate.seconds,
			throttle->now_ns, retry_after);

	return table_owe(throttle->table, table_key(kind, client, STR_NONE), rate.count, rate.seconds, throttle->now_ns,
		       retry_after) &&
		left;
}

bool throttle_may_try(const struct throttle *throttle, const struct address *address, uint32_t *retry_after)
{
	return may(throttle, 'a', address, throttle->settings->address_rate, retry_after);
}

bool throttle_failed(const struct throttle *throttle, const struct address *address, uint32_t *retry_after)
{
	return owe(throttle, 'a', address, throttle->settings->address_rate, retry_after);
}

bool throttle_may_guess(const struct throttle *throttle, const struct address *address, uint32_t *retry_after)
{
	return may(throttle, 'g', address, guesses, retry_after);
}

bool throttle_guessed(const struct throttle *throttle, const struct address *address, uint32_t *retry_after)
{
	return owe(throttle, 'g', address, guesses, retry_after);
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
