/* SPDX-License-Identifier: MIT */
/* Which file of API keys a command is about, how the keys in it start, and who shall own it when it has to be made. */
#ifndef GATEHOUSE_KEY_PLACE_H
#define GATEHOUSE_KEY_PLACE_H

#include <sys/stat.h>

#include "settings.h"

struct key_place {
	struct settings *settings; /* to be freed; NULL: the file was named */
	const char *path;
	struct str prefix;
	struct stat owner;
	bool has_owner;
};

/* The file itself, or by the settings, where the prefix chooses; each may be NULL. Says what is wrong; the exit status. */
int key_place_find(const char *settings, const char *file, const char *prefix, struct key_place *place) MUST_USE;

#endif
