/* SPDX-License-Identifier: MIT */
/* The name that somebody probably meant: the fewest letters to change, drop or add (Levenshtein), two at most. */
#ifndef GATEHOUSE_NEAR_H
#define GATEHOUSE_NEAR_H

#include "str.h"

/* found: the nearest name that was tried so far; NULL: none is near. */
struct near {
	struct str wanted;
	size_t away;
	const char *found;
};

struct near near_to(struct str wanted) MUST_USE;
/* `name` may be NULL. borrowed */
void near_try(struct near *near, const char *name);

#endif
