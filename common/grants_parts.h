/* SPDX-License-Identifier: MIT */
/*
 * What the files of `grants` share: grants.c opens and seals, ends and lists; grants_code.c has the way of a code, grants_renew.c
 * that of a refresh token.
 */
#ifndef GATEHOUSE_GRANTS_PARTS_H
#define GATEHOUSE_GRANTS_PARTS_H

#include "crypto.h"
#include "grants.h"

#define GRANT_ID_RANDOM_BYTES 16
#define GRANT_ID_BYTES 32 /* of its text, with room */

struct grants {
	const struct settings *settings;
	struct store *store;
	struct seal *seal;
	char id[GRANT_ID_BYTES]; /* of the grant that was issued last */
	bool told_of_no_token;   /* that logins can't be looked after, in the log */
};

/* Random bytes as base64url. Appends. */
void grants_add_random(size_t bytes, struct buf *out);

/* The key under which the store has what that text finds. */
void grants_key(struct str text, unsigned char key[STORE_KEY_BYTES]);

/* When the grant can't be renewed any more unless that is done before; never later than its refresh_lifetime. */
int64_t grants_until(const struct grants *grants, const struct grant *grant);
/* When the access tokens that are given now are over, by all clocks. */
int64_t grants_tokens_until(const struct grants *grants, int64_t now);
/* How long the store has to have the grant, once tokens are given: what it does not know nobody can end. */
int64_t grants_kept_until(const struct grants *grants, const struct grant *grant, int64_t now);

/*
 * Seals the JSON for that namespace and puts it there as the entry's value, or replaces the entry of that version.
 * STORE_UNAVAILABLE also when it can't be sealed.
 */
enum store_result grants_put(struct grants *grants, const struct store_space *space, struct store_entry *entry, const json_t *json,
	int64_t now) MUST_USE;
enum store_result grants_replace(struct grants *grants, const struct store_space *space, struct store_entry *entry,
	const json_t *json, int64_t now) MUST_USE;

/* What stands in the entry. GRANTS_GOOD with *json (new), GRANTS_UNAVAILABLE, GRANTS_INVALID: not of ours. */
enum grants_answer grants_open(
	struct grants *grants, const struct store_space *space, const struct store_entry *entry, json_t **json) MUST_USE;

/* The entry of that grant: GRANTS_GOOD with granted->grant and memory, GRANTS_INVALID: there is none. */
enum grants_answer grants_find(
	struct grants *grants, struct str id, int64_t now, struct store_entry *entry, struct granted *granted) MUST_USE;
/* Another word on what was granted takes the place of the one in `granted`; false when it is too large, which is logged. */
bool granted_take(struct granted *granted, const struct grant *grant) MUST_USE;

/* What a refresh token says. GRANTS_GOOD, GRANTS_UNAVAILABLE, GRANTS_INVALID: it is none of ours. */
struct refresh_token {
	char id[GRANT_ID_BYTES];
	uint64_t generation;
};
enum grants_answer grants_read_token(struct grants *grants, struct str text, struct refresh_token *token) MUST_USE;
/* Appends the refresh token of the grant as it is now; false when it can't be sealed. */
bool grants_write_token(struct grants *grants, const struct grant *grant, struct buf *text) MUST_USE;

/* Did the person log in where the settings have people log in now? Elsewhere the same subject is somebody else. */
bool grants_is_of_login(const struct grants *grants, const struct grant *grant) MUST_USE;

/* Is it the granted resource that is asked for, and do the settings still have it? */
bool grants_is_target(const struct grants *grants, const struct grant *grant, struct str resource) MUST_USE;

/* Denies the grant, then removes all that came of it: GRANTS_GOOD or GRANTS_UNAVAILABLE. */
enum grants_answer grants_kill(struct grants *grants, struct str id, int64_t now) MUST_USE;

#endif
