/* SPDX-License-Identifier: MIT */
#include "operation.h"

#define PLAIN_BYTES 128

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

bool operation_has_rules(const struct resource *resource)
{
	return resource->n_operations != 0 || resource->n_conditions != 0;
}

/* Such a rule gives nobody anything, so it closes nothing to others. */
static bool only_takes_away(const struct operation_rule *rule)
{
	return rule->deny.n != 0 && rule->allow.n == 0 && rule->scopes.n == 0 && rule->when.text.n == 0;
}

static bool has_scopes(const struct operation_judge *judge, const struct words *scopes)
{
	for (size_t i = 0; i < scopes->n; i++) {
		if (!policy_has_scope(judge->resource, judge->principal, scopes->word[i]))
			return false;
	}
	return true;
}

/* Names of tools and prompts as they should be (MCP 2026-07-28, tool names); a star stands for nothing stranger. */
static bool is_plain(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char byte = name.p[i];

		if (!((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
			    byte == '-' || byte == '.'))
			return false;
	}
	return name.n <= PLAIN_BYTES;
}

static bool names(const struct operation_rule *rule, const struct mcp_item *item)
{
	static const enum mcp_target_kind targets[] = {
		[OPERATION_TOOL] = MCP_TOOL, [OPERATION_PROMPT] = MCP_PROMPT, [OPERATION_RESOURCE] = MCP_RESOURCE
	};
	struct str name = rule->kind == OPERATION_METHOD ? item->method : item->target;

	if (rule->kind != OPERATION_METHOD && item->target_kind != targets[rule->kind])
		return false;
	for (size_t i = 0; i < rule->pattern.n; i++) {
		if (operation_matches(rule->pattern.word[i], name))
			return true;
	}
	return false;
}

/* A strange name is given by its own name only, and taken away by any pattern. */
static bool may_give(const struct operation_rule *rule, const struct mcp_item *item)
{
	if (only_takes_away(rule))
		return false;
	return (item->target_kind != MCP_TOOL && item->target_kind != MCP_PROMPT) || is_plain(item->target) ||
		principal_has(&rule->pattern, rule->kind == OPERATION_METHOD ? item->method : item->target);
}

/* What one rule says of an item that it names. */
enum word { SILENT, YES, NEEDS_SCOPES, NO };

static enum word ask(const struct operation_judge *judge, const struct operation_rule *rule, const struct mcp_item *item)
{
	if (policy_matches(&rule->deny, judge->principal, true))
		return NO;
	if (!may_give(rule, item))
		return SILENT;
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

static bool is_about(const struct operation_judge *judge, const struct condition *condition, const struct mcp_item *item)
{
	unsigned kinds = judge->kinds(judge->context, condition);

	return kinds == 0 || (kinds >> item->target_kind & 1) != 0;
}

/* Is an item of that kind only allowed where a rule says so? */
static bool is_closed(const struct operation_judge *judge, const struct mcp_item *item)
{
	const struct resource *resource = judge->resource;

	for (size_t i = 0; i < resource->n_operations; i++) {
		const struct operation_rule *rule = &resource->operation[i];

		if (only_takes_away(rule))
			continue;
		if ((rule->kind == OPERATION_TOOL && item->target_kind == MCP_TOOL) ||
			(rule->kind == OPERATION_PROMPT && item->target_kind == MCP_PROMPT) ||
			(rule->kind == OPERATION_RESOURCE && item->target_kind == MCP_RESOURCE) ||
			(rule->kind == OPERATION_METHOD && names(rule, item)))
			return true;
	}
	for (size_t i = 0; i < resource->n_conditions; i++) {
		if (is_about(judge, &resource->condition[i], item))
			return true;
	}
	return false;
}

static bool is_allowed_by_condition(const struct operation_judge *judge, const struct mcp_item *item)
{
	const struct resource *resource = judge->resource;

	for (size_t i = 0; i < resource->n_conditions; i++) {
		if (is_about(judge, &resource->condition[i], item) && judge->is_true(judge->context, &resource->condition[i], item))
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
		const struct operation_rule *rule = &resource->operation[i];
		enum word word = ask(judge, rule, &nothing);

		/* A rule that takes something away might be about this very request. */
		if (word == NO || (word == SILENT && !only_takes_away(rule)))
			return OUTCOME_OPERATION_REFUSED;
	}
	/* A condition about the name of a tool can't be judged without one. */
	if (resource->n_conditions != 0)
		return OUTCOME_OPERATION_REFUSED;
	if (has_scopes(judge, &resource->operation_scopes))
		return OUTCOME_ALLOW;
	*needed = &resource->operation_scopes;
	return OUTCOME_INSUFFICIENT_SCOPE;
}
