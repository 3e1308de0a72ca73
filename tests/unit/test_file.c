/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "owner.h"
#include "unit.h"

#define LIMIT 20000 /* more than one read(2) of it */

static char folder[] = "/tmp/gatehouse-file-XXXXXX";
static char path[64], other[64];

static void write_file(const char *name, struct str content, mode_t mode)
{
	auto_close int descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, content.p, content.n), content.n);
	assert_int_equal(fchmod(descriptor, mode), 0);
}

static void assert_read(enum file_rights rights, const char *content)
{
	auto_buf text = BUF(LIMIT);
	auto_buf why = BUF(4096);
	struct file_version version = { 0 }, now = file_version_of(path);

	assert_true(file_read(path, rights, &text, &version, &why));
	assert_str(buf_str(&text), content);
	assert_int_equal(why.n, 0);
	assert_true(file_version_eq(&version, &now));
}

/* Returns errno. */
static int assert_refused(const char *name, enum file_rights rights, const char *expected)
{
	auto_buf text = BUF(LIMIT);
	auto_buf why = BUF(4096);
	struct file_version version;
	int error;

	errno = ENOENT; /* of something else */
	assert_false(file_read(name, rights, &text, &version, &why));
	error = errno;
	assert_non_null(strstr(why.p, expected));
	return error;
}

static void test_rights(void **unused)
{
	static const struct {
		mode_t mode;
		bool is_public, is_secret;
	} rows[] = { { 0400, true, true }, { 0600, true, true }, { 0640, true, true }, { 0440, true, true }, { 0644, true, false },
		{ 0664, true, false }, { 0660, true, false }, { 0620, true, false }, { 0604, true, false }, { 0602, false, false },
		{ 0666, false, false } };

	(void)unused;
	for (size_t i = 0; i < N_OF(rows); i++) {
		write_file(path, STR("hush"), rows[i].mode);
		if (rows[i].is_public)
			assert_read(FILE_PUBLIC, "hush");
		else
			assert_int_equal(assert_refused(path, FILE_PUBLIC, "chmod o-w /tmp/"), 0);
		if (rows[i].is_secret)
			assert_read(FILE_SECRET, "hush");
		else
			assert_int_equal(assert_refused(path, FILE_SECRET, "chmod g-w,o-rwx /tmp/"), 0);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_a_secret_of_somebody_else(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		skip();
	write_file(path, STR("hush"), 0600);
	assert_int_equal(chown(path, 4242, 0), 0);
	assert_int_equal(assert_refused(path, FILE_SECRET, "it belongs to user 4242 and this runs as root: run it as 4242"), 0);
	assert_read(FILE_PUBLIC, "hush");
	/* Root's is as good as ours. */
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(seteuid(4242), 0);
	/* It is for a group: who takes it for himself takes it from them. */
	assert_int_equal(
		assert_refused(path, FILE_SECRET, "if the programs run as 4242, give it a group of theirs and chmod 640 /tmp/"),
		EACCES);
	(void)assert_refused(path, FILE_PUBLIC, "Permission denied for user 4242");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(path, 0, 4242), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(seteuid(4242), 0);
	(void)assert_refused(
		path, FILE_SECRET, "if the programs run as 4242, that user needs the file's group 4242, else run this as");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(4242), 0);
	assert_int_equal(seteuid(4242), 0);
	assert_read(FILE_SECRET, "hush");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(unlink(path), 0);
}

static void test_a_secret_that_is_closed_to_us(void **unused)
{
	char under[80];

	(void)unused;
	if (geteuid() != 0)
		skip();
	write_file(path, STR("hush"), 0000);
	assert_int_equal(chown(path, 4243, 0), 0);
	assert_int_equal(seteuid(4242), 0);
	(void)assert_refused(path, FILE_SECRET,
		"Permission denied for user 4242; it belongs to user 4243 and this runs as 4242: run it as 4243 (or with sudo), if "
		"the "
		"programs do, else chown 4242 /tmp/");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(seteuid(4243), 0);
	(void)assert_refused(path, FILE_SECRET, "Permission denied for user 4243; chmod u+rwX /tmp/");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(unlink(path), 0);
	/* Whose it is can't be seen, and a chown would not help. */
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(under, sizeof(under), "%s/secret", path);
	write_file(under, STR("hush"), 0600);
	assert_int_equal(chown(under, 4242, 0), 0);
	assert_int_equal(seteuid(4242), 0);
	(void)assert_refused(under, FILE_SECRET, "Permission denied for user 4242: a folder above is closed to that user");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(unlink(under), 0);
	assert_int_equal(rmdir(path), 0);
}

static void test_a_name_of_a_user_leaves_errno(void **unused)
{
	(void)unused;
	errno = EXDEV;
	assert_string_equal(user_name(0).text, "root");
	assert_string_equal(user_name(4242).text, "4242");
	assert_int_equal(errno, EXDEV);
}

static void test_what_is_no_regular_file(void **unused)
{
	(void)unused;
	assert_int_equal(assert_refused(folder, FILE_PUBLIC, "not a regular file"), 0);
	assert_int_equal(assert_refused("/dev/null", FILE_SECRET, "not a regular file"), 0);
	/* Nobody writes to this pipe, and nobody waits for one who does. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(assert_refused(path, FILE_SECRET, "not a regular file"), 0);
	assert_int_equal(unlink(path), 0);
}

static void test_no_file(void **unused)
{
	auto_buf under = BUF(256);
	const struct file_version none = { 0 };
	struct file_version version = file_version_of(path);

	(void)unused;
	assert_true(file_version_eq(&version, &none));
	version = file_version_of(NULL);
	assert_true(file_version_eq(&version, &none));
	assert_int_equal(assert_refused(path, FILE_PUBLIC, "No such file"), ENOENT);
	write_file(path, STR("x"), 0600);
	buf_print(&under, "%s/x", path);
	assert_int_equal(assert_refused(under.p, FILE_PUBLIC, "Not a directory"), ENOTDIR);
	assert_int_equal(unlink(path), 0);
}

static void test_size(void **unused)
{
	auto_buf content = BUF(LIMIT + 1);

	(void)unused;
	write_file(path, STR_NONE, 0600);
	assert_read(FILE_PUBLIC, "");
	while (content.n < LIMIT)
		buf_add_byte(&content, (char)('a' + content.n % 26));
	write_file(path, buf_str(&content), 0600);
	assert_read(FILE_PUBLIC, content.p);
	buf_add_byte(&content, 'x');
	write_file(path, buf_str(&content), 0600);
	assert_int_equal(assert_refused(path, FILE_PUBLIC, "larger than 20000 bytes"), 0);
	assert_int_equal(unlink(path), 0);
}

/* Administrators link: what counts is the file behind it. */
static void test_links(void **unused)
{
	(void)unused;
	write_file(other, STR("there"), 0600);
	assert_int_equal(symlink(other, path), 0);
	assert_read(FILE_SECRET, "there");
	assert_int_equal(chmod(other, 0644), 0);
	assert_int_equal(assert_refused(path, FILE_SECRET, "chmod g-w,o-rwx"), 0);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(assert_refused(path, FILE_SECRET, "No such file"), ENOENT);
	assert_int_equal(unlink(path), 0);
}

static bool has_changed(const struct file_version *version)
{
	struct file_version now = file_version_of(path);

	return !file_version_eq(version, &now);
}

/* The clock of files is coarse: what happens at once may have one time. */
static void wait_for_clock(void)
{
	const struct timespec nap = { 0, 20000000 };

	assert_int_equal(nanosleep(&nap, NULL), 0);
}

static void test_versions(void **unused)
{
	const struct timespec long_ago[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	const struct file_version one = { 1, 2, 3, 4 };
	const struct file_version others[] = { { 0, 2, 3, 4 }, { 1, 0, 3, 4 }, { 1, 2, 0, 4 }, { 1, 2, 3, 0 } };
	struct file_version version;

	(void)unused;
	assert_true(file_version_eq(&one, &one));
	for (size_t i = 0; i < N_OF(others); i++)
		assert_false(file_version_eq(&one, &others[i]));
	write_file(path, STR("one"), 0600);
	assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
	version = file_version_of(path);
	assert_false(has_changed(&version));
	wait_for_clock();
	write_file(path, STR("two"), 0600);
	assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
	assert_true(has_changed(&version)); /* whatever time somebody gives it */
	version = file_version_of(path);
	wait_for_clock();
	assert_int_equal(chmod(path, 0640), 0);
	assert_true(has_changed(&version)); /* it may be good now */
	version = file_version_of(path);
	write_file(other, STR("ten"), 0600);
	assert_int_equal(rename(other, path), 0);
	assert_true(has_changed(&version));
	version = file_version_of(path);
	assert_int_equal(unlink(path), 0);
	assert_true(has_changed(&version));
}

static void test_a_descriptor_closes_with_its_scope(void **unused)
{
	int number, none = -1;

	(void)unused;
	{
		auto_close int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);

		number = descriptor;
		assert_int_not_equal(fcntl(number, F_GETFD), -1);
	}
	assert_int_equal(fcntl(number, F_GETFD), -1);
	file_close(&none);
	assert_int_equal(none, -1);
	number = open("/dev/null", O_RDONLY | O_CLOEXEC);
	file_close(&number);
	assert_int_equal(number, -1);
}

static int make_folder(void **unused)
{
	(void)unused;
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	return 0;
}

static int remove_folder(void **unused)
{
	(void)unused;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_a_secret_of_somebody_else),
		cmocka_unit_test(test_a_secret_that_is_closed_to_us),
		cmocka_unit_test(test_a_name_of_a_user_leaves_errno),
		cmocka_unit_test(test_what_is_no_regular_file),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_a_descriptor_closes_with_its_scope),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
