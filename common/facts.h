/* SPDX-License-Identifier: MIT */
/*
 * What conditions in CEL may see of a principal, as JSON: `jwt`, the claims of its token, and `principal`, what we made of them.
 * Made once and remembered with the principal. Pure.
 */
#ifndef GATEHOUSE_FACTS_H
#define GATEHOUSE_FACTS_H

#include "json.h"
#include "policy.h"

/*
 * {"jwt": ..., "principal": ...}. new. `claims` is NULL for an API key. Whatever form the credential has, jwt.iss and jwt.sub are
 * there, and jwt.scope is one text with blanks between the scopes.
 */
json_t *facts_new(const struct principal *principal, const json_t *claims) MUST_USE;

/* About how much memory they take. */
size_t facts_bytes(const json_t *facts) MUST_USE;

#endif
