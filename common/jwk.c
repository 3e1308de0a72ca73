/* SPDX-License-Identifier: MIT */
#include "jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>

#include "base64url.h"
#include "jws.h"

#define RSA_BYTES_LEAST 256 /* 2048 bits (RFC 7518 3.3) */
#define RSA_BYTES_MOST 1024 /* 8192 bits: beyond, one signature keeps a processor busy */
#define EXPONENT_BYTES_MOST 4

struct curve_row {
	const char *name; /* `crv` (RFC 7518 6.2.1.1, RFC 8037 2) */
	enum jwk_type type;
	enum jwk_curve curve;
	size_t coordinate_bytes; /* exact (RFC 7518 6.2.1.2) */
	const char *group;       /* OpenSSL's name */
};

static const struct curve_row curves[] = {
	{ "P-256", JWK_EC, CURVE_P256, 32, "P-256" },
	{ "P-384", JWK_EC, CURVE_P384, 48, "P-384" },
	{ "P-521", JWK_EC, CURVE_P521, 66, "P-521" },
	{ "Ed25519", JWK_OKP, CURVE_ED25519, 32, "ED25519" },
};

static void free_builder(OSSL_PARAM_BLD **builder)
{
	OSSL_PARAM_BLD_free(*builder);
}

static void free_number(BIGNUM **number)
{
	BN_free(*number);
}

static void free_params(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

static void free_context(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

#define auto_builder __attribute__((cleanup(free_builder))) OSSL_PARAM_BLD
#define auto_number __attribute__((cleanup(free_number))) BIGNUM
#define auto_params __attribute__((cleanup(free_params))) OSSL_PARAM
#define auto_context __attribute__((cleanup(free_context))) EVP_PKEY_CTX

/* A public key of the type that OpenSSL calls `type`. new, NULL when OpenSSL finds the numbers wrong. */
static EVP_PKEY *build(const char *type, OSSL_PARAM_BLD *builder)
{
	auto_params *params = OSSL_PARAM_BLD_to_param(builder);
	auto_context *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
		EVP_PKEY_free(key);
		ERR_clear_error();
		return NULL;
	}
	return key;
}

/* Member `name` is the canonical base64url of `least` to `most` bytes, which are appended. */
static bool read_bytes(const json_t *object, const char *name, size_t least, size_t most, struct buf *bytes)
{
	size_t before = bytes->n, n;

	if (!base64url_decode(json_text(object, name), bytes))
		return false;
	n = bytes->n - before;
	return n >= least && n <= most;
}

static BIGNUM *number_of(struct str bytes)
{
	return BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.n, NULL);
}

/* A positive number has no leading zero bytes (RFC 7518 2, Base64urlUInt). Both of an RSA key are odd. */
static bool is_odd_number(struct str bytes)
{
	return bytes.p[0] != 0 && (bytes.p[bytes.n - 1] & 1) != 0;
}

/* RFC 7518 6.3.1. */
static EVP_PKEY *read_rsa(const json_t *object)
{
	auto_buf modulus = BUF(RSA_BYTES_MOST);
	auto_buf exponent = BUF(EXPONENT_BYTES_MOST);

	if (!read_bytes(object, "n", RSA_BYTES_LEAST, RSA_BYTES_MOST, &modulus) || !is_odd_number(buf_str(&modulus)) ||
		!read_bytes(object, "e", 1, EXPONENT_BYTES_MOST, &exponent) || !is_odd_number(buf_str(&exponent)) ||
		str_eq(buf_str(&exponent), STR("\1")))
		return NULL;

	auto_number *n = number_of(buf_str(&modulus));
	auto_number *e = number_of(buf_str(&exponent));
	auto_builder *builder = OSSL_PARAM_BLD_new();

	/* The bytes were counted above; a first byte below 0x80 still makes the smallest modulus too short. */
	if (n == NULL || e == NULL || builder == NULL || BN_num_bits(n) < RSA_BYTES_LEAST * 8 ||
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return NULL;
	return build("RSA", builder);
}

/* RFC 7518 6.2.1. OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *read_ec(const json_t *object, const struct curve_row *row)
{
	auto_buf point = BUF(1 + 2 * 66);
	auto_builder *builder = OSSL_PARAM_BLD_new();

	buf_add_byte(&point, 4); /* uncompressed (SEC 1 2.3.3) */
	if (!read_bytes(object, "x", row->coordinate_bytes, row->coordinate_bytes, &point) ||
		!read_bytes(object, "y", row->coordinate_bytes, row->coordinate_bytes, &point) || builder == NULL ||
		OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, row->group, 0) != 1 ||
		OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) != 1)
		return NULL;
	return build("EC", builder);
}

/* RFC 8037 2. */
static EVP_PKEY *read_okp(const json_t *object, const struct curve_row *row)
{
	auto_buf x = BUF(32);
	auto_builder *builder = OSSL_PARAM_BLD_new();

	if (!read_bytes(object, "x", row->coordinate_bytes, row->coordinate_bytes, &x) || builder == NULL ||
		OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, x.p, x.n) != 1)
		return NULL;
	return build(row->group, builder);
}

/* The row that `crv` names, if the curve belongs to this type of key. */
static const struct curve_row *find_curve(const json_t *object, enum jwk_type type)
{
	struct str name = json_text(object, "crv");

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (curves[i].type == type && str_is(name, curves[i].name))
			return &curves[i];
	}
	return NULL;
}

/* The text of an optional member; false when it is there and not a string of `least` to `most` bytes. */
static bool optional_text(const json_t *object, const char *name, size_t least, size_t most, struct str *text)
{
	const json_t *member = json_object_get(object, name);

	*text = json_text(object, name);
	return member == NULL || (json_is_string(member) && text->n >= least && text->n <= most);
}

/* RFC 7517 4.3. */
static bool allows_verify(const json_t *operations)
{
	bool verify = false;

	if (operations == NULL)
		return true;
	for (size_t i = 0; i < json_array_size(operations); i++) {
		const json_t *operation = json_array_get(operations, i);

		if (!json_is_string(operation))
			return false;
		verify = verify || str_is(str_from(json_string_value(operation)), "verify");
	}
	return verify;
}

/* A private or secret member in a published set: whoever signs with that key may be anybody. */
static bool is_secret(const json_t *object)
{
	static const char *const members[] = { "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv" };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (json_object_get(object, members[i]) != NULL)
			return true;
	}
	return false;
}

/* Is there a row for `alg`, and is it for this type and curve? */
static bool algorithm_fits(const struct jwk *jwk)
{
	for (const struct jws_algorithm *row = jws_algorithms; row->name != NULL; row++) {
		if (str_is(jwk->algorithm, row->name))
			return row->type == jwk->type && row->curve == jwk->curve;
	}
	return jwk->algorithm.n == 0;
}

static enum jwk_type type_of(struct str kty)
{
	return str_is(kty, "RSA") ? JWK_RSA : str_is(kty, "EC") ? JWK_EC : str_is(kty, "OKP") ? JWK_OKP : JWK_NONE;
}

static bool read_key(const json_t *object, struct jwk *jwk)
{
	const struct curve_row *row = NULL;
	struct str use;

	*jwk = (struct jwk){ .type = type_of(json_text(object, "kty")) };
	if (jwk->type == JWK_NONE || is_secret(object) || !allows_verify(json_object_get(object, "key_ops")) ||
		!optional_text(object, "use", 1, 3, &use) || (use.n != 0 && !str_is(use, "sig")) ||
		!optional_text(object, "kid", 0, JWS_KID_BYTES, &jwk->kid) || !optional_text(object, "alg", 1, 16, &jwk->algorithm))
		return false;
	if (jwk->type != JWK_RSA) {
		row = find_curve(object, jwk->type);
		if (row == NULL)
			return false;
		jwk->curve = row->curve;
	}
	if (!algorithm_fits(jwk))
		return false;
	jwk->key = row == NULL ? read_rsa(object) : jwk->type == JWK_EC ? read_ec(object, row) : read_okp(object, row);
	return jwk->key != NULL;
}

struct jwk_set *jwk_set_read(json_t *document)
{
	const json_t *keys = json_object_get(document, "keys");
	struct jwk_set *set;

	if (!json_is_array(keys) || json_array_size(keys) > JWK_SET_KEYS)
		return NULL;
	set = memory_new(sizeof(*set));
	set->source = json_incref(document);
	set->key = memory_new(json_array_size(keys) * sizeof(struct jwk));
	for (size_t i = 0; i < json_array_size(keys); i++) {
		if (read_key(json_array_get(keys, i), &set->key[set->n]))
			set->n++;
	}
	set->skipped = json_array_size(keys) - set->n;
	return set;
}

void jwk_set_free(struct jwk_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n; i++)
		EVP_PKEY_free(set->key[i].key);
	free(set->key);
	json_decref(set->source);
	free(set);
}
