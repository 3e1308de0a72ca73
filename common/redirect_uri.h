/* SPDX-License-Identifier: MIT */
/*
 * Which redirect URIs a client may register: exact ones, and loopback ones whose port is the client's choice (RFC 8252 7.3,
 * OAuth 2.1 8.4.2). The known clients' complete sets are a table. Pure.
 */
#ifndef GATEHOUSE_REDIRECT_URI_H
#define GATEHOUSE_REDIRECT_URI_H

#include "settings.h"
#include "str.h"

struct redirect_preset {
	const char *name;        /* "claude", "chatgpt", "vscode", "cursor", "mcp-remote", "inspector", "mcporter", "mcpc", "loopback" */
	const char *const *uris; /* ended by NULL; "http://127.0.0.1/..." matches any port; a closing "*" matches one path segment */
	const char *help;
};
extern const struct redirect_preset redirect_presets[]; /* ended by a row whose name is NULL */

/* May this client use that URI? False for javascript:, data:, file:, blob: and for http beyond loopback, listed or not. */
bool redirect_uri_allowed(const struct client *client, struct str uri) MUST_USE;

/* Is `uri` fit to be listed in the settings at all? False with the reason in `why`. */
bool redirect_uri_listable(struct str uri, struct buf *why) MUST_USE;

#endif
