/* SPDX-License-Identifier: MIT */
/* The presets that there are, and what is to be known by those who use one. */
#include "redirect_uri.h"
#include "settings_helper.h"

#define CLIENT FACADE "client_id c\n"
#define WITH(rules) ISSUER "resource https://mcp.example.com/mcp { " rules "; }\n"
#define BROKER "authorization_server broker; public_issuer https://gate.example.com; client_id ours\n" ISSUER

/* How many there are to choose from. */
static size_t choices(const char *name)
{
	size_t n = 1;

	for (const struct directive *directive = directives; directive->name != NULL; directive++) {
		for (const char *at = directive->arguments; str_is(str_from(name), directive->name) && *at != '\0'; at++)
			n += *at == '|' ? 1 : 0;
	}
	return n;
}

/* The names stand in tables of their own, and in that of the directives so that a mistake is told with all of them. */
static void test_RG_19_the_names_of_presets_are_those_that_exist(void **state)
{
	size_t n = 0, n_redirects = 0;

	(void)state;
	for (; presets[n].name != NULL; n++) {
		auto_buf text = BUF(4096);

		buf_print(&text,
			"preset %s\nissuer https://auth.example.com { audience_clients c; introspection_client c; "
			"introspection_secret_file $/secret; }\n"
			"resource https://mcp.example.com/mcp { allow any; require_scopes s; }\n",
			presets[n].name);
		write_file("secret", "s\n", 2, 0600);
		accepts(text.p);
	}
	for (; redirect_presets[n_redirects].name != NULL; n_redirects++) {
		auto_buf text = BUF(4096);

		buf_print(&text, CLIENT "redirect_preset %s\n" ISSUER RESOURCE, redirect_presets[n_redirects].name);
		accepts(text.p);
	}
	assert_int_equal(choices("preset"), n);
	assert_int_equal(choices("redirect_preset"), n_redirects);
	refuses("preset authentic\n" ISSUER RESOURCE,
		"$/gatehouse.conf:1:8: found \"authentic\", expected generic or authentik or authelia or ");
	refuses("\n redirect_preset claude claud\n" ISSUER RESOURCE,
		"$/gatehouse.conf:2:25: found \"claud\", expected claude or chatgpt or vscode or ");
}

static void test_the_hint_of_a_preset_that_is_used_is_noted(void **state)
{
	(void)state;
	accepts_with_note("preset authentik\n" WITH("allow email a@b"),
		"$/gatehouse.conf:1:8: preset authentik: authentik sends email_verified false");
	accepts_with_note("preset authentik\n" WITH("allow group g"), "preset authentik: authentik sends email_verified false");
	accepts_with_note("trust_email on; preset authentik\n" WITH("allow email a@b"), "preset authentik: ");
	accepts_with_note("issuer https://auth.example.com {\n preset keycloak\n}\n" RESOURCE,
		"$/gatehouse.conf:2:9: preset keycloak: keycloak puts no audience of yours into tokens by itself");
	assert_true(contains(&notes, "and make it default; fix the host name"));
	accepts_with_note("preset logto\n" ISSUER RESOURCE, "preset logto: logto gives a JWT only");
	accepts("preset generic\n" WITH("allow email a@b"));
	assert_int_equal(notes.n, 0);
	accepts(ISSUER RESOURCE);
	assert_int_equal(notes.n, 0);
}

static void test_where_people_only_log_in_no_hint_is_about_tokens(void **state)
{
	(void)state;
	accepts_with_note(BROKER "preset keycloak\n" RESOURCE, "preset keycloak: fix the host name");
	accepts_without_note(BROKER "preset keycloak\n" RESOURCE, "audience");
	accepts_without_note(BROKER "preset logto\n" RESOURCE, "preset logto: ");
	accepts_with_note(BROKER "preset keycloak\n" RESOURCE
				 "resource https://mcp.example.com/both { allow any; issuer https://auth.example.com; }\n",
		"preset keycloak: keycloak puts no audience");
	/* That nobody's address counts as verified is no matter of tokens. */
	accepts_with_note(BROKER "preset authentik\nresource https://mcp.example.com/mcp { allow email a@b.example; }\n",
		"so e-mail rules match nobody until");
	accepts_with_note(BROKER "preset authentik\nresource https://mcp.example.com/mcp { allow domain b.example; }\n",
		"so e-mail rules match nobody until");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_RG_19_the_names_of_presets_are_those_that_exist),
		cmocka_unit_test(test_the_hint_of_a_preset_that_is_used_is_noted),
		cmocka_unit_test(test_where_people_only_log_in_no_hint_is_about_tokens),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
