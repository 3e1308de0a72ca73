/* SPDX-License-Identifier: MIT */
/*
 * What the programs of our own authorization server work with: all that is derived from settings with a broker and lives as long as
 * they do.
 */
#ifndef GATEHOUSE_OFFICE_H
#define GATEHOUSE_OFFICE_H

#include "clients.h"
#include "grants.h"
#include "login.h"
#include "seal.h"
#include "settings.h"
#include "state.h"
#include "store.h"
#include "table.h"

struct office {
	const struct settings *settings;
	struct state state;
	struct table *table;
	struct turns *turns, *document_turns;
	struct store *store; /* NULL until office_has_store, as `grants` is */
	bool failing;        /* it can't be opened, which has been told */
	struct seal *seal;
	struct clients *clients;
	struct grants *grants;
	struct provider *provider; /* where people log in */
	struct inquiry *inquiry;
	struct login *login;
};

/* Is there a broker at all, and are its keys there? Else false with the reason in `why`; for the start of a program. */
bool office_check(const struct settings *settings, struct buf *why);

/* For the program of that name, a plain word. Ends it when the state directory can't be opened. */
void office_open(struct office *office, const struct settings *settings, const char *program);
/* To be asked with every request: opens the store if it is not open yet. False: it can't be had now (503), which is logged once. */
bool office_has_store(struct office *office) MUST_USE;
void office_close(struct office *office);

#endif
