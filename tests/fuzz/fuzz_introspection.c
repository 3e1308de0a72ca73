/* SPDX-License-Identifier: MIT */
/* A provider's answer about a token: the first byte chooses the kind of question and of settings, the rest is the body. */
#include "claims.h"
#include "form.h"
#include "fuzz.h"
#include "introspection.h"

#define NOW 1800000000

static void check_claims(const json_t *json, bool text_values)
{
	struct str clients[] = { STR("app") };
	const struct issuer issuer = { .identifier = STR("https://idp.example"), .subject_claim = text_values ? STR("user.id") : STR("sub"),
		.user_claim = STR("sub"), .groups_claim = STR("realm_access.roles"), .organizations_claim = STR("organizations"),
		.grant_claim = STR("sid"), .groups_separator = text_values ? ',' : '\0', .text_values = text_values, .skew = 30, .max_lifetime = 86400,
		.audience_clients = { clients, 1 }, .ask = { .introspection = STR("https://idp.example/introspect") } };
	struct resource resource = { .identifier = STR("https://mcp.example/mcp") };
	static struct claims claims;
	size_t bytes;

	must(url_parse(resource.identifier, &resource.url));
	if (claims_judge(json, EVIDENCE_ANSWER, &issuer, &resource, NOW, &claims) != OUTCOME_ALLOW)
		return;
	must(claims.principal.subject.n != 0 && claims.principal.subject.n <= 255 && str_is_printable(claims.principal.subject));
	must(claims.principal.expires + issuer.skew > NOW);
	must(claims.principal.groups.n <= CLAIMS_GROUPS && claims.principal.scopes.n <= CLAIMS_SCOPES);
	/* For us, or of a client whose tokens are for us. */
	must(json_object_get(json, "aud") != NULL || str_is(claims.principal.client, "app"));
	free(principal_copy(&claims.principal, &bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = fuzz_text(data, size);
	unsigned choice = size != 0 ? data[0] : 0;
	enum answer_kind kind = choice & 1 ? ANSWER_TOKENINFO : ANSWER_INTROSPECTION;
	int status = choice & 2 ? 400 : 200;
	json_t *claims = NULL;
	enum outcome outcome;

	if (size == 0)
		return 0;
	body = str_skip(body, 1);
	outcome = answer_read(kind, status, (choice & 4) == 0, body, &claims);
	must((outcome == OUTCOME_ALLOW) == (claims != NULL));
	must(outcome == OUTCOME_ALLOW || outcome == OUTCOME_INACTIVE || outcome == OUTCOME_UNAVAILABLE);
	if (outcome == OUTCOME_ALLOW) {
		must(status == 200 && (choice & 4) == 0);
		must(kind != ANSWER_INTROSPECTION || json_is_true(json_object_get(claims, "active")));
		check_claims(claims, (choice & 8) != 0);
	}
	json_decref(claims);

	auto_buf form = BUF(65536);
	form_add(&form, "token", body);
	for (size_t i = 0; i < form.n; i++)
		must(form.p[i] > ' ' && form.p[i] < 0x7f && form.p[i] != '&' && form.p[i] != '+');
	return 0;
}
