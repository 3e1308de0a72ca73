/* SPDX-License-Identifier: MIT */
#include "state.h"

#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[64];
static char directory[128];
static struct state state;

/* A fresh state directory below a fresh temporary one. */
static int open_state(void **unused)
{
	auto_buf error = BUF(1024);

	(void)unused;
	(void)snprintf(base, sizeof(base), "/tmp/gatehouse-state-XXXXXX");
	assert_non_null(mkdtemp(base));
	(void)snprintf(directory, sizeof(directory), "%s/state", base);
	assert_true(state_open(&state, directory, &error));
	return 0;
}

static void remove_all(const char *path)
{
	DIR *listing = opendir(path);
	const struct dirent *entry;

	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		if (!str_is(str_from(entry->d_name), ".") && !str_is(str_from(entry->d_name), ".."))
			(void)unlinkat(dirfd(listing), entry->d_name, 0);
	}
	if (listing != NULL)
		(void)closedir(listing);
	(void)rmdir(path);
}

static int close_state(void **unused)
{
	(void)unused;
	state_close(&state);
	remove_all(directory);
	remove_all(base);
	return 0;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int descriptor = openat(state.directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(descriptor, mode), 0);
	(void)close(descriptor);
}

static bool is_read(const char *name)
{
	auto_buf out = BUF(1024);

	return state_read(&state, name, &out);
}

/* Opening `path` is refused, with these words. */
static void assert_refused(const char *path, const char *words)
{
	auto_buf error = BUF(1024);
	struct state other;

	assert_false(state_open(&other, path, &error));
	assert_int_equal(other.directory, -1);
	if (strstr(error.p, words) == NULL)
		fail_msg("%s does not say %s", error.p, words);
}

static void test_directory_is_made_for_the_owner_alone(void **unused)
{
	struct stat found;

	(void)unused;
	assert_int_equal(fstat(state.directory, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0700);
}

static void test_who_only_looks_makes_no_directory(void **unused)
{
	auto_buf error = BUF(1024);
	struct state other;
	char path[256];

	(void)unused;
	(void)snprintf(path, sizeof(path), "%s/none", base);
	assert_false(state_open_existing(&other, path, &error));
	assert_non_null(strstr(error.p, "isn't there; start the service once"));
	assert_int_equal(access(path, F_OK), -1);
	assert_true(state_open_existing(&other, directory, &error));
	state_close(&other);
}

static void test_directory_open_to_others_is_refused(void **unused)
{
	static const mode_t modes[] = { 0750, 0710, 0701, 0777, 0720 };

	(void)unused;
	for (size_t i = 0; i < N_OF(modes); i++) {
		assert_int_equal(chmod(directory, modes[i]), 0);
		assert_refused(directory, "chmod 700");
	}
	assert_int_equal(chmod(directory, 0700), 0);
}

static void test_directory_that_is_a_link_or_a_file_is_refused(void **unused)
{
	char path[256];

	(void)unused;
	(void)snprintf(path, sizeof(path), "%s/link", base);
	assert_int_equal(symlink(directory, path), 0);
	assert_refused(path, "symbolic link");
	(void)snprintf(path, sizeof(path), "%s/link/", base);
	assert_refused(path, "symbolic link");
	(void)snprintf(path, sizeof(path), "%s/state/file", base);
	write_file("file", "x", 0600);
	assert_refused(path, "no directory");
}

static void test_directory_without_parent_is_refused(void **unused)
{
	char path[256];

	(void)unused;
	(void)snprintf(path, sizeof(path), "%s/none/state", base);
	assert_refused(path, "can't be made");
}

static void test_SEC_foreign_owner_is_refused(void **unused)
{
	(void)unused;
	if (geteuid() != 0) {
		/*
		 * Only root can give a file away; the root directory is somebody else's for
		 * everybody else.
		 */
		assert_refused("/", "chown");
		return;
	}
	write_file("foreign", "text", 0600);
	assert_int_equal(fchownat(state.directory, "foreign", 65534, 65534, 0), 0);
	assert_false(is_read("foreign"));
	assert_int_equal(chown(directory, 65534, 65534), 0);
	assert_refused(directory, "chown");
	assert_int_equal(chown(directory, 0, 0), 0);
}

static void test_what_is_written_is_read(void **unused)
{
	static const char text[] = "one\0two";
	auto_buf out = BUF(1024);
	struct stat found;

	(void)unused;
	buf_add_text(&out, "before ");
	assert_true(state_replace(&state, "file", (struct str){ text, sizeof(text) }));
	assert_true(state_read(&state, "file", &out));
	assert_true(str_eq(str_skip(buf_str(&out), 7), (struct str){ text, sizeof(text) }));
	assert_int_equal(fstatat(state.directory, "file", &found, 0), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
}

static void test_JK_06_unsafe_files_are_as_good_as_absent(void **unused)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0644, 0666 };

	(void)unused;
	assert_false(is_read("absent"));
	for (size_t i = 0; i < N_OF(modes); i++) {
		write_file("file", "text", modes[i]);
		assert_false(is_read("file"));
	}
	write_file("file", "text", 0600);
	assert_true(is_read("file"));
	assert_int_equal(symlinkat("file", state.directory, "link"), 0);
	assert_false(is_read("link"));
	assert_int_equal(mkfifoat(state.directory, "pipe", 0600), 0);
	assert_false(is_read("pipe"));
}

static void test_file_beyond_the_limit_is_refused_whole(void **unused)
{
	auto_buf out = BUF(8);

	(void)unused;
	write_file("file", "12345678", 0600);
	assert_true(state_read(&state, "file", &out));
	buf_clear(&out);
	buf_add_text(&out, "a");
	assert_false(state_read(&state, "file", &out));
	assert_int_equal(out.n, 1);
}

static void test_version_tells_a_replaced_file(void **unused)
{
	struct file_version none = { 0 }, first, second;

	(void)unused;
	first = state_version(&state, "file");
	assert_true(file_version_eq(&first, &none));
	assert_true(state_replace(&state, "file", STR("text")));
	first = state_version(&state, "file");
	second = state_version(&state, "file");
	assert_false(file_version_eq(&first, &none));
	assert_true(file_version_eq(&first, &second));
	assert_true(state_replace(&state, "file", STR("text")));
	second = state_version(&state, "file");
	assert_false(file_version_eq(&first, &second));
}

/* How many names of the directory end like a temporary file. */
static unsigned temporaries(void)
{
	DIR *listing = opendir(directory);
	const struct dirent *entry;
	unsigned n = 0;

	while ((entry = readdir(listing)) != NULL)
		n += str_ends(str_from(entry->d_name), STR(".new"));
	(void)closedir(listing);
	return n;
}

static void test_failed_replace_keeps_the_old_file_and_leaves_nothing(void **unused)
{
	(void)unused;
	/* A directory in the way makes the last step fail. */
	assert_int_equal(mkdirat(state.directory, "busy", 0700), 0);
	assert_false(state_replace(&state, "busy", STR("text")));
	assert_int_equal(temporaries(), 0);
	assert_int_equal(unlinkat(state.directory, "busy", AT_REMOVEDIR), 0);
}

static void test_old_temporary_files_are_swept(void **unused)
{
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	auto_buf error = BUF(1024);
	struct state other;

	(void)unused;
	write_file("a.0123456789abcdef.new", "text", 0600);
	write_file("b.0123456789abcdef.new", "text", 0600);
	write_file("kept", "text", 0600);
	assert_int_equal(utimensat(state.directory, "a.0123456789abcdef.new", old, 0), 0);
	assert_int_equal(utimensat(state.directory, "kept", old, 0), 0);
	assert_true(state_open(&other, directory, &error));
	state_close(&other);
	assert_int_equal(temporaries(), 1);
	assert_true(is_read("kept"));
}

/* Readers see one of two long contents, whole, while another process replaces them. */
static void test_readers_never_see_half_a_file(void **unused)
{
	static char a[20000], b[30000];
	auto_buf out = BUF(65536);
	pid_t writer;
	int status;

	(void)unused;
	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	assert_true(state_replace(&state, "file", (struct str){ a, sizeof(a) }));
	writer = fork();
	if (writer == 0) {
		for (int i = 0; i < 50; i++) {
			if (!state_replace(&state, "file", (struct str){ b, sizeof(b) }) ||
				!state_replace(&state, "file", (struct str){ a, sizeof(a) }))
				_exit(1);
		}
		_exit(0);
	}
	while (waitpid(writer, &status, WNOHANG) == 0) {
		buf_clear(&out);
		assert_true(state_read(&state, "file", &out));
		assert_true(
			str_eq(buf_str(&out), (struct str){ a, sizeof(a) }) || str_eq(buf_str(&out), (struct str){ b, sizeof(b) }));
	}
	assert_int_equal(status, 0);
	assert_int_equal(temporaries(), 0);
}

static void test_lock_has_one_holder_until_it_is_closed(void **unused)
{
	int first = state_lock(&state, "lock", 0);
	int second;

	(void)unused;
	assert_true(first >= 0);
	assert_int_equal(state_lock(&state, "lock", 0), -1);
	assert_int_equal(state_lock(&state, "lock", 20), -1);
	second = state_lock(&state, "other", 0);
	assert_true(second >= 0);
	(void)close(second);
	/*
	 * Closing another descriptor of the same file must not give the lock away, as a classic
	 * POSIX lock would.
	 */
	assert_int_equal(state_lock(&state, "lock", 0), -1);
	(void)close(first);
	first = state_lock(&state, "lock", 0);
	assert_true(first >= 0);
	(void)close(first);
}

static void test_lock_of_a_dead_process_is_free_for_the_waiting_one(void **unused)
{
	int ready[2], lock;
	pid_t holder;
	char byte;

	(void)unused;
	assert_int_equal(pipe(ready), 0);
	holder = fork();
	if (holder == 0) {
		lock = state_lock(&state, "lock", 0);
		if (lock < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(state_lock(&state, "lock", 0), -1);
	assert_int_equal(kill(holder, SIGKILL), 0);
	lock = state_lock(&state, "lock", 20000);
	assert_true(lock >= 0);
	(void)close(lock);
	(void)waitpid(holder, NULL, 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static void test_lock_that_is_a_link_is_refused(void **unused)
{
	(void)unused;
	assert_int_equal(symlinkat("elsewhere", state.directory, "lock.lock"), 0);
	assert_int_equal(state_lock(&state, "lock", 0), -1);
	assert_int_equal(faccessat(state.directory, "elsewhere", F_OK, 0), -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_state, close_state)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_directory_is_made_for_the_owner_alone),
		TEST(test_who_only_looks_makes_no_directory),
		TEST(test_directory_open_to_others_is_refused),
		TEST(test_directory_that_is_a_link_or_a_file_is_refused),
		TEST(test_directory_without_parent_is_refused),
		TEST(test_SEC_foreign_owner_is_refused),
		TEST(test_what_is_written_is_read),
		TEST(test_JK_06_unsafe_files_are_as_good_as_absent),
		TEST(test_file_beyond_the_limit_is_refused_whole),
		TEST(test_version_tells_a_replaced_file),
		TEST(test_failed_replace_keeps_the_old_file_and_leaves_nothing),
		TEST(test_old_temporary_files_are_swept),
		TEST(test_readers_never_see_half_a_file),
		TEST(test_lock_has_one_holder_until_it_is_closed),
		TEST(test_lock_of_a_dead_process_is_free_for_the_waiting_one),
		TEST(test_lock_that_is_a_link_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
