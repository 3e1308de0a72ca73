/* SPDX-License-Identifier: MIT */
/*
 * Who has access: the pages on which a person sees what they have allowed, and ends it. Who it is says a cookie that is sealed,
 * bound to the browser, and good for ACCOUNT_SECONDS after a login at the provider.
 */
#ifndef GATEHOUSE_ACCOUNT_H
#define GATEHOUSE_ACCOUNT_H

#include "browser.h"
#include "grants.h"
#include "http.h"
#include "policy.h"
#include "seal.h"
#include "settings.h"

#define ACCOUNT_PATH "/oauth/access"
#define ACCOUNT_END_PATH "/oauth/access/end"
#define SIGN_OUT_PATH "/oauth/sign-out"
#define ACCOUNT_SECONDS 900

struct account {
	const struct settings *settings;
	struct seal *seal;
	struct grants *grants;
};

/* The person has logged in: sets the cookie and goes on to ACCOUNT_PATH. */
void account_open(const struct account *account, struct http *http, const struct browser *browser,
	const struct principal *principal, int64_t now);

/* GET of ACCOUNT_PATH. False when nobody is signed in: nothing was answered, and a login has to come first. */
bool account_show(const struct account *account, struct http *http, const struct browser *browser, int64_t now) MUST_USE;

/* The forms of that page, POSTed to ACCOUNT_END_PATH and SIGN_OUT_PATH. */
void account_end(const struct account *account, struct http *http, const struct browser *browser, struct str form, int64_t now);
void account_sign_out(
	const struct account *account, struct http *http, const struct browser *browser, struct str form, int64_t now);

#endif
