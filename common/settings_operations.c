/* SPDX-License-Identifier: MIT */
/* Rules for single tools, prompts, MCP resources and methods: blocks of a resource, conditions in CEL, scopes that include others.
 */
#include "settings_parts.h"

static const struct {
	const char *name;
	enum operation_kind kind;
} kinds[] = {
	{ "method", OPERATION_METHOD },
	{ "tool", OPERATION_TOOL },
	{ "prompt", OPERATION_PROMPT },
	{ "resource", OPERATION_RESOURCE },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t kind_of(const struct entry *entry)
{
	size_t i = 0;

	while (i < KINDS && !str_is(entry->name.text, kinds[i].name))
		i++;
	return i;
}

static struct condition condition_of(struct draft *draft, const struct entry *entry, struct resource *resource)
{
	resource->sees_facts = true;
	return (struct condition){ entry->word[0].text, place_text(draft, entry->word[0].place), draft->settings->n_conditions++ };
}

static struct words words_of(struct draft *draft, const struct entry *entry, size_t first)
{
	struct words words = { NULL, 0 };

	for (size_t i = first; entry != NULL && i < entry->n; i++)
		draft_words_add(draft, &words, entry->n, entry->word[i].text);
	return words;
}

static void fill_operation(struct draft *draft, const struct entry *entry, struct resource *resource, struct operation_rule *rule)
{
	const struct entries *block = entry->block;
	const struct entry *when = entries_find(block, "when");

	rule->kind = kinds[kind_of(entry)].kind;
	rule->where = place_text(draft, entry->name.place);
	rule->pattern = words_of(draft, entry, 0);
	rule->scopes = words_of(draft, entries_find(block, "scope"), 0);
	draft_fill_operation_rules(draft, "allow", block, resource, &rule->allow);
	draft_fill_operation_rules(draft, "deny", block, resource, &rule->deny);
	if (when != NULL)
		rule->when = condition_of(draft, when, resource);
}

static bool has(const struct words *words, struct str word)
{
	for (size_t i = 0; i < words->n; i++) {
		if (str_eq(words->word[i], word))
			return true;
	}
	return false;
}

static void fill_scopes(struct draft *draft, struct resource *resource)
{
	size_t most = 0;

	for (size_t i = 0; i < resource->n_operations; i++)
		most += resource->operation[i].scopes.n;
	for (size_t i = 0; i < resource->n_operations; i++) {
		const struct words *scopes = &resource->operation[i].scopes;

		for (size_t k = 0; k < scopes->n; k++) {
			if (!has(&resource->operation_scopes, scopes->word[k]))
				draft_words_add(draft, &resource->operation_scopes, most, scopes->word[k]);
		}
	}
}

static void fill_implications(struct draft *draft, const struct entries *block, struct resource *resource)
{
	const struct entries *from = entries_find(block, "implies") != NULL ? block : &draft->top;

	resource->implication = draft_memory(draft, from->n * sizeof(struct implication));
	for (size_t i = 0; i < from->n; i++) {
		const struct entry *entry = &from->entry[i];

		if (str_is(entry->name.text, "implies"))
			resource->implication[resource->n_implications++] =
				(struct implication){ entry->word[0].text, words_of(draft, entry, 1) };
	}
}

void draft_fill_operations(struct draft *draft, const struct entries *block, struct resource *resource)
{
	static const struct {
		const char *name;
		enum legacy legacy;
	} legacies[] = { { "deny", LEGACY_DENY }, { "coarse", LEGACY_COARSE }, { "allow", LEGACY_ALLOW } };
	size_t n = block != NULL ? block->n : 0;

	resource->operation = draft_memory(draft, n * sizeof(struct operation_rule));
	resource->condition = draft_memory(draft, n * sizeof(struct condition));
	for (size_t i = 0; i < n; i++) {
		const struct entry *entry = &block->entry[i];

		if (kind_of(entry) < KINDS)
			fill_operation(draft, entry, resource, &resource->operation[resource->n_operations++]);
		else if (str_is(entry->name.text, "rule"))
			resource->condition[resource->n_conditions++] = condition_of(draft, entry, resource);
	}
	fill_scopes(draft, resource);
	fill_implications(draft, block, resource);
	for (size_t i = 0; i < sizeof(legacies) / sizeof(legacies[0]); i++) {
		if (str_is(draft_value(draft, block, "legacy"), legacies[i].name))
			resource->legacy = legacies[i].legacy;
	}
}

static bool is_literal(struct str pattern)
{
	return !str_has(pattern, '*');
}

/* A name that is refused to everybody and allowed to somebody says two things at once (PO-07). */
static void check_contradictions(struct draft *draft, const struct resource *resource, size_t index)
{
	const struct operation_rule *rule = &resource->operation[index];

	for (size_t i = 0; i < index; i++) {
		const struct operation_rule *other = &resource->operation[i];

		for (size_t k = 0; k < rule->pattern.n && other->kind == rule->kind; k++) {
			for (size_t l = 0; l < other->pattern.n; l++) {
				bool denies = (rule->deny.n != 0 && rule->deny.rule[0].kind == RULE_ANY) !=
					(other->deny.n != 0 && other->deny.rule[0].kind == RULE_ANY);

				if (denies && is_literal(rule->pattern.word[k]) &&
					str_eq(rule->pattern.word[k], other->pattern.word[l]))
					draft_note(draft, (struct place){ .name = rule->where.p },
						"%s is refused to everybody here or at %.*s and allowed at the other place: it "
						"stays refused",
						draft_show(draft, rule->pattern.word[k]).p, STR_ARGS(other->where));
			}
		}
	}
}

/* Without a look at the body only requests of 2026-07-28 tell what they call. */
static void check_front(struct draft *draft, const struct resource *resource, const struct entry *entry)
{
	enum front front = draft->settings->front;

	if (resource->n_operations + resource->n_conditions == 0 || front == FRONT_NGINX_INSPECT)
		return;
	if (resource->legacy == LEGACY_DENY)
		draft_note(draft, entry->name.place,
			"rules for tools: %s every POST of a client older than MCP 2026-07-28 is refused there, since it does not "
			"tell what it calls "
			"(nginx-conf with inspect judges all revisions; see legacy); and the MCP server must hold the Mcp- headers "
			"to agree with the body",
			front == FRONT_UNSAID
				? "behind a web server that does not show the body (Caddy, lighttpd, nginx auth_request)"
				: "this web server does not show the body;");
	else
		draft_note(draft, draft_place(draft, entry, "legacy"),
			"legacy %s: requests that don't tell what they call pass without rules for tools",
			resource->legacy == LEGACY_ALLOW ? "allow" : "coarse");
}

void draft_check_operations(struct draft *draft, const struct resource *resource, const struct entry *entry)
{
	for (size_t i = 0; i < resource->n_operations; i++)
		check_contradictions(draft, resource, i);
	for (size_t i = 0; i < resource->n_implications; i++) {
		if (resource->implication[i].implied.n == 0)
			draft_error(draft, entry->name.place,
				"found implies with one scope, expected a scope and those that it includes");
	}
	check_front(draft, resource, entry);
}
