/* SPDX-License-Identifier: MIT */
/*
 * What the files of `login` share: login.c leads through it, login_start.c writes and reads what goes through the browser,
 * login_ask.c asks the token endpoint.
 */
#ifndef GATEHOUSE_LOGIN_PARTS_H
#define GATEHOUSE_LOGIN_PARTS_H

#include "breaker.h"
#include "login.h"
#include "own_client.h"
#include "token_answer.h"

struct login {
	const struct settings *settings;
	const struct issuer *issuer;
	struct provider *provider;
	struct inquiry *inquiry;
	struct turns *turns;
	struct own_client client;
	struct breaker breaker;
};

/* login_start.c */
/* Our redirect URI at this provider, byte for byte the same in both requests (RFC 6749 4.1.3). Appends. */
void login_redirect_uri(const struct login *login, struct buf *out);
bool login_asks_openid(const struct login_request *request) MUST_USE;

/* login_ask.c */
/*
 * What an error of the provider means (RFC 6749 4.1.2.1 and 5.2, OIDC Core 3.1.2.6); `again`: it was asked to refresh. *name is its
 * name from our table, or says that it is none of those: what a provider sends gets into no log.
 */
enum login_outcome login_error(struct str error, bool again, const char **name);
/* Posts the form with the proof of who we are. LOGIN_GOOD: the answer has tokens. token_answer_free in any case. */
enum login_outcome login_ask(
	struct login *login, struct buf *form, bool again, int64_t now, int64_t deadline, struct token_answer *answer) MUST_USE;

#endif
