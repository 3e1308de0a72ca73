/* SPDX-License-Identifier: MIT */
#include "preset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_presets_are_found_by_their_exact_name(void **state)
{
	(void)state;
	for (const struct preset *preset = presets; preset->name != NULL; preset++)
		assert_ptr_equal(preset_find(str_from(preset->name)), preset);
	assert_null(preset_find(STR("Generic")));
	assert_null(preset_find(STR("authentik ")));
	assert_null(preset_find(STR("auth")));
	assert_null(preset_find(STR_NONE));
}

static void test_generic_says_nothing_of_its_own(void **state)
{
	const struct preset *preset = preset_find(STR("generic"));

	(void)state;
	assert_null(preset->value[0].directive);
	assert_null(preset->hint);
	assert_null(preset->token_hint);
	assert_null(preset_value(preset, "groups_claim"));
}

static void test_CL_10_authentik_has_nonces_in_access_tokens_and_a_hint(void **state)
{
	const struct preset *preset = preset_find(STR("authentik"));

	(void)state;
	assert_string_equal(preset_value(preset, "nonce_marks_id_token"), "off");
	assert_non_null(strstr(preset->hint, "email_verified"));
	assert_non_null(strstr(preset->hint, "signing key"));
}

static void test_CL_15_each_provider_has_its_groups_where_it_puts_them(void **state)
{
	(void)state;
	assert_string_equal(preset_value(preset_find(STR("keycloak")), "groups_claim"), "realm_access.roles");
	assert_string_equal(preset_value(preset_find(STR("cognito")), "groups_claim"), "cognito:groups");
	assert_string_equal(preset_value(preset_find(STR("zitadel")), "groups_claim"), "urn:zitadel:iam:org:project:roles");
	assert_string_equal(preset_value(preset_find(STR("glewlwyd")), "groups_separator"), "comma");
	assert_string_equal(preset_value(preset_find(STR("entra")), "scope_claim"), "scp");
}

static void test_all_providers_are_there_with_the_form_of_their_issuer(void **state)
{
	static const char *const names[] = { "generic", "authentik", "authelia", "keycloak", "auth0", "okta", "entra", "google", "cognito", "logto",
		"zitadel", "github", "lemonldap", "glewlwyd" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct preset *preset = preset_find(str_from(names[i]));

		assert_non_null(preset);
		assert_true(str_starts(str_from(preset->issuer), STR("https://")));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_presets_are_found_by_their_exact_name),
		cmocka_unit_test(test_generic_says_nothing_of_its_own),
		cmocka_unit_test(test_CL_10_authentik_has_nonces_in_access_tokens_and_a_hint),
		cmocka_unit_test(test_CL_15_each_provider_has_its_groups_where_it_puts_them),
		cmocka_unit_test(test_all_providers_are_there_with_the_form_of_their_issuer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
