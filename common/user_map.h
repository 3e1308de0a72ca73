/* SPDX-License-Identifier: MIT */
/*
 * Local names for people, for Remote-User. One person per line; an e-mail address counts only when it is verified:
 *
 *	subject VALUE from ISSUER is NAME
 *	email ADDRESS from ISSUER is NAME
 *
 * Pure.
 */
#ifndef GATEHOUSE_USER_MAP_H
#define GATEHOUSE_USER_MAP_H

#include "policy.h"

#define USER_MAP_BYTES (4 * 1024 * 1024)
#define USER_MAP_MOST 65536

struct user_map;

/* The issuers are those of the settings; NULL: any. Reads such a file. new; NULL, with a line for each fault in `faults` (NUMBER:
 * found X, expected Y), when there is one. */
struct user_map *user_map_read(struct str text, const struct settings *settings, struct buf *faults) MUST_USE;
void user_map_free(struct user_map *map);

/* The local name: by subject, else by verified e-mail address (in any case). Empty when there is none. borrowed */
struct str user_map_find(const struct user_map *map, const struct principal *principal) MUST_USE;

#endif
