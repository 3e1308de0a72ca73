/* SPDX-License-Identifier: MIT */
#include "keyring.h"

#include "log.h"

#define INDEX_BYTES 65536

struct str keyring_kid(const json_t *entry)
{
	return json_text(json_object_get(entry, "key"), "kid");
}

json_int_t keyring_time(const json_t *entry, const char *member)
{
	return json_integer_value(json_object_get(entry, member));
}

/* A kid becomes a part of a file's name: base64url and nothing else (RFC 7638). What stands here is published: no private key. */
static bool is_entry(const json_t *entry)
{
	struct str kid = keyring_kid(entry);

	for (size_t i = 0; i < kid.n; i++) {
		char c = kid.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return kid.n != 0 && kid.n <= 64 && json_object_get(json_object_get(entry, "key"), "d") == NULL;
}

json_t *keyring_read(const struct state *state)
{
	auto_buf text = BUF(INDEX_BYTES);
	json_t *ring, *entry;
	size_t i;
	bool good;

	if (!state_read(state, KEYRING_INDEX, &text))
		return NULL;
	ring = json_read_object(buf_str(&text), (struct json_limits){ INDEX_BYTES, 8, 8 });
	good = is_entry(json_object_get(ring, "signing")) && is_entry(json_object_get(ring, "next")) &&
		json_is_array(json_object_get(ring, "retired"));
	json_array_foreach (json_object_get(ring, "retired"), i, entry)
		good = good && is_entry(entry);
	if (good)
		return ring;
	log_event(LOG_ERROR, "keyring_refused", "%s/%s is broken: move it away, and gatehouse keys init makes new keys",
		state->path, KEYRING_INDEX);
	json_decref(ring);
	return NULL;
}

bool keyring_write(const struct state *state, const json_t *ring)
{
	auto_buf text = BUF(INDEX_BYTES);

	json_write(ring, &text);
	return !text.failed && state_replace(state, KEYRING_INDEX, buf_str(&text));
}

void keyring_file(struct str kid, struct buf *name)
{
	buf_print(name, KEYRING_PREFIX "%.*s" KEYRING_SUFFIX, STR_ARGS(kid));
}

json_t *keyring_public(const json_t *ring, int64_t now, int64_t *until)
{
	json_t *keys = json_array(), *entry;
	int64_t first = 0;
	size_t i;

	(void)json_array_append(keys, json_object_get(json_object_get(ring, "signing"), "key"));
	(void)json_array_append(keys, json_object_get(json_object_get(ring, "next"), "key"));
	json_array_foreach (json_object_get(ring, "retired"), i, entry) {
		int64_t end = keyring_time(entry, "until");

		if (end <= now)
			continue;
		(void)json_array_append(keys, json_object_get(entry, "key"));
		if (first == 0 || end < first)
			first = end;
	}
	if (until != NULL)
		*until = first;
	return json_pack("{s:o}", "keys", keys);
}
