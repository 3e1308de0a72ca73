/* SPDX-License-Identifier: MIT */
/*
 * Which redirect URIs a client may register, and which it may then ask for: exact ones, and loopback ones whose port is the
 * client's choice (RFC 8252 7.3, OAuth 2.1 8.4.2). The known clients' complete sets are a table. Pure.
 */
#ifndef GATEHOUSE_REDIRECT_URI_H
#define GATEHOUSE_REDIRECT_URI_H

#include "settings.h"
#include "str.h"

struct redirect_preset {
	const char *name;
	/*
	 * Ended by NULL. "http://127.0.0.1/..." matches any port; "*" as the last path segment matches
	 * one segment of letters, digits, - and _.
	 */
	const char *const *uris;
	const char *help;
};
/* Ended by a row whose name is NULL. */
extern const struct redirect_preset redirect_presets[];

/* The preset of that name, NULL if there is none. borrowed, static */
const struct redirect_preset *redirect_preset_find(struct str name);
/* Is it one of the client's? All are, while nothing is listed. */
bool redirect_preset_is_chosen(const struct client *client, const struct redirect_preset *preset) MUST_USE;

/*
 * May this client use that URI? False for javascript:, data:, file:, blob: and for http beyond
 * loopback, listed or not.
 */
bool redirect_uri_allowed(const struct client *client, struct str uri) MUST_USE;

/*
 * Is the URI of an authorization request the registered one? Byte for byte (OAuth 2.1 4.1.1), but for the port of an http URI whose
 * host is 127.0.0.1, [::1] or localhost, spelled alike on both sides. Whether the registered one is any good is not judged here.
 */
bool redirect_uri_matches(struct str registered, struct str uri) MUST_USE;

/* Is `uri` fit to be listed, or to be asked for, at all? False with the reason in `why`. */
bool redirect_uri_listable(struct str uri, struct buf *why) MUST_USE;

#endif
