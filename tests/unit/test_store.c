/* SPDX-License-Identifier: MIT */
/* The contract of store.h, for each of the two that entries are kept in. */
#include "store_fixture.h"

static int open_store(void **unused)
{
	static unsigned number;

	(void)unused;
	if (!with_redis)
		make_base(unused);
	(void)snprintf(prefix, sizeof(prefix), "{test%u}", number++);
	store = open_another();
	return 0;
}

static int close_store(void **unused)
{
	store_close(store);
	return with_redis ? 0 : remove_base(unused);
}

static int open_redis(void **unused)
{
	make_base(unused);
	with_redis = true;
	start_redis("");
	return 0;
}

static void test_what_is_put_is_found(void **unused)
{
	struct store_entry entry = entry_of(1, ""), found;

	(void)unused;
	entry.value = (struct str){ "a\0b\r\n\xff", 6 };
	entry.owner = (struct str){ "own\0er:\xfe", 8 };
	entry.family = STR("family \"1\"");
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	assert_true(entry.version != 0);
	assert_int_equal(store_get(store, &codes, entry.key, NOW, &found), STORE_DONE);
	assert_memory_equal(found.key, entry.key, STORE_KEY_BYTES);
	assert_true(str_eq(found.value, entry.value));
	assert_true(str_eq(found.owner, entry.owner));
	assert_true(str_eq(found.family, entry.family));
	assert_true(found.until == entry.until && found.version == entry.version);
	assert_int_equal(put(&codes, 2, ""), STORE_DONE);
	entry = entry_of(2, "");
	assert_int_equal(store_get(store, &codes, entry.key, NOW, &found), STORE_DONE);
	assert_true(found.value.n == 0 && found.owner.n == 0 && found.family.n == 0);
	entry = entry_of(3, "");
	assert_int_equal(store_get(store, &codes, entry.key, NOW, &found), STORE_ABSENT);
	assert_int_equal(found.version, 0);
}

static void test_other_process_finds_it(void **unused)
{
	struct store *writer = store;

	(void)unused;
	assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
	store = open_another();
	assert_int_equal(get(&codes, 1), STORE_DONE);
	assert_int_equal(put(&codes, 2, "x"), STORE_DONE);
	store_close(store);
	store = writer;
	assert_int_equal(get(&codes, 2), STORE_DONE);
}

static void test_key_in_use_is_not_put_again(void **unused)
{
	struct store_entry entry = entry_of(1, "mine"), found;

	(void)unused;
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	assert_int_equal(put(&codes, 1, "yours"), STORE_CONFLICT);
	assert_int_equal(put(&grants, 1, "another namespace"), STORE_DONE);
	assert_int_equal(store_get(store, &codes, entry.key, NOW, &found), STORE_DONE);
	assert_str(found.value, "mine");
	assert_true(found.version == entry.version);
}

static void test_take_gives_once(void **unused)
{
	struct store_entry entry = entry_of(1, "secret"), found;

	(void)unused;
	entry.owner = STR("alice");
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	assert_int_equal(put(&grants, 1, "x"), STORE_DONE);
	assert_int_equal(store_take(store, &codes, entry.key, NOW, &found), STORE_DONE);
	assert_str(found.value, "secret");
	assert_str(found.owner, "alice");
	assert_int_equal(store_take(store, &codes, entry.key, NOW, &found), STORE_ABSENT);
	assert_null(found.value.p);
	assert_int_equal(get(&codes, 1), STORE_ABSENT);
	assert_int_equal(count(&codes, "alice", 0), 0);
	assert_int_equal(get(&grants, 1), STORE_DONE);
}

static void test_replace_needs_the_version(void **unused)
{
	struct store_entry entry = entry_of(1, "first"), stale, found;

	(void)unused;
	assert_int_equal(store_replace(store, &codes, &entry, NOW), STORE_ABSENT);
	entry.owner = STR("alice");
	entry.family = STR("family");
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	stale = entry;
	entry.value = STR("second");
	entry.until = NOW + 90;
	entry.owner = STR("ignored");
	assert_int_equal(store_replace(store, &codes, &entry, NOW), STORE_DONE);
	assert_true(entry.version != stale.version && entry.version != 0);
	assert_int_equal(store_replace(store, &codes, &stale, NOW), STORE_CONFLICT);
	assert_int_equal(store_get(store, &codes, entry.key, NOW + 89, &found), STORE_DONE);
	assert_str(found.value, "second");
	assert_str(found.owner, "alice");
	assert_str(found.family, "family");
	assert_true(found.until == NOW + 90 && found.version == entry.version);
	/* What was found may be put back as it is, although it is borrowed. */
	assert_int_equal(store_replace(store, &codes, &found, NOW), STORE_DONE);
	assert_int_equal(store_get(store, &codes, entry.key, NOW, &found), STORE_DONE);
	assert_str(found.value, "second");
}

static void test_entry_that_came_back_is_another(void **unused)
{
	struct store_entry entry = entry_of(1, "old"), old;

	(void)unused;
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	old = entry;
	assert_int_equal(store_expire(store, &codes, entry.key, NOW, NOW), STORE_DONE);
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	assert_int_equal(store_replace(store, &codes, &old, NOW), STORE_CONFLICT);
}

static void test_ended_entry_is_not_there(void **unused)
{
	struct store_entry entry = entry_of(1, "x"), found;
	struct store_page page;

	(void)unused;
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	assert_int_equal(get_at(&codes, 1, entry.until - 1), STORE_DONE);
	assert_int_equal(get_at(&codes, 1, entry.until), STORE_ABSENT);
	assert_int_equal(store_take(store, &codes, entry.key, entry.until, &found), STORE_ABSENT);
	assert_int_equal(store_replace(store, &codes, &entry, entry.until), STORE_ABSENT);
	assert_int_equal(store_expire(store, &codes, entry.key, entry.until + 60, entry.until), STORE_ABSENT);
	assert_int_equal(store_list(store, &codes, STR_NONE, NULL, entry.until, &page), STORE_DONE);
	assert_int_equal(page.n, 0);
	assert_int_equal(store_list(store, &codes, STR_NONE, NULL, entry.until - 1, &page), STORE_DONE);
	assert_int_equal(page.n, 1);
	/* Its key is free. */
	entry.value = STR("y");
	entry.until = NOW + 120;
	assert_int_equal(store_put(store, &codes, &entry, NOW + 60), STORE_DONE);
	assert_int_equal(store_take(store, &codes, entry.key, NOW + 119, &found), STORE_DONE);
	assert_str(found.value, "y");
}

static void test_end_moves_both_ways(void **unused)
{
	struct store_entry entry = entry_of(1, "x");

	(void)unused;
	assert_int_equal(store_expire(store, &codes, entry.key, NOW + 1, NOW), STORE_ABSENT);
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	assert_int_equal(store_expire(store, &codes, entry.key, NOW + 600, NOW), STORE_DONE);
	assert_int_equal(get_at(&codes, 1, NOW + 599), STORE_DONE);
	assert_int_equal(store_expire(store, &codes, entry.key, NOW + 1, NOW), STORE_DONE);
	assert_int_equal(get_at(&codes, 1, NOW + 1), STORE_ABSENT);
	/* The version is the same: who uses a session does not disturb who renews it. */
	assert_int_equal(store_replace(store, &codes, &entry, NOW), STORE_DONE);
	assert_int_equal(store_expire(store, &codes, entry.key, NOW, NOW), STORE_DONE);
	assert_int_equal(count(&codes, "", 0), 0);
}

static void test_ended_entries_go_piece_by_piece(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(put(&codes, i, "x"), STORE_DONE);
		assert_int_equal(put_labelled(&grants, i, "alice", "", NOW + 10000), STORE_DONE);
	}
	/* With an early time a list shows what still lies there. */
	assert_int_equal(count(&codes, "", 0), 40);
	for (unsigned i = 0; i < 3; i++) {
		struct store_entry entry = entry_of(100 + i, "later");

		entry.until = NOW + 10000;
		assert_int_equal(store_put(store, &grants, &entry, NOW + 60), STORE_DONE);
	}
	assert_int_equal(count(&codes, "", 0), 0);
	assert_int_equal(count(&grants, "", 0), 43);
}

static void test_full_namespace_refuses_and_keeps_all(void **unused)
{
	static const struct store_space few = { "few", 20 };
	struct store_entry entry = entry_of(100, "x"), found;

	(void)unused;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(put(&few, i, "x"), STORE_DONE);
	assert_int_equal(store_put(store, &few, &entry, NOW), STORE_FULL);
	assert_int_equal(entry.version, 0);
	assert_int_equal(put(&codes, 100, "x"), STORE_DONE);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(get(&few, i), STORE_DONE);
	entry = entry_of(7, "");
	assert_int_equal(store_take(store, &few, entry.key, NOW, &found), STORE_DONE);
	assert_int_equal(put(&few, 100, "x"), STORE_DONE);
	assert_int_equal(put(&few, 101, "x"), STORE_FULL);
	/* What has ended makes room, however much of others' has ended too. */
	for (unsigned i = 200; i < 240; i++)
		assert_int_equal(put(&codes, i, "x"), STORE_DONE);
	entry = entry_of(101, "x");
	entry.until = NOW + 120;
	assert_int_equal(store_put(store, &few, &entry, NOW + 60), STORE_DONE);
}

static void test_room_is_found_behind_what_others_left(void **unused)
{
	static const struct store_space first = { "a", 1000 }, last = { "z", 2 };

	(void)unused;
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(put(&first, i, "x"), STORE_DONE);
	assert_int_equal(put(&last, 1, "x"), STORE_DONE);
	assert_int_equal(put(&last, 2, "x"), STORE_DONE);
	for (unsigned i = 3; i < 5; i++) {
		struct store_entry entry = entry_of(i, "x");

		entry.until = NOW + 120;
		assert_int_equal(store_put(store, &last, &entry, NOW + 60), STORE_DONE);
	}
	assert_int_equal(put(&last, 5, "x"), STORE_FULL);
}

static void test_list_goes_page_by_page(void **unused)
{
	struct store_page page;

	(void)unused;
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(put_labelled(&codes, 1000 + i * 7 % 40, i % 4 == 0 ? "alice" : "bob", "", NOW + 60), STORE_DONE);
	assert_int_equal(put_labelled(&grants, 1, "alice", "", NOW + 60), STORE_DONE);
	assert_int_equal(count(&codes, "", NOW), 40);
	assert_int_equal(count(&codes, "alice", NOW), 10);
	assert_int_equal(count(&codes, "bob", NOW), 30);
	assert_int_equal(count(&codes, "bo", NOW), 0);
	assert_int_equal(count(&grants, "alice", NOW), 1);
	assert_int_equal(store_list(store, &codes, STR_NONE, NULL, NOW, &page), STORE_DONE);
	assert_int_equal(page.n, STORE_PAGE);
	for (unsigned i = 0; i < STORE_PAGE; i++) {
		struct store_entry entry = entry_of(1000 + i, "");

		assert_memory_equal(page.entry[i].key, entry.key, STORE_KEY_BYTES);
		assert_str(page.entry[i].value, "value");
		assert_true(str_is(page.entry[i].owner, "alice") || str_is(page.entry[i].owner, "bob"));
	}
}

static void test_list_leaves_out_what_has_ended(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(put_labelled(&codes, i, "alice", "", i < 190 ? NOW + 1 : NOW + 60), STORE_DONE);
	assert_int_equal(count(&codes, "alice", NOW + 1), 10);
	assert_int_equal(count(&codes, "", NOW + 1), 10);
}

static void test_namespaces_are_apart(void **unused)
{
	static const struct store_space a = { "a", 10 }, ab = { "ab", 10 };

	(void)unused;
	assert_int_equal(put(&a, 1, "x"), STORE_DONE);
	assert_int_equal(put(&ab, 1, "x"), STORE_DONE);
	assert_int_equal(put(&ab, 2, "x"), STORE_DONE);
	assert_int_equal(count(&a, "", NOW), 1);
	assert_int_equal(count(&ab, "", NOW), 2);
}

static void test_owner_and_family_go_at_once(void **unused)
{
	(void)unused;
	assert_int_equal(put_labelled(&codes, 1, "alice", "one", NOW + 60), STORE_DONE);
	assert_int_equal(put_labelled(&grants, 1, "alice", "one", NOW + 60), STORE_DONE);
	assert_int_equal(put_labelled(&grants, 2, "alice", "two", NOW + 60), STORE_DONE);
	assert_int_equal(put_labelled(&grants, 3, "bob", "three", NOW + 60), STORE_DONE);
	assert_int_equal(put_labelled(&grants, 4, "", "", NOW + 60), STORE_DONE);
	assert_int_equal(put_labelled(&grants, 5, "one", "alice", NOW + 60), STORE_DONE);
	assert_int_equal(store_remove_family(store, STR("one")), STORE_DONE);
	assert_int_equal(store_remove_family(store, STR("one")), STORE_ABSENT);
	assert_int_equal(get(&codes, 1), STORE_ABSENT);
	assert_int_equal(get(&grants, 1), STORE_ABSENT);
	assert_int_equal(get(&grants, 2), STORE_DONE);
	assert_int_equal(store_remove_owner(store, STR("alice")), STORE_DONE);
	assert_int_equal(get(&grants, 2), STORE_ABSENT);
	assert_int_equal(store_remove_owner(store, STR_NONE), STORE_ABSENT);
	assert_int_equal(store_remove_family(store, STR_NONE), STORE_ABSENT);
	assert_int_equal(count(&grants, "", NOW), 3);
	/* They no longer count. */
	static const struct store_space four = { "grant", 4 };
	assert_int_equal(put(&four, 6, "x"), STORE_DONE);
	assert_int_equal(put(&four, 7, "x"), STORE_FULL);
}

static void test_what_is_too_long_is_refused(void **unused)
{
	char *text = memory_new(STORE_VALUE_BYTES + 1);
	struct store_entry entry = entry_of(1, ""), found;

	(void)unused;
	memset(text, 'x', STORE_VALUE_BYTES + 1);
	entry.value = (struct str){ text, STORE_VALUE_BYTES + 1 };
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_FULL);
	entry.value.n--;
	entry.owner = (struct str){ text, STORE_LABEL_BYTES + 1 };
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_FULL);
	entry.owner.n--;
	entry.family = (struct str){ text, STORE_LABEL_BYTES + 1 };
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_FULL);
	entry.family.n--;
	assert_int_equal(store_put(store, &codes, &entry, NOW), STORE_DONE);
	assert_int_equal(store_get(store, &codes, entry.key, NOW, &found), STORE_DONE);
	assert_true(str_eq(found.value, entry.value) && str_eq(found.owner, entry.owner) && str_eq(found.family, entry.family));
	free(text);
}

/* ---- processes ---- */

static enum store_result take_one(struct store *mine, unsigned process)
{
	struct store_entry entry = entry_of(1, ""), found;

	(void)process;
	return store_take(mine, &codes, entry.key, NOW, &found);
}

static void test_take_has_one_winner(void **unused)
{
	unsigned results[STORE_FULL + 1];

	(void)unused;
	for (int round = 0; round < 10; round++) {
		assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
		race(take_one, results);
		assert_int_equal(results[STORE_DONE], 1);
		assert_int_equal(results[STORE_ABSENT], PROCESSES - 1);
	}
}

static struct store_entry contested;

static enum store_result replace_one(struct store *mine, unsigned process)
{
	struct store_entry entry = contested;

	(void)process;
	return store_replace(mine, &codes, &entry, NOW);
}

static void test_replace_has_one_winner(void **unused)
{
	unsigned results[STORE_FULL + 1];
	struct store_entry found;

	(void)unused;
	contested = entry_of(1, "x");
	assert_int_equal(store_put(store, &codes, &contested, NOW), STORE_DONE);
	for (int round = 0; round < 10; round++) {
		race(replace_one, results);
		assert_int_equal(results[STORE_DONE], 1);
		assert_int_equal(results[STORE_CONFLICT], PROCESSES - 1);
		assert_int_equal(store_get(store, &codes, contested.key, NOW, &found), STORE_DONE);
		assert_true(found.version != contested.version);
		contested.version = found.version;
	}
}

static enum store_result put_same(struct store *mine, unsigned process)
{
	struct store_entry entry = entry_of(2, "x");

	(void)process;
	return store_put(mine, &codes, &entry, NOW);
}

/* Puts until it is refused: FULL after at least one, else what came first. */
static enum store_result put_many(struct store *mine, unsigned process)
{
	static const struct store_space few = { "few", 50 };
	enum store_result result = STORE_DONE;

	for (unsigned i = 0; i < 50 && result == STORE_DONE; i++) {
		struct store_entry entry = entry_of(process * 1000 + i, "x");

		result = store_put(mine, &few, &entry, NOW);
	}
	return result;
}

static void test_put_has_one_winner_and_the_most_holds(void **unused)
{
	static const struct store_space few = { "few", 50 };
	unsigned results[STORE_FULL + 1];

	(void)unused;
	race(put_same, results);
	assert_int_equal(results[STORE_DONE], 1);
	assert_int_equal(results[STORE_CONFLICT], PROCESSES - 1);
	race(put_many, results);
	assert_int_equal(results[STORE_UNAVAILABLE], 0);
	assert_int_equal(results[STORE_CONFLICT], 0);
	assert_int_equal(count(&few, "", NOW), 50);
}

/* One revokes the family while the others go on renewing it: nothing of it is left. */
static enum store_result renew_or_revoke(struct store *mine, unsigned process)
{
	struct store_entry entry = entry_of(1, ""), found;
	enum store_result result = STORE_DONE;

	if (process == 0)
		return store_remove_family(mine, STR("family"));
	for (int i = 0; i < 100 && result != STORE_ABSENT && result != STORE_UNAVAILABLE; i++) {
		result = store_get(mine, &codes, entry.key, NOW, &found);
		if (result == STORE_DONE)
			result = store_replace(mine, &codes, &found, NOW);
	}
	return result;
}

static void test_revoked_family_does_not_come_back(void **unused)
{
	unsigned results[STORE_FULL + 1];

	(void)unused;
	for (int round = 0; round < 5; round++) {
		assert_int_equal(put_labelled(&codes, 1, "alice", "family", NOW + 60), STORE_DONE);
		race(renew_or_revoke, results);
		assert_int_equal(results[STORE_UNAVAILABLE], 0);
		assert_int_equal(get(&codes, 1), STORE_ABSENT);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_put_is_found),
		TEST(test_other_process_finds_it),
		TEST(test_key_in_use_is_not_put_again),
		TEST(test_take_gives_once),
		TEST(test_replace_needs_the_version),
		TEST(test_entry_that_came_back_is_another),
		TEST(test_ended_entry_is_not_there),
		TEST(test_end_moves_both_ways),
		TEST(test_ended_entries_go_piece_by_piece),
		TEST(test_full_namespace_refuses_and_keeps_all),
		TEST(test_room_is_found_behind_what_others_left),
		TEST(test_list_goes_page_by_page),
		TEST(test_list_leaves_out_what_has_ended),
		TEST(test_namespaces_are_apart),
		TEST(test_owner_and_family_go_at_once),
		TEST(test_what_is_too_long_is_refused),
		TEST(test_take_has_one_winner),
		TEST(test_replace_has_one_winner),
		TEST(test_put_has_one_winner_and_the_most_holds),
		TEST(test_revoked_family_does_not_come_back),
	};
	int failed = cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);

	return failed + cmocka_run_group_tests_name("redis", tests, open_redis, remove_base);
}
