/* SPDX-License-Identifier: MIT */
#include "crypto.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/random.h>

#include "log.h"

/* Without a digest or without chance nothing here is safe: stop, whoever starts us will start another. */
static _Noreturn void give_up(const char *what)
{
	log_event(LOG_ERROR, "crypto_failed", "%s is not to be had from this system", what);
	abort();
}

void crypto_sha256(struct str data, unsigned char digest[SHA256_BYTES])
{
	/* Found and allocated once: looking an algorithm up costs more than hashing a token. */
	static EVP_MD *sha256;
	static EVP_MD_CTX *context;

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (context == NULL)
		context = EVP_MD_CTX_new();
	if (sha256 == NULL || context == NULL || EVP_DigestInit_ex2(context, sha256, NULL) != 1 ||
		EVP_DigestUpdate(context, data.p, data.n) != 1 || EVP_DigestFinal_ex(context, digest, NULL) != 1)
		give_up("SHA-256");
}

void crypto_sha256_hex(struct str data, size_t bytes, struct buf *out)
{
	unsigned char digest[SHA256_BYTES];

	crypto_sha256(data, digest);
	buf_add_hex(out, digest, bytes < SHA256_BYTES ? bytes : SHA256_BYTES);
}

bool crypto_make_key(struct buf *pem)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *text = BIO_new(BIO_s_secmem());
	char *bytes = NULL;
	bool good = key != NULL && text != NULL && PEM_write_bio_PrivateKey(text, key, NULL, NULL, 0, NULL, NULL) == 1;
	long n = good ? BIO_get_mem_data(text, &bytes) : 0;

	if (n > 0)
		buf_add(pem, (struct str){ bytes, (size_t)n });
	EVP_PKEY_free(key);
	BIO_free(text);
	return n > 0 && !pem->failed;
}

void crypto_random(void *bytes, size_t n)
{
	unsigned char *p = bytes;

	while (n != 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			give_up("randomness");
		p += got;
		n -= (size_t)got;
	}
}
