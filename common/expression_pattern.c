/* SPDX-License-Identifier: MIT */
/*
 * `matches` ("Regular Expressions"): the syntax of RE2 (github.com/google/re2/wiki/Syntax), run by PCRE2. What PCRE2 has and
 * RE2 has not is refused before PCRE2 sees the pattern. PCRE2 goes back and tries again, so each of its steps is charged
 * to the evaluation, by a callout before every item of the pattern.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "expression_parts.h"

#define PATTERN_BYTES 1024
#define PATTERN_REPEATS 1000 /* RE2's limit */
#define PATTERN_GROUPS 32
#define BYTES_A_STEP 64
#define TRIES_MOST 100000
#define FRAMES_MOST 10000
#define HEAP_KIB_MOST 2048

struct pattern {
	struct str text; /* of the expression's literal */
	pcre2_code *code;
	pcre2_match_context *context;
	pcre2_match_data *data;
};

/* ---- what RE2 lacks ---- */

struct scan {
	struct str text;
	size_t at;
	const char *fault;
};

static char peek(const struct scan *scan, size_t ahead)
{
	return scan->at + ahead < scan->text.n ? scan->text.p[scan->at + ahead] : '\0';
}

static bool refuse(struct scan *scan, const char *fault)
{
	scan->fault = fault;
	return false;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A backslash and what follows. Signs may all be escaped; of the letters only those that mean the same to both. */
static bool scan_escape(struct scan *scan, bool in_class)
{
	char c = peek(scan, 1);

	if (c == '\0' || (unsigned char)c >= 0x80)
		return refuse(scan, "an escape of nothing");
	if (c >= '0' && c <= '9')
		return refuse(scan, "back-references and octal escapes are not supported");
	if (is_word(c) && !str_has(in_class ? STR("aftnrxdDsSwWpP") : STR("aftnrxdDsSwWpPbBAzQ"), c))
		return refuse(scan, "an escape that RE2 does not have or that is not supported");
	scan->at += 2;
	/* \Q...\E: nothing in it means anything. */
	if (c == 'Q') {
		while (scan->at < scan->text.n && !str_starts(str_skip(scan->text, scan->at), STR("\\E")))
			scan->at++;
		scan->at += scan->at < scan->text.n ? 2 : 0;
	}
	/* \x{10FFFF}, \p{Greek}: the braces are no repetition. */
	if ((c == 'x' || c == 'p' || c == 'P') && peek(scan, 0) == '{') {
		while (scan->at < scan->text.n && scan->text.p[scan->at] != '}')
			scan->at++;
		scan->at += scan->at < scan->text.n;
	}
	return true;
}

static bool scan_class(struct scan *scan)
{
	scan->at++;
	scan->at += peek(scan, 0) == '^';
	scan->at += peek(scan, 0) == ']'; /* the first one is a character */
	while (scan->at < scan->text.n && peek(scan, 0) != ']') {
		if (peek(scan, 0) == '\\') {
			if (!scan_escape(scan, true))
				return false;
		} else if (peek(scan, 0) == '[' && peek(scan, 1) == ':') {
			if (str_has(STR("<>"), peek(scan, 2)))
				return refuse(scan, "RE2 has no such class");
			scan->at += 2;
			while (scan->at < scan->text.n && peek(scan, 0) != ':')
				scan->at++;
			scan->at += peek(scan, 1) == ']' ? 2 : 0;
		} else {
			scan->at++;
		}
	}
	scan->at++;
	return true;
}

/* An opening bracket: plain, (?:, (?flags), (?flags:, (?P<name>, (?<name>. */
static bool scan_group(struct scan *scan)
{
	if (peek(scan, 1) == '*')
		return refuse(scan, "verbs are not supported");
	scan->at++;
	if (peek(scan, 0) != '?')
		return true;
	scan->at++;
	scan->at += peek(scan, 0) == 'P' && peek(scan, 1) == '<';
	if (peek(scan, 0) == '<') {
		scan->at++;
		if (!is_word(peek(scan, 0)) && peek(scan, 0) != '_')
			return refuse(scan, "look-behind is not supported");
		return true;
	}
	while (str_has(STR("imsU-"), peek(scan, 0)) && scan->at < scan->text.n)
		scan->at++;
	if (peek(scan, 0) != ':' && peek(scan, 0) != ')')
		return refuse(scan, "look-around, atomic groups, conditions, recursion, callouts and comments are not supported");
	return true;
}

/* {n}, {n,} or {n,m} behind `at`: its length, 0 for a brace that is a character. */
static size_t braces(struct scan *scan)
{
	struct str rest = str_skip(scan->text, scan->at + 1), number;
	size_t n = 0;
	uint64_t value;

	while (n < rest.n && rest.p[n] != '}')
		n++;
	if (n == rest.n || n == 0)
		return 0;
	rest = str_first(rest, n);
	while (str_cut(&rest, ',', &number)) {
		for (size_t i = 0; i < number.n; i++) {
			if (number.p[i] < '0' || number.p[i] > '9')
				return 0;
		}
		if (number.n != 0 && (!number_uint(number, 10, &value) || value > PATTERN_REPEATS))
			refuse(scan, "more than 1000 repetitions");
	}
	if (peek(scan, 1) == ',')
		refuse(scan, "a repetition without its lowest count");
	return n + 2;
}

/* RE2 takes one repetition and one `?` behind it; a second one is possessive to PCRE2 or nothing at all. */
static bool scan_repetition(struct scan *scan, bool *repeated)
{
	char c = peek(scan, 0);
	size_t n = c == '{' ? braces(scan) : 1;

	if (scan->fault != NULL)
		return false;
	*repeated = n != 0;
	scan->at += n != 0 ? n : 1;
	if (n == 0)
		return true;
	scan->at += peek(scan, 0) == '?';
	c = peek(scan, 0);
	if (c == '+' || c == '*' || c == '?' || (c == '{' && braces(scan) != 0))
		return refuse(scan, "a repetition of a repetition");
	return scan->fault == NULL;
}

static bool is_re2(struct scan *scan)
{
	bool repeated;

	while (scan->at < scan->text.n) {
		bool good = true;

		switch (peek(scan, 0)) {
		case '\\':
			good = scan_escape(scan, false);
			break;
		case '[':
			good = scan_class(scan);
			break;
		case '(':
			good = scan_group(scan);
			break;
		case '*':
		case '+':
		case '?':
		case '{':
			good = scan_repetition(scan, &repeated);
			break;
		default:
			scan->at++;
		}
		if (!good)
			return false;
	}
	return true;
}

/* ---- PCRE2 ---- */

static const char *const not_re2 = "PCRE2 does not take it";

static pcre2_code *compile(struct str text, size_t *at)
{
	/* $ is the end and not before a last line feed; lines end in a line feed. */
	const uint32_t options =
		PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE | PCRE2_DOLLAR_ENDONLY | PCRE2_AUTO_CALLOUT;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code = NULL;
	int fault;

	if (context != NULL && pcre2_set_newline(context, PCRE2_NEWLINE_LF) == 0 &&
		pcre2_set_parens_nest_limit(context, PATTERN_GROUPS) == 0)
		code = pcre2_compile((PCRE2_SPTR)(text.n != 0 ? text.p : ""), text.n, options, &fault, at, context);
	pcre2_compile_context_free(context);
	return code;
}

struct pattern *pattern_new(struct str text, const char **fault, size_t *at)
{
	struct scan scan = { .text = text };
	struct pattern *pattern;

	*at = 0;
	*fault = "it is longer than 1024 bytes or holds a NUL";
	if (text.n > PATTERN_BYTES || str_has(text, '\0'))
		return NULL;
	if (!is_re2(&scan)) {
		*fault = scan.fault;
		*at = scan.at;
		return NULL;
	}
	*fault = not_re2;
	pattern = memory_new(sizeof(*pattern));
	*pattern = (struct pattern){ .text = text, .code = compile(text, at) };
	if (pattern->code != NULL) {
		pattern->context = pcre2_match_context_create(NULL);
		pattern->data = pcre2_match_data_create(1, NULL);
	}
	if (pattern->context != NULL && pattern->data != NULL && pcre2_set_match_limit(pattern->context, TRIES_MOST) == 0 &&
		pcre2_set_depth_limit(pattern->context, FRAMES_MOST) == 0 &&
		pcre2_set_heap_limit(pattern->context, HEAP_KIB_MOST) == 0)
		return pattern;
	pattern_free(pattern);
	return NULL;
}

void pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_match_data_free(pattern->data);
	pcre2_match_context_free(pattern->context);
	pcre2_code_free(pattern->code);
	free(pattern);
}

struct meter {
	struct machine *machine;
	struct str pattern;
};

/* Before each item: one step, and for a repetition what it may run over. */
static int charge_item(pcre2_callout_block *block, void *data)
{
	const struct meter *meter = data;
	size_t end = block->pattern_position + block->next_item_length, left = 0;

	if (end != 0 && end <= meter->pattern.n && str_has(STR("*+}?"), meter->pattern.p[end - 1]))
		left = block->subject_length - block->current_position;
	return machine_charge(meter->machine, 1 + left / BYTES_A_STEP) ? 0 : PCRE2_ERROR_CALLOUT;
}

struct value pattern_match(const struct pattern *pattern, struct machine *machine, struct str text)
{
	struct meter meter = { .machine = machine, .pattern = pattern->text };
	int found;

	if (!machine_charge_bytes(machine, text.n))
		return machine_exhausted(machine);
	pcre2_set_callout(pattern->context, charge_item, &meter);
	found = pcre2_match(pattern->code, (PCRE2_SPTR)(text.n != 0 ? text.p : ""), text.n, 0, 0, pattern->data, pattern->context);
	/* The meter is gone when this returns. */
	pcre2_set_callout(pattern->context, NULL, NULL);
	if (machine->exhausted)
		return machine_exhausted(machine);
	if (found == PCRE2_ERROR_NOMATCH)
		return value_bool(false);
	return found >= 0 ? value_bool(true) : value_error("the text takes the pattern past its limits");
}
