/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

void become_owner(struct report *report, const char *directory)
{
	struct stat file;

	if (geteuid() != 0 || lstat(directory, &file) != 0 || file.st_uid == 0)
		return;
	if (setgid(file.st_gid) != 0 || setuid(file.st_uid) != 0)
		say(report, WRONG, "can't become user %u, who owns %s: %s", file.st_uid, directory, strerror(errno));
}
