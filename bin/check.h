/* SPDX-License-Identifier: MIT */
/*
 * The parts of `gatehouse check`: check.c goes through settings and files, check_provider.c through what a provider says,
 * check_broker.c through what our own authorization server needs.
 */
#ifndef GATEHOUSE_CHECK_H
#define GATEHOUSE_CHECK_H

#include "json.h"
#include "redirect_uri.h"
#include "report.h"
#include "settings.h"
#include "state.h"
#include "table.h"

/* Asks the provider, and looks at its document and keys. */
void check_provider(struct report *report, const struct settings *settings, const struct issuer *issuer, const struct state *state,
	struct table *table);

/* Our keys and our store. */
void check_broker(struct report *report, const struct settings *settings, const struct state *state);
/* Can people log in where this is the provider's document? */
void check_login(struct report *report, const struct settings *settings, const struct issuer *issuer, const json_t *document);
/* For the end of a line about that redirect URI; empty when it is not loopback. */
const char *loopback_warning(struct str uri) MUST_USE;
#define PRESET_BYTES 4096
/* The redirect URIs of a preset in one line, with that warning: dozens of lines would hide what is wrong. */
void add_preset(const struct redirect_preset *preset, struct buf *text);
/* Who may ask people for access, and what the provider must know of us. */
void tell_clients(struct report *report, const struct settings *settings);

#endif
