/* SPDX-License-Identifier: MIT */
/* What the tests of server_metadata share: one issuer, its mode, and documents as text. */
#ifndef GATEHOUSE_SERVER_METADATA_FIXTURE_H
#define GATEHOUSE_SERVER_METADATA_FIXTURE_H

#include "unit.h"

#include <string.h>

#include "server_metadata.h"

#define PROVIDER "https://idp.example/t1"
#define GATE "https://gate.example"
#define IDP(path) "\"https://idp.example" path "\""
/* Just enough for a document that can be published. */
#define ENDPOINTS "\"authorization_endpoint\":" IDP("/authorize") ",\"token_endpoint\":" IDP("/token")
#define ISSUER "\"issuer\":\"" PROVIDER "\""
#define S256 "\"code_challenge_methods_supported\":[\"S256\"]"
#define CODE "\"response_types_supported\":[\"code\"]"
#define GOOD ISSUER "," ENDPOINTS "," S256 "," CODE
#define IDP_ISS "\"authorization_response_iss_parameter_supported\":true"

static struct issuer issuer;
static struct settings settings;
static json_t *document;
static struct buf why = { .limit = 4096 };

static inline int begin(void **state)
{
	(void)state;
	issuer = (struct issuer){ .identifier = STR(PROVIDER), .iss = ISS_UNSAID };
	settings = (struct settings){ .issuer = &issuer, .n_issuers = 1, .server = SERVER_AUGMENT };
	return url_parse(issuer.identifier, &issuer.url) ? 0 : -1;
}

static inline int end(void **state)
{
	(void)state;
	json_decref(document);
	document = NULL;
	buf_free(&why);
	return 0;
}

static inline void facade(void)
{
	settings.server = SERVER_FACADE;
	settings.public_issuer = STR(GATE);
	assert_true(url_parse(settings.public_issuer, &settings.public_issuer_url));
	issuer.iss = ISS_NONE;
}

static inline json_t *read(const char *text)
{
	struct json_limits limits = { .bytes = 65536, .depth = 16, .members = 256 };
	json_t *json = json_read_object(str_from(text), limits);

	if (json == NULL)
		fail_msg("no JSON: %s", text);
	return json;
}

/* Builds `document`; the provider's stays as it was. */
static inline bool build(const char *text)
{
	auto_json *provider = read(text);
	auto_json *before = json_deep_copy(provider);

	json_decref(document);
	buf_clear(&why);
	document = server_metadata_build(&settings, &issuer, provider, &why);
	assert_true(json_equal(provider, before));
	assert_int_equal(document == NULL, why.n != 0);
	return document != NULL;
}

static inline void publishes(const char *text)
{
	if (!build(text))
		fail_msg("%s was refused: %.*s", text, STR_ARGS(buf_str(&why)));
}

static inline void refuses(const char *text, const char *reason)
{
	if (build(text))
		fail_msg("%s was published", text);
	buf_add_byte(&why, '\0');
	if (strstr(why.p, reason) == NULL)
		fail_msg("%s is not in: %s", reason, why.p);
}

/* Compares a member with JSON text; NULL: it is not there. */
#define has(name, text) has_at(name, text, __FILE__, __LINE__)
static inline void has_at(const char *name, const char *text, const char *file, int line)
{
	const json_t *member = json_object_get(document, name);
	auto_buf found = BUF(65536);

	if (member != NULL)
		json_write(member, &found);
	if (text == NULL ? member != NULL : !str_is(buf_str(&found), text)) {
		print_error("%s: found %.*s, expected %s\n", name, STR_ARGS(buf_str(&found)),
			text != NULL ? text : "nothing");
		_fail(file, line);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

#endif
