/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "table_fixture.h"

static void test_keys_differ_in_every_part(void **unused)
{
	const uint64_t keys[] = {
		table_key('p', STR("a"), STR("b")),
		table_key('q', STR("a"), STR("b")),
		table_key('p', STR("ab"), STR_NONE),
		table_key('p', STR_NONE, STR("ab")),
		table_key('p', STR("a"), STR("c")),
		table_key('p', STR("b"), STR("a")),
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(keys); i++) {
		for (size_t k = 0; k < i; k++)
			assert_true(keys[i] != keys[k]);
	}
	assert_true(table_key('p', STR("a"), STR("b")) == keys[0]);
}

static void test_take_admits_the_burst_then_one_per_interval(void **unused)
{
	struct table *table = open_shared();
	uint64_t key = table_key('p', STR("someone"), STR_NONE);
	uint32_t retry_after = 0;

	(void)unused;
	for (int i = 0; i < 6; i++)
		assert_true(take(table, key, 6, 60, NOW));
	assert_false(table_take(table, key, 6, 60, NOW, &retry_after));
	assert_int_equal(retry_after, 10);
	assert_false(
	    table_take(table, key, 6, 60, NOW + 9 * SECOND_NS + SECOND_NS / 2, &retry_after));
	assert_int_equal(retry_after, 1);
	assert_false(take(table, key, 6, 60, NOW + 10 * SECOND_NS - 1));
	assert_true(take(table, key, 6, 60, NOW + 10 * SECOND_NS));
	assert_false(take(table, key, 6, 60, NOW + 10 * SECOND_NS));
	/* After a quiet window all are there again, and no more than all. */
	for (int i = 0; i < 6; i++)
		assert_true(take(table, key, 6, 60, NOW + 100 * SECOND_NS));
	assert_false(take(table, key, 6, 60, NOW + 100 * SECOND_NS));
	assert_true(take(table, table_key('p', STR("another"), STR_NONE), 6, 60, NOW));
	table_close(table);
}

static void test_take_holds_at_the_edges_of_its_numbers(void **unused)
{
	struct table *table = open_shared();
	uint32_t retry_after = 0;

	(void)unused;
	for (uint64_t i = 0; i < 100; i++)
		assert_true(take(table, 1, 0, 60, NOW)); /* no limit */
	assert_true(take(table, 2, 1, UINT32_MAX, NOW));
	assert_false(table_take(table, 2, 1, UINT32_MAX, NOW, &retry_after));
	assert_true(retry_after == UINT32_MAX);
	assert_true(take(table, 3, UINT32_MAX, 1, NOW));
	assert_true(take(table, 4, 1, 1, 0));
	assert_false(take(table, 4, 1, 1, 0));
	assert_false(take(table, 4, 1, 1, -5));
	assert_true(table_stamp(table, 5, 0, NOW));
	assert_true(table_stamp(table, 5, 0, NOW));
	table_close(table);
}

static void test_stamp_elects_again_after_the_interval(void **unused)
{
	struct table *table = open_shared();

	(void)unused;
	assert_true(table_stamp(table, 7, 60 * SECOND_NS, NOW));
	assert_false(table_stamp(table, 7, 60 * SECOND_NS, NOW));
	assert_false(table_stamp(table, 7, 60 * SECOND_NS, NOW + 60 * SECOND_NS - 1));
	assert_true(table_stamp(table, 7, 60 * SECOND_NS, NOW + 60 * SECOND_NS));
	assert_true(table_stamp(table, 8, 60 * SECOND_NS, NOW));
	table_close(table);
}

static void test_clock_that_goes_back_locks_nobody_out(void **unused)
{
	struct table *table = open_shared();
	int64_t earlier = NOW - 3650 * (int64_t)DAY * SECOND_NS;

	(void)unused;
	for (int i = 0; i < 6; i++)
		assert_true(take(table, 9, 6, 60, NOW));
	assert_true(table_stamp(table, 10, 60 * SECOND_NS, NOW));
	/*
	 * Ten years back: at first all counts as used up, but no longer than one window of the
	 * earlier clock.
	 */
	assert_false(take(table, 9, 6, 60, earlier));
	assert_false(table_stamp(table, 10, 60 * SECOND_NS, earlier));
	assert_true(take(table, 9, 6, 60, earlier + 10 * SECOND_NS));
	assert_false(take(table, 9, 6, 60, earlier + 10 * SECOND_NS));
	assert_true(table_stamp(table, 10, 60 * SECOND_NS, earlier + 60 * SECOND_NS));
	/* A stamp that nobody renews is not in force for ten years. */
	assert_true(table_stamp(table, 11, 60 * SECOND_NS, NOW));
	assert_true(table_is_stamped(table, 11, 60 * SECOND_NS, NOW));
	assert_false(table_is_stamped(table, 11, 60 * SECOND_NS, earlier));
	table_close(table);
}

static bool owe(struct table *table, uint64_t key, uint32_t count, uint32_t seconds, int64_t now)
{
	uint32_t retry_after;

	return table_owe(table, key, count, seconds, now, &retry_after);
}

static void test_PO_05_asking_costs_nothing_and_what_is_owed_is_paid_later(void **unused)
{
	struct table *table = open_shared();
	uint32_t retry_after = 0;

	(void)unused;
	for (int i = 0; i < 10; i++)
		assert_true(table_has(table, 20, 6, 60, NOW, &retry_after));
	for (int i = 0; i < 6; i++)
		assert_true(owe(table, 20, 6, 60, NOW));
	assert_false(table_has(table, 20, 6, 60, NOW, &retry_after));
	assert_int_equal(retry_after, 10);
	/* Two more that had begun already. */
	assert_false(owe(table, 20, 6, 60, NOW) || owe(table, 20, 6, 60, NOW));
	assert_false(table_has(table, 20, 6, 60, NOW + 20 * SECOND_NS, &retry_after));
	assert_int_equal(retry_after, 10);
	assert_true(table_has(table, 20, 6, 60, NOW + 30 * SECOND_NS, &retry_after));
	assert_true(table_has(table, 21, 6, 60, NOW, &retry_after));
	table_close(table);
}

static void test_PO_05_nobody_owes_more_than_as_many_again(void **unused)
{
	struct table *table = open_shared();
	uint32_t retry_after = 0;

	(void)unused;
	for (int i = 0; i < 100; i++)
		(void)owe(table, 22, 2, 60, NOW);
	assert_false(table_has(table, 22, 2, 60, NOW, &retry_after));
	assert_int_equal(retry_after, 90);
	assert_true(table_has(table, 22, 2, 60, NOW + 90 * SECOND_NS, &retry_after));
	/* Nor does a clock that goes back make it last, or a limit that is none. */
	assert_true(table_has(table, 22, 2, 60, NOW - 600 * SECOND_NS, &retry_after));
	assert_true(table_has(table, 22, 0, 60, NOW, &retry_after) && owe(table, 22, 0, 60, NOW));
	assert_true(table_has(table, 22, 2, 0, NOW, &retry_after) && owe(table, 22, 2, 0, NOW));
	table_close(table);
}

static void test_a_stamp_is_in_force_for_its_interval_and_looking_changes_nothing(void **unused)
{
	struct table *table = open_shared();

	(void)unused;
	assert_false(table_is_stamped(table, 30, 60 * SECOND_NS, NOW));
	assert_true(table_stamp(table, 30, 60 * SECOND_NS, NOW));
	assert_true(table_is_stamped(table, 30, 60 * SECOND_NS, NOW));
	assert_true(table_is_stamped(table, 30, 60 * SECOND_NS, NOW + 60 * SECOND_NS - 1));
	assert_false(table_is_stamped(table, 30, 60 * SECOND_NS, NOW + 60 * SECOND_NS));
	assert_false(table_is_stamped(table, 31, 60 * SECOND_NS, NOW));
	/* Looked at before the time of the stamp, it is none; afterwards it is there as before. */
	assert_false(table_is_stamped(table, 30, 60 * SECOND_NS, NOW - 1));
	assert_false(table_is_stamped(table, 30, 60 * SECOND_NS, -1));
	assert_false(table_stamp(table, 30, 60 * SECOND_NS, NOW + 1));
	table_close(table);
}

static void test_a_cleared_stamp_is_gone_for_all_processes(void **unused)
{
	struct table *table = open_shared(), *other = open_shared();

	(void)unused;
	table_clear(table, 40); /* never seen */
	assert_true(table_stamp(table, 40, 60 * SECOND_NS, NOW));
	assert_true(table_stamp(table, 41, 60 * SECOND_NS, NOW));
	assert_true(table_is_stamped(other, 40, 60 * SECOND_NS, NOW));
	table_clear(other, 40);
	assert_false(table_is_stamped(table, 40, 60 * SECOND_NS, NOW));
	assert_true(table_is_stamped(table, 41, 60 * SECOND_NS, NOW));
	assert_true(table_stamp(table, 40, 60 * SECOND_NS, NOW));
	table_close(table);
	table_close(other);
}

static unsigned take_many(struct table *table, unsigned process)
{
	uint64_t key = table_key('p', STR("https://issuer.example"), STR("subject"));
	unsigned taken = 0;

	(void)process;
	for (unsigned i = 0; i < 60000; i++)
		taken += take(table, key, 100000, DAY, NOW + i);
	return taken;
}

static void test_processes_together_take_exactly_the_limit_also_after_a_restart(void **unused)
{
	(void)unused;
	assert_int_equal(in_processes(take_many), 100000);
	assert_int_equal(in_processes(take_many), 0);
}

static unsigned owe_many(struct table *table, unsigned process)
{
	unsigned had = 0;

	(void)process;
	for (unsigned i = 0; i < 20000; i++)
		had += owe(table, 50, 1000, DAY, NOW);
	return had;
}

static void test_PO_05_processes_that_owe_together_had_exactly_the_limit(void **unused)
{
	(void)unused;
	assert_int_equal(in_processes(owe_many), 1000);
}

static unsigned stamp_many(struct table *table, unsigned process)
{
	unsigned elected = 0;

	(void)process;
	for (uint64_t key = 1; key <= 500; key++)
		elected += table_stamp(table, key, 60 * SECOND_NS, NOW);
	return elected;
}

static void test_JK_02_a_stamp_elects_exactly_one_process(void **unused)
{
	(void)unused;
	assert_int_equal(in_processes(stamp_many), 500);
	assert_int_equal(in_processes(stamp_many), 0);
}

static unsigned stamp_once(struct table *table, unsigned process)
{
	(void)process;
	return table_stamp(table, 1, 60 * SECOND_NS, NOW);
}

static void test_processes_that_start_together_share_one_file(void **unused)
{
	(void)unused;
	for (int i = 0; i < 40; i++) {
		assert_int_equal(in_processes(stamp_once), 1);
		assert_int_equal(unlinkat(directory, "table", 0), 0);
	}
}

/* Keys enough to fill every slot several times; some more than once. */
static unsigned crowd(struct table *table, unsigned process)
{
	unsigned taken = 0;

	for (uint64_t key = 0; key < 4 * TABLE_SLOTS; key++)
		taken += take(table, key + process % 2 * TABLE_SLOTS, 1, DAY, NOW);
	return taken != 0;
}

static void test_full_table_still_serves_new_keys_and_still_limits(void **unused)
{
	struct table *table;

	(void)unused;
	assert_int_equal(in_processes(crowd), PROCESSES);
	table = open_shared();
	for (uint64_t key = 10000000; key < 10000100; key++) {
		assert_true(take(table, key, 2, DAY, NOW));
		assert_true(take(table, key, 2, DAY, NOW));
		assert_false(take(table, key, 2, DAY, NOW));
	}
	table_close(table);
}

static void test_the_busiest_key_is_not_the_one_that_gives_way(void **unused)
{
	struct table *table = open_shared();

	(void)unused;
	/* A stamp for a day, and then a million strangers with limits of a minute. */
	assert_true(table_stamp(table, 77, DAY * SECOND_NS, NOW));
	for (uint64_t key = 1000; key < 1000 + 8 * TABLE_SLOTS; key++)
		(void)take(table, key, 1, 60, NOW);
	assert_false(table_stamp(table, 77, DAY * SECOND_NS, NOW + SECOND_NS));
	table_close(table);
}

static void test_slots_whose_time_has_passed_go_to_new_keys(void **unused)
{
	struct table *table = open_shared();
	unsigned kept = 0;

	(void)unused;
	for (uint64_t key = 0; key < 8 * TABLE_SLOTS; key++)
		(void)take(table, key, 1, 60, NOW);
	/*
	 * An hour later every slot may be had; a tenth as many keys find room without pushing each
	 * other out.
	 */
	for (uint64_t key = 0; key < TABLE_SLOTS / 10; key++)
		assert_true(take(table, key, 1, 60, NOW + 3600 * SECOND_NS));
	for (uint64_t key = 0; key < TABLE_SLOTS / 10; key++)
		kept += !take(table, key, 1, 60, NOW + 3600 * SECOND_NS);
	assert_int_equal(kept, TABLE_SLOTS / 10);
	table_close(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_differ_in_every_part),
		TEST(test_take_admits_the_burst_then_one_per_interval),
		TEST(test_take_holds_at_the_edges_of_its_numbers),
		TEST(test_stamp_elects_again_after_the_interval),
		TEST(test_clock_that_goes_back_locks_nobody_out),
		TEST(test_PO_05_asking_costs_nothing_and_what_is_owed_is_paid_later),
		TEST(test_PO_05_nobody_owes_more_than_as_many_again),
		TEST(test_a_stamp_is_in_force_for_its_interval_and_looking_changes_nothing),
		TEST(test_a_cleared_stamp_is_gone_for_all_processes),
		TEST(test_processes_together_take_exactly_the_limit_also_after_a_restart),
		TEST(test_PO_05_processes_that_owe_together_had_exactly_the_limit),
		TEST(test_JK_02_a_stamp_elects_exactly_one_process),
		TEST(test_processes_that_start_together_share_one_file),
		TEST(test_full_table_still_serves_new_keys_and_still_limits),
		TEST(test_the_busiest_key_is_not_the_one_that_gives_way),
		TEST(test_slots_whose_time_has_passed_go_to_new_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
