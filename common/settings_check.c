/* SPDX-License-Identifier: MIT */
/* The whole: the authorization server's face, issuers and their clients. Each message says what
 * mends it. */
#include "settings_parts.h"

#define HINT_BYTES 2048

void draft_check_url(struct draft *draft, struct place place, struct str text)
{
	bool dev = draft->settings->dev;
	const char *shown = draft_show(draft, text).p;
	struct url url;

	if (!url_parse(text, &url))
		draft_error(draft, place, "found %s, expected an absolute https URL", shown);
	else if (dev && !url_is_loopback(&url))
		draft_error(draft, place,
			"found %s, expected 127.0.0.1, [::1] or localhost while dev is on; turn "
			"dev off for other hosts",
			shown);
	else if (!dev && str_is(url.scheme, "http") && url_is_loopback(&url))
		draft_error(draft, place,
			"found %s, expected https; for development on this machine say `dev on` "
			"(GATEHOUSE_DEV=on)",
			shown);
	else if (!dev && str_is(url.scheme, "http"))
		draft_error(draft, place, "found %s, expected https (OAuth 2.1 1.5)", shown);
}

static void check_direct(struct draft *draft)
{
	const struct settings *settings = draft->settings;

	for (size_t i = 0; i < settings->n_issuers; i++) {
		const struct entry *entry = draft->issuer_entry[i];

		if (settings->issuer[i].client.id.n != 0)
			draft_error(draft, draft_place(draft, entry, "client_id"),
				"found client_id, expected none with authorization_server direct: "
				"clients register at the provider itself, so nobody "
				"would get it; say authorization_server augment, facade or broker, or give "
				"the client_id to your users by hand");
	}
}

static void check_augment(struct draft *draft)
{
	const struct settings *settings = draft->settings;

	for (size_t i = 0; i < settings->n_issuers; i++) {
		if (settings->issuer[i].provider_metadata.n == 0)
			draft_error(draft, draft->issuer_entry[i]->name.place,
				"found no provider_metadata for %.*s, expected one with authorization_server augment: we answer at "
				"the place where the document is by rule, so say where the provider's own can be fetched past us",
				STR_ARGS(settings->issuer[i].identifier));
	}
}

static void check_facade_iss(struct draft *draft, const struct issuer *issuer, const struct entry *entry)
{
	if (issuer->iss == ISS_UNSAID)
		draft_error(draft, entry->name.place,
			"found no provider_iss for %.*s, expected none or suppressed with "
			"authorization_server facade: look at a redirect of the "
			"provider; if it has an iss parameter, clients will refuse ours (RFC "
			"9207), so use augment, direct or broker",
			STR_ARGS(issuer->identifier));
	else if (issuer->iss == ISS_SENT)
		draft_error(draft, draft_place(draft, entry, "provider_iss"),
			"found sent, expected none or suppressed with authorization_server facade: clients compare the iss of the "
			"redirect with the issuer that we publish and refuse (RFC 9207 2.4); use augment, direct or broker");
}

static void check_facade(struct draft *draft)
{
	const struct settings *settings = draft->settings;
	const struct entry *server = entries_find(&draft->top, "authorization_server");
	const struct entry *published = entries_find(&draft->top, "public_issuer");
	struct str identifier = settings->issuer[0].identifier;

	if (settings->n_issuers != 1)
		draft_error(draft, draft->issuer_entry[1]->name.place,
			"found a second issuer, expected exactly one with authorization_server "
			"facade; use augment or direct for several");
	for (size_t i = 0; i < settings->n_issuers; i++)
		check_facade_iss(draft, &settings->issuer[i], draft->issuer_entry[i]);
	if (published == NULL) {
		draft_error(draft, server->name.place,
			"found no public_issuer, expected one with authorization_server facade: "
			"the origin under which clients reach us");
		return;
	}
	draft_check_url(draft, published->word[0].place, settings->public_issuer);
	if (str_ends(identifier, STR("/")))
		identifier.n--;
	if (str_eq(identifier, settings->public_issuer))
		draft_error(draft, published->word[0].place,
			"found the provider's own issuer, expected an origin of ours; on the "
			"provider's own origin use authorization_server augment");
}

static void check_server(struct draft *draft)
{
	const struct settings *settings = draft->settings;
	const struct entry *published = entries_find(&draft->top, "public_issuer");
	const struct entry *redirect = entries_find(&draft->top, "direct_redirect");

	if (settings->server != SERVER_FACADE && settings->server != SERVER_BROKER && published != NULL)
		draft_error(draft, published->name.place,
			"found public_issuer, expected it with authorization_server facade or broker only; "
			"say that, or leave it out");
	if (settings->server != SERVER_DIRECT && settings->direct_redirect)
		draft_error(draft, redirect->name.place,
			"found direct_redirect on, expected it with authorization_server direct "
			"only; leave it out");
	if (settings->server == SERVER_DIRECT)
		check_direct(draft);
	else if (settings->server == SERVER_AUGMENT)
		check_augment(draft);
	else if (settings->server == SERVER_FACADE)
		check_facade(draft);
	draft_check_broker(draft);
}

static bool is_unreserved(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return true;
}

/* Registrations that are passed on to the provider. */
static void check_relay(struct draft *draft, const struct issuer *issuer, const struct entry *entry)
{
	const struct client *client = &issuer->client;
	struct place place = draft_place(draft, entry, "registration_endpoint");

	if (client->endpoint.n == 0) {
		if (draft_given(draft, entry->block, "upstream_registration_token_file") != NULL)
			draft_error(draft, draft_place(draft, entry, "upstream_registration_token_file"),
				"found upstream_registration_token_file, expected registration_endpoint with it: the place where "
				"the provider takes that token");
		return;
	}
	if (!str_is(client->endpoint, DISCOVER))
		draft_check_url(draft, place, client->endpoint);
	if (draft->settings->server == SERVER_DIRECT)
		draft_error(draft, place,
			"found registration_endpoint, expected none with authorization_server direct: clients ask the provider "
			"itself; say authorization_server augment or facade, or leave it out");
	else if (draft->settings->server == SERVER_BROKER)
		draft_error(draft, place,
			"found registration_endpoint, expected none with authorization_server broker: clients are ours, and the "
			"provider knows us alone; leave it out");
	else if (client->id.n != 0)
		draft_error(draft, place,
			"found registration_endpoint and client_id, expected one of them: either the provider gives each client an "
			"id of its own, or all get the one that you made there");
	else if (client->registration_token.n == 0)
		draft_note(draft, place,
			"every registration makes a client at the provider, which nobody removes: choose a low registration_rate, "
			"such as 10/day, or demand a registration_token_file");
}

static void check_client(struct draft *draft, const struct issuer *issuer, const struct entry *entry)
{
	static const char *const secrets[] = { "client_secret_file", "registration_token_file" };
	const struct client *client = &issuer->client;

	check_relay(draft, issuer, entry);
	for (size_t i = 0; client->id.n == 0 && i < (client->endpoint.n == 0 ? 2 : 1); i++) {
		if (draft_given(draft, entry->block, secrets[i]) != NULL)
			draft_error(draft, draft_place(draft, entry, secrets[i]),
				"found %s, expected a client_id with it; say client_id or leave it out", secrets[i]);
	}
	if (client->id.n == 0 && draft->seed_secret.text.n != 0)
		draft_error(draft, draft->seed_secret.place, "found a secret, expected STATIC_CLIENT_ID with it");
	if (client->id.n == 0 || client->secret.n == 0)
		return;
	/* A broker keeps it to itself. */
	if (draft->settings->server == SERVER_BROKER)
		return;
	if (client->registration_token.n == 0 && draft->seed_secret.text.n == 0)
		draft_note(draft, draft_place(draft, entry, "client_id"),
			"the client's secret is handed to anyone who registers; better make the "
			"client public at the provider and leave the secret "
			"out, or demand a registration_token_file");
	if (client->secret_method == CLIENT_AUTH_BASIC && !is_unreserved(client->secret))
		draft_note(draft, draft_place(draft, entry, "client_secret_method"),
			"the secret has characters that some clients don't escape in "
			"client_secret_basic (RFC 6749 2.3.1); use client_secret_post, "
			"or a secret of letters, digits, - and _");
}

/* With a broker the provider's access tokens concern nobody but us. */
static void note_hint(struct draft *draft, const struct issuer *issuer, const struct entry *entry)
{
	auto_buf hint = BUF(HINT_BYTES);

	preset_hint(issuer->preset, !issuer_is_for_logins_alone(draft->settings, issuer), &hint);
	if (hint.n != 0)
		draft_note(draft, draft_place(draft, entry, "preset"), "preset %s: %.*s", issuer->preset->name,
			STR_ARGS(buf_str(&hint)));
}

static void check_issuer(struct draft *draft, size_t index)
{
	const struct settings *settings = draft->settings;
	const struct issuer *issuer = &settings->issuer[index];
	const struct entry *entry = draft->issuer_entry[index];
	struct place place = entry->word[0].place;

	draft_check_url(draft, place, issuer->identifier);
	if (issuer->url.has_query)
		draft_error(draft, place, "found an issuer with a query, expected none (RFC 8414 2)");
	if (issuer->provider_metadata.n != 0)
		draft_check_url(draft, draft_place(draft, entry, "provider_metadata"), issuer->provider_metadata);
	for (size_t i = 0; i < index; i++) {
		if (str_eq(issuer->identifier, settings->issuer[i].identifier))
			draft_error(draft, place, "found this issuer a second time (the first is at %.*s), expected it once",
				STR_ARGS(settings->issuer[i].where));
	}
	check_client(draft, issuer, entry);
	if (issuer->trust_email)
		draft_note(draft, draft_place(draft, entry, "trust_email"),
			"e-mail rules match without email_verified: whoever may enter an address "
			"at %.*s is taken for its owner",
			STR_ARGS(issuer->identifier));
	note_hint(draft, issuer, entry);
}

void draft_check(struct draft *draft)
{
	const struct settings *settings = draft->settings;
	const struct entry *proxy = entries_find(&draft->top, "outbound_proxy");
	struct place place = { .name = draft->file };
	struct url url;

	if (settings->n_issuers == 0)
		draft_error(draft, place, "found no issuer, expected at least one: issuer URL%s",
			draft->file == NULL ? " in /etc/gatehouse/gatehouse.conf or the file of -c" : "");
	if (settings->n_resources == 0)
		draft_error(draft, place, "found no resource, expected at least one: resource URL%s",
			draft->file == NULL ? " in /etc/gatehouse/gatehouse.conf or the file of -c" : "");
	if (settings->n_issuers == 0 || settings->n_resources == 0)
		return;
	check_server(draft);
	if (proxy != NULL && settings->dev && (!url_parse(settings->outbound_proxy, &url) || !url_is_loopback(&url)))
		draft_error(
			draft, proxy->word[0].place, "found another host, expected 127.0.0.1, [::1] or localhost while dev is on");
	for (size_t i = 0; i < settings->n_issuers; i++) {
		if (!settings->issuer[i].own)
			check_issuer(draft, i);
	}
	draft_check_opaque(draft);
	draft_check_resources(draft);
}
