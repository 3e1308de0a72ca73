/* SPDX-License-Identifier: MIT */
/* registration: bodies that are too much, names and scopes that are none, and what is ignored. */
#include "registration_fixture.h"

static void test_RG_14_unknown_members_are_ignored(void **state)
{
	(void)state;
	is_accepted(&public_client,
		"{" URIS ",\"software_statement\":\"eyJhbGciOiJub25lIn0.e30.\",\"client_id\":\"mine\","
		"\"client_secret\":\"mine\",\"client_secret_expires_at\":9,\"logo_uri\":"
		"\"https://evil.example/x\",\"jwks_uri\":\"https://evil.example/jwks\",\"x\":{\"y\":[1]},"
		"\"client_id_issued_at\":1,\"scopes\":[]}");
	assert_str(buf_str(&text),
		"{\"client_id\":\"mcp-client\",\"client_id_issued_at\":1790000000," URIS
		",\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"response_types\":"
		"[\"code\"],\"token_endpoint_auth_method\":\"none\"}");
}

static void test_RG_14_jwks_and_jwks_uri_exclude_each_other(void **state)
{
	(void)state;
	is_refused(&public_client,
		"{" URIS ",\"jwks\":{\"keys\":[]},\"jwks_uri\":\"https://app.example/jwks\"}",
		"invalid_client_metadata");
	is_accepted(&public_client, "{" URIS ",\"jwks\":{\"keys\":[]},\"jwks_uri\":null}");
	is_accepted(&public_client, "{" URIS ",\"jwks\":{\"keys\":[]}}");
}

static void test_RG_04_RG_05_a_scope_comes_back_if_it_is_one(void **state)
{
	static const struct {
		const char *scope;
		bool echoed;
	} rows[] = {
		{ "\"mcp:read\"", true },
		{ "\"openid profile offline_access\"", true },
		{ "\"!#[]~\"", true },
		{ "\"\"", false },
		{ "\" \"", false },
		{ "\" a\"", false },
		{ "\"a \"", false },
		{ "\"a  b\"", false },
		{ "\"a\\tb\"", false },
		{ "\"a\\nb\"", false },
		{ "\"a\\\"b\"", false },
		{ "\"a\\\\b\"", false },
		{ "\"\\u00e4\"", false },
		{ "\"\\u007f\"", false },
		{ "null", false },
		{ "7", false },
		{ "[\"a\"]", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf body = BUF(1024);

		buf_print(&body, "{" URIS ",\"scope\":%s}", rows[i].scope);
		assert_int_equal(judge(&public_client, buf_str(&body)), 201);
		if (answer_has("\"scope\"") != rows[i].echoed)
			fail_msg("scope %s", rows[i].scope);
	}
}

static void test_RG_05_no_null_and_nothing_empty(void **state)
{
	const char *name;
	json_t *value;

	(void)state;
	is_accepted(&secret_client,
		"{" URIS ",\"client_name\":\"\",\"scope\":\"\",\"grant_types\":null,\"response_types\":"
		"null,\"application_type\":null,\"token_endpoint_auth_method\":null,\"jwks\":null,"
		"\"client_uri\":null,\"contacts\":[]}");
	json_object_foreach(registration.answer, name, value)
	{
		assert_false(json_is_null(value));
		assert_false(json_is_string(value) && json_string_length(value) == 0);
		assert_false(json_is_array(value) && json_array_size(value) == 0);
	}
}

static void test_RG_16_the_name_is_short_and_clean(void **state)
{
	static const char *const bad[] = { "\"a\\nb\"", "\"a\\u0000b\"", "\"\\u001b[31m\"", "\"\\u007f\"",
		"\"\\u0080\"", "\"a\\u009bm\"", "\"a\\u202eb\"", "\"a\\u2069b\"",
		"\"a\\u2028b\"", "7", "[\"a\"]", "{}", "true" };
	static const char *const good[] = { "\"Caf\\u00e9\"", "\"\\u00a0\"", "\"\\u540d\\ud83d\\ude00\"",
		"\"<b>&'\\\"\\\\\"", "\"\\u2013\\u2027\\u202f\\u2065\\u206a\"", "null" };
	auto_buf body = BUF(4096);

	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		buf_clear(&body);
		buf_print(&body, "{" URIS ",\"client_name\":%s}", bad[i]);
		assert_int_equal(judge(&public_client, buf_str(&body)), 400);
		assert_str(json_text(registration.answer, "error"), "invalid_client_metadata");
		assert_int_equal(registration.client_name.n, 0);
	}
	for (size_t i = 0; i < N_OF(good); i++) {
		buf_clear(&body);
		buf_print(&body, "{" URIS ",\"client_name\":%s}", good[i]);
		assert_int_equal(judge(&public_client, buf_str(&body)), 201);
	}
}

static void test_RG_16_the_name_has_200_characters_however_many_bytes(void **state)
{
	static const char *const characters[] = { "a", "\xc3\xa9", "\xe5\x90\x8d", "\xf0\x9f\x98\x80" };

	(void)state;
	for (size_t i = 0; i < N_OF(characters); i++) {
		auto_buf body = BUF(4096);

		buf_add_text(&body, "{" URIS ",\"client_name\":\"");
		for (int k = 0; k < 200; k++)
			buf_add_text(&body, characters[i]);
		buf_add_text(&body, "\"}");
		assert_int_equal(judge(&public_client, buf_str(&body)), 201);
		assert_int_equal(registration.client_name.n, 200 * strlen(characters[i]));
		body.n -= 2;
		buf_add_text(&body, "a\"}");
		assert_int_equal(judge(&public_client, buf_str(&body)), 400);
	}
}

static void test_RG_01_the_body_is_one_object(void **state)
{
	static const char *const bodies[] = { "", "[]", "null", "\"x\"", "7", "{", "{}{}", "{" URIS "} x",
		"{" URIS "," URIS "}", "{\"redirect_uris\":[\"https://evil.example/cb\"]," URIS "}",
		"client_name=x&redirect_uris=y", "\xef\xbb\xbf{" URIS "}", "{" URIS ",\"x\":\"\xff\"}",
		"{" URIS ",\"x\":[[[[[[[[[1]]]]]]]]]}" };

	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++) {
		is_refused(&public_client, bodies[i], "invalid_client_metadata");
		assert_null(registration.request);
	}
}

static void test_RG_01_the_body_has_16_KiB_at_most(void **state)
{
	auto_buf body = BUF(REGISTRATION_BODY_BYTES + 1);

	(void)state;
	buf_add_text(&body, "{" URIS "}");
	while (body.n < REGISTRATION_BODY_BYTES)
		buf_add_byte(&body, ' ');
	assert_int_equal(judge(&public_client, buf_str(&body)), 201);
	buf_add_byte(&body, ' ');
	assert_int_equal(judge(&public_client, buf_str(&body)), 400);
}

static void test_RG_15_errors_are_plain_ascii(void **state)
{
	static const char *const bodies[] = { "[]", "{}", "{\"redirect_uris\":[\"x\"]}",
		"{" URIS ",\"client_name\":7}", "{" URIS ",\"grant_types\":[]}",
		"{" URIS ",\"response_types\":[]}", "{" URIS ",\"application_type\":\"x\"}",
		"{" URIS ",\"jwks\":1,\"jwks_uri\":1}" };

	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++) {
		struct str description;

		assert_int_equal(judge(&public_client, str_from(bodies[i])), 400);
		description = json_text(registration.answer, "error_description");
		assert_true(description.n != 0);
		for (size_t k = 0; k < description.n; k++)
			assert_true(description.p[k] >= 0x20 && description.p[k] <= 0x7e &&
				description.p[k] != '"' && description.p[k] != '\\');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_RG_14_unknown_members_are_ignored),
		TEST(test_RG_14_jwks_and_jwks_uri_exclude_each_other),
		TEST(test_RG_04_RG_05_a_scope_comes_back_if_it_is_one),
		TEST(test_RG_05_no_null_and_nothing_empty),
		TEST(test_RG_16_the_name_is_short_and_clean),
		TEST(test_RG_16_the_name_has_200_characters_however_many_bytes),
		TEST(test_RG_01_the_body_is_one_object),
		TEST(test_RG_01_the_body_has_16_KiB_at_most),
		TEST(test_RG_15_errors_are_plain_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
