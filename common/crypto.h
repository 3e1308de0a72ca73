/* SPDX-License-Identifier: MIT */
/*
 * Digests and new keys from OpenSSL and random bytes from the system, for modules that must know neither.
 */
#ifndef GATEHOUSE_CRYPTO_H
#define GATEHOUSE_CRYPTO_H

#include "str.h"

#define SHA256_BYTES 32

void crypto_sha256(struct str data, unsigned char digest[SHA256_BYTES]);
/* Appends the digest by OpenSSL's name of it ("SHA384"); false, and nothing appended, when there is no such digest. */
bool crypto_digest(const char *name, struct str data, struct buf *digest) MUST_USE;
/* Lower-case hexadecimal of the first `bytes` of the digest (at most 32); for file names and log lines. */
void crypto_sha256_hex(struct str data, size_t bytes, struct buf *out);
/* A new P-256 key in PEM, for signer.h. Appends; false when there is none to be had. */
bool crypto_make_key(struct buf *pem) MUST_USE;
/* From the system's generator; ends the program if there is none. */
void crypto_random(void *bytes, size_t n);

#endif
