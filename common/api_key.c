/* SPDX-License-Identifier: MIT */
#include "api_key.h"

#include <stdlib.h>

#include "lines.h"

#define ID_BYTES 64
#define WORDS (LINE_WORDS / 2)

/* A line while it is read. */
struct making {
	struct api_key key;
	struct principal principal;
	struct str scope[WORDS], group[WORDS];
	const char *expected; /* what should have stood in the place of `found` */
	struct str found;
};

static bool fail(struct making *making, struct str found, const char *expected)
{
	making->found = found;
	making->expected = expected;
	return false;
}

static bool add(struct words *words, struct str word)
{
	words->word[words->n++] = word;
	return word.n != 0;
}

/* One pair of words; `disabled` stands alone and is not among them. */
static bool read_pair(struct making *making, struct str name, struct str value)
{
	struct principal *principal = &making->principal;

	if (str_is(name, "owner"))
		return (value.n != 0 && principal->name.n == 0) || fail(making, value, "one name after owner");
	if (str_is(name, "scope"))
		return add(&principal->scopes, value) || fail(making, value, "a scope");
	if (str_is(name, "group"))
		return add(&principal->groups, value) || fail(making, value, "a group");
	if (str_is(name, "created"))
		return line_time(value, &making->key.created) ||
			fail(making, value, "a time such as 2026-11-21 or 2026-11-21T08:00:00Z");
	if (str_is(name, "expires"))
		return line_time(value, &principal->expires) ||
			fail(making, value, "a time such as 2026-11-21 or 2026-11-21T08:00:00Z");
	return fail(making, name, "owner, scope, group, created, expires or disabled");
}

bool api_key_is_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' &&
			c != '.')
			return false;
	}
	return s.n != 0 && s.n <= ID_BYTES;
}

static bool read_line(const struct line *line, struct making *making)
{
	struct principal *principal = &making->principal;
	size_t i = 2;

	if (line->fault != NULL)
		return fail(making, str_from(line->fault), "64 words at most, in UTF-8, whose quotes end");
	principal->id = line->word[0];
	if (!api_key_is_id(principal->id))
		return fail(making, principal->id, "an id of letters, digits, -, _ and .");
	if (line->n < 2 || !line_digest(line->word[1], making->key.digest))
		return fail(making, line->n < 2 ? STR("nothing") : STR("something else"), "sha256: and 64 digits after the id");
	while (i < line->n) {
		if (str_is(line->word[i], "disabled")) {
			making->key.disabled = true;
			i++;
			continue;
		}
		if (i + 1 == line->n)
			return fail(making, line->word[i], "a value after it");
		if (!read_pair(making, line->word[i], line->word[i + 1]))
			return false;
		if (str_is(line->word[i], "owner"))
			principal->name = line->word[i + 1];
		i += 2;
	}
	return true;
}

static const struct api_key *find_id(const struct api_keys *keys, struct str id)
{
	for (size_t i = 0; i < keys->n; i++) {
		if (str_eq(keys->key[i].principal->id, id))
			return &keys->key[i];
	}
	return NULL;
}

static void keep(struct api_keys *keys, struct making *making, const struct issuer *issuer)
{
	struct principal *principal = &making->principal;
	auto_buf subject = BUF(ID_BYTES + 8);
	size_t bytes;

	buf_add_text(&subject, "key:");
	buf_add(&subject, principal->id);
	principal->issuer = issuer;
	principal->subject = buf_str(&subject);
	principal->user = principal->name.n != 0 ? principal->name : principal->subject;
	making->key.principal = principal_copy(principal, &bytes);
	keys->key = memory_resize(keys->key, (keys->n + 1) * sizeof(struct api_key));
	keys->key[keys->n++] = making->key;
}

struct api_keys *api_keys_read(struct str text, const struct issuer *issuer, struct buf *faults)
{
	struct api_keys *keys = memory_new(sizeof(*keys));
	struct line line = { 0 };
	size_t before = faults->n;

	while (line_next(&text, &line)) {
		struct making making = { .key = { .line = line.number }, .principal = { .expires = INT64_MAX } };

		making.principal.scopes.word = making.scope;
		making.principal.groups.word = making.group;
		if (read_line(&line, &making) && find_id(keys, making.principal.id) != NULL)
			(void)fail(&making, making.principal.id, "each id once");
		if (making.expected == NULL && keys->n == API_KEYS_MOST)
			(void)fail(&making, STR("more keys"), "4096 at most");
		if (making.expected == NULL)
			keep(keys, &making, issuer);
		else
			buf_print(faults, "%u: found %.*s, expected %s\n", line.number, STR_ARGS(str_first(making.found, 100)),
				making.expected);
	}
	if (faults->n == before && !faults->failed)
		return keys;
	api_keys_free(keys);
	return NULL;
}

void api_keys_free(struct api_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->n; i++)
		free((void *)(uintptr_t)keys->key[i].principal);
	free(keys->key);
	free(keys);
}

enum outcome api_keys_find(const struct api_keys *keys, const unsigned char digest[API_KEY_DIGEST_BYTES], int64_t now,
	const struct principal **principal)
{
	const struct str wanted = { (const char *)digest, API_KEY_DIGEST_BYTES };
	const struct api_key *found = NULL;

	*principal = NULL;
	for (size_t i = 0; i < keys->n; i++) {
		if (str_eq_secret(wanted, (struct str){ (const char *)keys->key[i].digest, API_KEY_DIGEST_BYTES }))
			found = &keys->key[i];
	}
	if (found == NULL)
		return OUTCOME_UNKNOWN_API_KEY;
	if (found->disabled)
		return OUTCOME_REVOKED;
	if (now >= found->principal->expires)
		return OUTCOME_EXPIRED;
	*principal = found->principal;
	return OUTCOME_ALLOW;
}
