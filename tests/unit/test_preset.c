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

static void test_generic_takes_a_nonce_for_an_id_token(void **state)
{
	(void)state;
	assert_true(preset_find(STR("generic"))->nonce_marks_id_token);
	assert_null(preset_find(STR("generic"))->hint);
}

static void test_authentik_has_nonces_in_access_tokens_and_a_hint(void **state)
{
	const struct preset *preset = preset_find(STR("authentik"));

	(void)state;
	assert_false(preset->nonce_marks_id_token);
	assert_non_null(strstr(preset->hint, "email_verified"));
	assert_non_null(strstr(preset->hint, "signing key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_presets_are_found_by_their_exact_name),
		cmocka_unit_test(test_generic_takes_a_nonce_for_an_id_token),
		cmocka_unit_test(test_authentik_has_nonces_in_access_tokens_and_a_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
