/* SPDX-License-Identifier: MIT */
/* Which URLs are clients, which documents about them are believed, and what is read from them. */
#include "unit.h"

#include <string.h>

#include "client_document.h"

#define ID "https://app.example/oauth/client.json"
#define NAMED "\"client_id\":\"" ID "\",\"client_name\":\"App\""
#define URIS ",\"redirect_uris\":[\"https://app.example/cb\",\"http://127.0.0.1/cb\"]"

static struct client_document document;
static const char *why;

static bool reads(const char *id, const char *text)
{
	client_document_free(&document);
	return client_document_read(str_from(id), str_from(text), &document, &why);
}

static int forget(void **state)
{
	(void)state;
	client_document_free(&document);
	return 0;
}

static void is_good(const char *text)
{
	if (!reads(ID, text))
		fail_msg("%s: %s", text, why);
	assert_null(why);
}

static void is_bad(const char *text, const char *reason)
{
	if (reads(ID, text))
		fail_msg("%s", text);
	if (strstr(why, reason) == NULL)
		fail_msg("%s: \"%s\" does not say \"%s\"", text, why, reason);
}

static void test_CI_01_urls_that_are_ids(void **state)
{
	static const char *const ids[] = { ID, "https://app.example/a", "https://app.example/a/", "https://app.example:8443/a", "https://a/b",
		"https://192.0.2.1/a", "https://[2001:db8::1]/a", "https://app.example/a%20b", "https://app.example/a.json;v=1",
		"https://app.example/..a", "https://chatgpt.com/oauth/kDmjx77UnKOM/client.json" };
	struct url url;

	(void)state;
	for (size_t i = 0; i < N_OF(ids); i++) {
		if (!client_document_is_id(str_from(ids[i]), &url))
			fail_msg("%s", ids[i]);
	}
	assert_true(client_document_is_id(STR(ID), &url));
	assert_str(url.host, "app.example");
}

static void test_CI_01_urls_and_other_texts_that_are_none(void **state)
{
	static const char *const texts[] = { "", "app", "https:", "https://", "http://app.example/a", "HTTPS://app.example/a",
		"https://app.example", "https://app.example/", "https://app.example//", "https://app.example?a", "https://u@app.example/a",
		"https://u:p@app.example/a", "https://@app.example/a", "https://app.example/a#f", "https://app.example/a#",
		"https://app.example/a?b=c", "https://app.example/a?", "https://app.example/../a", "https://app.example/a/..",
		"https://app.example/./a", "https://app.example/a/.", "https://app.example/.", "https://app.example/%2e%2e/a",
		"https://app.example/a/..;/b", "https://app.example/a//b", "https://app.example/a\\b", "https://app.example\\@evil.example/a",
		"https://app.example/a b", "https://app.example/a%2fb", "https://app.example/a%", "https://app.example/a%zz",
		"https://APP.example/a", "https://app.example./a", "https://app.example:0/a", "https://app.example:/a",
		"https://app.example:65536/a", "https://app.example:443:1/a", "https://127.1/a", "https://2130706433/a", "https://0x7f.0.0.1/a",
		"https://0177.0.0.1/a", "https://1/a", "https://[::1/a", "https://[fe80::1%25eth0]/a", "https://app.example/\xc3\xa9",
		"https://\xef\xbc\x91/a", "https://app.example/a\n", " https://app.example/a", "https://app.example/a\t", "javascript:a",
		"urn:ietf:a", "//app.example/a" };
	struct url url;

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		if (client_document_is_id(str_from(texts[i]), &url))
			fail_msg("%s", texts[i]);
	}
	assert_false(client_document_is_id((struct str){ "https://app.example/a\0b", 23 }, &url));
	assert_false(client_document_is_id(STR_NONE, &url));
}

static void test_CI_01_an_id_has_a_bounded_length(void **state)
{
	auto_buf id = BUF(CLIENT_ID_BYTES + 1);
	struct url url;

	(void)state;
	buf_add_text(&id, "https://app.example/");
	while (id.n < CLIENT_ID_BYTES)
		buf_add_byte(&id, 'a');
	assert_true(client_document_is_id(buf_str(&id), &url));
	buf_add_byte(&id, 'a');
	assert_false(client_document_is_id(buf_str(&id), &url));
}

static void test_CI_06_a_good_document_and_what_it_says(void **state)
{
	(void)state;
	is_good("{" NAMED URIS "}");
	assert_str(document.id, ID);
	assert_str(document.url.host, "app.example");
	assert_str(document.name, "App");
	assert_int_equal(json_array_size(document.redirect_uris), 2);
	assert_false(document.all_loopback);
	assert_true(document.url.whole.p == document.id.p);
}

/* As they are published. */
static void test_CI_06_documents_of_known_clients(void **state)
{
	static const struct {
		const char *id, *text;
		bool all_loopback;
	} rows[] = {
		{ "https://claude.ai/oauth/claude-code-client-metadata",
			"{\"client_id\":\"https://claude.ai/oauth/claude-code-client-metadata\",\"client_name\":\"Claude Code\",\"client_uri\":"
			"\"https://claude.ai\",\"redirect_uris\":[\"http://localhost/callback\",\"http://127.0.0.1/callback\"],\"grant_types\":"
			"[\"authorization_code\",\"refresh_token\"],\"response_types\":[\"code\"],\"token_endpoint_auth_method\":\"none\"}",
			true },
		{ "https://chatgpt.com/oauth/client.json",
			"{\"client_id\":\"https://chatgpt.com/oauth/client.json\",\"client_uri\":\"https://chatgpt.com/\",\"redirect_uris\":"
			"[\"https://chatgpt.com/connector_platform_oauth_redirect\"],\"token_endpoint_auth_method\":\"private_key_jwt\","
			"\"token_endpoint_auth_methods_supported\":[\"none\",\"private_key_jwt\"],\"grant_types\":[\"authorization_code\","
			"\"refresh_token\"],\"response_types\":[\"code\"],\"client_name\":\"ChatGPT\",\"logo_uri\":\"https://persistent.oaistatic."
			"com/sonic/misc/openai-logo.png\",\"token_endpoint_auth_signing_alg\":\"RS256\",\"jwks_uri\":"
			"\"https://chatgpt.com/oauth/jwks.json\"}",
			false },
		{ "https://opencode.ai/oauth/opencode/client.json",
			"{\"client_id\":\"https://opencode.ai/oauth/opencode/client.json\",\"client_name\":\"opencode\",\"client_uri\":"
			"\"https://opencode.ai\",\"logo_uri\":\"https://opencode.ai/web-app-manifest-512x512.png\",\"application_type\":\"native\","
			"\"redirect_uris\":[\"http://127.0.0.1/callback\",\"http://localhost/callback\"],\"grant_types\":[\"authorization_code\","
			"\"refresh_token\"],\"response_types\":[\"code\"],\"token_endpoint_auth_method\":\"none\","
			"\"token_endpoint_auth_methods_supported\":[\"none\"]}",
			true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (!reads(rows[i].id, rows[i].text))
			fail_msg("%s: %s", rows[i].id, why);
		assert_int_equal(document.all_loopback, rows[i].all_loopback);
	}
}

static void test_CI_06_a_document_names_the_very_id(void **state)
{
	static const char *const others[] = { ID "?", ID "/", "https://app.example/oauth/Client.json", "https://app.example:443/oauth/client.json",
		"https://app.example/oauth/client%2ejson", "https://evil.example/oauth/client.json", "" };

	(void)state;
	for (size_t i = 0; i < N_OF(others); i++) {
		auto_buf text = BUF(1024);

		buf_print(&text, "{\"client_id\":\"%s\",\"client_name\":\"App\"" URIS "}", others[i]);
		is_bad(text.p, "client_id");
	}
	is_bad("{\"client_name\":\"App\"" URIS "}", "client_id");
	is_bad("{\"client_id\":null,\"client_name\":\"App\"" URIS "}", "client_id");
	is_bad("{\"client_id\":[\"" ID "\"],\"client_name\":\"App\"" URIS "}", "client_id");
	/* Nor is a text believed that was found where no client can be. */
	assert_false(reads("https://app.example/", "{\"client_id\":\"https://app.example/\",\"client_name\":\"App\"" URIS "}"));
	assert_false(reads("http://app.example/a", "{\"client_id\":\"http://app.example/a\",\"client_name\":\"App\"" URIS "}"));
}

static void test_CI_06_name_and_redirect_uris_are_there(void **state)
{
	(void)state;
	is_bad("{\"client_id\":\"" ID "\"" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":null" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":\"\"" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":\" \"" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":7" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":\"a\\u0007\"" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":\"a\\u0085\"" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":\"a\\u202eb\"" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":\"a\\u2066b\"" URIS "}", "client_name");
	is_bad("{\"client_id\":\"" ID "\",\"client_name\":\"a\\u2028b\"" URIS "}", "client_name");
	is_good("{\"client_id\":\"" ID "\",\"client_name\":\"<b>\\u00e9 \\u2013 \\u4e2d\"" URIS "}");
	is_bad("{" NAMED "}", "redirect_uris");
	is_bad("{" NAMED ",\"redirect_uris\":[]}", "redirect_uris");
	is_bad("{" NAMED ",\"redirect_uris\":\"https://app.example/cb\"}", "redirect_uris");
	is_bad("{" NAMED ",\"redirect_uris\":{\"0\":\"https://app.example/cb\"}}", "redirect_uris");
	is_bad("{" NAMED ",\"redirect_uris\":null}", "redirect_uris");
}

static void test_CI_06_one_bad_redirect_uri_refuses_the_document(void **state)
{
	static const char *const uris[] = { "\"http://app.example/cb\"", "\"http://192.168.1.2/cb\"", "\"http://localhost.evil.example/cb\"",
		"\"javascript:alert(1)\"", "\"data:text/html,x\"", "\"file:///etc/passwd\"", "\"https://app.example/cb#f\"",
		"\"https://app.example/*\"", "\"https://u@app.example/cb\"", "\"/cb\"", "\"\"", "7", "null", "[]", "\"myapp:/cb\"",
		"\"ms-msdt:/id\"", "\"mailto:a@app.example\"", "\"cursor://evil/cb\"", "\"https://app.example/\\ncb\"" };

	(void)state;
	for (size_t i = 0; i < N_OF(uris); i++) {
		auto_buf text = BUF(1024);

		buf_print(&text, "{" NAMED ",\"redirect_uris\":[\"https://app.example/cb\",%s]}", uris[i]);
		is_bad(text.p, "redirect_uris");
	}
	is_good("{" NAMED ",\"redirect_uris\":[\"com.example.app:/cb\"]}");
	is_good("{" NAMED ",\"redirect_uris\":[\"cursor://anysphere.cursor-mcp/oauth/callback\"]}");
	is_good("{" NAMED ",\"redirect_uris\":[\"http://[::1]:3000/cb\"]}");
}

static void test_CI_07_no_secret_in_a_document(void **state)
{
	static const char *const members[] = { "\"client_secret\":\"s\"", "\"client_secret\":\"\"", "\"client_secret\":null",
		"\"client_secret_expires_at\":0", "\"client_secret_expires_at\":null", "\"token_endpoint_auth_method\":\"client_secret_post\"",
		"\"token_endpoint_auth_method\":\"client_secret_basic\"", "\"token_endpoint_auth_method\":\"client_secret_jwt\"",
		"\"token_endpoint_auth_method\":\"client_secret_basic\",\"token_endpoint_auth_methods_supported\":[\"none\"]" };

	(void)state;
	for (size_t i = 0; i < N_OF(members); i++) {
		auto_buf text = BUF(1024);

		buf_print(&text, "{" NAMED URIS ",%s}", members[i]);
		is_bad(text.p, "secret");
	}
}

static void test_CI_16_a_client_must_be_able_to_do_without_a_proof(void **state)
{
	static const struct {
		const char *members;
		bool good;
	} rows[] = {
		{ ",\"token_endpoint_auth_method\":\"none\"", true },
		{ ",\"token_endpoint_auth_method\":null", true },
		{ ",\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"none\"]", true },
		{ ",\"token_endpoint_auth_method\":\"private_key_jwt\",\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"none\"],"
		  "\"jwks_uri\":\"https://app.example/jwks\"",
			true },
		{ ",\"token_endpoint_auth_method\":\"none\",\"jwks\":{\"keys\":[]}", true },
		{ ",\"token_endpoint_auth_method\":\"private_key_jwt\",\"jwks\":{\"keys\":[]}", false },
		{ ",\"token_endpoint_auth_method\":\"private_key_jwt\",\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]", false },
		{ ",\"token_endpoint_auth_method\":\"private_key_jwt\",\"token_endpoint_auth_methods_supported\":\"none\"", false },
		{ ",\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]", false },
		{ ",\"token_endpoint_auth_methods_supported\":[]", false },
		{ ",\"token_endpoint_auth_method\":\"tls_client_auth\"", false },
		{ ",\"token_endpoint_auth_method\":\"None\"", false },
		{ ",\"token_endpoint_auth_method\":\"\"", false },
		{ ",\"token_endpoint_auth_method\":7", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf text = BUF(1024);

		buf_print(&text, "{" NAMED URIS "%s}", rows[i].members);
		if (rows[i].good)
			is_good(text.p);
		else
			is_bad(text.p, "token_endpoint_auth_method");
	}
}

static void test_CI_06_a_client_that_can_do_nothing_here_is_refused(void **state)
{
	(void)state;
	is_bad("{" NAMED URIS ",\"grant_types\":[\"client_credentials\"]}", "grant_types");
	is_bad("{" NAMED URIS ",\"grant_types\":\"authorization_code\"}", "grant_types");
	is_bad("{" NAMED URIS ",\"response_types\":[\"token\"]}", "response_types");
	is_bad("{" NAMED URIS ",\"application_type\":\"toaster\"}", "application_type");
	is_bad("{" NAMED URIS ",\"jwks\":{},\"jwks_uri\":\"https://app.example/jwks\"}", "jwks");
	is_good("{" NAMED URIS ",\"software_version\":7,\"contacts\":[\"a\"],\"grant_types\":null}");
}

static void test_CI_05_a_document_is_one_small_strict_object(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "null", "\"x\"", "{" NAMED URIS "}{}", "{" NAMED URIS "} x",
		"{" NAMED URIS ",\"client_id\":\"" ID "\"}", "{" NAMED URIS ",\"a\":[[[[[[[[1]]]]]]]]}", "{" NAMED URIS ",\"a\":\"\xff\"}",
		"{" NAMED URIS ",\"a\":\"\\u0000\"}", "\xef\xbb\xbf{" NAMED URIS "}", "<html>" };
	auto_buf text = BUF(CLIENT_DOCUMENT_BYTES + 1);

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++)
		is_bad(texts[i], "JSON");
	buf_add_text(&text, "{" NAMED URIS "}");
	while (text.n < CLIENT_DOCUMENT_BYTES)
		buf_add_byte(&text, ' ');
	is_good(text.p);
	buf_add_byte(&text, ' ');
	is_bad(text.p, "5 KiB");
}

static void test_CI_08_a_request_is_checked_against_the_document(void **state)
{
	(void)state;
	is_good("{" NAMED URIS "}");
	assert_true(client_document_redirects(&document, STR("https://app.example/cb")));
	assert_true(client_document_redirects(&document, STR("http://127.0.0.1:51004/cb")));
	assert_true(client_document_redirects(&document, STR("http://127.0.0.1/cb")));
	assert_false(client_document_redirects(&document, STR("http://localhost:51004/cb")));
	assert_false(client_document_redirects(&document, STR("https://app.example/cb2")));
	assert_false(client_document_redirects(&document, STR("https://app.example:8443/cb")));
	assert_false(client_document_redirects(&document, STR_NONE));
}

static void test_CI_10_all_loopback_or_not(void **state)
{
	static const struct {
		const char *uris;
		bool all;
	} rows[] = {
		{ "\"http://127.0.0.1/cb\"", true },
		{ "\"http://127.0.0.1:3000/cb\",\"http://localhost/cb\",\"http://[::1]/cb\"", true },
		{ "\"https://localhost/cb\"", true },
		{ "\"http://localhost/cb\",\"https://app.example/cb\"", false },
		{ "\"https://app.example/cb\",\"http://localhost/cb\"", false },
		{ "\"https://app.example/cb\"", false },
		{ "\"http://localhost/cb\",\"com.example.app:/cb\"", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf text = BUF(1024);

		buf_print(&text, "{" NAMED ",\"redirect_uris\":[%s]}", rows[i].uris);
		is_good(text.p);
		if (document.all_loopback != rows[i].all)
			fail_msg("%s", rows[i].uris);
	}
}

static void consent_of(const char *text, struct buf *out)
{
	is_good(text);
	buf_clear(out);
	client_document_add_consent(&document, out);
	assert_false(out->failed);
}

static void test_CI_12_consent_is_about_name_uris_method_and_keys(void **state)
{
	static const char *const others[] = {
		"{\"client_id\":\"" ID "\",\"client_name\":\"Another\"" URIS "}",
		"{" NAMED ",\"redirect_uris\":[\"https://app.example/cb\"]}",
		"{" NAMED ",\"redirect_uris\":[\"https://app.example/cb\",\"http://127.0.0.1/cb\",\"https://app.example/cb2\"]}",
		"{" NAMED ",\"redirect_uris\":[\"https://app.example/cb\",\"http://127.0.0.1/c\"]}",
		"{" NAMED URIS ",\"jwks\":{\"keys\":[]}}",
		"{" NAMED URIS ",\"jwks\":{\"keys\":[{}]}}",
		"{" NAMED URIS ",\"jwks_uri\":\"https://app.example/jwks\"}",
		"{" NAMED URIS ",\"token_endpoint_auth_method\":\"private_key_jwt\",\"token_endpoint_auth_methods_supported\":[\"none\"]}",
	};
	static const char *const same[] = {
		"{" NAMED URIS ",\"logo_uri\":\"https://app.example/logo.png\",\"client_uri\":\"https://app.example/\",\"scope\":\"x\"}",
		"{ \"client_name\" : \"\\u0041pp\" " URIS ", \"client_id\":\"" ID "\",\"jwks\":null }",
	};
	auto_buf first = BUF(6 * CLIENT_DOCUMENT_BYTES), next = BUF(6 * CLIENT_DOCUMENT_BYTES);

	(void)state;
	consent_of("{" NAMED URIS "}", &first);
	for (size_t i = 0; i < N_OF(others); i++) {
		consent_of(others[i], &next);
		if (str_eq(buf_str(&first), buf_str(&next)))
			fail_msg("%s", others[i]);
	}
	for (size_t i = 0; i < N_OF(same); i++) {
		consent_of(same[i], &next);
		assert_str(buf_str(&next), first.p);
	}
}

static void test_CI_12_the_longest_consent_fits(void **state)
{
	auto_buf text = BUF(CLIENT_DOCUMENT_BYTES), consent = BUF(6 * CLIENT_DOCUMENT_BYTES);

	(void)state;
	buf_add_text(&text, "{" NAMED URIS ",\"jwks\":{\"keys\":[0.1");
	while (text.n + 4 + 3 <= CLIENT_DOCUMENT_BYTES)
		buf_add_text(&text, ",0.1");
	buf_add_text(&text, "]}}");
	consent_of(text.p, &consent);
	assert_true(consent.n > 3 * CLIENT_DOCUMENT_BYTES);
}

#define TEST(function) cmocka_unit_test_teardown(function, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_CI_01_urls_that_are_ids),
		TEST(test_CI_01_urls_and_other_texts_that_are_none),
		TEST(test_CI_01_an_id_has_a_bounded_length),
		TEST(test_CI_06_a_good_document_and_what_it_says),
		TEST(test_CI_06_documents_of_known_clients),
		TEST(test_CI_06_a_document_names_the_very_id),
		TEST(test_CI_06_name_and_redirect_uris_are_there),
		TEST(test_CI_06_one_bad_redirect_uri_refuses_the_document),
		TEST(test_CI_07_no_secret_in_a_document),
		TEST(test_CI_16_a_client_must_be_able_to_do_without_a_proof),
		TEST(test_CI_06_a_client_that_can_do_nothing_here_is_refused),
		TEST(test_CI_05_a_document_is_one_small_strict_object),
		TEST(test_CI_08_a_request_is_checked_against_the_document),
		TEST(test_CI_10_all_loopback_or_not),
		TEST(test_CI_12_consent_is_about_name_uris_method_and_keys),
		TEST(test_CI_12_the_longest_consent_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
