/* SPDX-License-Identifier: MIT */
/* How a provider that does not answer is spared, and how it comes back. */
#include "table_fixture.h"

#include "breaker.h"
#include "log.h"

/* The numbers of breaker.c, in seconds. */
#define BREAK 10
#define FAILING 300
#define WELL 30
#define START ((int64_t)1800000000)

#define ISSUER STR("https://idp.example")

static void test_IN_05_nothing_is_known_at_first(void **unused)
{
	struct table *table = open_shared();
	const struct breaker breaker = breaker_of(table, ISSUER);

	(void)unused;
	for (int i = 0; i < 3; i++)
		assert_true(breaker_may_ask(&breaker, START));
	assert_false(breaker_is_hopeless(&breaker, START));
	assert_false(breaker_was_well(&breaker, START));
	table_close(table);
}

static void test_IN_05_while_it_fails_one_question_is_asked_in_ten_seconds(void **unused)
{
	struct table *table = open_shared();
	const struct breaker breaker = breaker_of(table, ISSUER);

	(void)unused;
	breaker_remember(&breaker, false, START);
	assert_true(breaker_is_hopeless(&breaker, START));
	assert_false(breaker_may_ask(&breaker, START));
	assert_true(breaker_is_hopeless(&breaker, START + BREAK - 1));
	assert_false(breaker_may_ask(&breaker, START + BREAK - 1));
	assert_false(breaker_is_hopeless(&breaker, START + BREAK));
	assert_true(breaker_may_ask(&breaker, START + BREAK));
	/* Asking for leave was the attempt, whatever comes of it. */
	assert_true(breaker_is_hopeless(&breaker, START + BREAK));
	assert_false(breaker_may_ask(&breaker, START + BREAK));
	breaker_remember(&breaker, false, START + BREAK + 4);
	assert_false(breaker_may_ask(&breaker, START + 2 * BREAK - 1));
	assert_true(breaker_may_ask(&breaker, START + 2 * BREAK));
	table_close(table);
}

static void test_IN_05_a_long_outage_stays_one(void **unused)
{
	struct table *table = open_shared();
	const struct breaker breaker = breaker_of(table, ISSUER);
	unsigned asked = 0;

	(void)unused;
	breaker_remember(&breaker, false, START);
	for (int64_t now = START + 1; now <= START + 4 * FAILING; now++) {
		for (int i = 0; i < 3; i++) {
			if (!breaker_may_ask(&breaker, now))
				continue;
			asked++;
			breaker_remember(&breaker, false, now);
		}
	}
	assert_int_equal(asked, 4 * FAILING / BREAK);
	table_close(table);
}

static void test_IN_05_the_first_answer_ends_it(void **unused)
{
	struct table *table = open_shared();
	const struct breaker breaker = breaker_of(table, ISSUER);

	(void)unused;
	breaker_remember(&breaker, false, START);
	assert_true(breaker_may_ask(&breaker, START + BREAK));
	breaker_remember(&breaker, true, START + BREAK);
	assert_false(breaker_is_hopeless(&breaker, START + BREAK));
	for (int i = 0; i < 3; i++)
		assert_true(breaker_may_ask(&breaker, START + BREAK));
	table_close(table);
}

static void test_IN_05_a_failure_is_forgotten_when_nobody_asks(void **unused)
{
	struct table *table = open_shared();
	const struct breaker breaker = breaker_of(table, ISSUER);

	(void)unused;
	breaker_remember(&breaker, false, START);
	assert_true(breaker_may_ask(&breaker, START + FAILING - 1));
	assert_false(breaker_may_ask(&breaker, START + FAILING - 1));
	assert_true(breaker_may_ask(&breaker, START + FAILING));
	assert_true(breaker_may_ask(&breaker, START + FAILING));
	table_close(table);
}

static void test_IN_05_an_answer_speaks_for_it_for_half_a_minute(void **unused)
{
	struct table *table = open_shared();
	const struct breaker breaker = breaker_of(table, ISSUER);

	(void)unused;
	breaker_remember(&breaker, true, START);
	assert_true(breaker_was_well(&breaker, START + WELL - 1));
	assert_false(breaker_was_well(&breaker, START + WELL));
	/* The last one counts. */
	breaker_remember(&breaker, true, START + 20);
	assert_true(breaker_was_well(&breaker, START + 20 + WELL - 1));
	assert_false(breaker_was_well(&breaker, START + 20 + WELL));
	breaker_remember(&breaker, false, START + 21);
	assert_false(breaker_was_well(&breaker, START + 21));
	table_close(table);
}

static void test_IN_05_it_is_known_to_all_processes_and_of_that_issuer_only(void **unused)
{
	struct table *table = open_shared(), *another = open_shared();
	const struct breaker breaker = breaker_of(table, ISSUER), same = breaker_of(another, ISSUER), other = breaker_of(table, STR("https://idp.example/"));

	(void)unused;
	breaker_remember(&breaker, true, START);
	assert_true(breaker_was_well(&same, START));
	assert_false(breaker_was_well(&other, START));
	breaker_remember(&breaker, false, START);
	assert_true(breaker_is_hopeless(&same, START));
	assert_false(breaker_is_hopeless(&other, START));
	assert_true(breaker_may_ask(&other, START));
	assert_true(breaker_may_ask(&same, START + BREAK));
	assert_false(breaker_may_ask(&breaker, START + BREAK));
	breaker_remember(&same, true, START + BREAK);
	assert_true(breaker_may_ask(&breaker, START + BREAK));
	table_close(table);
	table_close(another);
}

static void test_IN_05_a_clock_that_was_ahead_closes_nothing(void **unused)
{
	struct table *table = open_shared();
	const struct breaker breaker = breaker_of(table, ISSUER);

	(void)unused;
	breaker_remember(&breaker, true, START + DAY);
	breaker_remember(&breaker, false, START + DAY);
	assert_false(breaker_is_hopeless(&breaker, START));
	assert_true(breaker_may_ask(&breaker, START));
	assert_false(breaker_was_well(&breaker, START));
	/* And a failure by the right clock is one. */
	breaker_remember(&breaker, false, START);
	assert_true(breaker_is_hopeless(&breaker, START));
	assert_false(breaker_may_ask(&breaker, START + BREAK - 1));
	assert_true(breaker_may_ask(&breaker, START + BREAK));
	table_close(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_IN_05_nothing_is_known_at_first),
		TEST(test_IN_05_while_it_fails_one_question_is_asked_in_ten_seconds),
		TEST(test_IN_05_a_long_outage_stays_one),
		TEST(test_IN_05_the_first_answer_ends_it),
		TEST(test_IN_05_a_failure_is_forgotten_when_nobody_asks),
		TEST(test_IN_05_an_answer_speaks_for_it_for_half_a_minute),
		TEST(test_IN_05_it_is_known_to_all_processes_and_of_that_issuer_only),
		TEST(test_IN_05_a_clock_that_was_ahead_closes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
