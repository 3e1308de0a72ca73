/* SPDX-License-Identifier: MIT */
/*
 * Whether a principal whose credential is good may use a resource, in the one order: deny list, deny and allow rules, required
 * scopes, a name in the user map. What auth-check does on every request, and `gatehouse explain` for one token.
 */
#ifndef GATEHOUSE_ADMISSION_H
#define GATEHOUSE_ADMISSION_H

#include "lists.h"
#include "outcome.h"
#include "policy.h"
#include "token.h"

/* What the deny list says of a credential, as in deny_list.h. */
enum outcome admission_denied(
	const struct lists *lists, const struct credential *credential, int64_t now, const struct principal *principal) MUST_USE;

/* OUTCOME_ALLOW, and principal->user is the name by which the MCP server shall know it; else the reason. `now` in seconds. */
enum outcome admission_judge(const struct lists *lists, const struct resource *resource, const struct credential *credential,
	int64_t now, struct principal *principal) MUST_USE;

#endif
