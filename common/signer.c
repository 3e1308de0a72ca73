/* SPDX-License-Identifier: MIT */
#include "signer.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "base64url.h"

#define PART_BYTES 65536
#define SIGNATURE_BYTES 1024 /* RSA of 8192 bits */

/* One row = one kind of key. */
static const struct kind {
	const char *type; /* OpenSSL's name */
	const char *name; /* `alg` */
	const char *digest;
	const char *curve; /* NULL: any; others have as many bits, such as secp256k1 */
	int half;          /* ECDSA: bytes of r and of s (RFC 7518 3.4) */
} kinds[] = {
	{ "EC", "ES256", "SHA256", "prime256v1", 32 },
	{ "EC", "ES384", "SHA384", "secp384r1", 48 },
	{ "RSA", "RS256", "SHA256", NULL, 0 },
	{ "ED25519", "EdDSA", NULL, NULL, 0 },
};

struct signer {
	EVP_PKEY *key;
	const struct kind *kind;
};

static bool is_on_curve(const EVP_PKEY *key, const char *curve)
{
	char name[64];
	size_t n = 0;

	return EVP_PKEY_get_group_name(key, name, sizeof(name), &n) == 1 && str_is((struct str){ name, n }, curve);
}

static const struct kind *kind_of(const EVP_PKEY *key)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (EVP_PKEY_is_a(key, kinds[i].type) == 1 && (kinds[i].curve == NULL || is_on_curve(key, kinds[i].curve)))
			return &kinds[i];
	}
	return NULL;
}

/* A key with a passphrase is no key: nobody is there to type it. */
static int no_passphrase(char *text, int size, int writing, void *context)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

struct signer *signer_new(struct str pem)
{
	BIO *text = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = text != NULL ? PEM_read_bio_PrivateKey(text, NULL, no_passphrase, NULL) : NULL;
	const struct kind *kind = key != NULL ? kind_of(key) : NULL;
	struct signer *signer;

	BIO_free(text);
	if (kind == NULL) {
		EVP_PKEY_free(key);
		return NULL;
	}
	signer = memory_new(sizeof(*signer));
	*signer = (struct signer){ key, kind };
	return signer;
}

void signer_free(struct signer *signer)
{
	if (signer == NULL)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

/* OpenSSL signs in DER, a token carries r and s side by side (RFC 7518 3.4). */
static size_t from_der(const unsigned char *der, size_t n, int half, unsigned char *raw)
{
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)n);
	bool good = signature != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, half) == half &&
		BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + half, half) == half;

	ECDSA_SIG_free(signature);
	return good ? 2 * (size_t)half : 0;
}

/* The bytes of the signature, 0 when there is none. */
static size_t sign(const struct signer *signer, struct str input, unsigned char signature[SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const struct kind *kind = signer->kind;
	unsigned char made[SIGNATURE_BYTES];
	size_t n = sizeof(made);
	bool good = context != NULL && EVP_DigestSignInit_ex(context, NULL, kind->digest, NULL, NULL, signer->key, NULL) == 1 &&
		EVP_DigestSign(context, made, &n, (const unsigned char *)input.p, input.n) == 1;

	EVP_MD_CTX_free(context);
	if (!good)
		return 0;
	if (kind->half != 0)
		return from_der(made, n, kind->half, signature);
	for (size_t i = 0; i < n; i++)
		signature[i] = made[i];
	return n;
}

static void add_part(struct buf *token, const json_t *json)
{
	auto_buf text = BUF(PART_BYTES);

	json_write(json, &text);
	token->failed = token->failed || text.failed;
	base64url_encode(buf_str(&text), token);
}

bool signer_sign(const struct signer *signer, json_t *header, const json_t *claims, struct buf *token)
{
	unsigned char signature[SIGNATURE_BYTES];
	auto_buf made = BUF(token->limit);
	size_t n;

	if (json_object_set_new(header, "alg", json_string(signer->kind->name)) != 0)
		return false;
	add_part(&made, header);
	buf_add_byte(&made, '.');
	add_part(&made, claims);
	n = made.failed ? 0 : sign(signer, buf_str(&made), signature);
	if (n == 0)
		return false;
	buf_add_byte(&made, '.');
	base64url_encode((struct str){ (const char *)signature, n }, &made);
	buf_add(token, buf_str(&made));
	return !made.failed && !token->failed;
}

/* One coordinate as base64url of its whole length (RFC 7518 6.2.1.2). */
static bool add_coordinate(const struct signer *signer, const char *name, struct buf *text)
{
	unsigned char bytes[SIGNATURE_BYTES];
	int half = signer->kind->half;
	BIGNUM *number = NULL;
	bool good = EVP_PKEY_get_bn_param(signer->key, name, &number) == 1 && BN_bn2binpad(number, bytes, half) == half;

	BN_free(number);
	if (good)
		base64url_encode((struct str){ (const char *)bytes, (size_t)half }, text);
	return good && !text->failed;
}

/* RFC 7638 3: the members that make the key, in the order of their names, without blanks. */
static bool add_thumbprint(const char *x, const char *y, struct buf *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	auto_buf members = BUF(512);
	size_t n = 0;

	buf_print(&members, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
	if (members.failed || EVP_Q_digest(NULL, "SHA256", NULL, members.p, members.n, digest, &n) != 1)
		return false;
	base64url_encode((struct str){ (const char *)digest, n }, text);
	return !text->failed;
}

json_t *signer_public(const struct signer *signer)
{
	auto_buf x = BUF(64), y = BUF(64), kid = BUF(64);

	if (!str_is(str_from(signer->kind->name), "ES256") || !add_coordinate(signer, OSSL_PKEY_PARAM_EC_PUB_X, &x) ||
		!add_coordinate(signer, OSSL_PKEY_PARAM_EC_PUB_Y, &y) || !add_thumbprint(x.p, y.p, &kid))
		return NULL;
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "kty", "EC", "crv", "P-256", "use", "sig", "alg", signer->kind->name,
		"kid", kid.p, "x", x.p, "y", y.p);
}
