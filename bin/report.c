/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"

void say(struct report *report, enum mark mark, const char *format, ...)
{
	static const char *const words[] = { "good ", "note ", "WRONG" };
	static const char *const colors[] = { "\033[32m", "\033[33m", "\033[1;31m" };
	va_list arguments;

	if (report->color)
		printf("%s%s\033[0m  ", colors[mark], words[mark]);
	else
		printf("%s  ", words[mark]);
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	report->wrong += mark == WRONG;
}

void say_lines(struct report *report, enum mark mark, const struct buf *text)
{
	struct str rest = buf_str(text), line;

	while (str_cut(&rest, '\n', &line)) {
		if (line.n != 0)
			say(report, mark, "%.*s", STR_ARGS(line));
	}
}

void say_steps(struct report *report, enum mark last, const struct buf *text)
{
	struct str rest = str_trim(buf_str(text)), line;

	if (str_ends(rest, STR("\n")))
		rest.n--;
	while (str_cut(&rest, '\n', &line))
		say(report, rest.p == NULL ? last : GOOD, "%.*s", STR_ARGS(line));
}

/*
 * With the user's groups, by which the programs may read a secret, also where systemd gives them the web server's as the first one;
 * and without root's.
 */
static bool take_groups(const struct stat *file)
{
	const struct passwd *user = getpwuid(file->st_uid);

	return (user != NULL ? initgroups(user->pw_name, user->pw_gid) : setgroups(0, NULL)) == 0 &&
		setresgid(file->st_gid, file->st_gid, file->st_gid) == 0;
}

static void take_rights(const char *directory, bool for_good)
{
	struct stat file;
	uid_t kept;

	if (geteuid() != 0 || lstat(directory, &file) != 0 || file.st_uid == 0)
		return;
	kept = for_good ? file.st_uid : 0;
	if (take_groups(&file) && setresuid(kept, file.st_uid, kept) == 0)
		return;
	fprintf(stderr, "gatehouse: can't become user %s, who owns %s: %s\n", user_name(file.st_uid).text, directory,
		strerror(errno));
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

static int remove_entry(const char *path, const struct stat *entry, int kind, struct FTW *place)
{
	(void)entry;
	(void)kind;
	(void)place;
	return remove(path);
}

bool workplace_open(struct workplace *workplace, struct report *report, const char *directory)
{
	const char *folder = getenv("TMPDIR");
	auto_buf why = BUF(4096);
	struct stat file;

	*workplace = (struct workplace){ .state = { .directory = -1 } };
	/* It is not made here: it would belong to whoever calls. */
	if (lstat(directory, &file) != 0)
		buf_print(&why, "state directory %s: %s", directory, strerror(errno));
	else if (state_open(&workplace->state, directory, &why))
		return true;
	say(report, NOTE, "%s; a private one is used, without what the programs keep in theirs", why.p);
	(void)snprintf(workplace->private_directory, sizeof(workplace->private_directory), "%s/gatehouse-XX%sXX",
		folder != NULL ? folder : "/tmp", "XX");
	if (mkdtemp(workplace->private_directory) == NULL) {
		workplace->private_directory[0] = '\0';
		return false;
	}
	return state_open(&workplace->state, workplace->private_directory, &why);
}

void workplace_close(struct workplace *workplace)
{
	state_close(&workplace->state);
	if (workplace->private_directory[0] != '\0')
		(void)nftw(workplace->private_directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
