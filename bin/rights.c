/* SPDX-License-Identifier: MIT */
#include "rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "owner.h"

/*
 * With the user's groups, by which the programs may read a secret, also where systemd gives them the web server's as the first one;
 * and without root's.
 */
static bool take_groups(const struct stat *file)
{
	const struct passwd *user;

	errno = 0;
	user = getpwuid(file->st_uid);
	/* Who can't be looked up may have groups; who is none has not (ENOENT, ESRCH: so some sources say it). */
	if (user == NULL && errno != 0 && errno != ENOENT && errno != ESRCH)
		return false;
	return (user != NULL ? initgroups(user->pw_name, user->pw_gid) : setgroups(0, NULL)) == 0 &&
		setresgid(file->st_gid, file->st_gid, file->st_gid) == 0;
}

static void take_rights(const char *directory, bool for_good)
{
	struct stat file;
	uid_t kept;
	int error;

	if (geteuid() != 0 || lstat(directory, &file) != 0 || file.st_uid == 0)
		return;
	kept = for_good ? file.st_uid : 0;
	if (take_groups(&file) && setresuid(kept, file.st_uid, kept) == 0)
		return;
	error = errno;
	fprintf(stderr, "gatehouse: can't become user %s, who owns %s: %s\n", user_name(file.st_uid).text, directory,
		strerror(error));
	exit(EXIT_SYSTEM);
}

void become_owner(const char *directory)
{
	take_rights(directory, true);
}

void borrow_rights(const char *directory)
{
	take_rights(directory, false);
}

void return_rights(void)
{
	const gid_t group = 0;

	if (getuid() == 0 && geteuid() != 0 && (seteuid(0) != 0 || setresgid(0, 0, 0) != 0 || setgroups(1, &group) != 0)) {
		fprintf(stderr, "gatehouse: can't become root again: %s\n", strerror(errno));
		exit(EXIT_SYSTEM);
	}
}
