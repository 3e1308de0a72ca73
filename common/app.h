/* SPDX-License-Identifier: MIT */
/*
 * What every program does first and again: options (-c FILE, -t, --help, --version), settings, log, and a fresh look at
 * the settings when their file changed or SIGHUP came. Exit status: 0 good, 1 found a problem, 100 wrong use or settings,
 * 111 system trouble.
 */
#ifndef GATEHOUSE_APP_H
#define GATEHOUSE_APP_H

#include "settings.h"

#define EXIT_PROBLEM 1
#define EXIT_WRONG_USE 100
#define EXIT_SYSTEM 111

struct app {
	const char *program;
	const char *summary; /* one sentence for --help */
	/*
	 * More that must hold before the program may serve with these settings; false with the reason in `why` refuses to
	 * start. May be NULL.
	 */
	bool (*check)(const struct settings *settings, struct buf *why);
	/* What should be known of settings that hold, a line each. May be NULL. */
	void (*review)(const struct settings *settings, struct buf *notes);
	bool needs_state; /* the state directory must be usable, at the start and after every change */
	struct settings *settings;
	struct settings *retired; /* the settings before those; freed at the next change */
	const char *file;         /* of -c, or NULL */
	bool test_only;           /* -t */
};

/* Reads options and settings; ends the program itself on --help, --version, -t and on every error. */
void app_start(struct app *app, int argc, char **argv);
/*
 * Looks, at most once a second or after SIGHUP, whether the settings file changed. A good new one replaces the old settings and
 * true is returned: whatever was derived from the old ones, which live on until the next change, must be made anew. A bad one
 * is told in the log and the old ones stay.
 */
bool app_settings_changed(struct app *app) MUST_USE;
/* Frees the settings, old and new. */
void app_end(struct app *app);

#endif
