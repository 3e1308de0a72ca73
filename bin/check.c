/* SPDX-License-Identifier: MIT */
/*
 * gatehouse check: everything that can be wrong before the first request comes: settings, files and their modes, the provider and
 * what it says of itself. One line per finding; a finding that stops people says how to mend it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "assertion.h"
#include "audit.h"
#include "call.h"
#include "challenge.h"
#include "check.h"
#include "lists.h"
#include "log.h"
#include "owner.h"
#include "redirect_uri.h"
#include "registration_client.h"
#include "rights.h"
#include "verbs.h"

extern char **environ;

static void print_help(void)
{
	fputs("gatehouse check: look at the settings, the files and the provider, and say what is wrong\n"
	      "\n"
	      "usage: gatehouse check [-c FILE] [--offline]\n"
	      "  -c FILE    settings; default $GATEHOUSE_CONFIG, else /etc/gatehouse/gatehouse.conf\n"
	      "  --offline  ask no provider\n"
	      "\n"
	      "As root it looks at the state directory as the user who owns it. Exit status: 0 all is\n"
	      "good, 1 something is wrong, 100 the settings can't be used, 111 system trouble.\n",
		stdout);
}

static bool check_state(struct report *report, const struct settings *settings, struct state *state)
{
	auto_buf error = BUF(1024);

	if (!state_open_existing(state, settings->state_directory.p, &error)) {
		say(report, WRONG, "%.*s", STR_ARGS(buf_str(&error)));
		return false;
	}
	say(report, GOOD, "state directory %.*s", STR_ARGS(settings->state_directory));
	return true;
}

/* As the user of the programs, who must be able to read the one and write the other. */
static void check_files(struct report *report, const struct settings *settings, bool has_state)
{
	auto_buf why = BUF(65536);
	bool lists = lists_check(settings, &why), key = !has_state || assertion_check(settings, &why);

	if (settings->file.n != 0 && access(settings->file.p, R_OK) != 0)
		say(report, WRONG, "the programs, as user %s, can't read %s: %s", user_name(geteuid()).text, settings->file.p,
			strerror(errno));

	if (!audit_check(settings, &why) || !lists || !key)
		say_lines(report, WRONG, &why);
}

/* Conditions of rules for tools: a program does not start with one that can't be used. */
static void check_conditions(struct report *report, const struct settings *settings)
{
	auto_buf errors = BUF(65536);
	auto_buf notes = BUF(65536);

	if (!calls_check(settings, &errors))
		say_lines(report, WRONG, &errors);
	calls_review(settings, &notes);
	say_lines(report, NOTE, &notes);
}

/* Any program on a person's machine can take the place of the one that is meant (RFC 8252 8.6). */
const char *loopback_warning(struct str uri)
{
	struct url url;

	return url_parse(uri, &url) && url_is_loopback(&url)
		? ": loopback, where any program on the person's machine can take its place"
		: "";
}

void add_preset(const struct redirect_preset *preset, struct buf *text)
{
	const char *warning = "";

	for (size_t i = 0; preset->uris[i] != NULL; i++) {
		buf_print(text, "%s%s", i != 0 ? " " : "", preset->uris[i]);
		if (warning[0] == '\0')
			warning = loopback_warning(str_from(preset->uris[i]));
	}
	buf_add_text(text, warning);
}

/* Who may get an authorization code: the operator should have read this list (MCP security best practices). */
static void check_client(struct report *report, const struct issuer *issuer)
{
	const struct client *client = &issuer->client;
	/* A client of its own is made with its redirect URIs. */
	const char *who = client->id.n != 0 ? "the provider must know, and " : "";
	auto_buf whose = BUF(4096);

	if (!registration_client_exists(client))
		return;
	buf_print(&whose, client->id.n != 0 ? "client %.*s" : "registration at %.*s",
		STR_ARGS(client->id.n != 0 ? client->id : issuer->identifier));
	for (const struct redirect_preset *preset = redirect_presets; preset->name != NULL; preset++) {
		auto_buf uris = BUF(PRESET_BYTES);

		add_preset(preset, &uris);
		if (redirect_preset_is_chosen(client, preset))
			say(report, NOTE, "%.*s: %s%s clients may use, %s", STR_ARGS(buf_str(&whose)), who, preset->name, uris.p);
	}
	for (size_t i = 0; i < client->redirect_uri.n; i++)
		say(report, NOTE, "%.*s: %sclients may use, %.*s%s", STR_ARGS(buf_str(&whose)), who,
			STR_ARGS(client->redirect_uri.word[i]), loopback_warning(client->redirect_uri.word[i]));
}

static void tell_resource(struct report *report, const struct resource *resource)
{
	auto_buf metadata = BUF(2048);

	challenge_metadata_url(resource, &metadata);
	say(report, NOTE, "people connect their MCP client to %.*s", STR_ARGS(resource->identifier));
	say(report, NOTE, "its metadata is at %.*s", STR_ARGS(buf_str(&metadata)));
}

static void check_all(struct report *report, const struct settings *settings, bool offline)
{
	auto_buf why = BUF(4096);
	struct state state;
	bool has_state;

	if (!registration_client_check(settings, &why))
		say_lines(report, WRONG, &why);
	check_conditions(report, settings);
	has_state = check_state(report, settings, &state);
	check_files(report, settings, has_state);
	if (has_state) {
		struct table *table = table_open(state.directory, "table");

		if (!table_is_shared(table))
			say(report, WRONG, "the shared table in %.*s can't be used: limits would count per process",
				STR_ARGS(settings->state_directory));
		for (size_t i = 0; !offline && i < settings->n_issuers; i++) {
			if (!settings->issuer[i].own)
				check_provider(report, settings, &settings->issuer[i], &state, table);
		}
		if (settings->server == SERVER_BROKER)
			check_broker(report, settings, &state);
		table_close(table);
		state_close(&state);
	}
	if (settings->server == SERVER_BROKER)
		tell_clients(report, settings);
	for (size_t i = 0; settings->server != SERVER_BROKER && i < settings->n_issuers; i++)
		check_client(report, &settings->issuer[i]);
	for (size_t i = 0; i < settings->n_resources; i++)
		tell_resource(report, &settings->resource[i]);
}

static void say_sum(const struct report *report)
{
	if (report->wrong == 0)
		puts("nothing is wrong");
	else
		printf("%u wrong: see %s above that %s with WRONG\n", report->wrong, report->wrong == 1 ? "the line" : "the lines",
			report->wrong == 1 ? "begins" : "begin");
}

int verb_check(int argc, char **argv)
{
	struct report report = { .color = isatty(STDOUT_FILENO) == 1 };
	auto_buf errors = BUF(65536);
	auto_buf notes = BUF(65536);
	struct settings *settings;
	const char *file = NULL;
	bool offline = false;

	for (int i = 1; i < argc; i++) {
		struct str option = str_from(argv[i]);

		if (str_is(option, "--help")) {
			print_help();
			return EXIT_SUCCESS;
		} else if (str_is(option, "--offline")) {
			offline = true;
		} else if (str_is(option, "-c") && i + 1 < argc) {
			file = argv[++i];
		} else {
			fprintf(stderr, "gatehouse check: unknown option or missing value: %s; try --help\n", argv[i]);
			return EXIT_WRONG_USE;
		}
	}
	log_start("gatehouse", LOG_ERROR, false);
	settings = settings_read_as(file, environ, &errors, &notes, become_owner);
	if (settings == NULL) {
		say_lines(&report, WRONG, &errors);
		say_sum(&report);
		return EXIT_WRONG_USE;
	}
	say(&report, GOOD, "settings %.*s", STR_ARGS(settings->file.n != 0 ? settings->file : STR("from the environment")));
	say_lines(&report, NOTE, &notes);
	check_all(&report, settings, offline);
	say_sum(&report);
	settings_free(settings);
	return report.wrong == 0 ? EXIT_SUCCESS : EXIT_PROBLEM;
}
