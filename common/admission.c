/* SPDX-License-Identifier: MIT */
#include "admission.h"

#include "crypto.h"
#include "jws.h"
#include "twin.h"

enum outcome admission_denied(
	const struct lists *lists, const struct credential *credential, int64_t now, const struct principal *principal)
{
	const struct deny_list *denied = lists_denied(lists);
	enum outcome outcome = deny_list_judge(denied, principal, credential->digest, now);
	unsigned char digest[SHA256_BYTES];
	auto_buf twin = BUF(JWS_TOKEN_BYTES);

	if (outcome == OUTCOME_ALLOW && principal->issuer->own)
		outcome = denials_judge(lists_denials(lists), principal->grant, now);
	/* It costs a second digest, which is spared where nobody's token is denied. */
	if (outcome != OUTCOME_ALLOW || !deny_list_names_tokens(denied) || !twin_add(credential->token, &twin))
		return outcome;
	crypto_sha256(buf_str(&twin), digest);
	return deny_list_judge(denied, principal, digest, now);
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
