/* SPDX-License-Identifier: MIT */
#include "algorithm_names.h"

#include "jws.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_the_settings_name_the_algorithms_in_the_order_of_the_table(void **state)
{
	size_t i = 0;

	(void)state;
	for (; algorithm_names[i] != NULL; i++) {
		assert_non_null(jws_algorithms[i].name);
		assert_string_equal(algorithm_names[i], jws_algorithms[i].name);
	}
	assert_null(jws_algorithms[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_settings_name_the_algorithms_in_the_order_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
