/* SPDX-License-Identifier: MIT */
/* Our own authorization server: where people log in, who may ask for access, how long it lasts. */
#include "settings_parts.h"

#define BROKER "authorization_server broker"

/* ---- The login at the provider ---- */

static size_t count(const struct entries *entries, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; entries != NULL && i < entries->n; i++)
		n += str_is(entries->entry[i].name.text, name) ? 1 : 0;
	return n;
}

static struct words words_after(struct draft *draft, const struct entry *entry, size_t first)
{
	struct words words = { NULL, 0 };

	for (size_t i = first; i < entry->n; i++)
		draft_words_add(draft, &words, entry->n, entry->word[i].text);
	return words;
}

/* The client that logs people in may also ask about them. */
static void use_login_client(const struct client *client, struct inquiries *ask)
{
	ask->client = client->id;
	ask->secret = client->secret;
	ask->key = client->key;
	ask->method = client->key.n != 0 ? CLIENT_AUTH_PRIVATE_KEY : client->secret_method;
	ask->assertion_for_endpoint = client->assertion_for_endpoint;
}

void draft_fill_login(struct draft *draft, const struct entries *block, struct issuer *issuer)
{
	const struct entry *key = draft_given(draft, block, "client_key_file");
	const struct entries *from = entries_find(block, "scope_map") != NULL ? block : &draft->top;

	if (key != NULL)
		issuer->client.key = draft_read_secret_text(draft, key->word[0].text, key->word[0].place);
	issuer->client.assertion_for_endpoint = str_is(draft_value(draft, block, "client_audience"), "endpoint");
	if (draft->settings->server == SERVER_BROKER && issuer->ask.client.n == 0)
		use_login_client(&issuer->client, &issuer->ask);
	issuer->login_scopes = draft_words(draft, block, "login_scopes");
	issuer->upstream_resource = draft_value(draft, block, "upstream_resource");
	issuer->mapping = draft_memory(draft, from->n * sizeof(struct scope_mapping));
	for (size_t i = 0; i < from->n; i++) {
		const struct entry *entry = &from->entry[i];

		if (str_is(entry->name.text, "scope_map"))
			issuer->mapping[issuer->n_mappings++] =
				(struct scope_mapping){ entry->word[0].text, words_after(draft, entry, 1) };
	}
}

/* ---- The broker ---- */

/* As resources accept us: what access_token.h writes, and nothing else. */
static void fill_own(struct draft *draft, struct issuer *own)
{
	struct settings *settings = draft->settings;
	auto_buf file = BUF(4096);

	buf_print(&file, "%.*s/" OWN_KEYS_FILE, STR_ARGS(settings->state_directory));
	*own = (struct issuer){ .identifier = settings->public_issuer,
		.url = settings->public_issuer_url,
		.preset = preset_find(STR("generic")),
		.keys_file = draft_text(draft, buf_str(&file)),
		.typ_strict = true,
		.single_audience = true,
		.subject_claim = STR("sub"),
		.client_claim = STR("client_id"),
		.user_claim = STR("preferred_username"),
		.groups_claim = STR("groups"),
		.organizations_claim = STR("organizations"),
		.grant_claim = STR("grant_id"),
		.scope_claim = STR("scope"),
		.skew = draft_duration(draft, NULL, "skew"),
		.max_lifetime = settings->broker.access_token_lifetime,
		.own = true,
		.where = place_text(draft, entries_find(&draft->top, "public_issuer")->word[0].place) };
}

static void fill_documents(struct draft *draft, struct broker *broker)
{
	struct words networks = draft_words(draft, NULL, "cimd_allow_address"), ports = draft_words(draft, NULL, "cimd_port");
	uint64_t port;

	broker->documents = draft_words(draft, NULL, "cimd");
	if (broker->documents.n == 1 && str_is(broker->documents.word[0], "off"))
		broker->documents.n = 0;
	broker->document_network = draft_memory(draft, networks.n * sizeof(struct network));
	for (size_t i = 0; i < networks.n; i++) {
		if (network_parse(networks.word[i], &broker->document_network[i]))
			broker->n_document_networks++;
	}
	broker->document_port = draft_memory(draft, ports.n * sizeof(uint16_t));
	for (size_t i = 0; i < ports.n; i++) {
		if (str_number(ports.word[i], 65535, &port))
			broker->document_port[broker->n_document_ports++] = (uint16_t)port;
	}
}

static void fill_client(struct draft *draft, const struct entry *entry, struct static_client *client)
{
	const struct entry *name = entries_find(entry->block, "client_name"), *uris = entries_find(entry->block, "redirect_uri"),
			   *secret = entries_find(entry->block, "client_secret_file");

	client->id = entry->word[0].text;
	client->where = place_text(draft, entry->word[0].place);
	if (name != NULL)
		client->name = name->word[0].text;
	if (uris != NULL)
		client->redirect_uri = words_after(draft, uris, 0);
	if (secret != NULL)
		client->secret = draft_read_secret(draft, secret->word[0].text, secret->word[0].place);
}

static void fill_lists(struct draft *draft, struct broker *broker)
{
	broker->client = draft_memory(draft, count(&draft->top, "client") * sizeof(struct static_client));
	broker->meaning = draft_memory(draft, count(&draft->top, "scope_words") * sizeof(struct scope_meaning));
	for (size_t i = 0; i < draft->top.n; i++) {
		const struct entry *entry = &draft->top.entry[i];

		if (str_is(entry->name.text, "client"))
			fill_client(draft, entry, &broker->client[broker->n_clients++]);
		else if (str_is(entry->name.text, "scope_words") && entry->n == 2)
			broker->meaning[broker->n_meanings++] = (struct scope_meaning){ entry->word[0].text, entry->word[1].text };
	}
}

/* The issuer with a client of ours; the first, where check_login complains about more. */
static const struct issuer *find_login(const struct settings *settings)
{
	for (size_t i = 0; i < settings->n_issuers; i++) {
		if (settings->issuer[i].client.id.n != 0)
			return &settings->issuer[i];
	}
	return NULL;
}

/* What concerns clients of ours in the block of the issuer, or at the top. */
static void fill_registration(struct draft *draft, struct broker *broker)
{
	const struct client *said = broker->login != NULL ? &broker->login->client : NULL;

	if (said != NULL)
		broker->registration = (struct client){ .registration_token = said->registration_token,
			.redirect_uri = said->redirect_uri,
			.redirect_preset = said->redirect_preset,
			.refresh = said->refresh,
			.rate = said->rate };
	broker->registration.any_https = draft_value(draft, NULL, "redirect").n != 0;
}

void draft_fill_broker(struct draft *draft)
{
	struct settings *settings = draft->settings;
	struct broker *broker = &settings->broker;

	if (settings->server != SERVER_BROKER || settings->public_issuer.n == 0)
		return;
	broker->login = find_login(settings);
	broker->redis = draft_value(draft, NULL, "redis");
	broker->redis_password = draft_secret(draft, NULL, "redis_password_file");
	broker->redis_prefix = draft_value(draft, NULL, "redis_prefix");
	fill_documents(draft, broker);
	fill_registration(draft, broker);
	fill_lists(draft, broker);
	broker->access_token_lifetime = draft_duration(draft, NULL, "access_token_lifetime");
	broker->refresh_idle = draft_duration(draft, NULL, "refresh_idle");
	broker->refresh_lifetime = draft_duration(draft, NULL, "refresh_lifetime");
	broker->login_check = draft_duration(draft, NULL, "login_check");
	broker->site_name = draft_value(draft, NULL, "site_name");
	if (broker->site_name.n == 0)
		broker->site_name = settings->public_issuer_url.host;
	fill_own(draft, &settings->issuer[settings->n_issuers]);
	broker->own = &settings->issuer[settings->n_issuers++];
}

/* ---- The check ---- */

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
		if (issuer->client.key.n != 0 && issuer->client.secret.n != 0)
			draft_error(draft, draft_place(draft, draft->issuer_entry[i], "client_key_file"),
				"found client_key_file and client_secret_file, expected one of them");
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
			"consent "
			"protects them");
	if (broker->documents.n == 1 && str_is(broker->documents.word[0], "any"))
		draft_note(draft, entries_find(&draft->top, "cimd")->name.place,
			"cimd any: every site can ask people for access, and makes us fetch a document from it; only their reading "
			"the page "
			"of consent protects them");
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

static void check_mappings(struct draft *draft, const struct entries *block)
{
	for (size_t i = 0; block != NULL && i < block->n; i++) {
		const struct entry *entry = &block->entry[i];

		if (str_is(entry->name.text, "scope_map") && entry->n < 2)
			draft_error(draft, entry->name.place,
				"found one word after scope_map, expected a scope of ours and the provider's that it needs");
	}
}

static void check_words_of_scopes(struct draft *draft)
{
	check_mappings(draft, &draft->top);
	for (size_t i = 0; i < draft->settings->n_issuers && !draft->settings->issuer[i].own; i++)
		check_mappings(draft, draft->issuer_entry[i]->block);
	for (size_t i = 0; i < draft->top.n; i++) {
		const struct entry *entry = &draft->top.entry[i];

		if (str_is(entry->name.text, "scope_words") && entry->n != 2)
			draft_error(draft, entry->name.place,
				"found %zu words after scope_words, expected two: a scope and, in quotes, what it means", entry->n);
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
	if (settings->broker.redis.n == 0 && settings->broker.redis_password.n != 0)
		draft_error(draft, entries_find(&draft->top, "redis_password_file")->name.place,
			"found redis_password_file, expected redis with it");
	check_login(draft);
	check_clients(draft);
	check_documents(draft);
	check_words_of_scopes(draft);
	check_times(draft);
	note_openness(draft);
}
