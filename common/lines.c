/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <time.h>

#define DIGEST_BYTES 32
static const struct str digest_mark = { "sha256:", 7 };

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The next word of a line: 1, none: 0, a quote that does not end: -1. */
static int next_word(struct str *rest, struct str *word)
{
	size_t n = 0;
	char quote;

	while (rest->n != 0 && is_blank(rest->p[0]))
		*rest = str_skip(*rest, 1);
	if (rest->n == 0 || rest->p[0] == '#')
		return 0;
	quote = rest->p[0] == '"' || rest->p[0] == '\'' ? rest->p[0] : '\0';
	if (quote != '\0')
		*rest = str_skip(*rest, 1);
	while (n < rest->n && (quote != '\0' ? rest->p[n] != quote : !is_blank(rest->p[n])))
		n++;
	if (quote != '\0' && n == rest->n)
		return -1;
	*word = str_first(*rest, n);
	*rest = str_skip(*rest, quote != '\0' ? n + 1 : n);
	return 1;
}

static const char *split(struct str text, struct line *line)
{
	struct str word;
	int found;

	if (text.n > LINE_BYTES_MOST)
		return "a line that is too long";
	if (!str_is_utf8(text))
		return "bytes that are not UTF-8";
	while ((found = next_word(&text, &word)) > 0) {
		if (line->n == LINE_WORDS)
			return "too many words";
		if (!str_is_printable(word))
			return "control bytes";
		line->word[line->n++] = word;
	}
	return found < 0 ? "a quote that does not end" : NULL;
}

bool line_next(struct str *rest, struct line *line)
{
	struct str text;

	while (str_cut(rest, '\n', &text)) {
		line->number++;
		line->n = 0;
		line->fault = split(text, line);
		if (line->fault != NULL)
			line->n = 0;
		if (line->n != 0 || line->fault != NULL)
			return true;
	}
	return false;
}

static bool field(struct str text, size_t at, size_t n, uint64_t least, uint64_t most, int *number)
{
	uint64_t value;

	if (!str_number(str_first(str_skip(text, at), n), most, &value) || value < least)
		return false;
	*number = (int)value;
	return true;
}

bool line_time(struct str text, int64_t *seconds)
{
	struct tm tm = { 0 };
	time_t time;
	int day;

	if ((text.n != 10 && text.n != 20) || text.p[4] != '-' || text.p[7] != '-' || !field(text, 0, 4, 1970, 9999, &tm.tm_year) ||
		!field(text, 5, 2, 1, 12, &tm.tm_mon) || !field(text, 8, 2, 1, 31, &tm.tm_mday))
		return false;
	if (text.n == 20 &&
		(text.p[10] != 'T' || text.p[13] != ':' || text.p[16] != ':' || text.p[19] != 'Z' ||
			!field(text, 11, 2, 0, 23, &tm.tm_hour) || !field(text, 14, 2, 0, 59, &tm.tm_min) ||
			!field(text, 17, 2, 0, 59, &tm.tm_sec)))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	day = tm.tm_mday;
	time = timegm(&tm);
	/* timegm has made another day of a 31st of February. */
	if (tm.tm_mday != day)
		return false;
	*seconds = time;
	return true;
}

void line_add_time(int64_t seconds, struct buf *out)
{
	time_t time = seconds;
	char text[32];
	struct tm tm;

	if (gmtime_r(&time, &tm) != NULL && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) != 0)
		buf_add_text(out, text);
	else
		out->failed = true;
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool line_digest(struct str text, unsigned char digest[32])
{
	struct str digits = str_skip(text, digest_mark.n);

	if (!str_starts(text, digest_mark) || digits.n != (size_t)2 * DIGEST_BYTES)
		return false;
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		int high = digit_of(digits.p[2 * i]), low = digit_of(digits.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

void line_add_digest(const unsigned char digest[32], struct buf *out)
{
	buf_add(out, digest_mark);
	buf_add_hex(out, digest, DIGEST_BYTES);
}
