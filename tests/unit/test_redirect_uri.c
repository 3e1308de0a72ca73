/* SPDX-License-Identifier: MIT */
/* redirect_uri: what a client may ask to be redirected to, and above all what it may not. */
#include "unit.h"

#include "redirect_uri.h"

#define WORDS(array) ((struct words){ (array), N_OF(array) })

/* A client with one listed URI and no preset but those named. */
static bool allowed_by(const char *listed, const char *uri)
{
	struct str word[] = { str_from(listed) };
	struct client client = { .redirect_uri = WORDS(word) };

	return redirect_uri_allowed(&client, str_from(uri));
}

static bool allowed_by_preset(const char *preset, const char *uri)
{
	struct str word[] = { str_from(preset) };
	struct client client = { .redirect_preset = WORDS(word) };

	return redirect_uri_allowed(&client, str_from(uri));
}

static void test_RD_02_RG_06_a_listed_uri_is_allowed_byte_for_byte(void **state)
{
	static const char listed[] = "https://app.example/cb?x=1";
	static const char *const others[] = { "https://app.example/cb", "https://app.example/cb?x=1&y=2",
		"https://app.example/cb?x=2", "https://app.example/cb/?x=1", "https://APP.example/cb?x=1",
		"https://app.example:443/cb?x=1", "https://app.example:8443/cb?x=1",
		"https://user@app.example/cb?x=1", "https://app.example/%63b?x=1",
		"https://app.example/./cb?x=1", "https://app.example/cb?x=1#f",
		"https://app.example/cb?x=1 ", " https://app.example/cb?x=1", "http://app.example/cb?x=1",
		"https://evil.example/cb?x=1", "https://app.example.evil.example/cb?x=1",
		"https://app.example/cb?x=1/../../evil", "https:/app.example/cb?x=1", "", "/cb" };

	(void)state;
	assert_true(allowed_by(listed, listed));
	for (size_t i = 0; i < N_OF(others); i++) {
		if (allowed_by(listed, others[i]))
			fail_msg("%s was allowed", others[i]);
	}
}

static void test_RD_02_the_port_of_a_loopback_uri_is_free(void **state)
{
	static const struct {
		const char *listed, *uri;
	} rows[] = {
		{ "http://127.0.0.1/callback", "http://127.0.0.1:51004/callback" },
		{ "http://127.0.0.1:8080/callback", "http://127.0.0.1:51004/callback" },
		{ "http://127.0.0.1:8080/callback", "http://127.0.0.1/callback" },
		{ "http://localhost/callback", "http://localhost:1/callback" },
		{ "http://localhost/callback", "http://localhost:65535/callback" },
		{ "http://[::1]/callback", "http://[::1]:9/callback" },
		{ "http://127.0.0.1", "http://127.0.0.1:33418" },
		{ "http://127.0.0.1/cb?a=b", "http://127.0.0.1:7/cb?a=b" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (!allowed_by(rows[i].listed, rows[i].uri))
			fail_msg("%s did not allow %s", rows[i].listed, rows[i].uri);
	}
}

static void test_RD_02_nothing_but_the_port_is_free(void **state)
{
	static const struct {
		const char *listed, *uri;
	} rows[] = {
		/* One spelling of loopback is not another. */
		{ "http://127.0.0.1/callback", "http://localhost:51004/callback" },
		{ "http://localhost/callback", "http://127.0.0.1:51004/callback" },
		{ "http://127.0.0.1/callback", "http://[::1]:51004/callback" },
		{ "http://127.0.0.1/callback", "http://127.1:51004/callback" },
		{ "http://127.0.0.1/callback", "http://127.0.0.2:51004/callback" },
		{ "http://127.0.0.1/callback", "http://0x7f.0.0.1:51004/callback" },
		{ "http://127.0.0.1/callback", "http://2130706433:51004/callback" },
		{ "http://localhost/callback", "http://LOCALHOST:51004/callback" },
		{ "http://localhost/callback", "http://localhost.:51004/callback" },
		{ "http://[::1]/callback", "http://[0:0:0:0:0:0:0:1]:51004/callback" },
		/* Names that begin like it. */
		{ "http://127.0.0.1/callback", "http://127.0.0.1.evil/callback" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:1@evil/callback" },
		{ "http://127.0.0.1/callback", "http://evil@127.0.0.1:1/callback" },
		{ "http://localhost/callback", "http://localhost.evil.example/callback" },
		{ "http://localhost/callback", "http://localhost:1\\@evil.example/callback" },
		/* Broken ports. */
		{ "http://127.0.0.1/callback", "http://127.0.0.1:/callback" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:0/callback" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:65536/callback" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:1:2/callback" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:*/callback" },
		/* Path, query, fragment and scheme. */
		{ "http://127.0.0.1/callback", "http://127.0.0.1:1/callback/" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:1/callback2" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:1/" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:1/callback?" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:1/callback?next=x" },
		{ "http://127.0.0.1/callback?a=b", "http://127.0.0.1:1/callback" },
		{ "http://127.0.0.1/callback?a=b", "http://127.0.0.1:1/callback?a=c" },
		{ "http://127.0.0.1/callback", "http://127.0.0.1:1/callback#x" },
		{ "http://127.0.0.1/callback", "https://127.0.0.1:1/callback" },
		/* The exception is for http: with https the port counts, on loopback too. */
		{ "https://127.0.0.1/callback", "https://127.0.0.1:1/callback" },
		{ "https://127.0.0.1/callback", "http://127.0.0.1:1/callback" },
		{ "https://app.example/callback", "https://app.example:1/callback" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (allowed_by(rows[i].listed, rows[i].uri))
			fail_msg("%s allowed %s", rows[i].listed, rows[i].uri);
	}
}

static void test_RG_07_what_is_dangerous_is_refused_though_listed(void **state)
{
	static const char *const uris[] = { "javascript:alert(1)", "JavaScript:alert(1)",
		"data:text/html,x", "DATA:text/html,x", "file:///etc/passwd", "blob:https://app.example/1",
		"vbscript:x", "about:blank", "http://app.example/cb", "http://10.0.0.1/cb",
		"http://127.0.0.1.example/cb", "https://app.example/cb#f", "https://app.example/a b",
		"https://app.example/*", "cursor://x/y#f", "//app.example/cb", "app.example/cb", "https:",
		"https://", "HTTPS://app.example/cb", "https://app.example/\n", ":x", "" };

	(void)state;
	for (size_t i = 0; i < N_OF(uris); i++) {
		auto_buf why = BUF(256);

		if (allowed_by(uris[i], uris[i]))
			fail_msg("%s was allowed", uris[i]);
		assert_false(redirect_uri_listable(str_from(uris[i]), &why));
		assert_true(why.n != 0);
	}
}

static void test_RG_07_an_application_scheme_only_if_listed(void **state)
{
	static const char uri[] = "cursor://anysphere.cursor-mcp/oauth/callback";
	auto_buf why = BUF(256);

	(void)state;
	assert_true(redirect_uri_listable(str_from(uri), &why));
	assert_true(allowed_by(uri, uri));
	assert_false(allowed_by("https://app.example/cb", uri));
	assert_false(allowed_by(uri, "cursor://anysphere.cursor-mcp/oauth/callback/more"));
	assert_false(allowed_by(uri, "cursor://anysphere.cursor-mcp:1/oauth/callback"));
	assert_false(allowed_by(uri, "Cursor://anysphere.cursor-mcp/oauth/callback"));
	assert_false(allowed_by_preset("claude", uri));
}

static void test_RG_06_each_client_finds_all_that_it_names(void **state)
{
	static const struct {
		const char *preset;
		const char *uris[8];
	} rows[] = {
		{ "claude", { "https://claude.ai/api/mcp/auth_callback",
				    "https://claude.com/api/mcp/auth_callback", "http://localhost/callback",
				    "http://127.0.0.1/callback", "http://localhost:54212/callback" } },
		{ "chatgpt", { "https://chatgpt.com/connector_platform_oauth_redirect",
				     "https://chatgpt.com/connector/oauth/eaQ3VyiNzLuI",
				     "https://chatgpt.com/connector/oauth/a_b-C9" } },
		{ "vscode", { "https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect",
				    "http://127.0.0.1/", "http://127.0.0.1:33418/", "http://localhost/",
				    "http://localhost:33418/", "http://127.0.0.1:33418",
				    "http://localhost:59656" } },
		{ "cursor", { "cursor://anysphere.cursor-mcp/oauth/callback",
				    "https://www.cursor.com/agents/mcp/oauth/callback",
				    "http://localhost:8787/callback" } },
		{ "mcp-remote", { "http://localhost:18250/oauth/callback",
					"http://127.0.0.1:3334/oauth/callback" } },
		{ "inspector", { "http://localhost:6274/oauth/callback",
				       "http://localhost:6274/oauth/callback/debug",
				       "http://127.0.0.1:6276/oauth/callback" } },
		{ "mcporter", { "http://127.0.0.1:40001/callback" } },
		{ "mcpc", { "http://localhost:8000/callback" } },
		{ "loopback", { "http://127.0.0.1:1/", "http://localhost:2/cb", "http://[::1]:3/callback",
				      "http://127.0.0.1:4/oauth/callback" } },
	};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		for (size_t k = 0; k < 8 && rows[i].uris[k] != NULL; k++) {
			if (!allowed_by_preset(rows[i].preset, rows[i].uris[k]))
				fail_msg("%s: %s was refused", rows[i].preset, rows[i].uris[k]);
		}
	}
	for (const struct redirect_preset *preset = redirect_presets; preset->name != NULL; preset++)
		n++;
	assert_int_equal(n, N_OF(rows));
}

static void test_RG_06_a_preset_is_no_prefix(void **state)
{
	static const struct {
		const char *preset, *uri;
	} rows[] = {
		{ "claude", "https://claude.ai/api/mcp/auth_callback/" },
		{ "claude", "https://claude.ai/api/mcp/auth_callback?x" },
		{ "claude", "https://claude.ai:8443/api/mcp/auth_callback" },
		{ "claude", "https://claude.ai.evil.example/api/mcp/auth_callback" },
		{ "claude", "https://chatgpt.com/connector_platform_oauth_redirect" },
		{ "claude", "http://localhost:1/" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/a/b" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/.." },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/a.b" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/%2e" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/a?b" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/a#b" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/*" },
		{ "chatgpt", "https://chatgpt.com/connector/oauth/a;b" },
		{ "chatgpt", "https://chatgpt.com.evil.example/connector/oauth/a" },
		{ "chatgpt", "https://evil.example/connector/oauth/a" },
		{ "chatgpt", "http://chatgpt.com/connector/oauth/a" },
		{ "vscode", "https://vscode.dev/redirect?url=https://evil.example" },
		{ "vscode", "https://evil.vscode.dev/redirect" },
		{ "vscode", "http://127.0.0.1:1/callback" },
		{ "mcporter", "http://127.0.0.1:1/" },
		{ "loopback", "http://127.0.0.1:1/anything" },
		{ "loopback", "https://claude.ai/api/mcp/auth_callback" },
		{ "nobody", "https://claude.ai/api/mcp/auth_callback" },
		{ "", "https://claude.ai/api/mcp/auth_callback" },
		{ "Claude", "https://claude.ai/api/mcp/auth_callback" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (allowed_by_preset(rows[i].preset, rows[i].uri))
			fail_msg("%s allowed %s", rows[i].preset, rows[i].uri);
	}
}

static void test_RG_19_all_presets_only_while_nothing_is_listed(void **state)
{
	static const char claude[] = "https://claude.ai/api/mcp/auth_callback";
	static const char own[] = "https://app.example/cb";
	struct client silent = { 0 };
	struct str preset[] = { STR("chatgpt") }, listed[] = { str_from(own) };
	struct client both = { .redirect_uri = WORDS(listed), .redirect_preset = WORDS(preset) };

	(void)state;
	assert_true(redirect_uri_allowed(&silent, str_from(claude)));
	assert_false(redirect_uri_allowed(&silent, str_from(own)));
	assert_false(allowed_by(own, claude));
	assert_true(redirect_uri_allowed(&both, str_from(own)));
	assert_true(redirect_uri_allowed(&both, STR("https://chatgpt.com/connector/oauth/a")));
	assert_false(redirect_uri_allowed(&both, str_from(claude)));
}

static void test_every_row_of_the_presets_is_fit_to_be_listed(void **state)
{
	(void)state;
	for (const struct redirect_preset *preset = redirect_presets; preset->name != NULL; preset++) {
		assert_ptr_equal(redirect_preset_find(str_from(preset->name)), preset);
		for (size_t i = 0; preset->uris[i] != NULL; i++) {
			struct str uri = str_from(preset->uris[i]);
			auto_buf why = BUF(256);

			/* A wildcard is the whole last segment, and a host comes before it. */
			if (str_ends(uri, STR("/*")))
				uri = str_first(uri, uri.n - 1);
			if (!redirect_uri_listable(uri, &why))
				fail_msg("%s: %s", preset->uris[i], why.p);
		}
	}
	assert_null(redirect_preset_find(STR("claud")));
	assert_null(redirect_preset_find(STR_NONE));
}

static void test_a_uri_has_a_bounded_length(void **state)
{
	auto_buf uri = BUF(4096);
	auto_buf why = BUF(256);

	(void)state;
	buf_add_text(&uri, "https://app.example/");
	while (uri.n < 2048)
		buf_add_byte(&uri, 'a');
	assert_true(redirect_uri_listable(buf_str(&uri), &why));
	buf_add_byte(&uri, 'a');
	assert_false(redirect_uri_listable(buf_str(&uri), &why));
}

static void test_RD_01_a_request_names_the_registered_uri_byte_for_byte(void **state)
{
	static const struct {
		const char *registered, *uri;
		bool matches;
	} rows[] = {
		{ "https://app.example/cb", "https://app.example/cb", true },
		{ "https://app.example/cb?a=b", "https://app.example/cb?a=b", true },
		{ "com.example.app:/cb", "com.example.app:/cb", true },
		{ "https://app.example/cb", "https://app.example/cb/", false },
		{ "https://app.example/cb", "https://app.example/CB", false },
		{ "https://app.example/cb", "https://APP.example/cb", false },
		{ "https://app.example/cb", "HTTPS://app.example/cb", false },
		{ "https://app.example/cb", "https://app.example/cb?", false },
		{ "https://app.example/cb", "https://app.example/cb?x=1", false },
		{ "https://app.example/cb", "https://app.example/cb#", false },
		{ "https://app.example/a.b", "https://app.example/a%2eb", false },
		{ "https://app.example/cb", "https://app.example/x/../cb", false },
		{ "https://app.example/cb", "https://user@app.example/cb", false },
		{ "https://app.example/cb", "https://app.example:443/cb", false },
		{ "https://app.example/cb", "https://app.example:8443/cb", false },
		{ "https://app.example/cb", "https://app.example./cb", false },
		{ "https://app.example/cb", "https://app.example/c", false },
		{ "https://app.example/cb", "http://app.example/cb", false },
		{ "https://app.example/*", "https://app.example/cb", false },
		{ "com.example.app:/cb", "com.example.app:/cb/", false },
		{ "com.example.app:/cb", "COM.example.app:/cb", false },
		{ "https://app.example/cb", "", false },
		{ "http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true },
		{ "http://127.0.0.1:1/cb", "http://127.0.0.1:51004/cb", true },
		{ "http://[::1]/cb", "http://[::1]:51004/cb", true },
		{ "http://localhost/cb", "http://localhost:51004/cb", true },
		{ "http://127.0.0.1/cb", "http://localhost:51004/cb", false },
		{ "http://127.0.0.1/cb", "http://127.0.0.1:51004/cb/", false },
		{ "http://127.0.0.1/cb", "http://127.0.0.1.evil/cb", false },
		{ "http://127.0.0.1/cb", "http://127.0.0.1:1@evil/cb", false },
		{ "https://localhost/cb", "https://localhost:51004/cb", false },
		{ "http://app.example/cb", "http://app.example:51004/cb", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (redirect_uri_matches(str_from(rows[i].registered), str_from(rows[i].uri)) != rows[i].matches)
			fail_msg("%s and %s", rows[i].registered, rows[i].uri);
	}
}

static void test_RG_07_any_https_is_any_https_and_nothing_else(void **state)
{
	static const char *const good[] = { "https://app.example/cb", "https://app.example:8443/cb?x=y", "http://127.0.0.1:5/callback",
		"cursor://anysphere.cursor-mcp/oauth/callback" };
	static const char *const bad[] = { "http://app.example/cb", "javascript:alert(1)", "data:text/html,x", "https://u@app.example/cb",
		"https://app.example/cb#x", "HTTPS://app.example/cb", "other://app/cb", "https://app.example/*", "https:", "" };
	const struct client any = { .any_https = true };

	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		if (!redirect_uri_allowed(&any, str_from(good[i])))
			fail_msg("%s is refused", good[i]);
	}
	for (size_t i = 0; i < N_OF(bad); i++) {
		if (redirect_uri_allowed(&any, str_from(bad[i])))
			fail_msg("%s is allowed", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_RD_02_RG_06_a_listed_uri_is_allowed_byte_for_byte),
		cmocka_unit_test(test_RD_02_the_port_of_a_loopback_uri_is_free),
		cmocka_unit_test(test_RD_02_nothing_but_the_port_is_free),
		cmocka_unit_test(test_RG_07_what_is_dangerous_is_refused_though_listed),
		cmocka_unit_test(test_RG_07_an_application_scheme_only_if_listed),
		cmocka_unit_test(test_RG_06_each_client_finds_all_that_it_names),
		cmocka_unit_test(test_RG_06_a_preset_is_no_prefix),
		cmocka_unit_test(test_RG_19_all_presets_only_while_nothing_is_listed),
		cmocka_unit_test(test_every_row_of_the_presets_is_fit_to_be_listed),
		cmocka_unit_test(test_RG_07_any_https_is_any_https_and_nothing_else),
		cmocka_unit_test(test_a_uri_has_a_bounded_length),
		cmocka_unit_test(test_RD_01_a_request_names_the_registered_uri_byte_for_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
