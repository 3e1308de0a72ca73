/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <arpa/inet.h>
#include <string.h>

#define HOST_BYTES 253 /* RFC 1035 2.3.4, without the closing dot */
#define LABEL_BYTES 63

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_alpha(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that the escape at the start of `s` stands for, -1 when it is broken (RFC 3986 2.1). */
static int escaped_byte(struct str s)
{
	if (s.n < 3 || s.p[0] != '%' || hex_value(s.p[1]) < 0 || hex_value(s.p[2]) < 0)
		return -1;
	return hex_value(s.p[1]) * 16 + hex_value(s.p[2]);
}

/* Only pchar (RFC 3986 3.3) and the bytes of `more`. */
static bool is_made_of_pchar(struct str s, const char *more)
{
	while (s.n != 0) {
		char c = s.p[0];

		if (c == '%') {
			if (escaped_byte(s) < 0)
				return false;
			s = str_skip(s, 3);
			continue;
		}
		if (!is_alpha(c) && !is_digit(c) && (c == '\0' || strchr("-._~!$&'()*+,;=:@", c) == NULL) &&
			(c == '\0' || strchr(more, c) == NULL))
			return false;
		s = str_skip(s, 1);
	}
	return true;
}

/* Four decimal octets without leading zeros: what everybody reads as the same address. */
static bool is_ipv4(struct str host)
{
	struct str octet;
	uint64_t value;
	int n = 0;

	while (str_cut(&host, '.', &octet)) {
		if (!str_number(octet, 255, &value) || octet.n > 3 || (octet.n > 1 && octet.p[0] == '0'))
			return false;
		n++;
	}
	return n == 4;
}

static bool is_ipv6(struct str host)
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];
	struct str inside = str_first(str_skip(host, 1), host.n - 2);

	if (inside.n >= sizeof(text))
		return false;
	for (size_t i = 0; i < inside.n; i++) {
		if (inside.p[i] == '\0' || (inside.p[i] >= 'A' && inside.p[i] <= 'F'))
			return false;
		text[i] = inside.p[i];
	}
	text[inside.n] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_label(struct str label)
{
	if (label.n == 0 || label.n > LABEL_BYTES || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (!is_lower(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
			return false;
	}
	return true;
}

/*
 * A DNS name or an address. A last label that begins with a digit makes an address of the whole
 * (inet_aton reads "127.1" and "0x7f.1" as loopback), so then only the strict form is a host.
 */
static bool is_host(struct str host)
{
	struct str rest = host, label = STR_NONE;

	if (host.n == 0 || host.n > HOST_BYTES)
		return false;
	if (host.p[0] == '[')
		return host.n > 2 && host.p[host.n - 1] == ']' && is_ipv6(host);
	while (str_cut(&rest, '.', &label)) {
		if (!is_label(label))
			return false;
	}
	return label.n != 0 && (!is_digit(label.p[0]) || is_ipv4(host));
}

/* Cuts the text before the first byte of `marks` off the front of `rest`; the mark stays. */
static struct str cut_before(struct str *rest, const char *marks)
{
	struct str piece = *rest;
	size_t n = 0;

	while (n < rest->n && (rest->p[n] == '\0' || strchr(marks, rest->p[n]) == NULL))
		n++;
	*rest = str_skip(*rest, n);
	return str_first(piece, n);
}

/* host[:port]; "@" would be user information, and is no byte of a host. */
static bool parse_authority(struct str authority, struct url *url)
{
	size_t end = 0;
	uint64_t port;

	while (end < authority.n && authority.p[end] != ':') {
		if (authority.p[end] == '[')
			while (end + 1 < authority.n && authority.p[end] != ']')
				end++;
		end++;
	}
	url->host = str_first(authority, end);
	url->port = str_is(url->scheme, "https") ? 443 : 80;
	if (end < authority.n) {
		if (!str_number(str_skip(authority, end + 1), 65535, &port) || port == 0 || authority.p[end + 1] == '0')
			return false;
		url->port = (uint16_t)port;
		url->has_port = true;
	}
	return is_host(url->host);
}

bool url_parse(struct str text, struct url *url)
{
	struct str rest, authority;

	*url = (struct url){ .whole = text };
	if (str_starts(text, STR("https://")))
		url->scheme = str_first(text, 5);
	else if (str_starts(text, STR("http://")))
		url->scheme = str_first(text, 4);
	else
		return false;
	rest = str_skip(text, url->scheme.n + 3);
	authority = cut_before(&rest, "/?#");
	if (!parse_authority(authority, url))
		return false;
	url->origin = str_first(text, url->scheme.n + 3 + authority.n);
	url->path = cut_before(&rest, "?#");
	if (rest.n != 0 && rest.p[0] == '?') {
		url->has_query = true;
		rest = str_skip(rest, 1);
		url->query = cut_before(&rest, "#");
	}
	url->has_fragment = rest.n != 0;
	return is_made_of_pchar(url->path, "/") && is_made_of_pchar(url->query, "/?") && is_made_of_pchar(str_skip(rest, 1), "/?");
}

struct str uri_scheme(struct str text)
{
	size_t n = 0;

	if (text.n == 0 || !is_alpha(text.p[0]))
		return STR_NONE;
	while (n < text.n &&
		(is_alpha(text.p[n]) || is_digit(text.p[n]) || text.p[n] == '+' || text.p[n] == '-' || text.p[n] == '.'))
		n++;
	return n < text.n && text.p[n] == ':' ? str_first(text, n) : STR_NONE;
}

bool url_is_loopback(const struct url *url)
{
	return str_is(url->host, "127.0.0.1") || str_is(url->host, "[::1]") || str_is(url->host, "localhost");
}

/* "." and "..", also with path parameters: some servers cut these off first ("/..;/"). */
static bool is_dots(struct str segment)
{
	struct str name = STR_NONE;

	return str_cut(&segment, ';', &name) && (str_is(name, ".") || str_is(name, ".."));
}

/*
 * A byte that no honest client escapes (RFC 3986 6.2.2.2: the unreserved ones), that another server could take for a part of the
 * path's grammar, or that has no place in a path.
 */
static bool is_odd_escape(int byte)
{
	bool unreserved = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
		byte == '-' || byte == '.' || byte == '_' || byte == '~';

	return unreserved || byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\';
}

bool path_is_plain(struct str path)
{
	struct str rest = str_skip(path, 1), segment;
	auto_buf escaped = BUF(path.n); /* what the escapes stand for: well-formed UTF-8, or some server reads it in its own way */

	if (path.n == 0 || path.p[0] != '/')
		return false;
	for (struct str s = path; s.n != 0; s = str_skip(s, s.p[0] == '%' ? 3 : 1)) {
		int byte = s.p[0] == '%' ? escaped_byte(s) : (unsigned char)s.p[0];

		if (byte < 0)
			return false;
		if (s.p[0] == '%') {
			if (is_odd_escape(byte))
				return false;
			buf_add_byte(&escaped, (char)byte);
		} else if (byte <= 0x20 || byte >= 0x7f || byte == '\\' || byte == '?' || byte == '#') {
			return false;
		}
	}
	if (!str_is_utf8(buf_str(&escaped)))
		return false;
	while (str_cut(&rest, '/', &segment)) {
		if (is_dots(segment) || (segment.n == 0 && rest.p != NULL))
			return false;
	}
	return true;
}

void url_insert_well_known(const struct url *url, struct str well_known, bool drop_slash, struct buf *out)
{
	struct str path = url->path;

	if (str_is(path, "/") || (drop_slash && str_ends(path, STR("/"))))
		path.n--;
	buf_add(out, url->origin);
	buf_add(out, well_known);
	buf_add(out, path);
}
