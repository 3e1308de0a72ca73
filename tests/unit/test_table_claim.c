/* SPDX-License-Identifier: MIT */
/* Keys of a table that belong to somebody. */
#include "table_fixture.h"

static void test_HD_17_a_claim_belongs_to_one_owner_until_it_ends(void **unused)
{
	struct table *table = open_shared(), *other = open_shared();
	const int64_t day = DAY * SECOND_NS;

	(void)unused;
	assert_false(table_is_of_another(table, 1, 10, NOW));
	assert_true(table_claim(table, 1, 10, day, NOW));
	assert_true(table_claim(table, 1, 10, day, NOW));
	assert_false(table_is_of_another(other, 1, 10, NOW));
	assert_true(table_is_of_another(other, 1, 11, NOW));
	assert_false(table_claim(other, 1, 11, day, NOW));
	assert_true(table_claim(other, 2, 11, day, NOW));
	/* Each use makes it last anew. */
	assert_true(table_claim(table, 1, 10, day, NOW + day / 2));
	assert_false(table_claim(table, 1, 11, day, NOW + day + day / 4));
	assert_true(table_is_of_another(table, 1, 11, NOW + day + day / 2 - 70 * SECOND_NS));
	assert_false(table_is_of_another(table, 1, 11, NOW + day + day / 2 + 70 * SECOND_NS));
	assert_true(table_claim(table, 1, 11, day, NOW + day + day / 2 + 70 * SECOND_NS));
	assert_false(table_claim(table, 1, 10, day, NOW + day + day / 2 + 70 * SECOND_NS));
	/* A clock that goes back takes it from nobody. */
	assert_true(table_claim(table, 1, 11, day, NOW - day));
	assert_false(table_claim(table, 1, 10, day, NOW - day));
	table_close(other);
	table_close(table);
}

#define CONTESTED 3000u /* few enough that none pushes another out */

static unsigned claim_many(struct table *table, unsigned process)
{
	unsigned won = 0;

	for (uint64_t key = 0; key < CONTESTED; key++)
		won += table_claim(table, table_key('s', STR("x"), (struct str){ (const char *)&key, sizeof(key) }), 100 + process,
			DAY * SECOND_NS, NOW);
	return won;
}

static void test_HD_17_of_those_who_claim_at_once_exactly_one_wins(void **unused)
{
	(void)unused;
	assert_int_equal(in_processes(claim_many), CONTESTED);
}

static uint64_t contested;

static unsigned claim_full(struct table *table, unsigned process)
{
	return table_claim(table, contested, 100 + process, DAY * SECOND_NS, NOW);
}

static void test_HD_17_in_a_full_table_at_most_one_wins(void **unused)
{
	struct table *table = open_shared();

	(void)unused;
	for (uint64_t key = 1; key < 12 * TABLE_SLOTS; key++)
		(void)!table_claim(table, key << 20, key, DAY * SECOND_NS, NOW);
	for (contested = 1; contested <= 20; contested++)
		assert_true(in_processes(claim_full) <= 1);
	table_close(table);
}

/* As it would be if two processes had found two places for it at once. */
static void test_HD_17_what_two_have_claimed_in_two_places_is_nobodys(void **unused)
{
	struct table *table = open_shared();
	struct table_map *map = table_map_open(directory, "table");
	struct table_slot *slot = map->slot, *neighbour;

	(void)unused;
	assert_true(table_claim(table, 1, 10, DAY * SECOND_NS, NOW));
	while (slot->key == 0)
		slot++;
	/* Its place is the first of its neighbourhood, since the table was empty. */
	neighbour = slot + 1 < map->slot + TABLE_SLOTS ? slot + 1 : map->slot;
	neighbour->key = atomic_load(&slot->key);
	neighbour->value = atomic_load(&slot->value) ^ 1;
	assert_true(table_is_of_another(table, 1, 10, NOW));
	assert_false(table_claim(table, 1, 10, DAY * SECOND_NS, NOW));
	assert_int_equal(slot->value, 0);
	table_map_close(map);
	table_close(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_HD_17_a_claim_belongs_to_one_owner_until_it_ends),
		TEST(test_HD_17_of_those_who_claim_at_once_exactly_one_wins),
		TEST(test_HD_17_in_a_full_table_at_most_one_wins),
		TEST(test_HD_17_what_two_have_claimed_in_two_places_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
