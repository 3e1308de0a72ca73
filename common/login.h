/* SPDX-License-Identifier: MIT */
/*
 * We as a client of an identity provider (OAuth 2.1 4.1, OIDC Core 3.1): send a person there, learn from the callback who it is,
 * and ask later whether that still holds. Whatever the provider gets to see is ours, nothing comes from the MCP client: our client
 * id, our redirect URI, our state, nonce and code challenge.
 *
 * `now` in seconds, `deadline` of clock.h. No code, token, verifier or secret gets into a log.
 */
#ifndef GATEHOUSE_LOGIN_H
#define GATEHOUSE_LOGIN_H

#include "claims.h"
#include "inquiry.h"
#include "json.h"
#include "provider.h"
#include "settings.h"
#include "table.h"
#include "turn.h"

#define LOGIN_CALLBACK "/oauth/callback" /* below public_issuer */
#define LOGIN_MS 8000                    /* what a callback may wait for its questions about the login; others are 4 s each */

struct login;

/* Logs in as issuer->client. All must outlive it; the provider and the inquiry are those of `issuer`. new */
struct login *login_new(const struct settings *settings, const struct issuer *issuer, struct provider *provider,
	struct inquiry *inquiry, struct table *table, struct turns *turns) MUST_USE;
void login_free(struct login *login);

enum login_outcome {
	LOGIN_UNAVAILABLE, /* the provider can't be asked now, or says so: try again later */
	LOGIN_GOOD,
	LOGIN_REFUSED,  /* the provider, or the person there, said no: access_denied for the client */
	LOGIN_UNUSABLE, /* what came is no answer that we could use, the log says why: server_error for the client */
	LOGIN_FOREIGN,  /* this is no answer of that provider (RFC 9207 2.4): a page that repeats nothing of it, and no redirect */
};

/*
 * What belongs to one login. The caller makes the values new for each, keeps them from start to finish where only that browser
 * leads to them, and then forgets them.
 */
struct login_request {
	struct words scopes; /* as the provider calls them; with "openid" there will be an ID token */
	struct str state;    /* finds the login again (RFC 6749 10.12) */
	struct str nonce;    /* only with "openid", and needed there (OIDC Core 15.5.2) */
	struct str verifier; /* of the code challenge: 43 to 128 unreserved characters (RFC 7636 4.1) */
};

/*
 * Appends the URL to send the browser to. LOGIN_GOOD, LOGIN_UNAVAILABLE, or LOGIN_UNUSABLE when the request is not as said above.
 */
enum login_outcome login_start(struct login *login, const struct login_request *request, int64_t now, struct buf *url) MUST_USE;

/* The parameters of a callback. Each borrows from `memory` and is empty when it did not come. */
struct login_callback {
	struct str state, code, iss, error;
	char *memory; /* owned: free() */
};

/* Reads the query of the callback. False when it is no form, or when a parameter came twice: nobody's answer. */
bool login_callback_read(struct str query, struct login_callback *callback) MUST_USE;

/* What login_again needs. */
enum login_token {
	LOGIN_NO_TOKEN,      /* there is nothing to ask with */
	LOGIN_REFRESH_TOKEN, /* RFC 6749 6 */
	LOGIN_ACCESS_TOKEN,  /* the provider is asked about the access token (inquiry.h) */
};

/* Who has logged in. */
struct login_identity {
	json_t *claims;   /* owned; never NULL with LOGIN_GOOD, and good for claims_identify */
	json_t *id_token; /* owned; the claims that its last ID token had, without what others added. NULL: it had none */
	enum login_token kind;
	struct buf token; /* owned; a secret, to be sealed where it is kept */
};
void login_identity_free(struct login_identity *identity);

/*
 * Judges the callback (RFC 9207 2.4), exchanges the code (RFC 6749 4.1.3), judges the ID token (OIDC Core 3.1.3.7) and adds what
 * userinfo and lists of memberships say, as the settings have it; without "openid" the provider is asked about the access token as
 * it is about those of MCP clients. That callback->state is that of `request` is for the caller to see to. LOGIN_GOOD: *identity
 * is new; else it is empty.
 */
enum login_outcome login_finish(struct login *login, const struct login_request *request, const struct login_callback *callback,
	int64_t now, int64_t deadline, struct login_identity *identity) MUST_USE;

/*
 * Is the login still good? LOGIN_GOOD: *after is new and takes the place of `before`; the claims may be others, of the same person.
 * LOGIN_REFUSED: it is over. LOGIN_UNAVAILABLE and LOGIN_UNUSABLE (always with LOGIN_NO_TOKEN): nobody knows, so nothing may be
 * given now. after->claims is NULL then, yet after->token, unless it is empty, takes the place of before->token all the same: the
 * provider has rotated it before something else failed. login_identity_free(after) in any case.
 *
 * One at a time for each login: a provider takes a refresh token that comes twice for a stolen one (RFC 9700 4.14.2).
 */
enum login_outcome login_again(struct login *login, const struct login_identity *before, int64_t now, int64_t deadline,
	struct login_identity *after) MUST_USE;

#endif
