/* SPDX-License-Identifier: MIT */
#include "crypto.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "log.h"

/*
 * Before anything else asks OpenSSL for something: the texts of its errors, which nobody here shows, would take 50 kB of each
 * process.
 */
__attribute__((constructor)) static void start_without_texts(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
}

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

bool crypto_digest(const char *name, struct str data, struct buf *digest)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	size_t n = 0;

	if (EVP_Q_digest(NULL, name, NULL, data.p, data.n, bytes, &n) != 1)
		return false;
	buf_add(digest, (struct str){ (const char *)bytes, n });
	return !digest->failed;
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

static void free_cipher(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}
#define auto_cipher __attribute__((cleanup(free_cipher))) EVP_CIPHER_CTX

/* Ready for the plain or the encrypted bytes. new */
static EVP_CIPHER_CTX *start_gcm(bool encrypting, const unsigned char *key, const unsigned char *nonce, struct str associated)
{
	static EVP_CIPHER *gcm;
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int n;

	if (gcm == NULL)
		gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (gcm == NULL || context == NULL || associated.n > INT_MAX ||
		EVP_CipherInit_ex2(context, gcm, key, nonce, encrypting ? 1 : 0, NULL) != 1 ||
		(associated.n != 0 &&
			EVP_CipherUpdate(context, NULL, &n, (const unsigned char *)associated.p, (int)associated.n) != 1))
		give_up("AES-256-GCM");
	return context;
}

/* As many bytes as come in go out. Without any there is nothing to do: to OpenSSL no input means the end. */
static bool run_gcm(EVP_CIPHER_CTX *context, struct str in, unsigned char *out)
{
	int n = 0;

	return in.n == 0 || (EVP_CipherUpdate(context, out, &n, (const unsigned char *)in.p, (int)in.n) == 1 && (size_t)n == in.n);
}

void crypto_encrypt(const unsigned char key[CRYPTO_KEY_BYTES], const unsigned char nonce[CRYPTO_NONCE_BYTES], struct str associated,
	struct str plain, struct buf *out)
{
	auto_cipher *context = start_gcm(true, key, nonce, associated);
	auto_free unsigned char *bytes = NULL;
	unsigned char tag[CRYPTO_TAG_BYTES];
	int n;

	if (plain.n > INT_MAX) {
		out->failed = true;
		return;
	}
	bytes = memory_new(plain.n + 1);
	if (!run_gcm(context, plain, bytes) || EVP_CipherFinal_ex(context, tag, &n) != 1 ||
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG_BYTES, tag) != 1)
		give_up("AES-256-GCM");
	buf_add(out, (struct str){ (const char *)bytes, plain.n });
	buf_add(out, (struct str){ (const char *)tag, sizeof(tag) });
}

bool crypto_decrypt(const unsigned char key[CRYPTO_KEY_BYTES], const unsigned char nonce[CRYPTO_NONCE_BYTES], struct str associated,
	struct str encrypted, struct buf *plain)
{
	auto_cipher *context = start_gcm(false, key, nonce, associated);
	struct str body = str_first(encrypted, encrypted.n >= CRYPTO_TAG_BYTES ? encrypted.n - CRYPTO_TAG_BYTES : 0);
	auto_free unsigned char *bytes = NULL;
	unsigned char tag[CRYPTO_TAG_BYTES];
	size_t before = plain->n;
	bool good;
	int n;

	if (encrypted.n < sizeof(tag) || body.n > INT_MAX)
		return false;
	memcpy(tag, encrypted.p + body.n, sizeof(tag));
	bytes = memory_new(body.n + 1);
	/* The bytes are nobody's until the tag has been found right. */
	good = run_gcm(context, body, bytes) && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CRYPTO_TAG_BYTES, tag) == 1 &&
		EVP_CipherFinal_ex(context, tag, &n) == 1;
	if (good)
		buf_add(plain, (struct str){ (const char *)bytes, body.n });
	explicit_bzero(bytes, body.n);
	if (good && !plain->failed)
		return true;
	plain->n = before;
	return false;
}
