/* SPDX-License-Identifier: MIT */
/*
 * What can be known of a condition before it is asked: it may let in somebody else than it seems to say, or look at what is not
 * seen here.
 */
#ifndef GATEHOUSE_CONDITION_REVIEW_H
#define GATEHOUSE_CONDITION_REVIEW_H

#include "expression.h"
#include "settings.h"

/* A condition, and where it stands. */
struct condition_review {
	const struct settings *settings;
	const struct resource *resource;
	const struct operation_rule *rule; /* whose `when` it is; NULL: it is a `rule` */
	const struct condition *condition;
	struct buf *errors, *notes; /* a line for each thing, FILE:LINE:COLUMN: ... */
};

/* What must not be is a line in `errors`, what looks like a mistake one in `notes`. */
void condition_review(const struct condition_review *review, const struct expression *expression);

#endif
