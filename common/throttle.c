/* SPDX-License-Identifier: MIT */
#include "throttle.h"

static const struct rate guesses = { 20, 60 };

/* What ends a site, from the narrowest, and how many clients' share it has. */
static const struct {
	unsigned bits;
	uint32_t clients;
} sites[] = { { 56, 8 }, { 48, 64 } };

#define LEVELS (1 + sizeof(sites) / sizeof(sites[0]))

/* Who is counted: the client, then the sites around it, with `rate` for all of it. False: there is no such site. */
static bool find_level(size_t level, struct str client, struct str *who, struct rate *rate)
{
	*who = level == 0 ? client : address_site(client, sites[level - 1].bits);
	if (level != 0)
		rate->count *= sites[level - 1].clients;
	return level == 0 || who->n != 0;
}

bool throttle_stranger(struct table *table, char kind, struct str client, struct rate rate, int64_t now_ns, uint32_t *retry_after)
{
	for (size_t level = 0; level < LEVELS; level++) {
		struct rate share = rate;
		struct str who;

		if (find_level(level, client, &who, &share) &&
			!table_take(table, table_key(kind, who, STR_NONE), share.count, share.seconds, now_ns, retry_after))
			return false;
	}
	return true;
}

static bool may(const struct throttle *throttle, char kind, const struct address *address, struct rate rate, uint32_t *retry_after)
{
	for (size_t level = 0; level < LEVELS; level++) {
		struct rate share = rate;
		struct str who;

		if (find_level(level, address_client(address), &who, &share) &&
			!table_has(throttle->table, table_key(kind, who, STR_NONE), share.count, share.seconds, throttle->now_ns,
				retry_after))
			return false;
	}
	return true;
}

/* All of them owe, whatever is left of one. */
static bool owe(const struct throttle *throttle, char kind, const struct address *address, struct rate rate, uint32_t *retry_after)
{
	bool left = true;

	for (size_t level = LEVELS; level-- > 0;) {
		struct rate share = rate;
		struct str who;

		if (find_level(level, address_client(address), &who, &share))
			left = table_owe(throttle->table, table_key(kind, who, STR_NONE), share.count, share.seconds,
				       throttle->now_ns, retry_after) &&
				left;
	}
	return left;
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
