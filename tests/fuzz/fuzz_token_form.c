/* SPDX-License-Identifier: MIT */
/*
 * The token endpoint: the first line is the Authorization header (empty: none came), the rest the body. And, from a first byte "{" on, a
 * grant as it comes out of the store.
 */
#include "fuzz.h"

#include "grant.h"
#include "token_form.h"

static void check_text(struct str text)
{
	must(str_is_utf8(text) && str_is_printable(text));
}

static void check_form(struct str header, struct str body)
{
	struct token_form form;
	struct client_proof proof = { 0 };

	if (token_form_read(body, &form)) {
		const char *why = client_proof_read(header, header.n != 0 ? 1 : 0, &form, &proof);

		check_text(form.code);
		check_text(form.refresh_token);
		check_text(form.resource);
		check_text(form.client_secret);
		must(proof.basic == (header.n != 0));
		if (why == NULL) {
			must(proof.id.n != 0);
			check_text(proof.id);
			check_text(proof.secret);
			must(form.client_id.n == 0 || str_eq(form.client_id, proof.id));
			must(!proof.basic || form.client_secret.n == 0);
		}
	}
	client_proof_free(&proof);
	token_form_free(&form);
}

/* What is read as a grant is written so that the same is read again. */
static void check_grant(struct str text)
{
	auto_json *json = json_read_object(text, (struct json_limits){ GRANT_BYTES, 32, 32 });
	struct grant grant, again;

	if (!grant_read(json, &grant))
		return;
	must(grant.id.n != 0 && grant.client.n != 0 && json_is_object(grant.claims) && grant.since >= 0 && grant.kind >= 0);
	auto_json *written = grant_write(&grant);
	if (written == NULL)
		return;
	must(grant_read(written, &again));
	must(str_eq(grant.id, again.id) && str_eq(grant.scope, again.scope) && str_eq(grant.token, again.token) && grant.generation == again.generation);
	must(json_equal(grant.claims, again.claims) && (grant.id_token != NULL) == (again.id_token != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = fuzz_text(data, size), header;

	if (size != 0 && data[0] == '{')
		check_grant(rest);
	else if (str_cut(&rest, '\n', &header))
		check_form(header, rest);
	return 0;
}
