/* SPDX-License-Identifier: MIT */
/*
 * A code is issued, then redeemed by one replacement of its entry, which stays for a while so that a second redemption is seen. The
 * grant is put after that; whoever ended it in between has removed the code, so a look at the code tells.
 */
#include <stdio.h>
#include <string.h>

#include "base64url.h"
#include "claims.h"
#include "grants_parts.h"

#define CODE_PREFIX "ghcode_"
#define CODE_RANDOM_BYTES 32
#define VERIFIER_LEAST 43
#define VERIFIER_MOST 128
#define OWNER_BYTES 128

/* ---- issuing ---- */

/* Of the person, and all that comes of the grant falls together. */
static bool label(struct grants *grants, const struct grant *grant, struct buf *owner, struct store_entry *entry)
{
	struct claims claims;

	if (claims_identify(grant->claims, grants->settings->broker.login, &claims) != OUTCOME_ALLOW)
		return false;
	grants_owner(grant->provider, claims.principal.subject, owner);
	entry->owner = buf_str(owner);
	entry->family = grant->id;
	return true;
}

static json_t *write_code(const struct grant *grant, struct str challenge, bool redeemed)
{
	json_t *json = grant_write(grant);

	return json == NULL
		? NULL
		: json_pack("{s:o,s:o,s:b}", "grant", json, "challenge", json_from_str(challenge), "redeemed", redeemed);
}

static void begin(struct grants *grants, struct grant *grant, int64_t now)
{
	auto_buf id = BUF(GRANT_ID_BYTES);

	grants_add_random(GRANT_ID_RANDOM_BYTES, &id);
	(void)snprintf(grants->id, sizeof(grants->id), "%s", id.p);
	grant->id = str_from(grants->id);
	grant->provider = grants->settings->broker.login->identifier;
	grant->since = grant->used = grant->checked = now;
	grant->busy = 0;
	grant->generation = 1;
}

enum grants_answer grants_issue(struct grants *grants, const struct code *code, int64_t now, struct buf *text)
{
	struct store_entry entry = { .until = now + CODE_SECONDS };
	auto_buf owner = BUF(OWNER_BYTES);
	auto_secret secret = BUF(CODE_TEXT_BYTES);

	begin(grants, code->grant, now);
	auto_json *json = write_code(code->grant, code->challenge, false);
	buf_add_text(&secret, CODE_PREFIX);
	grants_add_random(CODE_RANDOM_BYTES, &secret);
	grants_key(buf_str(&secret), entry.key);
	if (json == NULL || !label(grants, code->grant, &owner, &entry) ||
		grants_put(grants, &space_code, &entry, json, now) != STORE_DONE)
		return GRANTS_UNAVAILABLE;
	buf_add(text, buf_str(&secret));
	return GRANTS_GOOD;
}

/* ---- redeeming ---- */

/* RFC 7636 4.1 and 4.6. */
static bool proves(struct str verifier, struct str challenge)
{
	unsigned char digest[SHA256_BYTES];
	auto_buf text = BUF(64);

	if (verifier.n < VERIFIER_LEAST || verifier.n > VERIFIER_MOST)
		return false;
	for (size_t i = 0; i < verifier.n; i++) {
		char byte = verifier.p[i];

		if (!((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
			    str_has(STR("-._~"), byte)))
			return false;
	}
	crypto_sha256(verifier, digest);
	base64url_encode((struct str){ (const char *)digest, sizeof(digest) }, &text);
	return str_eq_secret(buf_str(&text), challenge);
}

/* Nothing here changes anything: a code that was sent with something wrong is still good for whom it was made. */
static enum grants_answer judge(const struct grants *grants, const struct token_request *request, const struct grant *grant,
	struct str challenge, const char **description)
{
	if (!str_eq(request->client, grant->client) || !grants_is_of_login(grants, grant)) {
		*description = "the code is unknown or over";
		return GRANTS_INVALID;
	}
	/* RFC 6749 4.1.3; OAuth 2.1 10.2 lets it be left out. */
	if (request->redirect_uri.n != 0 && !str_eq(request->redirect_uri, grant->redirect_uri)) {
		*description = "redirect_uri is not that of the authorization request";
		return GRANTS_INVALID;
	}
	if (!proves(request->verifier, challenge)) {
		*description = "code_verifier does not fit the code_challenge";
		return GRANTS_INVALID;
	}
	if (!grants_is_target(grants, grant, request->resource)) {
		*description = "resource is not the one that was granted";
		return GRANTS_INVALID_TARGET;
	}
	return GRANTS_GOOD;
}

/* OAuth 2.1 4.1.3: whoever redeems a code that somebody has redeemed ends what came of it. */
static enum grants_answer end_reused(struct grants *grants, struct str id, int64_t now, const char **description)
{
	*description = "the code was redeemed before; all that came of it has ended";
	return grants_kill(grants, id, now) == GRANTS_GOOD ? GRANTS_INVALID : GRANTS_UNAVAILABLE;
}

/* Exactly one who redeems the code gets GRANTS_GOOD. What it stood for is not kept with it. */
static enum grants_answer burn(struct grants *grants, struct store_entry *entry, const struct grant *grant, struct str challenge,
	int64_t now, const char **description)
{
	auto_json *nothing = json_object();
	struct grant rest = *grant;

	rest.claims = nothing;
	rest.id_token = NULL;
	rest.token = STR_NONE;
	auto_json *json = write_code(&rest, challenge, true);
	entry->until = now + CODE_REMEMBERED_SECONDS;
	switch (grants_replace(grants, &space_code, entry, json, now)) {
	case STORE_DONE:
		return GRANTS_GOOD;
	case STORE_CONFLICT:
		return end_reused(grants, grant->id, now, description);
	case STORE_ABSENT:
		*description = "the code is unknown or over";
		return GRANTS_INVALID;
	default:
		return GRANTS_UNAVAILABLE;
	}
}

/* One that is to be ended soonest is one that nobody has used for long. */
static bool make_room(struct grants *grants, struct str owner, int64_t now)
{
	unsigned char after[STORE_KEY_BYTES];
	struct store_page page = { .n = 0 };
	char id[GRANT_ID_BYTES] = "";
	int64_t first = INT64_MAX;
	size_t n = 0;

	do {
		if (store_list(grants->store, &space_grant, owner, n != 0 ? after : NULL, now, &page) != STORE_DONE)
			return false;
		for (size_t i = 0; i < page.n; i++, n++) {
			memcpy(after, page.entry[i].key, STORE_KEY_BYTES);
			if (page.entry[i].until >= first)
				continue;
			first = page.entry[i].until;
			(void)snprintf(id, sizeof(id), "%.*s", STR_ARGS(page.entry[i].family));
		}
	} while (page.n != 0);
	return n < GRANTS_PER_PERSON || grants_kill(grants, str_from(id), now) == GRANTS_GOOD;
}

/* Puts the grant of a code that was redeemed; it is gone again if somebody ended it meanwhile. */
static enum grants_answer establish(struct grants *grants, const struct token_request *request, const struct store_entry *code,
	int64_t now, struct granted *granted, const char **description)
{
	struct grant grant = granted->grant;
	struct store_entry entry = { 0 }, still;
	auto_buf owner = BUF(OWNER_BYTES);

	grant.used = now;
	grants_key(grant.id, entry.key);
	entry.until = request->refreshes ? grants_kept_until(grants, &grant, now) : grants_tokens_until(grants, now);
	if (!granted_take(granted, &grant) || !label(grants, &granted->grant, &owner, &entry) ||
		(request->refreshes && !grants_write_token(grants, &granted->grant, &granted->refresh_token)) ||
		!make_room(grants, buf_str(&owner), now) ||
		grants_put(grants, &space_grant, &entry, granted->memory, now) != STORE_DONE)
		return GRANTS_UNAVAILABLE;
	switch (store_get(grants->store, &space_code, code->key, now, &still)) {
	case STORE_DONE:
		return GRANTS_GOOD;
	case STORE_ABSENT:
		return end_reused(grants, granted->grant.id, now, description);
	default:
		return GRANTS_UNAVAILABLE;
	}
}

static enum grants_answer redeem(struct grants *grants, const struct token_request *request, struct store_entry *entry,
	json_t *json, int64_t now, struct granted *granted, const char **description)
{
	struct str challenge = json_text(json, "challenge");
	enum grants_answer answer;

	granted->memory = json_incref(json_object_get(json, "grant"));
	if (!grant_read(granted->memory, &granted->grant)) {
		*description = "the code is unknown or over";
		return GRANTS_INVALID;
	}
	answer = judge(grants, request, &granted->grant, challenge, description);
	if (answer == GRANTS_GOOD && json_is_true(json_object_get(json, "redeemed")))
		answer = end_reused(grants, granted->grant.id, now, description);
	if (answer == GRANTS_GOOD)
		answer = burn(grants, entry, &granted->grant, challenge, now, description);
	if (answer == GRANTS_GOOD)
		answer = establish(grants, request, entry, now, granted, description);
	granted->scope = granted->grant.scope;
	return answer;
}

enum grants_answer grants_redeem(
	struct grants *grants, const struct token_request *request, int64_t now, struct granted *granted, const char **description)
{
	unsigned char key[STORE_KEY_BYTES];
	struct store_entry entry;
	enum grants_answer answer;
	json_t *opened;

	*granted = (struct granted){ 0 };
	*description = NULL;
	grants_key(request->code, key);
	switch (store_get(grants->store, &space_code, key, now, &entry)) {
	case STORE_DONE:
		break;
	case STORE_ABSENT:
		*description = "the code is unknown or over";
		return GRANTS_INVALID;
	default:
		return GRANTS_UNAVAILABLE;
	}
	answer = grants_open(grants, &space_code, &entry, &opened);
	auto_json *json = opened;
	if (answer == GRANTS_INVALID)
		*description = "the code is unknown or over";
	return answer == GRANTS_GOOD ? redeem(grants, request, &entry, json, now, granted, description) : answer;
}
