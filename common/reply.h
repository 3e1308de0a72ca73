/* SPDX-License-Identifier: MIT */
/*
 * What a client hears at its redirect URI (OAuth 2.1 4.1.2, 4.1.2.1): a code or an error, its `state` and always our `iss` (RFC
 * 9207). Only for a client and a redirect URI that are known to be good. Each reply is a line in the log.
 */
#ifndef GATEHOUSE_REPLY_H
#define GATEHOUSE_REPLY_H

#include "pending.h"
#include "visit.h"

/* `subject`: the person, empty if nobody is known. */
void reply_code(struct visit *visit, const struct pending *pending, struct str subject, struct str code);
/* `error` and `description` are static and ASCII without quote and backslash. */
void reply_error(
	struct visit *visit, const struct pending *pending, struct str subject, const char *error, const char *description);

#endif
