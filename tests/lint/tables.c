/* SPDX-License-Identifier: MIT */
/*
 * What the documentation must agree with, printed from the tables of the programs themselves, a row a line, fields parted by
 * tabs. With FILE...: reads each as settings, with an empty environment, and says what is wrong.
 */
#include <stdio.h>
#include <stdlib.h>

#include "outcome.h"
#include "preset.h"
#include "redirect_uri.h"
#include "settings.h"

static void print_tables(void)
{
	for (const struct directive *row = directives; row->name != NULL; row++)
		printf("directive\t%s\t%s\t%s\t%s\t%s\t%s\n", row->name, row->where, row->arguments, row->default_value,
			row->environment != NULL ? row->environment : "", row->help);
	for (const struct seed_variable *row = seed_variables; row->name != NULL; row++)
		printf("seed\t%s\t%s\n", row->name, row->fate);
	for (const struct preset *row = presets; row->name != NULL; row++)
		printf("preset\t%s\n", row->name);
	for (const struct redirect_preset *row = redirect_presets; row->name != NULL; row++) {
		for (const char *const *uri = row->uris; *uri != NULL; uri++)
			printf("redirect\t%s\t%s\n", row->name, *uri);
	}
	for (int i = 0; i < OUTCOME_COUNT; i++)
		printf("outcome\t%s\t%d\n", outcome_row((enum outcome)i)->name, outcome_row((enum outcome)i)->status);
}

int main(int argc, char **argv)
{
	char *const environment[] = { NULL };
	int status = EXIT_SUCCESS;

	if (argc == 1)
		print_tables();
	for (int i = 1; i < argc; i++) {
		auto_buf errors = BUF(65536);
		auto_buf notes = BUF(65536);
		struct settings *settings = settings_read(argv[i], environment, &errors, &notes);

		if (settings == NULL) {
			printf("%.*s", STR_ARGS(buf_str(&errors)));
			status = EXIT_FAILURE;
		}
		settings_free(settings);
	}
	return status;
}
