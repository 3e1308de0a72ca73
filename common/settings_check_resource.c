/* SPDX-License-Identifier: MIT */
/* The whole: resources, their paths, scopes, rules and audiences. */
#include "settings_parts.h"

/* A closing slash apart, since a request for either belongs to one resource. */
static struct str without_slash(struct str path)
{
	return str_ends(path, STR("/")) ? str_first(path, path.n - 1) : path;
}

/* Paths that the front server gives to other programs of ours. */
static bool is_reserved(struct str path)
{
	static const char *const reserved[] = { "/.well-known", "/healthz", "/oauth/register", "/oauth/jwks", "/oauth/authorize",
		"/oauth/consent", "/oauth/callback", "/oauth/access", "/oauth/sign-out", "/oauth/token", "/oauth/revoke" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		struct str prefix = str_from(reserved[i]);

		if (str_starts(path, prefix) && (path.n == prefix.n || path.p[prefix.n] == '/'))
			return true;
	}
	return false;
}

static void check_identifier(struct draft *draft, const struct resource *resource, struct place place)
{
	const struct url *url = &resource->url;
	const char *shown = draft_show(draft, resource->identifier).p;

	draft_check_url(draft, place, resource->identifier);
	if (url->has_query)
		draft_error(draft, place, "found %s, expected a resource without a query (RFC 9728 2)", shown);
	if (url->has_port && url->port == (str_is(url->scheme, "https") ? 443 : 80))
		draft_error(draft, place,
			"found %s, expected it without its scheme's default port: users don't type "
			"it, and clients compare",
			shown);
	if (url->path.n != 0 && !path_is_plain(url->path))
		draft_error(
			draft, place, "found %s, expected a path without empty or dot segments and without escaped slashes", shown);
	if (is_reserved(url->path))
		draft_error(draft, place,
			"found %s, expected another path: /.well-known, /healthz and what clients and people need below /oauth are "
			"ours",
			shown);
	if (without_slash(url->path).n == 0)
		draft_note(draft, place,
			"a resource without a path is written with and without a closing slash by "
			"different clients; a path such as /mcp has one form only");
}

/* Does `path` name the same place as the resource's own path or another one of its paths? `before`:
 * only the first ones. */
static bool has_path(const struct resource *resource, struct str path, size_t before)
{
	if (str_eq(without_slash(resource->url.path), without_slash(path)))
		return true;
	for (size_t i = 0; i < resource->also_path.n && i < before; i++) {
		if (str_eq(without_slash(resource->also_path.word[i]), without_slash(path)))
			return true;
	}
	return false;
}

static void check_paths(struct draft *draft, size_t index)
{
	const struct settings *settings = draft->settings;
	const struct resource *resource = &settings->resource[index];
	const struct entry *entry = draft->resource_entry[index];
	const struct entry *also = entries_find(entry->block, "also_path");

	for (size_t i = 0; i < index; i++) {
		const struct resource *other = &settings->resource[i];

		if (!str_eq(other->url.host, resource->url.host))
			continue;
		if (has_path(other, resource->url.path, SIZE_MAX))
			draft_error(draft, entry->word[0].place,
				"found a resource whose host and path belong to that at %.*s, "
				"expected another path (ports and closing slashes don't count)",
				STR_ARGS(other->where));
		for (size_t j = 0; j < resource->also_path.n; j++) {
			if (has_path(other, resource->also_path.word[j], SIZE_MAX))
				draft_error(draft, also->word[j].place,
					"found a path that belongs to the resource at %.*s, "
					"expected another one",
					STR_ARGS(other->where));
		}
	}
	for (size_t j = 0; j < resource->also_path.n; j++) {
		if (has_path(resource, resource->also_path.word[j], j))
			draft_error(
				draft, also->word[j].place, "found a path that this resource has already, expected another one");
		if (is_reserved(resource->also_path.word[j]))
			draft_error(draft, also->word[j].place,
				"found a path of ours, expected another one: /.well-known, /healthz and what clients and "
				"people need below /oauth don't reach the MCP server");
	}
}

static void check_scopes(struct draft *draft, const struct entry *resource, const char *name)
{
	const struct entry *entry = draft_given(draft, resource->block, name);

	for (size_t i = 0; entry != NULL && i < entry->n; i++) {
		if (str_is(entry->word[i].text, "offline_access"))
			draft_error(draft, entry->word[i].place,
				"found offline_access in %s, expected scopes of the resource only: "
				"clients ask for it at the authorization server by "
				"themselves; as_scopes may list it",
				name);
	}
}

/* A challenge that leaves out a scope sends people to a login that can't help. */
static void check_challenge(struct draft *draft, const struct resource *resource, const struct entry *entry)
{
	const struct words *lists[] = { &resource->require_scopes, &resource->publish_scopes, &resource->operation_scopes };
	struct words all = { NULL, 0 };
	size_t most = resource->n_implications, bytes = 0;

	for (size_t k = 0; k < 3; k++)
		most += lists[k]->n;
	for (size_t k = 0; k < 3; k++) {
		for (size_t i = 0; i < lists[k]->n; i++)
			draft_words_add_once(draft, &all, most, lists[k]->word[i]);
	}
	for (size_t i = 0; i < resource->n_implications; i++)
		draft_words_add_once(draft, &all, most, resource->implication[i].scope);
	for (size_t i = 0; i < all.n; i++)
		bytes += all.word[i].n + 1;
	if (bytes > CHALLENGE_SCOPES_BYTES)
		draft_error(draft, entry->name.place,
			"found scopes of %zu bytes, expected at most %d for all of a resource, blanks included: they must fit into "
			"the header that asks for them",
			bytes, CHALLENGE_SCOPES_BYTES);
}

static void check_rules(struct draft *draft, const struct resource *resource, const struct entry *entry)
{
	if (resource->allow.n == 0)
		draft_error(draft, entry->name.place,
			"found no allow rule for %.*s, expected at least one%s; say `allow any` if every user of the provider may "
			"come in",
			STR_ARGS(resource->identifier), draft->from_seed ? " (ALLOW_SUBS, ALLOW_EMAILS or ALLOW_GROUPS)" : "");
	for (size_t i = 0; i < resource->allow.n; i++) {
		if (resource->allow.rule[i].kind != RULE_ANY || resource->allow.n == 1)
			continue;
		draft_error(draft, draft_place(draft, entry, "allow"),
			"found `allow any` beside other allow rules for %.*s, expected one or the "
			"other: with it the others say nothing",
			STR_ARGS(resource->identifier));
		break;
	}
}

static void check_origins(struct draft *draft, const struct resource *resource, const struct entry *entry)
{
	for (size_t i = 0; i < resource->allow_origin.n; i++) {
		if (str_is(resource->allow_origin.word[i], "*") && resource->allow_origin.n > 1)
			draft_error(draft, draft_place(draft, entry, "allow_origin"),
				"found * beside other origins, expected it alone");
	}
}

/* The audiences that the operator wrote for this pair; none: the resource itself. */
static const struct words *explicit_audience(const struct resource *resource, const struct issuer *issuer)
{
	return resource->audience.n != 0 ? &resource->audience : &issuer->audience;
}

/* The first audience that tokens of `issuer` may carry for both resources; empty when there is
 * none. */
static struct str shared_audience(const struct resource *a, const struct resource *b, const struct issuer *issuer)
{
	const struct words *audience = explicit_audience(a, issuer);

	for (size_t i = 0; i < audience->n; i++) {
		if (settings_audience_ok(b, issuer, audience->word[i]))
			return audience->word[i];
	}
	return STR_NONE;
}

static struct str shared_by(const struct resource *a, const struct resource *b)
{
	struct str audience = STR_NONE;

	for (size_t i = 0; i < a->n_issuers && audience.n == 0; i++) {
		for (size_t j = 0; j < b->n_issuers && audience.n == 0; j++) {
			if (a->issuer[i] != b->issuer[j])
				continue;
			audience = shared_audience(a, b, a->issuer[i]);
			if (audience.n == 0)
				audience = shared_audience(b, a, a->issuer[i]);
		}
	}
	return audience;
}

static void check_audience(struct draft *draft, size_t index)
{
	const struct settings *settings = draft->settings;
	const struct resource *resource = &settings->resource[index];

	for (size_t i = 0; i < index; i++) {
		struct str audience = shared_by(&settings->resource[i], resource);

		if (audience.n != 0) {
			draft_note(draft, draft->resource_entry[index]->name.place,
				"the audience %s is that of the resource at %.*s too: a token for "
				"one is good for the other",
				draft_show(draft, audience).p, STR_ARGS(settings->resource[i].where));
			return;
		}
	}
}

void draft_check_resources(struct draft *draft)
{
	const struct settings *settings = draft->settings;

	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];
		const struct entry *entry = draft->resource_entry[i];

		check_identifier(draft, resource, entry->word[0].place);
		check_paths(draft, i);
		check_scopes(draft, entry, "require_scopes");
		check_scopes(draft, entry, "publish_scopes");
		check_challenge(draft, resource, entry);
		check_rules(draft, resource, entry);
		draft_check_operations(draft, resource, entry);
		check_origins(draft, resource, entry);
		check_audience(draft, i);
	}
}
