/* SPDX-License-Identifier: MIT */
/* What verbs that look at an installation have in common: a line per finding, and the rights of the service. */
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

/*
 * For settings_read_as. As root, become the owner of the state directory, as whom the programs run: what they can't read is not
 * good, and a file that root left there would be as good as absent for them, who trust only their own. Ends the verb (111) when
 * that fails. borrow_rights: until return_rights, for a verb that then writes root's own files.
 */
void become_owner(const char *directory);
void borrow_rights(const char *directory);
void return_rights(void);

/* Of a state directory that is not there: who makes it owns it. */
#define NO_STATE_DIRECTORY "the state directory isn't there; start the service once, or make it (mode 700) for its user"

/* The state directory of the programs, or, for those who may not use it, a private one for the moment. */
struct workplace {
	struct state state;
	char private_directory[4096]; /* in $TMPDIR; empty: the programs' own */
};

/* After become_owner. False when neither can be had; else workplace_close. */
bool workplace_open(struct workplace *workplace, struct report *report, const char *directory) MUST_USE;
void workplace_close(struct workplace *workplace);

#endif
