/* SPDX-License-Identifier: MIT */
/* registration_answer: what a provider is asked in a client's place, and what its answer is worth. */
#include "registration_fixture.h"
#include "registration_answer.h"

#define TOKEN "upstream-token-1"
#define ID "\"client_id\":\"made\""
#define REQUEST "{" URIS ",\"scope\":\"mcp:read\",\"client_name\":\"App\",\"logo_uri\":\"https://app.example/x\"}"

static const struct client relayed = { .endpoint = { "discover", 8 }, .redirect_uri = { listed, 3 }, .refresh = true };
static struct buf why = { .limit = 4096 };

/* What the provider says to REQUEST, and what becomes of it. */
static int answered(int status, const char *body)
{
	assert_int_equal(judge(&relayed, STR(REQUEST)), 0);
	buf_clear(&why);
	registration_answer_judge(&registration, status, true, str_from(body), STR(TOKEN), NOW, &why);
	buf_clear(&text);
	json_write(registration.answer, &text);
	assert_false(text.failed);
	assert_false(registration.status == 201 && why.n != 0);
	return registration.status;
}

static int forget_all(void **state)
{
	buf_free(&why);
	return forget(state);
}

static void test_RG_20_the_question_has_what_we_know_and_allow(void **state)
{
	auto_buf question = BUF(4096);

	(void)state;
	assert_int_equal(judge(&relayed, STR(REQUEST)), 0);
	assert_null(registration.answer);
	assert_null(registration.registered);
	json_write(registration.question, &question);
	assert_str(buf_str(&question), "{" URIS ",\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"response_types\":[\"code\"],"
				       "\"token_endpoint_auth_method\":\"none\",\"client_name\":\"App\",\"scope\":\"mcp:read\"}");
	assert_int_equal(judge(&relayed, STR("{\"redirect_uris\":[\"" CALLBACK "\",\"http://127.0.0.1:1/callback\"]}")), 0);
	assert_str(json_text(registration.question, "application_type"), "native");
	assert_int_equal(judge(&relayed, STR("{\"redirect_uris\":[\"cursor://x/cb\"],\"application_type\":\"web\"}")), 0);
	assert_str(json_text(registration.question, "application_type"), "web");
	assert_int_equal(judge(&relayed, STR("{\"redirect_uris\":[\"https://evil.example/cb\"]}")), 400);
	assert_null(registration.question);
}

static void test_RG_10_RG_20_no_secret_unless_the_provider_has_nothing_else(void **state)
{
	static const struct {
		const char *asked, *offered, *method;
	} rows[] = {
		{ "\"none\"", "[\"client_secret_basic\"]", "none" },
		{ "null", "[\"client_secret_basic\"]", "none" },
		{ "7", "[\"client_secret_basic\"]", "none" },
		{ "\"client_secret_basic\"", "[\"private_key_jwt\",\"client_secret_basic\"]", "client_secret_basic" },
		{ "\"client_secret_post\"", "[\"client_secret_basic\",\"client_secret_post\"]", "client_secret_post" },
		{ "\"client_secret_post\"", "[\"client_secret_post\",\"none\"]", "none" },
		{ "\"client_secret_post\"", "[\"client_secret_basic\"]", "none" },
		{ "\"private_key_jwt\"", "[\"private_key_jwt\"]", "none" },
		{ "\"client_secret_post\"", "\"client_secret_post\"", "none" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_json *request = json_pack("{s:o}", "token_endpoint_auth_method", json_loads(rows[i].asked, JSON_DECODE_ANY, NULL));
		auto_json *document =
			json_pack("{s:o}", "token_endpoint_auth_methods_supported", json_loads(rows[i].offered, JSON_DECODE_ANY, NULL));

		assert_string_equal(registration_question_method(request, document), rows[i].method);
		assert_string_equal(registration_question_method(request, NULL), "none");
	}
}

static void test_RG_04_RG_17_RG_20_the_client_gets_what_it_may_know(void **state)
{
	(void)state;
	assert_int_equal(answered(201, "{" ID "," URIS ",\"client_id_issued_at\":5,\"scope\":\"a b\",\"grant_types\":[\"implicit\",\"authorization_code\"],"
				       "\"registration_access_token\":\"r\",\"registration_client_uri\":\"https://idp.example/r\",\"client_secret\":\"s\"}"),
		201);
	/* Without a method, a secret means the RFC's default. */
	assert_str(buf_str(&text), "{\"client_id\":\"made\",\"client_id_issued_at\":5,\"client_secret\":\"s\",\"client_secret_expires_at\":0," URIS
				   ",\"grant_types\":[\"authorization_code\"],\"response_types\":[\"code\"],"
				   "\"token_endpoint_auth_method\":\"client_secret_basic\",\"client_name\":\"App\",\"scope\":\"a b\"}");
	assert_true(registration.secret_given);
	assert_int_equal(answered(200, "{" ID "," URIS ",\"token_endpoint_auth_method\":\"none\",\"client_secret\":\"s\"}"), 201);
	assert_str(buf_str(&text), "{\"client_id\":\"made\",\"client_id_issued_at\":1790000000," URIS
				   ",\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"response_types\":[\"code\"],"
				   "\"token_endpoint_auth_method\":\"none\",\"client_name\":\"App\"}");
	assert_false(registration.secret_given);
}

static void test_RG_06_RG_20_an_answer_about_something_else_is_none(void **state)
{
	static const char *const bodies[] = { "", "[]", "{}", "{" URIS "}", "{" ID "}", "{" ID ",\"redirect_uris\":[]}",
		"{" ID ",\"redirect_uris\":\"" CALLBACK "\"}", "{" ID ",\"redirect_uris\":[\"" CALLBACK "\",\"https://evil.example/cb\"]}",
		"{" ID ",\"redirect_uris\":[\"https://evil.example/cb\"]}", "{" ID ",\"redirect_uris\":[\"" CALLBACK "\",null]}",
		"{\"client_id\":\"\"," URIS "}", "{\"client_id\":[\"made\"]," URIS "}", "{\"client_id\":\"\\u00e4\"," URIS "}",
		"{" ID "," URIS ",\"grant_types\":[]}", "{" ID "," URIS ",\"grant_types\":\"authorization_code\"}",
		"{" ID "," URIS ",\"response_types\":[\"code id_token\"]}", "{" ID "," URIS ",\"token_endpoint_auth_method\":\"client_secret_post\"}",
		"{" ID "," URIS ",\"token_endpoint_auth_method\":\"client_secret_jwt\",\"client_secret\":\"s\"}",
		"{\"client_id\":\"" TOKEN "\"," URIS "}", "{" ID "," URIS ",\"client_secret\":\"x" TOKEN "\"}", "{" ID "," URIS ",\"scope\":\"" TOKEN "\"}" };

	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++) {
		if (answered(201, bodies[i]) != 502)
			fail_msg("%s was accepted", bodies[i]);
		assert_true(why.n != 0);
		assert_str(json_text(registration.answer, "error"), "server_error");
	}
}

static void test_RG_15_RG_20_refusals(void **state)
{
	static const struct {
		int status;
		const char *body;
		int ours;
		const char *error, *why;
	} rows[] = {
		{ 400, "{\"error\":\"invalid_redirect_uri\",\"error_description\":\"not this one\"}", 400, "invalid_redirect_uri", "not this one" },
		{ 400, "{\"error\":\"invalid_client_metadata\"}", 400, "invalid_client_metadata", "invalid_client_metadata" },
		{ 400, "<html>", 400, "invalid_client_metadata", "status 400" },
		{ 422, "{\"errorSummary\":\"Api validation failed\"}", 400, "invalid_client_metadata", "Api validation failed" },
		{ 401, "{}", 503, "temporarily_unavailable", "upstream_registration_token_file" },
		{ 403, "{\"error_description\":\"Policy 'Trusted Hosts' rejected request\"}", 503, "temporarily_unavailable", "Trusted Hosts" },
		{ 404, "", 502, "server_error", "registration_endpoint" },
		{ 429, "", 503, "temporarily_unavailable", "status 429" },
		{ 500, "", 503, "temporarily_unavailable", "status 500" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_int_equal(answered(rows[i].status, rows[i].body), rows[i].ours);
		assert_str(json_text(registration.answer, "error"), rows[i].error);
		assert_str(json_text(registration.answer, "error_description"), registration.reason);
		buf_add_byte(&why, '\0');
		if (strstr(why.p, rows[i].why) == NULL)
			fail_msg("%s is not in: %s", rows[i].why, why.p);
	}
}

static void test_SEC_18_RG_20_words_that_hold_our_token_are_not_told(void **state)
{
	(void)state;
	assert_int_equal(answered(401, "{\"error\":\"invalid_token\",\"error_description\":\"upstream-tok... is unknown\"}"), 503);
	buf_add_byte(&why, '\0');
	assert_non_null(strstr(why.p, "invalid_token"));
	assert_null(strstr(why.p, "upstream-tok"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_RG_20_the_question_has_what_we_know_and_allow, forget_all),
		cmocka_unit_test_teardown(test_RG_10_RG_20_no_secret_unless_the_provider_has_nothing_else, forget_all),
		cmocka_unit_test_teardown(test_RG_04_RG_17_RG_20_the_client_gets_what_it_may_know, forget_all),
		cmocka_unit_test_teardown(test_RG_06_RG_20_an_answer_about_something_else_is_none, forget_all),
		cmocka_unit_test_teardown(test_RG_15_RG_20_refusals, forget_all),
		cmocka_unit_test_teardown(test_SEC_18_RG_20_words_that_hold_our_token_are_not_told, forget_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
