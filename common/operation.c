/* SPDX-License-Identifier: MIT */
#include "operation.h"

#define INCLUSIONS 16 /* scopes that include scopes that include scopes ... */

bool operation_matches(struct str pattern, struct str name)
{
	struct str after = STR_NONE, rest = STR_NONE;
	bool starred = false;

	/* The last star seen may stand for one byte more; that is all there is to go back to. */
	for (;;) {
		if (pattern.n != 0 && pattern.p[0] == '*') {
			starred = true;
			after = pattern = str_skip(pattern, 1);
			rest = name;
		} else if (pattern.n != 0 && name.n != 0 && pattern.p[0] == name.p[0]) {
			pattern = str_skip(pattern, 1);
			name = str_skip(name, 1);
		} else if (pattern.n == 0 && name.n == 0) {
			return true;
		} else if (starred && rest.n != 0) {
			pattern = after;
			name = rest = str_skip(rest, 1);
		} else {
			return false;
		}
	}
}

static bool includes(const struct resource *resource, struct str held, struct str scope, unsigned depth)
{
	if (str_eq(held, scope))
		return true;
	for (size_t i = 0; i < resource->n_implications && depth < INCLUSIONS; i++) {
		const struct implication *implication = &resource->implication[i];

		if (!str_eq(implication->scope, held))
			continue;
		for (size_t k = 0; k < implication->implied.n; k++) {
			if (includes(resource, implication->implied.word[k], scope, depth + 1))
				return true;
		}
	}
	return false;
}

bool operation_has_scope(const struct resource *resource, const struct principal *principal, struct str scope)
{
	for (size_t i = 0; i < principal->scopes.n; i++) {
		if (includes(resource, principal->scopes.word[i], scope, 0))
			return true;
	}
	return false;
}

bool operation_has_rules(const struct resource *resource)
{
	return resource->n_operations != 0 || resource->n_conditions != 0;
}

static bool has_scopes(const struct operation_judge *judge, const struct words *scopes)
{
	for (size_t i = 0; i < scopes->n; i++) {
		if (!operation_has_scope(judge->resource, judge->principal, scopes->word[i]))
			return false;
	}
	return true;
}

static bool names(const struct operation_rule *rule, const struct mcp_item *item)
{
	static const enum mcp_target_kind targets[] = { [OPERATION_TOOL] = MCP_TOOL, [OPERATION_PROMPT] = MCP_PROMPT,
		[OPERATION_RESOURCE] = MCP_RESOURCE };
	struct str name = rule->kind == OPERATION_METHOD ? item->method : item->target;

	if (rule->kind != OPERATION_METHOD && item->target_kind != targets[rule->kind])
		return false;
	for (size_t i = 0; i < rule->pattern.n; i++) {
		if (operation_matches(rule->pattern.word[i], name))
			return true;
	}
	return false;
}

/* What one rule says of an item that it names. */
enum word { SILENT, YES, NEEDS_SCOPES, NO };

static enum word ask(const struct operation_judge *judge, const struct operation_rule *rule, const struct mcp_item *item)
{
	if (policy_matches(&rule->deny, judge->principal, true))
		return NO;
	if (rule->deny.n != 0 && rule->allow.n == 0 && rule->scopes.n == 0 && rule->when.text.n == 0)
		return SILENT; /* it only takes away */
	if (rule->allow.n != 0 && !policy_matches(&rule->allow, judge->principal, false))
		return SILENT;
	if (rule->when.text.n != 0 && !judge->is_true(judge->context, &rule->when, item))
		return SILENT;
	return has_scopes(judge, &rule->scopes) ? YES : NEEDS_SCOPES;
}

/* Methods that a client needs to speak at all are for everybody who is let in, unless a rule denies them by name (PO-06). */
static bool is_basic(const struct mcp_item *item)
{
	return str_is(item->method, "initialize") || str_is(item->method, "server/discover") || str_is(item->method, "ping") ||
		str_starts(item->method, STR("notifications/"));
}

/* Is an item of that kind only allowed where a rule says so? */
static bool is_closed(const struct operation_judge *judge, const struct mcp_item *item)
{
	const struct resource *resource = judge->resource;

	for (size_t i = 0; i < resource->n_operations; i++) {
		const struct operation_rule *rule = &resource->operation[i];

		/* A rule that only denies closes nothing. */
		if (rule->deny.n != 0 && rule->allow.n == 0 && rule->scopes.n == 0 && rule->when.text.n == 0)
			continue;
		if ((rule->kind == OPERATION_TOOL && item->target_kind == MCP_TOOL) ||
			(rule->kind == OPERATION_PROMPT && item->target_kind == MCP_PROMPT) ||
			(rule->kind == OPERATION_RESOURCE && item->target_kind == MCP_RESOURCE) || (rule->kind == OPERATION_METHOD && names(rule, item)))
			return true;
	}
	for (size_t i = 0; i < resource->n_conditions; i++) {
		enum mcp_target_kind kind = judge->kind_of(judge->context, &resource->condition[i]);

		if (kind == MCP_NO_TARGET || kind == item->target_kind)
			return true;
	}
	return false;
}

static bool is_allowed_by_condition(const struct operation_judge *judge, const struct mcp_item *item)
{
	const struct resource *resource = judge->resource;

	for (size_t i = 0; i < resource->n_conditions; i++) {
		enum mcp_target_kind kind = judge->kind_of(judge->context, &resource->condition[i]);

		if ((kind == MCP_NO_TARGET || kind == item->target_kind) && judge->is_true(judge->context, &resource->condition[i], item))
			return true;
	}
	return false;
}

enum outcome operation_judge(const struct operation_judge *judge, const struct mcp_item *item, const struct words **needed)
{
	const struct resource *resource = judge->resource;
	bool allowed = false;

	*needed = NULL;
	/* An answer of the client to a question of the server asks for nothing. */
	if (item->form == MCP_RESPONSE)
		return OUTCOME_ALLOW;
	for (size_t i = 0; i < resource->n_operations; i++) {
		const struct operation_rule *rule = &resource->operation[i];
		enum word word = names(rule, item) ? ask(judge, rule, item) : SILENT;

		if (word == NO)
			return OUTCOME_OPERATION_REFUSED;
		allowed = allowed || word == YES;
		if (word == NEEDS_SCOPES && *needed == NULL)
			*needed = &rule->scopes;
	}
	if (allowed || is_basic(item) || !is_closed(judge, item) || is_allowed_by_condition(judge, item)) {
		*needed = NULL;
		return OUTCOME_ALLOW;
	}
	return *needed != NULL ? OUTCOME_INSUFFICIENT_SCOPE : OUTCOME_OPERATION_REFUSED;
}

enum outcome operation_judge_unknown(const struct operation_judge *judge, const struct words **needed)
{
	const struct resource *resource = judge->resource;
	const struct mcp_item nothing = { .form = MCP_REQUEST };

	*needed = NULL;
	for (size_t i = 0; i < resource->n_operations; i++) {
		enum word word = ask(judge, &resource->operation[i], &nothing);

		/* A rule that takes something away might be about this very request. */
		if (word == NO || (word == SILENT && resource->operation[i].deny.n == 0))
			return OUTCOME_OPERATION_REFUSED;
		if (word == NEEDS_SCOPES && *needed == NULL)
			*needed = &resource->operation[i].scopes;
	}
	if (*needed != NULL)
		return OUTCOME_INSUFFICIENT_SCOPE;
	/* A condition about the name of a tool can't be judged without one. */
	return resource->n_conditions == 0 ? OUTCOME_ALLOW : OUTCOME_OPERATION_REFUSED;
}
