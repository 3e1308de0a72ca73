/* SPDX-License-Identifier: MIT */
/*
 * The conditions of the settings (`rule "..."`, `when "..."`), compiled once, asked for each message. What they may look at:
 *
 *	jwt        the claims of the token (facts.h)
 *	principal  what was made of them
 *	mcp        method, tool.name, prompt.name, resource.uri; arguments where the body is seen
 *	request    method, path, headers (by their names in lower case)
 *
 * A condition that can't be judged is false, and the log says why, at most once a minute for each.
 */
#ifndef GATEHOUSE_CONDITION_H
#define GATEHOUSE_CONDITION_H

#include "http.h"
#include "json.h"
#include "mcp.h"
#include "policy.h"
#include "settings.h"

struct conditions;

/*
 * new; NULL with a line for each that can't be used in `errors` (FILE:LINE:COLUMN: ...). What looks like a mistake is a line in
 * `notes`. `settings` must outlive it.
 */
struct conditions *conditions_new(const struct settings *settings, struct buf *errors, struct buf *notes) MUST_USE;
void conditions_free(struct conditions *conditions);

/* One request, and the message of it that is judged. Start with the first five set, end with situation_end. */
struct situation {
	const struct http *http;
	struct str method, path;
	const json_t *facts; /* of the principal */
	bool shows_arguments;
	const struct mcp_item *item;
	const json_t *jwt, *principal; /* of the facts */
	json_t *request, *mcp;         /* made when a condition looks at them */
};
/* The next message. */
void situation_next(struct situation *situation, const struct mcp_item *item);
void situation_end(struct situation *situation);

bool condition_is_true(
	const struct conditions *conditions, const struct condition *condition, struct situation *situation) MUST_USE;

/* The kinds of things (1 << enum mcp_target_kind) that it names: it says nothing of others. 0: it judges everything. */
unsigned condition_kinds(const struct conditions *conditions, const struct condition *condition) MUST_USE;

#endif
