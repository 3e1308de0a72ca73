/* SPDX-License-Identifier: MIT */
/*
 * How often is too often: for strangers per address, before anything costly is done for them; for those who are known per person
 * and per resource. Counted in the table that all processes share. *retry_after is in whole seconds, set when the answer is false.
 */
#ifndef GATEHOUSE_THROTTLE_H
#define GATEHOUSE_THROTTLE_H

#include "address.h"
#include "policy.h"
#include "settings.h"
#include "table.h"

struct throttle {
	const struct settings *settings;
	struct table *table;
	int64_t now_ns; /* of this request, CLOCK_REALTIME */
};

/*
 * One of `count` per `seconds` of what strangers may do, each kind by itself, at now_ns. `client` is address_client's. Of IPv6 the
 * sites around it are counted, too, since one has hundreds of clients if it likes: a /56 has as much as 8 of them, a /48 as 64.
 */
bool throttle_stranger(
	struct table *table, char kind, struct str client, struct rate rate, int64_t now_ns, uint32_t *retry_after) MUST_USE;

/*
 * Requests without a known credential from there count when they fail, not before: many people at once may come from one address.
 * May one be judged? And after it failed: may the client be told why? Those that were judged at once are paid for later.
 */
bool throttle_may_try(const struct throttle *throttle, const struct address *address, uint32_t *retry_after) MUST_USE;
bool throttle_failed(const struct throttle *throttle, const struct address *address, uint32_t *retry_after) MUST_USE;

/* The same for API keys that nobody has shown here before: guesses are few. */
bool throttle_may_guess(const struct throttle *throttle, const struct address *address, uint32_t *retry_after) MUST_USE;
bool throttle_guessed(const struct throttle *throttle, const struct address *address, uint32_t *retry_after) MUST_USE;

/* One more request of this person or machine for this resource, and of all for this resource. */
bool throttle_principal(const struct throttle *throttle, const struct resource *resource, const struct principal *principal,
	uint32_t *retry_after) MUST_USE;

#endif
