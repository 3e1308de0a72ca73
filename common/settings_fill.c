/* SPDX-License-Identifier: MIT */
#include "settings_parts.h"

#include "algorithm_names.h"

/* The place of a word among those of a choice "a|b|c", from 1 to `most`; 0 when nothing was said. */
static size_t choice(const struct draft *draft, const struct entries *block, const char *name, size_t most)
{
	const struct directive *directive = directive_find(str_from(name));
	struct str value = draft_value(draft, block, name);
	struct str rest = str_from(directive->arguments), item;

	for (size_t i = 1; i <= most && str_cut(&rest, '|', &item); i++) {
		if (str_eq(item, value))
			return i;
	}
	return 0;
}

static struct rate rate(const struct draft *draft, const struct entries *block, const char *name)
{
	struct rate value = { 0, 0 };

	return value_rate(draft_value(draft, block, name), &value) ? value : (struct rate){ 1, 86400 };
}

static algorithm_set algorithms(struct draft *draft, const struct entries *block)
{
	struct words words = draft_words(draft, block, "algorithms");
	algorithm_set set = 0;

	for (size_t i = 0; i < words.n; i++) {
		for (unsigned bit = 0; algorithm_names[bit] != NULL; bit++) {
			if (str_is(words.word[i], algorithm_names[bit]))
				set |= 1U << bit;
		}
	}
	return set;
}

static void fill_client(struct draft *draft, const struct entries *block, struct client *client)
{
	client->id = draft_value(draft, block, "client_id");
	client->secret = draft_secret(draft, block, "client_secret_file");
	if (client->secret.n == 0)
		client->secret = draft->seed_secret.text;
	if (client->secret.n != 0)
		client->secret_method = choice(draft, block, "client_secret_method", 2) == 2 ? CLIENT_AUTH_BASIC : CLIENT_AUTH_POST;
	client->registration_token = draft_secret(draft, block, "registration_token_file");
	client->endpoint = draft_value(draft, block, "registration_endpoint");
	client->upstream_token = draft_secret(draft, block, "upstream_registration_token_file");
	client->redirect_uri = draft_words(draft, block, "redirect_uri");
	client->redirect_preset = draft_words(draft, block, "redirect_preset");
	client->refresh = draft_on(draft, block, "refresh_tokens");
	client->rate = rate(draft, block, "registration_rate");
}

static void fill_inquiries(struct draft *draft, const struct entries *block, struct inquiries *ask)
{
	static const enum client_auth methods[] = { CLIENT_AUTH_NONE, CLIENT_AUTH_BASIC, CLIENT_AUTH_POST,
		CLIENT_AUTH_PRIVATE_KEY };
	const struct entry *key = draft_given(draft, block, "introspection_key_file");

	ask->introspection = draft_value(draft, block, "introspection_endpoint");
	ask->tokeninfo = draft_value(draft, block, "tokeninfo_endpoint");
	ask->tokeninfo_form = choice(draft, block, "tokeninfo_form", 2) == 2 ? TOKENINFO_GITHUB : TOKENINFO_FORM;
	ask->userinfo = draft_value(draft, block, "userinfo_endpoint");
	ask->userinfo_unsafe = draft_on(draft, block, "userinfo_unsafe");
	ask->organizations = draft_value(draft, block, "organizations_endpoint");
	ask->teams = draft_value(draft, block, "teams_endpoint");
	ask->lifetime = draft_duration(draft, block, "answer_lifetime");
	ask->client = draft_value(draft, block, "introspection_client");
	ask->secret = draft_secret(draft, block, "introspection_secret_file");
	if (key != NULL)
		ask->key = draft_read_secret_text(draft, key->word[0].text, key->word[0].place);
	ask->method = key != NULL && draft_given(draft, block, "introspection_method") == NULL
		? CLIENT_AUTH_PRIVATE_KEY
		: methods[choice(draft, block, "introspection_method", 3)];
	ask->assertion_for_endpoint = str_is(draft_value(draft, block, "introspection_audience"), "endpoint");
}

static void fill_issuer(struct draft *draft, const struct entry *entry, struct issuer *issuer)
{
	static const enum provider_iss iss[] = { ISS_UNSAID, ISS_NONE, ISS_SUPPRESSED, ISS_SENT };
	static const char separators[] = { '\0', '\0', ',', ' ' };
	const struct entries *block = entry->block;

	issuer->identifier = entry->word[0].text;
	issuer->where = place_text(draft, entry->word[0].place);
	(void)!url_parse(issuer->identifier, &issuer->url);
	issuer->preset = preset_find(draft_value(draft, block, "preset"));
	issuer->nonce_marks_id_token = draft_on(draft, block, "nonce_marks_id_token");
	issuer->audience = draft_words(draft, block, "audience");
	issuer->provider_metadata = draft_value(draft, block, "provider_metadata");
	issuer->keys_file = draft_value(draft, block, "keys_file");
	issuer->iss = iss[choice(draft, block, "provider_iss", 3)];
	issuer->provider_pkce_s256 = draft_value(draft, block, "provider_pkce").n != 0;
	issuer->typ_strict = str_is(draft_value(draft, block, "typ"), "strict");
	issuer->trust_email = draft_on(draft, block, "trust_email");
	issuer->single_audience = draft_on(draft, block, "single_audience");
	issuer->audience_clients = draft_words(draft, block, "audience_clients");
	issuer->text_values = draft_on(draft, block, "text_values");
	issuer->subject_claim = draft_value(draft, block, "subject_claim");
	issuer->client_claim = draft_value(draft, block, "client_claim");
	issuer->user_claim = draft_value(draft, block, "user_claim");
	issuer->groups_claim = draft_value(draft, block, "groups_claim");
	issuer->groups_separator = separators[choice(draft, block, "groups_separator", 3)];
	issuer->organizations_claim = draft_value(draft, block, "organizations_claim");
	issuer->grant_claim = draft_value(draft, block, "grant_claim");
	issuer->scope_claim = draft_value(draft, block, "scope_claim");
	issuer->introspects_jwt = str_is(draft_value(draft, block, "jwt_check"), "introspection");
	issuer->algorithms = algorithms(draft, block);
	issuer->skew = draft_duration(draft, block, "skew");
	issuer->max_lifetime = draft_duration(draft, block, "max_lifetime");
	fill_client(draft, block, &issuer->client);
	fill_inquiries(draft, block, &issuer->ask);
	draft_fill_login(draft, block, issuer);
}

const struct issuer *draft_find_issuer(const struct settings *settings, struct str identifier)
{
	for (size_t i = 0; i < settings->n_issuers; i++) {
		if (str_eq(settings->issuer[i].identifier, identifier))
			return &settings->issuer[i];
	}
	return NULL;
}

static void accept_word(struct draft *draft, const struct word *word, struct resource *resource)
{
	const struct issuer *issuer = draft_find_issuer(draft->settings, word->text);

	if (str_is(word->text, API_KEYS) && draft->settings->n_key_files != 0)
		resource->api_keys = true;
	else if (str_is(word->text, API_KEYS))
		draft_error(draft, word->place, "found api_keys, expected a file of them: say `api_keys FILE` at the top");
	else if (issuer == NULL)
		draft_error(draft, word->place, "found %s, expected one of the issuers of this file, written the same way",
			draft_show(draft, word->text).p);
	else if (settings_accepts(resource, issuer))
		draft_error(
			draft, word->place, "found %s twice in one resource, expected it once", draft_show(draft, word->text).p);
	else
		resource->issuer[resource->n_issuers++] = issuer;
}

static void fill_accepted(struct draft *draft, const struct entries *block, struct resource *resource)
{
	const struct settings *settings = draft->settings;

	resource->issuer = draft_memory(draft, settings->n_issuers * sizeof(struct issuer *));
	for (size_t i = 0; block != NULL && i < block->n; i++) {
		const struct entry *entry = &block->entry[i];

		for (size_t j = 0; str_is(entry->name.text, "issuer") && j < entry->n; j++)
			accept_word(draft, &entry->word[j], resource);
	}
	if (entries_find(block, "issuer") != NULL) {
		if (settings->broker.own != NULL && !settings_accepts(resource, settings->broker.own))
			draft_note(draft, entries_find(block, "issuer")->name.place,
				"this resource does not accept %.*s: nobody can log in for it here; leave issuer out, or name that "
				"too",
				STR_ARGS(settings->broker.own->identifier));
		return;
	}
	resource->api_keys = settings->n_key_files != 0;
	/* With a broker, the tokens of a provider are for us, not for resources. */
	if (settings->broker.own != NULL) {
		resource->issuer[resource->n_issuers++] = settings->broker.own;
		return;
	}
	for (size_t i = 0; i < settings->n_issuers; i++) {
		/* An issuer that stands there twice is complained about elsewhere. */
		if (draft_find_issuer(settings, settings->issuer[i].identifier) == &settings->issuer[i])
			resource->issuer[resource->n_issuers++] = &settings->issuer[i];
	}
}

static void fill_resource(struct draft *draft, const struct entry *entry, struct resource *resource)
{
	const struct entries *block = entry->block;

	resource->identifier = entry->word[0].text;
	resource->where = place_text(draft, entry->word[0].place);
	(void)!url_parse(resource->identifier, &resource->url);
	fill_accepted(draft, block, resource);
	/* The audience of the top is every issuer's default; only the resource's own one is
	 * stronger than an issuer's. */
	if (entries_find(block, "audience") != NULL)
		resource->audience = draft_words(draft, block, "audience");
	resource->also_path = draft_words(draft, block, "also_path");
	resource->require_scopes = draft_words(draft, block, "require_scopes");
	resource->publish_scopes = draft_given(draft, block, "publish_scopes") != NULL ? draft_words(draft, block, "publish_scopes")
										       : resource->require_scopes;
	draft_fill_rules(draft, "allow", block, resource, &resource->allow);
	draft_fill_rules(draft, "deny", block, resource, &resource->deny);
	draft_fill_operations(draft, block, resource);
	resource->rate = rate(draft, block, "rate");
	resource->resource_rate = rate(draft, block, "resource_rate");
	resource->allow_origin = draft_words(draft, block, "allow_origin");
	resource->slash_alias = draft_on(draft, block, "slash_alias");
	resource->error_body = str_is(draft_value(draft, block, "error_body"), "jsonrpc") ? ERROR_BODY_JSONRPC : ERROR_BODY_OAUTH;
	resource->challenge_granted = str_is(draft_value(draft, block, "challenge"), "needed+granted");
	resource->assertion = draft_on(draft, block, "assertion");
	resource->assertion_audience = draft_value(draft, block, "assertion_audience");
	if (resource->assertion_audience.n == 0)
		resource->assertion_audience = resource->identifier;
	resource->bind_sessions = draft_on(draft, block, "bind_sessions");
	resource->name = draft_value(draft, block, "resource_name");
	resource->documentation = draft_value(draft, block, "documentation");
	resource->policy_uri = draft_value(draft, block, "policy_uri");
	resource->tos_uri = draft_value(draft, block, "tos_uri");
}

static void fill_trusted(struct draft *draft, struct settings *settings)
{
	struct words words = draft_words(draft, NULL, "trusted_proxies");

	settings->trusted_proxy = draft_memory(draft, words.n * sizeof(struct network));
	for (size_t i = 0; i < words.n; i++) {
		if (network_parse(words.word[i], &settings->trusted_proxy[i]))
			settings->n_trusted_proxies++;
	}
}

static void fill_top(struct draft *draft)
{
	static const enum audit_format audit_formats[] = { AUDIT_AS_LOG, AUDIT_JSON, AUDIT_TEXT };
	static const enum authorization_server servers[] = { SERVER_DIRECT, SERVER_DIRECT, SERVER_AUGMENT, SERVER_FACADE,
		SERVER_BROKER };
	static const enum front fronts[] = { FRONT_UNSAID, FRONT_NGINX_INSPECT, FRONT_NGINX, FRONT_CADDY, FRONT_LIGHTTPD,
		FRONT_APACHE };
	struct settings *settings = draft->settings;

	settings->server = servers[choice(draft, NULL, "authorization_server", 4)];
	settings->public_issuer = draft_value(draft, NULL, "public_issuer");
	if (settings->public_issuer.n != 0)
		(void)!url_parse(settings->public_issuer, &settings->public_issuer_url);
	settings->direct_redirect = draft_on(draft, NULL, "direct_redirect");
	settings->as_scopes = draft_words(draft, NULL, "as_scopes");
	settings->state_directory = draft_value(draft, NULL, "state_directory");
	settings->ca_file = draft_value(draft, NULL, "ca_file");
	settings->outbound_proxy = draft_value(draft, NULL, "outbound_proxy");
	settings->dev = draft_on(draft, NULL, "dev");
	settings->front = fronts[choice(draft, NULL, "front", 5)];
	settings->log_format = draft_value(draft, NULL, "log_format");
	settings->log_level = draft_value(draft, NULL, "log_level");
	settings->address_rate = rate(draft, NULL, "address_rate");
	settings->api_key_header = draft_on(draft, NULL, "api_key_header");
	settings->deny_list = draft_value(draft, NULL, "deny_list");
	settings->user_map = draft_value(draft, NULL, "user_map");
	settings->unmapped_by_claim = str_is(draft_value(draft, NULL, "unmapped_users"), "claim");
	settings->audit_log = draft_value(draft, NULL, "audit_log");
	if (str_is(settings->audit_log, "stderr"))
		settings->audit_log = STR_NONE;
	settings->audit_format = audit_formats[choice(draft, NULL, "audit_format", 2)];
	settings->audit_omit = draft_words(draft, NULL, "audit_omit");
	fill_trusted(draft, settings);
	settings->metadata_max_age = draft_duration(draft, NULL, "metadata_max_age");
	settings->stale_limit = draft_duration(draft, NULL, "stale_limit");
}

static size_t count(const struct entries *entries, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < entries->n; i++)
		n += str_is(entries->entry[i].name.text, name) ? 1 : 0;
	return n;
}

void draft_fill(struct draft *draft)
{
	struct settings *settings = draft->settings;
	size_t n_issuers = count(&draft->top, "issuer"), n_resources = count(&draft->top, "resource");

	fill_top(draft);
	draft_fill_key_files(draft);
	settings->issuer = draft_memory(draft, (n_issuers + 1) * sizeof(struct issuer)); /* and ourselves */
	draft->issuer_entry = draft_memory(draft, n_issuers * sizeof(struct entry *));
	settings->resource = draft_memory(draft, n_resources * sizeof(struct resource));
	draft->resource_entry = draft_memory(draft, n_resources * sizeof(struct entry *));
	for (size_t i = 0; i < draft->top.n; i++) {
		const struct entry *entry = &draft->top.entry[i];

		if (str_is(entry->name.text, "issuer")) {
			draft->issuer_entry[settings->n_issuers] = entry;
			fill_issuer(draft, entry, &settings->issuer[settings->n_issuers++]);
		}
	}
	draft_fill_broker(draft);
	draft_fill_prefixes(draft);
	draft_fill_token_memory(draft);
	for (size_t i = 0; i < draft->top.n; i++) {
		const struct entry *entry = &draft->top.entry[i];

		if (str_is(entry->name.text, "resource")) {
			draft->resource_entry[settings->n_resources] = entry;
			fill_resource(draft, entry, &settings->resource[settings->n_resources++]);
		}
	}
	draft_check_rule_issuers(draft);
}
