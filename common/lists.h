/* SPDX-License-Identifier: MIT */
/*
 * The operator's files beside the settings: API keys, deny list, user map; and the grants of our own authorization server that
 * ended. They are looked at once a second and read again when they changed. Of a changed file that has a fault the log tells, and
 * what was read before stays; of a deny list the good lines count.
 */
#ifndef GATEHOUSE_LISTS_H
#define GATEHOUSE_LISTS_H

#include "api_key.h"
#include "denials.h"
#include "deny_list.h"
#include "settings.h"
#include "user_map.h"

struct lists;

/* Can all files be used? Else false, with a line for each fault in `why`; for the start of a program. */
bool lists_check(const struct settings *settings, struct buf *why);

/* `settings` must outlive it. Files that can't be read count as empty, and are told in the log. new */
struct lists *lists_new(const struct settings *settings) MUST_USE;
void lists_free(struct lists *lists);

/*
 * Looks at the files if the last look was in another second than `now`. False while there is one that could not be read yet, though
 * lists_check was content: until then nobody knows who is denied.
 */
bool lists_look(struct lists *lists, int64_t now);

/* The keys whose prefix the credential has; NULL when it has none of them. */
const struct api_keys *lists_keys_for(const struct lists *lists, struct str credential) MUST_USE;
/* Changes whenever a file of keys is read anew. */
uint64_t lists_keys_generation(const struct lists *lists);
const struct deny_list *lists_denied(const struct lists *lists);
/* NULL without a broker */
const struct denials *lists_denials(const struct lists *lists);
/*
 * Gives the principal the name by which the MCP server knows it (user_map), if there is such a file. OUTCOME_ALLOW, or
 * OUTCOME_UNMAPPED_USER when it has no name there and the settings want one.
 */
enum outcome lists_name(const struct lists *lists, struct principal *principal) MUST_USE;

#endif
