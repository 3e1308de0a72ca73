/* SPDX-License-Identifier: MIT */
/* What all verbs do with what they are given: complain, read it, find the resource that is meant. */
#ifndef GATEHOUSE_COMMAND_H
#define GATEHOUSE_COMMAND_H

#include <stdio.h>

#include "settings.h"

/* "gatehouse VERB: what: detail" on standard error; the detail may be NULL. Returns the status. */
int complain(const char *verb, const char *what, const char *detail, int status);

/* Appends all that is left in the file, and leaves nothing of it elsewhere; false when it can't be read or is too long for `text`.
 */
bool read_all(FILE *from, struct buf *text) MUST_USE;

/* The resource of that name, or the only one where none is named (NULL). NULL: there is none; those that there are, are told. */
const struct resource *choose_resource(const char *verb, const struct settings *settings, const char *wanted) MUST_USE;

#endif
