/* SPDX-License-Identifier: MIT */
#include "signing_key.h"

#include <stdlib.h>
#include <string.h>

#include "keyring.h"
#include "log.h"

#define RETRY_SECONDS 10

struct signing_key {
	const struct state *state;
	int64_t looked;
	struct file_version version; /* of the index */
	int64_t retry;               /* when to look again for a key that the index names and that is not there; 0: it is */
	struct signer *signer;       /* NULL: there is no key */
	char *kid;
};

/* Is it the private half of the key that is published under that name? Else nobody could verify what it signs. */
static bool is_key_of(const struct signer *signer, struct str kid)
{
	auto_json *key = signer != NULL ? signer_public(signer) : NULL;

	return key != NULL && str_eq(json_text(key, "kid"), kid);
}

struct signer *signing_key_read(const struct state *state, struct str kid)
{
	auto_buf name = BUF(256);
	auto_secret pem = BUF(KEYRING_PEM_BYTES);
	struct signer *signer = NULL;

	keyring_file(kid, &name);
	if (state_read(state, name.p, &pem))
		signer = signer_new(buf_str(&pem));
	if (is_key_of(signer, kid))
		return signer;
	if (state_refuses(state, name.p))
		log_event(LOG_ERROR, "signing_key_refused", "%s/%s is " STATE_REFUSED_MENDING, state->path, name.p);
	else
		log_event(LOG_ERROR, "signing_key_refused",
			"%s/%s is missing or not the key that is published; gatehouse keys rotate makes a new one; of several "
			"machines, copy the keys",
			state->path, name.p);
	signer_free(signer);
	return NULL;
}

struct signing_key *signing_key_new(const struct state *state)
{
	struct signing_key *key = memory_new(sizeof(*key));

	*key = (struct signing_key){ .state = state, .looked = -1 };
	return key;
}

void signing_key_free(struct signing_key *key)
{
	if (key == NULL)
		return;
	signer_free(key->signer);
	free(key->kid);
	free(key);
}

/* Takes the key that the index names into use; if there is none, the one before stays: false. */
static bool read_key(struct signing_key *key)
{
	auto_json *ring = keyring_read(key->state);
	struct str signing = keyring_kid(json_object_get(ring, "signing"));
	struct signer *signer = ring != NULL ? signing_key_read(key->state, signing) : NULL;

	if (signer == NULL && key->signer == NULL)
		log_event(LOG_ERROR, "signing_key_missing", "there is no key in %s that could sign; " SIGNING_KEY_MENDING,
			key->state->path);
	if (signer == NULL)
		return false;
	signer_free(key->signer);
	free(key->kid);
	key->signer = signer;
	key->kid = str_copy(signing);
	return true;
}

static void look(struct signing_key *key, int64_t now)
{
	struct file_version version;

	if (key->looked == now)
		return;
	key->looked = now;
	version = state_version(key->state, KEYRING_INDEX);
	if (key->signer != NULL && file_version_eq(&version, &key->version) && (key->retry == 0 || now < key->retry))
		return;
	key->version = version;
	/* From another machine the index may come before the key. */
	key->retry = read_key(key) ? 0 : now + RETRY_SECONDS;
}

const struct signer *signing_key_look(struct signing_key *key, int64_t now, struct str *kid)
{
	look(key, now);
	*kid = str_from(key->kid);
	return key->signer;
}

bool signing_key_check(const struct settings *settings, const char *found, struct buf *why)
{
	struct signing_key *key;
	struct state state;
	struct str kid;
	bool good;

	if (!state_open_existing(&state, settings->state_directory.p, why)) {
		buf_add_byte(why, '\n');
		return false;
	}
	key = signing_key_new(&state);
	good = signing_key_look(key, 0, &kid) != NULL;
	if (!good)
		buf_print(why, "%s and no key in %s, expected one; " SIGNING_KEY_MENDING "\n", found, state.path);
	signing_key_free(key);
	state_close(&state);
	return good;
}
