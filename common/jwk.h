/* SPDX-License-Identifier: MIT */
/*
 * JSON Web Keys (RFC 7517, 7518 6, 8037): a provider's key set becomes keys that can verify. A key that is unknown,
 * broken, weak, secret or not for signatures is skipped by itself; the others stay usable.
 */
#ifndef GATEHOUSE_JWK_H
#define GATEHOUSE_JWK_H

#include "json.h"
#include "str.h"

enum jwk_type { JWK_NONE, JWK_RSA, JWK_EC, JWK_OKP };
enum jwk_curve { CURVE_NONE, CURVE_P256, CURVE_P384, CURVE_P521, CURVE_ED25519 };

#define JWK_SET_KEYS 100

struct jwk {
	enum jwk_type type;
	enum jwk_curve curve;
	struct str kid;       /* empty when the key has none; borrowed from the set */
	struct str algorithm; /* the key's own `alg`; empty: any that fits */
	void *key;            /* EVP_PKEY; private to jwk.c and jws.c */
};

struct jwk_set {
	struct jwk *key;
	size_t n;
	size_t skipped; /* keys that were there but can't be used */
	json_t *source; /* owns the text */
};

/*
 * Reads the `keys` of a JWK set document (borrowed; the set keeps its own reference). new; NULL when `keys` is no
 * array or has more than JWK_SET_KEYS. A set without one usable key is a set with n 0.
 */
struct jwk_set *jwk_set_read(json_t *document) MUST_USE;
void jwk_set_free(struct jwk_set *set);

#endif
