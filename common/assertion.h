/* SPDX-License-Identifier: MIT */
/*
 * Who is asking, signed: a JWT for the MCP server that wants more than headers which anybody inside could send. It is good for a
 * minute and for one resource. What was signed is remembered for half of that, so the same one may come with several requests.
 */
#ifndef GATEHOUSE_ASSERTION_H
#define GATEHOUSE_ASSERTION_H

#include "policy.h"
#include "settings.h"
#include "state.h"

#define ASSERTION_SECONDS 60
#define ASSERTION_BYTES 8000 /* more than that is too much for a header */

struct assertions;

/* Is there a key, if a resource wants one? Else false with the reason in `why`; for the start of a program. */
bool assertion_check(const struct settings *settings, struct buf *why) MUST_USE;

/* `state` must outlive it. new */
struct assertions *assertions_new(const struct state *state) MUST_USE;
void assertions_free(struct assertions *assertions);

/*
 * Appends the assertion; nothing if the resource wants none. False, and logged, when one is wanted and can't be had: then the
 * request must not go on.
 */
bool assertion_add(struct assertions *assertions, const struct resource *resource, const struct principal *principal, int64_t now,
	struct buf *out) MUST_USE;

#endif
