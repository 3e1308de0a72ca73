/* SPDX-License-Identifier: MIT */
/* The file of the keys with which we seal: what is written, what is read, what is refused. */
#include "seal_fixture.h"

static void test_BK_14_a_made_file_is_for_us_alone_and_is_read_again(void **unused)
{
	struct seal_keys again;
	struct stat file;

	(void)unused;
	assert_false(seal_keys_read(&state, &keys));
	assert_int_equal(keys.n, 0);
	rotate();
	assert_int_equal(stat(path_of(SEAL_KEYS_FILE), &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	assert_true(seal_keys_read(&state, &again));
	assert_int_equal(again.n, 1);
	assert_int_equal(again.key[0].since, NOW);
	assert_memory_equal(again.key[0].bytes, keys.key[0].bytes, CRYPTO_KEY_BYTES);
	assert_memory_equal(again.key[0].id, keys.key[0].id, SEAL_ID_BYTES);
}

static void test_BK_14_a_file_that_others_may_open_is_not_used(void **unused)
{
	static const mode_t modes[] = { 0601, 0602, 0604, 0610, 0620, 0640, 0660, 0666 };

	(void)unused;
	for (size_t i = 0; i < N_OF(modes); i++) {
		write_keys(NOW_TEXT " " KEY_ZERO "\n", 0600);
		assert_true(seal_keys_read(&state, &keys));
		assert_int_equal(chmod(path_of(SEAL_KEYS_FILE), modes[i]), 0);
		assert_false(seal_keys_read(&state, &keys));
		assert_int_equal(keys.n, 0);
	}
}

static void test_BK_14_lines_that_are_keys(void **unused)
{
	static const char *const texts[] = {
		NOW_TEXT " " KEY_ZERO,
		NOW_TEXT " " KEY_ZERO "\n",
		"# newest first\n\n  " NOW_TEXT "\t" KEY_ZERO "  # of today\n",
		"2027-01-15 " KEY_ZERO "\n",
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(texts); i++) {
		write_keys(texts[i], 0600);
		if (!seal_keys_read(&state, &keys))
			fail_msg("%s", texts[i]);
		assert_int_equal(keys.n, 1);
	}
	write_keys(NOW_TEXT " " KEY_ONE "\n2026-01-01 " KEY_ZERO "\n", 0600);
	assert_true(seal_keys_read(&state, &keys));
	assert_int_equal(keys.n, 2);
	assert_int_equal(keys.key[0].bytes[31], 1);
	assert_int_equal(keys.key[1].bytes[31], 0);
	assert_ptr_equal(seal_keys_find(&keys, keys.key[1].id), &keys.key[1]);
}

static void test_BK_14_one_bad_line_refuses_the_file(void **unused)
{
	static const char *const texts[] = {
		"",
		"# nothing\n",
		KEY_ZERO "\n",
		NOW_TEXT "\n",
		"yesterday " KEY_ZERO "\n",
		NOW_TEXT " " KEY_ZERO "A\n",
		NOW_TEXT " " KEY_ZERO "=\n",
		NOW_TEXT " AAAA\n",
		NOW_TEXT " AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n", /* not canonical */
		NOW_TEXT " " KEY_ZERO " more\n",
		NOW_TEXT " " KEY_ZERO "\nrubbish\n",
		NOW_TEXT " " KEY_ZERO "\n" NOW_TEXT " " KEY_ZERO "\n",
		NOW_TEXT " '" KEY_ZERO "\n",
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(texts); i++) {
		write_keys(texts[i], 0600);
		if (seal_keys_read(&state, &keys))
			fail_msg("%s", texts[i]);
		assert_int_equal(keys.n, 0);
	}
}

static void test_BK_14_there_are_no_more_keys_than_fit(void **unused)
{
	auto_buf text = BUF(4096);
	auto_buf more = BUF(4096);

	(void)unused;
	for (size_t i = 0; i < SEAL_KEYS_MOST; i++)
		rotate();
	assert_int_equal(keys.n, SEAL_KEYS_MOST);
	assert_false(seal_keys_add(&keys, NOW));
	assert_int_equal(keys.n, SEAL_KEYS_MOST);
	assert_true(seal_keys_read(&state, &keys));
	assert_int_equal(keys.n, SEAL_KEYS_MOST);
	assert_true(state_read(&state, SEAL_KEYS_FILE, &text));
	buf_add(&more, buf_str(&text));
	buf_add_text(&more, NOW_TEXT " " KEY_ZERO "\n");
	write_keys(more.p, 0600);
	assert_false(seal_keys_read(&state, &keys));
}

static void test_BK_14_a_key_is_dropped_but_never_the_last(void **unused)
{
	unsigned char middle[SEAL_ID_BYTES];

	(void)unused;
	for (size_t i = 0; i < 3; i++)
		rotate();
	memcpy(middle, keys.key[1].id, sizeof(middle));
	assert_true(seal_keys_drop(&keys, middle));
	assert_int_equal(keys.n, 2);
	assert_null(seal_keys_find(&keys, middle));
	assert_false(seal_keys_drop(&keys, middle));
	assert_int_equal(keys.key[2].since, 0);
	assert_true(seal_keys_write(&state, &keys));
	assert_true(seal_keys_read(&state, &keys));
	assert_int_equal(keys.n, 2);
	assert_true(seal_keys_drop(&keys, keys.key[0].id));
	assert_false(seal_keys_drop(&keys, keys.key[0].id));
	assert_int_equal(keys.n, 1);
}

static void test_BK_14_every_key_is_another(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < SEAL_KEYS_MOST; i++)
		rotate();
	for (size_t i = 0; i < keys.n; i++) {
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(keys.key[i].bytes, keys.key[k].bytes, CRYPTO_KEY_BYTES);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_state, close_state)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_BK_14_a_made_file_is_for_us_alone_and_is_read_again),
		TEST(test_BK_14_a_file_that_others_may_open_is_not_used),
		TEST(test_BK_14_lines_that_are_keys),
		TEST(test_BK_14_one_bad_line_refuses_the_file),
		TEST(test_BK_14_there_are_no_more_keys_than_fit),
		TEST(test_BK_14_a_key_is_dropped_but_never_the_last),
		TEST(test_BK_14_every_key_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
