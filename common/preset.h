/* SPDX-License-Identifier: MIT */
/*
 * What is known of an identity provider: facts and faults that differ from plain OpenID Connect. Data, not code: one
 * table. A preset gives defaults for an issuer's directives; a directive in the settings wins over it. Its facts are what the
 * provider's live document ought to say; `gatehouse check` tells where it doesn't.
 */
#ifndef GATEHOUSE_PRESET_H
#define GATEHOUSE_PRESET_H

#include "str.h"

/* How we know: read somewhere, or seen by our own tests with the real provider. */
enum preset_proof { PRESET_REPORTED, PRESET_TESTED };

/* A default of a directive; several words are parted by blanks. */
struct preset_value {
	const char *directive; /* NULL ends the list */
	const char *value;
	enum preset_proof proof;
};

/* A member of the provider's document. */
struct preset_fact {
	const char *member;   /* NULL ends the list */
	const char *expected; /* "absent", "present", "true", or a word that the member is, holds, or ends in ("*" and that end) */
	enum preset_proof proof;
};

#define PRESET_VALUES 10
#define PRESET_FACTS 6

struct preset {
	const char *name;
	const char *issuer; /* its usual form, for people */
	struct preset_value value[PRESET_VALUES];
	struct preset_fact fact[PRESET_FACTS];
	/* For our own logins: what its authorization endpoint needs to give refresh tokens, as a query; NULL: nothing. */
	const char *login_query;
	/* The parameter of that endpoint which names one domain to choose an account from; NULL: it has none. */
	const char *login_domain;
	/* What `gatehouse check` and a start-up line say to people who use this provider; NULL for nothing. */
	const char *token_hint; /* of its access tokens, where we judge them */
	const char *hint;       /* of the rest */
};

/* The preset of that name, NULL if there is none. borrowed, static */
const struct preset *preset_find(struct str name);
/* The value that the preset gives a directive, NULL for none. borrowed, static */
const char *preset_value(const struct preset *preset, const char *directive);
/* Puts what there is to know into the empty `text`; `judged`: of its access tokens too. */
void preset_hint(const struct preset *preset, bool judged, struct buf *text);
/* All of them, ended by a row whose name is NULL. */
extern const struct preset presets[];

#endif
