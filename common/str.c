/* SPDX-License-Identifier: MIT */
#include "str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void free_pointer(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

struct str str_from(const char *text)
{
	return (struct str){ text, text != NULL ? strlen(text) : 0 };
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(struct str a, const char *text)
{
	return str_eq(a, str_from(text));
}

static unsigned char lower(char byte)
{
	unsigned char c = (unsigned char)byte;

	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

bool str_eq_secret(struct str a, struct str b)
{
	unsigned char differs = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		differs = (unsigned char)(differs | (unsigned char)(a.p[i] ^ b.p[i]));
	return differs == 0;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_first(s, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_skip(s, s.n - suffix.n), suffix);
}

bool str_has(struct str s, char byte)
{
	return s.n != 0 && memchr(s.p, byte, s.n) != NULL;
}

bool str_is_printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	}
	return true;
}

/* Length of the well-formed UTF-8 sequence at p, 0 if there is none (RFC 3629 section 4). */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (p[0] >= 0x01 && p[0] <= 0x7f)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (n < length)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* overlong */
	else if (p[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (p[0] == 0xf0)
		low = 0x90; /* overlong */
	else if (p[0] == 0xf4)
		high = 0x8f; /* past U+10FFFF */
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}
	return length;
}

bool str_is_utf8(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t length = utf8_length((const unsigned char *)s.p + i, s.n - i);

		if (length == 0)
			return false;
		i += length;
	}
	return true;
}

bool str_matches(struct str name, struct str pattern)
{
	struct str after = STR_NONE, rest = STR_NONE;
	bool starred = false;

	/* The last star seen may stand for one byte more; that is all there is to go back to. */
	for (;;) {
		if (pattern.n != 0 && pattern.p[0] == '*') {
			starred = true;
			after = pattern = str_skip(pattern, 1);
			rest = name;
		} else if (pattern.n != 0 && name.n != 0 && pattern.p[0] == name.p[0]) {
			pattern = str_skip(pattern, 1);
			name = str_skip(name, 1);
		} else if (pattern.n == 0 && name.n == 0) {
			return true;
		} else if (starred && rest.n != 0) {
			pattern = after;
			name = rest = str_skip(rest, 1);
		} else {
			return false;
		}
	}
}

struct str str_skip(struct str s, size_t bytes)
{
	if (bytes > s.n)
		bytes = s.n;
	return bytes == 0 ? s : (struct str){ s.p + bytes, s.n - bytes };
}

struct str str_first(struct str s, size_t bytes)
{
	return (struct str){ s.p, bytes < s.n ? bytes : s.n };
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

struct str str_trim(struct str s)
{
	while (s.n != 0 && is_blank(s.p[0]))
		s = str_skip(s, 1);
	while (s.n != 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_cut(struct str *rest, char separator, struct str *piece)
{
	const char *found;

	if (rest->p == NULL)
		return false;
	found = rest->n != 0 ? memchr(rest->p, separator, rest->n) : NULL;
	if (found == NULL) {
		*piece = *rest;
		*rest = STR_NONE;
		return true;
	}
	*piece = str_first(*rest, (size_t)(found - rest->p));
	*rest = str_skip(*rest, piece->n + 1);
	return true;
}

bool str_word(struct str *rest, struct str *word)
{
	size_t n = 0;

	while (rest->n != 0 && rest->p[0] == ' ')
		*rest = str_skip(*rest, 1);
	while (n < rest->n && rest->p[n] != ' ')
		n++;
	*word = str_first(*rest, n);
	*rest = str_skip(*rest, n);
	return n != 0;
}

bool str_number(struct str s, uint64_t highest, uint64_t *number)
{
	uint64_t value = 0;

	if (s.n == 0 || s.n > 19)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (value > highest)
		return false;
	*number = value;
	return true;
}

void *memory_new(size_t bytes)
{
	return memory_resize(NULL, bytes);
}

void *memory_resize(void *memory, size_t bytes)
{
	void *resized = realloc(memory, bytes != 0 ? bytes : 1);

	if (resized == NULL) {
		fputs("gatehouse: out of memory\n", stderr);
		abort();
	}
	if (memory == NULL)
		memset(resized, 0, bytes);
	return resized;
}

char *str_copy(struct str s)
{
	char *copy = memory_new(s.n + 1);

	if (s.n != 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

/* Room for `more` bytes and a closing NUL, or the sticky failure. */
bool words_have(const struct words *words, struct str word)
{
	for (size_t i = 0; i < words->n; i++) {
		if (str_eq(words->word[i], word))
			return true;
	}
	return false;
}

static bool buf_reserve(struct buf *b, size_t more)
{
	size_t capacity = b->capacity != 0 ? b->capacity : 128;

	if (b->failed || more > b->limit || b->n > b->limit - more) {
		b->failed = true;
		return false;
	}
	if (b->n + more < b->capacity)
		return true;
	while (capacity < b->n + more + 1)
		capacity *= 2;
	b->p = memory_resize(b->p, capacity);
	b->capacity = capacity;
	return true;
}

void buf_add(struct buf *b, struct str s)
{
	if (s.n == 0 || !buf_reserve(b, s.n))
		return;
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
	b->p[b->n] = '\0';
}

void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, str_from(text));
}

void buf_add_byte(struct buf *b, char byte)
{
	if (!buf_reserve(b, 1))
		return;
	b->p[b->n++] = byte;
	b->p[b->n] = '\0';
}

void buf_add_number(struct buf *b, int64_t number)
{
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (number < 0)
		digits[--at] = '-';
	buf_add(b, (struct str){ digits + at, sizeof(digits) - at });
}

void buf_add_hex(struct buf *b, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		buf_add_byte(b, digits[bytes[i] >> 4]);
		buf_add_byte(b, digits[bytes[i] & 15]);
	}
}

void buf_print_list(struct buf *b, const char *format, va_list arguments)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	if (length < 0) {
		b->failed = true;
	} else if (buf_reserve(b, (size_t)length)) {
		(void)vsnprintf(b->p + b->n, (size_t)length + 1, format, again);
		b->n += (size_t)length;
	}
	va_end(again);
}

void buf_print(struct buf *b, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buf_print_list(b, format, arguments);
	va_end(arguments);
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .limit = b->limit };
}

void buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->capacity);
	buf_free(b);
}
