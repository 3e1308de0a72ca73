/* SPDX-License-Identifier: MIT */
#include "key_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app.h"
#include "command.h"
#include "rights.h"

#define VERB "key"

extern char **environ;

static bool is_prefix(struct str prefix)
{
	for (size_t i = 0; i < prefix.n; i++) {
		char c = prefix.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return prefix.n >= 2;
}

static int no_such_file(const struct settings *settings, const char *prefix)
{
	const char *file = settings->file.n != 0 ? settings->file.p : "the environment";

	if (settings->n_key_files == 0)
		fprintf(stderr,
			"gatehouse key: %s: found no file of keys; write the line `api_keys /etc/gatehouse/api-keys` at its top, "
			"or name a file with --file\n",
			file);
	else
		fprintf(stderr, "gatehouse key: %s: found %s, choose one with --prefix:\n", file,
			prefix == NULL ? "several files of keys" : "no file of keys for this prefix");
	for (size_t i = 0; i < settings->n_key_files; i++)
		fprintf(stderr, "  --prefix %.*s  %.*s\n", STR_ARGS(settings->key_file[i].prefix),
			STR_ARGS(settings->key_file[i].path));
	return EXIT_WRONG_USE;
}

static int find_in_settings(const char *file_of_settings, const char *prefix, struct key_place *place)
{
	auto_buf errors = BUF(65536);
	auto_buf notes = BUF(65536);

	place->settings = settings_read_as(file_of_settings, environ, &errors, &notes, borrow_rights);
	return_rights();
	if (place->settings == NULL) {
		fprintf(stderr, "%.*s", STR_ARGS(buf_str(&errors)));
		return EXIT_WRONG_USE;
	}
	for (size_t i = 0; i < place->settings->n_key_files; i++) {
		const struct key_file *file = &place->settings->key_file[i];

		if (prefix != NULL ? str_is(file->prefix, prefix) : place->settings->n_key_files == 1) {
			place->path = file->path.p;
			place->prefix = file->prefix;
		}
	}
	/* The programs run as the owner of the state directory and must be able to read the file. */
	place->has_owner =
		geteuid() == 0 && lstat(place->settings->state_directory.p, &place->owner) == 0 && S_ISDIR(place->owner.st_mode);
	return place->path != NULL ? EXIT_SUCCESS : no_such_file(place->settings, prefix);
}

int key_place_find(const char *settings, const char *file, const char *prefix, struct key_place *place)
{
	if (file != NULL && settings != NULL)
		return complain(VERB, "-c and --file exclude each other", NULL, EXIT_WRONG_USE);
	if (file == NULL) {
		int status = find_in_settings(settings, prefix, place);

		if (status != EXIT_SUCCESS)
			return status;
	} else {
		place->path = file;
		place->prefix = prefix != NULL ? str_from(prefix) : STR("ghk_");
	}
	return is_prefix(place->prefix)
		? EXIT_SUCCESS
		: complain(VERB, "a prefix is two or more letters, digits, - and _", place->prefix.p, EXIT_WRONG_USE);
}
