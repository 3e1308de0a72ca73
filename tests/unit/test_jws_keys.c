/* SPDX-License-Identifier: MIT */
/* Which key is taken for a token, and that no other is. */
#include "jws_fixture.h"

static void test_JW_04_every_algorithm_with_every_key(void **state)
{
	(void)state;
	for (const struct jws_algorithm *row = jws_algorithms; row->name != NULL; row++) {
		for (enum pair signer = 0; signer < PAIRS; signer++) {
			auto_buf token = BUF(TEST_TOKEN_BYTES);

			if (!makes(signer, row))
				continue;
			make_token(signer, row->name, NULL, &token);
			for (enum pair pair = 0; pair < PAIRS; pair++) {
				auto_set *set = set_of(jwk_of(pairs[pair], NULL), NULL);
				enum outcome expected = !makes(pair, row) ? OUTCOME_UNKNOWN_KEY :
							pair == signer ? OUTCOME_ALLOW : OUTCOME_BAD_SIGNATURE;

				if (judge(buf_str(&token), set) != expected)
					fail_msg("%s by %d with key %d", row->name, (int)signer, (int)pair);
			}
		}
	}
}

static void test_JW_04_the_keys_own_algorithm_must_be_equal(void **state)
{
	(void)state;
	for (const struct jws_algorithm *token_row = jws_algorithms; token_row->name != NULL; token_row++) {
		auto_buf token = BUF(TEST_TOKEN_BYTES);
		enum pair pair = RSA_A;

		while (!makes(pair, token_row))
			pair++;
		make_token(pair, token_row->name, NULL, &token);
		for (const struct jws_algorithm *key_row = jws_algorithms; key_row->name != NULL; key_row++) {
			auto_set *set = set_of(with_algorithm(jwk_of(pairs[pair], NULL), key_row->name), NULL);
			bool same = key_row == token_row || (key_row->type == JWK_OKP && token_row->type == JWK_OKP);

			assert_int_equal(judge(buf_str(&token), set), same ? OUTCOME_ALLOW : OUTCOME_UNKNOWN_KEY);
		}
	}
}

static void test_JW_05_a_weak_key_is_as_good_as_none(void **state)
{
	EVP_PKEY *weak = key_new("RSA", 1024);
	auto_buf token = BUF(TEST_TOKEN_BYTES);
	auto_set *set = set_of(jwk_of(weak, "k"), NULL);

	(void)state;
	sign_token(weak, "RS256", "{\"alg\":\"RS256\",\"kid\":\"k\"}", "{}", &token);
	EVP_PKEY_free(weak);
	assert_int_equal(set->n, 0);
	assert_int_equal(judge(buf_str(&token), set), OUTCOME_UNKNOWN_KEY);
}

static void test_JW_04_keys_for_other_uses_do_not_verify(void **state)
{
	auto_buf token = BUF(TEST_TOKEN_BYTES);
	json_t *encrypts = jwk_of(pairs[RSA_A], "k"), *signs = jwk_of(pairs[RSA_A], "k");

	(void)state;
	make_token(RSA_A, "RS256", "k", &token);
	json_object_set_new(encrypts, "use", json_string("enc"));
	json_object_set_new(signs, "key_ops", json_pack("[s]", "sign"));
	auto_set *set = set_of(encrypts, signs, NULL);
	assert_int_equal(judge(buf_str(&token), set), OUTCOME_UNKNOWN_KEY);
}

static void test_JW_06_a_key_in_the_header_is_nobodys(void **state)
{
	auto_set *set = set_of(jwk_of(pairs[RSA_A], NULL), NULL);
	auto_json *header = json_pack("{s:s,s:o,s:s,s:s}", "alg", "RS256", "jwk", jwk_of(pairs[RSA_B], "mine"), "jku",
		"http://127.0.0.1:9/jwks", "x5u", "http://127.0.0.1:9/x5u");
	auto_buf text = BUF(4096), token = BUF(TEST_TOKEN_BYTES);

	(void)state;
	json_write(header, &text);
	sign_token(pairs[RSA_B], "RS256", text.p, "{}", &token);
	assert_int_equal(judge(buf_str(&token), set), OUTCOME_BAD_SIGNATURE);
	buf_clear(&token);
	sign_token(pairs[RSA_A], "RS256", text.p, "{}", &token);
	assert_int_equal(judge(buf_str(&token), set), OUTCOME_ALLOW);
}

static void test_JW_11_the_key_id_or_the_only_fitting_key_decides(void **state)
{
	static const struct {
		const char *token_kid, *kid_a, *kid_b; /* of RSA_A, which signed,
			and of RSA_B; "-" = that key is not there */
		enum outcome outcome;
	} cases[] = {
		{ "a", "a", "b", OUTCOME_ALLOW }, { "b", "a", "b", OUTCOME_BAD_SIGNATURE },
		{ "c", "a", "b", OUTCOME_UNKNOWN_KEY },
		{ "A", "a", "b", OUTCOME_UNKNOWN_KEY }, { "aa", "a", "b", OUTCOME_UNKNOWN_KEY },
		{ "a", NULL, "b", OUTCOME_UNKNOWN_KEY },
		{ "a", NULL, NULL, OUTCOME_UNKNOWN_KEY }, { "a", "a", "a", OUTCOME_ALLOW },
		{ "a", "-", "a", OUTCOME_BAD_SIGNATURE },
		{ "a", "-", "-", OUTCOME_UNKNOWN_KEY }, { NULL, "a", "-", OUTCOME_ALLOW },
		{ NULL, NULL, "-", OUTCOME_ALLOW },
		{ NULL, "-", "b", OUTCOME_BAD_SIGNATURE }, { NULL, "a", "b", OUTCOME_AMBIGUOUS_KEY },
		{ NULL, NULL, NULL, OUTCOME_AMBIGUOUS_KEY },
		{ NULL, "a", "a", OUTCOME_AMBIGUOUS_KEY }, { NULL, "-", "-", OUTCOME_UNKNOWN_KEY },
		{ "", "a", "-", OUTCOME_ALLOW },
		{ "", "a", "b", OUTCOME_AMBIGUOUS_KEY }, { "../../etc/passwd", "a", "b", OUTCOME_UNKNOWN_KEY },
		{ "' or 1=1", "a", "-", OUTCOME_UNKNOWN_KEY },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		/* Keys that don't fit the algorithm never count: same ids, and one without. */
		auto_json *document = json_pack("{s:[o,o,o]}", "keys", jwk_of(pairs[EC_256], "a"),
			jwk_of(pairs[ED], NULL),
			with_algorithm(jwk_of(pairs[RSA_3072], "a"), "RS512"));
		json_t *keys = json_object_get(document, "keys");
		auto_buf token = BUF(TEST_TOKEN_BYTES);

		for (int k = 0; k < 2; k++) {
			const char *kid = k == 0 ? cases[i].kid_a : cases[i].kid_b;

			if (kid == NULL || strcmp(kid, "-") != 0)
				json_array_append_new(keys, jwk_of(pairs[k == 0 ? RSA_A : RSA_B], kid));
		}
		auto_set *set = jwk_set_read(document);
		make_token(RSA_A, "RS256", cases[i].token_kid, &token);
		if (judge(buf_str(&token), set) != cases[i].outcome)
			fail_msg("case %zu: outcome %d, expected %d", i, judge(buf_str(&token), set), cases[i].outcome);
	}
}

static void test_JW_11_eight_keys_of_one_name_are_tried(void **state)
{
	auto_buf token = BUF(TEST_TOKEN_BYTES);

	(void)state;
	make_token(ED, "EdDSA", "k", &token);
	for (size_t before = 0; before < 12; before++) {
		auto_json *document = json_pack("{s:[]}", "keys");
		json_t *keys = json_object_get(document, "keys");

		for (size_t i = 0; i < before; i++)
			json_array_append_new(keys, jwk_of(pairs[ED_B], "k"));
		json_array_append_new(keys, jwk_of(pairs[ED], "k"));
		auto_set *set = jwk_set_read(document);
		assert_int_equal(judge(buf_str(&token), set), before < 8 ? OUTCOME_ALLOW : OUTCOME_BAD_SIGNATURE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_JW_04_every_algorithm_with_every_key),
		cmocka_unit_test(test_JW_04_the_keys_own_algorithm_must_be_equal),
		cmocka_unit_test(test_JW_05_a_weak_key_is_as_good_as_none),
		cmocka_unit_test(test_JW_04_keys_for_other_uses_do_not_verify),
		cmocka_unit_test(test_JW_06_a_key_in_the_header_is_nobodys),
		cmocka_unit_test(test_JW_11_the_key_id_or_the_only_fitting_key_decides),
		cmocka_unit_test(test_JW_11_eight_keys_of_one_name_are_tried),
	};

	return cmocka_run_group_tests(tests, make_pairs, free_pairs);
}
