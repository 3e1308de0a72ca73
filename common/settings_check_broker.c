/* SPDX-License-Identifier: MIT */
/* The whole: our own authorization server. */
#include "settings_parts.h"

#define BROKER "authorization_server broker"

/* What means nothing without a broker. */
static const char *const brokers_own[] = { "redis", "redis_password_file", "redis_prefix", "cimd", "cimd_port",
	"cimd_allow_address", "redirect", "client", "access_token_lifetime", "refresh_idle", "refresh_lifetime", "login_check",
	"site_name", "scope_words", "client_key_file", "client_audience", "login_scopes", "scope_map", "upstream_resource" };

static void check_absent(struct draft *draft, const struct entries *block)
{
	for (size_t i = 0; i < sizeof(brokers_own) / sizeof(brokers_own[0]); i++) {
		const struct entry *entry = entries_find(block, brokers_own[i]);

		if (entry != NULL)
			draft_error(draft, entry->name.place,
				"found %s, expected it with " BROKER " only; say that, or leave it out", brokers_own[i]);
	}
}

/* Our own client at the provider, and what it asks for. */
static void check_login_client(struct draft *draft, const struct issuer *login, const struct entry *entry)
{
	const struct client *client = &login->client;
	const struct entry *audience = draft_given(draft, entry->block, "client_audience");

	if (client->key.n != 0 && client->secret.n != 0)
		draft_error(draft, draft_place(draft, entry, "client_key_file"),
			"found client_key_file and client_secret_file, expected one of them");
	else if (client->key.n == 0 && client->secret.n == 0)
		draft_note(draft, draft_place(draft, entry, "client_id"),
			"there is neither client_secret_file nor client_key_file: the provider must know %.*s as a public client",
			STR_ARGS(client->id));
	if (audience != NULL && client->key.n == 0)
		draft_error(
			draft, audience->name.place, "found client_audience, expected client_key_file with it: a secret has none");
	if (!words_have(&login->login_scopes, STR("openid")) && !issuer_is_asked(login))
		draft_error(draft, draft_place(draft, entry, "login_scopes"),
			"found login_scopes without openid, expected openid among them, or introspection_endpoint, "
			"tokeninfo_endpoint or userinfo_endpoint: without an ID token somebody must be asked who it is");
}

/* What is said of the provider's tokens, where nobody shows us any. */
static void note_audiences(struct draft *draft, const struct issuer *login, const struct entry *entry)
{
	static const char *const names[] = { "audience", "audience_clients" };

	for (size_t i = 0; i < 2 && issuer_is_for_logins_alone(draft->settings, login); i++) {
		const struct entry *said = entries_find(entry->block, names[i]);

		/* At the top it may be for another issuer; ourselves are the second. */
		if (said == NULL && draft->settings->n_issuers == 2)
			said = entries_find(&draft->top, names[i]);
		if (said != NULL)
			draft_note(draft, said->name.place,
				"nobody looks at this %s: people log in at %.*s, but clients get tokens of ours, for the "
				"resource (or for the audience in its block); leave it out",
				names[i], STR_ARGS(login->identifier));
	}
}

/* Who adds one redirect URI hardly means to shut everybody else out. */
static void note_presets(struct draft *draft, const struct entry *entry)
{
	const struct client *registration = &draft->settings->broker.registration;

	if (registration->redirect_uri.n != 0 && registration->redirect_preset.n == 0)
		draft_note(draft, draft_place(draft, entry, "redirect_uri"),
			"redirect_uri stands in the place of all presets: name those that may register too with redirect_preset");
}

static void check_login(struct draft *draft)
{
	const struct settings *settings = draft->settings;
	const struct entry *server = entries_find(&draft->top, "authorization_server");
	const struct issuer *login = settings->broker.login;

	if (login == NULL) {
		draft_error(draft, server->name.place,
			"found no client_id, expected it for the issuer where people log in: our own client at the provider, whose "
			"redirect URI is %.*s/oauth/callback",
			STR_ARGS(settings->public_issuer));
		return;
	}
	for (size_t i = 0; i < settings->n_issuers && !settings->issuer[i].own; i++) {
		const struct issuer *issuer = &settings->issuer[i];

		if (issuer != login && issuer->client.id.n != 0)
			draft_error(draft, draft_place(draft, draft->issuer_entry[i], "client_id"),
				"found a second issuer with a client_id, expected people to log in at one with " BROKER
				"; say client_id in the block of that one");
		if (issuer == login) {
			check_login_client(draft, login, draft->issuer_entry[i]);
			note_audiences(draft, login, draft->issuer_entry[i]);
			note_presets(draft, draft->issuer_entry[i]);
		}
		if (issuer->upstream_resource.n != 0)
			draft_check_url(
				draft, draft_place(draft, draft->issuer_entry[i], "upstream_resource"), issuer->upstream_resource);
		if (str_eq(issuer->identifier, settings->public_issuer))
			draft_error(draft, draft->issuer_entry[i]->word[0].place,
				"found public_issuer as an issuer, expected the provider's own: we are one anyway");
	}
}

static void check_clients(struct draft *draft)
{
	const struct broker *broker = &draft->settings->broker;

	for (size_t i = 0, k = 0; i < draft->top.n; i++) {
		const struct entry *entry = &draft->top.entry[i];
		const struct static_client *client = &broker->client[k];
		struct place place = entry->word != NULL ? entry->word[0].place : entry->name.place;

		if (!str_is(entry->name.text, "client"))
			continue;
		k++;
		if (client->redirect_uri.n == 0)
			draft_error(draft, place, "found no redirect_uri for this client, expected at least one in its block");
		if (str_starts(client->id, STR("https://")) || str_starts(client->id, STR("http://")))
			draft_error(draft, place,
				"found a URL, expected another id: the URL of a client's own document needs no block, only cimd");
		for (size_t j = 0; j + 1 < k; j++) {
			if (str_eq(broker->client[j].id, client->id))
				draft_error(draft, place,
					"found this client a second time (the first is at %.*s), expected it once",
					STR_ARGS(broker->client[j].where));
		}
	}
}

/* What strangers may then do is worth a line at every start. */
static void note_openness(struct draft *draft)
{
	const struct broker *broker = &draft->settings->broker;

	if (broker->registration.any_https)
		draft_note(draft, entries_find(&draft->top, "redirect")->name.place,
			"redirect any_https: every site can register and ask people for access; only their reading the page of "
			"consent protects them");
	if (broker->documents.n == 1 && str_is(broker->documents.word[0], "any"))
		draft_note(draft, entries_find(&draft->top, "cimd")->name.place,
			"cimd any: every site can ask people for access, and makes us fetch a document from it; only their reading "
			"the page of consent protects them");
}

static void check_documents(struct draft *draft)
{
	const struct entry *documents = entries_find(&draft->top, "cimd"),
			   *address = entries_find(&draft->top, "cimd_allow_address");

	for (size_t i = 0; documents != NULL && documents->n > 1 && i < documents->n; i++) {
		if (str_is(documents->word[i].text, "any") || str_is(documents->word[i].text, "off"))
			draft_error(draft, documents->word[i].place, "found %.*s beside other words, expected it alone, or hosts",
				STR_ARGS(documents->word[i].text));
	}
	if (address != NULL && !draft->settings->dev)
		draft_error(draft, address->name.place,
			"found cimd_allow_address, expected it with dev on only: strangers choose what is fetched");
}

/* A scope that nobody can ask for is misspelt, or left over. */
static void note_unknown(struct draft *draft, const struct entry *entry)
{
	const struct settings *settings = draft->settings;

	for (size_t i = 0; i < settings->n_resources; i++) {
		if (settings_knows_scope(&settings->resource[i], entry->word[0].text))
			return;
	}
	draft_note(draft, entry->word[0].place,
		"%s of %s, a scope of which no resource speaks (in require_scopes, publish_scopes, implies or scope): nobody can "
		"ask for it",
		entry->directive->name, draft_show(draft, entry->word[0].text).p);
}

static void check_mappings(struct draft *draft, const struct entries *block)
{
	for (size_t i = 0; block != NULL && i < block->n; i++) {
		const struct entry *entry = &block->entry[i];

		if (!str_is(entry->name.text, "scope_map"))
			continue;
		if (entry->n < 2)
			draft_error(draft, entry->name.place,
				"found one word after scope_map, expected a scope of ours and the provider's that it needs");
		note_unknown(draft, entry);
	}
}

static void check_meaning(struct draft *draft, size_t index)
{
	const struct entry *entry = &draft->top.entry[index];

	if (entry->n != 2)
		draft_error(draft, entry->name.place,
			"found %zu words after scope_words, expected two: a scope and, in quotes, what it means", entry->n);
	for (size_t i = 0; i < index; i++) {
		const struct entry *other = &draft->top.entry[i];

		if (str_is(other->name.text, "scope_words") && str_eq(other->word[0].text, entry->word[0].text))
			draft_error(draft, entry->word[0].place,
				"found words for this scope a second time (the first are at %.*s), expected them once",
				STR_ARGS(place_text(draft, other->word[0].place)));
	}
	note_unknown(draft, entry);
}

static void check_words_of_scopes(struct draft *draft)
{
	check_mappings(draft, &draft->top);
	for (size_t i = 0; i < draft->settings->n_issuers && !draft->settings->issuer[i].own; i++)
		check_mappings(draft, draft->issuer_entry[i]->block);
	for (size_t i = 0; i < draft->top.n; i++) {
		if (str_is(draft->top.entry[i].name.text, "scope_words"))
			check_meaning(draft, i);
	}
}

static void check_redis(struct draft *draft)
{
	static const char *const names[] = { "redis_password_file", "redis_prefix" };

	for (size_t i = 0; i < 2 && draft->settings->broker.redis.n == 0; i++) {
		const struct entry *entry = entries_find(&draft->top, names[i]);

		if (entry != NULL)
			draft_error(draft, entry->name.place, "found %s, expected redis with it", names[i]);
	}
}

static void check_times(struct draft *draft)
{
	const struct broker *broker = &draft->settings->broker;

	if (broker->access_token_lifetime < 60)
		draft_error(draft, entries_find(&draft->top, "access_token_lifetime")->word[0].place,
			"found less than 60 s, expected at least that: clients would renew without end");
	/* Their defaults are longer than any access token, so they were said. */
	if (broker->refresh_idle < broker->access_token_lifetime)
		draft_error(draft, entries_find(&draft->top, "refresh_idle")->word[0].place,
			"found less than access_token_lifetime, expected more: every grant would end before its first renewal");
	if (broker->refresh_lifetime < broker->access_token_lifetime)
		draft_error(draft, entries_find(&draft->top, "refresh_lifetime")->word[0].place,
			"found less than access_token_lifetime, expected more: every grant would end before its first renewal");
}

void draft_check_broker(struct draft *draft)
{
	const struct settings *settings = draft->settings;
	const struct entry *server = entries_find(&draft->top, "authorization_server");

	if (settings->server != SERVER_BROKER) {
		check_absent(draft, &draft->top);
		for (size_t i = 0; i < settings->n_issuers; i++)
			check_absent(draft, draft->issuer_entry[i]->block);
		return;
	}
	if (settings->public_issuer.n == 0) {
		draft_error(draft, server->name.place,
			"found no public_issuer, expected one with " BROKER ": the origin under which clients and people reach us");
		return;
	}
	draft_check_url(draft, entries_find(&draft->top, "public_issuer")->word[0].place, settings->public_issuer);
	check_redis(draft);
	check_login(draft);
	check_clients(draft);
	check_documents(draft);
	check_words_of_scopes(draft);
	check_times(draft);
	note_openness(draft);
}
