/* SPDX-License-Identifier: MIT */
#include "jwk_fixture.h"

static const char *const published[] = { "rfc7515-a2.jwks", "rfc7515-a3.jwks", "rfc7515-a4.jwks", "rfc7520-3.1.jwks",
	"rfc7520-3.3.jwks", "rfc8037-a4.jwks" };

static void test_published_keys_are_read(void **state)
{
	static const struct {
		enum jwk_type type;
		enum jwk_curve curve;
		const char *kid;
	} expected[] = {
		{ JWK_RSA, CURVE_NONE, "" }, { JWK_EC, CURVE_P256, "" }, { JWK_EC, CURVE_P521, "" },
		{ JWK_EC, CURVE_P521, "bilbo.baggins@hobbiton.example" },
		{ JWK_RSA, CURVE_NONE, "bilbo.baggins@hobbiton.example" }, { JWK_OKP, CURVE_ED25519, "" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(published); i++) {
		auto_set *set = read_vector_set(published[i]);

		assert_non_null(set);
		assert_int_equal(set->n, 1);
		assert_int_equal(set->skipped, 0);
		assert_int_equal(set->key[0].type, expected[i].type);
		assert_int_equal(set->key[0].curve, expected[i].curve);
		assert_str(set->key[0].kid, expected[i].kid);
		assert_int_equal(set->key[0].algorithm.n, 0);
		assert_non_null(set->key[0].key);
	}
}

static void test_JW_04_of_rfc7517_only_the_signing_key_is_used(void **state)
{
	auto_set *public = read_vector_set("rfc7517-a1.jwks"); /* the EC key is "use":"enc" */
	auto_set *private = read_vector_set("rfc7517-a2.jwks");
	auto_set *secret = read_vector_set("rfc7517-a3.jwks");

	(void)state;
	assert_int_equal(public->n, 1);
	assert_int_equal(public->skipped, 1);
	assert_str(public->key[0].kid, "2011-04-29");
	assert_str(public->key[0].algorithm, "RS256");
	assert_int_equal(private->n, 0);
	assert_int_equal(private->skipped, 2);
	assert_int_equal(secret->n, 0);
	assert_int_equal(secret->skipped, 2);
}

static void test_the_set_itself_has_a_form(void **state)
{
	static const char *const wrong[] = { "{}", "[]", "{\"keys\":null}", "{\"keys\":{}}", "{\"keys\":\"x\"}",
		"{\"keys\":1}",
		"{\"KEYS\":[]}", "[{\"keys\":[]}]" };
	auto_set *empty = read_text("{\"keys\":[]}");
	auto_set *odd = read_text("{\"keys\":[null,1,\"x\",[],{},true]}");

	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++)
		assert_null(read_text(wrong[i]));
	assert_null(jwk_set_read(NULL));
	assert_int_equal(empty->n, 0);
	assert_int_equal(empty->skipped, 0);
	assert_int_equal(odd->n, 0);
	assert_int_equal(odd->skipped, 6);
	jwk_set_free(NULL);
}

static void test_a_set_has_a_hundred_keys_at_most(void **state)
{
	auto_json *document = json_pack("{s:[]}", "keys");
	json_t *keys = json_object_get(document, "keys");
	struct jwk_set *set;

	(void)state;
	for (size_t i = 0; i < JWK_SET_KEYS; i++)
		json_array_append_new(keys, vector_key("rfc8037-a4.jwks"));
	set = jwk_set_read(document);
	assert_int_equal(set->n, JWK_SET_KEYS);
	jwk_set_free(set);
	json_array_append_new(keys, json_object());
	assert_null(jwk_set_read(document));
}

static void test_one_bad_key_spoils_no_other(void **state)
{
	auto_json *document = json_pack("{s:[o,o,o,o,o]}", "keys", with(vector_key("rfc7515-a2.jwks"), "n", "\"AQAB\""),
		vector_key("rfc7515-a3.jwks"), json_null(), with(vector_key("rfc8037-a4.jwks"), "crv", "\"X25519\""),
		vector_key("rfc7520-3.3.jwks"));
	auto_set *set = jwk_set_read(document);

	(void)state;
	assert_int_equal(set->n, 2);
	assert_int_equal(set->skipped, 3);
	assert_int_equal(set->key[0].type, JWK_EC);
	assert_str(set->key[1].kid, "bilbo.baggins@hobbiton.example");
}

static void test_the_set_outlives_the_document(void **state)
{
	json_t *document = json_pack("{s:[o]}", "keys", vector_key("rfc7520-3.3.jwks"));
	auto_set *set = jwk_set_read(document);

	(void)state;
	json_decref(document);
	assert_str(set->key[0].kid, "bilbo.baggins@hobbiton.example");
}

/* Every member of every published key, with a value of each wrong JSON type and with broken text. */
static void test_JW_04_wrong_types_in_every_member_are_skipped(void **state)
{
	static const char *const members[] = { "kty", "n", "e", "crv", "x", "y", "use", "key_ops", "alg", "kid" };
	static const char *const values[] = { "null", "true", "0", "1", "-1", "65537", "1.5", "{}", "[1]", "[null]",
		"[\"verify\",1]", "{\"a\":\"b\"}" };
	static const char *const texts[] = { "\"\"", "\"A\"", "\"AQAB=\"", "\"AQ+B\"", "\"AQ/B\"", "\" AQAB\"",
		"\"sig \"", "\"SIG\"",
		"\"rsa\"", "\"ec\"", "\"p-256\"" };

	(void)state;
	for (size_t k = 0; k < N_OF(published); k++) {
		for (size_t m = 0; m < N_OF(members); m++) {
			auto_json *original = vector_key(published[k]);
			bool optional = m >= 6;

			if (!optional && json_object_get(original, members[m]) == NULL)
				continue;
			if (usable(with(json_deep_copy(original), members[m], NULL)) != optional)
				fail_msg("%s without %s", published[k], members[m]);
			for (size_t v = 0; v < N_OF(values); v++) {
				if (usable(with(json_deep_copy(original), members[m], values[v])))
					fail_msg("%s with %s = %s was taken", published[k], members[m], values[v]);
			}
			/* A key id is any text. */
			for (size_t t = 0; t < N_OF(texts); t++) {
				if (usable(with(json_deep_copy(original), members[m], texts[t])) != (m == 9))
					fail_msg("%s with %s = %s", published[k], members[m], texts[t]);
			}
		}
	}
}

static void test_JW_04_use_and_operations_must_be_for_verifying(void **state)
{
	static const struct {
		const char *name, *value;
		bool usable;
	} cases[] = {
		{ "use", "\"sig\"", true }, { "use", "\"enc\"", false }, { "use", "\"Sig\"", false },
		{ "use", "\"signature\"", false },
		{ "key_ops", "[\"verify\"]", true }, { "key_ops", "[\"sign\",\"verify\"]", true },
		{ "key_ops", "[\"sign\"]", false },
		{ "key_ops", "[]", false }, { "key_ops", "\"verify\"", false }, { "key_ops", "[\"Verify\"]", false },
		{ "key_ops", "[\"encrypt\",\"wrapKey\"]", false }, { "key_ops", "[[\"verify\"]]", false },
		{ "unknown", "{\"x\":[1]}", true }, { "x5c", "[\"junk\"]", true },
		{ "x5u", "\"http://127.0.0.1:9/\"", true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		if (usable(with(vector_key("rfc7515-a2.jwks"), cases[i].name, cases[i].value)) != cases[i].usable)
			fail_msg("%s = %s", cases[i].name, cases[i].value);
	}
	assert_false(usable(with(with(vector_key("rfc7515-a2.jwks"), "use", "\"enc\""), "key_ops", "[\"verify\"]")));
	assert_false(usable(with(with(vector_key("rfc7515-a2.jwks"), "use", "\"sig\""), "key_ops", "[\"sign\"]")));
}

static void test_private_members_make_a_key_unusable(void **state)
{
	static const char *const members[] = { "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv" };

	(void)state;
	for (size_t k = 0; k < N_OF(published); k++) {
		for (size_t m = 0; m < N_OF(members); m++) {
			assert_false(usable(with(vector_key(published[k]), members[m], "\"AQAB\"")));
			assert_false(usable(with(vector_key(published[k]), members[m], "null")));
		}
	}
}

static void test_JW_04_the_own_algorithm_is_known_and_of_the_type(void **state)
{
	static const char *const names[] = { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
		"ES512", "EdDSA",
		"Ed25519", "none", "HS256", "RSA-OAEP", "ES256K", "Ed448", "rs256", "RS256 ", "ML-DSA-44" };
	/* In the order of `published`: which of the names above fit. */
	static const size_t first[] = { 0, 6, 8, 8, 0, 9 }, last[] = { 5, 6, 8, 8, 5, 10 };

	(void)state;
	for (size_t k = 0; k < N_OF(published); k++) {
		for (size_t i = 0; i < N_OF(names); i++) {
			auto_buf quoted = BUF(32);

			buf_print(&quoted, "\"%s\"", names[i]);
			if (usable(with(vector_key(published[k]), "alg", quoted.p)) != (i >= first[k] && i <= last[k]))
				fail_msg("%s with alg %s", published[k], names[i]);
		}
	}
}

static void test_JW_05_rsa_modulus_has_2048_to_8192_bits_and_is_odd(void **state)
{
	static const struct {
		size_t bytes;
		unsigned char first, last;
		bool usable;
	} cases[] = {
		{ 128, 0x80, 1, false }, { 255, 0xff, 1, false }, { 256, 0x7f, 1, false }, { 256, 0x80, 1, true },
		{ 256, 0xff, 0xfe, false }, /* even */ { 257, 0x00, 1, false },
		/* leading zero */ { 257, 0x01, 1, true },
		{ 512, 0x80, 1, true }, { 1024, 0xff, 1, true }, { 1025, 0x01, 1, false }, { 1025, 0x00, 1, false },
		{ 1500, 0x80, 1, false },
	};
	unsigned char modulus[1500];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		memset(modulus, 0xa5, sizeof(modulus));
		modulus[0] = cases[i].first;
		modulus[cases[i].bytes - 1] = cases[i].last;
		if (usable(with_bytes(vector_key("rfc7515-a2.jwks"), "n", modulus, cases[i].bytes)) != cases[i].usable)
			fail_msg("modulus %zu", i);
	}
}

static void test_JW_05_rsa_exponent_is_odd_and_at_least_3(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool usable;
	} cases[] = {
		{ "\0", 1, false }, { "\1", 1, false }, { "\2", 1, false }, { "\3", 1, true }, { "\4", 1, false },
		{ "\21", 1, true },
		{ "\0\3", 2, false }, { "\0\1\0\1", 4, false }, { "\1\0\1", 3, true }, { "\1\0\0", 3, false },
		{ "\0\0\1", 3, false },
		{ "\xff\xff\xff\xff", 4, true }, { "\1\0\0\0\1", 5, false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		if (usable(with_bytes(vector_key("rfc7515-a2.jwks"), "e", (const unsigned char *)cases[i].bytes,
			cases[i].n)) !=
			cases[i].usable)
			fail_msg("exponent %zu", i);
	}
}

/* The bytes of a coordinate, read back with the tests' own means. */
static size_t coordinate(const json_t *key, const char *name, unsigned char *bytes)
{
	auto_buf decoded = BUF(72);

	assert_true(base64url_decode(json_text(key, name), &decoded));
	memcpy(bytes, decoded.p, decoded.n);
	return decoded.n;
}

static void test_JW_05_ec_points_are_on_the_curve_and_of_exact_length(void **state)
{
	static const char *const names[] = { "x", "y" };
	static const char *const kinds[] = { "P-256", "P-384", "P-521" };
	unsigned char bytes[80];

	(void)state;
	for (size_t k = 0; k < N_OF(kinds); k++) {
		EVP_PKEY *pair = key_new(kinds[k], 0);
		auto_json *key = jwk_of(pair, NULL);

		EVP_PKEY_free(pair);
		assert_true(usable(json_deep_copy(key)));
		for (size_t i = 0; i < N_OF(names); i++) {
			size_t n = coordinate(key, names[i], bytes + 1);

			bytes[0] = 0;
			assert_false(usable(with_bytes(json_deep_copy(key), names[i], bytes, n + 1)));     /* padded */
			assert_false(usable(with_bytes(json_deep_copy(key), names[i], bytes + 1, n - 1))); /* cut */
			assert_false(usable(with_bytes(json_deep_copy(key), names[i], bytes + 2, n - 1)));
			bytes[n] ^= 1; /* off the curve */
			assert_false(usable(with_bytes(json_deep_copy(key), names[i], bytes + 1, n)));
			memset(bytes, 0, sizeof(bytes));
			assert_false(usable(with_bytes(json_deep_copy(key), names[i], bytes, n)));
			memset(bytes, 0xff, sizeof(bytes)); /* past the field's prime */
			assert_false(usable(with_bytes(json_deep_copy(key), names[i], bytes, n)));
		}
	}
}

static void test_JW_05_curves_are_not_mixed(void **state)
{
	static const char *const crv[] = { "\"P-256\"", "\"P-384\"", "\"P-521\"", "\"Ed25519\"", "\"secp256k1\"",
		"\"P-256K\"", "\"Ed448\"",
		"\"X25519\"", "\"prime256v1\"", "\"BP-256\"" };
	static const struct {
		const char *file;
		size_t right;
	} cases[] = { { "rfc7515-a3.jwks", 0 }, { "rfc7515-a4.jwks", 2 }, { "rfc8037-a4.jwks", 3 } };

	(void)state;
	for (size_t k = 0; k < N_OF(cases); k++) {
		for (size_t i = 0; i < N_OF(crv); i++)
			assert_int_equal(usable(with(vector_key(cases[k].file), "crv", crv[i])), i == cases[k].right);
	}
	assert_false(usable(with(vector_key("rfc7515-a3.jwks"), "kty", "\"OKP\"")));
	assert_false(usable(with(vector_key("rfc8037-a4.jwks"), "kty", "\"EC\"")));
	assert_false(usable(with(vector_key("rfc7515-a2.jwks"), "kty", "\"EC\"")));
	assert_false(usable(with(vector_key("rfc7515-a3.jwks"), "kty", "\"RSA\"")));
}

static void test_ed25519_keys_have_32_bytes(void **state)
{
	unsigned char bytes[33] = { 0 };
	size_t n;
	auto_json *key = vector_key("rfc8037-a4.jwks");

	(void)state;
	n = coordinate(key, "x", bytes + 1);
	assert_int_equal(n, 32);
	assert_true(usable(with_bytes(json_deep_copy(key), "x", bytes + 1, 32)));
	assert_false(usable(with_bytes(json_deep_copy(key), "x", bytes + 1, 31)));
	assert_false(usable(with_bytes(json_deep_copy(key), "x", bytes, 33)));
}

static void test_JW_10_key_ids_have_256_bytes_at_most(void **state)
{
	char kid[300] = "";

	(void)state;
	memset(kid, 'k', 256);
	assert_true(usable(json_pack("{s:s,s:s,s:s,s:s}", "kty", "OKP", "crv", "Ed25519", "x",
		"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid", kid)));
	kid[256] = 'k';
	assert_false(usable(json_pack("{s:s,s:s,s:s,s:s}", "kty", "OKP", "crv", "Ed25519", "x",
		"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid", kid)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_keys_are_read),
		cmocka_unit_test(test_JW_04_of_rfc7517_only_the_signing_key_is_used),
		cmocka_unit_test(test_the_set_itself_has_a_form),
		cmocka_unit_test(test_a_set_has_a_hundred_keys_at_most),
		cmocka_unit_test(test_one_bad_key_spoils_no_other),
		cmocka_unit_test(test_the_set_outlives_the_document),
		cmocka_unit_test(test_JW_04_wrong_types_in_every_member_are_skipped),
		cmocka_unit_test(test_JW_04_use_and_operations_must_be_for_verifying),
		cmocka_unit_test(test_private_members_make_a_key_unusable),
		cmocka_unit_test(test_JW_04_the_own_algorithm_is_known_and_of_the_type),
		cmocka_unit_test(test_JW_05_rsa_modulus_has_2048_to_8192_bits_and_is_odd),
		cmocka_unit_test(test_JW_05_rsa_exponent_is_odd_and_at_least_3),
		cmocka_unit_test(test_JW_05_ec_points_are_on_the_curve_and_of_exact_length),
		cmocka_unit_test(test_JW_05_curves_are_not_mixed),
		cmocka_unit_test(test_ed25519_keys_have_32_bytes),
		cmocka_unit_test(test_JW_10_key_ids_have_256_bytes_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
