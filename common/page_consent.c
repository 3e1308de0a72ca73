/* SPDX-License-Identifier: MIT */
#include "page_parts.h"
#include "redirect_uri.h"
#include "url.h"

/* The authority of a URI with a private-use scheme (RFC 3986 3.2), as it stands; empty when there is none. */
static struct str authority_of(struct str uri)
{
	struct str rest = str_skip(uri, uri_scheme(uri).n + 1);
	size_t n = 0;

	if (!str_starts(rest, STR("//")))
		return STR_NONE;
	rest = str_skip(rest, 2);
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#')
		n++;
	return str_first(rest, n);
}

static bool is_loopback(struct str uri)
{
	struct url url;

	return url_parse(uri, &url) && url_is_loopback(&url);
}

static bool all_loopback(const struct texts *uris)
{
	for (size_t i = 0; i < uris->n; i++) {
		if (!is_loopback(uris->text[i]))
			return false;
	}
	return uris->n != 0;
}

static void add_strong(struct buf *html, struct str text)
{
	buf_add_text(html, "<strong>");
	page_foreign(html, text, HOST_CHARACTERS);
	buf_add_text(html, "</strong>");
}

/* A program that has a scheme of its own (RFC 8252 7.1). */
static void add_private_receiver(struct buf *html, struct str uri)
{
	struct str authority = authority_of(uri);

	buf_add_text(html, "the program on this device that opens ");
	add_strong(html, uri_scheme(uri));
	buf_add_text(html, " links");
	if (authority.n != 0) {
		buf_add_text(html, ", at ");
		add_strong(html, authority);
	}
}

/* Who will get the access: the host, in words where it is this very device, and the whole URI. */
static void add_receiver(struct buf *html, struct str uri)
{
	auto_buf why = BUF(256);
	struct url url;

	buf_add_text(html, "<div><dt>Afterwards you are sent to</dt><dd>");
	if (url_parse(uri, &url)) {
		buf_add_text(html, url_is_loopback(&url) ? "a program on this device, at " : "");
		add_strong(html, str_skip(url.origin, url.scheme.n + 3));
	} else if (redirect_uri_listable(uri, &why)) {
		add_private_receiver(html, uri);
	} else {
		buf_add_text(html, "<strong>an address that can't be read</strong>");
	}
	buf_add_text(html, "<span class=\"uri\">");
	page_foreign(html, uri, TEXT_CHARACTERS);
	buf_add_text(html, "</span></dd></div>\n");
}

static void add_heading(struct buf *html, const struct consent *consent)
{
	struct url url;
	struct str host = url_parse(consent->resource, &url) ? url.host : consent->resource;

	buf_add_text(html, "<h1>Allow ");
	page_client(html, consent->client_name);
	buf_add_text(html, " to use ");
	page_foreign(html, consent->resource_name.n != 0 ? consent->resource_name : host, NAME_CHARACTERS);
	buf_add_text(html, "?</h1>\n");
}

static void add_facts(struct buf *html, const struct consent *consent)
{
	struct str host = page_client_host(consent->client_id);

	buf_add_text(html, "<dl>\n<div><dt>Program</dt><dd>");
	page_client(html, consent->client_name);
	if (!consent->vouched)
		buf_add_text(html, "<span class=\"soft\">, a name that it gave itself</span>");
	buf_add_text(html, "</dd></div>\n");
	if (host.n != 0)
		page_row(html, "Published by", host, HOST_CHARACTERS);
	page_row(html, "Server", consent->resource, TEXT_CHARACTERS);
	add_receiver(html, consent->redirect_uri);
	if (consent->user.n != 0)
		page_row(html, "You are signed in as", consent->user, TEXT_CHARACTERS);
	buf_add_text(html, "</dl>\n");
}

/* CIMD 6.4: whoever runs a program on this computer can take any client's name. */
static void add_loopback_warning(struct buf *html)
{
	buf_add_text(html,
		"<section class=\"note\" aria-labelledby=\"caution\">\n<h2 id=\"caution\">Did you start this yourself?</h2>\n");
	page_paragraph(html,
		"The access goes to a program on this computer, and nobody can tell which one: any program here can "
		"give itself this name. Allow it only if you have just started it.");
	buf_add_text(html, "</section>\n");
}

static void add_scopes(struct buf *html, const struct consent *consent)
{
	if (consent->scopes.n == 0)
		return;
	buf_add_text(html, "<h2>It will be able to</h2>\n");
	page_scopes(html, &consent->scopes, &consent->table);
}

static void add_form(struct buf *html, const struct consent *consent)
{
	buf_add_text(html, "<form method=\"post\" autocomplete=\"off\" action=\"");
	page_text(html, consent->action, WHOLE);
	buf_add_text(html, "\">\n");
	page_hidden(html, "request", consent->request);
	page_hidden(html, "token", consent->token);
	buf_add_text(html,
		"<div class=\"choice\">\n"
		"<button class=\"first\" type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n"
		"<button type=\"submit\" name=\"decision\" value=\"deny\">Deny</button>\n</div>\n</form>\n");
}

void page_consent(struct page *page, const struct consent *consent)
{
	struct buf *html = &page->html;

	page_policy_begin(page, "'self'");
	page_policy_allow(page, consent->redirect_uri);
	page_policy_allow(page, consent->login);
	page_begin(page, "Allow access?", STR_NONE);
	add_heading(html, consent);
	add_facts(html, consent);
	if (all_loopback(&consent->redirect_uris))
		add_loopback_warning(html);
	add_scopes(html, consent);
	add_form(html, consent);
	page_end(page);
}

void page_onward(struct page *page, struct str uri)
{
	struct buf *html = &page->html;
	auto_buf why = BUF(256);
	bool fit = redirect_uri_listable(uri, &why);

	page_policy_begin(page, "'none'");
	page_begin(page, "The next step", fit ? uri : STR_NONE);
	buf_add_text(html, "<h1>On to the next step</h1>\n");
	if (!fit) {
		page_paragraph(html, "There is no safe way on from here. You can close this page.");
	} else {
		page_paragraph(html,
			"If nothing happens by itself, go on by this link. Once the other page or program has opened, you "
			"can close this one.");
		buf_add_text(html, "<p class=\"choice\"><a class=\"button first\" href=\"");
		page_text(html, uri, WHOLE);
		buf_add_text(html, "\">Continue</a></p>\n");
	}
	page_end(page);
}
