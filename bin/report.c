/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

#define LINE_BYTES 65536

void say(struct report *report, enum mark mark, const char *format, ...)
{
	static const char *const words[] = { "good ", "note ", "WRONG" };
	static const char *const colors[] = { "\033[32m", "\033[33m", "\033[1;31m" };
	auto_buf text = BUF(LINE_BYTES), shown = BUF(6 * LINE_BYTES);
	va_list arguments;

	if (report->color)
		printf("%s%s\033[0m  ", colors[mark], words[mark]);
	else
		printf("%s  ", words[mark]);
	va_start(arguments, format);
	buf_print_list(&text, format, arguments);
	va_end(arguments);
	/* Providers have their word in it. */
	log_escape_text(&shown, text.failed ? STR("(a line that is too long)") : buf_str(&text));
	printf("%.*s\n", STR_ARGS(buf_str(&shown)));
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

	*workplace = (struct workplace){ .state = { .directory = -1 } };
	if (state_open_existing(&workplace->state, directory, &why))
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
