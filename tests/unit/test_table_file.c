/* SPDX-License-Identifier: MIT */
#include "table_file.h"

#include "table_fixture.h"

static void test_file_is_for_the_owner_alone_and_of_fixed_size(void **unused)
{
	struct stat file;

	(void)unused;
	table_close(open_shared());
	assert_int_equal(fstatat(directory, "table", &file, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	assert_int_equal(file.st_size, 64 + 16 * TABLE_SLOTS);
	assert_true(file.st_blocks * 512 >= file.st_size);
}

static void overwrite(off_t offset, const char *bytes, size_t n)
{
	int descriptor = openat(directory, "table", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(pwrite(descriptor, bytes, n, offset), n);
	(void)close(descriptor);
}

/* One take with a map that is opened for it. */
static bool take_once(void)
{
	struct table *table = open_shared();
	bool taken = take(table, 1, 1, DAY, NOW);

	table_close(table);
	return taken;
}

static void test_file_of_another_format_or_size_is_made_anew(void **unused)
{
	(void)unused;
	overwrite(0, "not a table", 11);
	assert_true(take_once());
	assert_false(take_once());
	overwrite(8, "\x02", 1); /* the format number */
	assert_true(take_once());
	assert_false(take_once());
	overwrite((off_t)sizeof(struct table_map), "x", 1);
	assert_true(take_once());
}

static void test_slots_of_random_bytes_lock_nobody_out(void **unused)
{
	static char noise[16 * TABLE_SLOTS];
	struct table *table;
	unsigned taken = 0;

	(void)unused;
	table_close(open_shared());
	memset(noise, 0xff, sizeof(noise));
	overwrite(64, noise, sizeof(noise));
	table = open_shared();
	for (uint64_t key = 0; key < 1000; key++)
		taken += take(table, key, 1, 60, NOW);
	assert_int_equal(taken, 1000);
	table_close(table);
}

static void test_unsafe_file_is_left_alone_and_counting_goes_on(void **unused)
{
	struct table *table;

	(void)unused;
	assert_int_equal(symlinkat("elsewhere", directory, "table"), 0);
	table = table_open(directory, "table");
	assert_false(table_is_shared(table));
	assert_true(take(table, 1, 1, DAY, NOW));
	assert_false(take(table, 1, 1, DAY, NOW));
	table_close(table);
	assert_int_equal(faccessat(directory, "elsewhere", F_OK, 0), -1);
	assert_int_equal(unlinkat(directory, "table", 0), 0);

	table_close(open_shared());
	assert_int_equal(fchmodat(directory, "table", 0660, 0), 0);
	table = table_open(directory, "table");
	assert_false(table_is_shared(table));
	table_close(table);
}

static void test_two_tables_have_two_secrets(void **unused)
{
	struct table_map *first = table_map_open(directory, "table"), *second = table_map_private();

	(void)unused;
	assert_true(first->header.secret[0] != second->header.secret[0]);
	assert_true(first->header.secret[0] != 0);
	table_map_close(first);
	table_map_close(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_file_is_for_the_owner_alone_and_of_fixed_size),
		TEST(test_file_of_another_format_or_size_is_made_anew),
		TEST(test_slots_of_random_bytes_lock_nobody_out),
		TEST(test_unsafe_file_is_left_alone_and_counting_goes_on),
		TEST(test_two_tables_have_two_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
