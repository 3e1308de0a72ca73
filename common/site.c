/* SPDX-License-Identifier: MIT */
#include "site.h"

#include "crypto.h"
#include "log.h"

#define RETRY "60"

static void show(struct http *http, const struct settings *settings, const struct browser *browser, int status, struct page *page,
	const char *ended)
{
	const char *name;
	struct str value;

	if (page->html.failed || page->policy.failed) {
		site_refuse(http, settings, browser, PROBLEM_INTERNAL, STR_NONE, "the page is too large");
		return;
	}
	http_status(http, status);
	for (size_t i = 0; page_header(page, i, &name, &value); i++)
		http_header(http, name, value);
	if (status == 429 || status == 503)
		http_header(http, "Retry-After", STR(RETRY));
	/* Another site's form comes without the cookie (SameSite): its refusal must not put a new one in the place of the person's.
	 */
	if (status == 200)
		browser_remember(http, browser);
	if (ended != NULL)
		browser_set(http, browser, ended, STR_NONE);
	http_content(http, buf_str(&page->html));
}

void site_show(struct http *http, const struct settings *settings, const struct browser *browser, int status, struct page *page)
{
	show(http, settings, browser, status, page, NULL);
}

void site_show_ended(
	struct http *http, const struct settings *settings, const struct browser *browser, struct page *page, const char *name)
{
	show(http, settings, browser, 200, page, name);
}

void site_refuse(struct http *http, const struct settings *settings, const struct browser *browser, enum page_problem problem,
	struct str about, const char *why)
{
	auto_page page = PAGE(settings->broker.site_name);
	unsigned char bytes[6];
	auto_buf number = BUF(16);

	crypto_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		buf_print(&number, "%02x", bytes[i]);
	log_event(LOG_WARNING, "page_refused", "%s: %s%s%.*s", number.p, why, about.n != 0 ? ": " : "",
		STR_ARGS(str_first(about, 200)));
	page_error(&page, problem, buf_str(&number), about);
	site_show(http, settings, browser, page_problem_status(problem), &page);
}

static void redirect(struct http *http, int status, const struct browser *browser, struct str url)
{
	http_status(http, status);
	http_header(http, "Location", url);
	http_header(http, "Cache-Control", STR("no-store"));
	http_header(http, "Referrer-Policy", STR("no-referrer"));
	if (browser != NULL)
		browser_remember(http, browser);
	http_content(http, STR_NONE);
}

void site_start(struct http *http, const struct browser *browser, struct str url)
{
	redirect(http, 302, browser, url);
}

void site_go(struct http *http, struct str url)
{
	redirect(http, 303, NULL, url);
}

void site_wrong_method(struct http *http, const char *methods)
{
	http_status(http, 405);
	http_header(http, "Allow", str_from(methods));
	http_content(http, STR_NONE);
}
