/* SPDX-License-Identifier: MIT */
/* What the tests of pages share: what a page has and lacks, and a usual consent. */
#ifndef GATEHOUSE_PAGE_FIXTURE_H
#define GATEHOUSE_PAGE_FIXTURE_H

#include <string.h>

#include "../support/html_check.h"
#include "page.h"
#include "page_parts.h"
#include "unit.h"

/* STR where only constants may stand. */
#define LITERAL(literal) { (literal), sizeof(literal) - 1 }

static inline bool has(const struct buf *text, const char *part)
{
	return text->p != NULL && strstr(text->p, part) != NULL;
}

#define assert_has(page, part) \
	do { \
		if (!has(&(page)->html, part)) { \
			print_error("the page lacks: %s\n", part); \
			_fail(__FILE__, __LINE__); \
		} \
	} while (0)
#define assert_lacks(page, part) assert_false(has(&(page)->html, part))

static inline void assert_well_formed(const struct page *page)
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

static inline struct str header(const struct page *page, const char *wanted)
{
	const char *name;
	struct str value;

	for (size_t i = 0; page_header(page, i, &name, &value); i++) {
		if (str_is(str_from(name), wanted))
			return value;
	}
	return STR_NONE;
}

#define POLICY(forms) \
	"default-src 'none'; style-src %s; frame-ancestors 'none'; base-uri 'none'; form-action " forms, page_style_source

static inline void assert_forms(const struct page *page, const char *sources)
{
	auto_buf expected = BUF(PAGE_POLICY_BYTES);

	buf_print(&expected, POLICY("%s"), sources);
	assert_str(header(page, "Content-Security-Policy"), expected.p);
}

static const struct scope_meaning words[] = { { LITERAL("notes:read"), LITERAL("read your notes") },
	{ LITERAL("notes:write"), LITERAL("change & delete your notes") } };

static inline struct consent usual(void)
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

#endif
