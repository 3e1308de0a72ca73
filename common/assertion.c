/* SPDX-License-Identifier: MIT */
#include "assertion.h"

#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "crypto.h"
#include "identity.h"
#include "json.h"
#include "keyring.h"
#include "log.h"

#define MEMO_SLOTS 256
#define MEMO_SECONDS 30
#define FACTS_BYTES (1024 * 1024)

struct remembered {
	unsigned char digest[SHA256_BYTES]; /* of all that it says but its times */
	int64_t until;                      /* 0: the slot is free */
	char *text;
};

struct assertions {
	const struct state *state;
	int64_t looked;
	struct file_version version; /* of the index */
	struct signer *signer;       /* NULL: there is no key */
	char *kid;
	struct remembered memo[MEMO_SLOTS];
};

/* ---- the key ---- */

/* Is it the private half of the key that is published under that name? Else nobody could verify what it signs. */
static bool is_key_of(const struct signer *signer, struct str kid)
{
	auto_json *key = signer != NULL ? signer_public(signer) : NULL;

	return key != NULL && str_eq(json_text(key, "kid"), kid);
}

struct signer *assertion_key(const struct state *state, struct str kid)
{
	auto_buf name = BUF(256), pem = BUF(KEYRING_PEM_BYTES);
	struct signer *signer = NULL;

	keyring_file(kid, &name);
	if (state_read(state, name.p, &pem))
		signer = signer_new(buf_str(&pem));
	if (pem.n != 0)
		explicit_bzero(pem.p, pem.n);
	if (is_key_of(signer, kid))
		return signer;
	log_event(LOG_ERROR, "assertion_key_refused",
		"%s/%s is missing or not the key that is published; gatehouse keys rotate makes a new one", state->path, name.p);
	signer_free(signer);
	return NULL;
}

/* The key that signs now, and its kid. new, or NULL */
static struct signer *read_key(const struct state *state, char **kid)
{
	auto_json *ring = keyring_read(state);
	struct str signing = keyring_kid(json_object_get(ring, "signing"));
	struct signer *signer = ring != NULL ? assertion_key(state, signing) : NULL;

	if (signer != NULL)
		*kid = str_copy(signing);
	return signer;
}

bool assertion_check(const struct settings *settings, struct buf *why)
{
	const struct resource *wanting = NULL;
	struct signer *signer = NULL;
	auto_free char *kid = NULL;
	struct state state;

	for (size_t i = 0; i < settings->n_resources && wanting == NULL; i++)
		wanting = settings->resource[i].assertion ? &settings->resource[i] : NULL;
	if (wanting == NULL)
		return true;
	if (!state_open(&state, settings->state_directory.p, why)) {
		buf_add_byte(why, '\n');
		return false;
	}
	signer = read_key(&state, &kid);
	state_close(&state);
	if (signer == NULL)
		buf_print(why, "%.*s: found assertion on and no key in %s, expected one; " ASSERTION_MENDING "\n",
			STR_ARGS(wanting->where), settings->state_directory.p);
	signer_free(signer);
	return signer != NULL;
}

static void forget_all(struct assertions *assertions)
{
	for (size_t i = 0; i < MEMO_SLOTS; i++) {
		free(assertions->memo[i].text);
		assertions->memo[i] = (struct remembered){ 0 };
	}
}

static void look(struct assertions *assertions, int64_t now)
{
	struct file_version version;
	struct signer *signer;
	char *kid = NULL;

	if (assertions->looked == now)
		return;
	assertions->looked = now;
	version = state_version(assertions->state, KEYRING_INDEX);
	if (assertions->signer != NULL && file_version_eq(&version, &assertions->version))
		return;
	assertions->version = version;
	signer = read_key(assertions->state, &kid);
	if (signer == NULL)
		return;
	signer_free(assertions->signer);
	free(assertions->kid);
	assertions->signer = signer;
	assertions->kid = kid;
	forget_all(assertions);
}

struct assertions *assertions_new(const struct state *state)
{
	struct assertions *assertions = memory_new(sizeof(*assertions));

	*assertions = (struct assertions){ .state = state, .looked = -1 };
	return assertions;
}

void assertions_free(struct assertions *assertions)
{
	if (assertions == NULL)
		return;
	forget_all(assertions);
	signer_free(assertions->signer);
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

static bool sign(const struct assertions *assertions, json_t *claims, int64_t now, struct buf *out)
{
	auto_json *header = json_pack("{s:s,s:s}", "typ", "gatehouse-assertion+jwt", "kid", assertions->kid);
	unsigned char random[16];
	auto_buf id = BUF(64);

	crypto_random(random, sizeof(random));
	base64url_encode((struct str){ (const char *)random, sizeof(random) }, &id);
	(void)json_object_set_new(claims, "iat", json_integer((json_int_t)now));
	(void)json_object_set_new(claims, "exp", json_integer((json_int_t)now + ASSERTION_SECONDS));
	(void)json_object_set_new(claims, "jti", json_string(id.p));
	return header != NULL && signer_sign(assertions->signer, header, claims, out);
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
	bool memorable, made;

	if (!resource->assertion)
		return true;
	look(assertions, now);
	memorable = digest_of(resource, principal, digest);
	if (memorable && recall(slot_of(assertions, digest), digest, now, out))
		return true;
	auto_buf text = BUF(ASSERTION_BYTES);
	auto_json *claims = facts_of(resource, principal);
	made = assertions->signer != NULL && sign(assertions, claims, now, &text);
	if (!made) {
		log_event(LOG_ERROR, "assertion_failed", "%.*s: %s", STR_ARGS(resource->identifier),
			assertions->signer == NULL ? "there is no key; " ASSERTION_MENDING
						   : "what is known of this person is too much for a header");
		return false;
	}
	if (memorable)
		keep(slot_of(assertions, digest), digest, now, buf_str(&text));
	buf_add(out, buf_str(&text));
	return true;
}
