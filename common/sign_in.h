/* SPDX-License-Identifier: MIT */
/*
 * A person's way to the provider and back (login.h), in one browser: begun once they have agreed, ended by the callback, or when
 * PENDING_SECONDS are over. What waits meanwhile is sealed in the store; only the state, which the provider hands back, leads to
 * it.
 */
#ifndef GATEHOUSE_SIGN_IN_H
#define GATEHOUSE_SIGN_IN_H

#include "login.h"
#include "pending.h"
#include "seal.h"
#include "store.h"
#include "visit.h"

#define SIGN_IN_PURPOSE "login" /* of the seal */

struct sign_in {
	struct login *login;
	struct turns *turns; /* of the login */
	struct store *store;
	struct seal *seal;
	/* Asked of a login before it is taken away: is it still good for what it was begun for? False: a page has told why not. */
	bool (*is_good)(void *whose, struct visit *visit, const struct pending *pending);
	void *whose;
};

/*
 * Sends the browser to the provider: by a redirect after a GET, by a page that goes on after a form, since form-action would have
 * to name every host on the way. `pending` gets what belongs to the login. LOGIN_GOOD: answered, with that or with a page that says
 * why not. Else nothing was answered.
 */
enum login_outcome sign_in_begin(const struct sign_in *sign_in, struct visit *visit, struct pending *pending) MUST_USE;

/*
 * The callback. False: answered by a page, it is not the end of a login that this browser began, or what it needs can't be had now,
 * and the same callback may come again. Else *outcome says how the login ended and nothing was answered; *json owns what `pending`
 * borrows, and `identity` is for login_identity_free in any case.
 */
bool sign_in_end(const struct sign_in *sign_in, struct visit *visit, struct pending *pending, json_t **json,
	enum login_outcome *outcome, struct login_identity *identity) MUST_USE;

#endif
