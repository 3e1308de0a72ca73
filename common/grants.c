/* SPDX-License-Identifier: MIT */
#include "grants_parts.h"

#include <stdlib.h>
#include <string.h>

#include "authorization.h"
#include "base64url.h"
#include "clock.h"
#include "denials.h"
#include "log.h"

#define JSON_DEPTH 32
#define JSON_MEMBERS 32
#define TOKEN_PREFIX "ghr_"
#define TOKEN_PURPOSE "refresh"

struct grants *grants_new(const struct settings *settings, struct store *store, struct seal *seal)
{
	struct grants *grants = memory_new(sizeof(*grants));

	*grants = (struct grants){ .settings = settings, .store = store, .seal = seal };
	return grants;
}

void grants_free(struct grants *grants)
{
	free(grants);
}

void granted_free(struct granted *granted)
{
	buf_wipe(&granted->refresh_token);
	json_decref(granted->memory);
	*granted = (struct granted){ 0 };
}

/* ---- what the store has ---- */

void grants_add_random(size_t bytes, struct buf *out)
{
	unsigned char random[32];

	crypto_random(random, bytes);
	base64url_encode((struct str){ (const char *)random, bytes }, out);
	explicit_bzero(random, sizeof(random));
}

void grants_key(struct str text, unsigned char key[STORE_KEY_BYTES])
{
	crypto_sha256(text, key);
}

void grants_owner(struct str provider, struct str subject, struct buf *owner)
{
	auto_buf person = BUF(provider.n + 1 + subject.n);

	buf_add(&person, provider);
	buf_add_byte(&person, '\0');
	buf_add(&person, subject);
	crypto_sha256_hex(buf_str(&person), SHA256_BYTES, owner);
}

int64_t grants_until(const struct grants *grants, const struct grant *grant)
{
	const struct broker *broker = &grants->settings->broker;
	int64_t idle = grant->used + broker->refresh_idle, absolute = grant->since + broker->refresh_lifetime;

	return idle < absolute ? idle : absolute;
}

int64_t grants_tokens_until(const struct grants *grants, int64_t now)
{
	const struct broker *broker = &grants->settings->broker;

	return now + broker->access_token_lifetime + broker->own->skew + CLOCKS_SECONDS;
}

int64_t grants_kept_until(const struct grants *grants, const struct grant *grant, int64_t now)
{
	int64_t tokens = grants_tokens_until(grants, now), refreshes = grants_until(grants, grant);

	return tokens > refreshes ? tokens : refreshes;
}

/* Seals the JSON as the value of the entry; `text` has it. */
static bool seal_entry(
	struct grants *grants, const struct store_space *space, struct store_entry *entry, const json_t *json, struct buf *text)
{
	auto_secret plain = BUF(SEAL_VALUE_BYTES);

	json_write(json, &plain);
	if (plain.failed || !seal_value(grants->seal, space->name, buf_str(&plain), text))
		return false;
	entry->value = buf_str(text);
	return true;
}

enum store_result grants_put(
	struct grants *grants, const struct store_space *space, struct store_entry *entry, const json_t *json, int64_t now)
{
	auto_buf text = BUF(SEAL_TEXT_BYTES);

	return seal_entry(grants, space, entry, json, &text) ? store_put(grants->store, space, entry, now) : STORE_UNAVAILABLE;
}

enum store_result grants_replace(
	struct grants *grants, const struct store_space *space, struct store_entry *entry, const json_t *json, int64_t now)
{
	auto_buf text = BUF(SEAL_TEXT_BYTES);

	return seal_entry(grants, space, entry, json, &text) ? store_replace(grants->store, space, entry, now) : STORE_UNAVAILABLE;
}

enum grants_answer grants_open(
	struct grants *grants, const struct store_space *space, const struct store_entry *entry, json_t **json)
{
	const struct json_limits limits = { SEAL_VALUE_BYTES, JSON_DEPTH, JSON_MEMBERS };
	auto_secret plain = BUF(SEAL_VALUE_BYTES);

	*json = NULL;
	switch (seal_open(grants->seal, space->name, entry->value, &plain)) {
	case SEAL_UNAVAILABLE:
		return GRANTS_UNAVAILABLE;
	case SEAL_REFUSED:
		return GRANTS_INVALID;
	case SEAL_OPENED:
		break;
	}
	*json = json_read_object(buf_str(&plain), limits);
	return *json != NULL ? GRANTS_GOOD : GRANTS_INVALID;
}

enum grants_answer grants_find(
	struct grants *grants, struct str id, int64_t now, struct store_entry *entry, struct granted *granted)
{
	unsigned char key[STORE_KEY_BYTES];
	enum grants_answer answer;

	grants_key(id, key);
	switch (store_get(grants->store, &space_grant, key, now, entry)) {
	case STORE_DONE:
		break;
	case STORE_ABSENT:
		return GRANTS_INVALID;
	default:
		return GRANTS_UNAVAILABLE;
	}
	answer = grants_open(grants, &space_grant, entry, &granted->memory);
	if (answer != GRANTS_GOOD)
		return answer;
	/* Whoever could write into the store may still not give one grant the place of another. */
	return grant_read(granted->memory, &granted->grant) && str_eq(granted->grant.id, id) ? GRANTS_GOOD : GRANTS_INVALID;
}

bool granted_take(struct granted *granted, const struct grant *grant)
{
	json_t *json = grant_write(grant);

	if (json == NULL) {
		log_event(LOG_ERROR, "grant_too_large",
			"what the provider says of a person is more than %d bytes: ask it for fewer scopes or claims", GRANT_BYTES);
		return false;
	}
	json_decref(granted->memory);
	granted->memory = json;
	return grant_read(json, &granted->grant);
}

bool grants_is_of_login(const struct grants *grants, const struct grant *grant)
{
	return str_eq(grant->provider, grants->settings->broker.login->identifier);
}

bool grants_is_target(const struct grants *grants, const struct grant *grant, struct str resource)
{
	const struct resource *granted = authorization_resource(grants->settings, grant->resource);

	return granted != NULL && (resource.n == 0 || authorization_resource(grants->settings, resource) == granted);
}

/* ---- refresh tokens ---- */

bool grants_write_token(struct grants *grants, const struct grant *grant, struct buf *text)
{
	auto_buf plain = BUF(REFRESH_TOKEN_BYTES);

	*text = BUF(REFRESH_TOKEN_BYTES);
	buf_print(&plain, "%.*s %llu", STR_ARGS(grant->id), (unsigned long long)grant->generation);
	buf_add_text(text, TOKEN_PREFIX);
	return seal_value(grants->seal, TOKEN_PURPOSE, buf_str(&plain), text);
}

enum grants_answer grants_read_token(struct grants *grants, struct str text, struct refresh_token *token)
{
	auto_buf plain = BUF(REFRESH_TOKEN_BYTES);
	struct str rest, id;

	if (!str_starts(text, STR(TOKEN_PREFIX)) || text.n > REFRESH_TOKEN_BYTES)
		return GRANTS_INVALID;
	switch (seal_open(grants->seal, TOKEN_PURPOSE, str_skip(text, STR(TOKEN_PREFIX).n), &plain)) {
	case SEAL_UNAVAILABLE:
		return GRANTS_UNAVAILABLE;
	case SEAL_REFUSED:
		return GRANTS_INVALID;
	case SEAL_OPENED:
		break;
	}
	rest = buf_str(&plain);
	if (!str_cut(&rest, ' ', &id) || id.n == 0 || id.n >= sizeof(token->id) || !str_number(rest, INT64_MAX, &token->generation))
		return GRANTS_INVALID;
	memcpy(token->id, id.p, id.n);
	token->id[id.n] = '\0';
	return GRANTS_GOOD;
}

/* ---- the end of a grant ---- */

enum grants_answer grants_kill(struct grants *grants, struct str id, int64_t now)
{
	enum store_result denied = denials_add(grants->store, id, grants_tokens_until(grants, now), now);

	if (denied == STORE_UNAVAILABLE)
		return GRANTS_UNAVAILABLE;
	/* Better that its last access token lives on for its minutes than that the grant does for months. */
	if (denied != STORE_DONE)
		log_event(LOG_ERROR, "denials_full",
			"a grant ended, yet its access token is good until it is over: more than %d ended", DENIALS_MOST);
	return store_remove_family(grants->store, id) == STORE_UNAVAILABLE ? GRANTS_UNAVAILABLE : GRANTS_GOOD;
}

enum grants_answer grants_end(struct grants *grants, struct str id, struct str owner, int64_t now)
{
	unsigned char key[STORE_KEY_BYTES];
	struct store_entry entry;

	grants_key(id, key);
	switch (store_get(grants->store, &space_grant, key, now, &entry)) {
	case STORE_DONE:
		break;
	case STORE_ABSENT:
		return GRANTS_INVALID;
	default:
		return GRANTS_UNAVAILABLE;
	}
	if (owner.n != 0 && !str_eq(entry.owner, owner))
		return GRANTS_INVALID;
	return grants_kill(grants, id, now);
}

enum grants_answer grants_revoke(struct grants *grants, struct str client, struct str refresh_token, int64_t now)
{
	auto_granted granted = { 0 };
	struct refresh_token token;
	struct store_entry entry;
	enum grants_answer answer = grants_read_token(grants, refresh_token, &token);

	if (answer == GRANTS_GOOD)
		answer = grants_find(grants, str_from(token.id), now, &entry, &granted);
	if (answer == GRANTS_GOOD && str_eq(granted.grant.client, client))
		answer = grants_kill(grants, granted.grant.id, now);
	return answer == GRANTS_UNAVAILABLE ? GRANTS_UNAVAILABLE : GRANTS_GOOD;
}

/* ---- all grants ---- */

/* What the next page of the list has; of those that can't be read the id. */
static enum grants_answer read_page(struct grants *grants, const struct store_page *page, json_t *found[STORE_PAGE])
{
	for (size_t i = 0; i < page->n; i++) {
		enum grants_answer answer = grants_open(grants, &space_grant, &page->entry[i], &found[i]);

		if (answer == GRANTS_UNAVAILABLE)
			return answer;
		if (answer != GRANTS_GOOD)
			found[i] = json_pack("{s:o}", "id", json_from_str(page->entry[i].family));
	}
	return GRANTS_GOOD;
}

/* All of a page are read before the first is shown: who sees it may use the store, and what this one found is gone then. */
static enum grants_answer show_page(struct grants *grants, const struct store_page *page,
	bool (*each)(const struct grant *grant, void *context), void *context, bool *more)
{
	json_t *found[STORE_PAGE] = { NULL };
	enum grants_answer answer = read_page(grants, page, found);
	struct grant grant;

	for (size_t i = 0; i < page->n; i++) {
		if (!grant_read(found[i], &grant))
			grant = (struct grant){ .id = json_text(found[i], "id") };
		if (answer == GRANTS_GOOD && *more)
			*more = each(&grant, context);
		json_decref(found[i]);
	}
	return answer;
}

enum grants_answer grants_each(
	struct grants *grants, struct str owner, int64_t now, bool (*each)(const struct grant *grant, void *context), void *context)
{
	unsigned char after[STORE_KEY_BYTES];
	enum grants_answer answer = GRANTS_GOOD;
	struct store_page page = { .n = 0 };
	bool more = true;

	do {
		if (store_list(grants->store, &space_grant, owner, page.n != 0 ? after : NULL, now, &page) != STORE_DONE)
			return GRANTS_UNAVAILABLE;
		if (page.n != 0) {
			memcpy(after, page.entry[page.n - 1].key, sizeof(after));
			answer = show_page(grants, &page, each, context, &more);
		}
	} while (answer == GRANTS_GOOD && more && page.n != 0);
	return answer;
}
