/* SPDX-License-Identifier: MIT */
/*
 * How the MCP server learns who is asking: one header per fact, always all of them, empty when unknown, so that a front server
 * never passes on what a client made up. Pure.
 */
#ifndef GATEHOUSE_IDENTITY_H
#define GATEHOUSE_IDENTITY_H

#include "policy.h"
#include "str.h"

#define IDENTITY_FIELDS 8
#define IDENTITY_LIST_BYTES 2048 /* groups or scopes; what goes beyond is left out whole */

struct identity_field {
	const char *header;   /* to a web server that copies headers */
	const char *variable; /* to one that takes a FastCGI authorizer's Variable-... */
};
extern const struct identity_field identity_fields[IDENTITY_FIELDS];

/*
 * The value of field `index`, fit for a header: visible ASCII, else the form =?base64?...?= of the UTF-8 text (as MCP has it for
 * its own headers). Groups are parted by commas (a group with a comma in it is left out), scopes by blanks. Appends to `out`.
 */
void identity_value(const struct principal *principal, size_t index, struct buf *out);

#endif
