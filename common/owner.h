/* SPDX-License-Identifier: MIT */
/*
 * Whose a file is, told so that whoever follows takes nothing from the programs: a person or root may look at what is theirs. All
 * of it leaves errno as it is.
 */
#ifndef GATEHOUSE_OWNER_H
#define GATEHOUSE_OWNER_H

#include "str.h"

#include <sys/types.h>

/* A user for a message: the name, else the number. */
struct user_name {
	char text[33];
};
struct user_name user_name(uid_t user) MUST_USE;

/* What belongs to `owner` should be ours: whose it is, and what mends it, up to the end with its path. */
void owner_tell(const char *path, uid_t owner, struct buf *why);
/* After "Permission denied": what mends that. */
void owner_tell_closed(const char *path, struct buf *why);

#endif
