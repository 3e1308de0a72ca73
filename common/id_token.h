/* SPDX-License-Identifier: MIT */
/*
 * Is an ID token, whose signature holds, the answer to our own login (OIDC Core 3.1.3.7), or to our refreshing it (12.2)? Pure: the
 * time is an argument.
 */
#ifndef GATEHOUSE_ID_TOKEN_H
#define GATEHOUSE_ID_TOKEN_H

#include "json.h"
#include "settings.h"

/* What the token has to say. */
struct id_token_expected {
	const struct issuer *issuer;
	struct str client; /* ours at the provider */
	struct str nonce;  /* of the login */
	struct str
		access_token; /* at_hash, base64url of half a digest, of the access token that came with it (OIDC Core 3.1.3.6) */
	const json_t *before; /* refreshed: the claims of the login. NULL: this is the login */
};

/* NULL when it is good, else what is wrong with it, for people; static, and without anything that the token says. `now` in seconds.
 */
const char *id_token_fault(const json_t *claims, const struct id_token_expected *expected, int64_t now) MUST_USE;

#endif
