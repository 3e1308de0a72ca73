/* SPDX-License-Identifier: MIT */
/*
 * What a provider knows of a person beyond the token: userinfo (OIDC Core 5.3.2), GitHub's lists of organizations and teams. It
 * adds to the claims of a token, and never tells for whom the token is or what it may do. Pure.
 */
#ifndef GATEHOUSE_USERINFO_H
#define GATEHOUSE_USERINFO_H

#include "introspection.h"
#include "json.h"

/* A claim of our own: there may be memberships that nobody has told. */
#define MEMBERSHIPS_UNKNOWN "memberships_unknown"

/*
 * Reads a list of GitHub's organizations, or teams as "organization/team". new array of texts; NULL when it is no such list.
 * *whole: it ends before the page that `url` asks for does, so there is no other page.
 */
json_t *memberships_read(struct str url, struct str body, bool teams, bool *whole) MUST_USE;

/* Adds what `claims` don't say; email_verified only of the same address. False: no memory. */
bool claims_add_missing(json_t *claims, const json_t *more) MUST_USE;

/*
 * Adds to `claims` what userinfo knows of the person and they don't say; never what tells for whom a token is and what it may do,
 * whatever the settings call that.
 * False when the two name different subjects: then they are not about one person (OIDC Core 5.3.2).
 */
bool claims_add_userinfo(json_t *claims, const json_t *userinfo, struct str scope_claim, struct str client_claim) MUST_USE;

#endif
