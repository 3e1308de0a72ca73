/* SPDX-License-Identifier: MIT */
/* The operator's files as a process first finds them, after they were good a moment ago. */
#include "settings_helper.h"
#include "unit.h"

#include "lists.h"

static void good_at_the_start(void)
{
	write_file("denied", "subject alice\n", 14, 0644);
	write_file("users", "", 0, 0644);
	accepts(ISSUER RESOURCE "deny_list $/denied\nuser_map $/users\n");
	buf_clear(&errors);
	assert_true(lists_check(settings, &errors));
}

static void test_DC_01_a_list_that_went_before_it_was_read_is_no_empty_list(void **state)
{
	static const char *const files[] = { "denied", "users" };

	(void)state;
	for (size_t i = 0; i < N_OF(files); i++) {
		struct lists *lists;

		good_at_the_start();
		lists = lists_new(settings);
		assert_int_equal(unlink(path_of(files[i])), 0);
		assert_false(lists_look(lists, 1));
		assert_false(lists_look(lists, 1));
		write_file(files[i], "", 0, 0644);
		assert_true(lists_look(lists, 2));
		/* What has been read once stays in force. */
		assert_int_equal(unlink(path_of(files[i])), 0);
		assert_true(lists_look(lists, 3));
		lists_free(lists);
	}
}

static void test_lists_that_are_not_set_are_known(void **state)
{
	struct lists *lists;

	(void)state;
	accepts(ISSUER RESOURCE);
	lists = lists_new(settings);
	assert_true(lists_look(lists, 1));
	lists_free(lists);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_DC_01_a_list_that_went_before_it_was_read_is_no_empty_list),
		cmocka_unit_test(test_lists_that_are_not_set_are_known),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
