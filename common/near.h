/* SPDX-License-Identifier: MIT */
/*
 * The name that somebody probably meant: the fewest letters to change, drop or add (Levenshtein). Two at most;
 * one, if what was wanted has no more than five: two would be most of it.
 */
#ifndef GATEHOUSE_NEAR_H
#define GATEHOUSE_NEAR_H

#include "str.h"

struct near {
	struct str wanted;
	size_t limit;      /* what is found next must be nearer than so many letters */
	const char *found; /* the nearest name that was tried so far; NULL: none is near */
};

struct near near_to(struct str wanted) MUST_USE;
/* `name` may be NULL. borrowed */
void near_try(struct near *near, const char *name);

#endif
