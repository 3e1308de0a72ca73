/* SPDX-License-Identifier: MIT */
#include "token_answer.h"

#define DEPTH 8
#define MEMBERS 64

/* RFC 6749 appendix A.12 and A.17: visible ASCII and blanks; blanks are in nobody's token. Null counts as absent. */
static bool read_token(const json_t *json, const char *name, struct str *token)
{
	const json_t *member = json_object_get(json, name);

	*token = json_text(json, name);
	if (member == NULL || json_is_null(member))
		return true;
	for (size_t i = 0; i < token->n; i++) {
		if (token->p[i] <= ' ' || token->p[i] > '~')
			return false;
	}
	return token->n != 0 && token->n <= TOKEN_ANSWER_TOKEN_BYTES;
}

const char *token_answer_read(int status, bool is_json, struct str body, struct token_answer *answer)
{
	const struct json_limits limits = { TOKEN_ANSWER_BYTES, DEPTH, MEMBERS };
	struct token_answer found = { .json = is_json ? json_read_object(body, limits) : NULL };

	*answer = (struct token_answer){ .json = found.json };
	if (found.json == NULL)
		return is_json ? "the answer is not one JSON object" : "the answer's Content-Type is not JSON";
	if (json_object_get(found.json, "error") != NULL) {
		answer->error = json_text(found.json, "error");
		return answer->error.n != 0 ? NULL : "its error is no text";
	}
	if (status != 200)
		return "its status is not 200, and it names no error";
	if (!str_eq_nocase(json_text(found.json, "token_type"), STR("Bearer")))
		return "the token is not of type Bearer (token_type)";
	if (!read_token(found.json, "access_token", &found.access_token) || found.access_token.n == 0 ||
		!read_token(found.json, "refresh_token", &found.refresh_token) ||
		!read_token(found.json, "id_token", &found.id_token))
		return "a token is missing, too long, or has bytes that no token has";
	*answer = found;
	return NULL;
}

void token_answer_free(struct token_answer *answer)
{
	json_decref(answer->json);
	*answer = (struct token_answer){ 0 };
}
