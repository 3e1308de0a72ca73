/* SPDX-License-Identifier: MIT */
/* Settings of tokens that name no issuer: API keys, prefixes, and whom to ask. */
#include "settings_helper.h"

#define A "https://a.example"
#define B "https://b.example"
#define AT(url) "resource " url " { allow any; }\n"
#define OURS AT("https://h.example/mcp")
#define CLIENT "introspection_client gate; introspection_secret_file $/secret;"
#define ASKED(issuer) "issuer " issuer " { introspection_endpoint https://a.example/i; " CLIENT " }\n"

static int set_up(void **state)
{
	if (make_directory(state) != 0)
		return -1;
	write_file("secret", "0123456789abcdef0123456789abcdef\n", 33, 0600);
	return 0;
}

static void test_TK_07_blocks_of_token_prefix(void **state)
{
	(void)state;
	accepts(ASKED(A) ASKED(B) "token_prefix mat_ { issuer " B "; }\n" OURS);
	assert_int_equal(settings->n_prefixes, 1);
	is_text(settings->prefix[0].prefix, "mat_");
	assert_ptr_equal(settings->prefix[0].issuer, &settings->issuer[1]);
	assert_ptr_equal(settings->opaque, &settings->issuer[0]);
	refuses(ASKED(A) "token_prefix mat_ { }\n" OURS, "found neither in the block");
	refuses(ASKED(A) "token_prefix mat_ { issuer " A "; api_keys $/keys; }\n" OURS, "found both in the block");
	refuses(ASKED(A) "token_prefix mat_ { issuer " B "; }\n" OURS, "expected one of the issuers of this file");
	refuses("issuer " A "\ntoken_prefix mat_ { issuer " A "; }\n" OURS, "found an issuer that nobody is asked at");
}

static void test_AK_03_api_keys_are_an_issuer_of_their_own(void **state)
{
	(void)state;
	accepts("api_keys $/keys\nissuer " A "\nresource https://h.example/mcp { issuer api_keys; allow group g from api_keys; }\n");
	assert_true(settings->resource[0].api_keys);
	assert_int_equal(settings->resource[0].n_issuers, 0);
	assert_ptr_equal(settings->resource[0].allow.rule[0].issuer, &settings->api_key_issuer);
	accepts("api_keys $/keys\nissuer " A "\nresource https://h.example/mcp { issuer " A "; allow any; }\n");
	assert_false(settings->resource[0].api_keys);
	accepts("api_keys $/keys\nissuer " A "\n" OURS);
	assert_true(settings->resource[0].api_keys);
	refuses("issuer " A "\nresource https://h.example/mcp { issuer api_keys; allow any; }\n", "found api_keys, expected a file of them");
	refuses("api_key_header on\nissuer " A "\n" OURS, "found api_key_header on, expected api_keys FILE");
}

static void test_TK_07_AK_01_keys_by_prefix(void **state)
{
	(void)state;
	accepts("api_keys $/one\nissuer " A "\ntoken_prefix own_ { api_keys $/two; }\n" OURS);
	assert_int_equal(settings->n_key_files, 2);
	is_text(settings->key_file[0].prefix, "ghk_");
	is_text(settings->key_file[1].prefix, "own_");
}

static void test_TK_07_prefixes_that_start_alike_are_refused(void **state)
{
	static const char alike[] = "found a prefix that starts like another";

	(void)state;
	refuses("issuer " A "\ntoken_prefix ab { api_keys $/k; }\ntoken_prefix abc { api_keys $/l; }\n" OURS, alike);
	refuses("issuer " A "\ntoken_prefix abc { api_keys $/k; }\ntoken_prefix ab { api_keys $/l; }\n" OURS, alike);
	refuses("api_keys $/k\nissuer " A "\ntoken_prefix ghk_x { api_keys $/l; }\n" OURS, "can't be told from ghk_");
	refuses("api_keys $/k\nissuer " A "\ntoken_prefix gh { api_keys $/l; }\n" OURS, "can't be told from ghk_");
	accepts("issuer " A "\ntoken_prefix ghk_x { api_keys $/l; }\n" OURS);
}

static void test_TK_07_no_token_is_shown_to_the_wrong_provider(void **state)
{
	(void)state;
	refuses(ASKED(A) ASKED(B) OURS, "found a second issuer that is asked about opaque tokens");
	accepts(ASKED(A) "issuer " B "\n" OURS);
	accepts(ASKED(A) ASKED(B) "token_prefix a_ { issuer " A "; }\n" OURS);
	assert_ptr_equal(settings->opaque, &settings->issuer[1]);
}

static void test_UI_01_userinfo_alone_is_refused(void **state)
{
	(void)state;
	refuses("issuer " A " { userinfo_endpoint discover; }\n" OURS, "found userinfo_endpoint alone");
	accepts_with_note("issuer " A " { userinfo_endpoint discover; userinfo_unsafe on; }\n" OURS, "any token that " A " takes at its userinfo endpoint passes");
	accepts("issuer " A " { userinfo_endpoint discover; introspection_endpoint discover; " CLIENT " }\n" OURS);
	accepts("authorization_server broker\npublic_issuer https://h.example\nissuer " A " { client_id gate; userinfo_endpoint discover; }\n" OURS);
	refuses("authorization_server broker\npublic_issuer https://h.example\nissuer " A " { client_id gate; }\nissuer " B
		" { userinfo_endpoint discover; }\n" OURS, "found userinfo_endpoint alone");
	assert_false(contains(&notes, "userinfo"));
}

static void test_AUD_03_clients_without_a_scope_are_refused(void **state)
{
	static const char missing[] = "found audience_clients, expected require_scopes in https://h.example/mcp";

	(void)state;
	refuses("issuer " A " { audience_clients app; }\n" OURS, missing);
	refuses("issuer " A " { audience_clients app; }\nresource https://h.example/b { allow any; require_scopes s; }\n" OURS, missing);
	accepts("issuer " A " { audience_clients app; }\nresource https://h.example/mcp { allow any; require_scopes s; }\n");
	is_words(settings->issuer[0].audience_clients, "app");
	accepts("issuer " A " { audience_clients app; }\nissuer " B "\nresource https://h.example/mcp { issuer " B "; allow any; }\n");
}

static void test_IN_01_nobody_asks_without_a_client(void **state)
{
	(void)state;
	refuses("issuer " A " { introspection_endpoint discover; }\n" OURS, "found no introspection_client");
	refuses("issuer " A " { introspection_endpoint discover; introspection_client gate; }\n" OURS, "found no introspection_secret_file");
	refuses("issuer " A " { introspection_endpoint discover; introspection_client gate; introspection_method private_key_jwt; introspection_secret_file $/secret; }\n" OURS,
		"found no introspection_key_file");
	refuses("issuer " A " { introspection_endpoint http://a.example/i; " CLIENT " }\n" OURS, "http://a.example/i");
	refuses("issuer " A " { jwt_check introspection; }\n" OURS, "found jwt_check introspection, expected introspection_endpoint");
	accepts("issuer " A " { jwt_check introspection; introspection_endpoint discover; " CLIENT " }\n" OURS);
	assert_true(settings->issuer[0].introspects_jwt);
}

static void test_IN_01_UI_02_no_token_travels_in_the_clear(void **state)
{
	static const char *const endpoints[] = { "introspection_endpoint", "tokeninfo_endpoint", "userinfo_endpoint", "organizations_endpoint", "teams_endpoint" };

	(void)state;
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		auto_buf text = BUF(1024);

		buf_print(&text, "issuer " A " { %s http://a.example/x; " CLIENT " userinfo_unsafe on; }\n" OURS, endpoints[i]);
		refuses(text.p, "http://a.example/x");
	}
}

static void test_UI_01_github_is_asked_with_our_own_client(void **state)
{
	static const char github[] = "issuer https://github.com/login/oauth { preset github; audience_clients app; ";
	auto_buf text = BUF(1024);

	(void)state;
	buf_print(&text, "%s}\nresource https://h.example/mcp { allow any; require_scopes read:org; }\n", github);
	refuses(text.p, "found no introspection_client");
	buf_clear(&text);
	buf_print(&text, "%s" CLIENT " }\nresource https://h.example/mcp { allow any; require_scopes read:org; }\n", github);
	accepts(text.p);
	assert_int_equal(settings->issuer[0].ask.tokeninfo_form, TOKENINFO_GITHUB);
	assert_ptr_equal(settings->opaque, &settings->issuer[0]);
}

static void test_values_of_a_preset_stand_between_default_and_directive(void **state)
{
	(void)state;
	accepts("issuer https://accounts.google.com { preset google; audience x; }\n" OURS);
	is_text(settings->issuer[0].ask.tokeninfo, "https://oauth2.googleapis.com/tokeninfo");
	accepts("issuer https://accounts.google.com { preset google; audience x; tokeninfo_endpoint https://t.example/t; }\n" OURS);
	is_text(settings->issuer[0].ask.tokeninfo, "https://t.example/t");
	accepts("groups_claim mine\nissuer https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a { preset cognito; }\n" OURS);
	is_text(settings->issuer[0].groups_claim, "mine");
	accepts("issuer https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a { preset cognito; }\n" OURS);
	is_text(settings->issuer[0].groups_claim, "cognito:groups");
	assert_true(settings->issuer[0].text_values);
	accepts("issuer https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a { preset cognito; text_values off; groups_claim g; }\n" OURS);
	is_text(settings->issuer[0].groups_claim, "g");
	assert_false(settings->issuer[0].text_values);
	accepts("issuer " A "\n" OURS);
	is_text(settings->issuer[0].groups_claim, "groups");
}

static void test_IN_04_much_is_remembered_where_a_provider_is_asked(void **state)
{
	const size_t small = (size_t)320 * 1024, large = (size_t)8 * 1024 * 1024;

	(void)state;
	accepts("issuer " A "\n" OURS);
	assert_int_equal(settings->token_memory, small);
	accepts("token_memory large\nissuer " A "\n" OURS);
	assert_int_equal(settings->token_memory, large);
	accepts(ASKED(A) OURS);
	assert_int_equal(settings->token_memory, large);
	accepts("token_memory small\n" ASKED(A) OURS);
	assert_int_equal(settings->token_memory, small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_IN_04_much_is_remembered_where_a_provider_is_asked),
		cmocka_unit_test(test_TK_07_blocks_of_token_prefix),
		cmocka_unit_test(test_AK_03_api_keys_are_an_issuer_of_their_own),
		cmocka_unit_test(test_TK_07_AK_01_keys_by_prefix),
		cmocka_unit_test(test_TK_07_prefixes_that_start_alike_are_refused),
		cmocka_unit_test(test_TK_07_no_token_is_shown_to_the_wrong_provider),
		cmocka_unit_test(test_UI_01_userinfo_alone_is_refused),
		cmocka_unit_test(test_AUD_03_clients_without_a_scope_are_refused),
		cmocka_unit_test(test_IN_01_nobody_asks_without_a_client),
		cmocka_unit_test(test_IN_01_UI_02_no_token_travels_in_the_clear),
		cmocka_unit_test(test_UI_01_github_is_asked_with_our_own_client),
		cmocka_unit_test(test_values_of_a_preset_stand_between_default_and_directive),
	};

	return cmocka_run_group_tests(tests, set_up, remove_directory);
}
