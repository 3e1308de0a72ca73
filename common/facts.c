/* SPDX-License-Identifier: MIT */
#include "facts.h"

#define SCOPES_BYTES (64 * 1024)
#define VALUE_BYTES 96 /* of memory for a value, beside its text */

static void set(json_t *object, const char *name, json_t *value)
{
	(void)json_object_set_new(object, name, value);
}

static json_t *list_of(const struct words *words)
{
	json_t *list = json_array();

	for (size_t i = 0; i < words->n; i++)
		(void)json_array_append_new(list, json_from_str(words->word[i]));
	return list;
}

static json_t *joined(const struct words *words)
{
	auto_buf text = BUF(SCOPES_BYTES);

	for (size_t i = 0; i < words->n; i++) {
		if (i != 0)
			buf_add_byte(&text, ' ');
		buf_add(&text, words->word[i]);
	}
	return json_from_str(buf_str(&text));
}

static json_t *jwt_of(const struct principal *principal, const json_t *claims)
{
	json_t *jwt = claims != NULL ? json_copy((json_t *)(uintptr_t)claims) : json_object();

	set(jwt, "scope", joined(&principal->scopes));
	if (json_object_get(jwt, "iss") == NULL)
		set(jwt, "iss", json_from_str(principal->issuer->identifier));
	if (json_object_get(jwt, "sub") == NULL)
		set(jwt, "sub", json_from_str(principal->subject));
	return jwt;
}

json_t *facts_new(const struct principal *principal, const json_t *claims)
{
	json_t *facts = json_object(), *object = json_object();

	set(object, "issuer", json_from_str(principal->issuer->identifier));
	set(object, "subject", json_from_str(principal->subject));
	set(object, "user", json_from_str(principal->user));
	set(object, "client", json_from_str(principal->client));
	set(object, "is_client", json_boolean(principal->is_client));
	set(object, "email", json_from_str(principal->email));
	set(object, "email_verified", json_boolean(principal->email_verified));
	set(object, "hosted_domain", json_from_str(principal->hosted_domain));
	/* Of an unfinished list nobody can tell that somebody is not in it. */
	if (!principal->groups_overage)
		set(object, "groups", list_of(&principal->groups));
	set(object, "scopes", list_of(&principal->scopes));
	set(facts, "jwt", jwt_of(principal, claims));
	set(facts, "principal", object);
	return facts;
}

size_t facts_bytes(const json_t *facts)
{
	size_t bytes = VALUE_BYTES, index;
	const json_t *value;
	const char *name;

	switch (json_typeof(facts)) {
	case JSON_OBJECT:
		json_object_foreach ((json_t *)(uintptr_t)facts, name, value)
			bytes += VALUE_BYTES + str_from(name).n + facts_bytes(value);
		break;
	case JSON_ARRAY:
		json_array_foreach (facts, index, value)
			bytes += facts_bytes(value);
		break;
	case JSON_STRING:
		bytes += json_string_length(facts);
		break;
	default:
		break;
	}
	return bytes;
}
