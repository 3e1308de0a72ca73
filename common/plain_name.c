/* SPDX-License-Identifier: MIT */
#include "plain_name.h"

#define PLAIN_BYTES 128

bool name_is_plain(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char byte = name.p[i];

		if (!((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
			    byte == '-' || byte == '.'))
			return false;
	}
	return name.n <= PLAIN_BYTES;
}

/* What a character written as % and two digits stands for; -1: it is none. */
static int escaped(struct str text)
{
	static const char digits[] = "0123456789ABCDEF";
	int value = 0;

	for (size_t i = 1; i <= 2; i++) {
		size_t digit = 0;

		while (i < text.n && digit < 16 && !str_eq_nocase((struct str){ &text.p[i], 1 }, (struct str){ &digits[digit], 1 }))
			digit++;
		if (i >= text.n || digit == 16)
			return -1;
		value = value * 16 + (int)digit;
	}
	return value;
}

/* Does a segment of a path end there, for any reader? */
static bool ends_segment(struct str rest)
{
	int byte = rest.n == 0 ? 0 : rest.p[0] == '%' ? escaped(rest) : rest.p[0];

	return byte == 0 || byte == '/' || byte == '\\' || byte == ':' || byte == '?' || byte == '#';
}

/* "." or "..": a server takes it out of the path, and arrives elsewhere (RFC 3986 5.2.4). */
static bool is_dots(struct str rest)
{
	size_t dots = 0;

	while (dots < rest.n && rest.p[dots] == '.')
		dots++;
	return (dots == 1 || dots == 2) && ends_segment(str_skip(rest, dots));
}

bool uri_is_plain(struct str uri)
{
	struct str rest = uri;
	bool starts_segment = true;

	while (rest.n != 0) {
		int byte = rest.p[0] == '%' ? escaped(rest) : (unsigned char)rest.p[0];

		if ((rest.p[0] == '%' && (byte <= 0 || name_is_plain((struct str){ &(char){ (char)byte }, 1 }))) || byte < 0x20 ||
			byte == 0x7f)
			return false;
		if (starts_segment && is_dots(rest))
			return false;
		starts_segment = ends_segment(rest);
		rest = str_skip(rest, rest.p[0] == '%' ? 3 : 1);
	}
	return true;
}
