/* SPDX-License-Identifier: MIT */
#include "client_metadata.h"

#define NAME_CHARACTERS 200

const json_t *client_metadata_said(const json_t *metadata, const char *name)
{
	const json_t *member = json_object_get(metadata, name);

	return json_is_null(member) ? NULL : member;
}

struct str client_metadata_text(const json_t *item)
{
	return (struct str){ json_string_value(item), json_string_length(item) };
}

bool client_metadata_has(const json_t *array, const char *word)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (str_is(client_metadata_text(json_array_get(array, i)), word))
			return true;
	}
	return false;
}

/*
 * The control characters above U+007F (C2 80 to C2 9F), and those that end a line or turn its direction: U+2028 to U+202E (E2 80 A8
 * to E2 80 AE) and U+2066 to U+2069 (E2 81 A6 to E2 81 A9). With them a name could be shown as another.
 */
static bool starts_with_control(struct str text)
{
	const unsigned char *byte = (const unsigned char *)text.p;

	if (text.n >= 2 && byte[0] == 0xc2)
		return byte[1] < 0xa0;
	return text.n >= 3 && byte[0] == 0xe2 &&
		((byte[1] == 0x80 && byte[2] >= 0xa8 && byte[2] <= 0xae) ||
			(byte[1] == 0x81 && byte[2] >= 0xa6 && byte[2] <= 0xa9));
}

/* JSON is UTF-8, so every character has one byte that continues none. */
static bool is_name(struct str name)
{
	size_t characters = 0;

	for (struct str rest = name; rest.n != 0; rest = str_skip(rest, 1)) {
		if (starts_with_control(rest))
			return false;
		characters += ((unsigned char)rest.p[0] & 0xc0) != 0x80;
	}
	return characters <= NAME_CHARACTERS && str_is_printable(name);
}

const char *client_metadata_name_fault(const json_t *metadata)
{
	const json_t *name = client_metadata_said(metadata, "client_name");

	if (name == NULL || (json_is_string(name) && is_name(client_metadata_text(name))))
		return NULL;
	return "client_name must be a text of at most 200 characters, none of them a control one";
}

/* Left out, grants and response types mean the code flow (RFC 7591 2). */
const char *client_metadata_flow_fault(const json_t *metadata)
{
	const json_t *grants = client_metadata_said(metadata, "grant_types");
	const json_t *responses = client_metadata_said(metadata, "response_types");
	const json_t *type = client_metadata_said(metadata, "application_type");
	struct str word = client_metadata_text(type);

	if (grants != NULL && !client_metadata_has(grants, "authorization_code"))
		return "grant_types must have authorization_code";
	if (responses != NULL && !client_metadata_has(responses, "code"))
		return "response_types must have code";
	/* OpenID Connect Registration 2; MCP asks clients to say `native`. */
	if (type != NULL && !str_is(word, "native") && !str_is(word, "web"))
		return "application_type must be native or web";
	if (client_metadata_said(metadata, "jwks") != NULL && client_metadata_said(metadata, "jwks_uri") != NULL)
		return "jwks and jwks_uri exclude each other";
	return NULL;
}
