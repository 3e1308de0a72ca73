/* SPDX-License-Identifier: MIT */
/* allow and deny: `any`, or a kind, one or more values, and perhaps `from ISSUER`. */
#include "settings_parts.h"

static const struct {
	const char *name;
	enum rule_kind kind;
	bool per_issuer; /* two providers may mean two people or things by one value */
} kinds[] = {
	{ "any", RULE_ANY, false },
	{ "subject", RULE_SUBJECT, true },
	{ "email", RULE_EMAIL, false },
	{ "domain", RULE_DOMAIN, false },
	{ "group", RULE_GROUP, true },
	{ "client", RULE_CLIENT, true },
	{ "org", RULE_ORGANIZATION, true },
	{ "team", RULE_TEAM, true },
	{ "hosted_domain", RULE_HOSTED_DOMAIN, true },
};
#define KIND_NAMES "subject, email, domain, group, client, org, team or hosted_domain"

#define NAMES_BYTES 8192

static const size_t n_kinds = sizeof(kinds) / sizeof(kinds[0]);

static size_t kind_index(struct str name)
{
	size_t i = 0;

	while (i < n_kinds && !str_is(name, kinds[i].name))
		i++;
	return i;
}

/* The word after a closing `from`, NULL when there is none. */
static const struct word *issuer_word(const struct entry *entry)
{
	const struct word *from = entry->n >= 3 ? &entry->word[entry->n - 2] : NULL;

	return from != NULL && !from->quoted && str_is(from->text, "from") ? from + 1 : NULL;
}

static size_t values_end(const struct entry *entry)
{
	return issuer_word(entry) != NULL ? entry->n - 2 : entry->n;
}

/* One "@" with text on both sides. */
static bool is_email(struct str s)
{
	struct str local = STR_NONE;

	return str_cut(&s, '@', &local) && local.n != 0 && s.n != 0 && !str_has(s, '@') && !str_has(local, ' ') && !str_has(s, ' ');
}

static bool is_domain(struct str s)
{
	return s.n != 0 && s.p[0] != '.' && s.p[s.n - 1] != '.' && !str_has(s, '@') && !str_has(s, ' ') && !str_has(s, '/');
}

static void check_value(struct draft *draft, enum rule_kind kind, const struct word *word)
{
	const char *shown = draft_show(draft, word->text).p;

	if (!str_is_printable(word->text) || !str_is_utf8(word->text) || word->text.n == 0)
		draft_error(draft, word->place, "found %s, expected a value of one or more printable characters", shown);
	else if (str_has(word->text, '*'))
		draft_error(draft, word->place,
			"found %s, expected a whole value: rules know no wildcards; say `allow "
			"any` for everybody",
			shown);
	else if (!word->quoted && str_is(word->text, "from"))
		draft_error(draft, word->place,
			"found from, expected `from ISSUER` at the end of the rule; put a value of "
			"that name in quotes");
	else if (kind == RULE_EMAIL && !is_email(word->text))
		draft_error(draft, word->place, "found %s, expected an e-mail address", shown);
	else if (kind == RULE_TEAM && !str_has(word->text, '/'))
		draft_error(draft, word->place, "found %s, expected an organization and a team such as example/developers", shown);
	else if ((kind == RULE_DOMAIN || kind == RULE_HOSTED_DOMAIN) && !is_domain(word->text))
		draft_error(draft, word->place, "found %s, expected a domain such as example.com, without @", shown);
}

void draft_check_rule(struct draft *draft, const struct entry *entry, bool in_operation)
{
	size_t kind = kind_index(entry->word[0].text);
	/* `deny any` takes a tool from everybody; of a whole resource it would be a mistake. */
	bool allow = in_operation || str_is(entry->name.text, "allow");

	if (kind == n_kinds || (kinds[kind].kind == RULE_ANY && !allow)) {
		draft_error(draft, entry->word[0].place, "found %s, expected %s" KIND_NAMES " after %s",
			draft_show(draft, entry->word[0].text).p, allow ? "any, " : "", entry->directive->name);
		return;
	}
	if (kinds[kind].kind == RULE_ANY) {
		if (entry->n != 1)
			draft_error(draft, entry->word[1].place, "found more words, expected nothing after `allow any`");
		return;
	}
	if (values_end(entry) < 2)
		draft_error(draft, entry->word[0].place, "found no value, expected one or more after %s", kinds[kind].name);
	for (size_t i = 1; i < values_end(entry); i++)
		check_value(draft, kinds[kind].kind, &entry->word[i]);
}

/*
 * Whose principals `from` means at a resource, of those that it accepts; gives how many, at most two. A broker and its provider
 * speak of the same people: who is let in by the provider's name comes with our token, where the provider's own is not accepted;
 * who is turned away by either name is turned away with either token.
 */
static size_t meant_by(const struct settings *settings, const struct resource *resource, struct str identifier, bool denies,
	const struct issuer *issuer[2])
{
	const struct issuer *accepted = settings_accepted_issuer(resource, identifier), *own = settings->broker.own;
	bool is_ours = own != NULL && str_eq(settings_people_of(settings, identifier), own->identifier);
	size_t n = 0;

	if (resource->api_keys && str_is(identifier, API_KEYS))
		issuer[n++] = &settings->api_key_issuer;
	else if (accepted != NULL && !(is_ours && denies))
		issuer[n++] = accepted;
	else if (is_ours && settings_accepts(resource, own))
		issuer[n++] = own;
	if (is_ours && denies && settings_accepts(resource, settings->broker.login))
		issuer[n++] = settings->broker.login;
	return n;
}

/* What may stand after `from` there. */
static struct str accepted_names(struct draft *draft, const struct resource *resource)
{
	auto_buf names = BUF(NAMES_BYTES);

	for (size_t i = 0; i < resource->n_issuers; i++)
		buf_print(&names, "%s%.*s", i != 0 ? " or " : "", STR_ARGS(resource->issuer[i]->identifier));
	if (resource->api_keys)
		buf_print(&names, "%s" API_KEYS, resource->n_issuers != 0 ? " or " : "");
	return names.failed ? STR("one of them") : draft_text(draft, buf_str(&names));
}

static struct str lower(struct draft *draft, struct str text)
{
	char *copy = draft_memory(draft, text.n + 1);

	for (size_t i = 0; i < text.n; i++)
		copy[i] = text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] + ('a' - 'A')) : text.p[i];
	return (struct str){ copy, text.n };
}

static void fill_rule(
	struct draft *draft, const struct entry *entry, bool in_block, const struct resource *resource, struct rules *rules)
{
	size_t kind = kind_index(entry->word[0].text);
	const struct word *from = issuer_word(entry);
	bool denies = str_is(entry->name.text, "deny");
	/* Names at GitHub are the same in either case, like domains. */
	bool folded = list_has("email domain org team hosted_domain", str_from(kinds[kind].name));
	const struct issuer *issuer[2] = { NULL };
	size_t n = from != NULL ? meant_by(draft->settings, resource, from->text, denies, issuer) : 1;
	size_t n_issuers = resource->n_issuers + (resource->api_keys ? 1 : 0);

	if (kinds[kind].kind == RULE_ANY) {
		rules->rule[rules->n++] = (struct rule){ .kind = RULE_ANY };
		return;
	}
	/* A rule of the top is for all resources; for one that doesn't accept its issuer it says nothing. */
	if (n == 0 && in_block) {
		struct str names = accepted_names(draft, resource);

		draft_error(draft, from->place,
			"found %s, expected an issuer that this resource accepts, written the same way: %.*s",
			draft_show(draft, from->text).p, STR_ARGS(names));
	}
	if (from == NULL && n_issuers > 1 && kinds[kind].per_issuer && !denies) {
		struct str names = accepted_names(draft, resource);

		draft_error(draft, entry->word[0].place,
			"found a %s rule without an issuer, expected `from ISSUER` at its end: %.*s accepts %zu issuers (api_keys "
			"counts as one), and one value can mean another person at each: %.*s",
			kinds[kind].name, STR_ARGS(resource->identifier), n_issuers, STR_ARGS(names));
	}
	for (size_t i = 1; i < values_end(entry); i++) {
		struct str value = folded ? lower(draft, entry->word[i].text) : entry->word[i].text;

		for (size_t k = 0; k < n; k++)
			rules->rule[rules->n++] = (struct rule){ .kind = kinds[kind].kind, .value = value, .issuer = issuer[k] };
	}
}

static size_t count_values(const struct entries *entries, const char *name)
{
	size_t most = 0;

	for (size_t i = 0; entries != NULL && i < entries->n; i++) {
		if (str_is(entries->entry[i].name.text, name))
			most += 2 * entries->entry[i].n; /* each for the two that meant_by gives at most */
	}
	return most;
}

static void fill_rules(
	struct draft *draft, const struct entries *entries, const char *name, const struct resource *resource, struct rules *rules)
{
	for (size_t i = 0; entries != NULL && i < entries->n; i++) {
		if (str_is(entries->entry[i].name.text, name))
			fill_rule(draft, &entries->entry[i], entries != &draft->top, resource, rules);
	}
}

/* A block's allow rules stand in the place of those at the top; its deny rules are added to them, since whom the operator
 * turned away everywhere must not come back in by a block that turns away somebody else. */
void draft_fill_rules(
	struct draft *draft, const char *name, const struct entries *block, const struct resource *resource, struct rules *rules)
{
	bool with_top = str_is(str_from(name), "deny") || entries_find(block, name) == NULL;
	size_t most = count_values(block, name) + count_values(&draft->top, name);

	rules->rule = draft_memory(draft, most * sizeof(struct rule));
	if (with_top)
		fill_rules(draft, &draft->top, name, resource, rules);
	fill_rules(draft, block, name, resource, rules);
}

void draft_fill_operation_rules(
	struct draft *draft, const char *name, const struct entries *block, const struct resource *resource, struct rules *rules)
{
	rules->rule = draft_memory(draft, count_values(block, name) * sizeof(struct rule));
	fill_rules(draft, block, name, resource, rules);
}

static bool is_accepted_anywhere(const struct settings *settings, struct str identifier)
{
	const struct issuer *issuer[2];

	for (size_t i = 0; i < settings->n_resources; i++) {
		if (meant_by(settings, &settings->resource[i], identifier, true, issuer) != 0)
			return true;
	}
	return false;
}

void draft_check_rule_issuers(struct draft *draft)
{
	for (size_t i = 0; i < draft->top.n; i++) {
		const struct entry *entry = &draft->top.entry[i];
		const struct word *from = list_has("allow deny", entry->name.text) ? issuer_word(entry) : NULL;

		if (from == NULL)
			continue;
		if (!settings_knows_issuer(draft->settings, from->text))
			draft_error(draft, from->place, "found %s, expected one of the issuers of this file, written the same way",
				draft_show(draft, from->text).p);
		else if (str_is(entry->name.text, "deny") && !is_accepted_anywhere(draft->settings, from->text))
			draft_error(draft, from->place, "found %s, which no resource accepts: this rule would keep nobody out",
				draft_show(draft, from->text).p);
	}
}
