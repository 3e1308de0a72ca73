/* SPDX-License-Identifier: MIT */
/*
 * Signed tokens in compact form (RFC 7515, 7519), verify only, through the narrow door of RFC 8725: three parts, an
 * asymmetric algorithm from our table, a key that fits it. Pure: keys and text are arguments.
 */
#ifndef GATEHOUSE_JWS_H
#define GATEHOUSE_JWS_H

#include "json.h"
#include "jwk.h"
#include "outcome.h"
#include "str.h"

#define JWS_TOKEN_BYTES 8192   /* whole token */
#define JWS_HEADER_BYTES 2048  /* decoded */
#define JWS_PAYLOAD_BYTES 6144 /* decoded */
#define JWS_KID_BYTES 256

/* One row = one algorithm: name, key type, curve, digest, signature length. */
struct jws_algorithm {
	const char *name; /* `alg` (RFC 7518 3.1, 8037 3.1, 9864) */
	enum jwk_type type;
	enum jwk_curve curve;
	const char *digest; /* OpenSSL's name; NULL for EdDSA */
	bool pss;
	size_t signature_bytes; /* exact; 0: as long as the RSA modulus */
};
/* Ended by a row whose name is NULL; the index is the bit in a set. */
extern const struct jws_algorithm jws_algorithms[];

struct jws {
	struct str signing_input; /* borrowed from the token, like the next three */
	struct str header_text, payload_text, signature_text;
	const struct jws_algorithm *algorithm;
	size_t algorithm_index;
	json_t *header;       /* owned */
	struct str kid;       /* empty when absent; borrowed from header */
	struct str typ;       /* likewise */
	struct buf bytes;     /* owned: header and signature, decoded; private, like the next two */
	struct str signature; /* borrowed from it */
	json_t *claims;       /* owned; NULL when the payload is no JSON object within limits */
};

/*
 * Splits the token, which must outlive `jws`, and checks everything that needs no key: form, header rules (RFC 7515 4,
 * RFC 8725 3), algorithm in our table and in `allowed` (bits; 0 = all). OUTCOME_ALLOW, or the reason. jws_free in
 * either case.
 */
enum outcome jws_parse(struct str token, uint32_t allowed, struct jws *jws) MUST_USE;

/*
 * `typ` may be that of an access token: at+jwt; unless `strict` also JWT or none (RFC 9068 4, RFC 8725 3.11).
 * OUTCOME_ALLOW or OUTCOME_BAD_TYPE.
 */
enum outcome jws_check_type(const struct jws *jws, bool strict) MUST_USE;

/*
 * Verifies with the key that `kid` names, or, without kid, with the only key that fits; several keys of one kid are
 * each tried, at most 8. OUTCOME_ALLOW, OUTCOME_UNKNOWN_KEY, OUTCOME_AMBIGUOUS_KEY or OUTCOME_BAD_SIGNATURE.
 */
enum outcome jws_verify(const struct jws *jws, const struct jwk_set *keys) MUST_USE;

/* The claims: a JSON object within limits (depth 8, 64 members). new; NULL when they are not. Only after jws_verify. */
json_t *jws_claims(const struct jws *jws) MUST_USE;

/*
 * The issuer that the not yet verified claims name, to choose whose keys shall judge; nothing else may use it. Appends
 * to `out`.
 */
bool jws_peek_issuer(const struct jws *jws, struct buf *out) MUST_USE;

void jws_free(struct jws *jws);

#endif
