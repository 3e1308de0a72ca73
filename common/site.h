/* SPDX-License-Identifier: MIT */
/* How the programs that people see answer: pages of page.h with their headers, and redirects. */
#ifndef GATEHOUSE_SITE_H
#define GATEHOUSE_SITE_H

#include "browser.h"
#include "http.h"
#include "page.h"
#include "settings.h"

/* The page, or an error page if it grew too large; with status 200 a new browser gets its cookie. */
void site_show(struct http *http, const struct settings *settings, const struct browser *browser, int status, struct page *page);

/* The same with status 200, which takes the browser's cookie `name` away. */
void site_show_ended(
	struct http *http, const struct settings *settings, const struct browser *browser, struct page *page, const char *name);

/*
 * An error page; the log has its number beside `why`. `about` is foreign text that the page is about, such as a client_id; may be
 * empty.
 */
void site_refuse(struct http *http, const struct settings *settings, const struct browser *browser, enum page_problem problem,
	struct str about, const char *why);

/* 302 to where something begins in this browser. */
void site_start(struct http *http, const struct browser *browser, struct str url);

/* 303 (RFC 9110 15.4.4: whatever came, a GET follows), not to be stored. `url` has been judged by somebody else. */
void site_go(struct http *http, struct str url);

/* 405, with the methods that would do. */
void site_wrong_method(struct http *http, const char *methods);

#endif
