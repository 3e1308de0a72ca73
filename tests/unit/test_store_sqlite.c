/* SPDX-License-Identifier: MIT */
/* The file: whose it must be, what is done when it is damaged, when the disk is full, when a process is killed. */
#include "store_fixture.h"

#include <sqlite3.h>
#include <sys/resource.h>

static int open_store(void **unused)
{
	make_base(unused);
	store = open_another();
	return 0;
}

static int close_store(void **unused)
{
	store_close(store);
	return remove_base(unused);
}

static void write_at(off_t offset, const void *bytes, size_t n)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(pwrite(descriptor, bytes, n, offset), n);
	assert_int_equal(close(descriptor), 0);
}

static int byte_at(off_t offset)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char byte = 0;

	assert_int_equal(pread(descriptor, &byte, 1, offset), 1);
	assert_int_equal(close(descriptor), 0);
	return byte;
}

/* Closes the store, which then is one file, and gives that to a database of SQLite that knows nothing of stores. */
static void change_by_hand(const char *sql)
{
	sqlite3 *database = NULL;

	store_close(store);
	store = NULL;
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static int keep_text(void *text, int n, char **value, char **name)
{
	(void)name;
	(void)snprintf(text, 64, "%s", n == 1 && value[0] != NULL ? value[0] : "");
	return 0;
}

static void assert_sound(void)
{
	sqlite3 *database = NULL;
	char text[64] = "";

	assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, "PRAGMA integrity_check", keep_text, text, NULL), SQLITE_OK);
	assert_string_equal(text, "ok");
	text[0] = '\0';
	assert_int_equal(sqlite3_exec(database,
				 "SELECT count(*) FROM space WHERE entries != (SELECT count(*) FROM entry WHERE space = name)",
				 keep_text, text, NULL),
		SQLITE_OK);
	assert_string_equal(text, "0");
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* ---- the file ---- */

static void test_file_is_for_its_owner_alone(void **unused)
{
	struct store_place place = { .path = path };
	struct stat file;
	char wal[160];

	(void)unused;
	assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_int_equal(stat(wal, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	assert_int_equal(chmod(path, 0640), 0);
	assert_refused(&place, "chmod 600");
}

static void test_what_is_not_a_file_is_refused(void **unused)
{
	char other[160];
	struct store_place place = { .path = other };

	(void)unused;
	(void)snprintf(other, sizeof(other), "%s/link", base);
	assert_int_equal(symlink(path, other), 0);
	assert_refused(&place, "not a regular file");
	place.path = base;
	assert_refused(&place, "not a regular file");
	(void)snprintf(other, sizeof(other), "%s/none/store", base);
	place.path = other;
	assert_refused(&place, "can't be made");
}

static void test_what_is_not_a_store_is_refused(void **unused)
{
	struct store_place place = { .path = path };

	(void)unused;
	change_by_hand("PRAGMA user_version = 2");
	assert_refused(&place, "format 2");
	change_by_hand("PRAGMA user_version = 1; PRAGMA application_id = 7");
	assert_refused(&place, "something else");
	change_by_hand("PRAGMA application_id = 0x67746873; DROP TABLE entry");
	assert_refused(&place, "no such table");
	assert_int_equal(truncate(path, 0), 0);
	assert_refused(&place, "something else");
	assert_int_equal(unlink(path), 0);
	write_at(0, "a list of things to buy, of more than one hundred bytes: bread, butter, cheese, apples, pears, plums, tea",
		105);
	assert_refused(&place, "damaged");
}

static void test_damaged_file_is_not_an_empty_one(void **unused)
{
	struct store_place place = { .path = path };
	unsigned char zeros[4096] = { 0 };
	unsigned unavailable = 0;
	struct stat file;

	(void)unused;
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(put(&codes, i, "a value that takes some room, so that there are several pages"), STORE_DONE);
	change_by_hand("SELECT 1");
	/* Leaves with values (type 13), which opening does not read; the first ones are of other tables. */
	assert_int_equal(stat(path, &file), 0);
	for (off_t page = 10; page < file.st_size / 4096; page++) {
		if (byte_at(page * 4096) == 13)
			write_at(page * 4096, zeros, sizeof(zeros));
	}
	store = open_another();
	for (unsigned i = 0; i < 300; i++) {
		enum store_result result = get(&codes, i);

		assert_true(result == STORE_DONE || result == STORE_UNAVAILABLE);
		unavailable += result == STORE_UNAVAILABLE;
	}
	assert_true(unavailable > 0);
	store_close(store);
	store = NULL;
	for (off_t page = 1; page < 10; page++)
		write_at(page * 4096, zeros, sizeof(zeros));
	assert_refused(&place, "damaged");
	write_at(0, zeros, sizeof(zeros));
	assert_refused(&place, "damaged");
}

static void test_is_made_whole_by_several_at_once(void **unused)
{
	unsigned good = 0;
	pid_t process[8];

	(void)unused;
	for (int round = 0; round < 5; round++) {
		int start[2];

		store_close(store);
		store = NULL;
		assert_int_equal(unlink(path), 0);
		assert_int_equal(pipe2(start, O_CLOEXEC), 0);
		for (size_t i = 0; i < N_OF(process); i++) {
			process[i] = fork();
			if (process[i] == 0) {
				char byte;

				(void)close(start[1]);
				(void)!read(start[0], &byte, 1);
				store = open_another();
				_exit(put(&codes, (unsigned)i, "x") == STORE_DONE ? 0 : 1);
			}
		}
		(void)close(start[0]);
		(void)close(start[1]);
		for (size_t i = 0; i < N_OF(process); i++) {
			int status;

			assert_int_equal(waitpid(process[i], &status, 0), process[i]);
			good += status == 0;
		}
		store = open_another();
		assert_int_equal(count(&codes, "", NOW), N_OF(process));
	}
	assert_int_equal(good, 5 * N_OF(process));
	assert_sound();
}

/* ---- no room, no rights, no turn ---- */

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full_disk_refuses_and_loses_nothing(void **unused)
{
	static const struct store_space many = { "many", 100000 };
	struct store_place place = { .path = path };
	struct store_entry entry = entry_of(0, ""), found;
	unsigned answered = 0, more = 0;
	char other[160];

	(void)unused;
	(void)signal(SIGXFSZ, SIG_IGN);
	set_file_limit(200000);
	while (answered < 100000 && put(&many, answered, "a value that takes some room") == STORE_DONE)
		answered++;
	assert_in_range(answered, 10, 99999);
	assert_int_equal(put(&many, 200000, "x"), STORE_UNAVAILABLE);
	for (unsigned i = 0; i < answered; i++)
		assert_int_equal(get(&many, i), STORE_DONE);
	/* An entry that was not taken for want of room is still there. */
	if (store_take(store, &many, entry.key, NOW, &found) == STORE_UNAVAILABLE)
		assert_null(found.value.p);
	else
		more++;
	(void)snprintf(other, sizeof(other), "%s/other", base);
	place.path = other;
	set_file_limit(1000);
	assert_refused(&place, "can't be made");
	set_file_limit(RLIM_INFINITY);
	assert_int_equal(put(&many, answered, "x"), STORE_DONE);
	assert_int_equal(count(&many, "", NOW), answered + 1 - more);
	(void)signal(SIGXFSZ, SIG_DFL);
	store_close(store);
	store = NULL;
	assert_sound();
}

/* Root may write everywhere, so somebody else does this. */
static void as_somebody(void (*what)(void))
{
	pid_t process = fork();
	int status;

	if (process == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(1);
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void open_read_only(void)
{
	struct store_place place = { .path = path };
	char other[160];

	assert_refused(&place, "store");
	(void)snprintf(other, sizeof(other), "%s/other", base);
	place.path = other;
	assert_refused(&place, "can't be made");
}

static void test_read_only_directory_is_refused(void **unused)
{
	(void)unused;
	assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
	store_close(store);
	store = NULL;
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(chown(base, 65534, 65534), 0);
	}
	assert_int_equal(chmod(base, 0500), 0);
	as_somebody(open_read_only);
	assert_int_equal(chmod(base, 0700), 0);
}

static void test_writer_that_holds_on_makes_others_give_up(void **unused)
{
	sqlite3 *database = NULL;

	(void)unused;
	assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(put(&codes, 2, "x"), STORE_UNAVAILABLE);
	assert_int_equal(get(&codes, 1), STORE_DONE);
	assert_int_equal(sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(put(&codes, 2, "x"), STORE_DONE);
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* ---- kill -9 ---- */

#define WRITERS 2
#define ROUNDS 25
static const struct store_space endless = { "endless", 1000000 };

/* Puts, and takes every third again; says what was answered: a number, negative when it was taken. */
static void write_until_killed(int out, int first)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	store = open_another();
	for (int i = first;; i++) {
		struct store_entry entry = entry_of((unsigned)i, ""), found;
		int taken = -i;

		if (put(&endless, (unsigned)i, "value") != STORE_DONE || write(out, &i, sizeof(i)) != (ssize_t)sizeof(i))
			_exit(1);
		if (i % 3 == 0 &&
			(store_take(store, &endless, entry.key, NOW, &found) != STORE_DONE ||
				write(out, &taken, sizeof(taken)) != (ssize_t)sizeof(taken)))
			_exit(1);
	}
}

static void test_what_was_answered_outlives_every_kill(void **unused)
{
	int answers = 0;

	(void)unused;
	store_close(store);
	store = NULL;
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		pid_t process[WRITERS];
		int out[WRITERS][2], number;

		for (int i = 0; i < WRITERS; i++) {
			assert_int_equal(pipe2(out[i], O_CLOEXEC), 0);
			process[i] = fork();
			if (process[i] == 0)
				write_until_killed(out[i][1], (round * WRITERS + i) * 100000 + 1);
			(void)close(out[i][1]);
		}
		/* Any instant after the first answer will do. */
		for (int i = 0; i < WRITERS; i++) {
			assert_int_equal(read(out[i][0], &number, sizeof(number)), sizeof(number));
			for (volatile int spin = rand() % 3000000; spin > 0; spin--)
				;
			assert_int_equal(kill(process[i], SIGKILL), 0);
			assert_int_equal(waitpid(process[i], NULL, 0), process[i]);
			assert_int_equal(number, (round * WRITERS + i) * 100000 + 1);
		}
		store = open_another();
		for (int i = 0; i < WRITERS; i++) {
			int last = 0;

			/* Of the last one it is not known whether it was being taken. */
			while (read(out[i][0], &number, sizeof(number)) == (ssize_t)sizeof(number)) {
				answers++;
				if (last > 0 && last % 3 != 0)
					assert_int_equal(get(&endless, (unsigned)last), STORE_DONE);
				if (number < 0)
					assert_int_equal(get(&endless, (unsigned)-number), STORE_ABSENT);
				last = number;
			}
			if (last > 0 && last % 3 != 0)
				assert_int_equal(get(&endless, (unsigned)last), STORE_DONE);
			(void)close(out[i][0]);
		}
		assert_sound();
		store_close(store);
		store = NULL;
	}
	assert_true(answers > ROUNDS);
}

/* Whoever dies while the file is made leaves none or a whole one. */
static void test_killed_maker_leaves_nothing_half_made(void **unused)
{
	(void)unused;
	srand(2);
	for (int round = 0; round < 30; round++) {
		pid_t process;

		store_close(store);
		(void)unlink(path);
		process = fork();
		if (process == 0) {
			store = open_another();
			_exit(put(&codes, 1, "x") == STORE_DONE ? 0 : 1);
		}
		for (volatile int spin = rand() % 3000000; spin > 0; spin--)
			;
		(void)kill(process, SIGKILL);
		assert_int_equal(waitpid(process, NULL, 0), process);
		store = open_another();
		assert_int_equal(put(&codes, 2, "x"), STORE_DONE);
		assert_sound();
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_file_is_for_its_owner_alone),
		TEST(test_what_is_not_a_file_is_refused),
		TEST(test_what_is_not_a_store_is_refused),
		TEST(test_damaged_file_is_not_an_empty_one),
		TEST(test_is_made_whole_by_several_at_once),
		TEST(test_full_disk_refuses_and_loses_nothing),
		TEST(test_read_only_directory_is_refused),
		TEST(test_writer_that_holds_on_makes_others_give_up),
		TEST(test_what_was_answered_outlives_every_kill),
		TEST(test_killed_maker_leaves_nothing_half_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
