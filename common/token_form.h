/* SPDX-License-Identifier: MIT */
/*
 * What clients post to the token endpoint (OAuth 2.1 3.2.2) and to revocation (RFC 7009 2.1), and how they say who they are (OAuth
 * 2.1 2.4). Pure: who the client is, and whether its secret is right, is for the caller.
 */
#ifndef GATEHOUSE_TOKEN_FORM_H
#define GATEHOUSE_TOKEN_FORM_H

#include "str.h"

#define TOKEN_FORM_BYTES 32768

/* The parameters; empty: it did not come. Everything borrows from `memory`. */
struct token_form {
	struct str grant_type, code, redirect_uri, verifier, refresh_token, scope, resource;
	struct str token; /* revocation */
	struct str client_id, client_secret;
	const char *doubled; /* the name of a parameter that came twice; NULL: none */
	char *memory;        /* owned */
};

/* False when the body is no form at all. token_form_free in any case. */
bool token_form_read(struct str body, struct token_form *form) MUST_USE;
void token_form_free(struct token_form *form);
/* What is wanted, "authorization_code" or "refresh_token", static; NULL: nothing that is given here. */
const char *token_form_grant_type(const struct token_form *form) MUST_USE;

/* Who the client says that it is, and its proof. */
struct client_proof {
	struct str id;
	struct str secret; /* empty: none */
	bool basic;        /* it came in the header, so a refusal has to be a challenge (RFC 6749 5.2) */
	char *memory;      /* owned; `id` and `secret` borrow from it or from the form */
};

/*
 * From the header `authorization` (how often it came) or the form. NULL, or what is wrong, static; then the client is not known.
 * client_proof_free in any case.
 */
const char *client_proof_read(
	struct str authorization, unsigned copies, const struct token_form *form, struct client_proof *proof) MUST_USE;
void client_proof_free(struct client_proof *proof);

#endif
