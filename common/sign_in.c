/* SPDX-License-Identifier: MIT */
#include "sign_in.h"

#include <stdlib.h>

#include "base64url.h"
#include "clock.h"
#include "crypto.h"
#include "policy.h"
#include "site.h"
#include "spaces.h"

#define MOST_SCOPES 256
#define URL_BYTES 32768
#define RANDOM_BYTES 32

static struct str random_text(struct buf *out)
{
	unsigned char bytes[RANDOM_BYTES];

	crypto_random(bytes, sizeof(bytes));
	base64url_encode((struct str){ (const char *)bytes, sizeof(bytes) }, out);
	return buf_str(out);
}

static void add_scope(struct words *scopes, struct str scope)
{
	if (scopes->n < MOST_SCOPES && !words_have(scopes, scope))
		scopes->word[scopes->n++] = scope;
}

/* What every login asks for, and what belongs to the scopes that the client asked for (`scope_map`). */
static void add_scopes(const struct issuer *issuer, struct str asked, struct words *scopes)
{
	struct str word;

	for (size_t i = 0; i < issuer->login_scopes.n; i++)
		add_scope(scopes, issuer->login_scopes.word[i]);
	while (str_word(&asked, &word)) {
		for (size_t i = 0; i < issuer->n_mappings; i++) {
			const struct scope_mapping *mapping = &issuer->mapping[i];

			for (size_t k = 0; str_eq(mapping->scope, word) && k < mapping->asked.n; k++)
				add_scope(scopes, mapping->asked.word[k]);
		}
	}
}

static const struct store_space *const spaces[] = { &space_login, &space_visit, &space_long };

static const struct store_space *space_for(const struct pending *pending, struct str sealed)
{
	return pending->client.n == 0 ? &space_visit : sealed.n > LOGIN_BYTES ? &space_long : &space_login;
}

/* The login of that key, and the space that it is in. */
static enum store_result find(const struct sign_in *sign_in, const unsigned char key[STORE_KEY_BYTES], int64_t now,
	struct store_entry *entry, const struct store_space **space)
{
	enum store_result result = STORE_ABSENT;

	for (size_t i = 0; result == STORE_ABSENT && i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		*space = spaces[i];
		result = store_get(sign_in->store, *space, key, now, entry);
	}
	return result;
}

static bool keep(const struct sign_in *sign_in, const struct visit *visit, const struct pending *pending, struct str state)
{
	auto_secret text = BUF(PENDING_BYTES), sealed = BUF(SEAL_TEXT_BYTES);
	struct store_entry entry = { .until = visit->now + PENDING_SECONDS + 1 };

	pending_write(pending, &text);
	if (text.failed || !seal_value(sign_in->seal, SIGN_IN_PURPOSE, buf_str(&text), &sealed))
		return false;
	crypto_sha256(state, entry.key);
	entry.value = buf_str(&sealed);
	return store_put(sign_in->store, space_for(pending, entry.value), &entry, visit->now) == STORE_DONE;
}

enum login_outcome sign_in_begin(const struct sign_in *sign_in, struct visit *visit, struct pending *pending)
{
	struct str words[MOST_SCOPES];
	struct login_request request = { .scopes = { words, 0 } };
	auto_secret state = BUF(64), nonce = BUF(64), verifier = BUF(64), url = BUF(URL_BYTES);
	auto_page page = PAGE(visit->settings->broker.site_name);
	enum login_outcome outcome;

	pending->browser = str_from(visit->browser.digest);
	pending->time = visit->now;
	add_scopes(visit->settings->broker.login, pending->scope, &request.scopes);
	request.state = random_text(&state);
	request.verifier = pending->verifier = random_text(&verifier);
	if (words_have(&request.scopes, STR("openid")))
		request.nonce = pending->nonce = random_text(&nonce);
	outcome = login_start(sign_in->login, &request, visit->now, &url);
	if (outcome == LOGIN_GOOD && !keep(sign_in, visit, pending, request.state)) {
		visit_refuse(visit, PROBLEM_UNAVAILABLE, STR_NONE, "the login can't be stored");
	} else if (outcome == LOGIN_GOOD && str_is(visit->method, "GET")) {
		site_start(visit->http, &visit->browser, buf_str(&url));
	} else if (outcome == LOGIN_GOOD) {
		page_onward(&page, buf_str(&url));
		site_show(visit->http, visit->settings, &visit->browser, 200, &page);
	}
	/* What it had of this login ends here; the store has it now. */
	pending->nonce = pending->verifier = STR_NONE;
	return outcome;
}

/* The login that this state began, in this browser, once, with a turn to end it. False: a page has told what is wrong. */
static bool take(const struct sign_in *sign_in, struct visit *visit, struct str state, struct turn *turn, struct pending *pending,
	json_t **json)
{
	auto_secret text = BUF(PENDING_BYTES);
	enum seal_answer answer = SEAL_REFUSED;
	struct store_entry entry;
	unsigned char key[STORE_KEY_BYTES];
	const struct store_space *space;
	enum store_result result;
	bool readable;

	crypto_sha256(state, key);
	/* Looked at first: another browser's visit must not end the login. */
	result = find(sign_in, key, visit->now, &entry, &space);
	if (result == STORE_DONE)
		answer = seal_open(sign_in->seal, SIGN_IN_PURPOSE, entry.value, &text);
	readable = answer == SEAL_OPENED && pending_read(buf_str(&text), pending, json);
	if (readable && !pending_is_of(pending, str_from(visit->browser.digest))) {
		visit_refuse(visit, PROBLEM_BROWSER, STR_NONE, "the callback is of another browser");
		return false;
	}
	/* A login that is taken is gone, so who takes it must have all that ends it. */
	if (readable && !sign_in->is_good(sign_in->whose, visit, pending))
		return false;
	if (readable && !(*turn = turn_take(sign_in->turns)).taken) {
		visit_refuse(visit, PROBLEM_UNAVAILABLE, STR_NONE, "too many wait for the provider");
		return false;
	}
	if (readable)
		result = store_take(sign_in->store, space, key, visit->now, &entry);
	if (result == STORE_UNAVAILABLE || (result == STORE_DONE && answer == SEAL_UNAVAILABLE))
		visit_refuse(visit, PROBLEM_UNAVAILABLE, STR_NONE, "the login can't be looked up");
	else if (result != STORE_DONE || !readable || pending_is_over(pending, visit->now))
		visit_refuse(visit, PROBLEM_EXPIRED, STR_NONE, "no login waits for that state");
	else
		return true;
	return false;
}

bool sign_in_end(const struct sign_in *sign_in, struct visit *visit, struct pending *pending, json_t **json,
	enum login_outcome *outcome, struct login_identity *identity)
{
	struct str words[MOST_SCOPES];
	struct login_request request = { .scopes = { words, 0 } };
	struct login_callback callback = { 0 };
	auto_turn struct turn turn = { .place = -1 };
	bool good = login_callback_read(visit->query, &callback) && callback.state.n != 0;

	if (!good)
		visit_refuse(visit, PROBLEM_REQUEST, STR_NONE, "the callback's parameters are no form, or there is no state");
	good = good && take(sign_in, visit, callback.state, &turn, pending, json);
	if (good) {
		add_scopes(visit->settings->broker.login, pending->scope, &request.scopes);
		request.state = callback.state;
		request.nonce = pending->nonce;
		request.verifier = pending->verifier;
		*outcome = login_finish(sign_in->login, &request, &callback, visit->now, clock_ms() + LOGIN_MS, identity);
	}
	free(callback.memory);
	return good;
}
