/* SPDX-License-Identifier: MIT */
/* The file's grammar, every directive, and what the fields become. */
#include "settings_helper.h"

#define GOOD ISSUER RESOURCE

static void test_a_short_file_gets_every_default(void **state)
{
	const struct issuer *issuer;
	const struct resource *resource;

	(void)state;
	accepts(GOOD);
	issuer = settings->issuer;
	resource = settings->resource;
	assert_int_equal(settings->n_issuers, 1);
	assert_int_equal(settings->n_resources, 1);
	assert_int_equal(settings->server, SERVER_DIRECT);
	assert_false(settings->direct_redirect);
	assert_false(settings->dev);
	assert_int_equal(settings->front, FRONT_UNSAID);
	assert_int_equal(settings->as_scopes.n, 0);
	is_text(settings->public_issuer, "");
	is_text(settings->state_directory, "/var/lib/gatehouse");
	is_text(settings->ca_file, "");
	is_text(settings->log_format, "text");
	is_text(settings->log_level, "info");
	is_text(settings->file, path_of("gatehouse.conf"));
	assert_int_equal(settings->metadata_max_age, 300);
	assert_int_equal(settings->stale_limit, 86400);
	assert_int_equal(settings->token_memory, 320 * 1024);
	is_text(issuer->identifier, "https://auth.example.com");
	is_text(issuer->url.host, "auth.example.com");
	assert_ptr_equal(issuer->preset, preset_find(STR("generic")));
	assert_true(issuer->nonce_marks_id_token);
	assert_int_equal(issuer->audience.n, 0);
	assert_int_equal(issuer->iss, ISS_UNSAID);
	assert_false(issuer->provider_pkce_s256 || issuer->typ_strict || issuer->trust_email ||
		issuer->single_audience);
	is_text(issuer->user_claim, "sub");
	is_text(issuer->groups_claim, "groups");
	is_text(issuer->scope_claim, "");
	assert_int_equal(issuer->algorithms, 0);
	assert_int_equal(issuer->skew, 30);
	assert_int_equal(issuer->max_lifetime, 86400);
	is_text(issuer->client.id, "");
	is_text(issuer->client.secret, "");
	assert_int_equal(issuer->client.secret_method, CLIENT_AUTH_NONE);
	assert_true(issuer->client.refresh);
	assert_int_equal(issuer->client.rate.count, 60);
	assert_int_equal(issuer->client.rate.seconds, 60);
	is_text(resource->identifier, "https://mcp.example.com/mcp");
	assert_int_equal(resource->n_issuers, 1);
	assert_ptr_equal(resource->issuer[0], issuer);
	assert_int_equal(resource->allow.n, 1);
	assert_int_equal(resource->allow.rule[0].kind, RULE_ANY);
	assert_int_equal(resource->deny.n, 0);
	assert_int_equal(resource->rate.count, 300);
	assert_int_equal(resource->rate.seconds, 60);
	is_words(resource->allow_origin, "https://claude.ai https://claude.com");
	assert_int_equal(resource->publish_scopes.n, 0);
	assert_false(resource->slash_alias);
	assert_int_equal(resource->error_body, ERROR_BODY_OAUTH);
	assert_true(resource->challenge_granted);
}

/* A file in which every directive says something else than its default. */
static const char full[] = "authorization_server facade\n"
			   "public_issuer https://gate.example.com\n"
			   "provider_iss suppressed # what the provider's page says\n"
			   "as_scopes openid profile offline_access\n"
			   "state_directory '/var/lib/other place'; ca_file /etc/ca.pem; "
			   "outbound_proxy http://proxy.example.com:3128\n"
			   "front caddy; log_format json; log_level debug; metadata_max_age 1h; "
			   "stale_limit 7d; token_memory large\n"
			   "rate 2/s\n"
			   "deny domain Evil.Example\n"
			   "issuer https://auth.example.com/x/ {\n"
			   "\tpreset authentik; audience notes \"two words\"; keys_file "
			   "/etc/keys.json; provider_pkce s256\n"
			   "\tprovider_metadata https://auth.example.com/real?x=1\n"
			   "\ttyp strict; trust_email on; single_audience on; user_claim email; "
			   "groups_claim \"a.b\"; scope_claim scp\n"
			   "\talgorithms ES256 Ed25519; skew 0s; max_lifetime off\n"
			   "\tclient_id 'the \"client\"'; client_secret_file $/secret; "
			   "client_secret_method client_secret_basic\n"
			   "\tregistration_token_file $/secret; redirect_uri "
			   "https://app.example/cb cursor://x/cb http://127.0.0.1/cb\n"
			   "\tredirect_preset claude vscode; refresh_tokens off; registration_rate "
			   "5/h\n"
			   "}\n"
			   "resource https://mcp.example.com:8443/notes {\n"
			   "\tissuer https://auth.example.com/x/\n"
			   "\taudience other; require_scopes notes:read; publish_scopes notes:read "
			   "notes:write\n"
			   "\tallow email Alice@Example.com bob@example.com\n"
			   "\tallow group \"from\" 'a b' from https://auth.example.com/x/\n"
			   "\tdeny client bad; deny subject \"\\\"q\\\\\"\n"
			   "\trate off; allow_origin *; also_path /sse /messages; slash_alias on; "
			   "error_body jsonrpc; challenge needed\n"
			   "\tresource_name 'Notes \xc3\xa4'; documentation https://d.example/a; "
			   "policy_uri https://d.example/b\n"
			   "\ttos_uri https://d.example/c\n"
			   "}";

static void check_full_rules(const struct resource *resource)
{
	static const struct {
		enum rule_kind kind;
		const char *value;
		bool from;
	} allow[] = { { RULE_EMAIL, "alice@example.com", false },
		{ RULE_EMAIL, "bob@example.com", false }, { RULE_GROUP, "from", true },
		{ RULE_GROUP, "a b", true } };

	assert_int_equal(resource->allow.n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(resource->allow.rule[i].kind, allow[i].kind);
		is_text(resource->allow.rule[i].value, allow[i].value);
		assert_ptr_equal(
			resource->allow.rule[i].issuer, allow[i].from ? settings->issuer : NULL);
	}
	/* The block's deny rules are added to those at the top. */
	assert_int_equal(resource->deny.n, 3);
	is_text(resource->deny.rule[0].value, "evil.example");
	assert_int_equal(resource->deny.rule[1].kind, RULE_CLIENT);
	is_text(resource->deny.rule[1].value, "bad");
	assert_int_equal(resource->deny.rule[2].kind, RULE_SUBJECT);
	is_text(resource->deny.rule[2].value, "\"q\\");
}

static void test_every_directive_reaches_its_field(void **state)
{
	const struct issuer *issuer;
	const struct resource *resource;

	(void)state;
	write_file("secret", "s3cret!\n", 8, 0600);
	accepts(full);
	issuer = settings->issuer;
	resource = settings->resource;
	assert_int_equal(settings->server, SERVER_FACADE);
	is_text(settings->public_issuer, "https://gate.example.com");
	is_text(settings->public_issuer_url.host, "gate.example.com");
	is_words(settings->as_scopes, "openid profile offline_access");
	is_text(settings->state_directory, "/var/lib/other place");
	is_text(settings->ca_file, "/etc/ca.pem");
	is_text(settings->outbound_proxy, "http://proxy.example.com:3128");
	assert_int_equal(settings->front, FRONT_CADDY);
	is_text(settings->log_format, "json");
	is_text(settings->log_level, "debug");
	assert_int_equal(settings->metadata_max_age, 3600);
	assert_int_equal(settings->stale_limit, 7 * 86400);
	assert_int_equal(settings->token_memory, 8 * 1024 * 1024);
	assert_int_equal(issuer->iss, ISS_SUPPRESSED);
	is_text(str_from(issuer->preset->name), "authentik");
	assert_false(issuer->nonce_marks_id_token);
	is_words(issuer->audience, "notes two words");
	is_text(issuer->keys_file, "/etc/keys.json");
	is_text(issuer->provider_metadata, "https://auth.example.com/real?x=1");
	assert_true(issuer->provider_pkce_s256 && issuer->typ_strict && issuer->trust_email &&
		issuer->single_audience);
	is_text(issuer->user_claim, "email");
	is_text(issuer->groups_claim, "a.b");
	is_text(issuer->scope_claim, "scp");
	assert_int_equal(issuer->algorithms, 1U << 6 | 1U << 10);
	assert_int_equal(issuer->skew, 0);
	assert_int_equal(issuer->max_lifetime, 0);
	is_text(issuer->client.id, "the \"client\"");
	is_text(issuer->client.secret, "s3cret!");
	assert_int_equal(issuer->client.secret_method, CLIENT_AUTH_BASIC);
	is_text(issuer->client.registration_token, "s3cret!");
	is_words(issuer->client.redirect_uri,
		"https://app.example/cb cursor://x/cb http://127.0.0.1/cb");
	is_words(issuer->client.redirect_preset, "claude vscode");
	assert_false(issuer->client.refresh);
	assert_int_equal(issuer->client.rate.count, 5);
	assert_int_equal(issuer->client.rate.seconds, 3600);
	is_words(resource->audience, "other");
	is_words(resource->require_scopes, "notes:read");
	is_words(resource->publish_scopes, "notes:read notes:write");
	check_full_rules(resource);
	assert_int_equal(resource->rate.count, 0);
	is_words(resource->allow_origin, "*");
	is_words(resource->also_path, "/sse /messages");
	assert_true(resource->slash_alias);
	assert_int_equal(resource->error_body, ERROR_BODY_JSONRPC);
	assert_false(resource->challenge_granted);
	is_text(resource->name, "Notes \xc3\xa4");
	is_text(resource->documentation, "https://d.example/a");
	is_text(resource->policy_uri, "https://d.example/b");
	is_text(resource->tos_uri, "https://d.example/c");
}

static void test_the_top_is_the_default_of_every_block(void **state)
{
	(void)state;
	accepts("skew 10s; audience a; require_scopes s; allow email x@y.z; rate 1/s; slash_alias "
		"on\n"
		"issuer https://a.example { skew 20s; audience b; }\nissuer https://b.example\n"
		"resource https://h.example/1\nresource https://h.example/2 { require_scopes t; "
		"allow any; rate 9/day; slash_alias off; }\n");
	assert_int_equal(settings->issuer[0].skew, 20);
	assert_int_equal(settings->issuer[1].skew, 10);
	is_words(settings->issuer[0].audience, "b");
	is_words(settings->issuer[1].audience, "a");
	assert_int_equal(settings->resource[0].audience.n, 0);
	is_words(settings->resource[0].require_scopes, "s");
	is_words(settings->resource[0].publish_scopes, "s");
	is_words(settings->resource[1].require_scopes, "t");
	assert_int_equal(settings->resource[0].allow.rule[0].kind, RULE_EMAIL);
	assert_int_equal(settings->resource[1].allow.rule[0].kind, RULE_ANY);
	assert_int_equal(settings->resource[1].allow.n, 1);
	assert_int_equal(settings->resource[1].rate.seconds, 86400);
	assert_true(settings->resource[0].slash_alias);
	assert_false(settings->resource[1].slash_alias);
	assert_int_equal(settings->resource[0].n_issuers, 2);
}

static void test_a_resource_accepts_the_issuers_that_it_names(void **state)
{
	(void)state;
	accepts("issuer https://a.example; issuer https://b.example; issuer https://c.example\n"
		"resource https://h.example/1 { issuer https://c.example; issuer "
		"https://a.example; allow any; }\n");
	assert_int_equal(settings->resource[0].n_issuers, 2);
	assert_ptr_equal(settings->resource[0].issuer[0], &settings->issuer[2]);
	assert_ptr_equal(settings->resource[0].issuer[1], &settings->issuer[0]);
	refuses(ISSUER "resource https://h.example/1 { issuer https://auth.example.com/; allow "
		       "any; }\n",
		":2:39: found \"https://auth.example.com/\", expected one of the issuers");
	refuses(ISSUER "resource https://h.example/1 {\nissuer https://auth.example.com; issuer "
		       "https://auth.example.com\nallow any\n}\n",
		":3:41: found \"https://auth.example.com\" twice");
}

static void test_each_mistake_of_grammar_has_its_place_and_words(void **state)
{
	static const char *const rows[][2] = {
		{ GOOD "rate 1/s {\n}\n", ":3:1: found a block after rate" },
		{ GOOD "deny any\n", ":3:6: found \"any\", expected subject" },
		{ "issuer https://a.example{\n}\n", ":1:25: found { inside a word" },
		{ "issuer \"https://a.example\n\"\n",
			":1:8: found the end of the line inside quotes" },
		{ "issuer 'https://a.example",
			":1:8: found the end of the line inside quotes, expected a closing '" },
		{ "issuer \"a\\n\"\n", ":1:11: found an unknown escape" },
		{ "issuer \"a\\", ":1:11: found an unknown escape" },
		{ "issuer \"a\"b\n", ":1:11: found more text right after a closing quote" },
		{ "issuer a'b'\n", ":1:9: found ' inside a word" },
		{ "issuer https://a.example {\n", ":1:26: found no } for this {" },
		{ "issuer https://a.example { preset generic", ":1:26: found no } for this {" },
		{ "issuer https://a.example {x}\n", ":1:27: found text right after {" },
		{ "}\n", ":1:1: found } outside of a block" },
		{ GOOD "  {\n}\n", ":3:3: found {, expected a directive; only issuer, resource, token_prefix and client open" },
		{ "resource https://a.example {\n\ttool x {\n\t\tscope a {\n", ":3:11: found {, expected a directive" },
		{ GOOD "\xc3\xa4\xc3\xb6 x\n",
			":3:1: found \"\xc3\xa4\xc3\xb6\", expected a directive" },
		{ "resource_name '\xc3\xa4\xc3\xb6' x\n" GOOD,
			":1:1: found resource_name at the top, expected it in: resource" },
		{ GOOD "rate '\xc3\xa4' x\n", ":3:10: found more words after rate" },
		{ GOOD "log_level info\r\n",
			":3:15: found control byte 0x0d, expected text; save the file with Unix "
			"line ends" },
		{ GOOD "# \x7f\n", ":3:3: found control byte 0x7f" },
		{ GOOD "# \xff\n", "found bytes that are not UTF-8" },
		{ GOOD "client_secret hush\n", "secrets are never in the file" },
		{ GOOD "rate\n",
			":3:1: found nothing after rate, expected one: a rate such as 60/min" },
		{ GOOD "require_scopes;\n",
			":3:1: found nothing after require_scopes, expected one or more: a scope" },
		{ GOOD "rate 1/s; rate 1/s\n",
			":3:11: found rate a second time (the first is at $/gatehouse.conf:3:1)" },
		{ GOOD "require_scopes a\nrequire_scopes b\n",
			":4:1: found require_scopes a second time" },
		{ GOOD "require_scopes a b a\n", ":3:20: found \"a\" twice in one list" },
		{ GOOD "issuer https://b.example https://c.example\n",
			":3:26: found more words after issuer" },
		{ "", "found no issuer" },
		{ "# nothing\n", "found no resource" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refuses(rows[i][0], rows[i][1]);
	assert_false(read_bytes(GOOD "\0", sizeof(GOOD), NULL));
	assert_true(contains(&errors, ":3:1: found control byte 0x00"));
}

static void test_the_grammar_is_lenient_where_nothing_is_in_doubt(void **state)
{
	(void)state;
	accepts(";;\n \t# comment { } \" '\n\"issuer\" 'https://auth.example.com' { skew 5s "
		"}\n\n" RESOURCE "#end");
	assert_int_equal(settings->issuer[0].skew, 5);
	accepts(ISSUER "resource https://mcp.example.com/mcp { allow any } rate 5/s");
	assert_int_equal(settings->resource[0].rate.count, 5);
	accepts(ISSUER "resource https://mcp.example.com/mcp { allow subject a#b '#c' # d\n}");
	assert_int_equal(settings->resource[0].allow.n, 2);
	is_text(settings->resource[0].allow.rule[0].value, "a#b");
	is_text(settings->resource[0].allow.rule[1].value, "#c");
}

static void test_several_mistakes_are_told_at_once_but_not_endlessly(void **state)
{
	auto_buf text = BUF(65536);
	size_t lines = 0;

	(void)state;
	refuses(GOOD "rate x\nfoo\nlog_level loud\n", ":3:6: found \"x\"");
	assert_true(contains(&errors, ":4:1: found \"foo\""));
	assert_true(contains(&errors,
		":5:11: found \"loud\", expected error or warning or info or debug for log_level"));
	for (int i = 0; i < 100; i++)
		buf_print(&text, "foo%d\n", i);
	assert_false(read_bytes(text.p, text.n, NULL));
	for (size_t i = 0; i < errors.n; i++)
		lines += errors.p[i] == '\n' ? 1 : 0;
	assert_int_equal(lines, 21);
	assert_true(contains(&errors, "and more"));
}

/* Whatever the bytes, there are settings or there are errors, and (under ASan) no leak and no read
 * past the end. */
static void test_no_cut_and_no_changed_byte_of_a_good_file_does_harm(void **state)
{
	static const char bytes[] = "{}\"'#;\n \\\t*\xc3";
	auto_buf text = BUF(65536);

	(void)state;
	write_file("secret", "s3cret!\n", 8, 0600);
	expand(&text, full);
	for (size_t n = 0; n < text.n; n++) {
		auto_free char *exact = memory_new(n);

		memcpy(exact, text.p, n);
		(void)!read_bytes(exact, n, NULL);
	}
	for (size_t i = 0; i < text.n; i++) {
		char kept = text.p[i];

		for (size_t j = i % 3; j < sizeof(bytes); j += 3) {
			text.p[i] = bytes[j];
			(void)!read_bytes(text.p, text.n, NULL);
		}
		text.p[i] = kept;
	}
	assert_true(read_bytes(text.p, text.n, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_short_file_gets_every_default),
		cmocka_unit_test(test_every_directive_reaches_its_field),
		cmocka_unit_test(test_the_top_is_the_default_of_every_block),
		cmocka_unit_test(test_a_resource_accepts_the_issuers_that_it_names),
		cmocka_unit_test(test_each_mistake_of_grammar_has_its_place_and_words),
		cmocka_unit_test(test_the_grammar_is_lenient_where_nothing_is_in_doubt),
		cmocka_unit_test(test_several_mistakes_are_told_at_once_but_not_endlessly),
		cmocka_unit_test(test_no_cut_and_no_changed_byte_of_a_good_file_does_harm),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
