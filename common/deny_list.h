/* SPDX-License-Identifier: MIT */
/*
 * Who and what is refused from now on, although token and rules would admit it. One thing per line:
 *
 *	subject|client|jti|grant VALUE [from ISSUER] [until TIME]
 *	token sha256:HEX [until TIME]
 *
 * The good lines of a file count even when others are broken: a slip must not let anybody in again. Pure.
 */
#ifndef GATEHOUSE_DENY_LIST_H
#define GATEHOUSE_DENY_LIST_H

#include "outcome.h"
#include "policy.h"

#define DENY_LIST_BYTES (4 * 1024 * 1024)
#define DENY_LIST_MOST 65536

struct deny_list;

/* The issuers are those of the settings; NULL: any. Reads such a file; each fault is a line in `faults` (NUMBER: found X, expected
 * Y). Never NULL. new */
struct deny_list *deny_list_read(struct str text, const struct settings *settings, struct buf *faults) MUST_USE;
void deny_list_free(struct deny_list *list);
size_t deny_list_size(const struct deny_list *list) MUST_USE;
/* Is any line about a token? */
bool deny_list_names_tokens(const struct deny_list *list) MUST_USE;

/*
 * OUTCOME_ALLOW: nothing is said. OUTCOME_DENIED: the person or client is refused. OUTCOME_REVOKED: this credential or its grant
 * is, and a new one may be got. `digest` is the SHA-256 of the credential, `now` in seconds.
 */
enum outcome deny_list_judge(
	const struct deny_list *list, const struct principal *principal, const unsigned char digest[32], int64_t now) MUST_USE;

#endif
