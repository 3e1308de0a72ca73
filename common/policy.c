/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <string.h>

static bool has_nocase(const struct words *list, struct str word)
{
	for (size_t i = 0; i < list->n; i++) {
		if (str_eq_nocase(list->word[i], word))
			return true;
	}
	return false;
}

static struct str place(char **memory, struct str text)
{
	struct str copy = { *memory, text.n };

	if (text.n != 0)
		memcpy(*memory, text.p, text.n);
	*memory += text.n;
	return copy;
}

/* What of a principal points elsewhere. */
#define PRINCIPAL_TEXTS 8
#define PRINCIPAL_LISTS 4
static void parts_of(struct principal *principal, struct str *text[PRINCIPAL_TEXTS], struct words *list[PRINCIPAL_LISTS])
{
	struct str *texts[] = { &principal->subject, &principal->user, &principal->email, &principal->name, &principal->client,
		&principal->hosted_domain, &principal->id, &principal->grant };
	struct words *lists[] = { &principal->groups, &principal->organizations, &principal->teams, &principal->scopes };

	memcpy(text, texts, sizeof(texts));
	memcpy(list, lists, sizeof(lists));
}

static size_t words_bytes(const struct words *words)
{
	size_t bytes = words->n * sizeof(struct str);

	for (size_t i = 0; i < words->n; i++)
		bytes += words->word[i].n;
	return bytes;
}

struct principal *principal_copy(const struct principal *principal, size_t *bytes)
{
	struct principal original = *principal, *copy;
	struct str *text[PRINCIPAL_TEXTS], *word;
	struct words *list[PRINCIPAL_LISTS];
	char *memory;

	parts_of(&original, text, list);
	*bytes = sizeof(struct principal);
	for (size_t i = 0; i < PRINCIPAL_LISTS; i++)
		*bytes += words_bytes(list[i]);
	for (size_t i = 0; i < PRINCIPAL_TEXTS; i++)
		*bytes += text[i]->n;
	copy = memory_new(*bytes);
	*copy = *principal;
	parts_of(copy, text, list);
	/* The arrays of slices stand first, where alignment is right; then the text. */
	word = (struct str *)(copy + 1);
	memory = (char *)word;
	for (size_t i = 0; i < PRINCIPAL_LISTS; i++)
		memory += list[i]->n * sizeof(struct str);
	for (size_t i = 0; i < PRINCIPAL_LISTS; i++) {
		const struct str *from = list[i]->word;

		list[i]->word = word;
		for (size_t k = 0; k < list[i]->n; k++)
			*word++ = place(&memory, from[k]);
	}
	for (size_t i = 0; i < PRINCIPAL_TEXTS; i++)
		*text[i] = place(&memory, *text[i]);
	return copy;
}

/* The part of an address after its last "@". */
static struct str domain_of(struct str email)
{
	size_t at = email.n;

	while (at > 0 && email.p[at - 1] != '@')
		at--;
	return at == 0 ? STR_NONE : str_skip(email, at);
}

enum match { MATCH_NO, MATCH_YES, MATCH_UNVERIFIED, MATCH_UNKNOWN };

static enum match match_rule(const struct rule *rule, const struct principal *principal, bool denies)
{
	bool email_matches;

	if (rule->issuer != NULL && rule->issuer != principal->issuer)
		return MATCH_NO;
	if (rule->kind == RULE_ANY)
		return MATCH_YES;
	if (rule->kind == RULE_CLIENT)
		return str_eq(rule->value, principal->client) ? MATCH_YES : MATCH_NO;
	/* A machine is nobody's colleague: rules about people never let it in. They keep it out, though, for that is what they say.
	 */
	if (principal->is_client && !denies)
		return MATCH_NO;
	switch (rule->kind) {
	case RULE_SUBJECT:
		return str_eq(rule->value, principal->subject) ? MATCH_YES : MATCH_NO;
	case RULE_EMAIL:
	case RULE_DOMAIN:
		email_matches = principal->email.n != 0 &&
			str_eq_nocase(rule->value, rule->kind == RULE_EMAIL ? principal->email : domain_of(principal->email));
		return !email_matches ? MATCH_NO : principal->email_verified ? MATCH_YES : MATCH_UNVERIFIED;
	case RULE_GROUP:
		if (words_have(&principal->groups, rule->value))
			return MATCH_YES;
		return principal->groups_overage ? MATCH_UNKNOWN : MATCH_NO;
	case RULE_ORGANIZATION:
	case RULE_TEAM:
		if (has_nocase(rule->kind == RULE_TEAM ? &principal->teams : &principal->organizations, rule->value))
			return MATCH_YES;
		return principal->memberships_overage ? MATCH_UNKNOWN : MATCH_NO;
	case RULE_HOSTED_DOMAIN:
		return str_eq_nocase(rule->value, principal->hosted_domain) ? MATCH_YES : MATCH_NO;
	case RULE_ANY:
	case RULE_CLIENT:
		break;
	}
	return MATCH_NO;
}

enum outcome policy_allow(const struct resource *resource, const struct principal *principal)
{
	enum outcome refusal = OUTCOME_NOT_ALLOWED;

	for (size_t i = 0; i < resource->deny.n; i++) {
		enum match match = match_rule(&resource->deny.rule[i], principal, true);

		/* Unverified or unknown is enough to be turned away, never enough to be let in. */
		if (match == MATCH_YES || match == MATCH_UNVERIFIED)
			return OUTCOME_DENIED;
		if (match == MATCH_UNKNOWN)
			return OUTCOME_GROUPS_UNKNOWN;
	}
	for (size_t i = 0; i < resource->allow.n; i++) {
		enum match match = match_rule(&resource->allow.rule[i], principal, false);

		if (match == MATCH_YES)
			return OUTCOME_ALLOW;
		if (match == MATCH_UNVERIFIED)
			refusal = OUTCOME_EMAIL_UNVERIFIED;
		else if (match == MATCH_UNKNOWN && refusal == OUTCOME_NOT_ALLOWED)
			refusal = OUTCOME_GROUPS_UNKNOWN;
	}
	return refusal;
}

static bool includes(const struct resource *resource, struct str held, struct str scope)
{
	if (str_eq(held, scope))
		return true;
	for (size_t i = 0; i < resource->n_implications; i++) {
		const struct implication *implication = &resource->implication[i];

		if (str_eq(implication->scope, held) && words_have(&implication->implied, scope))
			return true;
	}
	return false;
}

bool policy_has_scope(const struct resource *resource, const struct principal *principal, struct str scope)
{
	for (size_t i = 0; i < principal->scopes.n; i++) {
		if (includes(resource, principal->scopes.word[i], scope))
			return true;
	}
	return false;
}

enum outcome policy_scopes(const struct resource *resource, const struct principal *principal)
{
	for (size_t i = 0; i < resource->require_scopes.n; i++) {
		if (!policy_has_scope(resource, principal, resource->require_scopes.word[i]))
			return OUTCOME_INSUFFICIENT_SCOPE;
	}
	return OUTCOME_ALLOW;
}

static bool has_rule(const struct rules *rules, const struct issuer *issuer, enum rule_kind kind)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (rules->rule[i].kind == kind && (rules->rule[i].issuer == NULL || rules->rule[i].issuer == issuer))
			return true;
	}
	return false;
}

static bool looks_at(const struct settings *settings, const struct issuer *issuer, enum rule_kind kind)
{
	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];

		if (has_rule(&resource->allow, issuer, kind) || has_rule(&resource->deny, issuer, kind))
			return true;
		for (size_t k = 0; k < resource->n_operations; k++) {
			if (has_rule(&resource->operation[k].allow, issuer, kind) ||
				has_rule(&resource->operation[k].deny, issuer, kind))
				return true;
		}
	}
	return false;
}

bool policy_looks_at(const struct settings *settings, const struct issuer *issuer, enum rule_kind kind)
{
	return looks_at(settings, issuer, kind) || looks_at(settings, settings_spoken_of(settings, issuer), kind);
}

bool policy_matches(const struct rules *rules, const struct principal *principal, bool doubtful_too)
{
	for (size_t i = 0; i < rules->n; i++) {
		enum match match = match_rule(&rules->rule[i], principal, doubtful_too);

		if (match == MATCH_YES || (doubtful_too && match != MATCH_NO))
			return true;
	}
	return false;
}
