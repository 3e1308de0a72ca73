/* SPDX-License-Identifier: MIT */
#include "jws.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base64url.h"

#define KEYS_TRIED 8
#define SIGNATURE_BYTES 1024 /* of an RSA key of 8192 bits */
#define COORDINATE_BYTES 66  /* of P-521 */
#define DER_BYTES (2 * (COORDINATE_BYTES + 3) + 3)

static const struct json_limits header_limits = { .bytes = JWS_HEADER_BYTES, .depth = 8, .members = 64 };
static const struct json_limits claims_limits = { .bytes = JWS_PAYLOAD_BYTES, .depth = 8, .members = 64 };

const struct jws_algorithm jws_algorithms[] = {
	{ "RS256", JWK_RSA, CURVE_NONE, "SHA256", false, 0 },
	{ "RS384", JWK_RSA, CURVE_NONE, "SHA384", false, 0 },
	{ "RS512", JWK_RSA, CURVE_NONE, "SHA512", false, 0 },
	{ "PS256", JWK_RSA, CURVE_NONE, "SHA256", true, 0 },
	{ "PS384", JWK_RSA, CURVE_NONE, "SHA384", true, 0 },
	{ "PS512", JWK_RSA, CURVE_NONE, "SHA512", true, 0 },
	{ "ES256", JWK_EC, CURVE_P256, "SHA256", false, 64 },
	{ "ES384", JWK_EC, CURVE_P384, "SHA384", false, 96 },
	{ "ES512", JWK_EC, CURVE_P521, "SHA512", false, 132 },
	{ "EdDSA", JWK_OKP, CURVE_ED25519, NULL, false, 64 },
	{ "Ed25519", JWK_OKP, CURVE_ED25519, NULL, false, 64 },
	{ NULL, JWK_NONE, CURVE_NONE, NULL, false, 0 },
};

/* ---- What needs no key ---- */

/* RFC 7515 3.1: three parts and none of them empty. A JWE has five (RFC 7516 3.1). */
static enum outcome split(struct str token, struct jws *jws)
{
	struct str rest = token, extra;
	size_t dots = 0;

	for (size_t i = 0; i < token.n; i++)
		dots += token.p[i] == '.';
	if (dots == 4)
		return OUTCOME_ENCRYPTED_TOKEN;
	if (dots != 2 || !str_cut(&rest, '.', &jws->header_text) || !str_cut(&rest, '.', &jws->payload_text) ||
		!str_cut(&rest, '.', &jws->signature_text) || str_cut(&rest, '.', &extra) || jws->header_text.n == 0 ||
		jws->payload_text.n == 0 || jws->signature_text.n == 0)
		return OUTCOME_MALFORMED_TOKEN;
	jws->signing_input = str_first(token, jws->header_text.n + 1 + jws->payload_text.n);
	return OUTCOME_ALLOW;
}

/* An optional header member is a string of at most `most` bytes, or wrong. */
static bool header_text(const json_t *header, const char *name, size_t most, struct str *text)
{
	const json_t *member = json_object_get(header, name);

	*text = json_text(header, name);
	return member == NULL || (json_is_string(member) && text->n <= most);
}

/* A media type without the prefix that may be left out (RFC 7515 4.1.9 and 4.1.10). */
static struct str short_type(struct str type)
{
	const struct str prefix = STR("application/");

	return str_eq_nocase(str_first(type, prefix.n), prefix) ? str_skip(type, prefix.n) : type;
}

/* RFC 8725 3.1: the algorithm is one of ours, and one of those that the caller wants. */
static enum outcome choose_algorithm(uint32_t allowed, struct jws *jws)
{
	const json_t *name = json_object_get(jws->header, "alg");

	if (!json_is_string(name))
		return OUTCOME_MALFORMED_TOKEN;
	for (size_t i = 0; jws_algorithms[i].name != NULL; i++) {
		if (!str_is(json_text(jws->header, "alg"), jws_algorithms[i].name))
			continue;
		if (allowed != 0 && (allowed >> i & 1) == 0)
			return OUTCOME_BAD_ALGORITHM;
		jws->algorithm = &jws_algorithms[i];
		jws->algorithm_index = i;
		return OUTCOME_ALLOW;
	}
	return OUTCOME_BAD_ALGORITHM;
}

/*
 * RFC 7515 4. The members that name a key or a place to get one (jku, jwk, x5u, x5c) are not read: keys come from the
 * settings only (RFC 8725 3.10).
 */
static enum outcome check_header(uint32_t allowed, struct jws *jws)
{
	struct str cty;
	enum outcome outcome = choose_algorithm(allowed, jws);

	if (outcome != OUTCOME_ALLOW)
		return outcome;
	/* We know no extension, `b64` neither (RFC 7515 4.1.11, RFC 7797). */
	if (json_object_get(jws->header, "crit") != NULL || json_object_get(jws->header, "b64") != NULL)
		return OUTCOME_CRITICAL_HEADER;
	if (!header_text(jws->header, "kid", JWS_KID_BYTES, &jws->kid) ||
		!header_text(jws->header, "typ", JWS_HEADER_BYTES, &jws->typ) ||
		!header_text(jws->header, "cty", JWS_HEADER_BYTES, &cty))
		return OUTCOME_MALFORMED_TOKEN;
	/* An empty text is a type, though nobody's; absent is something else. */
	if (jws->typ.n == 0 && json_object_get(jws->header, "typ") != NULL)
		return OUTCOME_MALFORMED_TOKEN;
	return str_eq_nocase(short_type(cty), STR("jwt")) ? OUTCOME_OTHER_TOKEN : OUTCOME_ALLOW;
}

enum outcome jws_parse(struct str token, uint32_t allowed, struct jws *jws)
{
	auto_buf payload = BUF(JWS_PAYLOAD_BYTES);
	enum outcome outcome;
	size_t header_bytes;

	*jws = (struct jws){ .bytes = BUF(JWS_HEADER_BYTES) };
	if (token.n > JWS_TOKEN_BYTES)
		return OUTCOME_TOKEN_TOO_LARGE;
	outcome = split(token, jws);
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	if (!base64url_decode(jws->header_text, &jws->bytes) || !base64url_decode(jws->payload_text, &payload))
		return OUTCOME_MALFORMED_TOKEN;
	header_bytes = jws->bytes.n;
	jws->bytes.limit = header_bytes + SIGNATURE_BYTES;
	if (!base64url_decode(jws->signature_text, &jws->bytes))
		return OUTCOME_MALFORMED_TOKEN;
	jws->signature = str_skip(buf_str(&jws->bytes), header_bytes);
	jws->header = json_read_object(str_first(buf_str(&jws->bytes), header_bytes), header_limits);
	if (jws->header == NULL)
		return OUTCOME_MALFORMED_TOKEN;
	outcome = check_header(allowed, jws);
	/* Not every signed text has claims; jws_claims and jws_peek_issuer tell who asks for them. */
	if (outcome == OUTCOME_ALLOW)
		jws->claims = json_read_object(buf_str(&payload), claims_limits);
	return outcome;
}

enum outcome jws_check_type(const struct jws *jws, bool strict)
{
	struct str type = short_type(jws->typ);

	if (str_eq_nocase(type, STR("at+jwt")))
		return OUTCOME_ALLOW;
	return !strict && (jws->typ.n == 0 || str_eq_nocase(type, STR("jwt"))) ? OUTCOME_ALLOW : OUTCOME_BAD_TYPE;
}

json_t *jws_claims(const struct jws *jws)
{
	return json_incref(jws->claims);
}

bool jws_peek_issuer(const struct jws *jws, struct buf *out)
{
	struct str issuer = json_text(jws->claims, "iss");

	buf_add(out, issuer);
	return issuer.n != 0 && !out->failed;
}

void jws_free(struct jws *jws)
{
	json_decref(jws->header);
	json_decref(jws->claims);
	buf_free(&jws->bytes);
	*jws = (struct jws){ 0 };
}

/* ---- What needs one ---- */

/* Appends one number of an ECDSA signature as a DER INTEGER (X.690 8.3); false when it is zero. */
static bool add_integer(struct str number, struct buf *der)
{
	bool high;

	while (number.n != 0 && number.p[0] == 0)
		number = str_skip(number, 1);
	if (number.n == 0)
		return false;
	high = (number.p[0] & 0x80) != 0; /* would be read as negative */
	buf_add_byte(der, 2);
	buf_add_byte(der, (char)(number.n + high));
	if (high)
		buf_add_byte(der, 0);
	buf_add(der, number);
	return true;
}

/* r || s of RFC 7518 3.4 as the SEQUENCE that OpenSSL takes. False when r or s is zero (RFC 8725 3.4). */
static bool to_der(struct str signature, struct buf *der)
{
	auto_buf integers = BUF(DER_BYTES);

	if (!add_integer(str_first(signature, signature.n / 2), &integers) ||
		!add_integer(str_skip(signature, signature.n / 2), &integers))
		return false;
	buf_add_byte(der, 0x30);
	if (integers.n >= 0x80)
		buf_add_byte(der, (char)0x81);
	buf_add_byte(der, (char)integers.n);
	buf_add(der, buf_str(&integers));
	return !der->failed;
}

/* RFC 7518 3.5: MGF1 with the same digest (OpenSSL's default), salt as long as the digest. */
static bool set_pss(EVP_PKEY_CTX *context)
{
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool verify_bytes(const struct jws_algorithm *algorithm, EVP_PKEY *key, struct str signature, struct str text)
{
	static EVP_MD_CTX *context; /* made once: a process has one request at a time */
	const unsigned char *bytes = (const unsigned char *)signature.p, *input = (const unsigned char *)text.p;
	EVP_PKEY_CTX *settings;

	if (context == NULL)
		context = EVP_MD_CTX_new();
	return context != NULL && EVP_MD_CTX_reset(context) == 1 &&
		EVP_DigestVerifyInit_ex(context, &settings, algorithm->digest, NULL, NULL, key, NULL) == 1 &&
		(!algorithm->pss || set_pss(settings)) && EVP_DigestVerify(context, bytes, signature.n, input, text.n) == 1;
}

static bool verify_with(const struct jws *jws, const struct jwk *jwk)
{
	auto_buf der = BUF(DER_BYTES);
	struct str signature = jws->signature;
	size_t expected = jws->algorithm->signature_bytes;
	bool good;

	if (expected == 0)
		expected = (size_t)EVP_PKEY_get_size(jwk->key);
	if (signature.n != expected)
		return false;
	if (jwk->type == JWK_EC) {
		if (!to_der(signature, &der))
			return false;
		signature = buf_str(&der);
	}
	good = verify_bytes(jws->algorithm, jwk->key, signature, jws->signing_input);
	ERR_clear_error();
	return good;
}

/* EdDSA with Ed25519 goes by two names (RFC 9864 2.2). */
static bool is_eddsa(struct str algorithm)
{
	return str_is(algorithm, "EdDSA") || str_is(algorithm, "Ed25519");
}

/* RFC 8725 3.1: key type, curve and the key's own algorithm agree with the token's. */
static bool fits(const struct jwk *jwk, const struct jws_algorithm *algorithm)
{
	return jwk->type == algorithm->type && jwk->curve == algorithm->curve &&
		(jwk->algorithm.n == 0 || str_is(jwk->algorithm, algorithm->name) ||
			(is_eddsa(jwk->algorithm) && is_eddsa(str_from(algorithm->name))));
}

enum outcome jws_verify(const struct jws *jws, const struct jwk_set *keys)
{
	const struct jwk *candidate[KEYS_TRIED];
	size_t n = 0;

	for (size_t i = 0; i < keys->n && n < KEYS_TRIED; i++) {
		if (fits(&keys->key[i], jws->algorithm) && (jws->kid.n == 0 || str_eq(keys->key[i].kid, jws->kid)))
			candidate[n++] = &keys->key[i];
	}
	if (n == 0)
		return OUTCOME_UNKNOWN_KEY;
	/* Trying keys until one fits is for keys of one name only. */
	if (jws->kid.n == 0 && n > 1)
		return OUTCOME_AMBIGUOUS_KEY;
	for (size_t i = 0; i < n; i++) {
		if (verify_with(jws, candidate[i]))
			return OUTCOME_ALLOW;
	}
	return OUTCOME_BAD_SIGNATURE;
}
