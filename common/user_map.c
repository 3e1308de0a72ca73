/* SPDX-License-Identifier: MIT */
#include "user_map.h"

#include <stdlib.h>

#include "lines.h"
#include "siphash.h"

#define NAME_BYTES 255
#define EMAIL_BYTES 320

struct entry {
	uint64_t hash;
	bool is_email;
	struct str value, issuer, name;
	unsigned line;
};

struct user_map {
	const struct settings *settings;
	char *text; /* a copy, to which the entries point */
	struct entry *entry;
	size_t n, capacity;
};

/* E-mail addresses are looked up in lower case. */
static uint64_t hash_of(bool is_email, struct str value, struct str issuer)
{
	auto_buf lower = BUF(EMAIL_BYTES);

	for (size_t i = 0; is_email && i < value.n; i++)
		buf_add_byte(&lower, value.p[i] >= 'A' && value.p[i] <= 'Z' ? (char)(value.p[i] + ('a' - 'A')) : value.p[i]);
	return siphash_texts(is_email ? 'e' : 's', is_email ? buf_str(&lower) : value, issuer);
}

/* NULL, or what was expected. */
static const char *read_line(const struct line *line, const struct settings *settings, struct entry *entry)
{
	if (line->fault != NULL)
		return "64 words at most, in UTF-8, whose quotes end";
	entry->is_email = str_is(line->word[0], "email");
	if (!entry->is_email && !str_is(line->word[0], "subject"))
		return "subject or email";
	if (line->n != 6 || !str_is(line->word[2], "from") || !str_is(line->word[4], "is"))
		return "VALUE from ISSUER is NAME after it";
	entry->value = line->word[1];
	entry->issuer = settings_people_of(settings, line->word[3]);
	entry->name = line->word[5];
	entry->line = line->number;
	if (entry->value.n == 0 || entry->name.n == 0 || entry->name.n > NAME_BYTES)
		return "a value and a name of at most 255 bytes";
	if (!settings_knows_issuer(settings, line->word[3]))
		return "an issuer of the settings after from";
	if (entry->is_email && (!str_has(entry->value, '@') || entry->value.n > EMAIL_BYTES))
		return "an e-mail address";
	entry->hash = hash_of(entry->is_email, entry->value, entry->issuer);
	return NULL;
}

static int by_hash_and_line(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return one->line < other->line ? -1 : one->line > other->line;
}

static void keep(struct user_map *map, const struct entry *entry)
{
	if (map->n == map->capacity) {
		map->capacity = map->capacity != 0 ? 2 * map->capacity : 64;
		map->entry = memory_resize(map->entry, map->capacity * sizeof(*map->entry));
	}
	map->entry[map->n++] = *entry;
}

static bool same_person(const struct entry *a, const struct entry *b)
{
	return a->hash == b->hash && a->is_email == b->is_email && str_eq(a->issuer, b->issuer) &&
		(a->is_email ? str_eq_nocase(a->value, b->value) : str_eq(a->value, b->value));
}

static void tell(struct buf *faults, unsigned line, struct str found, const char *expected)
{
	buf_print(faults, "%u: found %.*s, expected %s\n", line, STR_ARGS(str_first(found, 100)), expected);
}

struct user_map *user_map_read(struct str text, const struct settings *settings, struct buf *faults)
{
	struct user_map *map = memory_new(sizeof(*map));
	size_t before = faults->n;
	struct line line = { 0 };
	struct str rest;

	map->settings = settings;
	map->text = str_copy(text);
	rest = (struct str){ map->text, text.n };
	while (line_next(&rest, &line)) {
		struct entry entry = { 0 };
		const char *expected = map->n == USER_MAP_MOST ? "65536 lines at most" : read_line(&line, settings, &entry);

		if (expected == NULL)
			keep(map, &entry);
		else
			tell(faults, line.number, line.fault != NULL ? str_from(line.fault) : line.word[0], expected);
	}
	if (map->n != 0)
		qsort(map->entry, map->n, sizeof(*map->entry), by_hash_and_line);
	for (size_t i = 1; i < map->n; i++) {
		if (same_person(&map->entry[i - 1], &map->entry[i]))
			tell(faults, map->entry[i].line, map->entry[i].value, "each person once");
	}
	if (faults->n == before && !faults->failed)
		return map;
	user_map_free(map);
	return NULL;
}

void user_map_free(struct user_map *map)
{
	if (map == NULL)
		return;
	free(map->text);
	free(map->entry);
	free(map);
}

static struct str find(const struct user_map *map, bool is_email, struct str value, struct str issuer)
{
	const struct entry wanted = { hash_of(is_email, value, issuer), is_email, value, issuer, STR_NONE, 0 };
	size_t low = 0, high = map->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entry[middle].hash < wanted.hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < map->n && map->entry[low].hash == wanted.hash; low++) {
		if (same_person(&map->entry[low], &wanted))
			return map->entry[low].name;
	}
	return STR_NONE;
}

struct str user_map_find(const struct user_map *map, const struct principal *principal)
{
	struct str issuer = settings_people_of(map->settings, principal->issuer->identifier);
	struct str name = find(map, false, principal->subject, issuer);

	if (name.n == 0 && principal->email_verified && principal->email.n != 0)
		name = find(map, true, principal->email, issuer);
	return name;
}
