/* SPDX-License-Identifier: MIT */
/*
 * The access tokens of our own authorization server (RFC 9068): for one resource, short-lived, signed with the keys of keyring.h.
 * They say who it is in the claims that auth-check reads by default, whatever the provider calls them. Pure.
 */
#ifndef GATEHOUSE_ACCESS_TOKEN_H
#define GATEHOUSE_ACCESS_TOKEN_H

#include "json.h"
#include "jws.h"
#include "policy.h"
#include "settings.h"

#define ACCESS_TOKEN_TYPE "at+jwt"
#define ACCESS_TOKEN_BYTES JWS_TOKEN_BYTES /* a longer one nobody would take */

struct access_token {
	struct str issuer;                 /* ours (public_issuer) */
	const struct resource *resource;   /* for which alone it is good */
	const struct principal *principal; /* who logged in at the provider */
	struct str client;                 /* who asked for it */
	struct str scope;                  /* what was granted, parted by blanks; may be empty */
	struct str id;                     /* its own, by chance (`jti`) */
	struct str grant;                  /* of what it came: with it, it ends (`grant_id`) */
	int64_t now, lifetime;             /* seconds */
};

/* Header and claims for signer.h. new */
json_t *access_token_header(struct str kid) MUST_USE;
json_t *access_token_claims(const struct access_token *token) MUST_USE;

/* The claims of one that `issuer` signed with one of the keys and that is good at `now`, whatever it is for. new; NULL: it is none.
 */
json_t *access_token_read(struct str token, struct str issuer, const struct jwk_set *keys, int64_t now) MUST_USE;

#endif
