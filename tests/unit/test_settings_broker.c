/* SPDX-License-Identifier: MIT */
/* The settings of our own authorization server: what they become, and what is said when they don't fit together. */
#include "settings_helper.h"
#include "unit.h"

#define SERVER "authorization_server broker; public_issuer https://gate.example.com\n"
#define BROKER SERVER "client_id ours\n" ISSUER

static void test_BK_04_the_whole_of_it(void **state)
{
	const struct broker *broker;
	const struct issuer *login;

	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	accepts(SERVER
		"issuer https://auth.example.com {\n client_id ours; client_secret_file $/secret; login_scopes openid a; "
		"upstream_resource https://api.example\n"
		" redirect_preset claude; redirect_uri https://x.example/cb\n scope_map mcp:read openid "
		"b; scope_map mcp:write c\n}\n"
		"issuer https://other.example.com\n"
		"client desk { client_name \"The desk\"; redirect_uri https://desk.example/cb http://127.0.0.1/cb; }\n"
		"client back { redirect_uri https://back.example/cb; client_secret_file $/secret; }\n"
		"redis r.example:7; redis_prefix g; redis_password_file $/secret\ncimd a.example b.example; cimd_port 443 8443\n"
		"redirect any_https; access_token_lifetime 5m; refresh_idle 1h; refresh_lifetime 2h; login_check 10m; site_name "
		"House\n"
		"scope_words mcp:read 'read notes'; scope_words mcp:write 'write notes'\n" RESOURCE);
	broker = &settings->broker;
	login = broker->login;
	is_text(login->identifier, "https://auth.example.com");
	is_text(login->client.id, "ours");
	is_text(login->client.secret, "s3cret");
	is_words(login->login_scopes, "openid a");
	is_text(login->upstream_resource, "https://api.example");
	assert_int_equal(login->n_mappings, 2);
	is_text(login->mapping[0].scope, "mcp:read");
	is_words(login->mapping[0].asked, "openid b");
	is_words(login->mapping[1].asked, "c");
	assert_int_equal(broker->n_clients, 2);
	is_text(broker->client[0].id, "desk");
	is_text(broker->client[0].name, "The desk");
	is_words(broker->client[0].redirect_uri, "https://desk.example/cb http://127.0.0.1/cb");
	assert_int_equal(broker->client[0].secret.n, 0);
	is_text(broker->client[1].secret, "s3cret");
	is_text(broker->redis, "r.example:7");
	is_text(broker->redis_password, "s3cret");
	is_text(broker->redis_prefix, "g");
	is_words(broker->documents, "a.example b.example");
	assert_int_equal(broker->n_document_ports, 2);
	assert_int_equal(broker->document_port[1], 8443);
	assert_int_equal(broker->access_token_lifetime, 300);
	assert_int_equal(broker->refresh_idle, 3600);
	assert_int_equal(broker->refresh_lifetime, 7200);
	assert_int_equal(broker->login_check, 600);
	is_text(broker->site_name, "House");
	assert_int_equal(broker->n_meanings, 2);
	is_text(broker->meaning[1].scope, "mcp:write");
	is_text(broker->meaning[1].words, "write notes");
	assert_true(contains(&notes, "redirect any_https: every site"));
}

static void test_SEC_18_what_holds_when_nothing_is_said(void **state)
{
	const struct broker *broker;

	(void)state;
	accepts(BROKER RESOURCE);
	broker = &settings->broker;
	assert_int_equal(broker->access_token_lifetime, 900);
	assert_true(broker->refresh_lifetime > broker->refresh_idle && broker->login_check <= 3600);
	assert_false(broker->registration.any_https);
	is_words(broker->documents, "claude.ai claude.com chatgpt.com vscode.dev");
	assert_int_equal(broker->n_document_networks, 0);
	is_text(broker->site_name, "gate.example.com");
	assert_int_equal(broker->redis.n, 0);
	accepts("cimd off\n" BROKER RESOURCE);
	assert_int_equal(settings->broker.documents.n, 0);
	accepts_with_note("cimd any\n" BROKER RESOURCE, "cimd any: every site");
}

/* What registration may grant is said beside our own client, whose id and secret must not come near it. */
static void test_RG_03_what_registers_knows_nothing_of_our_client(void **state)
{
	const struct client *registration;

	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	accepts(SERVER "refresh_tokens off; registration_rate 5/h; redirect_uri https://x.example/cb\n"
		       "issuer https://auth.example.com { client_id ours; client_secret_file $/secret; redirect_preset claude; "
		       "registration_token_file $/secret; }\n" RESOURCE);
	registration = &settings->broker.registration;
	assert_int_equal(registration->id.n, 0);
	assert_int_equal(registration->secret.n, 0);
	assert_int_equal(registration->key.n, 0);
	is_words(registration->redirect_uri, "https://x.example/cb");
	is_words(registration->redirect_preset, "claude");
	is_text(registration->registration_token, "s3cret");
	assert_false(registration->refresh);
	assert_int_equal(registration->rate.count, 5);
}

static void test_BK_03_resources_take_our_tokens_and_by_themselves_nobody_elses(void **state)
{
	const struct issuer *own;

	(void)state;
	accepts(BROKER RESOURCE
		"resource https://mcp.example.com/both { allow any; issuer https://gate.example.com https://auth.example.com; }\n");
	own = settings->broker.own;
	assert_true(own->own);
	is_text(own->identifier, "https://gate.example.com");
	assert_true(own->typ_strict && own->single_audience);
	assert_int_equal(own->client.id.n, 0);
	assert_int_equal(settings->resource[0].n_issuers, 1);
	assert_ptr_equal(settings->resource[0].issuer[0], own);
	assert_false(settings_accepts(&settings->resource[0], settings->broker.login));
	assert_true(settings_accepts(&settings->resource[1], settings->broker.login));
}

static void is_rule(const struct rules *rules, size_t i, const char *value, const struct issuer *issuer)
{
	assert_true(i < rules->n);
	is_text(rules->rule[i].value, value);
	assert_ptr_equal(rules->rule[i].issuer, issuer);
}

/* The provider's people are ours: whoever names them by either name means them. */
static void test_PO_02_rules_of_a_broker_name_people_by_the_provider_or_by_us(void **state)
{
	const struct issuer *own, *login;

	(void)state;
	write_file("keys", "", 0, 0600);
	accepts(BROKER
		"api_keys $/keys\ndeny subject mallory from https://auth.example.com\ndeny group out from "
		"https://gate.example.com\n"
		"resource https://mcp.example.com/mcp { allow group staff from https://auth.example.com; allow group friends from "
		"https://gate.example.com; allow subject robot from api_keys; }\n"
		"resource https://mcp.example.com/both { issuer https://gate.example.com https://auth.example.com; "
		"allow group staff from https://auth.example.com; }\n");
	own = settings->broker.own;
	login = settings->broker.login;
	is_rule(&settings->resource[0].allow, 0, "staff", own);
	is_rule(&settings->resource[0].allow, 1, "friends", own);
	is_rule(&settings->resource[0].allow, 2, "robot", &settings->api_key_issuer);
	assert_int_equal(settings->resource[0].deny.n, 2);
	is_rule(&settings->resource[0].deny, 0, "mallory", own);
	is_rule(&settings->resource[0].deny, 1, "out", own);
	/* Let in is only who was named; kept out are the same people, whatever they show. */
	assert_int_equal(settings->resource[1].allow.n, 1);
	is_rule(&settings->resource[1].allow, 0, "staff", login);
	assert_int_equal(settings->resource[1].deny.n, 4);
	is_rule(&settings->resource[1].deny, 0, "mallory", own);
	is_rule(&settings->resource[1].deny, 1, "mallory", login);
	is_rule(&settings->resource[1].deny, 2, "out", own);
	is_rule(&settings->resource[1].deny, 3, "out", login);
}

static void test_PO_02_a_rule_of_a_broker_says_which_issuers_there_are(void **state)
{
	(void)state;
	write_file("keys", "", 0, 0600);
	refuses(BROKER "api_keys $/keys\nresource https://mcp.example.com/mcp { allow group staff; }\n",
		"can mean another person at each: https://gate.example.com or api_keys\n");
	refuses(BROKER "resource https://mcp.example.com/mcp { allow group staff from https://gate.example.com/; }\n",
		"expected an issuer that this resource accepts, written the same way: https://gate.example.com\n");
	refuses(BROKER RESOURCE "deny group staff from https://gate.example.com/\n", "expected one of the issuers of this file");
	refuses(BROKER "resource https://mcp.example.com/mcp { allow any; issuer https://auth.example.com; }\n"
		       "issuer https://other.example.com\ndeny group staff from https://other.example.com\n",
		"found \"https://other.example.com\", which no resource accepts: this rule would keep nobody out");
	accepts_with_note(BROKER "resource https://mcp.example.com/mcp { allow any; issuer https://auth.example.com; }\n",
		"this resource does not accept https://gate.example.com: nobody can log in for it here");
}

static void test_BK_06_presets_know_what_a_login_has_to_ask_for(void **state)
{
	static const struct {
		const char *preset, *scopes;
	} rows[] = {
		{ "generic", "openid profile email" },
		{ "google", "openid profile email" },
		{ "authentik", "openid profile email offline_access" },
		{ "keycloak", "openid profile email offline_access" },
		{ "entra", "openid profile email offline_access" },
		{ "authelia", "openid profile email groups offline_access" },
		{ "github", "read:user user:email" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf text = BUF(4096);

		/* These presets ask about tokens, which takes more. */
		if (str_is(str_from(rows[i].preset), "github"))
			buf_add_text(&text,
				"introspection_client c; introspection_secret_file $/secret; audience_clients c; require_scopes "
				"s\n");
		buf_print(&text, SERVER "issuer https://auth.example.com/x/ { client_id ours; preset %s; audience a; }\n" RESOURCE,
			rows[i].preset);
		write_file("secret", "s3cret\n", 7, 0600);
		accepts(text.p);
		is_words(settings->broker.login->login_scopes, rows[i].scopes);
		/* The tokens are ours: nobody is asked about them. */
		assert_int_equal(settings->token_memory, 320 * 1024);
	}
}

static void test_BK_04_what_does_not_fit_together_is_told(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "authorization_server broker; client_id ours\n" ISSUER RESOURCE,
			"found no public_issuer, expected one with authorization_server broker" },
		{ SERVER ISSUER RESOURCE, "found no client_id, expected it for the issuer where people log in" },
		{ SERVER ISSUER RESOURCE, "https://gate.example.com/oauth/callback" },
		{ BROKER "issuer https://other.example.com\n" RESOURCE, "found a second issuer with a client_id" },
		{ SERVER "issuer https://auth.example.com { client_id a; }\nissuer https://other.example.com { client_id b; "
			 "}\n" RESOURCE,
			"found a second issuer with a client_id" },
		{ BROKER "client_secret_file $/secret; client_key_file $/secret\n" RESOURCE,
			"found client_key_file and client_secret_file, expected one of them" },
		{ SERVER "client_id ours; issuer https://gate.example.com\n" RESOURCE, "found public_issuer as an issuer" },
		{ BROKER "upstream_resource http://api.example\n" RESOURCE, "expected" },
		{ BROKER "client desk\n" RESOURCE, "found no redirect_uri for this client" },
		{ BROKER "client desk { client_name Desk; }\n" RESOURCE, "found no redirect_uri for this client" },
		{ BROKER "client https://desk.example/x { redirect_uri https://desk.example/cb; }\n" RESOURCE,
			"found a URL, expected another id" },
		{ BROKER "client a { redirect_uri https://a.example/cb; }\nclient b { redirect_uri https://a.example/cb; }\nclient "
			 "a { redirect_uri https://a.example/cb; }\n" RESOURCE,
			"found this client a second time" },
		{ BROKER "cimd a.example any\n" RESOURCE, "found any beside other words, expected it alone, or hosts" },
		{ BROKER "redis_password_file $/secret\n" RESOURCE, "found redis_password_file, expected redis with it" },
		{ BROKER "redis_prefix gate:\n" RESOURCE, "found redis_prefix, expected redis with it" },
		{ BROKER "client_audience endpoint\n" RESOURCE, "found client_audience, expected client_key_file with it" },
		{ SERVER "issuer https://auth.example.com { client_id a; client_secret_file $/secret\n client_audience issuer; "
			 "}\n" RESOURCE,
			"$/gatehouse.conf:3:2: found client_audience, expected client_key_file with it" },
		{ BROKER "login_scopes read:user\n" RESOURCE,
			"found login_scopes without openid, expected openid among them, or introspection_endpoint" },
		{ SERVER "issuer https://auth.example.com { client_id a\n login_scopes profile email; }\n" RESOURCE,
			"$/gatehouse.conf:3:15: found login_scopes without openid" },
		{ BROKER "scope_words mcp:read 'read'\nscope_words mcp:write 'write'\nscope_words mcp:read 'see'\n" RESOURCE,
			"$/gatehouse.conf:6:13: found words for this scope a second time (the first are at $/gatehouse.conf:4:13), "
			"expected them once" },
		{ BROKER "scope_words mcp:read\n" RESOURCE, "found 1 words after scope_words, expected two" },
		{ BROKER "scope_map mcp:read\n" RESOURCE, "found one word after scope_map" },
		{ SERVER "issuer https://auth.example.com { client_id a; scope_map mcp:read; }\n" RESOURCE,
			"found one word after scope_map" },
		{ BROKER "access_token_lifetime 30s\n" RESOURCE, "found less than 60 s, expected at least that" },
		{ BROKER "refresh_idle 1m\n" RESOURCE, "found less than access_token_lifetime" },
		{ BROKER "refresh_lifetime 1m\n" RESOURCE, "found less than access_token_lifetime" },
		{ BROKER "client desk { redirect_uri https://a.example/cb; login_check 1h; }\n" RESOURCE, "expected it in: " },
		{ BROKER "direct_redirect on\n" RESOURCE, "found direct_redirect on" },
	};

	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	for (size_t i = 0; i < N_OF(rows); i++)
		refuses(rows[i].text, rows[i].part);
}

static void test_BK_06_who_has_logged_in_is_told_by_an_id_token_or_by_somebody_who_is_asked(void **state)
{
	static const char *const asked[] = { "introspection_endpoint discover; client_secret_file $/secret",
		"tokeninfo_endpoint https://a.example/t", "userinfo_endpoint discover" };

	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	for (size_t i = 0; i < N_OF(asked); i++) {
		auto_buf text = BUF(4096);

		buf_print(&text, BROKER "login_scopes profile; %s\n" RESOURCE, asked[i]);
		accepts(text.p);
	}
}

static void test_a_key_shows_who_we_are_to_the_endpoint_or_the_issuer(void **state)
{
	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	accepts(BROKER "client_key_file $/secret; client_audience endpoint\n" RESOURCE);
	assert_true(settings->broker.login->client.assertion_for_endpoint);
	accepts(BROKER "client_key_file $/secret; client_audience issuer\n" RESOURCE);
	assert_false(settings->broker.login->client.assertion_for_endpoint);
}

static void test_CI_04_addresses_of_ours_in_development_only(void **state)
{
	(void)state;
	accepts("dev on; authorization_server broker; public_issuer http://localhost:8080; client_id ours; cimd_allow_address "
		"127.0.0.1 ::1\n"
		"issuer http://localhost:9000\nresource http://localhost:8080/mcp { allow any; }\n");
	assert_int_equal(settings->broker.n_document_networks, 2);
	refuses(BROKER "cimd_allow_address 10.0.0.0/8\n" RESOURCE, "found cimd_allow_address, expected it with dev on only");
}

/* Each of them, in whatever mode means nothing by it. */
static void test_what_is_the_brokers_own_is_refused_without_one(void **state)
{
	static const char *const lines[] = { "redis 127.0.0.1", "redis_password_file $/secret", "redis_prefix g", "cimd off",
		"cimd_port 443", "cimd_allow_address 127.0.0.1", "redirect any_https",
		"client desk { redirect_uri https://a.example/cb; }", "access_token_lifetime 5m", "refresh_idle 1h",
		"refresh_lifetime 1h", "login_check 1h", "site_name House", "scope_words a b", "client_key_file $/secret",
		"client_audience issuer", "login_scopes openid", "scope_map a b", "upstream_resource https://a.example" };
	static const char *const modes[] = { "", AUGMENT, FACADE };

	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	for (size_t i = 0; i < N_OF(lines); i++) {
		for (size_t k = 0; k < N_OF(modes); k++) {
			auto_buf text = BUF(4096);

			buf_print(&text, "%s%s\n" ISSUER RESOURCE, modes[k], lines[i]);
			refuses(text.p, "expected it with authorization_server broker only");
		}
	}
	refuses("issuer https://auth.example.com { login_scopes a; }\n" RESOURCE,
		"found login_scopes, expected it with authorization_server broker only");
	refuses("public_issuer https://gate.example.com\n" ISSUER RESOURCE,
		"expected it with authorization_server facade or broker only");
}

static void test_paths_of_ours_are_no_resources(void **state)
{
	static const char *const paths[] = { "/oauth/authorize", "/oauth/consent", "/oauth/callback", "/oauth/token",
		"/oauth/revoke", "/oauth/access", "/oauth/sign-out", "/oauth/register", "/oauth/jwks", "/oauth/token/x", "/healthz",
		"/.well-known/x" };

	(void)state;
	for (size_t i = 0; i < N_OF(paths); i++) {
		auto_buf text = BUF(4096), also = BUF(4096);

		buf_print(&text, BROKER "resource https://gate.example.com%s { allow any; }\n", paths[i]);
		refuses(text.p, "are ours");
		buf_print(&also, BROKER "resource https://gate.example.com/mcp { allow any; also_path %s; }\n", paths[i]);
		refuses(also.p, "found a path of ours");
	}
	accepts(BROKER "resource https://gate.example.com/oauth/tokens { allow any; }\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_BK_04_the_whole_of_it),
		cmocka_unit_test(test_SEC_18_what_holds_when_nothing_is_said),
		cmocka_unit_test(test_RG_03_what_registers_knows_nothing_of_our_client),
		cmocka_unit_test(test_BK_03_resources_take_our_tokens_and_by_themselves_nobody_elses),
		cmocka_unit_test(test_PO_02_rules_of_a_broker_name_people_by_the_provider_or_by_us),
		cmocka_unit_test(test_PO_02_a_rule_of_a_broker_says_which_issuers_there_are),
		cmocka_unit_test(test_BK_06_presets_know_what_a_login_has_to_ask_for),
		cmocka_unit_test(test_BK_04_what_does_not_fit_together_is_told),
		cmocka_unit_test(test_BK_06_who_has_logged_in_is_told_by_an_id_token_or_by_somebody_who_is_asked),
		cmocka_unit_test(test_a_key_shows_who_we_are_to_the_endpoint_or_the_issuer),
		cmocka_unit_test(test_CI_04_addresses_of_ours_in_development_only),
		cmocka_unit_test(test_what_is_the_brokers_own_is_refused_without_one),
		cmocka_unit_test(test_paths_of_ours_are_no_resources),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
