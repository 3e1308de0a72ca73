/* SPDX-License-Identifier: MIT */
/*
 * How auth-check says yes and no, in the way that the front server needs. The judgement is the same for all of them.
 *
 * subrequest  nginx auth_request: a no is always 403, and its configuration rebuilds the true answer from headers
 * inspect     nginx fastcgi_pass with the body: a yes is X-Accel-Redirect, a no the complete answer
 * forward     Caddy and whatever passes a complete answer on
 * authorizer  lighttpd and Apache (FCGI_ROLE=AUTHORIZER): a yes speaks in Variable-... headers
 */
#ifndef GATEHOUSE_VOICE_H
#define GATEHOUSE_VOICE_H

#include "http.h"
#include "outcome.h"
#include "policy.h"
#include "settings.h"

enum voice { VOICE_FORWARD, VOICE_SUBREQUEST, VOICE_INSPECT, VOICE_AUTHORIZER };

enum voice voice_choose(const struct http *http) MUST_USE;

/*
 * Yes: the positive word that every shipped configuration demands, since no answer or half of one must admit nobody; every
 * identity field and the assertion, even if empty; and the origin (empty: none) that may read the MCP server's answer.
 */
void voice_yes(struct http *http, enum voice voice, const struct principal *principal, struct str assertion, struct str origin);

struct refusal {
	enum outcome outcome;
	const struct resource *resource;   /* NULL when no resource was found */
	const struct principal *principal; /* NULL when nobody is known */
	const struct words *needed;        /* scopes beside the resource's own; NULL: none */
	struct str origin;                 /* an allowed one, or empty */
	uint32_t retry_after;              /* seconds; 0 = not said */
};

void voice_no(struct http *http, enum voice voice, const struct refusal *refusal);

#endif
