/* SPDX-License-Identifier: MIT */
/*
 * Writes the pages that a person sees to DIRECTORY: of each page NAME, NAME.html and NAME.headers. CLIENT is the redirect URI of a
 * client on this computer, LOGIN the provider's login.
 */
#include <stdio.h>
#include <stdlib.h>

#include "page.h"

#define LITERAL(literal) { (literal), sizeof(literal) - 1 }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *directory;

static const struct scope_meaning sentences[] = { { LITERAL("notes:read"), LITERAL("read your notes") },
	{ LITERAL("notes:write"), LITERAL("write, change and delete your notes") },
	{ LITERAL("offline_access"), LITERAL("keep this access while you are away") } };
static const struct str scopes[] = { LITERAL("notes:read"), LITERAL("notes:write"), LITERAL("offline_access") };
static const struct str odd_scopes[] = { LITERAL("notes:read"), LITERAL("calendar.events.readonly"),
	LITERAL("https://scopes.example/a-scope-without-any-place-where-a-line-could-end/0123456789012345678901234567890123456789"),
	LITERAL("</li><script>alert(1)</script>") };
static const struct str claude_uris[] = { LITERAL("https://claude.ai/api/mcp/auth_callback") };
static const struct str cursor_uris[] = { LITERAL("cursor://anysphere.cursor-mcp/oauth/callback") };
static const struct str long_uris[] = { LITERAL(
	"https://a-very-long-name-that-belongs-to-somebody.and-a-second-part-of-it-that-is-also-long.example:8443/"
	"callback/"
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789?a='b'&c=d") };

static FILE *open_file(const char *name, const char *kind)
{
	auto_buf path = BUF(4096);
	FILE *file;

	buf_print(&path, "%s/%s.%s", directory, name, kind);
	file = fopen(path.p, "we");
	if (file == NULL) {
		perror(path.p);
		exit(111);
	}
	return file;
}

static void write_page(const char *page_name, struct page *page)
{
	FILE *html = open_file(page_name, "html"), *headers = open_file(page_name, "headers");
	const char *name;
	struct str value;

	if (page->html.failed || page->policy.failed)
		exit(111);
	(void)fwrite(page->html.p, 1, page->html.n, html);
	for (size_t i = 0; page_header(page, i, &name, &value); i++)
		fprintf(headers, "%s: %.*s\n", name, STR_ARGS(value));
	if (fclose(html) != 0 || fclose(headers) != 0)
		exit(111);
	page_free(page);
	*page = PAGE(STR("gate.example"));
}

static void write_consents(struct page *page, struct str client, struct str login)
{
	struct str here[] = { client };
	struct consent consent = { .client_name = STR("Claude"),
		.client_id = STR("https://claude.ai/oauth/mcp-client.json"),
		.redirect_uri = claude_uris[0],
		.redirect_uris = { claude_uris, 1 },
		.scopes = { scopes, COUNT(scopes) },
		.table = { sentences, COUNT(sentences) },
		.resource = STR("https://notes.example/mcp"),
		.resource_name = STR("Notes of the team"),
		.action = STR("/oauth/authorize"),
		.request = STR("request-1"),
		.token = STR("token-1") };

	page_consent(page, &consent);
	write_page("consent", page);
	consent.client_name = STR("Cursor");
	consent.client_id = STR("cursor");
	consent.vouched = true;
	consent.redirect_uri = cursor_uris[0];
	consent.redirect_uris = (struct texts){ cursor_uris, 1 };
	page_consent(page, &consent);
	write_page("consent-private", page);
	consent.client_name = STR("mcp-remote");
	consent.client_id = STR("s.0123456789");
	consent.vouched = false;
	consent.user = STR("ada@example.org");
	consent.redirect_uri = client;
	consent.redirect_uris = (struct texts){ here, 1 };
	consent.login = login;
	page_consent(page, &consent);
	write_page("consent-local", page);
	consent.client_name =
		STR("</bdi><img src=x onerror=alert(1)>\xe2\x80\xae\xd8\xa8\xd8\xb1\xd9\x86\xd8\xa7\xd9\x85\xd8\xac "
		    "Z\xcc\xb5\xcc\xa1\xcc\xa2\xcc\x9b\xcc\x97\xcc\xad\xcc\xafWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW");
	consent.redirect_uri = long_uris[0];
	consent.redirect_uris = (struct texts){ long_uris, 1 };
	consent.scopes = (struct texts){ odd_scopes, COUNT(odd_scopes) };
	consent.resource_name = STR_NONE;
	consent.user = STR("a-very-long-name-without-any-blank-0123456789012345678901234567890123456789@example.org");
	page_consent(page, &consent);
	write_page("consent-hostile", page);
}

static void write_access(struct page *page)
{
	const struct access_grant grants[] = {
		{ STR("grant-1"), STR("Claude"), STR("https://claude.ai/oauth/mcp-client.json"), STR("https://notes.example/mcp"),
			{ scopes, COUNT(scopes) }, 1790000000, 1795261623 },
		{ STR("grant-2"), STR("<b>\xe2\x80\xaeWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"), STR("s.1"),
			STR("https://calendar.example/mcp"), { odd_scopes, COUNT(odd_scopes) }, 1795000000, 0 },
	};
	struct access access = { .user = STR("ada@example.org"),
		.table = { sentences, COUNT(sentences) },
		.action = STR("/oauth/access"),
		.sign_out = STR("/oauth/logout"),
		.token = STR("token-1") };

	page_access(page, &access);
	write_page("access-empty", page);
	access.grants = grants;
	access.grants_n = COUNT(grants);
	page_access(page, &access);
	write_page("access", page);
}

int main(int argc, char **argv)
{
	auto_page page = PAGE(STR("gate.example"));

	if (argc != 4) {
		fputs("usage: pages DIRECTORY CLIENT LOGIN\n", stderr);
		return 100;
	}
	directory = argv[1];
	write_consents(&page, str_from(argv[2]), str_from(argv[3]));
	write_access(&page);
	page_onward(&page, str_from(argv[2]));
	write_page("onward", &page);
	page_onward(&page, STR("cursor://anysphere.cursor-mcp/oauth/callback?code=x&state=y"));
	write_page("onward-private", &page);
	page_error(&page, PROBLEM_REDIRECT_URI, STR("2f9c04d1"), STR("https://evil.example/\"><script>alert(1)</script>"));
	write_page("error", &page);
	page_error(&page, PROBLEM_INTERNAL, STR("2f9c04d1"), STR_NONE);
	write_page("error-internal", &page);
	page_signed_out(&page, STR("/oauth/access"));
	write_page("signed-out", &page);
	return 0;
}
