/* SPDX-License-Identifier: MIT */
/*
 * What providers are asked about a token that can't be judged by itself, and how their answers are read: introspection (RFC 7662),
 * userinfo (OIDC Core 5.3) and tokeninfo (Google's; GitHub's check of a token). Pure: others do the asking.
 */
#ifndef GATEHOUSE_INTROSPECTION_H
#define GATEHOUSE_INTROSPECTION_H

#include "json.h"
#include "outcome.h"
#include "settings.h"

#define ANSWER_BYTES (1024 * 1024) /* a hundred organizations of GitHub are some 100 kB, a claim of groups may be more */

/* "Basic ..." of the percent-encoded pair (RFC 6749 2.3.1). Appends. */
void basic_add(struct str client, struct str secret, struct buf *header);

/* What an answer is about; each has its own form. A profile is the userinfo of who knows no `sub`, such as GitHub. */
enum answer_kind { ANSWER_INTROSPECTION, ANSWER_USERINFO, ANSWER_PROFILE, ANSWER_TOKENINFO, ANSWER_MEMBERSHIPS };

/*
 * Reads an answer. OUTCOME_ALLOW: *claims is its object (new). OUTCOME_INACTIVE: the provider says that the token is no good.
 * OUTCOME_UNAVAILABLE: this is no answer to that question, which is nobody's fault but the provider's or the operator's.
 */
enum outcome answer_read(enum answer_kind kind, int status, bool is_json, struct str body, json_t **claims) MUST_USE;

/*
 * What is no answer to the question, may it still be the token's fault? Then strangers can bring it about, and it must not count as
 * an outage, which would be everybody's.
 */
bool answer_is_about_token(enum answer_kind kind, int status, bool is_json, bool too_large) MUST_USE;

#endif
