/* SPDX-License-Identifier: MIT */
#include "token_form.h"

#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "form.h"

#define BASIC "Basic "

bool token_form_read(struct str body, struct token_form *form)
{
	enum { GRANT_TYPE, CODE, REDIRECT_URI, VERIFIER, REFRESH_TOKEN, SCOPE, TOKEN, CLIENT_ID, CLIENT_SECRET, RESOURCE, FIELDS };
	struct form_field field[FIELDS] = { [GRANT_TYPE] = { .name = "grant_type" },
		[CODE] = { .name = "code" },
		[REDIRECT_URI] = { .name = "redirect_uri" },
		[VERIFIER] = { .name = "code_verifier" },
		[REFRESH_TOKEN] = { .name = "refresh_token" },
		[SCOPE] = { .name = "scope" },
		[TOKEN] = { .name = "token" },
		[CLIENT_ID] = { .name = "client_id" },
		[CLIENT_SECRET] = { .name = "client_secret" },
		[RESOURCE] = { .name = "resource" } };
	bool good;

	*form = (struct token_form){ .memory = NULL };
	good = form_read(body, field, FIELDS, &form->memory);
	if (!good)
		return false;
	form->grant_type = field[GRANT_TYPE].value;
	form->code = field[CODE].value;
	form->redirect_uri = field[REDIRECT_URI].value;
	form->verifier = field[VERIFIER].value;
	form->refresh_token = field[REFRESH_TOKEN].value;
	form->scope = field[SCOPE].value;
	form->token = field[TOKEN].value;
	form->client_id = field[CLIENT_ID].value;
	form->client_secret = field[CLIENT_SECRET].value;
	form->resource = field[RESOURCE].value;
	for (size_t i = 0; i < FIELDS && form->doubled == NULL; i++) {
		if (field[i].copies > 1)
			form->doubled = field[i].name;
	}
	return true;
}

/* Codes and secrets were in it. */
static void forget(char **memory)
{
	if (*memory != NULL)
		explicit_bzero(*memory, strlen(*memory));
	free(*memory);
	*memory = NULL;
}

void token_form_free(struct token_form *form)
{
	forget(&form->memory);
	*form = (struct token_form){ .memory = NULL };
}

void client_proof_free(struct client_proof *proof)
{
	forget(&proof->memory);
	*proof = (struct client_proof){ .memory = NULL };
}

/* RFC 6749 2.3.1: id and secret, each encoded as in a form, with ":" between them, in base64. */
static bool read_basic(struct str text, struct client_proof *proof)
{
	auto_secret pair = BUF(TOKEN_FORM_BYTES), form = BUF(TOKEN_FORM_BYTES + 32);
	struct form_field field[] = { { .name = "id" }, { .name = "secret" } };
	struct str rest, id;

	if (!base64_decode(str_trim(text), &pair))
		return false;
	rest = buf_str(&pair);
	if (!str_has(rest, ':') || str_has(rest, '&') || !str_cut(&rest, ':', &id))
		return false;
	buf_add_text(&form, "id=");
	buf_add(&form, id);
	buf_add_text(&form, "&secret=");
	buf_add(&form, rest);
	if (!form_read(buf_str(&form), field, 2, &proof->memory))
		return false;
	proof->id = field[0].value;
	proof->secret = field[1].value;
	return proof->id.n != 0;
}

const char *token_form_grant_type(const struct token_form *form)
{
	return str_is(form->grant_type, "refresh_token")         ? "refresh_token"
		: str_is(form->grant_type, "authorization_code") ? "authorization_code"
								 : NULL;
}

const char *client_proof_read(struct str authorization, unsigned copies, const struct token_form *form, struct client_proof *proof)
{
	const struct str basic = STR(BASIC);

	*proof = (struct client_proof){ .id = form->client_id, .secret = form->client_secret };
	if (copies == 0)
		return proof->id.n != 0 ? NULL : "client_id is missing";
	proof->basic = true;
	if (copies > 1 || !str_eq_nocase(str_first(authorization, basic.n), basic) ||
		!read_basic(str_skip(authorization, basic.n), proof))
		return "Authorization is not one Basic header that says who the client is";
	/* OAuth 2.1 2.4: one way at a time; to repeat the id does no harm. */
	if (form->client_secret.n != 0 || (form->client_id.n != 0 && !str_eq(form->client_id, proof->id)))
		return "the client says in two ways who it is";
	return NULL;
}
