/* SPDX-License-Identifier: MIT */
#include "introspection.h"

#include "base64url.h"
#include "form.h"

#define DEPTH 12
#define MEMBERS 256

void basic_add(struct str client, struct str secret, struct buf *header)
{
	auto_buf pair = BUF(header->limit);

	form_encode(&pair, client);
	buf_add_byte(&pair, ':');
	form_encode(&pair, secret);
	buf_add_text(header, "Basic ");
	base64_encode(buf_str(&pair), header);
}

/* RFC 7662 2.2: only the JSON value true is a yes. */
static enum outcome judge_introspection(int status, const json_t *json)
{
	if (status != 200 || json == NULL)
		return OUTCOME_UNAVAILABLE;
	return json_is_true(json_object_get(json, "active")) ? OUTCOME_ALLOW : OUTCOME_INACTIVE;
}

/* OIDC Core 5.3.3: a token that is no good is told by 401 (403: not for this). */
static enum outcome judge_userinfo(int status, bool has_subject)
{
	if (status == 401 || status == 403)
		return OUTCOME_INACTIVE;
	return status == 200 && has_subject ? OUTCOME_ALLOW : OUTCOME_UNAVAILABLE;
}

/* Google says 400 of a token that it does not know, GitHub 404, or 422 of what is no token at all. */
static enum outcome judge_tokeninfo(int status, const json_t *json)
{
	if (status == 400 || status == 404 || status == 422)
		return OUTCOME_INACTIVE;
	return status == 200 && json != NULL ? OUTCOME_ALLOW : OUTCOME_UNAVAILABLE;
}

enum outcome answer_read(enum answer_kind kind, int status, bool is_json, struct str body, json_t **claims)
{
	const struct json_limits limits = { ANSWER_BYTES, DEPTH, MEMBERS };
	/* A signed answer (application/token-introspection+jwt, RFC 9701; application/jwt) has no JSON type. */
	json_t *json = status == 200 && is_json ? json_read_object(body, limits) : NULL;
	enum outcome outcome = OUTCOME_UNAVAILABLE;

	switch (kind) {
	case ANSWER_INTROSPECTION:
		outcome = judge_introspection(status, json);
		break;
	case ANSWER_USERINFO:
		outcome = judge_userinfo(status, json_text(json, "sub").n != 0);
		break;
	case ANSWER_PROFILE:
		/* Which of its members is the subject, claims.h looks for. */
		outcome = judge_userinfo(status, json != NULL);
		break;
	case ANSWER_TOKENINFO:
		outcome = judge_tokeninfo(status, json);
		break;
	case ANSWER_MEMBERSHIPS:
		break;
	}
	*claims = outcome == OUTCOME_ALLOW ? json : NULL;
	if (outcome != OUTCOME_ALLOW)
		json_decref(json);
	return outcome;
}

bool answer_is_about_token(enum answer_kind kind, int status, bool is_json, bool too_large)
{
	static const int complaints[] = { 400, 413, 414, 422, 431 };

	/* An answer of the right kind tells of the token, and as much as its owner has put there, or more than we take. */
	if (too_large || (status == 200 && is_json))
		return true;
	/* Asked in the token's own name, the provider also counts and refuses in its name. */
	if (kind == ANSWER_USERINFO || kind == ANSWER_PROFILE || kind == ANSWER_MEMBERSHIPS)
		return status >= 400 && status < 500;
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		if (status == complaints[i])
			return true;
	}
	return false;
}
