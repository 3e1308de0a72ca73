/* SPDX-License-Identifier: MIT */
/* A provider where people log in: its document, its key, its token endpoint; and what a login says into the log. */
#ifndef GATEHOUSE_TEST_LOGIN_FIXTURE_H
#define GATEHOUSE_TEST_LOGIN_FIXTURE_H

#include "unit.h"

#include <fcntl.h>

#include "keys.h" /* before there are settings by that name */
#include "provider_fixture.h"

#include "clock.h"
#include "login.h"
#include "policy.h"
#include "preset.h"

#define NONCE "n-0S6_WzA2Mj"
/* RFC 7636 appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define CODE "SplxlOBeZQQYbYS6WxSbIA"
#define SECRET "s3cr3t-of-ours"
#define ACCESS "access-token-2YotnFZF"
#define REFRESHED "refresh-token-tGzv3JOk"
#define ROTATED "refresh-token-8xLOxBtZ"
#define LOG_BYTES 65536

static EVP_PKEY *key, *other_key;
static struct inquiry *inquiry;
static struct login *login;
static struct str openid_scopes[] = { { "openid", 6 }, { "email", 5 } };
static const struct login_request openid_request = {
	.scopes = { openid_scopes, 2 }, .state = { "af0ifjsldkj", 11 }, .nonce = { NONCE, 12 }, .verifier = { VERIFIER, 43 }
};
static struct str github_scopes[] = { { "read:org", 8 } };
static const struct login_request github_request = {
	.scopes = { github_scopes, 1 }, .state = { "af0ifjsldkj", 11 }, .verifier = { VERIFIER, 43 }
};
static struct login_identity identity;
static char log_text[LOG_BYTES];

/* The document with `more` members, each after a comma. */
static inline void serve_login(const char *more)
{
	char body[2048];
	auto_buf keys = BUF(4096);

	(void)snprintf(body, sizeof(body),
		"{\"issuer\":\"%s\",\"jwks_uri\":\"%s/jwks\",\"authorization_endpoint\":\"%s/authorize\",\"token_endpoint\":\"%s/token\","
		"\"userinfo_endpoint\":\"%s/userinfo\"%s}",
		identifier, identifier, identifier, identifier, identifier, more);
	(void)server_set(server, METADATA, 200, JSON_TYPE, body);
	auto_json *set = json_pack("{s:[o]}", "keys", jwk_of(key, "one"));
	json_write(set, &keys);
	(void)server_set(server, "/jwks", 200, JSON_TYPE, keys.p);
}

/* After a change of settings, with no memory of the provider's document either. */
static inline void login_restart(void)
{
	DIR *listing = opendir(folder);
	const struct dirent *entry;

	login_free(login);
	inquiry_free(inquiry);
	while ((entry = readdir(listing)) != NULL) {
		if (strcmp(entry->d_name, "table") != 0)
			(void)unlinkat(dirfd(listing), entry->d_name, 0);
	}
	(void)closedir(listing);
	table_close(table);
	(void)unlinkat(state.directory, "table", 0);
	table = table_open(state.directory, "table");
	restart();
	inquiry = inquiry_new(&settings, &issuer, provider, table, NULL);
	login = login_new(&settings, &issuer, provider, inquiry, table, NULL);
}

static inline int login_begin(void **unused)
{
	(void)start(unused);
	settings.public_issuer_url.origin = STR("https://gate.example");
	issuer.preset = preset_find(STR("generic"));
	issuer.client = (struct client){ .id = STR("gate:1"), .secret = STR(SECRET), .secret_method = CLIENT_AUTH_POST };
	issuer.subject_claim = issuer.user_claim = STR("sub");
	issuer.groups_claim = STR("groups");
	issuer.organizations_claim = STR("organizations");
	issuer.grant_claim = STR("sid");
	issuer.skew = 30;
	inquiry = NULL;
	login = NULL;
	identity = (struct login_identity){ 0 };
	serve_login("");
	login_restart();
	return 0;
}

static inline int login_end(void **unused)
{
	login_identity_free(&identity);
	login_free(login);
	inquiry_free(inquiry);
	return stop(unused);
}
#define LOGIN_TEST(function) cmocka_unit_test_setup_teardown(function, login_begin, login_end)

static inline int make_keys(void **unused)
{
	(void)unused;
	key = key_new("P-256", 0);
	other_key = key_new("P-256", 0);
	return 0;
}

static inline int free_keys(void **unused)
{
	(void)unused;
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	return 0;
}

/* JSON with members changed: null takes one away. */
static inline void change_members(json_t *json, const char *change)
{
	auto_json *more = json_of(change);
	const char *name;
	json_t *value;

	json_object_foreach (more, name, value) {
		if (json_is_null(value))
			(void)json_object_del(json, name);
		else
			(void)json_object_set(json, name, value);
	}
}

/* The claims of a good ID token, changed. new */
static inline json_t *id_claims(const char *change)
{
	json_t *claims = json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:s}", "iss", identifier, "aud", "gate:1", "sub", "alice", "nonce",
		NONCE, "iat", (int)NOW - 5, "exp", (int)NOW + 300, "email", "alice@example.com");

	change_members(claims, change);
	return claims;
}

#define ID_HEADER "{\"alg\":\"ES256\",\"kid\":\"one\",\"typ\":\"JWT\"}"

static inline void sign_id_token(EVP_PKEY *with, const char *header, const char *change, struct buf *token)
{
	auto_json *claims = id_claims(change);
	auto_buf text = BUF(TEST_TOKEN_BYTES);

	json_write(claims, &text);
	sign_token(with, "ES256", header, text.p, token);
}

/* The token endpoint's answer: the ID token (NULL: none), and changed members. */
static inline void serve_answer(const char *id_token, const char *change)
{
	auto_json *answer = json_pack("{s:s,s:s,s:s,s:i}", "access_token", ACCESS, "token_type", "Bearer", "refresh_token",
		REFRESHED, "expires_in", 300);
	auto_buf text = BUF(ROUTE_BODY);

	if (id_token != NULL)
		(void)json_object_set_new(answer, "id_token", json_string(id_token));
	change_members(answer, change);
	json_write(answer, &text);
	(void)server_set(server, "/token", 200, JSON_TYPE, text.p);
}

static inline void serve_tokens(const char *claims_change, const char *answer_change)
{
	auto_buf token = BUF(TEST_TOKEN_BYTES);

	sign_id_token(key, ID_HEADER, claims_change, &token);
	serve_answer(token.p, answer_change);
}

/* ---- What a call says into the log, in which no secret may be ---- */

static inline int log_capture(void)
{
	int file = open(folder, O_TMPFILE | O_RDWR, 0600), before = dup(STDERR_FILENO);

	assert_true(file >= 0 && before >= 0);
	(void)fflush(stderr);
	(void)dup2(file, STDERR_FILENO);
	(void)close(file);
	return before;
}

static inline void log_release(int before)
{
	static const char *const secrets[] = { NONCE, VERIFIER, CODE, SECRET, ACCESS, REFRESHED, ROTATED, "eyJ", "stranger" };
	ssize_t n;

	(void)fflush(stderr);
	n = pread(STDERR_FILENO, log_text, sizeof(log_text) - 1, 0);
	(void)dup2(before, STDERR_FILENO);
	(void)close(before);
	log_text[n > 0 ? n : 0] = '\0';
	for (size_t i = 0; i < N_OF(secrets); i++) {
		if (strstr(log_text, secrets[i]) != NULL)
			fail_msg("the log has %s: %s", secrets[i], log_text);
	}
}

static inline void assert_logged(const char *words)
{
	if (strstr(log_text, words) == NULL)
		fail_msg("the log does not say \"%s\": %s", words, log_text);
}

static inline enum login_outcome finish_with(const struct login_request *request, const char *query, int64_t ms)
{
	struct login_callback callback;
	bool good = login_callback_read(str_from(query), &callback);
	int before = log_capture();
	enum login_outcome outcome;

	login_identity_free(&identity);
	outcome = login_finish(login, request, &callback, NOW, clock_ms() + ms, &identity);
	log_release(before);
	free(callback.memory);
	assert_true(good);
	assert_true((outcome == LOGIN_GOOD) == (identity.claims != NULL));
	return outcome;
}

static inline enum login_outcome finish(const char *query)
{
	return finish_with(&openid_request, query, 20000);
}
#define CALLBACK "state=af0ifjsldkj&code=" CODE

static inline const char *request_at(const char *path)
{
	for (size_t i = 0; i < server->n; i++) {
		if (strcmp(server->route[i].path, path) == 0)
			return server->route[i].request;
	}
	return "";
}

static inline void assert_sent(const char *path, const char *text)
{
	if (strstr(request_at(path), text) == NULL)
		fail_msg("\"%s\" was not sent: %s", text, request_at(path));
}

static inline void assert_not_sent(const char *path, const char *text)
{
	if (strstr(request_at(path), text) != NULL)
		fail_msg("\"%s\" was sent: %s", text, request_at(path));
}

static inline void assert_claim(const char *name, const char *text)
{
	assert_str(json_text(identity.claims, name), text);
}

/* ---- What rules make of it ---- */

/* As auth-check would be asked about a principal of these claims. */
static inline enum outcome allowed(struct rule rule)
{
	static struct claims claims;
	struct resource resource = { .allow = { &rule, 1 } };

	assert_int_equal(claims_identify(identity.claims, &issuer, &claims), OUTCOME_ALLOW);
	assert_int_equal(claims.principal.client.n + claims.principal.scopes.n, 0);
	assert_ptr_equal(claims.principal.issuer, &issuer);
	assert_true(claims.principal.expires > NOW * 1000);
	return policy_allow(&resource, &claims.principal);
}

static struct rule team_rules[] = { { RULE_ORGANIZATION, { "acme", 4 }, NULL }, { RULE_TEAM, { "acme/core", 9 }, NULL } };
static struct resource github_resource = { .allow = { team_rules, 2 } };

/* GitHub has no OpenID Connect: our application's token is checked, then the lists of memberships. */
static inline void serve_github(const char *change)
{
	static char organizations[160], teams[160], check[160];

	(void)snprintf(check, sizeof(check), "%s/applications/CLIENT/token", identifier);
	(void)snprintf(organizations, sizeof(organizations), "%s/user/orgs", identifier);
	(void)snprintf(teams, sizeof(teams), "%s/user/teams", identifier);
	issuer.preset = preset_find(STR("github"));
	issuer.subject_claim = STR("user.id");
	issuer.user_claim = STR("user.login");
	issuer.ask = (struct inquiries){ .tokeninfo = str_from(check), .tokeninfo_form = TOKENINFO_GITHUB,
		.organizations = str_from(organizations), .teams = str_from(teams), .client = STR("app-1"), .secret = STR(SECRET) };
	settings.resource = &github_resource;
	settings.n_resources = 1;
	serve_answer(NULL, change);
	(void)server_set(server, "/applications/app-1/token", 200, JSON_TYPE,
		"{\"scopes\":[\"read:org\"],\"user\":{\"login\":\"octo\",\"id\":583231},\"app\":{\"client_id\":\"app-1\"}}");
	(void)server_set(server, "/user/orgs", 200, JSON_TYPE, "[{\"login\":\"acme\"}]");
	(void)server_set(server, "/user/teams", 200, JSON_TYPE, "[{\"slug\":\"core\",\"organization\":{\"login\":\"acme\"}}]");
	login_restart();
}

#endif
