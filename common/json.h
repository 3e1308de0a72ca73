/* SPDX-License-Identifier: MIT */
/*
 * JSON through jansson, strictly: one complete value, UTF-8, no double members (RFC 8259 4, RFC 7515 4), no NUL,
 * bounded depth and size. The only header that includes jansson.h.
 */
#ifndef GATEHOUSE_JSON_H
#define GATEHOUSE_JSON_H

#include <jansson.h>

#include "str.h"

#define auto_json __attribute__((cleanup(json_free_pointer))) json_t
void json_free_pointer(json_t **json);

struct json_limits {
	size_t bytes;
	size_t depth;   /* 1 = an object without arrays or objects in it */
	size_t members; /* of the outermost object */
};

/* new, or NULL when the text is not exactly one object within the limits. */
json_t *json_read_object(struct str text, struct json_limits limits) MUST_USE;

/* The same for an array. */
json_t *json_read_array(struct str text, struct json_limits limits) MUST_USE;

/* Member `name` as text; the empty slice when it is missing or not a string. borrowed from the object */
struct str json_text(const json_t *object, const char *name);
/* Member at a dotted path ("realm_access.roles"); a member whose own name has the dots wins. borrowed, NULL if none */
const json_t *json_at(const json_t *object, struct str path);
/* Removes the member that json_at would find there, or the one of the outermost object in which it lies. */
void json_remove_at(json_t *object, struct str path);
/* new; NULL when the text is not UTF-8, which json_object_set_new refuses in turn */
json_t *json_from_str(struct str text);
/* Compact, members in the order in which they were set. Appends to `out`; `out` fails when `json` is NULL. */
void json_write(const json_t *json, struct buf *out);

#endif
