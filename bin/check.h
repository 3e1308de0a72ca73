/* SPDX-License-Identifier: MIT */
/* The parts of `gatehouse check`: check.c goes through settings and files, check_provider.c through what a provider says. */
#ifndef GATEHOUSE_CHECK_H
#define GATEHOUSE_CHECK_H

#include "report.h"
#include "settings.h"
#include "state.h"
#include "table.h"

/* Asks the provider, and looks at its document and keys. */
void check_provider(struct report *report, const struct settings *settings, const struct issuer *issuer, const struct state *state,
	struct table *table);

#endif
