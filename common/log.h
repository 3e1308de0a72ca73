/* SPDX-License-Identifier: MIT */
/*
 * One line per event on standard error, as text for people or as JSON for machines, every value escaped so that a
 * stranger's bytes can never start a line of their own. Never given to it: tokens, codes, keys, secrets.
 */
#ifndef GATEHOUSE_LOG_H
#define GATEHOUSE_LOG_H

#include "str.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* `program` must live as long as the process. Before this call lines are text at level info. */
void log_start(const char *program, enum log_level level, bool json);

/* `event` is a stable lower_case word to search for; the message says what happened and what mends it. */
void log_event(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

enum log_form { LOG_FORM_SAME, LOG_FORM_JSON, LOG_FORM_TEXT };

/*
 * A line of named fields, for the audit: log_record_begin, then fields in order, then log_record_end writes it in one
 * write(2). Empty values are left out. The buffer is reused from line to line.
 */
struct log_record {
	struct buf line;
	enum log_form form; /* the same as events have, or another */
	int file;           /* 0 or less: standard error, where lines go too that the file can't take */
};
void log_record_begin(struct log_record *record, const char *event);
void log_record_text(struct log_record *record, const char *name, struct str value);
void log_record_number(struct log_record *record, const char *name, int64_t value);
void log_record_end(struct log_record *record);

/* Appends `value` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void log_escape_json(struct buf *b, struct str value);
/* The same for a terminal: without quotes, and with only those escapes that keep it from being obeyed. */
void log_escape_text(struct buf *b, struct str value);

#endif
