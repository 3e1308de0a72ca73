/* SPDX-License-Identifier: MIT */
#include "settings_parts.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 16384
#define SHOWN_BYTES 100

/* All memory of some settings: a chain of blocks, the newest first. */
struct memory {
	struct memory *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

void *draft_memory(struct draft *draft, size_t bytes)
{
	struct memory *memory = draft->settings->memory;
	size_t wanted = (bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	void *piece;

	if (memory == NULL || memory->size - memory->used < wanted) {
		size_t size = wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES;

		memory = memory_new(sizeof(struct memory) + size);
		memory->next = draft->settings->memory;
		memory->size = size;
		draft->settings->memory = memory;
	}
	piece = memory->bytes + memory->used;
	memory->used += wanted;
	return piece;
}

void draft_memory_free(void *first)
{
	struct memory *memory = first;

	while (memory != NULL) {
		struct memory *next = memory->next;

		/* Secrets are among it. */
		explicit_bzero(memory->bytes, memory->used);
		free(memory);
		memory = next;
	}
}

struct str draft_text(struct draft *draft, struct str text)
{
	char *copy = draft_memory(draft, text.n + 1);

	if (text.n != 0)
		memcpy(copy, text.p, text.n);
	return (struct str){ copy, text.n };
}

/* Room for one more of `items`; the old array stays in memory until all of it goes. */
static void *grown(struct draft *draft, const void *items, size_t n, size_t *capacity, size_t bytes)
{
	void *more;

	*capacity = *capacity != 0 ? 2 * *capacity : 4;
	more = draft_memory(draft, *capacity * bytes);
	if (n != 0)
		memcpy(more, items, n * bytes);
	return more;
}

struct entry *draft_add_entry(struct draft *draft, struct entries *entries)
{
	if (entries->n == entries->capacity)
		entries->entry = grown(draft, entries->entry, entries->n, &entries->capacity, sizeof(struct entry));
	return &entries->entry[entries->n++];
}

void draft_add_word(struct draft *draft, struct entry *entry, struct word word)
{
	if (entry->n == entry->capacity)
		entry->word = grown(draft, entry->word, entry->n, &entry->capacity, sizeof(struct word));
	entry->word[entry->n++] = word;
}

void draft_words_add(struct draft *draft, struct words *words, size_t most, struct str word)
{
	if (words->word == NULL)
		words->word = draft_memory(draft, most * sizeof(struct str));
	words->word[words->n++] = word;
}

void draft_words_add_once(struct draft *draft, struct words *words, size_t most, struct str word)
{
	if (!words_have(words, word))
		draft_words_add(draft, words, most, word);
}

struct str draft_show(struct draft *draft, struct str text)
{
	char *shown;

	if (text.n == 0)
		return STR("nothing");
	shown = draft_memory(draft, SHOWN_BYTES + 6);
	shown[0] = '"';
	for (size_t i = 0; i < text.n && i < SHOWN_BYTES; i++)
		shown[i + 1] = (unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f ? '?' : text.p[i];
	if (text.n > SHOWN_BYTES)
		memcpy(shown + 1 + SHOWN_BYTES, "...\"", 4);
	else
		shown[1 + text.n] = '"';
	return str_from(shown);
}

static void add_place(struct buf *out, struct place place)
{
	if (place.name == NULL)
		buf_add_text(out, "settings");
	else if (place.line == 0)
		buf_add_text(out, place.name);
	else
		buf_print(out, "%s:%u:%u", place.name, place.line, place.column);
}

struct str place_text(struct draft *draft, struct place place)
{
	auto_buf text = BUF(SETTINGS_FILE_BYTES);

	add_place(&text, place);
	return draft_text(draft, buf_str(&text));
}

static void message(struct buf *out, struct place place, const char *format, va_list arguments) PRINTF_LIKE(3, 0);

static void message(struct buf *out, struct place place, const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		abort();
	add_place(out, place);
	buf_print(out, ": %s\n", text);
	free(text);
}

void draft_error(struct draft *draft, struct place place, const char *format, ...)
{
	va_list arguments;

	draft->n_errors++;
	if (draft->n_errors > MOST_ERRORS + 1)
		return;
	if (draft->n_errors == MOST_ERRORS + 1) {
		buf_add_text(draft->errors, "settings: and more; mend these first\n");
		return;
	}
	va_start(arguments, format);
	message(draft->errors, place, format, arguments);
	va_end(arguments);
}

void draft_note(struct draft *draft, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message(draft->notes, place, format, arguments);
	va_end(arguments);
}
