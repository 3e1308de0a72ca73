/* SPDX-License-Identifier: MIT */
#include "seal_keys.h"

#include <string.h>

#include "base64url.h"
#include "lines.h"
#include "log.h"

#define FILE_BYTES 4096

static struct str id_of(const unsigned char id[SEAL_ID_BYTES])
{
	return (struct str){ (const char *)id, SEAL_ID_BYTES };
}

static void set_id(struct seal_key *key)
{
	unsigned char digest[SHA256_BYTES];

	crypto_sha256((struct str){ (const char *)key->bytes, sizeof(key->bytes) }, digest);
	memcpy(key->id, digest, sizeof(key->id));
}

const struct seal_key *seal_keys_find(const struct seal_keys *keys, const unsigned char id[SEAL_ID_BYTES])
{
	for (size_t i = 0; i < keys->n; i++) {
		if (str_eq(id_of(keys->key[i].id), id_of(id)))
			return &keys->key[i];
	}
	return NULL;
}

/* Two keys of one id would make it a matter of order which of them opens. */
static bool read_key(const struct line *line, struct seal_keys *keys)
{
	struct seal_key *key = &keys->key[keys->n];
	auto_secret bytes = { .limit = CRYPTO_KEY_BYTES };

	if (line->n != 2 || keys->n == SEAL_KEYS_MOST || !line_time(line->word[0], &key->since) ||
		!base64url_decode(line->word[1], &bytes) || bytes.n != CRYPTO_KEY_BYTES)
		return false;
	memcpy(key->bytes, bytes.p, CRYPTO_KEY_BYTES);
	set_id(key);
	if (seal_keys_find(keys, key->id) != NULL)
		return false;
	keys->n++;
	return true;
}

bool seal_keys_read(const struct state *state, struct seal_keys *keys)
{
	auto_secret text = { .limit = FILE_BYTES };
	struct line line = { .number = 0 };
	struct str rest;
	bool good = true;

	*keys = (struct seal_keys){ .n = 0 };
	if (!state_read(state, SEAL_KEYS_FILE, &text))
		return false;
	rest = buf_str(&text);
	while (good && line_next(&rest, &line))
		good = read_key(&line, keys);
	if (good && keys->n != 0)
		return true;
	log_event(LOG_ERROR, "seal_keys_refused",
		"%s/%s is not used: a line for each key was expected, its time and the key; line %u is none. Put a "
		"good copy back: what was sealed is lost without its key",
		state->path, SEAL_KEYS_FILE, line.number);
	seal_keys_wipe(keys);
	return false;
}

const char *seal_keys_mending(const struct state *state)
{
	const struct file_version none = { 0 };
	struct file_version version = state_version(state, SEAL_KEYS_FILE);

	if (file_version_eq(&version, &none))
		return "gatehouse keys init makes them";
	if (state_refuses(state, SEAL_KEYS_FILE))
		return "they are there, but " STATE_REFUSED_MENDING;
	return "they are there, but can't be used: put a good copy back from the backup; without one, all registrations and grants "
	       "are lost: then move it away, and gatehouse keys init makes new ones";
}

bool seal_keys_write(const struct state *state, const struct seal_keys *keys)
{
	auto_secret text = { .limit = FILE_BYTES };

	for (size_t i = 0; i < keys->n; i++) {
		line_add_time(keys->key[i].since, &text);
		buf_add_byte(&text, ' ');
		base64url_encode((struct str){ (const char *)keys->key[i].bytes, CRYPTO_KEY_BYTES }, &text);
		buf_add_byte(&text, '\n');
	}
	return !text.failed && state_replace(state, SEAL_KEYS_FILE, buf_str(&text));
}

bool seal_keys_add(struct seal_keys *keys, int64_t now)
{
	struct seal_key key = { .since = now };

	if (keys->n == SEAL_KEYS_MOST)
		return false;
	do {
		crypto_random(key.bytes, sizeof(key.bytes));
		set_id(&key);
	} while (seal_keys_find(keys, key.id) != NULL);
	memmove(&keys->key[1], &keys->key[0], keys->n * sizeof(key));
	keys->key[0] = key;
	keys->n++;
	explicit_bzero(&key, sizeof(key));
	return true;
}

bool seal_keys_drop(struct seal_keys *keys, const unsigned char id[SEAL_ID_BYTES])
{
	const struct seal_key *key = seal_keys_find(keys, id);
	size_t i = key != NULL ? (size_t)(key - keys->key) : 0;

	if (key == NULL || keys->n == 1)
		return false;
	keys->n--;
	memmove(&keys->key[i], &keys->key[i + 1], (keys->n - i) * sizeof(*key));
	explicit_bzero(&keys->key[keys->n], sizeof(*key));
	return true;
}

void seal_keys_wipe(struct seal_keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}
