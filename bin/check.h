/* SPDX-License-Identifier: MIT */
/* The parts of `gatehouse check`: check.c goes through settings and files, check_provider.c through what a provider says. */
#ifndef GATEHOUSE_CHECK_H
#define GATEHOUSE_CHECK_H

#include "settings.h"
#include "state.h"
#include "table.h"

/* Counts what is wrong while it prints, a line per finding. */
struct report {
	unsigned wrong;
	bool color;
};

enum mark { GOOD, NOTE, WRONG };

void report_say(struct report *report, enum mark mark, const char *format, ...) PRINTF_LIKE(3, 4);
/* Each line of the text is a finding. */
void report_lines(struct report *report, enum mark mark, const struct buf *text);
/* Steps that were taken one after the other: only the last one can have gone wrong. */
void report_steps(struct report *report, enum mark last, const struct buf *text);

/* Asks the provider, and looks at its document and keys. */
void check_provider(struct report *report, const struct settings *settings, const struct issuer *issuer, const struct state *state,
	struct table *table);

#endif
