/* SPDX-License-Identifier: MIT */
/* What verbs that look at an installation have in common: a line per finding, and a state directory. */
#ifndef GATEHOUSE_REPORT_H
#define GATEHOUSE_REPORT_H

#include "state.h"
#include "str.h"

/* Counts what is wrong while it prints. */
struct report {
	unsigned wrong;
	bool color;
};

enum mark { GOOD, NOTE, WRONG };

/* A line on standard output. */
void say(struct report *report, enum mark mark, const char *format, ...) PRINTF_LIKE(3, 4);
/* Each line of `text` that is not empty. */
void say_lines(struct report *report, enum mark mark, const struct buf *text);
/* Steps that were taken one after the other: only the last one can have gone wrong. */
void say_steps(struct report *report, enum mark last, const struct buf *text);

/* The state directory of the programs, or, for those who may not use it, a private one for the moment. */
struct workplace {
	struct state state;
	char private_directory[4096]; /* in $TMPDIR; empty: the programs' own */
};

/* After become_owner. False when neither can be had; else workplace_close. */
bool workplace_open(struct workplace *workplace, struct report *report, const char *directory) MUST_USE;
void workplace_close(struct workplace *workplace);

#endif
