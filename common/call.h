/* SPDX-License-Identifier: MIT */
/*
 * What a request asks the MCP server to do, and whether its principal may: from the body where the web server shows it (voice inspect),
 * else from the headers of MCP 2026-07-28. Every message of the body is judged, and the first refusal is the answer for all of them.
 */
#ifndef GATEHOUSE_CALL_H
#define GATEHOUSE_CALL_H

#include "http.h"
#include "mcp.h"
#include "operation.h"
#include "outcome.h"
#include "policy.h"
#include "settings.h"

struct calls;

/* Compiles the conditions. new; NULL with a line for each that can't be used in `why`. `settings` must outlive it. */
struct calls *calls_new(const struct settings *settings, struct buf *why) MUST_USE;
void calls_free(struct calls *calls);

/* Can all conditions be used? For the start of a program. */
bool calls_check(const struct settings *settings, struct buf *why);

struct call {
	const struct resource *resource;
	const struct principal *principal;
	struct str method, path;     /* of HTTP */
	bool shows_body;             /* else the headers are all there is */
	const struct words *needed;  /* set with OUTCOME_INSUFFICIENT_SCOPE: the scopes that would do, beside the resource's own */
	struct buf *name;            /* set for the audit: what was asked for, when a body told it */
};

/* OUTCOME_ALLOW, or why not. Reads the body of the request if it is shown: OUTCOME_BODY_TOO_LARGE. */
enum outcome calls_judge(struct calls *calls, struct http *http, struct call *call) MUST_USE;

#endif
