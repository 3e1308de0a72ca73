/* SPDX-License-Identifier: MIT */
/*
 * Keys and signed tokens for tests, made with OpenSSL alone: of the code under test only base64url and the building of
 * JSON are used, so that a fault of jwk.c or jws.c can't hide in its twin.
 */
#ifndef GATEHOUSE_TEST_KEYS_H
#define GATEHOUSE_TEST_KEYS_H

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "json.h"

#define TEST_TOKEN_BYTES 16384

/* The file below tests/vectors without its closing newline. new */
static inline char *read_vector(const char *name)
{
	auto_buf path = BUF(256);
	char *text = memory_new(TEST_TOKEN_BYTES);
	FILE *file;
	size_t n;

	buf_print(&path, "tests/vectors/%s", name);
	file = fopen(path.p, "r");
	if (file == NULL) {
		fprintf(stderr, "%s: run the tests from the root of the tree\n", path.p);
		abort();
	}
	n = fread(text, 1, TEST_TOKEN_BYTES - 1, file);
	(void)fclose(file);
	if (n != 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return text;
}

/* A JSON text of the test's own making. new */
static inline json_t *json_of(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	if (json == NULL) {
		fprintf(stderr, "the test is wrong: not JSON: %s\n", text);
		abort();
	}
	return json;
}

/* A fresh private key: "RSA" with bits, or the name of a curve. new */
static inline EVP_PKEY *key_new(const char *kind, size_t bits)
{
	EVP_PKEY *key = strcmp(kind, "RSA") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits) :
			strcmp(kind, "ED25519") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") :
						       EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);

	if (key == NULL)
		abort();
	return key;
}

static inline void set_bytes(json_t *object, const char *name, const unsigned char *bytes, size_t n)
{
	auto_buf text = BUF(TEST_TOKEN_BYTES);

	base64url_encode((struct str){ (const char *)bytes, n }, &text);
	json_object_set_new(object, name, json_from_str(buf_str(&text)));
}

static inline void set_number(json_t *object, const char *name, const EVP_PKEY *key, const char *parameter,
	size_t bytes)
{
	unsigned char padded[2048];
	BIGNUM *number = NULL;
	int n;

	if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1)
		abort();
	n = BN_bn2binpad(number, padded, bytes != 0 ? (int)bytes : BN_num_bytes(number));
	if (n < 0)
		abort();
	set_bytes(object, name, padded, (size_t)n);
	BN_free(number);
}

/* The public JWK of `key`, with `kid` unless that is NULL. new */
static inline json_t *jwk_of(const EVP_PKEY *key, const char *kid)
{
	json_t *jwk = json_object();
	size_t bits = (size_t)EVP_PKEY_get_bits(key), bytes = (bits + 7) / 8;
	char crv[16];

	if (EVP_PKEY_is_a(key, "RSA")) {
		json_object_set_new(jwk, "kty", json_string("RSA"));
		set_number(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
		set_number(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else if (EVP_PKEY_is_a(key, "EC")) {
		(void)snprintf(crv, sizeof(crv), "P-%zu", bits);
		json_object_set_new(jwk, "kty", json_string("EC"));
		json_object_set_new(jwk, "crv", json_string(crv));
		set_number(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, bytes);
		set_number(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, bytes);
	} else {
		unsigned char raw[32];
		size_t n = sizeof(raw);

		if (EVP_PKEY_get_raw_public_key(key, raw, &n) != 1)
			abort();
		json_object_set_new(jwk, "kty", json_string("OKP"));
		json_object_set_new(jwk, "crv", json_string("Ed25519"));
		set_bytes(jwk, "x", raw, n);
	}
	if (kid != NULL)
		json_object_set_new(jwk, "kid", json_string(kid));
	return jwk;
}

/* Appends the signature that algorithm `alg` (by its name alone) asks for; `der` leaves ECDSA as OpenSSL has it. */
static inline void sign_bytes(EVP_PKEY *key, const char *alg, struct str text, bool der, struct buf *out)
{
	const bool eddsa = alg[1] == 'd', pss = alg[0] == 'P';
	const char *digest = eddsa ? NULL : alg[2] == '2' ? "SHA256" : alg[2] == '3' ? "SHA384" : "SHA512";
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings;
	unsigned char signature[2048], raw[132];
	size_t n = sizeof(signature);

	if (EVP_DigestSignInit_ex(context, &settings, digest, NULL, NULL, key, NULL) != 1 ||
		(pss && (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) != 1 ||
				EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) != 1)) ||
		EVP_DigestSign(context, signature, &n, (const unsigned char *)text.p, text.n) != 1)
		abort();
	EVP_MD_CTX_free(context);
	if (EVP_PKEY_is_a(key, "EC") && !der) {
		const unsigned char *p = signature;
		ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)n);
		int half = (EVP_PKEY_get_bits(key) + 7) / 8;

		if (BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, half) != half ||
			BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half, half) != half)
			abort();
		ECDSA_SIG_free(pair);
		buf_add(out, (struct str){ (const char *)raw, 2 * (size_t)half });
		return;
	}
	buf_add(out, (struct str){ (const char *)signature, n });
}

/* header "." payload, both as given, encoded. */
static inline void add_signing_input(const char *header, const char *payload, struct buf *token)
{
	base64url_encode(str_from(header), token);
	buf_add_byte(token, '.');
	base64url_encode(str_from(payload), token);
}

static inline void add_signature(struct str signature, struct buf *token)
{
	buf_add_byte(token, '.');
	base64url_encode(signature, token);
}

/* A whole token, appended to `token`; what the header says and what really signs are separate matters. */
static inline void sign_token(EVP_PKEY *key, const char *alg, const char *header, const char *payload,
	struct buf *token)
{
	auto_buf signature = BUF(2048);

	add_signing_input(header, payload, token);
	sign_bytes(key, alg, buf_str(token), false, &signature);
	add_signature(buf_str(&signature), token);
}

#endif
