/* SPDX-License-Identifier: MIT */
/*
 * An identity provider's metadata document and key set, through files in the state directory that
 * all processes share: fresh ones are used, old ones are refreshed by one elected process, stale
 * ones serve while the provider is down, and an unknown key id forces at most one refresh a minute
 * (RFC 8414 3, OIDC Discovery 4, RFC 7517).
 */
#ifndef GATEHOUSE_PROVIDER_H
#define GATEHOUSE_PROVIDER_H

#include "json.h"
#include "jwk.h"
#include "settings.h"
#include "state.h"
#include "table.h"

#define PROVIDER_DOCUMENT_BYTES (256 * 1024)
#define PROVIDER_KEYS_BYTES (512 * 1024)

struct provider;
struct turns;

enum provider_answer {
	PROVIDER_UNAVAILABLE, /* nothing usable, and the provider can't be asked now: 503, never 401
			       */
	PROVIDER_READY,
	PROVIDER_NO_SUCH_KEY /* keys are fresh, this key id is not among them: 401 */
};

/* settings, issuer, state and table must outlive it. new */
struct provider *provider_new(
	const struct settings *settings, const struct issuer *issuer, const struct state *state, struct table *table) MUST_USE;
void provider_free(struct provider *provider);

/* From now on it waits for the provider only in turn with other processes; `turns` must outlive it. */
void provider_take_turns(struct provider *provider, struct turns *turns);

/*
 * The keys that shall judge a token with this kid (empty: any). *keys is borrowed until the next
 * call. `now` in seconds. May take up to 4 s when this process is the one that refreshes.
 */
enum provider_answer provider_keys(struct provider *provider, struct str kid, int64_t now, const struct jwk_set **keys) MUST_USE;

/*
 * Changes whenever the keys change; what was verified under another number has to be verified
 * again. Looks at the files once in a second of `now`, and never waits for the provider.
 */
uint64_t provider_keys_generation(struct provider *provider, int64_t now);

/* Keys are at hand, and it answered when it was asked last: what it has no key for is most likely a stranger's invention. */
bool provider_is_well(const struct provider *provider, int64_t now) MUST_USE;

/* Refreshes old keys if there are any, so that no request has to. */
void provider_maintain(struct provider *provider, int64_t now);

/*
 * The provider's document, checked (issuer equal, JSON object). *document is borrowed until the
 * next call.
 */
enum provider_answer provider_document(struct provider *provider, int64_t now, const json_t **document) MUST_USE;

/*
 * The URL that the document has as `member`: https, or http on loopback in development. Empty when there is no document, or no such
 * URL in it, which is logged. borrowed until the next call
 */
struct str provider_endpoint(struct provider *provider, const char *member, int64_t now) MUST_USE;

/*
 * Fetches document and keys now, past every cache, and says in `report` what came, a line each, for
 * people. False when something is wrong. For `gatehouse check` and the start of a program.
 */
bool provider_probe(struct provider *provider, int64_t now, struct buf *report) MUST_USE;

#endif
