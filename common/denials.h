/* SPDX-License-Identifier: MIT */
/*
 * Grants of our own authorization server that ended before their access tokens did: written by grants.h, looked at by auth-check.
 * The store is asked once a second at most whether there are new ones, never per request. While it can't be asked, what was read
 * last counts for DENIALS_STALE_SECONDS; then nobody knows, and nobody gets in.
 */
#ifndef GATEHOUSE_DENIALS_H
#define GATEHOUSE_DENIALS_H

#include "outcome.h"
#include "settings.h"
#include "spaces.h"

#define DENIALS_STALE_SECONDS 60

struct denials;

/* Opens the store with the first look. new; NULL when the settings have no broker */
struct denials *denials_new(const struct settings *settings) MUST_USE;
void denials_free(struct denials *denials);

/* Looks at the store if the last look was in another second than `now`. NULL: nothing. */
void denials_look(struct denials *denials, int64_t now);

/* OUTCOME_ALLOW, OUTCOME_REVOKED, or OUTCOME_UNAVAILABLE when what is known is too old. NULL: OUTCOME_ALLOW. */
enum outcome denials_judge(const struct denials *denials, struct str grant, int64_t now) MUST_USE;

/*
 * Denies the grant until `until`, when its last access token is over. On disk when STORE_DONE. For grants.h.
 */
enum store_result denials_add(struct store *store, struct str grant, int64_t until, int64_t now) MUST_USE;

#endif
