/* SPDX-License-Identifier: MIT */
/*
 * Text. A `struct str` is a slice: it points into memory that somebody else owns, is never assumed to end in NUL
 * and is never changed. Everything that is parsed is a slice. A `struct buf` is what is built: it grows up to a
 * limit that its maker names; an append past the limit sets `failed` and is dropped, so that one check at the end
 * is enough. Out of memory ends the program: every input that sizes an allocation is capped before.
 */
#ifndef GATEHOUSE_STR_H
#define GATEHOUSE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Frees what the variable owns when it goes out of scope; for memory from the functions below or from libc. */
void free_pointer(void *pointer_to_pointer);
#define auto_free __attribute__((cleanup(free_pointer)))

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For "%.*s". */
#define STR_ARGS(s) (int)(s).n, (s).n != 0 ? (s).p : ""

/* The slice over a NUL-terminated string; NULL gives the empty slice. */
struct str str_from(const char *text);

/* Byte for byte. */
bool str_eq(struct str a, struct str b) MUST_USE;
bool str_is(struct str a, const char *text) MUST_USE;
/* ASCII letters without regard to case; all other bytes exactly. */
bool str_eq_nocase(struct str a, struct str b) MUST_USE;
/* In time that depends on the lengths only. */
bool str_eq_secret(struct str a, struct str b) MUST_USE;
bool str_starts(struct str s, struct str prefix) MUST_USE;
bool str_ends(struct str s, struct str suffix) MUST_USE;
bool str_has(struct str s, char byte) MUST_USE;
/* No byte below 0x20 and not 0x7f. */
bool str_is_printable(struct str s) MUST_USE;
/* Well-formed UTF-8 (RFC 3629), NUL refused. */
bool str_is_utf8(struct str s) MUST_USE;
/* Is it all that the pattern says, in which * stands for any text? */
bool str_matches(struct str s, struct str pattern) MUST_USE;

struct str str_skip(struct str s, size_t bytes);
struct str str_first(struct str s, size_t bytes);
/* Without the blanks and tabs at both ends. */
struct str str_trim(struct str s);
/* Cuts the piece before the next `separator` off the front of `rest`; false when nothing is left. Empty pieces count. */
bool str_cut(struct str *rest, char separator, struct str *piece) MUST_USE;
/* The next word of a list parted by single or several blanks; false when there is none. */
bool str_word(struct str *rest, struct str *word) MUST_USE;
/* A decimal number without sign, blanks or leading junk, at most `highest`. */
bool str_number(struct str s, uint64_t highest, uint64_t *number) MUST_USE;

/* Memory or death. new */
void *memory_new(size_t bytes) MUST_USE;
void *memory_resize(void *memory, size_t bytes) MUST_USE; /* takes memory */
/* A NUL-terminated copy. new */
char *str_copy(struct str s) MUST_USE;

struct words {
	struct str *word;
	size_t n;
};
bool words_have(const struct words *words, struct str word) MUST_USE;

struct buf {
	char *p;
	size_t n;
	size_t capacity;
	size_t limit;
	bool failed;
};

/* An empty buffer that may grow to `limit` bytes; no memory is taken before the first append. */
#define BUF(most) ((struct buf){ .limit = (most) })
void buf_add(struct buf *b, struct str s);
void buf_add_text(struct buf *b, const char *text);
void buf_add_byte(struct buf *b, char byte);
/* In decimal, as "%lld" but a tenth of the work: every request needs some. */
void buf_add_number(struct buf *b, int64_t number);
/* Two lower case digits for each byte. */
void buf_add_hex(struct buf *b, const unsigned char *bytes, size_t n);
void buf_print(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_print_list(struct buf *b, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
/* What has been built; borrowed until the next append. */
struct str buf_str(const struct buf *b);
/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *b);
void buf_free(struct buf *b);
#define auto_buf __attribute__((cleanup(buf_free))) struct buf
/* The same for a secret, which is overwritten first. */
void buf_wipe(struct buf *b);
#define auto_secret __attribute__((cleanup(buf_wipe))) struct buf

#endif
