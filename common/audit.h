/* SPDX-License-Identifier: MIT */
/*
 * The audit log: one line per decision, to standard error or to a file, as JSON or text. A file is opened for appending, each line
 * is one write(2), nothing is synced; it is opened anew within a second when it was renamed or removed. What the operator does not
 * want to keep about people is left out. Never in it: a token, a query, a header that nobody judged.
 */
#ifndef GATEHOUSE_AUDIT_H
#define GATEHOUSE_AUDIT_H

#include "address.h"
#include "http.h"
#include "outcome.h"
#include "policy.h"
#include "settings.h"

struct audit;

/* Could the file be written? Else false with the reason in `why`. For the start of a program. */
bool audit_check(const struct settings *settings, struct buf *why);

/* `settings` must outlive it. When the file can't be opened, lines go to standard error, which is logged. new */
struct audit *audit_new(const struct settings *settings) MUST_USE;
void audit_free(struct audit *audit);

struct decision {
	enum outcome outcome;
	const struct resource *resource;   /* NULL: none */
	const struct principal *principal; /* NULL: nobody is known */
	const unsigned char *digest;       /* of the credential; NULL: there was none */
	struct str method, path;
	struct str called;            /* tool, prompt or resource; empty: what the header says */
	const struct address *client; /* NULL: no address */
	uint64_t asked;               /* how often the request waited for a provider */
	int64_t now;                  /* seconds */
};

void audit_write(struct audit *audit, const struct http *http, const struct decision *decision);

#endif
