/* SPDX-License-Identifier: MIT */
/* registration: which bodies get the operator's client, and exactly what they are told. */
#include "registration_fixture.h"

static void test_RG_03_RG_04_the_whole_answer_of_a_public_client(void **state)
{
	(void)state;
	is_accepted(&public_client,
		"{\"client_name\":\"App\"," URIS ",\"grant_types\":[\"authorization_code\","
		"\"refresh_token\"],\"response_types\":[\"code\"],\"token_endpoint_auth_method\":"
		"\"none\",\"scope\":\"mcp:read mcp:write\",\"application_type\":\"native\"}");
	assert_str(buf_str(&text),
		"{\"client_id\":\"mcp-client\",\"client_id_issued_at\":1790000000," URIS
		",\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"response_types\":"
		"[\"code\"],\"token_endpoint_auth_method\":\"none\",\"client_name\":\"App\","
		"\"scope\":\"mcp:read mcp:write\",\"application_type\":\"native\"}");
	assert_str(registration.client_name, "App");
	assert_false(registration.secret_given);
}

static void test_RG_03_RG_04_the_whole_answer_with_a_secret(void **state)
{
	(void)state;
	is_accepted(&secret_client, "{" URIS ",\"token_endpoint_auth_method\":\"client_secret_post\"}");
	assert_str(buf_str(&text),
		"{\"client_id\":\"mcp-client\",\"client_id_issued_at\":1790000000,\"client_secret\":"
		"\"" SECRET "\",\"client_secret_expires_at\":0," URIS ",\"grant_types\":"
		"[\"authorization_code\",\"refresh_token\"],\"response_types\":[\"code\"],"
		"\"token_endpoint_auth_method\":\"client_secret_post\"}");
	assert_true(registration.secret_given);
}

static void test_RG_10_the_method_fits_the_credentials(void **state)
{
	static const struct {
		const char *asked, *public_gets, *secret_gets;
	} rows[] = {
		{ "", "none", "none" },
		{ ",\"token_endpoint_auth_method\":\"none\"", "none", "none" },
		{ ",\"token_endpoint_auth_method\":\"client_secret_post\"", "none", "client_secret_post" },
		{ ",\"token_endpoint_auth_method\":\"client_secret_basic\"", "none", "client_secret_post" },
		{ ",\"token_endpoint_auth_method\":\"private_key_jwt\"", "none", "none" },
		{ ",\"token_endpoint_auth_method\":\"client_secret_jwt\"", "none", "none" },
		{ ",\"token_endpoint_auth_method\":\"CLIENT_SECRET_POST\"", "none", "none" },
		{ ",\"token_endpoint_auth_method\":null", "none", "none" },
		{ ",\"token_endpoint_auth_method\":7", "none", "none" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf body = BUF(1024);
		bool secret = !str_is(str_from(rows[i].secret_gets), "none");

		buf_print(&body, "{" URIS "%s}", rows[i].asked);
		assert_int_equal(judge(&public_client, buf_str(&body)), 201);
		assert_str(json_text(registration.answer, "token_endpoint_auth_method"),
			rows[i].public_gets);
		assert_false(answer_has("client_secret"));
		assert_int_equal(judge(&secret_client, buf_str(&body)), 201);
		assert_str(json_text(registration.answer, "token_endpoint_auth_method"),
			rows[i].secret_gets);
		assert_int_equal(registration.secret_given, secret);
		assert_int_equal(answer_has(SECRET), secret);
		assert_int_equal(answer_has("client_secret_expires_at"), secret);
	}
}

static void test_RG_10_RG_11_the_operator_says_how_the_secret_is_sent(void **state)
{
	struct client client = secret_client;

	(void)state;
	client.secret_method = CLIENT_AUTH_BASIC;
	is_accepted(&client, "{" URIS ",\"token_endpoint_auth_method\":\"client_secret_post\"}");
	assert_str(json_text(registration.answer, "token_endpoint_auth_method"),
		"client_secret_basic");
	assert_string_equal(registration_secret_method(&client), "client_secret_basic");
	assert_string_equal(registration_secret_method(&secret_client), "client_secret_post");
}

static void test_RG_06_redirect_uris_are_one_to_sixteen_from_the_list(void **state)
{
	static const char *const bodies[] = { "{}", "{\"redirect_uris\":[]}",
		"{\"redirect_uris\":\"" CALLBACK "\"}", "{\"redirect_uris\":null}",
		"{\"redirect_uris\":{\"0\":\"" CALLBACK "\"}}", "{\"redirect_uris\":[null]}",
		"{\"redirect_uris\":[7]}", "{\"redirect_uris\":[\"\"]}",
		"{\"redirect_uris\":[[\"" CALLBACK "\"]]}",
		"{\"redirect_uris\":[\"https://evil.example/cb\"]}",
		"{\"redirect_uris\":[\"" CALLBACK "/\"]}", "{\"redirect_uris\":[\"" CALLBACK "#f\"]}",
		"{\"redirect_uris\":[\"http://app.example/cb\"]}",
		"{\"redirect_uris\":[\"javascript:alert(1)\"]}" };
	auto_buf body = BUF(4096);

	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++)
		is_refused(&public_client, bodies[i], "invalid_redirect_uri");

	buf_add_text(&body, "{\"redirect_uris\":[\"" CALLBACK "\"");
	for (int i = 1; i < 16; i++)
		buf_add_text(&body, ",\"" CALLBACK "\"");
	buf_add_text(&body, "]}");
	assert_int_equal(judge(&public_client, buf_str(&body)), 201);
	body.n -= 2;
	buf_add_text(&body, ",\"" CALLBACK "\"]}");
	assert_int_equal(judge(&public_client, buf_str(&body)), 400);
	assert_str(json_text(registration.answer, "error"), "invalid_redirect_uri");
}

static void test_RG_06_a_loopback_port_is_answered_as_it_was_asked(void **state)
{
	(void)state;
	is_accepted(&public_client,
		"{\"redirect_uris\":[\"http://127.0.0.1:51004/callback\",\"cursor://x/cb\"]}");
	assert_true(answer_has(
		"\"redirect_uris\":[\"http://127.0.0.1:51004/callback\",\"cursor://x/cb\"]"));
}

static void test_RG_07_a_scheme_that_is_not_listed_is_refused(void **state)
{
	struct client client = public_client;

	(void)state;
	client.redirect_uri.n = 1;
	is_refused(&client, "{\"redirect_uris\":[\"cursor://x/cb\"]}", "invalid_redirect_uri");
	is_accepted(&public_client, "{\"redirect_uris\":[\"cursor://x/cb\"]}");
}

static void test_RG_08_one_bad_uri_fails_them_all(void **state)
{
	static const char *const bad[] = { "\"https://evil.example/cb\"", "7", "null", "\"\"",
		"\"http://app.example/cb\"" };

	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		auto_buf body = BUF(1024);

		buf_print(&body, "{\"redirect_uris\":[\"" CALLBACK "\",%s]}", bad[i]);
		assert_int_equal(judge(&public_client, buf_str(&body)), 400);
		assert_str(json_text(registration.answer, "error"), "invalid_redirect_uri");
		buf_clear(&body);
		buf_print(&body, "{\"redirect_uris\":[%s,\"" CALLBACK "\"]}", bad[i]);
		assert_int_equal(judge(&public_client, buf_str(&body)), 400);
		assert_false(answer_has("client_id"));
	}
}

static void test_RG_09_grants_are_cut_down_to_what_the_client_may(void **state)
{
	static const struct {
		const char *asked;
		bool refresh, with_refresh;
	} rows[] = {
		{ "", true, true },
		{ "", false, false },
		{ ",\"grant_types\":null", true, true },
		{ ",\"grant_types\":[\"authorization_code\"]", true, false },
		{ ",\"grant_types\":[\"authorization_code\",\"refresh_token\"]", true, true },
		{ ",\"grant_types\":[\"authorization_code\",\"refresh_token\"]", false, false },
		{ ",\"grant_types\":[\"implicit\",\"client_credentials\",\"authorization_code\","
		  "\"urn:ietf:params:oauth:grant-type:jwt-bearer\","
		  "\"urn:ietf:params:oauth:grant-type:device_code\"]",
			true, false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct client client = public_client;
		auto_buf body = BUF(1024);

		client.refresh = rows[i].refresh;
		buf_print(&body, "{" URIS "%s}", rows[i].asked);
		assert_int_equal(judge(&client, buf_str(&body)), 201);
		if (!answer_has(rows[i].with_refresh ?
					"\"grant_types\":[\"authorization_code\",\"refresh_token\"]," :
					"\"grant_types\":[\"authorization_code\"],"))
			fail_msg("%s: %s", body.p, text.p);
	}
}

static void test_RG_09_without_the_code_flow_there_is_no_client(void **state)
{
	static const char *const members[] = { "\"grant_types\":[]",
		"\"grant_types\":[\"client_credentials\"]", "\"grant_types\":[\"refresh_token\"]",
		"\"grant_types\":\"authorization_code\"", "\"grant_types\":[[\"authorization_code\"]]",
		"\"grant_types\":{\"authorization_code\":true}",
		"\"grant_types\":[\"urn:ietf:params:oauth:grant-type:jwt-bearer\"]",
		"\"grant_types\":[\"authorization_code2\"]", "\"response_types\":[]",
		"\"response_types\":[\"token\"]", "\"response_types\":\"code\"",
		"\"response_types\":[\"code token\"]" };

	(void)state;
	for (size_t i = 0; i < N_OF(members); i++) {
		auto_buf body = BUF(1024);

		buf_print(&body, "{" URIS ",%s}", members[i]);
		buf_add_byte(&body, '\0');
		is_refused(&public_client, body.p, "invalid_client_metadata");
	}
	is_accepted(&public_client, "{" URIS ",\"response_types\":[\"code\",\"token\"]}");
	assert_true(answer_has("\"response_types\":[\"code\"]"));
}

static void test_RG_13_application_type_is_native_or_web(void **state)
{
	static const char *const bad[] = { "\"\"", "\"Native\"", "\"browser\"", "7", "[\"native\"]",
		"true", "{}" };

	(void)state;
	is_accepted(&public_client, "{" URIS ",\"application_type\":\"native\"}");
	assert_str(json_text(registration.answer, "application_type"), "native");
	/* A web application with a loopback URI is OpenID's business, not ours. */
	is_accepted(&public_client, "{\"redirect_uris\":[\"http://127.0.0.1:8/callback\"],"
				    "\"application_type\":\"web\"}");
	assert_str(json_text(registration.answer, "application_type"), "web");
	is_accepted(&public_client, "{" URIS ",\"application_type\":null}");
	assert_false(answer_has("application_type"));
	for (size_t i = 0; i < N_OF(bad); i++) {
		auto_buf body = BUF(1024);

		buf_print(&body, "{" URIS ",\"application_type\":%s}", bad[i]);
		buf_add_byte(&body, '\0');
		is_refused(&public_client, body.p, "invalid_client_metadata");
	}
}

static void test_RG_17_nothing_to_manage_the_registration_with(void **state)
{
	(void)state;
	is_accepted(&secret_client,
		"{" URIS ",\"token_endpoint_auth_method\":\"client_secret_basic\","
		"\"registration_access_token\":\"x\",\"registration_client_uri\":\"https://x\"}");
	assert_false(answer_has("registration_"));
}

static void test_RG_03_RG_10_a_client_of_our_own_server_is_told_all_but_its_id(void **state)
{
	auto_buf sealed = BUF(4096);

	(void)state;
	is_accepted(&ours,
		"{\"client_name\":\"App\"," URIS ",\"grant_types\":[\"authorization_code\",\"refresh_token\",\"client_credentials\"],"
		"\"token_endpoint_auth_method\":\"client_secret_basic\",\"jwks_uri\":\"https://a.example/x\",\"scope\":\"a\"}");
	assert_str(buf_str(&text),
		"{\"client_id_issued_at\":1790000000," URIS
		",\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"response_types\":[\"code\"],"
		"\"token_endpoint_auth_method\":\"none\",\"client_name\":\"App\",\"scope\":\"a\"}");
	assert_false(registration.secret_given);
	json_write(registration.registered, &sealed);
	assert_str(buf_str(&sealed),
		"{\"client_id_issued_at\":1790000000," URIS
		",\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"client_name\":\"App\"}");
	is_accepted(&ours, "{" URIS ",\"grant_types\":[\"authorization_code\"]}");
	assert_null(json_object_get(registration.registered, "client_name"));
	assert_int_equal(json_array_size(json_object_get(registration.registered, "grant_types")), 1);
	is_accepted(&public_client, "{" URIS "}");
	assert_null(registration.registered);
	is_refused(&ours, "{\"redirect_uris\":[\"" CALLBACK "\",\"https://evil.example/cb\"]}", "invalid_redirect_uri");
	assert_null(registration.registered);
}

/* It has to go into a URL and into headers. */
static void test_RG_06_what_an_id_can_not_hold_is_refused(void **state)
{
	const struct client any = { .any_https = true };

	(void)state;
	for (size_t length = 1000; length < 1600; length += 500) {
		auto_buf body = BUF(8192);

		buf_add_text(&body, "{\"redirect_uris\":[");
		for (size_t i = 0; i < 2; i++) {
			buf_add_text(&body, i == 0 ? "\"https://app.example/" : ",\"https://app.example/");
			for (size_t k = 0; k < length; k++)
				buf_add_byte(&body, 'x');
			buf_add_byte(&body, '"');
		}
		buf_add_text(&body, "]}");
		buf_add_byte(&body, '\0');
		if (length == 1000) {
			is_accepted(&any, body.p);
			continue;
		}
		is_refused(&any, body.p, "invalid_redirect_uri");
		assert_non_null(strstr(registration.reason, "too long together"));
		assert_null(registration.registered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_RG_03_RG_04_the_whole_answer_of_a_public_client),
		TEST(test_RG_03_RG_04_the_whole_answer_with_a_secret),
		TEST(test_RG_10_the_method_fits_the_credentials),
		TEST(test_RG_10_RG_11_the_operator_says_how_the_secret_is_sent),
		TEST(test_RG_06_redirect_uris_are_one_to_sixteen_from_the_list),
		TEST(test_RG_06_a_loopback_port_is_answered_as_it_was_asked),
		TEST(test_RG_07_a_scheme_that_is_not_listed_is_refused),
		TEST(test_RG_08_one_bad_uri_fails_them_all),
		TEST(test_RG_09_grants_are_cut_down_to_what_the_client_may),
		TEST(test_RG_09_without_the_code_flow_there_is_no_client),
		TEST(test_RG_13_application_type_is_native_or_web),
		TEST(test_RG_03_RG_10_a_client_of_our_own_server_is_told_all_but_its_id),
		TEST(test_RG_06_what_an_id_can_not_hold_is_refused),
		TEST(test_RG_17_nothing_to_manage_the_registration_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
