/* SPDX-License-Identifier: MIT */
/* What the tests of keys share: published keys, one member of them changed, and whether the key is still of use. */
#ifndef GATEHOUSE_TEST_JWK_FIXTURE_H
#define GATEHOUSE_TEST_JWK_FIXTURE_H

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "jwk.h"
#include "keys.h"

#define auto_set __attribute__((cleanup(free_set))) struct jwk_set

static inline void free_set(struct jwk_set **set)
{
	jwk_set_free(*set);
}

static inline struct jwk_set *read_text(const char *text)
{
	auto_json *document = json_of(text);

	return jwk_set_read(document);
}

static inline struct jwk_set *read_vector_set(const char *name)
{
	auto_free char *text = read_vector(name);

	return read_text(text);
}

/* The only key of a published set. new */
static inline json_t *vector_key(const char *name)
{
	auto_free char *text = read_vector(name);
	auto_json *document = json_of(text);

	return json_incref(json_array_get(json_object_get(document, "keys"), 0));
}

/* The set of this one key (taken). */
static inline struct jwk_set *set_of(json_t *key)
{
	auto_json *document = json_pack("{s:[o]}", "keys", key);

	return jwk_set_read(document);
}

static inline bool usable(json_t *key)
{
	auto_set *set = set_of(key);

	assert_non_null(set);
	assert_int_equal(set->n + set->skipped, 1);
	return set->n == 1;
}

/* `key` (taken) with member `name` made `value` (JSON), or taken away when that is NULL. */
static inline json_t *with(json_t *key, const char *name, const char *value)
{
	if (value == NULL)
		json_object_del(key, name);
	else
		json_object_set_new(key, name, json_loads(value, JSON_DECODE_ANY, NULL));
	return key;
}

static inline json_t *with_bytes(json_t *key, const char *name, const unsigned char *bytes, size_t n)
{
	set_bytes(key, name, bytes, n);
	return key;
}

#endif
