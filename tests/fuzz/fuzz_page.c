/* SPDX-License-Identifier: MIT */
/*
 * Lines of the input are what strangers say: name, client_id, redirect URI, a scope, another redirect URI. Whatever they are, the
 * pages are well-formed and have the same tags as with text in which nothing could be markup.
 */
#include "../support/html_check.h"
#include "fuzz.h"
#include "page.h"
#include "page_parts.h"
#include "url.h"

#define FIELDS 5

struct said {
	struct str name, id, uri, scope, other;
};

/* The same text with "{" for what could be markup; "{" has no place in any URL either. A URL that can be parsed stays. */
static struct str harmless(struct str text, struct buf *room)
{
	struct url url;

	if (url_parse(text, &url))
		return text;
	for (size_t i = 0; i < text.n; i++)
		buf_add_byte(room, str_has(STR("<>&\"'"), text.p[i]) ? '{' : text.p[i]);
	return buf_str(room);
}

static void consent(struct page *page, const struct said *said)
{
	struct str uris[] = { said->uri, said->other }, scopes[] = { said->scope, STR("read") };
	const struct scope_meaning words[] = { { STR("read"), STR("read \"your\" notes") } };

	page_consent(page,
		&(struct consent){ .client_name = said->name,
			.client_id = said->id,
			.redirect_uri = said->uri,
			.redirect_uris = { uris, 2 },
			.scopes = { scopes, 2 },
			.table = { words, 1 },
			.resource = said->other,
			.resource_name = said->scope,
			.user = said->scope,
			.action = STR("/oauth/authorize"),
			.login = said->other,
			.request = said->scope,
			.token = said->name });
}

static void access(struct page *page, const struct said *said)
{
	struct str scopes[] = { said->scope };
	const struct access_grant grants[] = { { said->id, said->name, said->id, said->uri, { scopes, 1 },
		(int64_t)said->name.n * 1000003, (int64_t)said->uri.n << 32 } };

	page_access(page,
		&(struct access){ .user = said->name,
			.grants = grants,
			.grants_n = 1,
			.action = said->uri,
			.sign_out = STR("/out"),
			.token = said->other });
}

static void error(struct page *page, const struct said *said)
{
	page_error(page, (enum page_problem)(said->name.n % PROBLEM_COUNT), said->id, said->scope);
}

static void onward(struct page *page, const struct said *said)
{
	page_onward(page, said->uri);
}

/* No text may reorder what stands around it (UAX 9), nor hide. */
static void check_characters(struct str html)
{
	for (size_t i = 0; i + 2 < html.n; i++) {
		unsigned char a = (unsigned char)html.p[i], b = (unsigned char)html.p[i + 1], c = (unsigned char)html.p[i + 2];

		must(!(a == 0xc2 && b < 0xa0));
		must(!(a == 0xe2 && b == 0x80 && ((c >= 0x8b && c <= 0x8f) || (c >= 0xa8 && c <= 0xae))));
		must(!(a == 0xe2 && b == 0x81 && c >= 0xa0 && c <= 0xaf));
		must(!(a == 0xef && b == 0xbb && c == 0xbf));
	}
}

static void check_policy(struct str policy)
{
	struct str directive, source;
	size_t directives = 0, sources = 0;

	must(str_is_printable(policy) && !str_has(policy, ','));
	while (str_cut(&policy, ';', &directive)) {
		directives++;
		for (sources = 0; str_word(&directive, &source); sources++)
			must(!str_has(source, '*'));
	}
	must(directives == 5 && sources >= 2 && sources <= 4); /* form-action is the last */
}

static void check(void (*fill)(struct page *, const struct said *), const struct said *said, const struct said *neutral)
{
	auto_page page = PAGE(STR("gate.example")), plain = PAGE(STR("gate.example"));
	auto_buf tags = BUF(PAGE_BYTES), plain_tags = BUF(PAGE_BYTES);

	fill(&page, said);
	fill(&plain, neutral);
	must(!page.policy.failed && !plain.html.failed);
	if (page.html.failed)
		return;
	must(html_fault(buf_str(&page.html), &tags) == NULL);
	must(html_fault(buf_str(&plain.html), &plain_tags) == NULL);
	must(str_eq(buf_str(&tags), buf_str(&plain_tags)));
	check_characters(buf_str(&page.html));
	check_policy(buf_str(&page.policy));
}

static void check_text(struct str text)
{
	auto_buf escaped = BUF(65536 * 8), said = BUF(65536);
	struct str rest;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return;
	}
	page_text(&escaped, text, WHOLE);
	rest = buf_str(&escaped);
	must(html_cut_text(&rest, '\0', &said) && str_eq(buf_str(&said), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = fuzz_text(data, size), line[FIELDS] = { STR_NONE }, plain[FIELDS];
	struct buf room[FIELDS];

	for (size_t i = 0; i < FIELDS; i++) {
		room[i] = BUF(65536);
		if (!str_cut(&rest, '\n', &line[i]))
			line[i] = STR_NONE;
		plain[i] = harmless(line[i], &room[i]);
		check_text(line[i]);
	}
	for (size_t i = 0; i < 4; i++) {
		static void (*const pages[])(struct page *, const struct said *) = { consent, access, error, onward };

		check(pages[i], &(struct said){ line[0], line[1], line[2], line[3], line[4] },
			&(struct said){ plain[0], plain[1], plain[2], plain[3], plain[4] });
	}
	for (size_t i = 0; i < FIELDS; i++)
		buf_free(&room[i]);
	return 0;
}
