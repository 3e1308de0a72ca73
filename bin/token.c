/* SPDX-License-Identifier: MIT */
/*
 * gatehouse token: a development issuer, which is a folder of two files and a key, and tokens that it signs. For trying things
 * out: the tokens are as good as any for whoever trusts that issuer, so nobody in production should.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "base64url.h"
#include "command.h"
#include "crypto.h"
#include "file.h"
#include "json.h"
#include "signer.h"
#include "url.h"
#include "verbs.h"

#define VERB "token"
#define DOCUMENT_BYTES 65536
#define KEY_ID "development"

struct options {
	const char *issuer; /* folder */
	const char *make;   /* URL of a new issuer */
	const char *resource;
	const char *subject;
	const char *scope;
	const char *expires;
	const char *claims;
};

static void print_help(void)
{
	fputs("gatehouse token: make a development issuer and tokens of it\n"
	      "\n"
	      "usage: gatehouse token --issuer DIR --new URL\n"
	      "         make the issuer URL in DIR: key.pem, jwks.json, openid-configuration\n"
	      "       gatehouse token --issuer DIR --resource URL [options]\n"
	      "         print an access token for that resource\n"
	      "  --subject NAME     who it is for; default alice\n"
	      "  --scope SCOPES     scopes, parted by blanks\n"
	      "  --expires SECONDS  how long it is good; default 3600, negative for one that is over\n"
	      "  --claims JSON      more claims; they win over those above, null takes one away\n",
		stdout);
}

/* Opens DIR/name for writing, readable by us alone if `secret`. NULL with a message when that failed. */
static FILE *create(const char *directory, const char *name, bool secret)
{
	auto_buf path = BUF(4096);
	int descriptor;
	FILE *file;

	buf_print(&path, "%s/%s", directory, name);
	descriptor = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, secret ? 0600 : 0644);
	file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
	if (file == NULL)
		fprintf(stderr, "gatehouse token: %s: can't be made: %s\n", path.p, strerror(errno));
	return file;
}

static bool write_json(const char *directory, const char *name, const json_t *json)
{
	auto_buf text = BUF(DOCUMENT_BYTES);
	FILE *file = create(directory, name, false);
	bool written;

	if (file == NULL)
		return false;
	json_write(json, &text);
	written = fprintf(file, "%s\n", text.p) > 0;
	return fclose(file) == 0 && written;
}

static bool write_key(const char *directory, const struct buf *pem)
{
	FILE *file = create(directory, "key.pem", true);
	bool written = file != NULL && fwrite(pem->p, 1, pem->n, file) == pem->n;

	return file != NULL && fclose(file) == 0 && written;
}

static void free_signer(struct signer **signer)
{
	signer_free(*signer);
}
#define auto_signer __attribute__((cleanup(free_signer))) struct signer

static json_t *key_set(const struct signer *key)
{
	json_t *public_key = signer_public(key);

	if (public_key != NULL)
		(void)json_object_set_new(public_key, "kid", json_string(KEY_ID));
	return json_pack("{s:[o]}", "keys", public_key);
}

/* What the issuer says of itself (OIDC Discovery 3): enough for a client to see that there is nobody to log in at. */
static json_t *document(const char *issuer)
{
	return json_pack("{s:s,s:s+,s:s+,s:s+,s:[s],s:[s],s:[s],s:[s],s:[s],s:b}", "issuer", issuer, "authorization_endpoint",
		issuer, "/authorize", "token_endpoint", issuer, "/token", "jwks_uri", issuer, "/jwks.json",
		"response_types_supported", "code", "grant_types_supported", "authorization_code",
		"code_challenge_methods_supported", "S256", "subject_types_supported", "public",
		"id_token_signing_alg_values_supported", "ES256", "authorization_response_iss_parameter_supported", 0);
}

static int make_issuer(const struct options *options)
{
	auto_buf pem = BUF(DOCUMENT_BYTES);
	struct url url;

	if (!url_parse(str_from(options->make), &url) || url.has_query || url.has_fragment)
		return complain(VERB, "an issuer is an http or https URL without query or fragment", options->make, EXIT_WRONG_USE);
	if (mkdir(options->issuer, 0755) != 0 && access(options->issuer, W_OK) != 0) {
		fprintf(stderr, "gatehouse token: %s: can't be made: %s\n", options->issuer, strerror(errno));
		return EXIT_SYSTEM;
	}
	if (!crypto_make_key(&pem) || !write_key(options->issuer, &pem))
		return EXIT_SYSTEM;

	auto_signer *key = signer_new(buf_str(&pem));
	explicit_bzero(pem.p, pem.n);
	auto_json *keys = key != NULL ? key_set(key) : NULL;
	auto_json *metadata = document(options->make);
	if (!write_json(options->issuer, "jwks.json", keys) || !write_json(options->issuer, "openid-configuration", metadata))
		return EXIT_SYSTEM;
	printf("%s: development issuer %s\n", options->issuer, options->make);
	return EXIT_SUCCESS;
}

/* Appends the file; says why when it can't be read. */
static bool read_file(const char *directory, const char *name, struct buf *text)
{
	auto_buf path = BUF(4096);
	auto_buf why = BUF(8192);
	struct file_version version;

	buf_print(&path, "%s/%s", directory, name);
	if (path.failed) {
		(void)complain(VERB, "its name is too long", directory, EXIT_WRONG_USE);
		return false;
	}
	if (file_read(path.p, FILE_PUBLIC, text, &version, &why))
		return true;
	fprintf(stderr, "gatehouse token: %s: %s%s\n", path.p, why.p,
		errno == ENOENT || errno == ENOTDIR ? "; make the issuer first with --new URL" : "");
	return false;
}

static struct signer *read_key(const char *directory)
{
	auto_buf text = BUF(DOCUMENT_BYTES);
	struct signer *signer;

	if (!read_file(directory, "key.pem", &text))
		return NULL;
	signer = signer_new(buf_str(&text));
	if (signer == NULL)
		fprintf(stderr, "gatehouse token: %s/key.pem: holds no private key that we can sign with\n", directory);
	return signer;
}

/* The issuer's own name, from its document. new */
static json_t *read_document(const char *directory)
{
	auto_buf text = BUF(DOCUMENT_BYTES);

	if (!read_file(directory, "openid-configuration", &text))
		return NULL;
	return json_read_object(str_trim(buf_str(&text)), (struct json_limits){ DOCUMENT_BYTES, 16, 256 });
}

/* `more` over `claims`: null takes a claim away. False when `more` is no JSON object. */
static bool merge(json_t *claims, const char *more)
{
	auto_json *object = json_read_object(str_from(more), (struct json_limits){ DOCUMENT_BYTES, 16, 256 });
	const char *name;
	json_t *value;

	if (object == NULL)
		return false;
	json_object_foreach (object, name, value) {
		if (json_is_null(value))
			(void)json_object_del(claims, name);
		else
			(void)json_object_set(claims, name, value);
	}
	return true;
}

/* An access token after RFC 9068 2. */
static int print_token(const struct options *options)
{
	auto_signer *key = read_key(options->issuer);
	auto_json *metadata = key != NULL ? read_document(options->issuer) : NULL;
	auto_buf token = BUF(DOCUMENT_BYTES);
	auto_buf id = BUF(64);
	unsigned char random[16];
	char *end = NULL;
	int64_t now = time(NULL), expires = strtoll(options->expires, &end, 10), until = now + expires;

	if (metadata == NULL)
		return EXIT_SYSTEM;
	if (end == options->expires || *end != '\0' || expires < -INT32_MAX || expires > INT32_MAX)
		return complain(VERB, "--expires takes a number of seconds", options->expires, EXIT_WRONG_USE);
	crypto_random(random, sizeof(random));
	base64url_encode((struct str){ (const char *)random, sizeof(random) }, &id);

	auto_json *header = json_pack("{s:s,s:s}", "typ", "at+jwt", "kid", KEY_ID);
	auto_json *claims = json_pack("{s:O,s:s,s:s,s:s,s:I,s:I,s:s}", "iss", json_object_get(metadata, "issuer"), "aud",
		options->resource, "sub", options->subject, "client_id", "gatehouse-token", "iat", (json_int_t)now, "exp",
		(json_int_t)until, "jti", id.p);
	if (claims == NULL)
		return complain(VERB, "the issuer's document names no issuer", options->issuer, EXIT_WRONG_USE);
	if (options->scope != NULL)
		(void)json_object_set_new(claims, "scope", json_string(options->scope));
	if (options->claims != NULL && !merge(claims, options->claims))
		return complain(VERB, "--claims takes a JSON object", options->claims, EXIT_WRONG_USE);
	if (!signer_sign(key, header, claims, &token)) {
		fputs("gatehouse token: signing failed\n", stderr);
		return EXIT_SYSTEM;
	}
	printf("%s\n", token.p);
	return EXIT_SUCCESS;
}

int verb_token(int argc, char **argv)
{
	struct options options = { .subject = "alice", .expires = "3600" };
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "--issuer", &options.issuer },
		{ "--new", &options.make },
		{ "--resource", &options.resource },
		{ "--subject", &options.subject },
		{ "--scope", &options.scope },
		{ "--expires", &options.expires },
		{ "--claims", &options.claims },
	};

	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		if (str_is(str_from(argv[i]), "--help")) {
			print_help();
			return EXIT_SUCCESS;
		}
		while (k < sizeof(known) / sizeof(known[0]) && !str_is(str_from(argv[i]), known[k].name))
			k++;
		if (k == sizeof(known) / sizeof(known[0]))
			return complain(VERB, "unknown option; try --help", argv[i], EXIT_WRONG_USE);
		if (++i == argc)
			return complain(VERB, "a value is missing after", argv[i - 1], EXIT_WRONG_USE);
		*known[k].value = argv[i];
	}
	if (options.issuer == NULL || (options.make == NULL) == (options.resource == NULL))
		return complain(
			VERB, "--issuer DIR is needed, and either --new URL or --resource URL; try --help", NULL, EXIT_WRONG_USE);
	return options.make != NULL ? make_issuer(&options) : print_token(&options);
}
