/* SPDX-License-Identifier: MIT */
#include "page_parts.h"

#define DAY 86400
#define FULL_BYTES (PAGE_BYTES - 64 * 1024) /* with this much no further grant is begun: the longest has room behind it */
/* Years 1970 to 9999; beyond them a time is shown as unknown. */
#define LAST_SECOND 253402300799

struct date {
	int64_t year;
	unsigned month, day; /* from 1 */
};

/* The Gregorian calendar in years that begin in March, so that leap days come last; 719468 days lie between 0000-03-01 and 1970. */
static struct date date_of(int64_t days)
{
	int64_t shifted = days + 719468, era = shifted / 146097, day_of_era = shifted % 146097;
	int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100), month = (5 * day_of_year + 2) / 153;

	return (struct date){ .year = year + era * 400 + (month >= 10 ? 1 : 0),
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1) };
}

static void add_time(struct buf *html, int64_t time)
{
	static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	struct date date;

	if (time < 0 || time > LAST_SECOND) {
		buf_add_text(html, "at an unknown time");
		return;
	}
	date = date_of(time / DAY);
	buf_print(html, "<time datetime=\"%04d-%02u-%02uT%02d:%02dZ\">%u %s %d, %02d:%02d UTC</time>", (int)date.year, date.month,
		date.day, (int)(time % DAY / 3600), (int)(time % 3600 / 60), date.day, months[date.month - 1], (int)date.year,
		(int)(time % DAY / 3600), (int)(time % 3600 / 60));
}

static void add_time_row(struct buf *html, const char *label, int64_t time, bool never)
{
	buf_print(html, "<div><dt>%s</dt><dd>", label);
	if (never)
		buf_add_text(html, "never");
	else
		add_time(html, time);
	buf_add_text(html, "</dd></div>\n");
}

static void add_grant(struct buf *html, const struct access *access, const struct access_grant *grant)
{
	struct str host = page_client_host(grant->client_id);

	buf_add_text(html, "<li>\n<h2>");
	page_client(html, grant->client_name);
	buf_add_text(html, "</h2>\n<dl>\n");
	if (host.n != 0)
		page_row(html, "Published by", host, HOST_CHARACTERS);
	page_row(html, "Server", grant->resource, TEXT_CHARACTERS);
	add_time_row(html, "Since", grant->since, false);
	add_time_row(html, "Last used", grant->last_used, grant->last_used == 0);
	buf_add_text(html, "</dl>\n");
	if (grant->scopes.n != 0) {
		buf_add_text(html, "<p>It is able to</p>\n");
		page_scopes(html, &grant->scopes, &access->table);
	}
	buf_add_text(html, "<p class=\"choice\"><button type=\"submit\" name=\"grant\" value=\"");
	page_text(html, grant->id, WHOLE);
	buf_add_text(html, "\">End access<span class=\"unseen\"> of ");
	page_client(html, grant->client_name);
	buf_add_text(html, "</span></button></p>\n</li>\n");
}

static void begin_form(struct buf *html, const struct access *access, struct str action)
{
	buf_add_text(html, "<form method=\"post\" autocomplete=\"off\" action=\"");
	page_text(html, action, WHOLE);
	buf_add_text(html, "\">\n");
	page_hidden(html, "token", access->token);
}

static void add_grants(struct buf *html, const struct access *access)
{
	size_t shown = 0;

	if (access->grants_n == 0) {
		page_paragraph(html, "No program has access.");
		return;
	}
	page_paragraph(
		html, "These programs act for you. Access that you end here stops soon; the program can ask you for it again.");
	begin_form(html, access, access->action);
	buf_add_text(html, "<ul class=\"grants\">\n");
	while (shown < access->grants_n && html->n < FULL_BYTES)
		add_grant(html, access, &access->grants[shown++]);
	buf_add_text(html, "</ul>\n</form>\n");
	if (shown < access->grants_n)
		page_paragraph(html, "These are not all. End some of them, and the others take their place.");
}

void page_access(struct page *page, const struct access *access)
{
	struct buf *html = &page->html;

	page_policy_begin(page, "'self'");
	page_begin(page, "Who has access", STR_NONE);
	buf_add_text(html, "<h1>Who has access</h1>\n<p class=\"soft\">You are signed in as ");
	page_foreign(html, access->user, TEXT_CHARACTERS);
	buf_add_text(html, ".</p>\n");
	add_grants(html, access);
	if (access->sign_out.n != 0) {
		begin_form(html, access, access->sign_out);
		buf_add_text(html, "<p class=\"choice apart\"><button type=\"submit\">Sign out</button></p>\n</form>\n");
	}
	page_end(page);
}
