/* SPDX-License-Identifier: MIT */
/*
 * An authorization request on its way: while a person reads the consent page it travels, sealed, in the page's form; while they log
 * in at the provider it waits, sealed, in the store. As JSON. Pure.
 */
#ifndef GATEHOUSE_PENDING_H
#define GATEHOUSE_PENDING_H

#include "json.h"
#include "str.h"

#define PENDING_BYTES 16384 /* as JSON, at most: a sealed value's limit (seal.h) */
#define PENDING_SECONDS 600 /* for the consent, and again for the login (RFC 9700 4.7: short) */

struct pending {
	struct str id;           /* its own, by chance: a request is decided once */
	struct str browser;      /* browser_digest of where it was begun */
	struct str client;       /* id; empty: nobody's, a person looks at our own pages */
	struct str client_name;  /* may be empty */
	struct str redirect_uri; /* one of the client's */
	struct str state;        /* the client's; may be empty */
	struct str challenge;
	struct str resource; /* identifier */
	struct str scope;    /* parted by blanks; may be empty */
	/* Of our own login at the provider (login.h), once the person has agreed. */
	struct str nonce, verifier;
	int64_t time; /* seconds, when this step was begun */
};

/* Appends the JSON; `out` fails when it is more than PENDING_BYTES. */
void pending_write(const struct pending *pending, struct buf *out);
/* *json owns what `pending` borrows. False when it is no such JSON; *json is new (or NULL) in any case. */
bool pending_read(struct str text, struct pending *pending, json_t **json) MUST_USE;

/* Is it of this browser, and not too old? Where it was begun the clock may be a little ahead (CLOCKS_SECONDS). */
bool pending_is_of(const struct pending *pending, struct str browser) MUST_USE;
bool pending_is_over(const struct pending *pending, int64_t now) MUST_USE;

#endif
