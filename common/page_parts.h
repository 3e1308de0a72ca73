/* SPDX-License-Identifier: MIT */
/* What the files of the page module share; nobody else includes it. */
#ifndef GATEHOUSE_PAGE_PARTS_H
#define GATEHOUSE_PAGE_PARTS_H

#include "page.h"

#define NAME_CHARACTERS 60
#define TEXT_CHARACTERS 300
#define HOST_CHARACTERS 300 /* never cut: a host has at most 253 */
#define WHOLE SIZE_MAX

/*
 * The one way by which text gets into a page, as content or as the value of an attribute in double quotes. At most `most`
 * characters of it, then "..." (as one character).
 */
void page_text(struct buf *out, struct str text, size_t most);
/* Is there anything in it that a person can see? */
bool page_text_is_visible(struct str text) MUST_USE;

/* The stylesheet, and its digest as style-src wants it (CSP 3). */
extern const char page_style[];
extern const char page_style_source[];

/* Starts the policy; what the page's forms may lead to follows, each after a blank. */
void page_policy_begin(struct page *page, const char *forms);
/* Adds where `uri` is, if a browser may be sent there at all. */
void page_policy_allow(struct page *page, struct str uri);

/* All up to the content of <main>, which begins with the only <h1>. `refresh`: where to go by itself, or empty. */
void page_begin(struct page *page, const char *title, struct str refresh);
void page_end(struct page *page);

/* <p>words</p>, where the words are our own markup. */
void page_paragraph(struct buf *html, const char *words);
/* Foreign or long text inside of a line of ours: it can't change the direction of what is around it. */
void page_foreign(struct buf *html, struct str text, size_t most);
/* The client's name, or words for one that has none. */
void page_client(struct buf *html, struct str name);
/* The host of an https client_id, or empty. */
struct str page_client_host(struct str client_id);
/* <input type="hidden">. */
void page_hidden(struct buf *html, const char *name, struct str value);
/* A line of a <dl>. */
void page_row(struct buf *html, const char *label, struct str text, size_t most);
/* <ul> of scopes, in words where there are any. */
void page_scopes(struct buf *html, const struct texts *scopes, const struct scope_table *table);

#endif
