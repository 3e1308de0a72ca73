/* SPDX-License-Identifier: MIT */
/*
 * The page that asks a person, and its form (MCP, confused deputy; RFC 9700 4.14): the request travels in it, sealed and bound to
 * the browser, and is decided once: the same answer again does the same again, another one is refused.
 */
#ifndef GATEHOUSE_CONSENT_H
#define GATEHOUSE_CONSENT_H

#include "authorization.h"
#include "office.h"
#include "pending.h"
#include "visit.h"

#define CONSENT_PATH "/oauth/consent"

/* Answers with the page. `pending` lacks its id. */
void consent_ask(struct office *office, struct visit *visit, const struct oauth_client *client,
	const struct authorization *authorization, struct pending *pending);

/*
 * The form of that page. False: answered, it is not ours, not of this browser, too old, or was decided otherwise before. *json owns
 * what `pending` borrows.
 */
bool consent_take(struct office *office, struct visit *visit, struct pending *pending, json_t **json, bool *allowed) MUST_USE;

#endif
