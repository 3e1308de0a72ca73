/* SPDX-License-Identifier: MIT */
#include "admission.h"

enum outcome admission_denied(
	const struct lists *lists, const struct credential *credential, int64_t now, const struct principal *principal)
{
	const struct deny_list *denied = lists_denied(lists);
	enum outcome outcome = deny_list_judge(denied, principal, credential->digest, now);

	return outcome == OUTCOME_ALLOW ? deny_list_judge(denied, principal, credential->twin, now) : outcome;
}

enum outcome admission_judge(const struct lists *lists, const struct resource *resource, const struct credential *credential,
	int64_t now, struct principal *principal)
{
	enum outcome outcome = admission_denied(lists, credential, now, principal);

	if (outcome == OUTCOME_ALLOW)
		outcome = policy_allow(resource, principal);
	if (outcome == OUTCOME_ALLOW)
		outcome = policy_scopes(resource, principal);
	return outcome == OUTCOME_ALLOW ? lists_name(lists, principal) : outcome;
}
