/* SPDX-License-Identifier: MIT */
#include "seal.h"

#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "log.h"
#include "seal_keys.h"

#define FORMAT 1
#define HEAD_BYTES (1 + SEAL_ID_BYTES)
#define SEALED_BYTES (HEAD_BYTES + CRYPTO_NONCE_BYTES + SEAL_VALUE_BYTES + CRYPTO_TAG_BYTES)
#define PURPOSE_BYTES 64

struct seal {
	const struct state *state;
	struct seal_keys keys;
	bool looked;
	struct file_version version; /* of their file, when it was read, good or bad */
};

struct seal *seal_new(const struct state *state)
{
	struct seal *seal = memory_new(sizeof(*seal));

	*seal = (struct seal){ .state = state };
	return seal;
}

void seal_free(struct seal *seal)
{
	if (seal == NULL)
		return;
	seal_keys_wipe(&seal->keys);
	free(seal);
}

/* The version before the content: what changes in between is read again at the next call. */
static bool has_keys(struct seal *seal)
{
	struct file_version version = state_version(seal->state, SEAL_KEYS_FILE);

	if (seal->looked && file_version_eq(&version, &seal->version))
		return seal->keys.n != 0;
	seal->looked = true;
	seal->version = version;
	if (seal_keys_read(seal->state, &seal->keys))
		return true;
	log_event(LOG_ERROR, "seal_unavailable", "nothing can be sealed or opened without the keys in %s/%s; %s", seal->state->path,
		SEAL_KEYS_FILE, seal_keys_mending(seal->state));
	return false;
}

/* What the tag vouches for besides the value: the text's head, and what it is for. */
static void add_associated(struct str head, const char *purpose, struct buf *out)
{
	buf_add(out, head);
	buf_add_text(out, purpose);
}

bool seal_value(struct seal *seal, const char *purpose, struct str value, struct buf *out)
{
	auto_buf sealed = BUF(SEALED_BYTES), associated = BUF(HEAD_BYTES + PURPOSE_BYTES);
	unsigned char nonce[CRYPTO_NONCE_BYTES];
	const struct seal_key *key = &seal->keys.key[0];
	size_t before = out->n;

	if (!has_keys(seal) || value.n > SEAL_VALUE_BYTES)
		return false;
	crypto_random(nonce, sizeof(nonce));
	buf_add_byte(&sealed, FORMAT);
	buf_add(&sealed, (struct str){ (const char *)key->id, sizeof(key->id) });
	add_associated(buf_str(&sealed), purpose, &associated);
	buf_add(&sealed, (struct str){ (const char *)nonce, sizeof(nonce) });
	crypto_encrypt(key->bytes, nonce, buf_str(&associated), value, &sealed);
	base64url_encode(buf_str(&sealed), out);
	if (!sealed.failed && !associated.failed && !out->failed)
		return true;
	out->n = before;
	return false;
}

enum seal_answer seal_open(struct seal *seal, const char *purpose, struct str text, struct buf *value)
{
	auto_buf sealed = BUF(SEALED_BYTES), associated = BUF(HEAD_BYTES + PURPOSE_BYTES);
	const unsigned char *bytes;
	const struct seal_key *key;

	if (!has_keys(seal))
		return SEAL_UNAVAILABLE;
	if (text.n > SEAL_TEXT_BYTES || !base64url_decode(text, &sealed) || sealed.n < HEAD_BYTES + CRYPTO_NONCE_BYTES ||
		sealed.p[0] != FORMAT)
		return SEAL_REFUSED;
	bytes = (const unsigned char *)sealed.p;
	key = seal_keys_find(&seal->keys, bytes + 1);
	add_associated(str_first(buf_str(&sealed), HEAD_BYTES), purpose, &associated);
	if (key == NULL || associated.failed ||
		!crypto_decrypt(key->bytes, bytes + HEAD_BYTES, buf_str(&associated),
			str_skip(buf_str(&sealed), HEAD_BYTES + CRYPTO_NONCE_BYTES), value))
		return SEAL_REFUSED;
	return SEAL_OPENED;
}
