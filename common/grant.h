/* SPDX-License-Identifier: MIT */
/*
 * A grant: what a person has allowed a client, with the login that it rests on. As JSON for the store, where it is kept sealed.
 * Pure.
 */
#ifndef GATEHOUSE_GRANT_H
#define GATEHOUSE_GRANT_H

#include "json.h"
#include "str.h"

#define GRANT_BYTES 48640 /* as JSON, at most; with a code's challenge, it can still be sealed (seal.h) and stored */

/* Texts borrow from whatever they were read from. Times in seconds; 0: never. */
struct grant {
	struct str id;          /* base64url of 128 bits by chance */
	struct str client;      /* its id */
	struct str client_name; /* as it was shown to the person; may be empty */
	struct str redirect_uri;
	struct str provider; /* identifier of the issuer where the person logged in: a subject is somebody there only */
	struct str resource; /* identifier */
	struct str scope;    /* what was granted, parted by blanks; may be empty */
	/* The login (login.h, struct login_identity). Borrowed. */
	const json_t *claims;
	const json_t *id_token; /* may be NULL */
	int kind;               /* enum login_token */
	struct str token;       /* a secret */
	int64_t since;          /* when the person agreed */
	int64_t used;           /* when tokens were last given for it */
	int64_t checked;        /* when the provider last said that the login holds */
	int64_t busy;           /* until when somebody asks the provider (GRANT_BUSY_SECONDS); 0: nobody */
	uint64_t generation;    /* of the refresh token that counts */
};

/* Has a key of ours opened it? Else its id is all that is known, and stands there alone (grants_each). */
static inline bool grant_opens(const struct grant *grant)
{
	return grant->client.n != 0;
}

/* new; NULL when it would be larger than GRANT_BYTES */
json_t *grant_write(const struct grant *grant) MUST_USE;
/* Borrows from `json`. False when it is no grant. */
bool grant_read(const json_t *json, struct grant *grant) MUST_USE;

#endif
