/* SPDX-License-Identifier: MIT */
/* What our own authorization server has in its store (store.h), and where that store is. */
#ifndef GATEHOUSE_SPACES_H
#define GATEHOUSE_SPACES_H

#include "settings.h"
#include "store.h"

#define SPACES_FILE "store" /* of SQLite, in the state directory */
#define SPACES_MOST 100000  /* entries of each namespace but these */
#define DENIALS_MOST 16384
#define SPACES_SMALL 10000 /* of space_visit, and of space_long */
#define LOGIN_BYTES 4096   /* of an entry of space_login: a longer one goes to space_long */

/*
 * The namespaces; nothing else is in the store. Codes and grants are those of grants.h, denials of denials.h; a login is either on
 * its way to the provider (sign_in.h) or a request that was decided (consent.h).
 *
 * Strangers can begin logins. Those to our own pages, for which nobody has to agree to anything, and those that are far longer than
 * usual have small spaces of their own, so that who fills these does not keep out the people of clients, nor fills the disk.
 */
extern const struct store_space space_code, space_grant, space_denial, space_login, space_visit, space_long;

/* Opens the store that the settings name, in the state directory or at Redis. NULL with a message in `error`. new */
struct store *spaces_open(const struct settings *settings, struct buf *error) MUST_USE;

#endif
