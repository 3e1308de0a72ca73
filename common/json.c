/* SPDX-License-Identifier: MIT */
#include "json.h"

void json_free_pointer(json_t **json)
{
	json_decref(*json);
}

#define CONTAINERS 100000 /* objects and arrays in one text: an empty one costs memory for a hundred times its two bytes */

/*
 * Looks at the brackets alone, before anything is built: hostile depth and hostile breadth then cost one pass over the
 * bytes. Whether the brackets match is the parser's business.
 */
static bool within(struct str text, struct json_limits limits)
{
	size_t depth = 0, members = 0, containers = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.n; i++) {
		char byte = text.p[i];

		/* jansson passes over a NUL that follows a number or a word. */
		if (byte == '\0')
			return false;
		if (in_string) {
			if (byte == '\\')
				i++;
			else if (byte == '"')
				in_string = false;
		} else if (byte == '"') {
			in_string = true;
		} else if (byte == '{' || byte == '[') {
			if (++depth > limits.depth || ++containers > CONTAINERS)
				return false;
		} else if (byte == '}' || byte == ']') {
			if (depth-- == 0)
				return false;
		} else if (byte == ':' && depth == 1) {
			if (++members > limits.members)
				return false;
		}
	}
	return true;
}

static json_t *read_value(struct str text, struct json_limits limits)
{
	if (text.n == 0 || text.n > limits.bytes || !within(text, limits))
		return NULL;
	/* By itself jansson refuses what is not UTF-8, \u0000, a byte order mark, lone surrogates, text after the end. */
	return json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
}

json_t *json_read_object(struct str text, struct json_limits limits)
{
	json_t *json = read_value(text, limits);

	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

json_t *json_read_array(struct str text, struct json_limits limits)
{
	json_t *json = read_value(text, limits);

	if (json_is_array(json))
		return json;
	json_decref(json);
	return NULL;
}

struct str json_text(const json_t *object, const char *name)
{
	const json_t *member = json_object_get(object, name);

	if (!json_is_string(member))
		return STR_NONE;
	return (struct str){ json_string_value(member), json_string_length(member) };
}

const json_t *json_at(const json_t *object, struct str path)
{
	/* The longest name first: `https://example.com/roles` is one member, and so is a client called `my.app`. */
	for (size_t n = path.n; json_is_object(object) && n != 0; n--) {
		const json_t *found;

		if (n != path.n && path.p[n] != '.')
			continue;
		found = json_object_getn(object, path.p, n);
		if (found != NULL && n != path.n)
			found = json_at(found, str_skip(path, n + 1));
		if (found != NULL)
			return found;
	}
	return NULL;
}

void json_remove_at(json_t *object, struct str path)
{
	for (size_t n = path.n; n != 0; n--) {
		if (n == path.n || path.p[n] == '.')
			(void)json_object_deln(object, path.p, n);
	}
}

json_t *json_from_str(struct str text)
{
	return json_stringn(text.n != 0 ? text.p : "", text.n);
}

static int append(const char *bytes, size_t n, void *out)
{
	buf_add(out, (struct str){ bytes, n });
	return 0;
}

void json_write(const json_t *json, struct buf *out)
{
	if (json_dump_callback(json, append, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		out->failed = true;
}
