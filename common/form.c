/* SPDX-License-Identifier: MIT */
#include "form.h"

/* Everything but the unreserved characters, so that no reader can be of another mind (RFC 3986 2.3). */
void form_encode(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char byte = (unsigned char)text.p[i];

		if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' ||
			byte == '.' || byte == '_' || byte == '~')
			buf_add_byte(out, (char)byte);
		else
			buf_print(out, "%%%02X", byte);
	}
}

void form_add(struct buf *form, const char *name, struct str value)
{
	if (form->n != 0)
		buf_add_byte(form, '&');
	buf_add_text(form, name);
	buf_add_byte(form, '=');
	form_encode(form, value);
}

static int digit_of(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* In its place, since what is decoded is never longer. False for a broken escape. */
static bool decode(char *text, size_t *n)
{
	size_t written = 0;

	for (size_t i = 0; i < *n; i++) {
		char byte = text[i];

		if (byte == '+') {
			byte = ' ';
		} else if (byte == '%') {
			int high = i + 2 < *n ? digit_of(text[i + 1]) : -1, low = i + 2 < *n ? digit_of(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			byte = (char)(high << 4 | low);
			i += 2;
		}
		text[written++] = byte;
	}
	*n = written;
	return true;
}

static bool decode_piece(char *memory, struct str piece, const char *from, struct str *decoded)
{
	char *text;
	size_t n = piece.n;

	/* An empty piece may be nowhere in the text. */
	if (piece.n == 0) {
		*decoded = STR_NONE;
		return true;
	}
	text = memory + (piece.p - from);
	if (!decode(text, &n))
		return false;
	*decoded = (struct str){ text, n };
	return str_is_utf8(*decoded) && str_is_printable(*decoded);
}

static void note(struct form_field *field, size_t n, struct str name, struct str value)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, field[i].name) && value.n != 0 && field[i].copies++ == 0)
			field[i].value = value;
	}
}

bool form_read(struct str text, struct form_field *field, size_t n, char **memory)
{
	struct str rest = text, pair;
	bool good = true;

	*memory = str_copy(text);
	while (str_cut(&rest, '&', &pair)) {
		struct str name = STR_NONE, value = STR_NONE, raw_name;

		if (pair.n == 0)
			continue;
		(void)!str_cut(&pair, '=', &raw_name);
		good = good && decode_piece(*memory, raw_name, text.p, &name) && decode_piece(*memory, pair, text.p, &value);
		if (good)
			note(field, n, name, value);
	}
	return good;
}
