/* SPDX-License-Identifier: MIT */
#include "admission.h"

enum outcome admission_judge(const struct lists *lists, const struct resource *resource, const unsigned char digest[32],
	int64_t now, struct principal *principal)
{
	enum outcome outcome = deny_list_judge(lists_denied(lists), principal, digest, now);

	if (outcome == OUTCOME_ALLOW)
		outcome = policy_allow(resource, principal);
	if (outcome == OUTCOME_ALLOW)
		outcome = policy_scopes(resource, principal);
	return outcome == OUTCOME_ALLOW ? lists_name(lists, principal) : outcome;
}
