/* SPDX-License-Identifier: MIT */
/* Rules for single tools, prompts, MCP resources and methods: blocks of a resource, conditions in CEL, scopes that include others.
 */
#include "plain_name.h"
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

static void fill_scopes(struct draft *draft, struct resource *resource)
{
	size_t most = 0;

	for (size_t i = 0; i < resource->n_operations; i++)
		most += resource->operation[i].scopes.n;
	for (size_t i = 0; i < resource->n_operations; i++) {
		const struct words *scopes = &resource->operation[i].scopes;

		for (size_t k = 0; k < scopes->n; k++)
			draft_words_add_once(draft, &resource->operation_scopes, most, scopes->word[k]);
	}
}

/* Adds what the included scopes include in turn, each once, so that circles end and a request has one list to look at. */
static void close_implication(struct draft *draft, const struct resource *resource, size_t most, struct implication *implication)
{
	struct words all = { NULL, 0 };

	for (size_t i = 0; i < implication->implied.n; i++)
		draft_words_add_once(draft, &all, most, implication->implied.word[i]);
	/* The list grows while it is walked. */
	for (size_t i = 0; i < all.n; i++) {
		for (size_t k = 0; k < resource->n_implications; k++) {
			const struct implication *other = &resource->implication[k];

			for (size_t l = 0; str_eq(other->scope, all.word[i]) && l < other->implied.n; l++)
				draft_words_add_once(draft, &all, most, other->implied.word[l]);
		}
	}
	implication->implied = all;
}

static void fill_implications(struct draft *draft, const struct entries *block, struct resource *resource)
{
	const struct entries *from = block != NULL && entries_find(block, "implies") != NULL ? block : &draft->top;
	size_t most = 0;

	resource->implication = draft_memory(draft, from->n * sizeof(struct implication));
	for (size_t i = 0; i < from->n; i++) {
		const struct entry *entry = &from->entry[i];

		if (str_is(entry->name.text, "implies"))
			resource->implication[resource->n_implications++] =
				(struct implication){ entry->word[0].text, words_of(draft, entry, 1) };
	}
	for (size_t i = 0; i < resource->n_implications; i++)
		most += resource->implication[i].implied.n;
	for (size_t i = 0; i < resource->n_implications; i++)
		close_implication(draft, resource, most, &resource->implication[i]);
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
	resource->upstream_checks_headers = str_is(draft_value(draft, block, "upstream_checks_headers"), "on");
	for (size_t i = 0; i < sizeof(legacies) / sizeof(legacies[0]); i++) {
		if (str_is(draft_value(draft, block, "legacy"), legacies[i].name))
			resource->legacy = legacies[i].legacy;
	}
}

bool settings_method_is_basic(struct str method)
{
	return str_is(method, "initialize") || str_is(method, "server/discover") || str_is(method, "ping") ||
		str_starts(method, STR("notifications/"));
}

static bool names_everybody(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (rules->rule[i].kind == RULE_ANY)
			return true;
	}
	return false;
}

static bool has_rule(const struct rules *rules, const struct rule *wanted)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->rule[i];

		if (rule->kind == wanted->kind && rule->issuer == wanted->issuer && str_eq(rule->value, wanted->value))
			return true;
	}
	return false;
}

/* Does the one deny everybody whom the other allows? */
static bool denies_all_of(const struct operation_rule *rule, const struct operation_rule *other)
{
	size_t denied = 0;

	for (size_t i = 0; i < other->allow.n; i++)
		denied += has_rule(&rule->deny, &other->allow.rule[i]);
	return names_everybody(&rule->deny) || (denied != 0 && denied == other->allow.n);
}

/* Does a star stand for such names? Its own stars stand for no others. */
static bool is_plain(enum operation_kind kind, struct str pattern)
{
	struct str rest = pattern, piece;

	if (kind == OPERATION_RESOURCE)
		return uri_is_plain(pattern);
	while (kind != OPERATION_METHOD && str_cut(&rest, '*', &piece)) {
		if (!name_is_plain(piece))
			return false;
	}
	return true;
}

/* A rule that gives something which it or another one takes from all the same people can never match (PO-07). */
static void check_contradictions(struct draft *draft, const struct resource *resource, const struct operation_rule *rule)
{
	for (size_t i = 0; i < resource->n_operations; i++) {
		const struct operation_rule *other = &resource->operation[i];

		for (size_t k = 0; k < rule->pattern.n && other->kind == rule->kind && denies_all_of(other, rule); k++) {
			for (size_t l = 0; l < other->pattern.n; l++) {
				/* A star of the one can be matched by one of the other only. */
				if (str_matches(rule->pattern.word[k], other->pattern.word[l]))
					draft_note(draft, (struct place){ .name = rule->where.p },
						"this can never allow %s: `deny` at %.*s takes it from all of them",
						draft_show(draft, rule->pattern.word[k]).p, STR_ARGS(other->where));
			}
		}
	}
}

/* A second rule of the same pattern adds nothing where the first asks for less. */
static void check_shadows(struct draft *draft, const struct resource *resource, const struct operation_rule *rule)
{
	for (const struct operation_rule *other = resource->operation; other != rule; other++) {
		bool gives_all = other->scopes.n + other->deny.n + other->when.text.n == 0 &&
			(other->allow.n == 0 || names_everybody(&other->allow));

		for (size_t k = 0; k < rule->pattern.n && other->kind == rule->kind && gives_all && rule->deny.n == 0; k++) {
			for (size_t l = 0; l < other->pattern.n; l++) {
				struct str pattern = rule->pattern.word[k];

				if (str_eq(pattern, other->pattern.word[l]) ||
					(is_plain(rule->kind, pattern) && str_matches(pattern, other->pattern.word[l])))
					draft_note(draft, (struct place){ .name = rule->where.p },
						"this asks for nothing: %.*s allows %s to everybody already",
						STR_ARGS(other->where), draft_show(draft, pattern).p);
			}
		}
	}
}

/* What is open to everybody can only be denied; and a pattern that is strange itself gives nothing (PO-07). */
static void check_effect(struct draft *draft, const struct operation_rule *rule)
{
	bool gives = rule->deny.n == 0 || rule->allow.n + rule->scopes.n + rule->when.text.n != 0;

	for (size_t k = 0; k < rule->pattern.n && gives; k++) {
		struct str pattern = rule->pattern.word[k];

		if (rule->kind == OPERATION_METHOD && settings_method_is_basic(pattern))
			draft_note(draft, (struct place){ .name = rule->where.p },
				"this asks for nothing: %s is open to whoever may use the resource, and only `deny` closes it",
				draft_show(draft, pattern).p);
		else if (str_has(pattern, '*') && !is_plain(rule->kind, pattern))
			draft_note(draft, (struct place){ .name = rule->where.p },
				"this can never allow anything by %s: a name of such characters is allowed by itself only, not by "
				"a pattern",
				draft_show(draft, pattern).p);
	}
}

/* Without a look at the body only requests of 2026-07-28 tell what they call, and only to a server that checks it. */
static void check_front(struct draft *draft, const struct resource *resource, const struct entry *entry)
{
	enum front front = draft->settings->front;

	if (resource->n_operations + resource->n_conditions == 0 || front == FRONT_NGINX_INSPECT)
		return;
	if (!resource->upstream_checks_headers && front != FRONT_UNSAID) {
		draft_error(draft, entry->name.place,
			"found rules for tools behind a web server that does not show the body, expected upstream_checks_headers "
			"on: the rules look at headers, so the MCP server must refuse those that differ from the body (nginx with "
			"inspect needs no such word)");
		return;
	}
	draft_note(draft, entry->name.place,
		"rules for tools: %s, %s; the reason is that they don't tell what they call (nginx with inspect judges all "
		"revisions)",
		front == FRONT_UNSAID ? "behind Caddy, lighttpd and nginx auth_request" : "behind this web server",
		resource->legacy == LEGACY_DENY ? "every POST of a client older than MCP 2026-07-28 is refused"
			: resource->legacy == LEGACY_ALLOW
			? "legacy allow lets every POST of a client older than MCP 2026-07-28 pass without them"
			: "a POST of a client older than MCP 2026-07-28 needs what all rules together ask for");
	if (!resource->upstream_checks_headers)
		draft_note(draft, entry->name.place,
			"rules for tools: without upstream_checks_headers on, only nginx with inspect lets calls of tools through");
}

void draft_check_operations(struct draft *draft, const struct resource *resource, const struct entry *entry)
{
	for (size_t i = 0; i < resource->n_operations; i++) {
		check_effect(draft, &resource->operation[i]);
		check_shadows(draft, resource, &resource->operation[i]);
		if (!names_everybody(&resource->operation[i].deny))
			check_contradictions(draft, resource, &resource->operation[i]);
	}
	for (size_t i = 0; i < resource->n_implications; i++) {
		if (resource->implication[i].implied.n == 0)
			draft_error(draft, entry->name.place,
				"found implies with one scope, expected a scope and those that it includes");
	}
	check_front(draft, resource, entry);
}
