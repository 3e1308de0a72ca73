/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "jwk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_json *document = json_read_object(fuzz_text(data, size), (struct json_limits){ 512 * 1024, 16, 64 });
	struct jwk_set *set = document != NULL ? jwk_set_read(document) : NULL;

	if (set == NULL)
		return 0;
	must(set->n <= JWK_SET_KEYS && set->n + set->skipped == json_array_size(json_object_get(document, "keys")));
	for (size_t i = 0; i < set->n; i++) {
		must(set->key[i].key != NULL && set->key[i].type != JWK_NONE);
		must((set->key[i].type == JWK_RSA) == (set->key[i].curve == CURVE_NONE));
	}
	jwk_set_free(set);
	return 0;
}
