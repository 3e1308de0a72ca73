/* SPDX-License-Identifier: MIT */
#include "page_fixture.h"

static void test_consent_names_who_what_and_where_SEC_02_CI_10(void **state)
{
	auto_page page = PAGE(STR("gate.example"));
	struct consent consent = usual();

	(void)state;
	page_consent(&page, &consent);
	assert_well_formed(&page);
	assert_has(&page, "<title>Allow access? - gate.example</title>");
	assert_has(&page, "<h1>Allow <bdi>Claude</bdi> to use <bdi>notes.example</bdi>?</h1>");
	assert_has(&page, "<dt>Program</dt><dd><bdi>Claude</bdi><span class=\"soft\">, a name that it gave itself</span></dd>");
	assert_has(&page, "<dt>Published by</dt><dd><bdi>claude.ai</bdi></dd>");
	assert_has(&page, "<dt>Server</dt><dd><bdi>https://notes.example/mcp</bdi></dd>");
	assert_has(&page,
		"<dt>Afterwards you are sent to</dt><dd><strong><bdi>claude.ai</bdi></strong>"
		"<span class=\"uri\"><bdi>https://claude.ai/api/mcp/auth_callback</bdi></span></dd>");
	assert_has(&page, "<li>read your notes <code class=\"soft\"><bdi>notes:read</bdi></code></li>");
	assert_has(&page, "<li>change &amp; delete your notes <code class=\"soft\"><bdi>notes:write</bdi></code></li>");
	assert_has(&page, "<li><code><bdi>odd&lt;scope&gt;</bdi></code></li>");
	assert_lacks(&page, "signed in as");
	assert_lacks(&page, "class=\"note\"");
}

static void test_consent_tells_what_is_known_SEC_02(void **state)
{
	auto_page page = PAGE(STR("gate.example"));
	struct consent consent = usual();

	(void)state;
	consent.vouched = true;
	consent.client_id = STR("claude");
	consent.resource_name = STR("Notes <of> the team");
	consent.user = STR("ada@example.org");
	consent.scopes.n = 0;
	page_consent(&page, &consent);
	assert_well_formed(&page);
	assert_has(&page, "to use <bdi>Notes &lt;of&gt; the team</bdi>?</h1>");
	assert_has(&page, "<dt>Program</dt><dd><bdi>Claude</bdi></dd>");
	assert_has(&page, "<dt>You are signed in as</dt><dd><bdi>ada@example.org</bdi></dd>");
	assert_lacks(&page, "Published by");
	assert_lacks(&page, "It will be able to");
}

static void test_consent_form_SEC_02_BK_18(void **state)
{
	auto_page page = PAGE(STR("gate.example")), other = PAGE(STR("gate.example"));
	struct consent consent = usual();

	(void)state;
	consent.token = STR("t\">");
	page_consent(&page, &consent);
	assert_well_formed(&page);
	assert_has(&page, "<form method=\"post\" autocomplete=\"off\" action=\"/oauth/authorize\">");
	assert_has(&page, "<input type=\"hidden\" name=\"request\" value=\"r-1\">");
	assert_has(&page, "<input type=\"hidden\" name=\"token\" value=\"t&quot;&gt;\">");
	assert_has(&page, "type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>");
	assert_has(&page, "type=\"submit\" name=\"decision\" value=\"deny\">Deny</button>");
	consent.request = STR("r-2");
	page_consent(&other, &consent);
	assert_has(&other, "<input type=\"hidden\" name=\"request\" value=\"r-2\">");
	assert_lacks(&other, "r-1");
}

static void assert_warned(const char *const *uris, size_t n, bool warned)
{
	auto_page page = PAGE(STR("gate.example"));
	struct consent consent = usual();
	struct str list[4];

	for (size_t i = 0; i < n; i++)
		list[i] = str_from(uris[i]);
	consent.redirect_uri = list[0];
	consent.redirect_uris = (struct texts){ list, n };
	page_consent(&page, &consent);
	assert_well_formed(&page);
	assert_int_equal(has(&page.html, "Did you start this yourself?"), warned);
}

static void test_consent_warns_of_loopback_CI_10(void **state)
{
	static const char *const loopback[] = { "http://127.0.0.1:51004/cb", "http://localhost/cb", "http://[::1]/cb" };
	static const char *const mixed[] = { "http://127.0.0.1:51004/cb", "https://app.example/cb" };
	static const char *const private[] = { "cursor://host/cb" };
	static const char *const likeness[] = { "http://127.0.0.1.evil/cb" };

	(void)state;
	assert_warned(loopback, 3, true);
	assert_warned(loopback, 1, true);
	assert_warned(mixed, 2, false);
	assert_warned(private, 1, false);
	assert_warned(likeness, 1, false);
}

static void assert_receiver(const char *uri, const char *receiver)
{
	auto_page page = PAGE(STR("gate.example"));
	struct consent consent = usual();

	consent.redirect_uri = str_from(uri);
	page_consent(&page, &consent);
	assert_well_formed(&page);
	assert_has(&page, receiver);
}

static void test_consent_shows_the_redirect_host_CI_10(void **state)
{
	(void)state;
	assert_receiver("https://app.example:8443/cb", "sent to</dt><dd><strong><bdi>app.example:8443</bdi></strong>");
	assert_receiver("http://127.0.0.1:51004/cb", "a program on this device, at <strong><bdi>127.0.0.1:51004</bdi></strong>");
	assert_receiver("http://[::1]:9/cb", "a program on this device, at <strong><bdi>[::1]:9</bdi></strong>");
	assert_receiver("cursor://anysphere.cursor-mcp/oauth/callback",
		"opens <strong><bdi>cursor</bdi></strong> links, at <strong><bdi>anysphere.cursor-mcp</bdi></strong>");
	assert_receiver("com.example.app:/cb", "opens <strong><bdi>com.example.app</bdi></strong> links<span");
	assert_receiver("https://claude.ai@evil.example/", "<strong>an address that can't be read</strong>");
	assert_receiver("https://xn--cladue-example.test/cb", "<strong><bdi>xn--cladue-example.test</bdi></strong>");
}

static void test_consent_bears_any_name_SEC_02_CI_14(void **state)
{
	auto_page page = PAGE(STR("gate.example"));
	struct consent consent = usual();

	(void)state;
	consent.client_name = STR("</bdi></h1><img src=https://evil.example/logo.png><h1>");
	page_consent(&page, &consent);
	assert_well_formed(&page);
	buf_clear(&page.html);
	buf_clear(&page.policy);
	consent.client_name = STR(" \xe2\x80\x8b ");
	page_consent(&page, &consent);
	assert_has(&page, "<h1>Allow a program without a name to use");
	buf_clear(&page.html);
	buf_clear(&page.policy);
	consent.client_name = STR("0123456789012345678901234567890123456789012345678901234567890123456789");
	page_consent(&page, &consent);
	assert_has(&page, "<h1>Allow <bdi>012345678901234567890123456789012345678901234567890123456789\xe2\x80\xa6</bdi> to use");
}

static void test_page_that_is_too_long_says_so(void **state)
{
	auto_page page = PAGE(STR("gate.example"));
	struct consent consent = usual();
	struct str *scopes = memory_new(20000 * sizeof(*scopes));

	(void)state;
	for (size_t i = 0; i < 20000; i++)
		scopes[i] = STR("a-scope-of-some-length");
	consent.scopes = (struct texts){ scopes, 20000 };
	page_consent(&page, &consent);
	assert_true(page.html.failed);
	free_pointer(&scopes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_consent_names_who_what_and_where_SEC_02_CI_10),
		cmocka_unit_test(test_consent_tells_what_is_known_SEC_02),
		cmocka_unit_test(test_consent_form_SEC_02_BK_18),
		cmocka_unit_test(test_consent_warns_of_loopback_CI_10),
		cmocka_unit_test(test_consent_shows_the_redirect_host_CI_10),
		cmocka_unit_test(test_consent_bears_any_name_SEC_02_CI_14),
		cmocka_unit_test(test_page_that_is_too_long_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
