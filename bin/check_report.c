/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>

void report_say(struct report *report, enum mark mark, const char *format, ...)
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

void report_lines(struct report *report, enum mark mark, const struct buf *text)
{
	struct str rest = buf_str(text), line;

	while (str_cut(&rest, '\n', &line)) {
		if (line.n != 0)
			report_say(report, mark, "%.*s", STR_ARGS(line));
	}
}

void report_steps(struct report *report, enum mark last, const struct buf *text)
{
	struct str rest = str_trim(buf_str(text)), line;

	if (str_ends(rest, STR("\n")))
		rest.n--;
	while (str_cut(&rest, '\n', &line))
		report_say(report, rest.p == NULL ? last : GOOD, "%.*s", STR_ARGS(line));
}
