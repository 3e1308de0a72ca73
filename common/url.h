/* SPDX-License-Identifier: MIT */
/*
 * Absolute http(s) URLs (RFC 3986) as OAuth uses them: issuers, resources, endpoints, redirect
 * URIs. Nothing is ever normalised: a URL is taken as it stands or refused.
 */
#ifndef GATEHOUSE_URL_H
#define GATEHOUSE_URL_H

#include "str.h"

struct url {
	struct str whole;
	struct str scheme; /* "https" or "http", lower case */
	struct str origin; /* scheme://host[:port] */
	struct str host;   /* name, IPv4, or [IPv6] with its brackets; lower case */
	uint16_t port;     /* as written, else the scheme's default */
	bool has_port;     /* the port was written */
	struct str path;   /* starts with "/", or is empty */
	bool has_query;
	struct str query; /* without "?" */
	bool has_fragment;
};

/*
 * Splits an absolute http or https URL; slices borrow from `text`. Refused: another scheme, user
 * information, an empty, upper-case or malformed host, a port out of range, bytes outside of RFC
 * 3986, a broken percent-escape.
 */
bool url_parse(struct str text, struct url *url) MUST_USE;

/* The scheme of any absolute URI (RFC 3986 3.1), e.g. "cursor"; empty when there is none. */
struct str uri_scheme(struct str text);

/* The host is 127.0.0.1, [::1] or localhost (RFC 8252 7.3). */
bool url_is_loopback(const struct url *url) MUST_USE;

/*
 * A path as it came over the wire may be compared with a configured one only if no server could
 * read it as another path: it starts with "/"; no "." or ".." segment (nor one of these before
 * ";"), no empty segment but the one after a closing "/"; no backslash, "?", "#", blank, control
 * byte or byte above 0x7e; no broken escape, no %2f %5c, no escaped control byte, nothing escaped
 * that needs none (RFC 3986 6.2.2.2), and the escapes make well-formed UTF-8.
 */
bool path_is_plain(struct str path) MUST_USE;

/*
 * Where the metadata of an issuer or a resource lives: `well_known` put between host and path (RFC
 * 8414 3.1, RFC 9728 3.1). A path that is only "/" is dropped; with `drop_slash` (RFC 8414) so is
 * any closing "/". Appends to `out`.
 */
void url_insert_well_known(const struct url *url, struct str well_known, bool drop_slash, struct buf *out);

#define WELL_KNOWN_PROTECTED_RESOURCE STR("/.well-known/oauth-protected-resource")
#define WELL_KNOWN_AUTHORIZATION_SERVER STR("/.well-known/oauth-authorization-server")
#define WELL_KNOWN_OPENID STR("/.well-known/openid-configuration")

#endif
