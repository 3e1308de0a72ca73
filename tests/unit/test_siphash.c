/* SPDX-License-Identifier: MIT */
#include "siphash.h"

#include "unit.h"

static void test_siphash_gives_the_published_vectors(void **unused)
{
	/* Of the authors' paper and reference code: key 00 01 ... 0f, text 00 01 ... */
	static const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	static const struct {
		size_t bytes;
		uint64_t hash;
	} vectors[] = {
		{ 0, 0x726fdb47dd0e0e31 },
		{ 1, 0x74f839c593dc67fd },
		{ 8, 0x93f5f5799a932462 },
		{ 15, 0xa129ca6149be45e5 },
	};
	static const char text[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
	struct siphash hash;

	(void)unused;
	for (size_t i = 0; i < N_OF(vectors); i++) {
		siphash_start(&hash, key);
		siphash_add(&hash, (struct str){ text, vectors[i].bytes / 3 });
		siphash_add(&hash, (struct str){ text + vectors[i].bytes / 3,
				       vectors[i].bytes - vectors[i].bytes / 3 });
		assert_true(siphash_end(&hash) == vectors[i].hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siphash_gives_the_published_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
