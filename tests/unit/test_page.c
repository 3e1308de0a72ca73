/* SPDX-License-Identifier: MIT */
#include <openssl/evp.h>

#include "crypto.h"
#include "page_fixture.h"

/* ---- headers ---- */

static void test_headers_BK_17_SEC_02(void **state)
{
	auto_page page = PAGE(STR("gate.example"));
	const char *name;
	struct str value;
	size_t n = 0;

	(void)state;
	page_signed_out(&page, STR_NONE);
	while (page_header(&page, n, &name, &value)) {
		assert_true(value.n != 0 && str_is_printable(value));
		n++;
	}
	assert_int_equal(n, 6);
	assert_str(header(&page, "Content-Type"), "text/html; charset=utf-8");
	assert_str(header(&page, "Cache-Control"), "no-store");
	assert_str(header(&page, "Referrer-Policy"), "no-referrer");
	assert_str(header(&page, "X-Content-Type-Options"), "nosniff");
	assert_str(header(&page, "X-Frame-Options"), "DENY");
	assert_forms(&page, "'none'");
}

static void test_style_is_the_one_named_BK_17(void **state)
{
	unsigned char digest[SHA256_BYTES], text[64];
	auto_buf expected = BUF(128);

	(void)state;
	crypto_sha256(str_from(page_style), digest);
	(void)EVP_EncodeBlock(text, digest, SHA256_BYTES);
	buf_print(&expected, "'sha256-%s'", (const char *)text);
	assert_string_equal(page_style_source, expected.p);
	assert_null(strstr(page_style, "</"));
	assert_null(strstr(page_style, "url("));
	assert_null(strstr(page_style, "@import"));
}

/* The policy's form-action for a client with this redirect URI. */
static void assert_forms_of(const char *redirect_uri, const char *login, const char *sources)
{
	auto_page page = PAGE(STR("gate.example"));
	struct consent consent = usual();

	consent.redirect_uri = str_from(redirect_uri);
	consent.login = str_from(login);
	page_consent(&page, &consent);
	assert_well_formed(&page);
	assert_forms(&page, sources);
}

static void test_forms_lead_to_the_client_BK_17(void **state)
{
	(void)state;
	assert_forms_of("https://claude.ai/cb", "", "'self' https://claude.ai");
	assert_forms_of("https://app.example:8443/cb?a=b", "", "'self' https://app.example:8443");
	assert_forms_of("http://127.0.0.1:51004/callback", "", "'self' http://127.0.0.1:51004");
	assert_forms_of("http://localhost:51004/callback", "", "'self' http://localhost:51004");
	assert_forms_of("cursor://anysphere.cursor-mcp/oauth/callback", "", "'self' cursor:");
	assert_forms_of("com.example.app:/cb", "", "'self' com.example.app:");
	/* What CSP has no words for: its scheme. */
	assert_forms_of("http://[::1]:51004/callback", "", "'self' http:");
	assert_forms_of("https://a_b.example/cb", "", "'self' https:");
	assert_forms_of(
		"https://claude.ai/cb", "https://login.example/authorize?x=y", "'self' https://claude.ai https://login.example");
}

static void test_forms_lead_nowhere_else_BK_17(void **state)
{
	static const char *const refused[] = { "", "javascript:alert(1)", "data:text/html,x", "http://app.example/cb",
		"https://x; script-src *", "https://x y", "https://*/cb", "nothing", "https://u@claude.ai/",
		"HTTPS://claude.ai/cb" };

	(void)state;
	for (size_t i = 0; i < N_OF(refused); i++)
		assert_forms_of(refused[i], "", "'self'");
}

/* ---- onward ---- */

static void test_onward_links_and_refreshes_BK_17(void **state)
{
	auto_page page = PAGE(STR("gate.example"));

	(void)state;
	page_onward(&page, STR("cursor://x/cb?code=a&state=b'"));
	assert_well_formed(&page);
	assert_has(&page, "<meta http-equiv=\"refresh\" content=\"0;url=cursor://x/cb?code=a&amp;state=b&#39;\">");
	assert_has(&page, "href=\"cursor://x/cb?code=a&amp;state=b&#39;\">Continue</a>");
	assert_forms(&page, "'none'");
}

static void test_onward_never_runs_code_BK_17(void **state)
{
	auto_page page = PAGE(STR("gate.example"));

	(void)state;
	page_onward(&page, STR("javascript:alert(1)"));
	assert_well_formed(&page);
	assert_lacks(&page, "refresh");
	assert_lacks(&page, "href");
	assert_lacks(&page, "javascript");
}

/* ---- errors ---- */

static void test_error_pages_RD_03(void **state)
{
	(void)state;
	for (int i = 0; i < PROBLEM_COUNT; i++) {
		auto_page page = PAGE(STR("gate.example"));

		page_error(&page, (enum page_problem)i, STR("e-7f3a"), STR("https://evil.example/<script>"));
		assert_well_formed(&page);
		assert_has(&page, "<bdi>e-7f3a</bdi>");
		assert_has(&page, "<bdi>https://evil.example/&lt;script&gt;</bdi>");
		assert_lacks(&page, "href");
		assert_forms(&page, "'none'");
		assert_in_range(page_problem_status((enum page_problem)i), 400, 503);
	}
	assert_int_equal(page_problem_status(PROBLEM_CLIENT_UNKNOWN), 400);
	assert_int_equal(page_problem_status(PROBLEM_REDIRECT_URI), 400);
	assert_int_equal(page_problem_status(PROBLEM_FORM), 403);
}

static void test_error_about_nothing(void **state)
{
	auto_page page = PAGE(STR("gate.example"));

	(void)state;
	page_error(&page, PROBLEM_EXPIRED, STR("e-1"), STR_NONE);
	assert_well_formed(&page);
	assert_lacks(&page, "It is about");
	assert_has(&page, "<h1>This page is too old</h1>");
}

static void test_signed_out(void **state)
{
	auto_page page = PAGE(STR("gate.example")), plain = PAGE(STR("gate.example"));

	(void)state;
	page_signed_out(&page, STR("/login?a=1&b=2"));
	assert_well_formed(&page);
	assert_has(&page, "href=\"/login?a=1&amp;b=2\">Sign in again</a>");
	page_signed_out(&plain, STR_NONE);
	assert_well_formed(&plain);
	assert_lacks(&plain, "href");
}

/* ---- who has access ---- */

static void test_access_lists_grants(void **state)
{
	auto_page page = PAGE(STR("gate.example"));
	struct str scopes[] = { STR("notes:read") };
	const struct access_grant grants[] = {
		{ STR("g-1"), STR("Claude"), STR("https://claude.ai/c.json"), STR("https://notes.example/mcp"), { scopes, 1 },
			951782400, 0 },
		{ STR("g-2"), STR("<b>"), STR("abc"), STR("https://mail.example/mcp"), { NULL, 0 }, 4107542399, 1795261623 },
	};

	(void)state;
	page_access(&page,
		&(struct access){ .user = STR("ada@example.org"),
			.grants = grants,
			.grants_n = 2,
			.table = { words, N_OF(words) },
			.action = STR("/oauth/access"),
			.sign_out = STR("/oauth/logout"),
			.token = STR("t-1") });
	assert_well_formed(&page);
	assert_forms(&page, "'self'");
	assert_has(&page, "You are signed in as <bdi>ada@example.org</bdi>.");
	assert_has(&page, "<h2><bdi>Claude</bdi></h2>");
	assert_has(&page, "<dt>Published by</dt><dd><bdi>claude.ai</bdi></dd>");
	assert_has(&page, "<dt>Server</dt><dd><bdi>https://notes.example/mcp</bdi></dd>");
	assert_has(&page, "<dt>Since</dt><dd><time datetime=\"2000-02-29T00:00Z\">29 February 2000, 00:00 UTC</time></dd>");
	assert_has(&page, "<dt>Last used</dt><dd>never</dd>");
	assert_has(&page, "<li>read your notes <code");
	assert_has(&page, "name=\"grant\" value=\"g-1\">End access<span class=\"unseen\"> of <bdi>Claude</bdi></span></button>");
	assert_has(&page, "<h2><bdi>&lt;b&gt;</bdi></h2>");
	assert_has(&page, "28 February 2100, 23:59 UTC");
	assert_has(&page, "21 November 2026, 11:47 UTC");
	assert_has(&page, "name=\"grant\" value=\"g-2\">End access");
	assert_has(&page, "action=\"/oauth/access\">\n<input type=\"hidden\" name=\"token\" value=\"t-1\">");
	assert_has(&page, "action=\"/oauth/logout\">\n<input type=\"hidden\" name=\"token\" value=\"t-1\">");
}

static void test_access_of_nobody(void **state)
{
	auto_page page = PAGE(STR("gate.example"));

	(void)state;
	page_access(&page, &(struct access){ .user = STR("ada"), .action = STR("/oauth/access"), .token = STR("t-1") });
	assert_well_formed(&page);
	assert_has(&page, "No program has access.");
	assert_lacks(&page, "<form");
}

static void assert_since(int64_t since, const char *shown)
{
	auto_page page = PAGE(STR("gate.example"));
	const struct access_grant grant = { .id = STR("g"), .resource = STR("r"), .since = since };

	page_access(&page, &(struct access){ .user = STR("ada"), .grants = &grant, .grants_n = 1 });
	assert_well_formed(&page);
	assert_has(&page, shown);
}

static void test_access_says_when_it_does_not_show_all(void **state)
{
	static char name[400];
	struct access_grant grants[500];
	struct access access = { .user = STR("ada"), .grants = grants, .grants_n = 2 };

	(void)state;
	memset(name, '&', sizeof(name));
	for (size_t i = 0; i < 500; i++)
		grants[i] = (struct access_grant){
			.id = STR("g"), .client_name = { name, sizeof(name) }, .resource = { name, sizeof(name) }
		};
	for (int round = 0; round < 2; round++) {
		auto_page page = PAGE(STR("Example"));

		page_access(&page, &access);
		assert_false(page.html.failed);
		if (round == 0)
			assert_lacks(&page, "These are not all.");
		else
			assert_has(&page, "</form>\n<p>These are not all.");
		access.grants_n = 500;
	}
}

static void test_access_dates(void **state)
{
	(void)state;
	assert_since(0, "1 January 1970, 00:00 UTC");
	assert_since(1709251199, "29 February 2024, 23:59 UTC");
	assert_since(1709251200, "1 March 2024, 00:00 UTC");
	assert_since(4107542400, "1 March 2100, 00:00 UTC");
	assert_since(253402300799, "31 December 9999, 23:59 UTC");
	assert_since(253402300800, "at an unknown time");
	assert_since(-1, "at an unknown time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers_BK_17_SEC_02),
		cmocka_unit_test(test_style_is_the_one_named_BK_17),
		cmocka_unit_test(test_forms_lead_to_the_client_BK_17),
		cmocka_unit_test(test_forms_lead_nowhere_else_BK_17),
		cmocka_unit_test(test_onward_links_and_refreshes_BK_17),
		cmocka_unit_test(test_onward_never_runs_code_BK_17),
		cmocka_unit_test(test_error_pages_RD_03),
		cmocka_unit_test(test_error_about_nothing),
		cmocka_unit_test(test_signed_out),
		cmocka_unit_test(test_access_lists_grants),
		cmocka_unit_test(test_access_of_nobody),
		cmocka_unit_test(test_access_says_when_it_does_not_show_all),
		cmocka_unit_test(test_access_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
