/* SPDX-License-Identifier: MIT */
#include "assertion.h"

#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "crypto.h"
#include "identity.h"
#include "json.h"
#include "log.h"
#include "signing_key.h"

#define MEMO_SLOTS 256
#define MEMO_SECONDS 30
#define FACTS_BYTES (1024 * 1024)

struct remembered {
	unsigned char digest[SHA256_BYTES]; /* of all that it says but its times */
	int64_t until;                      /* 0: the slot is free */
	char *text;
};

struct assertions {
	struct signing_key *key;
	char *kid; /* with which the memo was signed; NULL: nothing was */
	struct remembered memo[MEMO_SLOTS];
};

bool assertion_check(const struct settings *settings, struct buf *why)
{
	const struct resource *wanting = NULL;
	auto_buf found = BUF(1024);

	for (size_t i = 0; i < settings->n_resources && wanting == NULL; i++)
		wanting = settings->resource[i].assertion ? &settings->resource[i] : NULL;
	if (wanting == NULL)
		return true;
	buf_print(&found, "%.*s: found assertion on", STR_ARGS(wanting->where));
	return signing_key_check(settings, found.p, why);
}

static void forget_all(struct assertions *assertions)
{
	for (size_t i = 0; i < MEMO_SLOTS; i++) {
		free(assertions->memo[i].text);
		assertions->memo[i] = (struct remembered){ 0 };
	}
}

/* The key that signs now; NULL: none. What another one signed is forgotten. */
static const struct signer *look(struct assertions *assertions, int64_t now)
{
	struct str kid;
	const struct signer *signer = signing_key_look(assertions->key, now, &kid);

	if (signer == NULL || (assertions->kid != NULL && str_is(kid, assertions->kid)))
		return signer;
	forget_all(assertions);
	free(assertions->kid);
	assertions->kid = str_copy(kid);
	return signer;
}

struct assertions *assertions_new(const struct state *state)
{
	struct assertions *assertions = memory_new(sizeof(*assertions));

	*assertions = (struct assertions){ .key = signing_key_new(state) };
	return assertions;
}

void assertions_free(struct assertions *assertions)
{
	if (assertions == NULL)
		return;
	forget_all(assertions);
	signing_key_free(assertions->key);
	free(assertions->kid);
	free(assertions);
}

/* ---- what it says ---- */

static void set_text(json_t *claims, const char *name, struct str value)
{
	if (value.n != 0)
		(void)json_object_set_new(claims, name, json_from_str(value));
}

/* As many words as a header of the same name would have. */
static size_t fitting(const struct words *words, size_t i, size_t before)
{
	return before + words->word[i].n + 1 > IDENTITY_LIST_BYTES ? before : before + words->word[i].n + 1;
}

static void set_groups(json_t *claims, const struct words *groups)
{
	json_t *array = json_array();
	size_t bytes = 0, after;

	for (size_t i = 0; i < groups->n; i++) {
		after = fitting(groups, i, bytes);
		if (after != bytes)
			(void)json_array_append_new(array, json_from_str(groups->word[i]));
		bytes = after;
	}
	(void)json_object_set_new(claims, "groups", array);
}

static void set_scope(json_t *claims, const struct words *scopes)
{
	auto_buf text = BUF(IDENTITY_LIST_BYTES + 1);
	size_t bytes = 0, after;

	for (size_t i = 0; i < scopes->n; i++) {
		after = fitting(scopes, i, bytes);
		if (after != bytes && bytes != 0)
			buf_add_byte(&text, ' ');
		if (after != bytes)
			buf_add(&text, scopes->word[i]);
		bytes = after;
	}
	set_text(claims, "scope", buf_str(&text));
}

/* All but its times and its id: the same facts as the identity headers have, an address only if it is verified. new */
static json_t *facts_of(const struct resource *resource, const struct principal *principal)
{
	json_t *claims = json_object();

	set_text(claims, "iss", resource->url.origin);
	set_text(claims, "aud", resource->assertion_audience);
	set_text(claims, "sub", principal->subject);
	set_text(claims, "idp", principal->issuer->identifier);
	set_text(claims, "preferred_username", principal->user);
	if (principal->email_verified)
		set_text(claims, "email", principal->email);
	set_text(claims, "name", principal->name);
	set_text(claims, "client_id", principal->client);
	set_scope(claims, &principal->scopes);
	set_groups(claims, &principal->groups);
	return claims;
}

static bool sign(const struct signer *signer, const char *kid, json_t *claims, int64_t now, struct buf *out)
{
	auto_json *header = json_pack("{s:s,s:s}", "typ", "gatehouse-assertion+jwt", "kid", kid);
	unsigned char random[16];
	auto_buf id = BUF(64);

	crypto_random(random, sizeof(random));
	base64url_encode((struct str){ (const char *)random, sizeof(random) }, &id);
	(void)json_object_set_new(claims, "iat", json_integer((json_int_t)now));
	(void)json_object_set_new(claims, "exp", json_integer((json_int_t)now + ASSERTION_SECONDS));
	(void)json_object_set_new(claims, "jti", json_string(id.p));
	return header != NULL && signer_sign(signer, header, claims, out);
}

/* ---- the memo ---- */

static void add_fact(struct buf *facts, struct str fact)
{
	buf_print(facts, "%zu:", fact.n);
	buf_add(facts, fact);
}

static void add_facts(struct buf *facts, const struct words *words)
{
	buf_print(facts, "%zu;", words->n);
	for (size_t i = 0; i < words->n; i++)
		add_fact(facts, words->word[i]);
}

/* Of all that the claims are made from, without making them. False when it is too much to be remembered. */
static bool digest_of(const struct resource *resource, const struct principal *principal, unsigned char digest[SHA256_BYTES])
{
	auto_buf facts = BUF(FACTS_BYTES);

	add_fact(&facts, resource->identifier);
	add_fact(&facts, principal->issuer->identifier);
	add_fact(&facts, principal->subject);
	add_fact(&facts, principal->user);
	add_fact(&facts, principal->email_verified ? principal->email : STR_NONE);
	add_fact(&facts, principal->name);
	add_fact(&facts, principal->client);
	add_facts(&facts, &principal->groups);
	add_facts(&facts, &principal->scopes);
	crypto_sha256(buf_str(&facts), digest);
	return !facts.failed;
}

static struct remembered *slot_of(struct assertions *assertions, const unsigned char digest[SHA256_BYTES])
{
	return &assertions->memo[digest[0] % MEMO_SLOTS];
}

static bool recall(const struct remembered *slot, const unsigned char digest[SHA256_BYTES], int64_t now, struct buf *out)
{
	struct str kept = { (const char *)slot->digest, SHA256_BYTES }, wanted = { (const char *)digest, SHA256_BYTES };

	/* Nor from the future: a clock that went back would make it last. */
	if (slot->until <= now || slot->until > now + MEMO_SECONDS || !str_eq(kept, wanted))
		return false;
	buf_add_text(out, slot->text);
	return true;
}

static void keep(struct remembered *slot, const unsigned char digest[SHA256_BYTES], int64_t now, struct str text)
{
	free(slot->text);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		slot->digest[i] = digest[i];
	slot->until = now + MEMO_SECONDS;
	slot->text = str_copy(text);
}

bool assertion_add(struct assertions *assertions, const struct resource *resource, const struct principal *principal, int64_t now,
	struct buf *out)
{
	unsigned char digest[SHA256_BYTES];
	const struct signer *signer;
	bool memorable, made;

	if (!resource->assertion)
		return true;
	signer = look(assertions, now);
	memorable = digest_of(resource, principal, digest);
	if (memorable && recall(slot_of(assertions, digest), digest, now, out))
		return true;
	auto_buf text = BUF(ASSERTION_BYTES);
	auto_json *claims = facts_of(resource, principal);
	made = signer != NULL && sign(signer, assertions->kid, claims, now, &text);
	if (!made) {
		log_event(LOG_ERROR, "assertion_failed", "%.*s: %s", STR_ARGS(resource->identifier),
			signer == NULL ? "there is no key; " SIGNING_KEY_MENDING
				       : "what is known of this person is too much for a header");
		return false;
	}
	if (memorable)
		keep(slot_of(assertions, digest), digest, now, buf_str(&text));
	buf_add(out, buf_str(&text));
	return true;
}
