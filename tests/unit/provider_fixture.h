/* SPDX-License-Identifier: MIT */
/*
 * A provider under test: a web server on loopback, a state directory, a table, settings filled by
 * hand.
 */
#ifndef GATEHOUSE_TEST_PROVIDER_FIXTURE_H
#define GATEHOUSE_TEST_PROVIDER_FIXTURE_H

#include "unit.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "provider.h"
#include "server.h"

#define NOW ((int64_t)1800000000)
#define STALE_LIMIT 3600
#define METADATA "/.well-known/oauth-authorization-server"
#define OPENID "/.well-known/openid-configuration"

/* RFC 8037 appendix A.2: a public key for as many key ids as a test needs. */
#define KEY(kid)                                                                                   \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"                              \
	"7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"kid\":\"" kid "\"}"
#define SECRET_KEY "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"kid\":\"secret\"}"

static struct server *server;
static char folder[64];
static char identifier[128];
static struct settings settings;
static struct issuer issuer;
static struct state state;
static struct table *table;
static struct provider *provider;

static inline void issuer_is(const char *path)
{
	(void)snprintf(identifier, sizeof(identifier), "http://127.0.0.1:%u%s", server->port, path);
	issuer.identifier = str_from(identifier);
	assert_true(url_parse(issuer.identifier, &issuer.url));
}

/* Another process would have this provider: same files and table, no memory. */
static inline void restart(void)
{
	provider_free(provider);
	provider = provider_new(&settings, &issuer, &state, table);
}

static inline int start(void **unused)
{
	auto_buf error = BUF(1024);

	(void)unused;
	server = server_start();
	(void)snprintf(folder, sizeof(folder), "/tmp/gatehouse-provider-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_true(state_open(&state, folder, &error));
	table = table_open(state.directory, "table");
	issuer = (struct issuer){ 0 };
	settings = (struct settings){
		.issuer = &issuer, .n_issuers = 1, .dev = true, .stale_limit = STALE_LIMIT
	};
	issuer_is("");
	provider = NULL;
	restart();
	return 0;
}

static inline int stop(void **unused)
{
	DIR *listing = opendir(folder);
	const struct dirent *entry;

	(void)unused;
	while ((entry = readdir(listing)) != NULL)
		(void)unlinkat(dirfd(listing), entry->d_name, 0);
	(void)closedir(listing);
	provider_free(provider);
	table_close(table);
	state_close(&state);
	server_stop(server);
	return rmdir(folder);
}

/* The document that names `named` as issuer, with its keys at `keys` of the server. */
static inline struct route *serve_document(
    const char *path, const char *headers, const char *named, const char *keys)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
	    "{\"issuer\":\"%s\",\"jwks_uri\":\"http://127.0.0.1:%u%s\"}", named, server->port,
	    keys);
	return server_set(server, path, 200, headers, body);
}

static inline struct route *serve_keys(const char *headers, const char *keys)
{
	char body[2048];

	(void)snprintf(body, sizeof(body), "{\"keys\":[%s]}", keys);
	return server_set(server, "/jwks", 200, headers, body);
}

/* A provider as it should be: one key, "one". */
static inline void serve_well(void)
{
	(void)serve_document(METADATA, JSON_TYPE, identifier, "/jwks");
	(void)serve_keys(JSON_TYPE, KEY("one"));
}

static inline unsigned hits(const char *path)
{
	for (size_t i = 0; i < server->n; i++) {
		if (strcmp(server->route[i].path, path) == 0)
			return server->route[i].hits;
	}
	return 0;
}

static inline enum provider_answer ask(const char *kid, int64_t now)
{
	const struct jwk_set *keys;
	enum provider_answer answer = provider_keys(provider, str_from(kid), now, &keys);

	assert_true((answer == PROVIDER_READY) == (keys != NULL));
	return answer;
}

static inline enum provider_answer ask_document(int64_t now)
{
	const json_t *document;
	enum provider_answer answer = provider_document(provider, now, &document);

	assert_true((answer == PROVIDER_READY) == (document != NULL));
	if (document != NULL)
		assert_true(str_eq(json_text(document, "issuer"), issuer.identifier));
	return answer;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

/* The generation once old keys were asked for anew, as a program does after each answer. */
static inline uint64_t generation_at(struct provider *which, int64_t now)
{
	provider_maintain(which, now);
	return provider_keys_generation(which, now);
}

#endif
