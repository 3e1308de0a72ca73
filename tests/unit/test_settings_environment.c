/* SPDX-License-Identifier: MIT */
/* Variables of the environment, and the files: which one is read, and who else may read or write
 * it. */
#include "settings_helper.h"

#define GOOD ISSUER RESOURCE
#define CLIENT FACADE "client_id c\n"

static void refuses_in(const char *text, const char *const environment[], const char *part)
{
	if (read_both(text, environment) || !contains(&errors, part)) {
		show(text, part);
		fail();
	}
}

static void test_a_variable_wins_over_the_top_of_the_file(void **state)
{
	const char *environment[] = { "PATH=/bin", "GATEHOUSE_RATE=7/s", "GATEHOUSE_LOG_LEVEL=debug",
		"GATEHOUSE_USER_CLAIM=preferred user", "GATEHOUSE_SKEW=9s", NULL };

	(void)state;
	assert_true(read_both("rate 1/s; skew 1s\n" GOOD "issuer https://b.example { skew 2s; }\n", environment));
	assert_int_equal(settings->resource[0].rate.count, 7);
	is_text(settings->log_level, "debug");
	is_text(settings->issuer[0].user_claim, "preferred user");
	assert_int_equal(settings->issuer[0].skew, 9);
	/* A block is more particular than the top, whoever set that. */
	assert_int_equal(settings->issuer[1].skew, 2);
}

static void test_an_unknown_variable_of_ours_is_refused(void **state)
{
	static const char *const unknown[] = { "GATEHOUSE_=", "GATEHOUSE_RAET=1/s", "GATEHOUSE_rate=1/s",
		"GATEHOUSE_ISSUER=https://a.example", "GATEHOUSE_ALLOW=any", "GATEHOUSE_REQUIRE_SCOPES=a",
		"GATEHOUSE_CLIENT_SECRET=hush", "GATEHOUSE_REQUEST=x", "GATEHOUSE_VOICES=x", "GATEHOUSE_RESOURCE_NAME=x" };

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		const char *environment[] = { unknown[i], NULL };

		refuses_in(GOOD, environment, ": found an unknown variable");
		assert_false(contains(&errors, "hush"));
	}
	refuses_in(GOOD, (const char *[]){ unknown[1], NULL }, "; did you mean GATEHOUSE_RATE?\n");
	refuses_in(GOOD, (const char *[]){ unknown[4], NULL }, "stand in the file only)\n");
}

static void test_what_a_front_server_sends_is_no_setting(void **state)
{
	const char *environment[] = { "GATEHOUSE_REQUEST_METHOD=GET", "GATEHOUSE_REQUEST_URI=/x", "GATEHOUSE_VOICE=inspect",
		"GATEHOUSE_RESOURCE=https://x", "GATEHOUSE_CONFIG=/nowhere", "GATEHOUSE_BIN=/x", "HTTP_GATEHOUSE_RATE=1/s",
		"HTTP_HOST=x", "XGATEHOUSE_RATE=1/s", "GATEHOUSE_RATE", NULL };

	(void)state;
	assert_true(read_both(GOOD, environment));
	assert_int_equal(settings->resource[0].rate.count, 300);
}

static void test_a_variable_given_twice_or_with_strange_bytes_is_refused(void **state)
{
	const char *twice[] = { "GATEHOUSE_RATE=1/s", "GATEHOUSE_RATE=2/s", NULL };
	const char *control[] = { "GATEHOUSE_USER_CLAIM=a\nb", NULL };
	const char *latin[] = { "GATEHOUSE_USER_CLAIM=\xe4", NULL };

	(void)state;
	refuses_in(GOOD, twice, "GATEHOUSE_RATE: found rate a second time");
	refuses_in(GOOD, control, "GATEHOUSE_USER_CLAIM: found \"a?b\", expected");
	refuses_in(GOOD, latin, "GATEHOUSE_USER_CLAIM: found");
}

static void test_the_file_is_the_one_that_is_named(void **state)
{
	auto_buf variable = BUF(256);
	const char *environment[] = { NULL, NULL };

	(void)state;
	write_file("named.conf", "rate 4/s\n" GOOD, sizeof("rate 4/s\n" GOOD) - 1, 0640);
	buf_print(&variable, "GATEHOUSE_CONFIG=%s", path_of("named.conf"));
	environment[0] = variable.p;
	assert_true(read_path(NULL, environment));
	assert_int_equal(settings->resource[0].rate.count, 4);
	is_text(settings->file, path_of("named.conf"));
	assert_true(read_both(GOOD, environment)); /* -c is stronger */
	is_text(settings->file, path_of("gatehouse.conf"));
	assert_false(read_path(path_of("absent.conf"), NULL));
	assert_true(contains(&errors, "$/absent.conf: found no such file"));
	environment[0] = "GATEHOUSE_CONFIG=";
	assert_false(read_path(NULL, environment));
	environment[0] = "GATEHOUSE_CONFIG=/nowhere/at/all";
	assert_false(read_path(NULL, environment));
	assert_true(contains(&errors, "/nowhere/at/all: found no such file"));
}

static void test_a_settings_file_that_everybody_may_change_is_refused(void **state)
{
	(void)state;
	write_file("open.conf", GOOD, sizeof(GOOD) - 1, 0646);
	assert_false(read_path(path_of("open.conf"), NULL));
	assert_true(contains(&errors, "chmod o-w $/open.conf"));
	assert_int_equal(chmod(path_of("open.conf"), 0644), 0);
	assert_true(read_path(path_of("open.conf"), NULL));
}

static void test_what_is_no_settings_file_is_refused(void **state)
{
	auto_buf big = BUF(70000);

	(void)state;
	assert_false(read_path(directory, NULL));
	assert_true(contains(&errors, "regular file"));
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	assert_false(read_path(path_of("pipe"), NULL));
	assert_true(contains(&errors, "regular file"));
	buf_add_text(&big, GOOD "#");
	while (big.n < 65536)
		buf_add_byte(&big, 'x');
	assert_true(read_bytes(big.p, 65536, NULL));
	buf_add_byte(&big, 'x');
	assert_false(read_bytes(big.p, 65537, NULL));
	assert_true(contains(&errors, "larger than 65536 bytes"));
}

static void test_a_secret_is_one_line_without_its_end(void **state)
{
	static const struct {
		const char *content;
		const char *secret; /* NULL: refused */
	} rows[] = { { "hush", "hush" }, { "hush\n", "hush" }, { " h u s h \n", " h u s h " }, { "", NULL }, { "\n", NULL },
		{ "hush\n\n", NULL }, { "hush\r\n", NULL }, { "hu\nsh", NULL }, { "hu\tsh", NULL }, { "\x7f", NULL } };
	char big[4098];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file("secret", rows[i].content, strlen(rows[i].content), 0600);
		if (rows[i].secret == NULL) {
			refuses(CLIENT "client_secret_file $/secret\n" GOOD, ":3:20: found no secret in $/secret");
			continue;
		}
		accepts(CLIENT "client_secret_file $/secret\n" GOOD);
		is_text(settings->issuer[0].client.secret, rows[i].secret);
	}
	write_file("secret", "a\0b", 3, 0600);
	refuses(CLIENT "client_secret_file $/secret\n" GOOD, "found no secret");
	memset(big, 'x', sizeof(big));
	big[4096] = '\n';
	write_file("secret", big, 4097, 0600);
	accepts(CLIENT "client_secret_file $/secret\n" GOOD);
	assert_int_equal(settings->issuer[0].client.secret.n, 4096);
	big[4096] = 'x';
	write_file("secret", big, 4097, 0600);
	refuses(CLIENT "client_secret_file $/secret\n" GOOD, "1 to 4096 bytes");
	big[4097] = '\n';
	write_file("secret", big, 4098, 0600);
	refuses(CLIENT "client_secret_file $/secret\n" GOOD, "1 to 4096 bytes");
}

static void test_a_secret_that_others_can_read_or_change_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		bool ok;
	} rows[] = { { 0400, true }, { 0600, true }, { 0640, true }, { 0440, true }, { 0660, false }, { 0620, false },
		{ 0604, false }, { 0602, false }, { 0644, false }, { 0666, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file("secret", "hush\n", 5, rows[i].mode);
		if (rows[i].ok)
			accepts(CLIENT "registration_token_file $/secret\n" GOOD);
		else
			refuses(CLIENT "registration_token_file $/secret\n" GOOD, "chmod g-w,o-rwx $/secret");
		assert_false(contains(&errors, "hush"));
		assert_int_equal(unlink(path_of("secret")), 0);
	}
	refuses(CLIENT "client_secret_file $\n" GOOD, "not a regular file");
	write_file("secret", "hush\n", 5, 0600);
	if (geteuid() == 0) {
		assert_int_equal(chown(path_of("secret"), 4242, 0), 0);
		refuses(CLIENT "client_secret_file $/secret\n" GOOD,
			"it belongs to user 4242 and this runs as root: run it as 4242, if the programs do, else chown root "
			"$/secret");
		assert_int_equal(unlink(path_of("secret")), 0);
	}
}

static void test_systemd_credentials_are_used_when_nobody_says_otherwise(void **state)
{
	auto_buf credentials = BUF(256), variable = BUF(256);
	const char *environment[] = { NULL, NULL, NULL };

	(void)state;
	assert_int_equal(mkdir(path_of("credentials"), 0700), 0);
	write_file("credentials/client_secret", "from systemd", 12, 0400);
	write_file("other", "from the file", 13, 0400);
	buf_print(&credentials, "CREDENTIALS_DIRECTORY=%s", path_of("credentials"));
	environment[0] = credentials.p;
	assert_true(read_both(CLIENT GOOD, environment));
	is_text(settings->issuer[0].client.secret, "from systemd");
	is_text(settings->issuer[0].client.registration_token, "");
	write_file("credentials/registration_token", "token", 5, 0400);
	assert_true(read_both(CLIENT "client_secret_file $/other\n" GOOD, environment));
	is_text(settings->issuer[0].client.secret, "from the file");
	is_text(settings->issuer[0].client.registration_token, "token");
	buf_print(&variable, "GATEHOUSE_CLIENT_SECRET_FILE=%s", path_of("other"));
	environment[1] = variable.p;
	assert_true(read_both(CLIENT GOOD, environment));
	is_text(settings->issuer[0].client.secret, "from the file");
	environment[1] = NULL;
	refuses_in(GOOD, environment, "CREDENTIALS_DIRECTORY: found client_secret_file, expected a client_id with it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_variable_wins_over_the_top_of_the_file),
		cmocka_unit_test(test_an_unknown_variable_of_ours_is_refused),
		cmocka_unit_test(test_what_a_front_server_sends_is_no_setting),
		cmocka_unit_test(test_a_variable_given_twice_or_with_strange_bytes_is_refused),
		cmocka_unit_test(test_the_file_is_the_one_that_is_named),
		cmocka_unit_test(test_a_settings_file_that_everybody_may_change_is_refused),
		cmocka_unit_test(test_what_is_no_settings_file_is_refused),
		cmocka_unit_test(test_a_secret_is_one_line_without_its_end),
		cmocka_unit_test(test_a_secret_that_others_can_read_or_change_is_refused),
		cmocka_unit_test(test_systemd_credentials_are_used_when_nobody_says_otherwise),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
