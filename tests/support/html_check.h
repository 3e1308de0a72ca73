/* SPDX-License-Identifier: MIT */
/*
 * Is a page of ours well-formed? Stricter than HTML is: every element is closed, attributes stand in double quotes, "<", ">" and
 * "&" occur in markup and escapes only, no control byte but the line feed.
 */
#ifndef GATEHOUSE_HTML_CHECK_H
#define GATEHOUSE_HTML_CHECK_H

#include "str.h"

#define HTML_DEPTH 32

static inline bool html_cut_prefix(struct str *rest, struct str prefix)
{
	if (!str_starts(*rest, prefix))
		return false;
	*rest = str_skip(*rest, prefix.n);
	return true;
}

/* The byte that the escape at the start of `rest` stands for, which is cut off; 0 when it is none of ours. */
static inline char html_cut_escape(struct str *rest)
{
	return html_cut_prefix(rest, STR("&amp;"))     ? '&'
		: html_cut_prefix(rest, STR("&lt;"))   ? '<'
		: html_cut_prefix(rest, STR("&gt;"))   ? '>'
		: html_cut_prefix(rest, STR("&quot;")) ? '"'
		: html_cut_prefix(rest, STR("&#39;"))  ? '\''
						       : '\0';
}

/* Text up to the byte `end`, which stays. `plain` gets what it says; may be NULL. */
static inline bool html_cut_text(struct str *rest, char end, struct buf *plain)
{
	while (rest->n != 0 && rest->p[0] != end) {
		char byte = rest->p[0];

		if (byte == '&')
			byte = html_cut_escape(rest);
		else if (byte == '<' || byte == '>')
			return false;
		else
			*rest = str_skip(*rest, 1);
		if (byte == '\0')
			return false;
		if (plain != NULL)
			buf_add_byte(plain, byte);
	}
	return true;
}

static inline struct str html_cut_name(struct str *rest)
{
	struct str all = *rest;

	while (rest->n != 0 &&
		((rest->p[0] >= 'a' && rest->p[0] <= 'z') || (rest->p[0] >= '0' && rest->p[0] <= '9') || rest->p[0] == '-'))
		*rest = str_skip(*rest, 1);
	return str_first(all, all.n - rest->n);
}

static inline bool html_is_void(struct str name)
{
	return str_is(name, "meta") || str_is(name, "input");
}

/* The attributes of an opening tag and its ">". The values of some are data, so that the skeleton has only their names. */
static inline const char *html_cut_attributes(struct str *rest, struct buf *skeleton)
{
	while (!html_cut_prefix(rest, STR(">"))) {
		struct str before, name;

		if (!html_cut_prefix(rest, STR(" ")))
			return "an opening tag without end";
		name = html_cut_name(rest);
		if (name.n == 0 || !html_cut_prefix(rest, STR("=\"")))
			return "an attribute without name or value";
		before = *rest;
		if (!html_cut_text(rest, '"', NULL))
			return "markup in the value of an attribute";
		buf_print(skeleton, " %.*s", STR_ARGS(name));
		if (!str_is(name, "value") && !str_is(name, "href") && !str_is(name, "content") && !str_is(name, "action"))
			buf_print(skeleton, "=%.*s", STR_ARGS(str_first(before, before.n - rest->n)));
		if (!html_cut_prefix(rest, STR("\"")))
			return "a value without end";
	}
	return NULL;
}

/* What is wrong with the page, NULL when nothing is. `skeleton` gets its tags: two pages that differ in text only have the same. */
static inline const char *html_fault(struct str page, struct buf *skeleton)
{
	struct str open[HTML_DEPTH], rest = page;
	size_t depth = 0;

	if (!str_is_utf8(page))
		return "no UTF-8";
	for (size_t i = 0; i < page.n; i++) {
		if (((unsigned char)page.p[i] < 0x20 && page.p[i] != '\n') || page.p[i] == 0x7f)
			return "a control byte";
	}
	if (!html_cut_prefix(&rest, STR("<!DOCTYPE html>\n")))
		return "no document type";
	while (rest.n != 0) {
		bool closing;
		const char *fault;
		struct str name;

		if (!html_cut_text(&rest, '<', NULL))
			return "markup in text";
		if (rest.n == 0)
			break;
		rest = str_skip(rest, 1);
		closing = html_cut_prefix(&rest, STR("/"));
		name = html_cut_name(&rest);
		if (name.n == 0)
			return "a tag without name";
		buf_print(skeleton, "<%s%.*s", closing ? "/" : "", STR_ARGS(name));
		if (closing) {
			if (depth == 0 || !str_eq(open[--depth], name) || !html_cut_prefix(&rest, STR(">")))
				return "a closing tag that closes nothing";
			continue;
		}
		fault = html_cut_attributes(&rest, skeleton);
		if (fault != NULL)
			return fault;
		if (html_is_void(name))
			continue;
		if (depth == HTML_DEPTH)
			return "too deep";
		open[depth++] = name;
		while (str_is(name, "style") && rest.n != 0 && !str_starts(rest, STR("</style>")))
			rest = str_skip(rest, 1);
	}
	return depth == 0 ? NULL : "an element without end";
}

#endif
