/* SPDX-License-Identifier: MIT */
/* Which signatures hold; test_jws_keys.c asks which key is taken, test_jws.c what is judged without one. */
#include "jws_fixture.h"

#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

static const struct {
	const char *token, *keys;
} vectors[] = {
	{ "rfc7515-a2.jws", "rfc7515-a2.jwks" }, { "rfc7515-a3.jws", "rfc7515-a3.jwks" },
	{ "rfc7515-a4.jws", "rfc7515-a4.jwks" },
	{ "rfc7520-4.1.jws", "rfc7520-3.3.jwks" }, { "rfc7520-4.2.jws", "rfc7520-3.3.jwks" },
	{ "rfc7520-4.3.jws", "rfc7520-3.1.jwks" },
	{ "rfc8037-a4.jws", "rfc8037-a4.jwks" },
};

static struct jwk_set *vector_set(const char *name)
{
	auto_free char *text = read_vector(name);
	auto_json *document = json_of(text);

	return jwk_set_read(document);
}

static void test_published_tokens_hold_with_their_own_key_alone(void **state)
{
	(void)state;
	for (size_t t = 0; t < N_OF(vectors); t++) {
		auto_free char *token = read_vector(vectors[t].token);

		for (size_t k = 0; k < N_OF(vectors); k++) {
			auto_set *set = vector_set(vectors[k].keys);
			enum outcome outcome = judge(str_from(token), set);

			if ((outcome == OUTCOME_ALLOW) != (strcmp(vectors[t].keys, vectors[k].keys) == 0))
				fail_msg("%s with %s: outcome %d", vectors[t].token, vectors[k].keys, outcome);
		}
	}
}

static void test_a_changed_bit_anywhere_breaks_a_published_token(void **state)
{
	(void)state;
	for (size_t t = 0; t < N_OF(vectors); t++) {
		auto_free char *token = read_vector(vectors[t].token);
		auto_set *set = vector_set(vectors[t].keys);
		size_t n = strlen(token);

		for (size_t i = 0; i < n; i++) {
			token[i] ^= 1;
			if (judge((struct str){ token, n }, set) == OUTCOME_ALLOW)
				fail_msg("%s holds with byte %zu changed", vectors[t].token, i);
			token[i] ^= 1;
			assert_int_not_equal(judge((struct str){ token, i }, set), OUTCOME_ALLOW);
		}
		assert_int_equal(judge((struct str){ token, n }, set), OUTCOME_ALLOW);
	}
}

static void test_published_claims_come_out(void **state)
{
	auto_free char *token = read_vector("rfc7515-a3.jws");
	auto_set *set = vector_set("rfc7515-a3.jwks");
	auto_jws jws = { 0 };
	auto_json *claims = NULL;

	(void)state;
	assert_int_equal(jws_parse(str_from(token), 0, &jws), OUTCOME_ALLOW);
	assert_int_equal(jws_verify(&jws, set), OUTCOME_ALLOW);
	claims = jws_claims(&jws);
	assert_str(json_text(claims, "iss"), "joe");
	assert_int_equal(json_integer_value(json_object_get(claims, "exp")), 1300819380);
	jws_free(&jws);
	assert_str(json_text(claims, "iss"), "joe");
}

static void test_JW_04_the_header_can_not_lie_about_the_algorithm(void **state)
{
	(void)state;
	for (const struct jws_algorithm *real = jws_algorithms; real->name != NULL; real++) {
		for (const struct jws_algorithm *said = jws_algorithms; said->name != NULL; said++) {
			auto_buf token = BUF(TEST_TOKEN_BYTES), header = BUF(64);
			enum pair pair = RSA_A;
			enum outcome outcome;

			while (!makes(pair, real))
				pair++;
			auto_set *set = set_of(jwk_of(pairs[pair], NULL), NULL);

			header_for(said->name, NULL, &header);
			sign_token(pairs[pair], real->name, header.p, "{}", &token);
			outcome = judge(buf_str(&token), set);
			/* EdDSA and Ed25519 are one algorithm (RFC 9864 2.2). */
			if ((outcome == OUTCOME_ALLOW) != (real == said ||
				(real->type == JWK_OKP && said->type == JWK_OKP)))
				fail_msg("%s said to be %s: outcome %d", real->name, said->name, outcome);
		}
	}
}

static void test_JW_03_the_public_key_is_no_hmac_secret(void **state)
{
	static const char *const names[] = { "HS256", "RS256", "PS256", "ES256" };
	auto_set *set = set_of(jwk_of(pairs[RSA_A], NULL), jwk_of(pairs[EC_256], NULL), NULL);
	BIO *memory = BIO_new(BIO_s_mem());
	char *pem;
	long n;

	(void)state;
	assert_int_equal(PEM_write_bio_PUBKEY(memory, pairs[RSA_A]), 1);
	n = BIO_get_mem_data(memory, &pem);
	for (size_t i = 0; i < N_OF(names); i++) {
		auto_buf token = BUF(TEST_TOKEN_BYTES), header = BUF(64);
		unsigned char mac[32];
		unsigned int length = sizeof(mac);

		header_for(names[i], NULL, &header);
		add_signing_input(header.p, "{}", &token);
		assert_non_null(HMAC(EVP_sha256(), pem, (int)n, (unsigned char *)token.p, token.n, mac, &length));
		add_signature((struct str){ (char *)mac, length }, &token);
		assert_int_equal(judge(buf_str(&token), set), i == 0 ? OUTCOME_BAD_ALGORITHM : OUTCOME_BAD_SIGNATURE);
	}
	BIO_free(memory);
}

static void test_JW_05_ecdsa_signatures_have_their_exact_form(void **state)
{
	static const struct {
		enum pair pair;
		const char *algorithm;
		size_t half;
	} cases[] = { { EC_256, "ES256", 32 }, { EC_384, "ES384", 48 }, { EC_521, "ES512", 66 } };

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const enum pair pair = cases[i].pair;
		const char *const algorithm = cases[i].algorithm;
		const size_t half = cases[i].half;
		auto_buf raw = BUF(200), der = BUF(200);
		char bytes[200] = { 0 };

		signature_of(pair, algorithm, false, &raw);
		signature_of(pair, algorithm, true, &der);
		assert_int_equal(raw.n, 2 * half);
		assert_int_equal(judge_signature(pair, algorithm, buf_str(&raw)), OUTCOME_ALLOW);
		assert_int_equal(judge_signature(pair, algorithm, buf_str(&der)), OUTCOME_BAD_SIGNATURE);
		for (size_t n = 1; n < sizeof(bytes); n++) /* zeros of every length */
			assert_int_equal(judge_signature(pair, algorithm, (struct str){ bytes, n }),
				OUTCOME_BAD_SIGNATURE);
		for (size_t n = 1; n < raw.n; n++)
			assert_int_equal(judge_signature(pair, algorithm, str_first(buf_str(&raw), n)),
				OUTCOME_BAD_SIGNATURE);
		/* One zero more: in front, between r and s, behind. */
		memcpy(bytes + 1, raw.p, raw.n);
		assert_int_equal(judge_signature(pair, algorithm, (struct str){ bytes, raw.n + 1 }),
			OUTCOME_BAD_SIGNATURE);
		memmove(bytes, bytes + 1, half);
		bytes[half] = 0;
		assert_int_equal(judge_signature(pair, algorithm, (struct str){ bytes, raw.n + 1 }),
			OUTCOME_BAD_SIGNATURE);
		memcpy(bytes, raw.p, raw.n);
		bytes[raw.n] = 0;
		assert_int_equal(judge_signature(pair, algorithm, (struct str){ bytes, raw.n + 1 }),
			OUTCOME_BAD_SIGNATURE);
		/* r or s zero, r and s exchanged, r and s at their highest. */
		memset(bytes, 0, half);
		assert_int_equal(judge_signature(pair, algorithm, (struct str){ bytes, raw.n }), OUTCOME_BAD_SIGNATURE);
		memcpy(bytes, raw.p, half);
		memset(bytes + half, 0, half);
		assert_int_equal(judge_signature(pair, algorithm, (struct str){ bytes, raw.n }), OUTCOME_BAD_SIGNATURE);
		memcpy(bytes, raw.p + half, half);
		memcpy(bytes + half, raw.p, half);
		assert_int_equal(judge_signature(pair, algorithm, (struct str){ bytes, raw.n }), OUTCOME_BAD_SIGNATURE);
		memset(bytes, 0xff, sizeof(bytes));
		assert_int_equal(judge_signature(pair, algorithm, (struct str){ bytes, raw.n }), OUTCOME_BAD_SIGNATURE);
	}
}

/* r and s with leading zeros and with a high first bit take different ways into DER; all of them must hold. */
static void test_JW_05_short_and_high_numbers_hold(void **state)
{
	static const struct {
		enum pair pair;
		const char *algorithm;
		size_t half;
	} cases[] = { { EC_256, "ES256", 32 }, { EC_384, "ES384", 48 }, { EC_521, "ES512", 66 } };

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		bool short_r = false, short_s = false;

		/* One number in 256 is short (every second one for P-521). */
		for (int round = 0; round < 20000 && !(short_r && short_s); round++) {
			auto_buf raw = BUF(200);
			bool r, s;

			signature_of(cases[i].pair, cases[i].algorithm, false, &raw);
			r = raw.p[0] == 0;
			s = raw.p[cases[i].half] == 0;
			if (round < 16 || (r && !short_r) || (s && !short_s))
				assert_int_equal(judge_signature(cases[i].pair, cases[i].algorithm, buf_str(&raw)),
					OUTCOME_ALLOW);
			short_r = short_r || r;
			short_s = short_s || s;
		}
		assert_true(short_r && short_s);
	}
}

static void test_JW_05_rsa_signatures_are_as_long_as_the_modulus(void **state)
{
	static const char *const names[] = { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512" };

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		auto_buf signature = BUF(512);
		char bytes[1100] = { 0 };

		signature_of(RSA_A, names[i], false, &signature);
		assert_int_equal(signature.n, 256);
		assert_int_equal(judge_signature(RSA_A, names[i], buf_str(&signature)), OUTCOME_ALLOW);
		assert_int_equal(judge_signature(RSA_A, names[i], str_first(buf_str(&signature), 255)),
			OUTCOME_BAD_SIGNATURE);
		assert_int_equal(judge_signature(RSA_A, names[i], str_skip(buf_str(&signature), 1)),
			OUTCOME_BAD_SIGNATURE);
		assert_int_equal(judge_signature(RSA_3072, names[i], buf_str(&signature)), OUTCOME_BAD_SIGNATURE);
		assert_int_equal(judge_signature(RSA_A, names[i], (struct str){ bytes, 256 }), OUTCOME_BAD_SIGNATURE);
		memcpy(bytes + 1, signature.p, 256);
		assert_int_equal(judge_signature(RSA_A, names[i], (struct str){ bytes, 257 }), OUTCOME_BAD_SIGNATURE);
		assert_int_equal(judge_signature(RSA_A, names[i], (struct str){ bytes + 1, 257 }),
			OUTCOME_BAD_SIGNATURE);
		/* One is its own power: the signature 1 would be of the text 1. */
		memset(bytes, 0, sizeof(bytes));
		bytes[255] = 1;
		assert_int_equal(judge_signature(RSA_A, names[i], (struct str){ bytes, 256 }), OUTCOME_BAD_SIGNATURE);
		memset(bytes, 0xff, sizeof(bytes));
		assert_int_equal(judge_signature(RSA_A, names[i], (struct str){ bytes, 256 }), OUTCOME_BAD_SIGNATURE);
		assert_int_equal(judge_signature(RSA_A, names[i], (struct str){ bytes, 1025 }),
			OUTCOME_MALFORMED_TOKEN);
	}
}

/* RFC 7518 3.5: salt as long as the digest, mask by the same digest. */
static void test_JW_05_pss_has_one_salt_length_and_one_mask(void **state)
{
	static const struct {
		int salt;
		const char *mask;
		bool good;
	} cases[] = { { 32, "SHA256", true }, { 0, "SHA256", false }, { 20, "SHA256", false },
		{ 31, "SHA256", false }, { 33, "SHA256", false },
		{ 64, "SHA256", false }, { RSA_PSS_SALTLEN_MAX, "SHA256", false }, { 32, "SHA1", false },
		{ 32, "SHA512", false } };

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf input = BUF(256);
		EVP_MD_CTX *context = EVP_MD_CTX_new();
		EVP_PKEY_CTX *settings;
		unsigned char signature[256];
		size_t n = sizeof(signature);

		add_signing_input("{\"alg\":\"PS256\"}", "{\"iss\":\"i\"}", &input);
		assert_int_equal(EVP_DigestSignInit_ex(context, &settings, "SHA256", NULL, NULL, pairs[RSA_A],
			NULL), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, cases[i].salt), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md_name(settings, cases[i].mask, NULL), 1);
		assert_int_equal(EVP_DigestSign(context, signature, &n, (unsigned char *)input.p, input.n), 1);
		EVP_MD_CTX_free(context);
		if ((judge_signature(RSA_A, "PS256", (struct str){ (char *)signature,
			n }) == OUTCOME_ALLOW) != cases[i].good)
			fail_msg("salt %d, mask %s", cases[i].salt, cases[i].mask);
	}
}

/* A refusal leaves nothing behind that could spoil or help the next judgement. */
static void test_good_and_bad_in_turn(void **state)
{
	auto_set *set = set_of(jwk_of(pairs[RSA_A], "r"), jwk_of(pairs[EC_384], "e"), jwk_of(pairs[ED], "d"), NULL);
	static const struct {
		enum pair pair;
		const char *algorithm, *kid;
		bool good;
	} cases[] = { { RSA_A, "PS512", "r", true }, { RSA_B, "RS256", "r", false }, { RSA_A, "RS256", "r", true },
		{ EC_384, "ES384", "e", true },
		{ RSA_B, "PS256", "r", false }, { ED, "EdDSA", "d", true }, { ED_B, "Ed25519", "d", false },
		{ RSA_A, "PS256", "r", true } };

	(void)state;
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < N_OF(cases); i++) {
			auto_buf token = BUF(TEST_TOKEN_BYTES);

			make_token(cases[i].pair, cases[i].algorithm, cases[i].kid, &token);
			assert_int_equal(judge(buf_str(&token), set),
				cases[i].good ? OUTCOME_ALLOW : OUTCOME_BAD_SIGNATURE);
			assert_int_equal(ERR_peek_error(), 0);
		}
	}
}

static void test_JW_12_an_empty_set_admits_nobody(void **state)
{
	auto_set *set = set_of(NULL);

	(void)state;
	for (size_t t = 0; t < N_OF(vectors); t++) {
		auto_free char *token = read_vector(vectors[t].token);

		assert_int_equal(judge(str_from(token), set), OUTCOME_UNKNOWN_KEY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_tokens_hold_with_their_own_key_alone),
		cmocka_unit_test(test_a_changed_bit_anywhere_breaks_a_published_token),
		cmocka_unit_test(test_published_claims_come_out),
		cmocka_unit_test(test_JW_04_the_header_can_not_lie_about_the_algorithm),
		cmocka_unit_test(test_JW_03_the_public_key_is_no_hmac_secret),
		cmocka_unit_test(test_JW_05_ecdsa_signatures_have_their_exact_form),
		cmocka_unit_test(test_JW_05_short_and_high_numbers_hold),
		cmocka_unit_test(test_JW_05_rsa_signatures_are_as_long_as_the_modulus),
		cmocka_unit_test(test_JW_05_pss_has_one_salt_length_and_one_mask),
		cmocka_unit_test(test_good_and_bad_in_turn),
		cmocka_unit_test(test_JW_12_an_empty_set_admits_nobody),
	};

	return cmocka_run_group_tests(tests, make_pairs, free_pairs);
}
