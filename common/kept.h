/* SPDX-License-Identifier: MIT */
/*
 * Something from elsewhere in a file of the state directory, with where it came from, when, and for how long it is fresh:
 * {"url":...,"fetched":seconds,"lifetime":seconds,"document":...}. The file is ours, but whoever reads it judges what it says as if
 * it had just come from outside.
 */
#ifndef GATEHOUSE_KEPT_H
#define GATEHOUSE_KEPT_H

#include "json.h"
#include "state.h"

struct kept {
	json_t *document; /* owned; any kind of JSON value */
	char *url;        /* owned */
	int64_t fetched;  /* seconds, above 0 */
	int64_t lifetime; /* seconds; as written, within no bounds */
};

/* Sets *kept, for kept_free. False, and nothing set, when the file is absent, unsafe, or not of this form: logged unless absent. */
bool kept_read(const struct state *state, const char *name, struct json_limits limits, struct kept *kept) MUST_USE;
/* Replaces the file. False and a log line when it would have more than `bytes` or can't be written. */
bool kept_write(const struct state *state, const char *name, size_t bytes, const struct kept *kept) MUST_USE;
void kept_free(struct kept *kept);
#define auto_kept __attribute__((cleanup(kept_free))) struct kept

#endif
