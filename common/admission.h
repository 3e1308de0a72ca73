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

/*
 * OUTCOME_ALLOW, and principal->user is the name by which the MCP server shall know it; else the reason. `digest` is the SHA-256 of
 * the credential, `now` in seconds.
 */
enum outcome admission_judge(const struct lists *lists, const struct resource *resource, const unsigned char digest[32],
	int64_t now, struct principal *principal) MUST_USE;

#endif
