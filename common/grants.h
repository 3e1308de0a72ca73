/* SPDX-License-Identifier: MIT */
/*
 * What our own authorization server gives out and takes back: codes (OAuth 2.1 4.1.2), refresh tokens (4.3), grants, and word of
 * those that ended. Over store.h, where everything is sealed; a person is there by a digest only.
 *
 * A code is for one redemption. Redeemed twice, it has been stolen, and its grant ends (4.1.3). A refresh token is for one use and
 * says, sealed, of which grant and which generation it is; an older generation has been stolen, or its thief was faster, and the
 * grant ends (RFC 9700 4.14.2). While the provider is asked about the login the old one goes on counting, so a crash or a
 * provider that is down costs nobody the grant. A grant that ended is denied to auth-check (denials.h) until its last access token
 * is over; the denial is written first.
 *
 * `now` in seconds, `deadline` of clock.h. No code or token gets into a log.
 */
#ifndef GATEHOUSE_GRANTS_H
#define GATEHOUSE_GRANTS_H

#include "grant.h"
#include "login.h"
#include "seal.h"
#include "settings.h"
#include "spaces.h"

#define CODE_SECONDS 60
#define CODE_REMEMBERED_SECONDS 600 /* a code that was redeemed, so that its next use is seen */
#define GRANT_BUSY_SECONDS 30
#define GRANTS_PER_PERSON 100 /* one more ends the one that was longest not used: nobody takes all the room there is */
#define REFRESH_TOKEN_BYTES 512
#define CODE_TEXT_BYTES 64

struct grants;

/* All must outlive it. new */
struct grants *grants_new(const struct settings *settings, struct store *store, struct seal *seal) MUST_USE;
void grants_free(struct grants *grants);

enum grants_answer {
	GRANTS_UNAVAILABLE, /* the store, the keys or the provider: nobody knows, try again later (503) */
	GRANTS_GOOD,
	GRANTS_INVALID,        /* invalid_grant */
	GRANTS_INVALID_TARGET, /* another resource than the granted one (RFC 8707 2.2) */
	GRANTS_INVALID_SCOPE,  /* more than was granted (RFC 6749 6) */
};

/* What a code stands for. grants_issue sets grant->id (borrowed until its next call), since, used, checked, busy, generation. */
struct code {
	struct grant *grant;
	struct str challenge; /* S256 (RFC 7636 4.2) */
};

/*
 * Appends a new code, good for CODE_SECONDS (CODE_TEXT_BYTES at most). Nothing is given before the store has it on disk.
 * GRANTS_GOOD or GRANTS_UNAVAILABLE.
 */
enum grants_answer grants_issue(struct grants *grants, const struct code *code, int64_t now, struct buf *text) MUST_USE;

/* A token request (OAuth 2.1 4.1.3 or 4.3). Empty texts did not come. */
struct token_request {
	struct str client; /* its id, proven by its secret if it has one */
	struct str code, redirect_uri, verifier;
	struct str refresh_token;
	struct str scope;    /* refresh: no more than was granted */
	struct str resource; /* RFC 8707 2.2 */
	bool refreshes;      /* code: it wants a refresh token; without one the grant ends with its access token */
};

/* What to answer with. Everything borrows from `memory` and from the request. */
struct granted {
	struct grant grant;
	struct str scope;         /* of the access token: the grant's, or less */
	struct buf refresh_token; /* the next one; a secret; may be empty */
	json_t *memory;           /* owned */
};
void granted_free(struct granted *granted);
#define auto_granted __attribute__((cleanup(granted_free))) struct granted

/* *description: for the client, static, NULL when GRANTS_GOOD. granted_free in any case. */
enum grants_answer grants_redeem(struct grants *grants, const struct token_request *request, int64_t now, struct granted *granted,
	const char **description) MUST_USE;
/* Asks the provider through `login` when login_check is over; may take until `deadline`. */
enum grants_answer grants_renew(struct grants *grants, const struct token_request *request, struct login *login, int64_t now,
	int64_t deadline, struct granted *granted, const char **description) MUST_USE;

/* RFC 7009 2.1: ends the grant of that refresh token if it is the client's. GRANTS_GOOD also when there is none. */
enum grants_answer grants_revoke(struct grants *grants, struct str client, struct str refresh_token, int64_t now) MUST_USE;
/*
 * Ends the grant of that id: denied from now on, then gone. `owner` (grants_owner): only if it is theirs; empty: whoever's it is.
 * GRANTS_INVALID: there is none.
 */
enum grants_answer grants_end(struct grants *grants, struct str id, struct str owner, int64_t now) MUST_USE;

/* Appends the name under which the store has what belongs to that subject of that provider (its identifier). */
void grants_owner(struct str provider, struct str subject, struct buf *owner);

/*
 * The grants of an owner (empty: of all) one after the other: called for each; false from it ends the walk. Of one that no key
 * opens only the id is known, as the store has it, so that it can still be ended.
 */
enum grants_answer grants_each(struct grants *grants, struct str owner, int64_t now,
	bool (*each)(const struct grant *grant, void *context), void *context) MUST_USE;

#endif
