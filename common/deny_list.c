/* SPDX-License-Identifier: MIT */
#include "deny_list.h"

#include <stdlib.h>

#include "lines.h"
#include "siphash.h"

#define SHOWN_BYTES 12 /* of a word that is no kind: it may be a token in the wrong place */

/* The kinds of lines; the number is part of the hash. */
enum kind { SUBJECT, CLIENT, ID, GRANT, TOKEN, KINDS };
static const char *const kind_names[KINDS] = { "subject", "client", "jti", "grant", "token" };

struct entry {
	uint64_t hash;
	enum kind kind;
	struct str value;  /* of a token: the 32 bytes of its digest */
	struct str issuer; /* as settings_people_of has it; empty: any */
	int64_t until;     /* INT64_MAX: for good */
};

struct deny_list {
	const struct settings *settings;
	char *text; /* a copy, to which the entries point */
	struct entry *entry;
	size_t n, capacity;
	bool names_tokens;
	unsigned char (*digest)[32];
};

static uint64_t hash_of(enum kind kind, struct str value)
{
	return siphash_texts((char)kind, value, STR_NONE);
}

static const char *read_pair(struct str name, struct str value, const struct settings *settings, struct entry *entry)
{
	if (str_is(name, "from") && entry->kind != TOKEN && entry->issuer.n == 0) {
		entry->issuer = settings_people_of(settings, value);
		return settings_knows_issuer(settings, value) ? NULL : "an issuer of the settings after from";
	}
	if (str_is(name, "until"))
		return line_time(value, &entry->until) ? NULL : "a time such as 2026-11-21 or 2026-11-21T08:00:00Z after until";
	return "from ISSUER or until TIME after the value";
}

/* NULL, or what was expected. `digest` is the place for that of a token. */
static const char *read_line(
	const struct line *line, const struct settings *settings, struct entry *entry, unsigned char digest[32])
{
	int kind = 0;

	if (line->fault != NULL)
		return "64 words at most, in UTF-8, whose quotes end";
	while (kind < KINDS && !str_is(line->word[0], kind_names[kind]))
		kind++;
	if (kind == KINDS)
		return "subject, client, jti, grant or token";
	*entry = (struct entry){ .kind = (enum kind)kind, .until = INT64_MAX };
	if (line->n < 2 || line->word[1].n == 0)
		return "a value after it";
	entry->value = line->word[1];
	if (entry->kind == TOKEN && !line_digest(entry->value, digest))
		return "sha256: and 64 digits after token, never the token itself";
	if (line->n % 2 != 0)
		return "from ISSUER or until TIME after the value";
	for (size_t i = 2; i < line->n; i += 2) {
		const char *expected = read_pair(line->word[i], line->word[i + 1], settings, entry);

		if (expected != NULL)
			return expected;
	}
	return NULL;
}

static void keep(struct deny_list *list, const struct entry *entry, const unsigned char digest[32])
{
	if (list->n == list->capacity) {
		list->capacity = list->capacity != 0 ? 2 * list->capacity : 64;
		list->entry = memory_resize(list->entry, list->capacity * sizeof(*list->entry));
		list->digest = memory_resize(list->digest, list->capacity * sizeof(*list->digest));
	}
	for (size_t i = 0; entry->kind == TOKEN && i < 32; i++)
		list->digest[list->n][i] = digest[i];
	list->names_tokens = list->names_tokens || entry->kind == TOKEN;
	list->entry[list->n++] = *entry;
}

static int by_hash(const void *a, const void *b)
{
	uint64_t one = ((const struct entry *)a)->hash, other = ((const struct entry *)b)->hash;

	return one < other ? -1 : one > other;
}

/* The array of digests has come to rest, so the entries may point into it. */
static void sort(struct deny_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct entry *entry = &list->entry[i];

		if (entry->kind == TOKEN)
			entry->value = (struct str){ (const char *)list->digest[i], 32 };
		entry->hash = hash_of(entry->kind, entry->value);
	}
	if (list->n != 0)
		qsort(list->entry, list->n, sizeof(*list->entry), by_hash);
}

struct deny_list *deny_list_read(struct str text, const struct settings *settings, struct buf *faults)
{
	struct deny_list *list = memory_new(sizeof(*list));
	struct line line = { 0 };
	struct str rest;

	list->settings = settings;
	list->text = str_copy(text);
	rest = (struct str){ list->text, text.n };
	while (line_next(&rest, &line)) {
		unsigned char digest[32] = { 0 };
		struct entry entry;
		const char *expected = read_line(&line, settings, &entry, digest);

		if (expected == NULL && list->n == DENY_LIST_MOST)
			expected = "65536 lines at most";
		if (expected == NULL)
			keep(list, &entry, digest);
		else
			buf_print(faults, "%u: found %.*s, expected %s\n", line.number,
				STR_ARGS(line.fault != NULL ? str_from(line.fault) : str_first(line.word[0], SHOWN_BYTES)),
				expected);
	}
	sort(list);
	return list;
}

void deny_list_free(struct deny_list *list)
{
	if (list == NULL)
		return;
	free(list->text);
	free(list->entry);
	free(list->digest);
	free(list);
}

size_t deny_list_size(const struct deny_list *list)
{
	return list->n;
}

bool deny_list_names_tokens(const struct deny_list *list)
{
	return list->names_tokens;
}

static bool has(const struct deny_list *list, enum kind kind, struct str value, struct str issuer, int64_t now)
{
	uint64_t hash = hash_of(kind, value);
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->entry[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < list->n && list->entry[low].hash == hash; low++) {
		const struct entry *entry = &list->entry[low];

		if (entry->kind == kind && str_eq(entry->value, value) && now < entry->until &&
			(entry->issuer.n == 0 || str_eq(entry->issuer, issuer)))
			return true;
	}
	return false;
}

enum outcome deny_list_judge(
	const struct deny_list *list, const struct principal *principal, const unsigned char digest[32], int64_t now)
{
	struct str issuer = settings_people_of(list->settings, principal->issuer->identifier);

	if (list->n == 0)
		return OUTCOME_ALLOW;
	if (has(list, SUBJECT, principal->subject, issuer, now) ||
		(principal->client.n != 0 && has(list, CLIENT, principal->client, issuer, now)))
		return OUTCOME_DENIED;
	if ((principal->id.n != 0 && has(list, ID, principal->id, issuer, now)) ||
		(principal->grant.n != 0 && has(list, GRANT, principal->grant, issuer, now)) ||
		has(list, TOKEN, (struct str){ (const char *)digest, 32 }, issuer, now))
		return OUTCOME_REVOKED;
	return OUTCOME_ALLOW;
}
