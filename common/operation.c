/* SPDX-License-Identifier: MIT */
#include "operation.h"

#define PLAIN_BYTES 128

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
		if (str_matches(name, rule->pattern.word[i]))
			return true;
	}
	return false;
}

/* What a character written as % and two digits stands for; -1: it is none. */
static int escaped(struct str text)
{
	static const char digits[] = "0123456789ABCDEF";
	int value = 0;

	for (size_t i = 1; i <= 2; i++) {
		size_t digit = 0;

		while (i < text.n && digit < 16 && !str_eq_nocase((struct str){ &text.p[i], 1 }, (struct str){ &digits[digit], 1 }))
			digit++;
		if (i >= text.n || digit == 16)
			return -1;
		value = value * 16 + (int)digit;
	}
	return value;
}

/* Does a segment of a path end there, for any reader? */
static bool ends_segment(struct str rest)
{
	int byte = rest.n == 0 ? 0 : rest.p[0] == '%' ? escaped(rest) : rest.p[0];

	return byte == 0 || byte == '/' || byte == '\\' || byte == ':' || byte == '?' || byte == '#';
}

/* "." or "..": a server takes it out of the path, and arrives elsewhere (RFC 3986 5.2.4). */
static bool is_dots(struct str rest)
{
	size_t dots = 0;

	while (dots < rest.n && rest.p[dots] == '.')
		dots++;
	return (dots == 1 || dots == 2) && ends_segment(str_skip(rest, dots));
}

/* URIs that differ from what a server makes of them: with dots to climb by, or characters encoded that need not be. */
static bool is_plain_uri(struct str uri)
{
	struct str rest = uri;
	bool starts_segment = true;

	while (rest.n != 0) {
		int byte = rest.p[0] == '%' ? escaped(rest) : (unsigned char)rest.p[0];

		if ((rest.p[0] == '%' && (byte <= 0 || is_plain((struct str){ &(char){ (char)byte }, 1 }))) || byte < 0x20 ||
			byte == 0x7f)
			return false;
		if (starts_segment && is_dots(rest))
			return false;
		starts_segment = ends_segment(rest);
		rest = str_skip(rest, rest.p[0] == '%' ? 3 : 1);
	}
	return true;
}

/* A strange name is given by its own name only, and taken away by any pattern. */
static bool may_give(const struct operation_rule *rule, const struct mcp_item *item)
{
	if (only_takes_away(rule))
		return false;
	if (rule->kind == OPERATION_METHOD || words_have(&rule->pattern, item->target))
		return true;
	return rule->kind == OPERATION_RESOURCE ? is_plain_uri(item->target) : is_plain(item->target);
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

/* Methods that a client needs to speak at all are for everybody who is let in, unless a rule denies them by name (PO-06). */
static bool is_basic(const struct mcp_item *item)
{
	return str_is(item->method, "initialize") || str_is(item->method, "server/discover") || str_is(item->method, "ping") ||
		str_starts(item->method, STR("notifications/"));
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

static bool is_for(const struct operation_rule *rule, const struct mcp_item *item)
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
	return names(rule, item) && !is_basic(item);
}

/* False: it is refused, whatever other rules say. */
static bool ask_rule(const struct operation_judge *judge, const struct operation_rule *rule, const struct mcp_item *item,
	struct gate gates[GATES])
{
	struct gate *gate = &gates[rule->kind == OPERATION_METHOD ? METHOD : TARGET];
	enum operation_word word;

	gate->closed = gate->closed || (is_for(rule, item) && !only_takes_away(rule));
	if (!names(rule, item))
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

	if (kinds == 0 ? is_basic(item) : (kinds >> item->target_kind & 1) == 0)
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
