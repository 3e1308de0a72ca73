/* SPDX-License-Identifier: MIT */
/*
 * Which origins may talk to the MCP endpoint (MCP Streamable HTTP, security; Fetch standard). Pure.
 */
#ifndef GATEHOUSE_CORS_H
#define GATEHOUSE_CORS_H

#include "settings.h"
#include "str.h"

#define CORS_METHODS "POST, GET, DELETE, OPTIONS"
#define CORS_EXPOSED "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, Last-Event-ID"

/* `origin` is on the list, exactly, or the list is "*". "null" never is. */
bool cors_origin_allowed(const struct words *allowed, struct str origin) MUST_USE;

/*
 * The value of Access-Control-Allow-Headers for a preflight that asked for `requested`: our fixed list, and every
 * well-formed Mcp-Param-<token> among those asked for. Appends to `out`.
 */
void cors_allowed_headers(struct str requested, struct buf *out);

#endif
