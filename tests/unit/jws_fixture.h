/* SPDX-License-Identifier: MIT */
/* What the tests of signatures share: a key pair of every kind, tokens made with them, the judgement of a token. */
#ifndef GATEHOUSE_TEST_JWS_FIXTURE_H
#define GATEHOUSE_TEST_JWS_FIXTURE_H

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "jws.h"
#include "keys.h"

#define auto_jws __attribute__((cleanup(jws_free))) struct jws
#define auto_set __attribute__((cleanup(free_set))) struct jwk_set

static inline void free_set(struct jwk_set **set)
{
	jwk_set_free(*set);
}

/* One pair of every kind, and a second RSA and P-256 of the same size. */
enum pair { RSA_A, RSA_B, RSA_3072, EC_256, EC_256_B, EC_384, EC_521, ED, ED_B, PAIRS };
static const struct {
	const char *kind;
	size_t bits;
} kinds[PAIRS] = { { "RSA", 2048 }, { "RSA", 2048 }, { "RSA", 3072 }, { "P-256", 0 }, { "P-256", 0 },
	{ "P-384", 0 }, { "P-521", 0 },
	{ "ED25519", 0 }, { "ED25519", 0 } };
static EVP_PKEY *pairs[PAIRS];

static inline int make_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAIRS; i++)
		pairs[i] = key_new(kinds[i].kind, kinds[i].bits);
	return 0;
}

static inline int free_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAIRS; i++)
		EVP_PKEY_free(pairs[i]);
	return 0;
}

static inline bool makes(enum pair pair, const struct jws_algorithm *row)
{
	return row->type == JWK_RSA ? pair <= RSA_3072 : row->curve == CURVE_P256 ? pair == EC_256 || pair == EC_256_B :
	       row->curve == CURVE_P384 ? pair == EC_384 : row->curve == CURVE_P521 ? pair == EC_521 : pair >= ED;
}

/* A set of these JWKs (taken), ended by NULL. new */
static inline struct jwk_set *set_of(json_t *first, ...)
{
	auto_json *document = json_pack("{s:[]}", "keys");
	va_list more;

	va_start(more, first);
	for (json_t *key = first; key != NULL; key = va_arg(more, json_t *))
		json_array_append_new(json_object_get(document, "keys"), key);
	va_end(more);
	return jwk_set_read(document);
}

static inline json_t *with_algorithm(json_t *key, const char *name)
{
	json_object_set_new(key, "alg", json_string(name));
	return key;
}

static inline enum outcome judge(struct str token, const struct jwk_set *set)
{
	auto_jws jws = { 0 };
	enum outcome outcome = jws_parse(token, 0, &jws);

	return outcome == OUTCOME_ALLOW ? jws_verify(&jws, set) : outcome;
}

static inline void header_for(const char *algorithm, const char *kid, struct buf *header)
{
	buf_print(header, kid != NULL ? "{\"alg\":\"%s\",\"kid\":\"%s\"}" : "{\"alg\":\"%s\"}", algorithm,
		kid != NULL ? kid : "");
}

static inline void make_token(enum pair pair, const char *algorithm, const char *kid, struct buf *token)
{
	auto_buf header = BUF(512);

	header_for(algorithm, kid, &header);
	sign_token(pairs[pair], algorithm, header.p, "{\"iss\":\"i\"}", token);
}

/* The same header and payload with a signature of the test's choice. */
static inline enum outcome judge_signature(enum pair pair, const char *algorithm, struct str signature)
{
	auto_set *set = set_of(jwk_of(pairs[pair], NULL), NULL);
	auto_buf token = BUF(TEST_TOKEN_BYTES), header = BUF(64);

	header_for(algorithm, NULL, &header);
	add_signing_input(header.p, "{\"iss\":\"i\"}", &token);
	add_signature(signature, &token);
	return judge(buf_str(&token), set);
}

static inline void signature_of(enum pair pair, const char *algorithm, bool der, struct buf *signature)
{
	auto_buf input = BUF(TEST_TOKEN_BYTES), header = BUF(64);

	header_for(algorithm, NULL, &header);
	add_signing_input(header.p, "{\"iss\":\"i\"}", &input);
	sign_bytes(pairs[pair], algorithm, buf_str(&input), der, signature);
}

#endif
