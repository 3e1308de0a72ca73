/* SPDX-License-Identifier: MIT */
/* Pieces of tokens and of what providers say, written so that no byte of theirs can act on a terminal. */
#ifndef GATEHOUSE_SHOW_H
#define GATEHOUSE_SHOW_H

#include "json.h"
#include "policy.h"

/* Appends JSON in ASCII, without any control byte but line ends where `indented`; "nothing" for NULL. */
void add_json(const json_t *json, bool indented, struct buf *text);
/* Appends a text as such JSON. */
void add_quoted(struct str word, struct buf *text);
void add_words(const struct words *words, struct buf *text);
/* Appends rules like the settings write them: "`allow subject alice`, `allow group staff`". */
void add_rules(const char *name, const struct rules *rules, struct buf *text);
/* Appends who it is, in the words that rules use. */
void add_principal(const struct principal *principal, struct buf *text);
/* Appends a length of time in words: "52 minutes". */
void add_span(int64_t seconds, struct buf *text);
/* A time (RFC 7519 2) among the claims, between 0 and 2^53. */
bool claim_time(const json_t *claims, const char *name, int64_t *time) MUST_USE;

/* Header or claims of a token (RFC 7515 3.1). new; NULL when that part is no JSON object within limits. */
json_t *token_part(struct str part) MUST_USE;
/* Prints JSON after its title. An answer about a token may repeat it, GitHub's does: the token itself is left out. */
void show_json(const char *title, const json_t *json, struct str token);
/* Prints the times among the claims as dates, and how far they are from `now` (seconds). */
void show_times(const json_t *claims, int64_t now);

#endif
