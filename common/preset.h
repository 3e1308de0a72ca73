/* SPDX-License-Identifier: MIT */
/*
 * What is known of an identity provider: facts and faults that differ from plain OpenID Connect. Data, not code: one
 * table. A preset gives defaults for an issuer's directives; a directive in the settings wins over it.
 */
#ifndef GATEHOUSE_PRESET_H
#define GATEHOUSE_PRESET_H

#include "str.h"

struct preset {
	const char *name;
	/* A `nonce` claim marks an ID token (OIDC Core 2); false where access tokens carry it too. */
	bool nonce_marks_id_token;
	/* What `gatehouse check` and a start-up line say to people who use this provider; NULL for nothing. */
	const char *hint;
};

/* The preset of that name, NULL if there is none. borrowed, static */
const struct preset *preset_find(struct str name);
/* All of them, ended by a row whose name is NULL. */
extern const struct preset presets[];

#endif
