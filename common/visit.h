/* SPDX-License-Identifier: MIT */
/* One request of a person's browser to our pages. */
#ifndef GATEHOUSE_VISIT_H
#define GATEHOUSE_VISIT_H

#include "address.h"
#include "browser.h"
#include "page.h"
#include "settings.h"
#include "table.h"

#define VISIT_FORM_BYTES 65536

struct visit {
	struct http *http;
	const struct settings *settings;
	struct browser browser;
	struct str method, path, query;
	struct str address; /* of who asks, as the limits count it; empty: unknown */
	struct address client;
	struct buf form; /* the body of a POST; may have secrets */
	int64_t now;     /* seconds */
};

/* Ended by visit_end. */
void visit_begin(struct visit *visit, struct http *http, const struct settings *settings, int64_t now);
void visit_end(struct visit *visit);

/* The body of a POST. False, and answered, when it is no form of at most VISIT_FORM_BYTES. */
bool visit_read_form(struct visit *visit) MUST_USE;

/*
 * May this address make us keep one more thing for a while, a decision or a login? Anybody can, before we know who it is. False,
 * and answered, when there were too many.
 */
bool visit_may_keep(struct visit *visit, struct table *table) MUST_USE;

/* Answers with an error page (site.h). */
void visit_refuse(struct visit *visit, enum page_problem problem, struct str about, const char *why);

#endif
