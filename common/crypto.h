/* SPDX-License-Identifier: MIT */
/*
 * Digests, new keys and authenticated encryption from OpenSSL and random bytes from the system, for modules that must know neither.
 */
#ifndef GATEHOUSE_CRYPTO_H
#define GATEHOUSE_CRYPTO_H

#include "str.h"

#define SHA256_BYTES 32
#define CRYPTO_KEY_BYTES 32
#define CRYPTO_NONCE_BYTES 12
#define CRYPTO_TAG_BYTES 16

void crypto_sha256(struct str data, unsigned char digest[SHA256_BYTES]);
/* Appends the digest by OpenSSL's name of it ("SHA384"); false, and nothing appended, when there is no such digest. */
bool crypto_digest(const char *name, struct str data, struct buf *digest) MUST_USE;
/* Lower-case hexadecimal of the first `bytes` of the digest (at most 32); for file names and log lines. */
void crypto_sha256_hex(struct str data, size_t bytes, struct buf *out);
/* A new P-256 key in PEM, for signer.h. Appends; false when there is none to be had. */
bool crypto_make_key(struct buf *pem) MUST_USE;
/* From the system's generator; ends the program if there is none. */
void crypto_random(void *bytes, size_t n);

/*
 * AES-256-GCM (NIST SP 800-38D): appends as many bytes as `plain` has and the tag. `associated` is not in them, and has to be the
 * same for decryption. A nonce is used once with a key, or both are lost. Ends the program if the system has no AES.
 */
void crypto_encrypt(const unsigned char key[CRYPTO_KEY_BYTES], const unsigned char nonce[CRYPTO_NONCE_BYTES], struct str associated,
	struct str plain, struct buf *out);
/* Appends the plain bytes; false, and nothing appended, when anything was not as it was encrypted, or does not fit. */
bool crypto_decrypt(const unsigned char key[CRYPTO_KEY_BYTES], const unsigned char nonce[CRYPTO_NONCE_BYTES], struct str associated,
	struct str encrypted, struct buf *plain) MUST_USE;

#endif
