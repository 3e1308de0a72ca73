/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "page_parts.h"

#define REPLACEMENT 0xfffd
#define MARKS 2 /* that one character may bear; a pile of them covers the lines around */

/* Cuts the next character off the front of `text`; what is no UTF-8 is a replacement character, a byte long. */
static uint32_t next_character(struct str *text)
{
	unsigned char first = (unsigned char)text->p[0];
	size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t character = length == 1 ? first : first & (0x7fu >> length);

	if (first == 0 || length > text->n || !str_is_utf8(str_first(*text, length))) {
		*text = str_skip(*text, 1);
		return first == 0 ? 0 : REPLACEMENT;
	}
	for (size_t i = 1; i < length; i++)
		character = character << 6 | ((unsigned char)text->p[i] & 0x3fu);
	*text = str_skip(*text, length);
	return character;
}

struct range {
	uint32_t from, to;
};

static bool is_in(const struct range *range, size_t n, uint32_t character)
{
	for (size_t i = 0; i < n; i++) {
		if (character >= range[i].from && character <= range[i].to)
			return true;
	}
	return false;
}

static bool is_blank(uint32_t character)
{
	static const struct range blanks[] = { { ' ', ' ' }, { 0xa0, 0xa0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200a },
		{ 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 } };

	return is_in(blanks, sizeof(blanks) / sizeof(blanks[0]), character);
}

/*
 * Controls, what changes the direction of text (UAX 9), what takes no room or shows nothing (Default_Ignorable_Code_Point of
 * Unicode, fillers, the blank pattern of Braille), private use, noncharacters. U+FE0E and U+FE0F pass: they only choose between
 * two looks of the character before.
 */
static bool is_hidden(uint32_t character)
{
	static const struct range hidden[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0x2800, 0x2800 }, { 0x3164, 0x3164 }, { 0xe000, 0xf8ff }, { 0xfdd0, 0xfdef },
		{ 0xfe00, 0xfe0d }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x13430, 0x13455 },
		{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff } };

	return (character & 0xfffe) == 0xfffe || is_in(hidden, sizeof(hidden) / sizeof(hidden[0]), character);
}

/* Marks that are set above or below the character before. */
static bool is_mark(uint32_t character)
{
	static const struct range marks[] = { { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
		{ 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f } };

	return is_in(marks, sizeof(marks) / sizeof(marks[0]), character);
}

static void add_character(struct buf *out, uint32_t character, struct str bytes, bool by_number)
{
	if (is_blank(character))
		buf_add_byte(out, ' ');
	else if (by_number || is_hidden(character))
		buf_print(out, "[U+%04X]", (unsigned)character);
	else if (character == REPLACEMENT)
		buf_add_text(out, "\xef\xbf\xbd");
	else if (character == '&')
		buf_add_text(out, "&amp;");
	else if (character == '<')
		buf_add_text(out, "&lt;");
	else if (character == '>')
		buf_add_text(out, "&gt;");
	else if (character == '"')
		buf_add_text(out, "&quot;");
	else if (character == '\'')
		buf_add_text(out, "&#39;");
	else
		buf_add(out, bytes);
}

void page_text(struct buf *out, struct str text, size_t most)
{
	size_t marks = 0; /* in a row */

	while (text.n != 0 && most != 0) {
		struct str before = text;
		uint32_t character = next_character(&text);

		marks = is_mark(character) ? marks + 1 : 0;
		add_character(out, character, str_first(before, before.n - text.n), marks > MARKS);
		most--;
	}
	if (text.n != 0)
		buf_add_text(out, "\xe2\x80\xa6"); /* ... */
}

bool page_text_is_visible(struct str text)
{
	while (text.n != 0) {
		uint32_t character = next_character(&text);

		if (!is_blank(character) && !is_hidden(character))
			return true;
	}
	return false;
}
