/* SPDX-License-Identifier: MIT */
/*
 * Which of the configured resources a request is for: by the URL that the front server's settings name, else by host and the
 * longest path that holds the request's (whole segments, byte for byte). A path that another server could read differently is
 * for none.
 */
#ifndef GATEHOUSE_RESOURCE_H
#define GATEHOUSE_RESOURCE_H

#include "settings.h"
#include "str.h"

/*
 * `named` is the value of GATEHOUSE_RESOURCE (may be empty), `host` the server's name, `target` the raw request target with or
 * without query. borrowed; NULL when there is none: nobody gets in.
 */
const struct resource *resource_find(
	const struct settings *settings, struct str named, struct str host, struct str target) MUST_USE;

/* The request target up to its "?"; *query gets what follows. */
struct str target_path(struct str target, struct str *query);

#endif
