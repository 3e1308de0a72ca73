/* SPDX-License-Identifier: MIT */
/* Of `gatehouse check`: what our own authorization server needs, and whom it lets ask people for access. */
#include "check.h"

#include <stdlib.h>
#include <time.h>

#include "grants.h"
#include "keyring.h"
#include "login.h"
#include "redirect_uri.h"
#include "seal_keys.h"
#include "signing_key.h"

static void free_signer(struct signer **signer)
{
	signer_free(*signer);
}

static void check_signing(struct report *report, const struct state *state)
{
	auto_json *ring = keyring_read(state);
	struct str kid = keyring_kid(json_object_get(ring, "signing"));
	__attribute__((cleanup(free_signer))) struct signer *signer = ring != NULL ? signing_key_read(state, kid) : NULL;

	if (signer != NULL)
		say(report, GOOD, "key %.*s signs our access tokens", STR_ARGS(kid));
	else
		say(report, WRONG, "there is no key to sign our access tokens with; " SIGNING_KEY_MENDING);
}

static void check_seal(struct report *report, const struct state *state)
{
	struct seal_keys keys;

	if (seal_keys_read(state, &keys))
		say(report, GOOD, "%zu %s to seal with in %s/%s", keys.n, keys.n == 1 ? "key" : "keys", state->path,
			SEAL_KEYS_FILE);
	else
		say(report, WRONG, "there is no key to seal with in %s/%s that can be used; %s", state->path, SEAL_KEYS_FILE,
			seal_keys_mending(state));
	seal_keys_wipe(&keys);
}

/* An entry that nobody has is asked for: that is the least that a program does with every request. */
static void check_store(struct report *report, const struct settings *settings)
{
	static const unsigned char nobody[STORE_KEY_BYTES];
	const struct broker *broker = &settings->broker;
	auto_buf error = BUF(1024);
	struct store *store = spaces_open(settings, &error);
	struct store_entry entry;

	if (store == NULL)
		say(report, WRONG, "the store of codes and grants: %.*s", STR_ARGS(buf_str(&error)));
	else if (store_get(store, &space_grant, nobody, time(NULL), &entry) == STORE_UNAVAILABLE)
		say(report, WRONG, "the store of codes and grants%s%.*s does not answer, so nobody can log in%s",
			broker->redis.n != 0 ? " at " : "", STR_ARGS(broker->redis),
			broker->redis.n != 0 ? ": look at its address, redis_password_file and that server" : "");
	else
		say(report, GOOD, "the store of codes and grants%s%.*s", broker->redis.n != 0 ? " at " : "",
			STR_ARGS(broker->redis));
	store_close(store);
}

void check_broker(struct report *report, const struct settings *settings, const struct state *state)
{
	check_signing(report, state);
	check_seal(report, state);
	check_store(report, settings);
}

/* ---- The login at the provider ---- */

static bool array_has(const json_t *array, struct str word)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);

		if (str_eq((struct str){ json_string_value(item), json_string_length(item) }, word))
			return true;
	}
	return false;
}

static void check_endpoint(struct report *report, const struct settings *settings, const struct issuer *issuer,
	const json_t *document, const char *member)
{
	struct str found = json_text(document, member);
	struct url url;

	if (url_parse(found, &url) && !url.has_fragment &&
		(str_is(url.scheme, "https") || (settings->dev && url_is_loopback(&url))))
		say(report, GOOD, "issuer %.*s: %s %.*s", STR_ARGS(issuer->identifier), member, STR_ARGS(found));
	else
		say(report, WRONG,
			"issuer %.*s: its document has no https URL as %s, so nobody can log in: look at provider_metadata",
			STR_ARGS(issuer->identifier), member);
}

/* What the login asks for and the provider does not say it has. */
static void check_scopes(struct report *report, const struct issuer *issuer, const json_t *document)
{
	const json_t *offered = json_object_get(document, "scopes_supported");

	for (size_t i = 0; json_is_array(offered) && i < issuer->login_scopes.n; i++) {
		if (!array_has(offered, issuer->login_scopes.word[i]))
			say(report, NOTE, "issuer %.*s: scope %.*s of login_scopes is not among those that it says it offers",
				STR_ARGS(issuer->identifier), STR_ARGS(issuer->login_scopes.word[i]));
	}
}

static bool has(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++) {
		if (str_is(words->word[i], word))
			return true;
	}
	return false;
}

void check_login(struct report *report, const struct settings *settings, const struct issuer *issuer, const json_t *document)
{
	const json_t *methods = json_object_get(document, "code_challenge_methods_supported");

	check_endpoint(report, settings, issuer, document, "authorization_endpoint");
	check_endpoint(report, settings, issuer, document, "token_endpoint");
	if (!issuer->provider_pkce_s256 && !array_has(methods, STR("S256")))
		say(report, WRONG,
			"issuer %.*s: its document does not offer PKCE S256, which our logins do: switch it on there, or, if it "
			"does S256 without saying so, write `provider_pkce s256`",
			STR_ARGS(issuer->identifier));
	check_scopes(report, issuer, document);
	if (array_has(json_object_get(document, "scopes_supported"), STR("offline_access")) &&
		!has(&issuer->login_scopes, "offline_access"))
		say(report, NOTE,
			"issuer %.*s: it offers offline_access, which login_scopes lack: without a refresh token of it a login "
			"ends after login_check",
			STR_ARGS(issuer->identifier));
}

/* ---- Who may ask people for access ---- */

static void tell_registration(struct report *report, const struct client *client)
{
	for (const struct redirect_preset *preset = redirect_presets; preset->name != NULL; preset++) {
		auto_buf uris = BUF(PRESET_BYTES);

		add_preset(preset, &uris);
		if (redirect_preset_is_chosen(client, preset))
			say(report, NOTE, "%s clients may register %s", preset->name, uris.p);
	}
	for (size_t i = 0; i < client->redirect_uri.n; i++)
		say(report, NOTE, "clients may register %.*s%s", STR_ARGS(client->redirect_uri.word[i]),
			loopback_warning(client->redirect_uri.word[i]));
	if (client->any_https)
		say(report, NOTE, "clients may register any other https URI");
}

void tell_clients(struct report *report, const struct settings *settings)
{
	const struct broker *broker = &settings->broker;

	say(report, NOTE, "register at %.*s, for the client %.*s, the redirect URI %.*s" LOGIN_CALLBACK,
		STR_ARGS(broker->login->identifier), STR_ARGS(broker->login->client.id), STR_ARGS(settings->public_issuer));
	tell_registration(report, &broker->registration);
	for (size_t i = 0; i < broker->documents.n; i++)
		say(report, NOTE, "clients with a metadata document at %s%.*s may ask for access",
			str_is(broker->documents.word[i], "any") ? "" : "https://", STR_ARGS(broker->documents.word[i]));
	for (size_t i = 0; i < broker->n_clients; i++) {
		const struct static_client *client = &broker->client[i];

		for (size_t k = 0; k < client->redirect_uri.n; k++)
			say(report, NOTE, "client %.*s may use %.*s%s", STR_ARGS(client->id),
				STR_ARGS(client->redirect_uri.word[k]), loopback_warning(client->redirect_uri.word[k]));
	}
}
