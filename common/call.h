/* SPDX-License-Identifier: MIT */
/*
 * What a request asks the MCP server to do, and whether its principal may: from the body where the web server shows it (voice
 * inspect), else from the headers of MCP 2026-07-28. Every message of the body is judged, and the first refusal is the answer for
 * all of them; one that a login could cure comes last.
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

/* new. The settings must have passed calls_check, and outlive it. */
struct calls *calls_new(const struct settings *settings) MUST_USE;
void calls_free(struct calls *calls);

/* For the start of a program: can all conditions be used? A line for each that can't in `why`. */
bool calls_check(const struct settings *settings, struct buf *why) MUST_USE;
/* And what of them should be known, though it holds? */
void calls_review(const struct settings *settings, struct buf *notes);

/* The headers of MCP. borrowed */
struct mcp_headers call_headers(const struct http *http);

struct call {
	const struct resource *resource;
	const struct principal *principal;
	struct str method, path; /* of HTTP */
	bool shows_body;         /* else the headers are all there is */
	/*
	 * Set with OUTCOME_INSUFFICIENT_SCOPE: the scopes that would do for all messages, beside the resource's own. borrowed until
	 * the next call
	 */
	struct words needed;
	struct buf *name; /* set for the audit: what was asked for, when a body told it */
	/* Is told what each rule that is asked says, like operation_judge's; NULL: nobody is. */
	void (*tell)(void *told, struct str where, enum operation_word word);
	void *told;
};

/* For one message by itself, without a request. */
enum outcome calls_try(struct calls *calls, struct call *call, const struct mcp_item *item) MUST_USE;

/* OUTCOME_ALLOW, or why not. Reads the body of the request if it is shown: OUTCOME_BODY_TOO_LARGE. */
enum outcome calls_judge(struct calls *calls, struct http *http, struct call *call) MUST_USE;

#endif
