/* SPDX-License-Identifier: MIT */
/* Tokens that name no issuer: our own API keys, and those that only a provider can judge. Whose they are is told by how they start.
 */
#include "settings_parts.h"

#define KEY_PREFIX "ghk_"

/* token_memory: with the small one a process as a whole keeps within 2 MB. */
#define SMALL_BYTES ((size_t)320 * 1024)
#define LARGE_BYTES ((size_t)8 * 1024 * 1024)

static bool is_prefix_entry(const struct entry *entry)
{
	return str_is(entry->name.text, "token_prefix");
}

static void add_key_file(struct settings *settings, struct str prefix, const struct entry *file)
{
	if (file != NULL)
		settings->key_file[settings->n_key_files++] = (struct key_file){ prefix, file->word[0].text };
}

void draft_fill_key_files(struct draft *draft)
{
	struct settings *settings = draft->settings;

	/* Principals of keys have it as issuer; what it says of skew counts for nobody, since keys are looked up each time. */
	settings->api_key_issuer =
		(struct issuer){ .identifier = STR(API_KEYS), .preset = preset_find(STR("generic")), .where = STR("settings") };
	settings->key_file = draft_memory(draft, (draft->top.n + 1) * sizeof(struct key_file));
	add_key_file(settings, STR(KEY_PREFIX), entries_find(&draft->top, "api_keys"));
	for (size_t i = 0; i < draft->top.n; i++) {
		const struct entry *entry = &draft->top.entry[i];

		if (is_prefix_entry(entry))
			add_key_file(settings, entry->word[0].text, entries_find(entry->block, "api_keys"));
	}
}

bool issuer_is_asked(const struct issuer *issuer)
{
	return issuer->ask.introspection.n != 0 || issuer->ask.tokeninfo.n != 0 || issuer->ask.userinfo.n != 0;
}

static void fill_prefix(struct draft *draft, const struct entry *entry)
{
	struct settings *settings = draft->settings;
	const struct entry *named = entries_find(entry->block, "issuer"), *keys = entries_find(entry->block, "api_keys");
	const struct issuer *issuer;

	if ((named == NULL) == (keys == NULL)) {
		draft_error(draft, entry->name.place, "found %s in the block, expected one of: issuer URL, api_keys FILE",
			named == NULL ? "neither" : "both");
		return;
	}
	if (keys != NULL)
		return;
	issuer = draft_find_issuer(settings, named->word[0].text);
	if (named->n != 1 || named->block != NULL || issuer == NULL)
		draft_error(draft, named->word[0].place, "found %s, expected one of the issuers of this file, written the same way",
			draft_show(draft, named->word[0].text).p);
	else if (!issuer_is_asked(issuer))
		draft_error(draft, named->word[0].place,
			"found an issuer that nobody is asked at, expected introspection_endpoint, tokeninfo_endpoint or "
			"userinfo_endpoint in its block");
	else
		settings->prefix[settings->n_prefixes++] = (struct token_prefix){ entry->word[0].text, issuer };
}

static bool has_prefix(const struct settings *settings, const struct issuer *issuer)
{
	for (size_t i = 0; i < settings->n_prefixes; i++) {
		if (settings->prefix[i].issuer == issuer)
			return true;
	}
	return false;
}

void draft_fill_prefixes(struct draft *draft)
{
	struct settings *settings = draft->settings;

	settings->prefix = draft_memory(draft, draft->top.n * sizeof(struct token_prefix));
	for (size_t i = 0; i < draft->top.n; i++) {
		if (is_prefix_entry(&draft->top.entry[i]))
			fill_prefix(draft, &draft->top.entry[i]);
	}
	/* A token must not be shown to a provider that may not be its own. */
	for (size_t i = 0; i < settings->n_issuers; i++) {
		const struct issuer *issuer = &settings->issuer[i];

		if (!issuer_is_asked(issuer) || has_prefix(settings, issuer))
			continue;
		if (settings->opaque != NULL)
			draft_error(draft, draft->issuer_entry[i]->name.place,
				"found a second issuer that is asked about opaque tokens (the first is at %.*s), expected "
				"`token_prefix PREFIX { issuer %.*s }` for at least one of them: no token is shown to a provider "
				"that may not be its own",
				STR_ARGS(settings->opaque->where), STR_ARGS(issuer->identifier));
		else
			settings->opaque = issuer;
	}
}

/* Two prefixes of which one starts like the other would make the order of lines decide. */
static void check_prefix(struct draft *draft, size_t index)
{
	const struct entry *entry = &draft->top.entry[index], *keys = entries_find(&draft->top, "api_keys");
	struct str prefix = entry->word[0].text;

	for (size_t i = 0; i < index; i++) {
		const struct entry *other = &draft->top.entry[i];

		if (is_prefix_entry(other) && (str_starts(prefix, other->word[0].text) || str_starts(other->word[0].text, prefix)))
			draft_error(draft, entry->word[0].place,
				"found a prefix that starts like another, or another like it, expected prefixes that differ");
	}
	if (keys != NULL && (str_starts(prefix, STR(KEY_PREFIX)) || str_starts(STR(KEY_PREFIX), prefix)))
		draft_error(draft, entry->word[0].place,
			"found a prefix that can't be told from " KEY_PREFIX ", which api_keys at the top has; expected another");
}

static void check_client(struct draft *draft, const struct issuer *issuer, const struct entry *entry)
{
	const struct inquiries *ask = &issuer->ask;
	bool needs_client = ask->introspection.n != 0 || (ask->tokeninfo.n != 0 && ask->tokeninfo_form == TOKENINFO_GITHUB);

	if (!needs_client)
		return;
	if (ask->client.n == 0)
		draft_error(draft, entry->name.place,
			"found no introspection_client, expected our own client at the provider: nobody else is told about tokens "
			"(RFC 7662 2.1)");
	else if (ask->method == CLIENT_AUTH_PRIVATE_KEY && ask->key.n == 0)
		draft_error(draft, entry->name.place, "found no introspection_key_file, expected one with private_key_jwt");
	else if (ask->method != CLIENT_AUTH_PRIVATE_KEY && ask->secret.n == 0)
		draft_error(draft, entry->name.place,
			"found no introspection_secret_file, expected the secret of introspection_client");
}

static void check_endpoint(struct draft *draft, const struct entry *entry, const char *name, struct str url)
{
	if (url.n != 0 && !str_is(url, DISCOVER))
		draft_check_url(draft, draft_place(draft, entry, name), url);
}

bool issuer_is_for_logins_alone(const struct settings *settings, const struct issuer *issuer)
{
	for (size_t i = 0; i < settings->n_resources; i++) {
		if (settings_accepts(&settings->resource[i], issuer))
			return false;
	}
	return issuer == settings->broker.login;
}

static void check_inquiries(struct draft *draft, const struct issuer *issuer, const struct entry *entry)
{
	const struct inquiries *ask = &issuer->ask;

	check_endpoint(draft, entry, "introspection_endpoint", ask->introspection);
	check_endpoint(draft, entry, "tokeninfo_endpoint", ask->tokeninfo);
	check_endpoint(draft, entry, "userinfo_endpoint", ask->userinfo);
	check_endpoint(draft, entry, "organizations_endpoint", ask->organizations);
	check_endpoint(draft, entry, "teams_endpoint", ask->teams);
	check_client(draft, issuer, entry);
	if (issuer->introspects_jwt && ask->introspection.n == 0)
		draft_error(draft, draft_place(draft, entry, "jwt_check"),
			"found jwt_check introspection, expected introspection_endpoint with it");
	if (ask->userinfo.n == 0 || ask->introspection.n != 0 || ask->tokeninfo.n != 0 ||
		issuer_is_for_logins_alone(draft->settings, issuer))
		return;
	if (!ask->userinfo_unsafe)
		draft_error(draft, draft_place(draft, entry, "userinfo_endpoint"),
			"found userinfo_endpoint alone, expected introspection_endpoint or tokeninfo_endpoint with it: userinfo "
			"tells who somebody is, "
			"not for whom the token was made, so any application's token would pass (RFC 9700 4.6). If that provider "
			"serves this resource "
			"alone, say `userinfo_unsafe on`");
	else
		draft_note(draft, draft_place(draft, entry, "userinfo_unsafe"),
			"any token that %.*s takes at its userinfo endpoint passes, whatever application it was made for",
			STR_ARGS(issuer->identifier));
}

/* AUD-03: without aud, the client and a scope that only this resource has prove together whom a token is for. */
static void check_audience_clients(struct draft *draft, const struct issuer *issuer, const struct entry *entry)
{
	const struct settings *settings = draft->settings;

	for (size_t i = 0; i < settings->n_resources && issuer->audience_clients.n != 0; i++) {
		const struct resource *resource = &settings->resource[i];

		for (size_t k = 0; k < resource->n_issuers; k++) {
			if (resource->issuer[k] == issuer && resource->require_scopes.n == 0)
				draft_error(draft, draft_place(draft, entry, "audience_clients"),
					"found audience_clients, expected require_scopes in %.*s too: without aud, only a client "
					"and a scope of this resource together prove whom a token is for",
					STR_ARGS(resource->identifier));
		}
	}
}

void draft_check_opaque(struct draft *draft)
{
	const struct settings *settings = draft->settings;

	for (size_t i = 0; i < settings->n_issuers && !settings->issuer[i].own; i++) {
		check_inquiries(draft, &settings->issuer[i], draft->issuer_entry[i]);
		check_audience_clients(draft, &settings->issuer[i], draft->issuer_entry[i]);
	}
	for (size_t i = 0; i < draft->top.n; i++) {
		if (is_prefix_entry(&draft->top.entry[i]))
			check_prefix(draft, i);
	}
	if (settings->api_key_header && settings->n_key_files == 0)
		draft_error(draft, entries_find(&draft->top, "api_key_header")->name.place,
			"found api_key_header on, expected api_keys FILE with it");
}

/* To forget a token costs a signature check; where the provider is asked about tokens, a question to it. */
void draft_fill_token_memory(struct draft *draft)
{
	struct settings *settings = draft->settings;
	struct str said = draft_value(draft, NULL, "token_memory");
	bool large = str_is(said, "large");

	for (size_t i = 0; i < settings->n_issuers; i++)
		large = large || (said.n == 0 && settings->server != SERVER_BROKER && issuer_is_asked(&settings->issuer[i]));
	settings->token_memory = large ? LARGE_BYTES : SMALL_BYTES;
}
