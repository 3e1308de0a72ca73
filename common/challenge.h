/* SPDX-License-Identifier: MIT */
/*
 * What a refused client reads: the Bearer challenge (RFC 6750 3, RFC 9728 5.1) and the one-line JSON body. Pure. Clients find
 * parameters by searching for "name=" or by splitting at commas, so no value has a comma, a quote or an "=" of its own; scopes and
 * texts are checked where they enter.
 */
#ifndef GATEHOUSE_CHALLENGE_H
#define GATEHOUSE_CHALLENGE_H

#include "outcome.h"
#include "policy.h"
#include "settings.h"
#include "str.h"

/* The URL of the resource's metadata document (RFC 9728 3.1). Appends to `out`. */
void challenge_metadata_url(const struct resource *resource, struct buf *out);

/*
 * The value of WWW-Authenticate for a refusal; nothing when the outcome has none. `principal` is NULL while nobody is known;
 * for OUTCOME_INSUFFICIENT_SCOPE it decides which granted scopes are repeated (RFC 6750 3.1, MCP step-up). `needed` are the scopes
 * of the one operation beside the resource's own; NULL: none. Appends to `out`.
 */
void challenge_write(const struct resource *resource, enum outcome outcome, const struct principal *principal,
	const struct words *needed, struct buf *out);

/* The JSON body of a refusal, on one line; `resource` may be NULL. Appends to `out`. */
void challenge_body(const struct resource *resource, enum outcome outcome, struct buf *out);

#endif
