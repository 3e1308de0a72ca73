/* SPDX-License-Identifier: MIT */
/*
 * What the documentation must agree with, printed from the tables of the programs themselves, a row a line, fields parted by
 * tabs. With FILE: reads it as settings, with an empty environment, and says what is wrong; with "deny-list TEXT" or "user-map TEXT"
 * the same of such a list.
 */
#include <stdio.h>
#include <stdlib.h>

#include "deny_list.h"
#include "outcome.h"
#include "preset.h"
#include "redirect_uri.h"
#include "settings.h"
#include "user_map.h"

static void print_preset(const struct preset *preset)
{
	auto_buf hint = BUF(2048);

	preset_hint(preset, true, &hint);
	printf("preset\t%s\t%s\t%.*s\n", preset->name, preset->issuer, STR_ARGS(buf_str(&hint)));
	for (size_t i = 0; i < PRESET_VALUES && preset->value[i].directive != NULL; i++)
		printf("preset_value\t%s\t%s\t%s\t%s\n", preset->name, preset->value[i].directive, preset->value[i].value,
			preset->value[i].proof == PRESET_TESTED ? "tested" : "reported");
}

static void print_tables(void)
{
	for (const struct directive *row = directives; row->name != NULL; row++)
		printf("directive\t%s\t%s\t%s\t%s\t%s\t%s\n", row->name, row->where, row->arguments, row->default_value,
			row->environment != NULL ? row->environment : "", row->help);
	for (const struct seed_variable *row = seed_variables; row->name != NULL; row++)
		printf("seed\t%s\t%s\n", row->name, row->fate);
	for (const struct preset *row = presets; row->name != NULL; row++)
		print_preset(row);
	for (const struct redirect_preset *row = redirect_presets; row->name != NULL; row++) {
		for (const char *const *uri = row->uris; *uri != NULL; uri++)
			printf("redirect\t%s\t%s\n", row->name, *uri);
	}
	for (int i = 0; i < OUTCOME_COUNT; i++)
		printf("outcome\t%s\t%d\n", outcome_row((enum outcome)i)->name, outcome_row((enum outcome)i)->status);
}

static bool read_settings(const char *path, struct buf *faults)
{
	char *const environment[] = { NULL };
	auto_buf notes = BUF(65536);
	struct settings *settings = settings_read(path, environment, faults, &notes);
	bool good = settings != NULL;

	settings_free(settings);
	return good;
}

static bool read_deny_list(const char *text, struct buf *faults)
{
	deny_list_free(deny_list_read(str_from(text), NULL, faults));
	return faults->n == 0;
}

static bool read_user_map(const char *text, struct buf *faults)
{
	user_map_free(user_map_read(str_from(text), NULL, faults));
	return faults->n == 0;
}

int main(int argc, char **argv)
{
	auto_buf faults = BUF(65536);
	bool good = true;

	if (argc == 1)
		print_tables();
	else if (argc == 3 && str_is(str_from(argv[1]), "deny-list"))
		good = read_deny_list(argv[2], &faults);
	else if (argc == 3 && str_is(str_from(argv[1]), "user-map"))
		good = read_user_map(argv[2], &faults);
	else
		good = read_settings(argv[1], &faults);
	printf("%.*s", STR_ARGS(buf_str(&faults)));
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
