/* SPDX-License-Identifier: MIT */
#include "owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_BYTES 4096

struct user_name user_name(uid_t user)
{
	struct passwd entry, *found = NULL;
	struct user_name name;
	char text[ENTRY_BYTES];
	int error = errno;

	if (getpwuid_r(user, &entry, text, sizeof(text), &found) == 0 && found != NULL)
		(void)snprintf(name.text, sizeof(name.text), "%s", entry.pw_name);
	else
		(void)snprintf(name.text, sizeof(name.text), "%u", user);
	errno = error;
	return name;
}

static void add_group(gid_t group, struct buf *why)
{
	struct group entry, *found = NULL;
	char text[ENTRY_BYTES];
	int error = errno;

	if (getgrgid_r(group, &entry, text, sizeof(text), &found) == 0 && found != NULL)
		buf_add_text(why, entry.gr_name);
	else
		buf_print(why, "%u", group);
	errno = error;
}

void owner_tell(const char *path, uid_t owner, struct buf *why)
{
	struct user_name theirs = user_name(owner), ours = user_name(geteuid());

	buf_print(why, "it belongs to user %s and this runs as %s: run it as %s%s, if the programs do, else chown %s %s",
		theirs.text, ours.text, theirs.text, geteuid() == 0 ? "" : " (or with sudo)", ours.text, path);
}

/* Only root's file can be meant for us: by its group, as docs/broker.md lays secrets out. */
static void tell_group(const char *path, const struct stat *file, const char *ours, struct buf *why)
{
	buf_print(why, "; if the programs run as %s, ", ours);
	if (file->st_gid == 0 || (file->st_mode & S_IRGRP) == 0) {
		buf_print(why, "give it a group of theirs and chmod 640 %s", path);
	} else {
		buf_add_text(why, "that user needs the file's group ");
		add_group(file->st_gid, why);
	}
	buf_add_text(why, ", else run this as their user (or with sudo)");
}

void owner_tell_closed(const char *path, struct buf *why)
{
	struct user_name ours = user_name(geteuid());
	int error = errno;
	struct stat file;

	buf_print(why, " for user %s", ours.text);
	if (stat(path, &file) != 0) {
		buf_print(why,
			": a folder above is closed to that user; if the programs run as %s, open it to them, "
			"else run this as their user (or with sudo)",
			ours.text);
	} else if (file.st_uid == geteuid()) {
		buf_print(why, "; chmod u+rwX %s", path);
	} else if (file.st_uid == 0) {
		tell_group(path, &file, ours.text, why);
	} else {
		buf_add_text(why, "; ");
		owner_tell(path, file.st_uid, why);
	}
	errno = error;
}
