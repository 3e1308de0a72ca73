/* SPDX-License-Identifier: MIT */
/*
 * Every way in which a request can end, as one table: name for the audit, HTTP status, OAuth error code (RFC 6750 3.1),
 * and the words that a stranger may read. The zero value denies; OUTCOME_ALLOW is the only one that admits.
 */
#ifndef GATEHOUSE_OUTCOME_H
#define GATEHOUSE_OUTCOME_H

#include "str.h"

enum outcome {
	OUTCOME_NONE, /* nobody decided: an error of ours, so nobody gets in */
	OUTCOME_ALLOW,
	OUTCOME_PREFLIGHT,   /* a CORS preflight, answered by us, never passed on */
	OUTCOME_NO_RESOURCE, /* no configured resource at this host and path */
	OUTCOME_BAD_REQUEST, /* doubled or contradictory headers */
	OUTCOME_ORIGIN_REFUSED,
	OUTCOME_NO_CREDENTIAL,
	OUTCOME_QUERY_TOKEN,  /* a token in the query is no credential (RFC 6750 2.3, OAuth 2.1 5.1) */
	OUTCOME_OTHER_SCHEME, /* Basic, DPoP ... */
	OUTCOME_MALFORMED_CREDENTIAL,
	OUTCOME_SEVERAL_CREDENTIALS,
	OUTCOME_TOKEN_TOO_LARGE,
	OUTCOME_OPAQUE_TOKEN, /* not a JWT, and no issuer is set up for other tokens */
	OUTCOME_INACTIVE,     /* the provider says that it is no good (any more) */
	OUTCOME_UNKNOWN_API_KEY,
	OUTCOME_REVOKED, /* the credential or its grant stands on the deny list */
	OUTCOME_MALFORMED_TOKEN,
	OUTCOME_ENCRYPTED_TOKEN, /* JWE */
	OUTCOME_BAD_TYPE,        /* `typ` of something else */
	OUTCOME_BAD_ALGORITHM,
	OUTCOME_CRITICAL_HEADER, /* `crit` */
	OUTCOME_UNKNOWN_ISSUER,
	OUTCOME_UNKNOWN_KEY,
	OUTCOME_AMBIGUOUS_KEY, /* no kid, and several keys fit */
	OUTCOME_BAD_SIGNATURE,
	OUTCOME_BAD_CLAIMS, /* a claim of the wrong type or shape */
	OUTCOME_WRONG_AUDIENCE,
	OUTCOME_EXPIRED,
	OUTCOME_NOT_YET_VALID,
	OUTCOME_LIFETIME_TOO_LONG,
	OUTCOME_ID_TOKEN,
	OUTCOME_OTHER_TOKEN,      /* refresh, logout, security event ... */
	OUTCOME_BOUND_TOKEN,      /* sender-constrained (`cnf`): nobody here checks the proof */
	OUTCOME_CLIENT_CONFLICT,  /* two claims name two clients */
	OUTCOME_NOT_ALLOWED,      /* no allow rule matches */
	OUTCOME_DENIED,           /* a deny rule matches */
	OUTCOME_UNMAPPED_USER,    /* not in the user map */
	OUTCOME_EMAIL_UNVERIFIED, /* an allow rule would match if the e-mail were verified */
	OUTCOME_GROUPS_UNKNOWN,   /* the token says there are too many groups to list, and a group rule needs them */
	OUTCOME_INSUFFICIENT_SCOPE,
	OUTCOME_SESSION_OF_ANOTHER, /* 404: clients take it for a session that ended, and begin anew */
	OUTCOME_TOO_MANY_REQUESTS,
	OUTCOME_BODY_TOO_LARGE,
	OUTCOME_UNAVAILABLE, /* keys are not to be had: the provider is down */
	OUTCOME_COUNT
};

struct outcome_row {
	const char *name; /* the reason in the audit log, stable */
	int status;
	const char *error;       /* `error` in challenge and body */
	bool challenge;          /* a WWW-Authenticate goes with it */
	bool challenge_error;    /* ... and names the error (RFC 6750 3.1: not when no credential came) */
	const char *description; /* no quote, comma, "=" or backslash in it: clients find parameters by searching */
};

/* Any value outside of the table gives the row of OUTCOME_NONE. borrowed, static */
const struct outcome_row *outcome_row(enum outcome outcome);

#endif
