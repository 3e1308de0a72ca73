/* SPDX-License-Identifier: MIT */
/* "Syntax": the words of an expression. */
#include "expression_parts.h"

#include <math.h>
#include <stdlib.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_any_of(struct str name, const char *const words[])
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (str_is(name, words[i]))
			return true;
	}
	return false;
}

/* RESERVED; they may name fields, not variables. */
bool token_is_reserved(struct str name)
{
	static const char *const words[] = { "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
		"loop", "package", "namespace", "return", "var", "void", "while", NULL };

	return is_any_of(name, words);
}

/* ---- numbers ---- */

static int digit_value(char c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

bool number_uint(struct str text, unsigned base, uint64_t *u)
{
	*u = 0;
	for (size_t i = 0; i < text.n; i++) {
		int digit = digit_value(text.p[i]);

		if (digit >= (int)base || __builtin_mul_overflow(*u, (uint64_t)base, u) ||
			__builtin_add_overflow(*u, (uint64_t)digit, u))
			return false;
	}
	return text.n != 0;
}

bool number_int(struct str text, int64_t *i)
{
	bool negative = text.n != 0 && text.p[0] == '-';
	uint64_t u;

	if (text.n != 0 && (text.p[0] == '-' || text.p[0] == '+'))
		text = str_skip(text, 1);
	if (!number_uint(text, 10, &u) || u > (uint64_t)INT64_MAX + negative)
		return false;
	/* The lowest number has no positive twin. */
	*i = negative && u != 0 ? -(int64_t)(u - 1) - 1 : (int64_t)u;
	return true;
}

static size_t digits(struct str text, size_t at)
{
	size_t n = 0;

	while (at + n < text.n && is_digit(text.p[at + n]))
		n++;
	return n;
}

/* FLOAT_LIT: its length; 0 when there is none. A whole number counts only when `whole`. */
static size_t float_length(struct str text, bool whole)
{
	size_t n = digits(text, 0), fraction, exponent, sign;
	bool is_float = whole && n != 0;

	if (n < text.n && text.p[n] == '.' && (fraction = digits(text, n + 1)) != 0) {
		n += 1 + fraction;
		is_float = true;
	}
	if (n != 0 && n < text.n && (text.p[n] == 'e' || text.p[n] == 'E')) {
		sign = n + 1 < text.n && (text.p[n + 1] == '-' || text.p[n + 1] == '+');
		exponent = digits(text, n + 1 + sign);
		if (exponent != 0) {
			n += 1 + sign + exponent;
			is_float = true;
		}
	}
	return is_float ? n : 0;
}

/* The programs keep the locale "C", so strtod reads what CEL writes. */
static double read_double(struct str text)
{
	auto_free char *copy = str_copy(text);

	return strtod(copy, NULL);
}

bool number_double(struct str text, double *d)
{
	size_t sign = text.n != 0 && (text.p[0] == '-' || text.p[0] == '+');
	struct str rest = str_skip(text, sign);

	if (str_is(rest, "NaN")) {
		*d = (double)NAN;
		return true;
	}
	if (!str_is(rest, "Infinity") && (rest.n == 0 || float_length(rest, true) != rest.n))
		return false;
	*d = read_double(text);
	return str_is(rest, "Infinity") || !isinf(*d);
}

static struct token fault(size_t at, const char *what)
{
	return (struct token){ .kind = TOKEN_FAULT, .at = at, .fault = what };
}

struct token token_number(struct str text, size_t at)
{
	struct str rest = str_skip(text, at);
	bool hex = rest.n >= 2 && rest.p[0] == '0' && (rest.p[1] == 'x' || rest.p[1] == 'X');
	size_t n = hex ? 0 : float_length(rest, false), start = hex ? 2 : 0;
	struct token token = { .kind = TOKEN_LITERAL, .at = at };
	uint64_t u;
	bool is_unsigned;

	if (n != 0) {
		token.value = value_double(read_double(str_first(rest, n)));
		if (isinf(token.value.as.d))
			return fault(at, "found a number that is too large, expected a double");
		token.text = str_first(rest, n);
		return token;
	}
	for (n = start; n < rest.n && digit_value(rest.p[n]) < (hex ? 16 : 10);)
		n++;
	if (n == start)
		return fault(at, "found 0x without digits, expected a number");
	if (!number_uint(str_skip(str_first(rest, n), start), hex ? 16 : 10, &u))
		return fault(at, "found a number that is too large, expected an integer of 64 bits");
	is_unsigned = n < rest.n && (rest.p[n] == 'u' || rest.p[n] == 'U');
	token.value = value_uint(u);
	if (!is_unsigned) {
		/* One past the highest: only a minus before it makes it a number; the parser sees to that. */
		if (u > (uint64_t)INT64_MAX + 1)
			return fault(at, "found a number that is too large, expected an integer of 64 bits");
		token.value = value_int((int64_t)(u & INT64_MAX));
		token.value.n = u > INT64_MAX;
	}
	token.text = str_first(rest, n + is_unsigned);
	return token;
}

/* ---- names and signs ---- */

static struct token name(struct str text, size_t at)
{
	struct token token = { .kind = TOKEN_NAME, .at = at };
	size_t n = 0;

	while (at + n < text.n && (is_letter(text.p[at + n]) || is_digit(text.p[at + n])))
		n++;
	token.text = str_first(str_skip(text, at), n);
	if (str_is(token.text, "in"))
		token.kind = TOKEN_IN;
	if (str_is(token.text, "true") || str_is(token.text, "false") || str_is(token.text, "null"))
		token.kind = TOKEN_LITERAL;
	if (token.kind == TOKEN_LITERAL && !str_is(token.text, "null"))
		token.value = value_bool(str_is(token.text, "true"));
	return token;
}

/* ESCAPED_IDENT: a field whose name is no identifier. */
static struct token quoted_name(struct str text, size_t at)
{
	struct token token = { .kind = TOKEN_NAME, .at = at, .quoted = true };
	size_t n = 1;

	while (at + n < text.n && (is_letter(text.p[at + n]) || is_digit(text.p[at + n]) || str_has(STR("-./ "), text.p[at + n])))
		n++;
	if (n == 1 || at + n >= text.n || text.p[at + n] != '`')
		return fault(at,
			"found a name between backticks that does not end, expected letters, digits and _ - . / up to a backtick");
	token.text = str_first(str_skip(text, at + 1), n - 1);
	return token;
}

static struct token sign(struct str text, size_t at)
{
	static const struct {
		const char *text;
		enum token_kind kind;
	} signs[] = {
		{ "==", TOKEN_EQUAL },
		{ "!=", TOKEN_UNEQUAL },
		{ "<=", TOKEN_LESS_OR_EQUAL },
		{ ">=", TOKEN_GREATER_OR_EQUAL },
		{ "&&", TOKEN_AND },
		{ "||", TOKEN_OR },
		{ "<", TOKEN_LESS },
		{ ">", TOKEN_GREATER },
		{ "+", TOKEN_PLUS },
		{ "-", TOKEN_MINUS },
		{ "*", TOKEN_TIMES },
		{ "/", TOKEN_DIVIDE },
		{ "%", TOKEN_MODULO },
		{ "!", TOKEN_NOT },
		{ "?", TOKEN_QUESTION },
		{ ":", TOKEN_COLON },
		{ ".", TOKEN_DOT },
		{ ",", TOKEN_COMMA },
		{ "(", TOKEN_OPEN },
		{ ")", TOKEN_CLOSE },
		{ "[", TOKEN_OPEN_LIST },
		{ "]", TOKEN_CLOSE_LIST },
		{ "{", TOKEN_OPEN_MAP },
		{ "}", TOKEN_CLOSE_MAP },
	};
	struct str rest = str_skip(text, at);

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (str_starts(rest, str_from(signs[i].text)))
			return (struct token){ .kind = signs[i].kind, .at = at, .text = str_from(signs[i].text) };
	}
	return fault(at, "found a character that CEL does not use, expected an expression");
}

/* Blanks and comments. */
static size_t skip_blanks(struct str text, size_t at)
{
	while (at < text.n) {
		if (str_has(STR(" \t\n\f\r"), text.p[at])) {
			at++;
		} else if (str_starts(str_skip(text, at), STR("//"))) {
			while (at < text.n && text.p[at] != '\n')
				at++;
		} else {
			break;
		}
	}
	return at;
}

struct token token_next(struct str text, size_t at, struct arena *memory)
{
	at = skip_blanks(text, at);
	if (at >= text.n)
		return (struct token){ .kind = TOKEN_END, .at = text.n };
	if (token_starts_quoted(str_skip(text, at)))
		return token_quoted(text, at, memory);
	if (is_digit(text.p[at]) || (text.p[at] == '.' && digits(text, at + 1) != 0))
		return token_number(text, at);
	if (is_letter(text.p[at]))
		return name(text, at);
	return text.p[at] == '`' ? quoted_name(text, at) : sign(text, at);
}
