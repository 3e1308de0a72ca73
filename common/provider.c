/* SPDX-License-Identifier: MIT */
#include "provider_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "breaker.h"
#include "clock.h"
#include "crypto.h"
#include "file.h"
#include "log.h"
#include "turn.h"

#define REQUEST_MS 4000 /* what a request may wait for all questions together */
#define PROBE_MS 10000
#define COLD_WAIT_MS 500    /* for another process's fetch when there is nothing to serve */
#define FORCED_WAIT_MS 1000 /* ... when only one key id is missing, which any stranger may bring about */
#define FORCED_SECONDS 60   /* from one refresh for an unknown key id to the next */
#define FAILING_SECONDS 300 /* for how long a failure is remembered when nobody asks */
#define LATE_SECONDS 60     /* by which keys may be overdue before a request waits for new ones */
#define SECOND_NS INT64_C(1000000000)

struct provider *provider_new(
	const struct settings *settings, const struct issuer *issuer, const struct state *state, struct table *table)
{
	struct provider *provider = memory_new(sizeof(*provider));
	auto_buf digest = BUF(16);

	crypto_sha256_hex(issuer->identifier, 8, &digest);
	*provider = (struct provider){
		.settings = settings, .issuer = issuer, .state = state, .table = table, .looked = -1, .tried = { -1, -1 }
	};
	(void)snprintf(provider->file[PROVIDER_DOCUMENT], PROVIDER_NAME_BYTES, "provider-%s.json", digest.p);
	(void)snprintf(provider->file[PROVIDER_KEYS], PROVIDER_NAME_BYTES, "keys-%s.json", digest.p);
	(void)snprintf(provider->lock, PROVIDER_NAME_BYTES, "provider-%s", digest.p);
	provider->attempt_key[PROVIDER_DOCUMENT] = table_key('f', issuer->identifier, STR("document"));
	provider->attempt_key[PROVIDER_KEYS] = table_key('f', issuer->identifier, STR("keys"));
	provider->forced_key = table_key('f', issuer->identifier, STR("unknown key"));
	provider->failing_key = table_key('f', issuer->identifier, STR("failing"));
	return provider;
}

void provider_free(struct provider *provider)
{
	if (provider == NULL)
		return;
	for (int kind = 0; kind < PROVIDER_KINDS; kind++)
		provider_copy_free(&provider->copy[kind]);
	free(provider);
}

void provider_take_turns(struct provider *provider, struct turns *turns)
{
	provider->turns = turns;
}

/* Seconds since it was fetched; as much as its lifetime when that is said to be still to come, so that it is asked for anew. */
static int64_t age_of(const struct provider_copy *copy, int64_t now)
{
	if (copy->fetched > now + CLOCKS_SECONDS)
		return copy->lifetime;
	return copy->fetched > now ? 0 : now - copy->fetched;
}

/* Are these keys from where the issuer no longer has them? */
static bool has_moved(const struct provider *provider)
{
	const json_t *document = provider->copy[PROVIDER_DOCUMENT].json;

	return document != NULL && !str_is(json_text(document, "jwks_uri"), provider->copy[PROVIDER_KEYS].url);
}

static bool is_fresh(const struct provider *provider, enum provider_kind kind, int64_t now)
{
	const struct provider_copy *copy = &provider->copy[kind];

	return copy->json != NULL && age_of(copy, now) < copy->lifetime && (kind == PROVIDER_DOCUMENT || !has_moved(provider));
}

static bool has_key(const struct provider *provider, struct str kid)
{
	const struct jwk_set *set = provider->copy[PROVIDER_KEYS].set;

	for (size_t i = 0; set != NULL && i < set->n; i++) {
		if (kid.n == 0 || str_eq(set->key[i].kid, kid))
			return true;
	}
	return false;
}

/* Takes over the good copy (and empties it) in place of the one at hand. The same keys again stay the same generation. */
static void adopt(struct provider *provider, enum provider_kind kind, struct provider_copy *copy)
{
	struct provider_copy *mine = &provider->copy[kind];

	if (kind == PROVIDER_KEYS && mine->json != NULL && json_equal(mine->json, copy->json)) {
		struct jwk_set *set = mine->set;

		mine->set = copy->set;
		copy->set = set;
	} else if (kind == PROVIDER_KEYS) {
		provider->generation++;
		log_event(LOG_INFO, "provider_keys_changed", "%.*s: %zu keys are in use now (%zu more can't be used)",
			STR_ARGS(provider->issuer->identifier), copy->set->n, copy->set->skipped);
	}
	provider_copy_free(mine);
	*mine = *copy;
	*copy = (struct provider_copy){ 0 };
	provider->seen[kind] = mine->version;
}

/* Takes in what other processes have written since the last look. A bad file never takes the place of good memory. */
static void look_at_files(struct provider *provider)
{
	for (int kind = 0; kind < PROVIDER_KINDS; kind++) {
		struct file_version version = state_version(provider->state, provider->file[kind]);
		auto_copy copy = { 0 };

		if ((kind == PROVIDER_KEYS && provider->issuer->keys_file.n != 0) ||
			file_version_eq(&version, &provider->seen[kind]))
			continue;
		provider->seen[kind] = version;
		if (provider_load(provider, (enum provider_kind)kind, &copy))
			adopt(provider, (enum provider_kind)kind, &copy);
	}
}

/* Also when one of the keys in it has come to its end. */
static void look_at_keys_file(struct provider *provider, int64_t now)
{
	struct file_version version = provider_keys_file_version(provider);
	struct provider_failure failure = { 0 };
	int64_t until = provider->copy[PROVIDER_KEYS].until;
	auto_copy copy = { 0 };

	if (provider->keys_file_seen && file_version_eq(&version, &provider->seen[PROVIDER_KEYS]) && (until == 0 || now < until))
		return;
	provider->keys_file_seen = true;
	provider->seen[PROVIDER_KEYS] = version;
	if (provider_read_keys_file(provider, now, &copy, &failure))
		adopt(provider, PROVIDER_KEYS, &copy);
	else
		log_event(LOG_ERROR, failure.event, "%s%s", failure.text,
			provider->copy[PROVIDER_KEYS].json != NULL ? "; the keys read before stay in use" : "");
}

/* What is too old to serve even while the provider is down is dropped. */
static void drop_stale(struct provider *provider, enum provider_kind kind, int64_t now)
{
	struct provider_copy *copy = &provider->copy[kind];

	if (copy->json == NULL || age_of(copy, now) <= copy->lifetime + provider->settings->stale_limit)
		return;
	log_event(LOG_ERROR, kind == PROVIDER_KEYS ? "provider_keys_too_old" : "provider_document_too_old",
		"%.*s: what %s gave is too old to be used any longer", STR_ARGS(provider->issuer->identifier), copy->url);
	if (kind == PROVIDER_KEYS)
		provider->generation++;
	provider_copy_free(copy);
}

static void look(struct provider *provider, int64_t now)
{
	if (provider->issuer->keys_file.n != 0)
		look_at_keys_file(provider, now);
	look_at_files(provider);
	drop_stale(provider, PROVIDER_DOCUMENT, now);
	if (provider->issuer->keys_file.n == 0)
		drop_stale(provider, PROVIDER_KEYS, now);
}

static bool renew_document(struct provider *provider, int64_t now, int64_t deadline, struct provider_failure *failure)
{
	auto_copy copy = { 0 };

	if (!provider_fetch_document(provider, now, deadline, &copy, failure))
		return false;
	provider_save(provider, PROVIDER_DOCUMENT, &copy);
	adopt(provider, PROVIDER_DOCUMENT, &copy);
	return true;
}

static bool renew_keys(struct provider *provider, int64_t now, int64_t deadline, struct provider_failure *failure)
{
	auto_copy copy = { 0 };

	if (!provider_fetch_keys(provider, now, deadline, &copy, failure))
		return false;
	provider_save(provider, PROVIDER_KEYS, &copy);
	adopt(provider, PROVIDER_KEYS, &copy);
	return true;
}

static void tell(const struct provider *provider, enum provider_kind kind, int64_t now, const struct provider_failure *failure)
{
	const struct provider_copy *copy = &provider->copy[kind];

	if (copy->json != NULL)
		log_event(LOG_WARNING, failure->event, "%s; what came before serves for %" PRId64 " s more", failure->text,
			copy->lifetime + provider->settings->stale_limit - age_of(copy, now));
	else
		log_event(LOG_ERROR, failure->event, "%s; there is nothing else to serve", failure->text);
}

/* Document, if it is not fresh, and keys. An old document still says where they are; one that says it wrongly is asked for anew. */
static bool renew_both(struct provider *provider, int64_t now, int64_t deadline, struct provider_failure *failure)
{
	const struct provider_copy *document = &provider->copy[PROVIDER_DOCUMENT];
	bool asked = !is_fresh(provider, PROVIDER_DOCUMENT, now);

	if (asked && !renew_document(provider, now, deadline, failure)) {
		if (document->json == NULL)
			return false;
		tell(provider, PROVIDER_DOCUMENT, now, failure);
		*failure = (struct provider_failure){ 0 };
	}
	if (renew_keys(provider, now, deadline, failure))
		return true;
	if (asked || failure->weight == TELLS_UNREACHABLE)
		return false;

	auto_free char *before = str_copy(json_text(document->json, "jwks_uri"));

	return renew_document(provider, now, deadline, failure) && !str_is(json_text(document->json, "jwks_uri"), before) &&
		renew_keys(provider, now, deadline, failure);
}

/* Old, or without the key that a token names though they may have changed since. */
static bool is_wanting(const struct provider *provider, enum provider_kind kind, struct str kid, int64_t now)
{
	return !is_fresh(provider, kind, now) ||
		(kid.n != 0 && !has_key(provider, kid) && age_of(&provider->copy[PROVIDER_KEYS], now) >= FORCED_SECONDS);
}

static bool is_failing(const struct provider *provider, int64_t now)
{
	return table_is_stamped(provider->table, provider->failing_key, FAILING_SECONDS * SECOND_NS, now * SECOND_NS);
}

static bool was_asked(const struct provider *provider, enum provider_kind kind, int64_t now)
{
	return table_is_stamped(provider->table, provider->attempt_key[kind], BREAK_SECONDS * SECOND_NS, now * SECOND_NS);
}

/*
 * What one process does for all: whoever has the lock looks whether the work is still to be done,
 * and the stamps, set before the question, keep a provider that is down from being asked again and
 * again. `kid` is not empty when it was not found.
 */
static void refresh(struct provider *provider, enum provider_kind kind, struct str kid, int64_t now, long wait_ms, int64_t deadline)
{
	struct provider_failure failure = { 0 };
	bool done;

	/* While it fails and was asked a moment ago there is nothing to wait for. */
	if (is_failing(provider, now) && was_asked(provider, kind, now)) {
		look(provider, now);
		return;
	}

	auto_turn struct turn turn = turn_take(provider->turns);
	auto_close int lock = turn.taken ? state_lock(provider->state, provider->lock, wait_ms) : -1;
	look(provider, now);
	if (lock < 0 || !is_wanting(provider, kind, kid, now))
		return;
	/* Strangers can name keys that don't exist: for a name, fresh keys are asked for again but once a minute. */
	if (is_fresh(provider, kind, now) &&
		(was_asked(provider, kind, now) ||
			!table_stamp(provider->table, provider->forced_key, FORCED_SECONDS * SECOND_NS, now * SECOND_NS)))
		return;
	if (!table_stamp(provider->table, provider->attempt_key[kind], BREAK_SECONDS * SECOND_NS, now * SECOND_NS))
		return;
	done = kind == PROVIDER_KEYS ? renew_both(provider, now, deadline, &failure)
				     : renew_document(provider, now, deadline, &failure);
	/* Anew each time: a stamp that is not over would not be moved. */
	table_clear(provider->table, provider->failing_key);
	if (!done) {
		(void)!table_stamp(provider->table, provider->failing_key, FAILING_SECONDS * SECOND_NS, now * SECOND_NS);
		tell(provider, kind, now, &failure);
	}
}

/*
 * Looks and, if need be, refreshes; either at most once in a second of `now`, so that nothing
 * changes within one request.
 */
static void look_once(struct provider *provider, int64_t now)
{
	if (provider->looked != now)
		look(provider, now);
	provider->looked = now;
}

static void keep_current(struct provider *provider, enum provider_kind kind, int64_t now, int64_t deadline)
{
	look_once(provider, now);
	if (provider->tried[kind] == now || is_fresh(provider, kind, now))
		return;
	provider->tried[kind] = now;
	if (kind == PROVIDER_DOCUMENT || provider->issuer->keys_file.n == 0)
		refresh(provider, kind, STR_NONE, now, provider->copy[kind].json != NULL ? 0 : COLD_WAIT_MS, deadline);
}

/*
 * Keys that have just grown old serve on, and are asked for after the answer (provider_maintain). Only where nobody did that for a
 * while, and the provider is not known to be in trouble, a request waits for new ones: a key may have been withdrawn meanwhile.
 */
static bool must_wait(const struct provider *provider, int64_t now)
{
	const struct provider_copy *copy = &provider->copy[PROVIDER_KEYS];

	return copy->json == NULL ||
		((age_of(copy, now) > copy->lifetime + LATE_SECONDS || has_moved(provider)) && !is_failing(provider, now));
}

enum provider_answer provider_keys(struct provider *provider, struct str kid, int64_t now, const struct jwk_set **keys)
{
	const struct provider_copy *copy = &provider->copy[PROVIDER_KEYS];
	int64_t deadline = clock_ms() + REQUEST_MS;
	bool from_file = provider->issuer->keys_file.n != 0;

	look_once(provider, now);
	if (must_wait(provider, now))
		keep_current(provider, PROVIDER_KEYS, now, deadline);
	if (copy->set != NULL && !has_key(provider, kid) && !from_file && age_of(copy, now) >= FORCED_SECONDS)
		refresh(provider, PROVIDER_KEYS, kid, now, FORCED_WAIT_MS, deadline);
	*keys = copy->set;
	if (copy->set == NULL)
		return PROVIDER_UNAVAILABLE;
	if (has_key(provider, kid))
		return PROVIDER_READY;
	*keys = NULL;
	/* Only keys that are surely today's may tell a client that its token is bad. */
	return from_file || age_of(copy, now) < FORCED_SECONDS ? PROVIDER_NO_SUCH_KEY : PROVIDER_UNAVAILABLE;
}

uint64_t provider_keys_generation(struct provider *provider, int64_t now)
{
	look_once(provider, now);
	return provider->generation;
}

bool provider_is_well(const struct provider *provider, int64_t now)
{
	return provider->copy[PROVIDER_KEYS].json != NULL && !is_failing(provider, now);
}

void provider_maintain(struct provider *provider, int64_t now)
{
	if (provider->copy[PROVIDER_KEYS].json != NULL)
		keep_current(provider, PROVIDER_KEYS, now, clock_ms() + REQUEST_MS);
}

enum provider_answer provider_document(struct provider *provider, int64_t now, const json_t **document)
{
	keep_current(provider, PROVIDER_DOCUMENT, now, clock_ms() + REQUEST_MS);
	*document = provider->copy[PROVIDER_DOCUMENT].json;
	return *document != NULL ? PROVIDER_READY : PROVIDER_UNAVAILABLE;
}

/* One line on the keys at hand, with their ids. */
static void report_keys(const struct provider *provider, struct buf *report)
{
	const struct provider_copy *copy = &provider->copy[PROVIDER_KEYS];

	buf_print(report, "%.*s: keys from %s: %zu can be used, %zu can't; ids:", STR_ARGS(provider->issuer->identifier), copy->url,
		copy->set->n, copy->set->skipped);
	for (size_t i = 0; i < copy->set->n; i++)
		buf_print(report, " %.*s", STR_ARGS(copy->set->key[i].kid.n != 0 ? copy->set->key[i].kid : STR("(none)")));
	buf_add_byte(report, '\n');
}

bool provider_probe(struct provider *provider, int64_t now, struct buf *report)
{
	auto_close int lock = state_lock(provider->state, provider->lock, COLD_WAIT_MS);
	int64_t deadline = clock_ms() + PROBE_MS;
	struct provider_failure failure = { 0 };
	bool from_file = provider->issuer->keys_file.n != 0;
	auto_copy copy = { 0 };
	bool good;

	if (from_file) {
		good = provider_read_keys_file(provider, now, &copy, &failure);
		if (good)
			adopt(provider, PROVIDER_KEYS, &copy);
	} else {
		good = renew_document(provider, now, deadline, &failure);
		if (good)
			buf_print(report, "%.*s: document from %s\n", STR_ARGS(provider->issuer->identifier),
				provider->copy[PROVIDER_DOCUMENT].url);
		good = good && renew_keys(provider, now, deadline, &failure);
	}
	if (good)
		report_keys(provider, report);
	else
		buf_print(report, "%s\n", failure.text);
	return good;
}
