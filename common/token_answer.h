/* SPDX-License-Identifier: MIT */
/* What a token endpoint answers (RFC 6749 5.1 and 5.2, OIDC Core 3.1.3.3), read strictly. Pure: others do the asking. */
#ifndef GATEHOUSE_TOKEN_ANSWER_H
#define GATEHOUSE_TOKEN_ANSWER_H

#include "json.h"

#define TOKEN_ANSWER_BYTES 65536
#define TOKEN_ANSWER_TOKEN_BYTES 8192 /* any token that we have to hand on or keep */

/* Everything borrows from `json` and is a secret but `error`. */
struct token_answer {
	json_t *json;     /* owned */
	struct str error; /* the provider's word for its refusal; empty: it gave tokens */
	struct str access_token;
	struct str refresh_token; /* may be empty */
	struct str id_token;      /* may be empty */
};

/*
 * NULL: the answer is tokens of type Bearer, or an error. Else what is wrong with it, for people, static; then it has neither. An
 * error may come with any status (GitHub's come with 200). token_answer_free in any case.
 */
const char *token_answer_read(int status, bool is_json, struct str body, struct token_answer *answer) MUST_USE;
void token_answer_free(struct token_answer *answer);

#endif
