/* SPDX-License-Identifier: MIT */
/*
 * Whether a principal may do the one thing that an MCP message asks for: call this tool, get this prompt, read this resource, use
 * this method. Deny before allow; once there is a rule for tools, a tool that no rule names is refused. Pure: conditions in CEL are
 * judged by whoever calls, through a function.
 */
#ifndef GATEHOUSE_OPERATION_H
#define GATEHOUSE_OPERATION_H

#include "mcp.h"
#include "outcome.h"
#include "policy.h"
#include "settings.h"

/* What one rule says of an item that it names. */
enum operation_word { OPERATION_SILENT, OPERATION_YES, OPERATION_NEEDS_SCOPES, OPERATION_NO };

/* Lists of scopes, all of which an operation needs beside those of the resource. The lists are borrowed from the settings. */
struct needed {
	const struct words *list[2];
	size_t n;
};

struct operation_judge {
	const struct resource *resource;
	const struct principal *principal;
	/* Is that condition true for this item? False too when it can't be judged. */
	bool (*is_true)(void *context, const struct condition *condition, const struct mcp_item *item);
	/* The kinds of things (1 << enum mcp_target_kind) that a `rule` names: it says nothing of others. 0: it judges everything.
	 */
	unsigned (*kinds)(void *context, const struct condition *condition);
	/*
	 * Is told what each rule that is asked says, for people who want to know; with an empty `where`, that no rule is about what
	 * the item names. NULL: nobody wants to know.
	 */
	void (*tell)(void *context, struct str where, enum operation_word word);
	void *context;
};

/* Has the resource any rules for single operations? */
bool operation_has_rules(const struct resource *resource) MUST_USE;

/*
 * OUTCOME_ALLOW; OUTCOME_OPERATION_REFUSED when logging in again can't help; OUTCOME_INSUFFICIENT_SCOPE with the scopes that would
 * do in *needed (the resource's own come on top).
 */
enum outcome operation_judge(const struct operation_judge *judge, const struct mcp_item *item, struct needed *needed) MUST_USE;

/* A request that does not tell what it asks for: may this principal do everything that any rule is about (legacy coarse)? As above.
 */
enum outcome operation_judge_unknown(const struct operation_judge *judge, struct needed *needed) MUST_USE;

#endif
