/* SPDX-License-Identifier: MIT */
/*
 * Who may use a resource. The principal is who a good credential speaks for; the policy is the operator's: deny rules first,
 * then at least one allow rule must match, then every required scope must be there. Pure, and run on every request.
 */
#ifndef GATEHOUSE_POLICY_H
#define GATEHOUSE_POLICY_H

#include "json.h"
#include "outcome.h"
#include "settings.h"
#include "str.h"

struct principal {
	const struct issuer *issuer;
	struct str subject; /* `sub`: the pair (issuer, subject) is the person or machine */
	struct str user;    /* what Remote-User shall say */
	struct str email;
	bool email_verified; /* by the provider's word, or the operator's (trust_email) */
	struct str name;
	struct str client; /* the OAuth client, empty when the token doesn't say */
	bool is_client;    /* the client speaks for itself, there is no user (RFC 9700 4.15) */
	struct words groups;
	bool groups_overage; /* there are more groups than the token lists */
	struct words organizations;
	struct words teams;       /* "organization/team" */
	bool memberships_overage; /* there are more organizations or teams than could be listed */
	struct str hosted_domain; /* Google Workspace's `hd` */
	struct words scopes;
	struct str id;        /* of the credential: `jti` (RFC 7519 4.1.7), or the id of an API key */
	struct str grant;     /* from which the credential came, empty when it doesn't say */
	const json_t *claims; /* of which all this was made, while it is judged; NULL later, and for API keys */
	json_t *facts;        /* what conditions see (facts.h); NULL when none looks. Owned by who remembers the principal */
	int64_t expires;      /* seconds; from then on (plus the issuer's skew) the credential is void */
};

/* A copy in one block of memory of `*bytes`. new; free with free(). */
struct principal *principal_copy(const struct principal *principal, size_t *bytes) MUST_USE;

/* OUTCOME_ALLOW, or why not: OUTCOME_DENIED, OUTCOME_NOT_ALLOWED, OUTCOME_EMAIL_UNVERIFIED, OUTCOME_GROUPS_UNKNOWN. */
enum outcome policy_allow(const struct resource *resource, const struct principal *principal) MUST_USE;

/* Has the principal the scope, itself or by one that includes it (`implies`)? */
bool policy_has_scope(const struct resource *resource, const struct principal *principal, struct str scope) MUST_USE;

/* OUTCOME_ALLOW, or OUTCOME_INSUFFICIENT_SCOPE when one of the resource's required scopes is missing. */
enum outcome policy_scopes(const struct resource *resource, const struct principal *principal) MUST_USE;

/* Has any resource a rule of that kind for people of this issuer, by its own name or as whom the settings speak of them? */
bool policy_looks_at(const struct settings *settings, const struct issuer *issuer, enum rule_kind kind) MUST_USE;

/*
 * Does one of the rules match? `doubtful_too`: also one that would match if an e-mail address were verified or the groups were
 * known, as deny rules are read.
 */
bool policy_matches(const struct rules *rules, const struct principal *principal, bool doubtful_too) MUST_USE;

#endif
