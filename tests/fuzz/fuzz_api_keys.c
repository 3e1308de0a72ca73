/* SPDX-License-Identifier: MIT */
/* A file of API keys: good as a whole or refused with a reason; no key is found but by its own digest. */
#include <string.h>

#include "api_key.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct issuer issuer = { .identifier = STR(API_KEYS) };
	auto_buf faults = BUF(65536);
	struct api_keys *keys = api_keys_read(fuzz_text(data, size), &issuer, &faults);
	unsigned char digest[API_KEY_DIGEST_BYTES];
	const struct principal *principal;

	must((keys == NULL) == (faults.n != 0));
	for (size_t i = 0; keys != NULL && i < keys->n; i++) {
		const struct api_key *key = &keys->key[i];
		enum outcome outcome = api_keys_find(keys, key->digest, 1000, &principal);

		must(key->principal->id.n != 0 && str_starts(key->principal->subject, STR("key:")) && key->principal->user.n != 0);
		must(key->principal->issuer == &issuer && str_is_printable(key->principal->name));
		must((outcome == OUTCOME_ALLOW) == (principal != NULL));
		must(principal == NULL || (principal->expires > 1000 && (principal != key->principal || !key->disabled)));
		must(outcome == OUTCOME_ALLOW || outcome == OUTCOME_EXPIRED || outcome == OUTCOME_REVOKED);
		memcpy(digest, key->digest, sizeof(digest));
		digest[31] ^= 1;
		outcome = api_keys_find(keys, digest, 1000, &principal);
		for (size_t k = 0; outcome != OUTCOME_UNKNOWN_API_KEY && k <= keys->n; k++) {
			must(k < keys->n);
			if (str_eq((struct str){ (const char *)digest, 32 }, (struct str){ (const char *)keys->key[k].digest, 32 }))
				break;
		}
	}
	api_keys_free(keys);
	return 0;
}
