/* SPDX-License-Identifier: MIT */
#include "page.h"

#include "page_parts.h"
#include "redirect_uri.h"
#include "url.h"

void page_free(struct page *page)
{
	buf_free(&page->html);
	buf_free(&page->policy);
}

/* ---- headers ---- */

bool page_header(const struct page *page, size_t i, const char **name, struct str *value)
{
	static const struct {
		const char *name, *value;
	} fixed[] = {
		{ "Content-Type", "text/html; charset=utf-8" },
		{ "Cache-Control", "no-store" },
		{ "Referrer-Policy", "no-referrer" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "X-Frame-Options", "DENY" },
	};
	const size_t count = sizeof(fixed) / sizeof(fixed[0]);

	if (i > count)
		return false;
	*name = i < count ? fixed[i].name : "Content-Security-Policy";
	*value = i < count ? str_from(fixed[i].value) : buf_str(&page->policy);
	return true;
}

void page_policy_begin(struct page *page, const char *forms)
{
	buf_print(&page->policy, "default-src 'none'; style-src %s; frame-ancestors 'none'; base-uri 'none'; form-action %s",
		page_style_source, forms);
}

/* CSP knows names and IPv4 addresses of letters, digits, "-" and "." (CSP 3, 2.3.1): no [::1] and no "_". */
static bool is_policy_host(struct str host)
{
	return !str_has(host, '[') && !str_has(host, '_');
}

void page_policy_allow(struct page *page, struct str uri)
{
	struct url url;
	auto_buf why = BUF(256);

	if (!redirect_uri_listable(uri, &why))
		return;
	buf_add_byte(&page->policy, ' ');
	if (url_parse(uri, &url) && is_policy_host(url.host)) {
		buf_add(&page->policy, url.origin);
	} else {
		buf_add(&page->policy, uri_scheme(uri));
		buf_add_byte(&page->policy, ':');
	}
}

/* ---- the frame of a page ---- */

void page_begin(struct page *page, const char *title, struct str refresh)
{
	struct buf *html = &page->html;

	buf_print(html,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" "
		"content=\"noindex\">\n"
		"<title>%s - ",
		title);
	page_text(html, page->site, NAME_CHARACTERS);
	buf_add_text(html, "</title>\n");
	if (refresh.n != 0) {
		buf_add_text(html, "<meta http-equiv=\"refresh\" content=\"0;url=");
		page_text(html, refresh, WHOLE);
		buf_add_text(html, "\">\n");
	}
	buf_add_text(html, "<style>");
	buf_add_text(html, page_style);
	buf_add_text(html, "</style>\n</head>\n<body>\n<header><p>");
	page_foreign(html, page->site, NAME_CHARACTERS);
	buf_add_text(html, "</p></header>\n<main>\n");
}

void page_end(struct page *page)
{
	buf_add_text(&page->html, "</main>\n</body>\n</html>\n");
}

/* ---- parts ---- */

void page_paragraph(struct buf *html, const char *words)
{
	buf_print(html, "<p>%s</p>\n", words);
}

void page_foreign(struct buf *html, struct str text, size_t most)
{
	buf_add_text(html, "<bdi>");
	page_text(html, text, most);
	buf_add_text(html, "</bdi>");
}

void page_client(struct buf *html, struct str name)
{
	if (page_text_is_visible(name))
		page_foreign(html, name, NAME_CHARACTERS);
	else
		buf_add_text(html, "a program without a name");
}

struct str page_client_host(struct str client_id)
{
	struct url url;

	return url_parse(client_id, &url) && str_is(url.scheme, "https") ? url.host : STR_NONE;
}

void page_hidden(struct buf *html, const char *name, struct str value)
{
	buf_print(html, "<input type=\"hidden\" name=\"%s\" value=\"", name);
	page_text(html, value, WHOLE);
	buf_add_text(html, "\">\n");
}

void page_row(struct buf *html, const char *label, struct str text, size_t most)
{
	buf_print(html, "<div><dt>%s</dt><dd>", label);
	page_foreign(html, text, most);
	buf_add_text(html, "</dd></div>\n");
}

static struct str words_of(struct str scope, const struct scope_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		if (str_eq(table->row[i].scope, scope))
			return table->row[i].words;
	}
	return STR_NONE;
}

void page_scopes(struct buf *html, const struct texts *scopes, const struct scope_table *table)
{
	buf_add_text(html, "<ul>\n");
	for (size_t i = 0; i < scopes->n; i++) {
		struct str words = words_of(scopes->text[i], table);

		buf_add_text(html, "<li>");
		if (words.n != 0) {
			page_text(html, words, TEXT_CHARACTERS);
			buf_add_text(html, " <code class=\"soft\">");
		} else {
			buf_add_text(html, "<code>");
		}
		page_foreign(html, scopes->text[i], TEXT_CHARACTERS);
		buf_add_text(html, "</code></li>\n");
	}
	buf_add_text(html, "</ul>\n");
}
