/* SPDX-License-Identifier: MIT */
#include "operation.h"

#include "plain_name.h"

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

static bool names(const struct operation_rule *rule, const struct mcp_item *item)
{
	static const enum mcp_target_kind targets[] = {
		[OPERATION_TOOL] = MCP_TOOL, [OPERATION_PROMPT] = MCP_PROMPT, [OPERATION_RESOURCE] = MCP_RESOURCE
	};
	struct str name = rule->kind == OPERATION_METHOD ? item->method : item->target;

	if (rule->kind != OPERATION_METHOD && item->target_kind != targets[rule->kind])
		return false;
	for (size_t i = 0; i < rule->pattern.n; i++) {
		if (str_matches(name, rule->pattern.word[i]))
			return true;
	}
	return false;
}

/* A strange name is given by its own name only, and taken away by any pattern. */
static bool may_give(const struct operation_rule *rule, const struct mcp_item *item)
{
	if (only_takes_away(rule))
		return false;
	if (rule->kind == OPERATION_METHOD || words_have(&rule->pattern, item->target))
		return true;
	return rule->kind == OPERATION_RESOURCE ? uri_is_plain(item->target) : name_is_plain(item->target);
}

static enum operation_word ask(const struct operation_judge *judge, const struct operation_rule *rule, const struct mcp_item *item)
{
	if (policy_matches(&rule->deny, judge->principal, true))
		return OPERATION_NO;
	if (!may_give(rule, item))
		return OPERATION_SILENT;
	if (rule->allow.n != 0 && !policy_matches(&rule->allow, judge->principal, false))
		return OPERATION_SILENT;
	if (rule->when.text.n != 0 && !judge->is_true(judge->context, &rule->when, item))
		return OPERATION_SILENT;
	return has_scopes(judge, &rule->scopes) ? OPERATION_YES : OPERATION_NEEDS_SCOPES;
}

/*
 * An item passes two gates: that of its method, and that of the tool, prompt or resource that it names. A gate that no rule is
 * about stands open.
 */
struct gate {
	bool asked, closed, opened;
	const struct words *needed; /* scopes that would open it */
};
enum { METHOD, TARGET, GATES };

static bool is_for(const struct operation_rule *rule, const struct mcp_item *item, bool is_named)
{
	switch (rule->kind) {
	case OPERATION_TOOL:
		return item->target_kind == MCP_TOOL;
	case OPERATION_PROMPT:
		return item->target_kind == MCP_PROMPT;
	case OPERATION_RESOURCE:
		return item->target_kind == MCP_RESOURCE;
	case OPERATION_METHOD:
		break;
	}
	return is_named && !settings_method_is_basic(item->method);
}

/* False: it is refused, whatever other rules say. */
static bool ask_rule(const struct operation_judge *judge, const struct operation_rule *rule, const struct mcp_item *item,
	struct gate gates[GATES])
{
	struct gate *gate = &gates[rule->kind == OPERATION_METHOD ? METHOD : TARGET];
	enum operation_word word;
	bool is_named = names(rule, item);

	gate->closed = gate->closed || (is_for(rule, item, is_named) && !only_takes_away(rule));
	if (!is_named)
		return true;
	gate->asked = true;
	word = ask(judge, rule, item);
	if (judge->tell != NULL)
		judge->tell(judge->context, rule->where, word);
	gate->opened = gate->opened || word == OPERATION_YES;
	if (word == OPERATION_NEEDS_SCOPES && gate->needed == NULL)
		gate->needed = &rule->scopes;
	return word != OPERATION_NO;
}

static bool is_open(const struct gate *gate)
{
	return gate->opened || !gate->closed;
}

/*
 * One that is true opens the last gate, and no other: what the rules of a method ask for is asked of everybody, whatever else the
 * call names. So where they are all there is, no condition is asked.
 */
static void ask_condition(const struct operation_judge *judge, const struct condition *condition, const struct mcp_item *item,
	struct gate gates[GATES])
{
	struct gate *gate = &gates[TARGET];
	unsigned kinds = judge->kinds(judge->context, condition);
	bool result;

	if (kinds == 0 ? settings_method_is_basic(item->method) : (kinds >> item->target_kind & 1) == 0)
		return;
	if (item->target_kind == MCP_NO_TARGET && gates[METHOD].closed)
		return;
	gate->asked = gate->closed = true;
	if (gate->opened)
		return;
	result = judge->is_true(judge->context, condition, item);
	if (judge->tell != NULL)
		judge->tell(judge->context, condition->where, result ? OPERATION_YES : OPERATION_SILENT);
	gate->opened = result;
}

/* A person who is let in or kept out by no rule at all would search for it. */
static void tell_silence(const struct operation_judge *judge, const struct mcp_item *item, const struct gate gates[GATES])
{
	bool asked = gates[TARGET].asked || (item->target_kind == MCP_NO_TARGET && gates[METHOD].asked);

	if (judge->tell != NULL && !asked)
		judge->tell(judge->context, STR_NONE, OPERATION_SILENT);
}

enum outcome operation_judge(const struct operation_judge *judge, const struct mcp_item *item, struct needed *needed)
{
	const struct resource *resource = judge->resource;
	struct gate gates[GATES] = { 0 };

	*needed = (struct needed){ 0 };
	/* An answer of the client to a question of the server asks for nothing. */
	if (item->form == MCP_RESPONSE)
		return OUTCOME_ALLOW;
	for (size_t i = 0; i < resource->n_operations; i++) {
		if (!ask_rule(judge, &resource->operation[i], item, gates))
			return OUTCOME_OPERATION_REFUSED;
	}
	for (size_t i = 0; i < resource->n_conditions; i++)
		ask_condition(judge, &resource->condition[i], item, gates);
	tell_silence(judge, item, gates);
	for (size_t i = 0; i < GATES; i++) {
		if (!is_open(&gates[i]) && gates[i].needed == NULL)
			return OUTCOME_OPERATION_REFUSED;
		if (!is_open(&gates[i]))
			needed->list[needed->n++] = gates[i].needed;
	}
	return needed->n == 0 ? OUTCOME_ALLOW : OUTCOME_INSUFFICIENT_SCOPE;
}

enum outcome operation_judge_unknown(const struct operation_judge *judge, struct needed *needed)
{
	const struct resource *resource = judge->resource;
	const struct mcp_item nothing = { .form = MCP_REQUEST };

	*needed = (struct needed){ 0 };
	for (size_t i = 0; i < resource->n_operations; i++) {
		const struct operation_rule *rule = &resource->operation[i];
		enum operation_word word = ask(judge, rule, &nothing);

		/* A rule that takes something away might be about this very request. */
		if (word == OPERATION_NO || (word == OPERATION_SILENT && !only_takes_away(rule)))
			return OUTCOME_OPERATION_REFUSED;
	}
	/* A condition about the name of a tool can't be judged without one. */
	if (resource->n_conditions != 0)
		return OUTCOME_OPERATION_REFUSED;
	if (has_scopes(judge, &resource->operation_scopes))
		return OUTCOME_ALLOW;
	*needed = (struct needed){ { &resource->operation_scopes }, 1 };
	return OUTCOME_INSUFFICIENT_SCOPE;
}
