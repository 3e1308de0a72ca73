/* SPDX-License-Identifier: MIT */
/* "String and Bytes Values": the literals between quotes. */
#include "expression_parts.h"

struct literal {
	struct str text;
	size_t at; /* the next byte */
	bool raw, bytes;
	char *out;
	size_t n;
};

/* Length of the prefix (r, b, br and so on) before a quote. */
static size_t prefix_length(struct str rest, bool *raw, bool *bytes)
{
	size_t n = 0;

	*bytes = n < rest.n && (rest.p[n] == 'b' || rest.p[n] == 'B');
	n += *bytes;
	*raw = n < rest.n && (rest.p[n] == 'r' || rest.p[n] == 'R');
	return n + *raw;
}

bool token_starts_quoted(struct str rest)
{
	bool raw, bytes;
	size_t n = prefix_length(rest, &raw, &bytes);

	return n < rest.n && (rest.p[n] == '"' || rest.p[n] == '\'');
}

size_t utf8_put(uint32_t code, char *place)
{
	if (code < 0x80) {
		place[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		place[0] = (char)(0xc0 | code >> 6);
		place[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if ((code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
		return 0;
	if (code < 0x10000) {
		place[0] = (char)(0xe0 | code >> 12);
		place[1] = (char)(0x80 | (code >> 6 & 0x3f));
		place[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	place[0] = (char)(0xf0 | code >> 18);
	place[1] = (char)(0x80 | (code >> 12 & 0x3f));
	place[2] = (char)(0x80 | (code >> 6 & 0x3f));
	place[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* The code of an escape that is written with digits. What it says never takes less place than what it stands for. */
static bool put_code(struct literal *l, size_t count, unsigned base)
{
	uint64_t code;
	size_t n = 1;

	if (l->text.n - l->at < count || !number_uint(str_first(str_skip(l->text, l->at), count), base, &code))
		return false;
	l->at += count;
	/* In a string \xHH and \OOO are code points, in bytes they are bytes. */
	if (l->bytes)
		l->out[l->n] = (char)code;
	else
		n = utf8_put((uint32_t)code, l->out + l->n);
	l->n += n;
	return n != 0 && code <= (l->bytes || base == 8 ? 0xff : 0x10ffff);
}

static bool put_escape(struct literal *l)
{
	static const char letters[] = "abfnrtv\\?\"'`", codes[] = "\a\b\f\n\r\t\v\\?\"'`";
	char letter;

	if (l->at >= l->text.n)
		return false;
	letter = l->text.p[l->at];
	for (size_t i = 0; letters[i] != '\0'; i++) {
		if (letters[i] == letter) {
			l->out[l->n++] = codes[i];
			l->at++;
			return true;
		}
	}
	if (letter >= '0' && letter <= '3')
		return put_code(l, 3, 8);
	l->at++;
	if (letter == 'x' || letter == 'X')
		return put_code(l, 2, 16);
	return !l->bytes && ((letter == 'u' && put_code(l, 4, 16)) || (letter == 'U' && put_code(l, 8, 16)));
}

static struct token fault(size_t at, const char *what)
{
	return (struct token){ .kind = TOKEN_FAULT, .at = at, .fault = what };
}

/* Where the closing quote stands; the length of the text when there is none. */
static size_t find_end(const struct literal *l, struct str quote)
{
	size_t at = l->at;

	while (at < l->text.n && !str_starts(str_skip(l->text, at), quote)) {
		if (quote.n == 1 && (l->text.p[at] == '\n' || l->text.p[at] == '\r'))
			return l->text.n;
		at += l->text.p[at] == '\\' && !l->raw ? 2 : 1;
	}
	return at < l->text.n ? at : l->text.n;
}

struct token token_quoted(struct str text, size_t start, struct arena *memory)
{
	struct literal l = { .text = text };
	struct str quote;
	size_t end;
	bool triple;

	l.at = start + prefix_length(str_skip(text, start), &l.raw, &l.bytes);
	quote = str_first(str_skip(text, l.at), 3);
	triple = str_is(quote, "\"\"\"") || str_is(quote, "'''");
	quote = str_first(quote, triple ? 3 : 1);
	l.at += quote.n;
	end = find_end(&l, quote);
	if (end == text.n)
		return fault(start, "found a text that does not end, expected its closing quote");
	l.text = str_first(text, end);
	l.out = arena_take(memory, end - l.at + 1);
	if (l.out == NULL)
		return fault(start, "found more text than an expression may hold, expected less");
	while (l.at < end) {
		size_t at = l.at++;

		if (text.p[at] != '\\' || l.raw)
			l.out[l.n++] = text.p[at];
		else if (!put_escape(&l))
			return fault(at, "found an escape that CEL does not know, expected one as \\n, \\x41, \\u0041 or \\101");
	}
	return (struct token){ .kind = TOKEN_LITERAL,
		.at = start,
		.text = str_first(str_skip(text, start), end + quote.n - start),
		.value = value_text(l.bytes ? VALUE_BYTES : VALUE_STRING, (struct str){ l.out, l.n }) };
}
