/* SPDX-License-Identifier: MIT */
/*
 * Signs JWTs in compact form (RFC 7515 3.1, RFC 7519): the assertions with which we show who we are (RFC 7523), and development
 * tokens. The key decides the algorithm: P-256 ES256, P-384 ES384, RSA RS256, Ed25519 EdDSA. Pure: key, time and chance are
 * arguments.
 */
#ifndef GATEHOUSE_SIGNER_H
#define GATEHOUSE_SIGNER_H

#include "json.h"
#include "str.h"

struct signer;

/* From a private key in PEM without a passphrase. new, or NULL when it is none that we can sign with. */
struct signer *signer_new(struct str pem) MUST_USE;
void signer_free(struct signer *signer);

/*
 * The public key of a P-256 key as a JWK for verifying signatures (RFC 7517), whose kid is its thumbprint (RFC 7638). new; NULL for
 * another kind of key.
 */
json_t *signer_public(const struct signer *signer) MUST_USE;

/* The token with that header, to which `alg` is added, and those claims. Appends; false when it could not be made. */
bool signer_sign(const struct signer *signer, json_t *header, const json_t *claims, struct buf *token) MUST_USE;

#endif
