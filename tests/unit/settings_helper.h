/* SPDX-License-Identifier: MIT */
/* What the tests of the settings share: settings from text, and a temporary directory ("$" in the
 * text). */
#ifndef GATEHOUSE_SETTINGS_HELPER_H
#define GATEHOUSE_SETTINGS_HELPER_H

#include "settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ISSUER "issuer https://auth.example.com\n"
#define RESOURCE "resource https://mcp.example.com/mcp { allow any; }\n"
#define FACADE                                                                                     \
	"authorization_server facade; public_issuer https://gate.example.com; provider_iss none\n"
#define AUGMENT                                                                                    \
	"authorization_server augment; provider_metadata "                                         \
	"https://auth.example.com/real/openid-configuration\n"

static char directory[64];
static struct buf errors = { .limit = 65536 }, notes = { .limit = 65536 };
static struct settings *settings;
static char *variables[24];

/* What settings_read takes; good until the next call. NULL: no variables at all. */
static inline char **environment_of(const char *const wanted[])
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		free(variables[i]);
		variables[i] = NULL;
	}
	for (; wanted != NULL && wanted[n] != NULL; n++) {
		assert_true(n + 1 < sizeof(variables) / sizeof(variables[0]));
		variables[n] = str_copy(str_from(wanted[n]));
	}
	return wanted != NULL ? variables : NULL;
}

static inline int make_directory(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof(directory), "/tmp/gatehouse-test-XXXXXX");
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static inline int remove_directory(void **state)
{
	char command[128];

	(void)state;
	settings_free(settings);
	settings = NULL;
	(void)environment_of(NULL);
	buf_free(&errors);
	buf_free(&notes);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static inline const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static inline void write_file(const char *name, const void *text, size_t n, mode_t mode)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path_of(name), mode), 0);
}

/* "$" becomes the temporary directory. */
static inline void expand(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '$')
			buf_add_text(out, directory);
		else
			buf_add_byte(out, *text);
	}
}

static inline bool read_path(const char *path, const char *const environment[])
{
	settings_free(settings);
	buf_clear(&errors);
	buf_clear(&notes);
	settings = settings_read(path, environment_of(environment), &errors, &notes);
	assert_true((settings != NULL) == (errors.n == 0));
	return settings != NULL;
}

static inline bool read_bytes(const void *text, size_t n, const char *const environment[])
{
	write_file("gatehouse.conf", text, n, 0644);
	return read_path(path_of("gatehouse.conf"), environment);
}

static inline bool read_both(const char *text, const char *const environment[])
{
	auto_buf whole = BUF(65536);

	expand(&whole, text);
	return read_bytes(whole.p != NULL ? whole.p : "", whole.n, environment);
}

static inline bool contains(const struct buf *text, const char *part)
{
	auto_buf wanted = BUF(65536);

	expand(&wanted, part);
	return text->n != 0 && strstr(text->p, wanted.p) != NULL;
}

static inline void show(const char *text, const char *part)
{
	print_message("--- settings:\n%s--- errors:\n%s--- notes:\n%s--- looked for: %s\n", text,
		errors.n != 0 ? errors.p : "", notes.n != 0 ? notes.p : "", part);
}

static inline void accepts(const char *text)
{
	if (!read_both(text, NULL)) {
		show(text, "no error");
		fail();
	}
}

static inline void refuses(const char *text, const char *part)
{
	if (read_both(text, NULL) || !contains(&errors, part)) {
		show(text, part);
		fail();
	}
}

static inline void accepts_with_note(const char *text, const char *part)
{
	accepts(text);
	if (!contains(&notes, part)) {
		show(text, part);
		fail();
	}
}

static inline void accepts_without_note(const char *text, const char *part)
{
	accepts(text);
	if (contains(&notes, part)) {
		show(text, part);
		fail();
	}
}

static inline void is_text(struct str s, const char *text)
{
	if (!str_is(s, text)) {
		print_message("found \"%.*s\", expected \"%s\"\n", STR_ARGS(s), text);
		fail();
	}
}

static inline void is_words(struct words words, const char *text)
{
	auto_buf joined = BUF(4096);

	for (size_t i = 0; i < words.n; i++) {
		buf_add_text(&joined, i != 0 ? " " : "");
		buf_add(&joined, words.word[i]);
	}
	is_text(buf_str(&joined), text);
}

#endif
