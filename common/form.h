/* SPDX-License-Identifier: MIT */
/*
 * Queries and bodies of the type application/x-www-form-urlencoded (WHATWG URL 5), written and read. OAuth sends its parameters so,
 * each at most once (OAuth 2.1 3.1), so a reader counts the copies.
 */
#ifndef GATEHOUSE_FORM_H
#define GATEHOUSE_FORM_H

#include "str.h"

/* Percent-encoded. Appends. */
void form_encode(struct buf *out, struct str text);

/* name=value, percent-encoded, after an "&" unless it is the first. Appends. */
void form_add(struct buf *form, const char *name, struct str value);

/* A parameter that somebody looks at. An empty value counts as none (RFC 6749 3.1). */
struct form_field {
	const char *name;
	struct str value; /* of the first copy; borrowed from form_read's memory */
	unsigned copies;
};

/*
 * Fills the fields (set their names before) from `text`; unknown names are passed over. False when a part of it is no UTF-8 without
 * control bytes, or has a "%" without two digits. *memory is new in any case.
 */
bool form_read(struct str text, struct form_field *field, size_t n, char **memory) MUST_USE;

#endif
