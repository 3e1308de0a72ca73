/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* A value is cut at this length, so that no stranger can make a line too long to be written; each byte may become six. */
#define VALUE_BYTES 512
#define LINE_BYTES 65536

static const char *const level_names[] = { "error", "warning", "info", "debug" };

static struct {
	const char *program;
	enum log_level level;
	bool json;
	pid_t pid;
} log_setup = { "gatehouse", LOG_INFO, false, 0 };

void log_start(const char *program, enum log_level level, bool json)
{
	log_setup.program = program;
	log_setup.level = level;
	log_setup.json = json;
	log_setup.pid = getpid();
}

/* The time of day as RFC 3339 in UTC; formatted once a second. */
static const char *timestamp(void)
{
	static char text[32];
	static time_t formatted;
	struct timespec now;
	struct tm utc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != formatted || text[0] == '\0') {
		formatted = now.tv_sec;
		(void)gmtime_r(&formatted, &utc);
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	}
	return text;
}

/* How many bytes at the front of s can stand in a JSON string as they are. */
static size_t plain_run(struct str s)
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] >= 0x20 && (unsigned char)s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

/* The bytes of the UTF-8 sequence that s starts with; 0 when it starts with none. */
static size_t sequence(struct str s)
{
	for (size_t n = 2; n <= 4 && n <= s.n; n++) {
		if (str_is_utf8(str_first(s, n)))
			return n;
	}
	return 0;
}

/* The code point of a sequence of two or more bytes. */
static unsigned code_point(struct str sequence)
{
	unsigned point = (unsigned char)sequence.p[0] & (0x7fu >> sequence.n);

	for (size_t i = 1; i < sequence.n; i++)
		point = point << 6 | ((unsigned char)sequence.p[i] & 0x3fu);
	return point;
}

/* What a terminal or an editor obeys instead of showing it: C1 controls, line separators, and what turns the direction of reading.
 */
static bool is_obeyed(unsigned point)
{
	return point < 0xa0 || point == 0x61c || point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
		(point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

static void escape(struct buf *b, struct str value, bool quoted)
{
	while (value.n != 0) {
		size_t n = plain_run(value);
		unsigned char byte;

		buf_add(b, str_first(value, n));
		value = str_skip(value, n);
		if (value.n == 0)
			break;
		byte = (unsigned char)value.p[0];
		n = 1;
		if (byte == '"' || byte == '\\') {
			buf_add_text(b, quoted ? "\\" : "");
			buf_add_byte(b, (char)byte);
		} else if (byte < 0x80) {
			buf_print(b, "\\u%04x", byte);
		} else if ((n = sequence(value)) != 0 && is_obeyed(code_point(str_first(value, n)))) {
			buf_print(b, "\\u%04x", code_point(str_first(value, n)));
		} else if (n != 0) {
			buf_add(b, str_first(value, n));
		} else {
			n = 1;
			buf_add_text(b, "\\ufffd");
		}
		value = str_skip(value, n);
	}
}

void log_escape_json(struct buf *b, struct str value)
{
	buf_add_byte(b, '"');
	escape(b, value, true);
	buf_add_byte(b, '"');
}

void log_escape_text(struct buf *b, struct str value)
{
	escape(b, value, false);
}

/* One write(2), so that lines of several processes never mix. */
static bool write_line(int file, const struct buf *line)
{
	ssize_t written;

	do {
		written = write(file, line->p, line->n);
	} while (written < 0 && errno == EINTR);
	return written == (ssize_t)line->n;
}

static void line_end(struct buf *line, bool json, int file)
{
	if (line->failed) {
		buf_clear(line);
		buf_add_text(line, json ? "{\"event\":\"log_line_too_long\"}" : "log_line_too_long");
	}
	buf_add_byte(line, '\n');
	if (file <= 0 || !write_line(file, line))
		(void)!write_line(STDERR_FILENO, line);
}

static void line_begin(struct buf *line, bool json, const char *level, const char *event)
{
	if (line->limit == 0)
		*line = BUF(LINE_BYTES);
	buf_clear(line);
	/* In pieces, not with buf_print: every decision has such a line. */
	if (json) {
		buf_add_text(line, "{\"time\":\"");
		buf_add_text(line, timestamp());
		buf_add_text(line, "\",\"level\":\"");
		buf_add_text(line, level);
		buf_add_text(line, "\",\"program\":\"");
		buf_add_text(line, log_setup.program);
		buf_add_text(line, "\",\"pid\":");
		buf_add_number(line, log_setup.pid);
		buf_add_text(line, ",\"event\":\"");
		buf_add_text(line, event);
		buf_add_byte(line, '"');
	} else {
		buf_add_text(line, timestamp());
		buf_add_byte(line, ' ');
		buf_add_text(line, log_setup.program);
		buf_add_byte(line, '[');
		buf_add_number(line, log_setup.pid);
		buf_add_text(line, "] ");
		buf_add_text(line, level);
		buf_add_byte(line, ' ');
		buf_add_text(line, event);
	}
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
	static struct buf line;
	auto_buf message = BUF(LINE_BYTES / 2);
	char text[LINE_BYTES / 16];
	va_list arguments;

	if (level > log_setup.level)
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	line_begin(&line, log_setup.json, level_names[level], event);
	log_escape_json(&message, str_from(text));
	if (log_setup.json) {
		buf_add_text(&line, ",\"message\":");
		buf_add(&line, buf_str(&message));
		buf_add_byte(&line, '}');
	} else {
		/* People read it: the same escapes, without the quotes around the whole. */
		buf_add_text(&line, ": ");
		buf_add(&line, str_first(str_skip(buf_str(&message), 1), message.n - 2));
	}
	line_end(&line, log_setup.json, STDERR_FILENO);
}

static bool is_json(const struct log_record *record)
{
	return record->form == LOG_FORM_JSON || (record->form == LOG_FORM_SAME && log_setup.json);
}

void log_record_begin(struct log_record *record, const char *event)
{
	line_begin(&record->line, is_json(record), level_names[LOG_INFO], event);
}

static void field(struct log_record *record, const char *name)
{
	bool json = is_json(record);

	buf_add_text(&record->line, json ? ",\"" : " ");
	buf_add_text(&record->line, name);
	buf_add_text(&record->line, json ? "\":" : "=");
}

void log_record_text(struct log_record *record, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	field(record, name);
	log_escape_json(&record->line, str_first(value, VALUE_BYTES));
}

void log_record_number(struct log_record *record, const char *name, int64_t value)
{
	field(record, name);
	buf_add_number(&record->line, value);
}

void log_record_end(struct log_record *record)
{
	if (is_json(record))
		buf_add_byte(&record->line, '}');
	line_end(&record->line, is_json(record), record->file);
}
