/* SPDX-License-Identifier: MIT */
#include "app.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "file.h"
#include "http.h"
#include "log.h"
#include "state.h"

#define MESSAGE_BYTES 65536

extern char **environ;

static void print_help(const struct app *app)
{
	printf("%s: %s\n"
	       "\n"
	       "usage: %s [-c FILE] [-t]\n"
	       "  -c FILE    settings; default $GATEHOUSE_CONFIG, else /etc/gatehouse/gatehouse.conf\n"
	       "  -t         check the settings and exit\n"
	       "  --help     this text\n"
	       "  --version  the version\n"
	       "\n"
	       "A FastCGI program: a web server or spawn-fcgi starts it with the listening socket as\n"
	       "standard input. Started with anything else there it answers one request as plain CGI.\n"
	       "Exit status: 0 good, 1 found a problem, 100 wrong use or settings, 111 system trouble.\n",
		app->program, app->summary, app->program);
}

static _Noreturn void wrong_use(const struct app *app, const char *what)
{
	fprintf(stderr, "%s: %s; try %s --help\n", app->program, what, app->program);
	exit(EXIT_WRONG_USE);
}

static void read_options(struct app *app, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct str option = str_from(argv[i]);

		if (str_is(option, "--help")) {
			print_help(app);
			exit(EXIT_SUCCESS);
		} else if (str_is(option, "--version")) {
			printf("%s %s\n", app->program, GATEHOUSE_VERSION);
			exit(EXIT_SUCCESS);
		} else if (str_is(option, "-t")) {
			app->test_only = true;
		} else if (str_is(option, "-c")) {
			if (++i == argc)
				wrong_use(app, "-c needs a file name");
			app->file = argv[i];
		} else {
			wrong_use(app, "unknown option");
		}
	}
}

static enum log_level level_of(const struct settings *settings)
{
	return str_is(settings->log_level, "error")      ? LOG_ERROR
		: str_is(settings->log_level, "warning") ? LOG_WARNING
		: str_is(settings->log_level, "debug")   ? LOG_DEBUG
							 : LOG_INFO;
}

/* Each line of `text` as an event of its own. */
static void log_lines(enum log_level level, const char *event, const struct buf *text)
{
	struct str rest = buf_str(text), line;

	while (str_cut(&rest, '\n', &line)) {
		if (line.n != 0)
			log_event(level, event, "%.*s", STR_ARGS(line));
	}
}

/* -t may be somebody else's, to whom the directory rightly is closed; `gatehouse check` looks at it as its owner. */
static bool state_is_usable(const struct settings *settings, struct buf *why)
{
	struct state state;

	if (!state_open(&state, settings->state_directory.p, why))
		return false;
	state_close(&state);
	return true;
}

/* Reads and checks the settings. new, or NULL with the reasons in `errors`. */
static struct settings *load(const struct app *app, struct buf *errors, struct buf *notes)
{
	struct settings *settings = settings_read(app->file, environ, errors, notes);

	if (settings != NULL &&
		((app->needs_state && !app->test_only && !state_is_usable(settings, errors)) ||
			(app->check != NULL && !app->check(settings, errors)))) {
		settings_free(settings);
		return NULL;
	}
	if (settings != NULL && app->review != NULL)
		app->review(settings, notes);
	return settings;
}

/* No core file may hold a token, and nobody else may look into this process (PR_SET_DUMPABLE). */
static void keep_secrets(void)
{
	const struct rlimit none = { 0, 0 };

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

/*
 * A large block, such as the body of a request, goes back to the system when it is free. glibc would begin to keep such blocks
 * after the first of them (mallopt(3), "dynamic mmap threshold"), some megabytes in each process.
 */
static void keep_little(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 128 * 1024);
#endif
}

/* The version of the settings file that was last accepted or refused. */
static struct file_version judged;

void app_start(struct app *app, int argc, char **argv)
{
	auto_buf errors = BUF(MESSAGE_BYTES);
	auto_buf notes = BUF(MESSAGE_BYTES);

	read_options(app, argc, argv);
	keep_secrets();
	keep_little();
	log_start(app->program, LOG_INFO, false);
	judged = file_version_of(app->file); /* before it is read: a change in between is seen later */
	app->settings = load(app, &errors, &notes);
	if (app->settings == NULL) {
		fprintf(stderr, "%.*s", STR_ARGS(buf_str(&errors)));
		fprintf(stderr, "%s: these settings can't be used\n", app->program);
		exit(EXIT_WRONG_USE);
	}
	if (app->test_only) {
		printf("%.*s%s: the settings are good\n", STR_ARGS(buf_str(&notes)), app->program);
		exit(EXIT_SUCCESS);
	}
	if (app->file == NULL)
		judged = file_version_of(app->settings->file.p);
	log_start(app->program, level_of(app->settings), str_is(app->settings->log_format, "json"));
	log_lines(LOG_INFO, "settings_note", &notes);
}

bool app_settings_changed(struct app *app)
{
	static time_t looked;
	auto_buf errors = BUF(MESSAGE_BYTES);
	auto_buf notes = BUF(MESSAGE_BYTES);
	struct settings *settings;
	struct timespec now;
	struct file_version version;
	bool asked = http_hangup();

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (!asked && now.tv_sec == looked)
		return false;
	version = file_version_of(app->settings->file.p);
	looked = now.tv_sec;
	if (!asked && file_version_eq(&version, &judged))
		return false;
	judged = version;
	settings = load(app, &errors, &notes);
	if (settings == NULL) {
		log_lines(LOG_ERROR, "settings_refused", &errors);
		log_event(LOG_ERROR, "settings_kept", "the new settings can't be used, the old ones stay in force");
		return false;
	}
	settings_free(app->retired);
	app->retired = app->settings;
	app->settings = settings;
	log_start(app->program, level_of(settings), str_is(settings->log_format, "json"));
	log_lines(LOG_INFO, "settings_note", &notes);
	log_event(LOG_INFO, "settings_read", "new settings are in force");
	return true;
}

void app_end(struct app *app)
{
	settings_free(app->settings);
	settings_free(app->retired);
	app->settings = app->retired = NULL;
}
