/* SPDX-License-Identifier: MIT */
#include "jws_fixture.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "signer.h"

/* The private key in PEM, encrypted if there is a passphrase. new */
static char *pem_of(EVP_PKEY *key, const char *passphrase)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *data, *pem;
	long n;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(out, key, passphrase != NULL ? EVP_aes_256_cbc() : NULL, passphrase,
				 passphrase != NULL ? (int)strlen(passphrase) : 0, NULL, NULL),
		1);
	n = BIO_get_mem_data(out, &data);
	pem = str_copy((struct str){ data, (size_t)n });
	BIO_free(out);
	return pem;
}

static void refuses_pem(struct str pem)
{
	assert_null(signer_new(pem));
}

static void signs_with(enum pair pair, enum pair foreign, const char *alg)
{
	auto_free char *pem = pem_of(pairs[pair], NULL);
	struct signer *signer = signer_new(str_from(pem));
	auto_json *header = json_of("{\"typ\":\"JWT\",\"alg\":\"none\"}");
	auto_json *claims = json_of("{\"iss\":\"gate\",\"n\":1}");
	auto_set *own = set_of(jwk_of(pairs[pair], NULL), NULL);
	auto_set *other = set_of(jwk_of(pairs[foreign], NULL), NULL);
	auto_buf token = BUF(TEST_TOKEN_BYTES);
	auto_buf small = BUF(40);
	auto_jws jws = { 0 };

	assert_non_null(signer);
	assert_true(signer_sign(signer, header, claims, &token));
	assert_int_equal(jws_parse(buf_str(&token), 0, &jws), OUTCOME_ALLOW);
	assert_str(json_text(jws.header, "alg"), alg);
	assert_str(json_text(jws.header, "typ"), "JWT");
	assert_int_equal(jws_verify(&jws, own), OUTCOME_ALLOW);
	assert_int_not_equal(jws_verify(&jws, other), OUTCOME_ALLOW);

	auto_json *read = jws_claims(&jws);
	assert_true(json_equal(read, claims));
	assert_false(signer_sign(signer, header, claims, &small));
	signer_free(signer);
}

static void test_IN_01_each_kind_of_key_signs_what_its_public_key_verifies(void **state)
{
	(void)state;
	signs_with(RSA_A, RSA_B, "RS256");
	signs_with(RSA_3072, RSA_A, "RS256");
	signs_with(EC_384, EC_256, "ES384");
	signs_with(ED, ED_B, "EdDSA");
	/* r or s is short in one signature of 128: both keep their full length. */
	for (int i = 0; i < 300; i++)
		signs_with(EC_256, EC_256_B, "ES256");
}

static void test_IN_01_a_key_with_a_passphrase_is_none(void **state)
{
	auto_free char *pem = pem_of(pairs[EC_256], "open sesame");

	(void)state;
	refuses_pem(str_from(pem));
}

static void test_IN_01_what_can_not_sign_is_refused(void **state)
{
	static const char *const kinds_refused[] = { "secp256k1", "P-521" };

	(void)state;
	for (size_t i = 0; i < N_OF(kinds_refused); i++) {
		EVP_PKEY *key = key_new(kinds_refused[i], 0);
		auto_free char *pem = pem_of(key, NULL);

		EVP_PKEY_free(key);
		if (signer_new(str_from(pem)) != NULL)
			print_error("%s\n", kinds_refused[i]);
		refuses_pem(str_from(pem));
	}
}

static void test_IN_01_garbage_is_refused(void **state)
{
	auto_free char *pem = pem_of(pairs[EC_256], NULL);
	BIO *out = BIO_new(BIO_s_mem());
	char *data;
	long n;

	(void)state;
	refuses_pem(STR(""));
	refuses_pem(STR("garbage"));
	refuses_pem(STR("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
	refuses_pem(str_first(str_from(pem), strlen(pem) / 2));
	/* A public key is no private one. */
	assert_int_equal(PEM_write_bio_PUBKEY(out, pairs[EC_256]), 1);
	n = BIO_get_mem_data(out, &data);
	refuses_pem((struct str){ data, (size_t)n });
	BIO_free(out);
	signer_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_IN_01_each_kind_of_key_signs_what_its_public_key_verifies),
		cmocka_unit_test(test_IN_01_a_key_with_a_passphrase_is_none),
		cmocka_unit_test(test_IN_01_what_can_not_sign_is_refused),
		cmocka_unit_test(test_IN_01_garbage_is_refused),
	};

	return cmocka_run_group_tests(tests, make_pairs, free_pairs);
}
