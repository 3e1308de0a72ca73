/* SPDX-License-Identifier: MIT */
#include <openssl/evp.h>
#include <string.h>

#include "../support/html_check.h"
#include "crypto.h"
#include "page.h"
#include "page_parts.h"
#include "unit.h"

/* STR where only constants may stand. */
#define LITERAL(literal)                                                                                                           \
	{                                                                                                                          \
		(literal), sizeof(literal) - 1                                                                                     \
	}

/* ---- helpers ---- */

static bool has(const struct buf *text, const char *part)
{
	return text->p != NULL && strstr(text->p, part) != NULL;
}

#define assert_has(page, part)                                                                                                     \
	do {                                                                                                                       \
		if (!has(&(page)->html, part)) {                                                                                   \
			print_error("the page lacks: %s\n", part);                                                                 \
			_fail(__FILE__, __LINE__);                                                                                 \
		}                                                                                                                  \
	} while (0)
#define assert_lacks(page, part) assert_false(has(&(page)->html, part))

static void assert_well_formed(const struct page *page)
{
	auto_buf tags = BUF(PAGE_BYTES);
	const char *fault = html_fault(buf_str(&page->html), &tags);

	assert_false(page->html.failed);
	if (fault != NULL)
		fail_msg("%s:\n%s", fault, page->html.p);
	assert_true(has(&tags, "<html lang=en"));
	assert_has(page, "<h1>");
	assert_null(strstr(strstr(page->html.p, "<h1>") + 1, "<h1>"));
	assert_lacks(page, "<script");
	assert_lacks(page, "<img");
	assert_lacks(page, " style=");
	assert_lacks(page, "url(");
}

static struct str header(const struct page *page, const char *wanted)
{
	const char *name;
	struct str value;

	for (size_t i = 0; page_header(page, i, &name, &value); i++) {
		if (str_is(str_from(name), wanted))
			return value;
	}
	return STR_NONE;
}

#define POLICY(forms)                                                                                                              \
	"default-src 'none'; style-src %s; frame-ancestors 'none'; base-uri 'none'; form-action " forms, page_style_source

static void assert_forms(const struct page *page, const char *sources)
{
	auto_buf expected = BUF(PAGE_POLICY_BYTES);

	buf_print(&expected, POLICY("%s"), sources);
	assert_str(header(page, "Content-Security-Policy"), expected.p);
}

static const struct scope_words words[] = { { LITERAL("notes:read"), LITERAL("read your notes") },
	{ LITERAL("notes:write"), LITERAL("change & delete your notes") } };

static struct consent usual(void)
{
	static const struct str uris[] = { LITERAL("https://claude.ai/api/mcp/auth_callback") };
	static const struct str scopes[] = { LITERAL("notes:read"), LITERAL("notes:write"), LITERAL("odd<scope>") };

	return (struct consent){ .client_name = STR("Claude"),
		.client_id = STR("https://claude.ai/oauth/client.json"),
		.redirect_uri = uris[0],
		.redirect_uris = { uris, N_OF(uris) },
		.scopes = { scopes, N_OF(scopes) },
		.table = { words, N_OF(words) },
		.resource = STR("https://notes.example/mcp"),
		.action = STR("/oauth/authorize"),
		.request = STR("r-1"),
		.token = STR("t-1") };
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

/* ---- text ---- */

static void assert_text_cut(const char *text, size_t n, size_t most, const char *expected, const char *file, int line)
{
	auto_buf out = BUF(4096);

	page_text(&out, (struct str){ text, n }, most);
	assert_str_at(buf_str(&out), expected, file, line);
}

#define assert_text(text, expected) assert_text_cut(text, sizeof(text) - 1, WHOLE, expected, __FILE__, __LINE__)
#define assert_cut(text, most, expected) assert_text_cut(text, sizeof(text) - 1, most, expected, __FILE__, __LINE__)

static void test_text_has_no_markup_SEC_02(void **state)
{
	(void)state;
	assert_text("", "");
	assert_text("Claude Code 2.1", "Claude Code 2.1");
	assert_text("<b onclick='x()'>&amp;\"", "&lt;b onclick=&#39;x()&#39;&gt;&amp;amp;&quot;");
	assert_text("</bdi><script>", "&lt;/bdi&gt;&lt;script&gt;");
	assert_text("Zo\xc3\xab \xe4\xb8\xad \xf0\x9f\x98\x80 \xd8\xb9 e\xcc\x81 \xe2\x9d\xa4\xef\xb8\x8f",
		"Zo\xc3\xab \xe4\xb8\xad \xf0\x9f\x98\x80 \xd8\xb9 e\xcc\x81 \xe2\x9d\xa4\xef\xb8\x8f");
}

static void test_hidden_characters_are_shown_SEC_02(void **state)
{
	(void)state;
	assert_text("a\0b\nc\x7f", "a[U+0000]b[U+000A]c[U+007F]");
	assert_text("\xc2\x85", "[U+0085]"); /* C1 control */
	assert_text("safe\xe2\x80\xae"
		    "exe.txt",
		"safe[U+202E]exe.txt");                                /* right-to-left override */
	assert_text("\xe2\x81\xa6x\xe2\x81\xa9", "[U+2066]x[U+2069]"); /* isolates */
	assert_text("\xe2\x80\x8f\xd8\x9c", "[U+200F][U+061C]");       /* marks */
	assert_text("Cla\xe2\x80\x8bude", "Cla[U+200B]ude");           /* zero width */
	assert_text("Cla\xc2\xadude\xef\xbb\xbf", "Cla[U+00AD]ude[U+FEFF]");
	assert_text("\xe3\x85\xa4\xe2\xa0\x80", "[U+3164][U+2800]"); /* filler, blank pattern */
	assert_text("\xf3\xa0\x81\x81", "[U+E0041]");                /* tag */
	assert_text("\xee\x80\x80\xef\xbf\xbf", "[U+E000][U+FFFF]"); /* private use, noncharacter */
	assert_text("\xf0\x9f\xbf\xbe", "[U+1FFFE]");
	assert_text("e\xcc\x81\xcc\xa3\xcc\x81\xcc\x81u\xcc\x88", "e\xcc\x81\xcc\xa3[U+0301][U+0301]u\xcc\x88"); /* piled marks */
	assert_text("a\xc2\xa0"
		    "b\xe3\x80\x80"
		    "c",
		"a b c"); /* blanks are blanks */
}

static void test_broken_utf8_is_replaced_SEC_02(void **state)
{
	(void)state;
	assert_text("a\xff"
		    "b",
		"a\xef\xbf\xbd"
		"b");
	assert_text("\xc3", "\xef\xbf\xbd");
	assert_text("\x80<", "\xef\xbf\xbd&lt;");
	assert_text("\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd"); /* overlong "<" */
	assert_text("\xe2\x80<", "\xef\xbf\xbd\xef\xbf\xbd&lt;");
	assert_text("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_long_text_is_cut_visibly_SEC_02(void **state)
{
	(void)state;
	assert_cut("Claude", 6, "Claude");
	assert_cut("Claude", 5, "Claud\xe2\x80\xa6");
	assert_cut("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 2, "\xe4\xb8\xad\xe4\xb8\xad\xe2\x80\xa6");
	assert_cut("<<<", 1, "&lt;\xe2\x80\xa6");
}

static void test_visible(void **state)
{
	(void)state;
	assert_true(page_text_is_visible(STR("x")));
	assert_true(page_text_is_visible(STR("\xff")));
	assert_false(page_text_is_visible(STR("")));
	assert_false(page_text_is_visible(STR(" \xc2\xa0\xe2\x80\x8b\xe3\x85\xa4\n")));
}

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

/* ---- consent ---- */

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
		assert_in_range(page_problem_status((enum page_problem)i), 400, 502);
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
		cmocka_unit_test(test_text_has_no_markup_SEC_02),
		cmocka_unit_test(test_hidden_characters_are_shown_SEC_02),
		cmocka_unit_test(test_broken_utf8_is_replaced_SEC_02),
		cmocka_unit_test(test_long_text_is_cut_visibly_SEC_02),
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_headers_BK_17_SEC_02),
		cmocka_unit_test(test_style_is_the_one_named_BK_17),
		cmocka_unit_test(test_forms_lead_to_the_client_BK_17),
		cmocka_unit_test(test_forms_lead_nowhere_else_BK_17),
		cmocka_unit_test(test_consent_names_who_what_and_where_SEC_02_CI_10),
		cmocka_unit_test(test_consent_tells_what_is_known_SEC_02),
		cmocka_unit_test(test_consent_form_SEC_02_BK_18),
		cmocka_unit_test(test_consent_warns_of_loopback_CI_10),
		cmocka_unit_test(test_consent_shows_the_redirect_host_CI_10),
		cmocka_unit_test(test_consent_bears_any_name_SEC_02_CI_14),
		cmocka_unit_test(test_page_that_is_too_long_says_so),
		cmocka_unit_test(test_onward_links_and_refreshes_BK_17),
		cmocka_unit_test(test_onward_never_runs_code_BK_17),
		cmocka_unit_test(test_error_pages_RD_03),
		cmocka_unit_test(test_error_about_nothing),
		cmocka_unit_test(test_signed_out),
		cmocka_unit_test(test_access_lists_grants),
		cmocka_unit_test(test_access_of_nobody),
		cmocka_unit_test(test_access_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
