/* SPDX-License-Identifier: MIT */
/* Access tokens of our own authorization server, made of what was granted, and known again. */
#ifndef GATEHOUSE_MINT_H
#define GATEHOUSE_MINT_H

#include "grants.h"
#include "signing_key.h"

#define MINT_BYTES 16384 /* room for making one */

/*
 * Appends a token for what was granted. A person who is in more groups than a token has room for gets one that says so: rules for
 * groups then refuse, the others hold. False, and logged, when there is no key, or nobody could tell who it is.
 */
bool mint_token(const struct settings *settings, struct signing_key *key, const struct granted *granted, int64_t now,
	struct buf *text) MUST_USE;

/* The claims of an access token of ours that is good at `now`. new; NULL: it is none. */
json_t *mint_read(const struct settings *settings, const struct state *state, struct str token, int64_t now) MUST_USE;

/* Was the token that has these claims given to that client? */
bool mint_is_for(const json_t *claims, struct str client) MUST_USE;

#endif
