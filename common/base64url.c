/* SPDX-License-Identifier: MIT */
#include "base64url.h"

static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char plain_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The six bits of a character of the alphabet that ends in `last`, -1 for any other byte. */
static int sextet(char byte, const char last[2])
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26;
	if (byte >= '0' && byte <= '9')
		return byte - '0' + 52;
	return byte == last[0] ? 62 : byte == last[1] ? 63 : -1;
}

/* Text without padding. */
static bool decode(struct str text, const char last[2], struct buf *bytes)
{
	size_t before = bytes->n;
	uint32_t bits = 0;
	int held = 0;

	for (size_t i = 0; i < text.n; i++) {
		int six = sextet(text.p[i], last);

		if (six < 0)
			break;
		bits = (bits << 6 | (uint32_t)six) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			buf_add_byte(bytes, (char)(bits >> held));
		}
		if (i + 1 == text.n) {
			/* A lone sextet is no byte, and unused bits must be zero (RFC 4648 3.5). */
			if (held < 6 && (bits & ((1U << held) - 1)) == 0 && !bytes->failed)
				return true;
		}
	}
	bytes->n = before;
	return text.n == 0;
}

bool base64url_decode(struct str text, struct buf *bytes)
{
	return decode(text, url_alphabet + 62, bytes);
}

bool base64_decode(struct str text, struct buf *bytes)
{
	size_t padding = str_ends(text, STR("==")) ? 2 : str_ends(text, STR("=")) ? 1 : 0;

	return text.n % 4 == 0 && decode(str_first(text, text.n - padding), plain_alphabet + 62, bytes);
}

static void encode(struct str bytes, const char *alphabet, bool pad, struct buf *text)
{
	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t have = bytes.n - i < 3 ? bytes.n - i : 3;
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < have ? (unsigned char)bytes.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++) {
			if (k <= have)
				buf_add_byte(text, alphabet[bits >> (18 - 6 * k) & 63]);
			else if (pad)
				buf_add_byte(text, '=');
		}
	}
}

void base64url_encode(struct str bytes, struct buf *text)
{
	encode(bytes, url_alphabet, false, text);
}

void base64_encode(struct str bytes, struct buf *text)
{
	encode(bytes, plain_alphabet, true, text);
}
