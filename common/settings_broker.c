/* SPDX-License-Identifier: MIT */
/* Our own authorization server: where people log in, who may ask for access, how long it lasts. */
#include "settings_parts.h"

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
