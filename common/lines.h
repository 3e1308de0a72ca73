/* SPDX-License-Identifier: MIT */
/*
 * The small files that an operator keeps beside the settings (API keys, deny list, user map): one thing per line, words parted by
 * blanks, a word with blanks in "..." or '...' (no escapes), "#" at the start of a word begins a comment. Pure.
 */
#ifndef GATEHOUSE_LINES_H
#define GATEHOUSE_LINES_H

#include "str.h"

#define LINE_WORDS 64
#define LINE_BYTES_MOST 4096

struct line {
	unsigned number; /* from 1; set it to 0 before the first call */
	struct str word[LINE_WORDS];
	size_t n;
	const char *fault; /* NULL, or what stands there that makes it no line of words; then n is 0 */
};

/* The next line that says something, cut off the front of `rest`; false at the end. Words are borrowed from `rest`. */
bool line_next(struct str *rest, struct line *line) MUST_USE;

/* "2026-11-21" (its first second) or "2026-11-21T08:00:00Z" as seconds (RFC 3339, UTC only). */
bool line_time(struct str text, int64_t *seconds) MUST_USE;
/* The latter form of it. Appends. */
void line_add_time(int64_t seconds, struct buf *out);

/* "sha256:" and 64 hexadecimal digits in lower case. */
bool line_digest(struct str text, unsigned char digest[32]) MUST_USE;
void line_add_digest(const unsigned char digest[32], struct buf *out);

#endif
