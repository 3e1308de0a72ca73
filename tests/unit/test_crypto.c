/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "crypto.h"

static void test_sha256_gives_the_published_digests(void **state)
{
	/* FIPS 180-2 appendix B, and the empty text. */
	static const struct {
		const char *text, *digest;
	} cases[] = {
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		/* Again: the context is reused, and nothing of the last text may be left in it. */
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf hex = BUF(64);

		crypto_sha256_hex(str_from(cases[i].text), 32, &hex);
		assert_string_equal(hex.p, cases[i].digest);
	}
}

static void test_sha256_of_a_million_letters(void **state)
{
	auto_free char *text = memory_new(1000000);
	auto_buf hex = BUF(64);

	(void)state;
	memset(text, 'a', 1000000);
	crypto_sha256_hex((struct str){ text, 1000000 }, 32, &hex);
	assert_string_equal(hex.p, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_digests_go_by_their_names(void **state)
{
	/* FIPS 180-2 appendices B, C and D: "abc", the first bytes. */
	static const struct {
		const char *name;
		size_t bytes;
		const char *starts;
	} cases[] = { { "SHA256", 32, "\xba\x78\x16\xbf" }, { "SHA384", 48, "\xcb\x00\x75\x3f" }, { "SHA512", 64, "\xdd\xaf\x35\xa1" } };
	auto_buf digest = BUF(64);

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		buf_clear(&digest);
		assert_true(crypto_digest(cases[i].name, STR("abc"), &digest));
		assert_int_equal(digest.n, cases[i].bytes);
		assert_memory_equal(digest.p, cases[i].starts, 4);
	}
	buf_clear(&digest);
	assert_false(crypto_digest("SHA257", STR("abc"), &digest));
	assert_int_equal(digest.n, 0);
}

static void test_binary_and_hexadecimal_agree(void **state)
{
	static const unsigned char expected[4] = { 0xe3, 0xb0, 0xc4, 0x42 };
	unsigned char digest[SHA256_BYTES];

	(void)state;
	crypto_sha256(STR_NONE, digest);
	assert_memory_equal(digest, expected, sizeof(expected));
}

static void test_hexadecimal_is_as_long_as_asked(void **state)
{
	static const struct {
		size_t bytes, digits;
	} cases[] = { { 0, 0 }, { 1, 2 }, { 8, 16 }, { 32, 64 }, { 33, 64 }, { 1000, 64 } };

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf hex = BUF(128);

		crypto_sha256_hex(STR("x"), cases[i].bytes, &hex);
		assert_int_equal(hex.n, cases[i].digits);
	}
}

static void test_random_fills_all_that_was_asked_and_no_more(void **state)
{
	unsigned char bytes[1024 + 16], seen[1024] = { 0 };

	(void)state;
	/* A byte that stays zero in twenty rounds was not filled: chance does that once in 2^150. */
	for (int round = 0; round < 20; round++) {
		memset(bytes, 0, sizeof(bytes));
		crypto_random(bytes, 1024);
		for (size_t i = 0; i < 1024; i++)
			seen[i] = (unsigned char)(seen[i] | bytes[i]);
	}
	for (size_t i = 0; i < 1024; i++)
		assert_int_not_equal(seen[i], 0);
	for (size_t i = 1024; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0);
	crypto_random(bytes, 0);
}

static void test_random_does_not_repeat(void **state)
{
	unsigned char first[32], second[32];

	(void)state;
	crypto_random(first, sizeof(first));
	crypto_random(second, sizeof(second));
	assert_memory_not_equal(first, second, sizeof(first));
}

/* Hexadecimal as bytes. */
static void unhex(const char *digits, struct buf *out)
{
	for (; digits[0] != '\0'; digits += 2) {
		char pair[3] = { digits[0], digits[1], '\0' };

		buf_add_byte(out, (char)strtoul(pair, NULL, 16));
	}
}

#define LONG_KEY "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define LONG_PLAIN \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define LONG_CIPHER \
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"

/* Cases 13 to 16 of McGrew and Viega, The Galois/Counter Mode of Operation, appendix B. */
static const struct {
	const char *key, *nonce, *associated, *plain, *encrypted;
} gcm[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
		"530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
		"00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" },
	{ LONG_KEY, "cafebabefacedbaddecaf888", "", LONG_PLAIN "1aafd255", LONG_CIPHER "898015ad" "b094dac5d93471bdec1a502270e3cc6c" },
	{ LONG_KEY, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", LONG_PLAIN,
		LONG_CIPHER "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static void test_BK_14_encryption_gives_the_published_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(gcm); i++) {
		auto_buf key = BUF(32), nonce = BUF(12), associated = BUF(64), plain = BUF(64), expected = BUF(128);
		auto_buf encrypted = BUF(128), again = BUF(128);

		unhex(gcm[i].key, &key);
		unhex(gcm[i].nonce, &nonce);
		unhex(gcm[i].associated, &associated);
		unhex(gcm[i].plain, &plain);
		unhex(gcm[i].encrypted, &expected);
		crypto_encrypt((unsigned char *)key.p, (unsigned char *)nonce.p, buf_str(&associated), buf_str(&plain), &encrypted);
		assert_true(str_eq(buf_str(&encrypted), buf_str(&expected)));
		buf_add_text(&again, "before");
		assert_true(crypto_decrypt(
			(unsigned char *)key.p, (unsigned char *)nonce.p, buf_str(&associated), buf_str(&encrypted), &again));
		assert_true(str_starts(buf_str(&again), STR("before")));
		assert_true(str_eq(str_skip(buf_str(&again), 6), buf_str(&plain)));
	}
}

static void test_BK_14_what_was_changed_is_not_decrypted(void **state)
{
	unsigned char key[CRYPTO_KEY_BYTES] = { 1 }, other[CRYPTO_KEY_BYTES] = { 2 }, nonce[CRYPTO_NONCE_BYTES] = { 3 };
	auto_buf encrypted = BUF(128), plain = BUF(128), small = BUF(4);
	struct str text;

	(void)state;
	crypto_encrypt(key, nonce, STR("for this"), STR("value"), &encrypted);
	text = buf_str(&encrypted);
	buf_add_text(&plain, "before");
	assert_false(crypto_decrypt(other, nonce, STR("for this"), text, &plain));
	assert_false(crypto_decrypt(key, nonce, STR("for that"), text, &plain));
	assert_false(crypto_decrypt(key, nonce, STR_NONE, text, &plain));
	for (size_t n = 0; n < text.n; n++)
		assert_false(crypto_decrypt(key, nonce, STR("for this"), str_first(text, n), &plain));
	for (size_t i = 0; i < text.n; i++) {
		encrypted.p[i] ^= 1;
		assert_false(crypto_decrypt(key, nonce, STR("for this"), text, &plain));
		encrypted.p[i] ^= 1;
	}
	nonce[0] = 4;
	assert_false(crypto_decrypt(key, nonce, STR("for this"), text, &plain));
	nonce[0] = 3;
	assert_str(buf_str(&plain), "before");
	assert_false(crypto_decrypt(key, nonce, STR("for this"), text, &small));
	assert_int_equal(small.n, 0);
	assert_true(crypto_decrypt(key, nonce, STR("for this"), text, &plain));
	assert_str(buf_str(&plain), "beforevalue");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_gives_the_published_digests),
		cmocka_unit_test(test_sha256_of_a_million_letters),
		cmocka_unit_test(test_digests_go_by_their_names),
		cmocka_unit_test(test_binary_and_hexadecimal_agree),
		cmocka_unit_test(test_hexadecimal_is_as_long_as_asked),
		cmocka_unit_test(test_random_fills_all_that_was_asked_and_no_more),
		cmocka_unit_test(test_random_does_not_repeat),
		cmocka_unit_test(test_BK_14_encryption_gives_the_published_bytes),
		cmocka_unit_test(test_BK_14_what_was_changed_is_not_decrypted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
