/* SPDX-License-Identifier: MIT */
/*
 * `matches` ("Regular Expressions"): the syntax of RE2 (github.com/google/re2/wiki/Syntax), run by PCRE2. What PCRE2 has and
 * RE2 has not is refused before PCRE2 sees the pattern. PCRE2 goes back and tries again, so each of its steps is charged
 * to the evaluation, by a callout before every item of the pattern.
 *
 * Refused besides: octal escapes, repetitions of anchors, (?i) together with \p{Lu} and its kind, which it changes in RE2
 * only. Other than in RE2, \s takes a vertical tab too.
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
};

/* ---- what RE2 lacks ---- */

struct scan {
	struct str text;
	size_t at;
	const char *fault;
	bool folds, cased; /* has (?i); has a property that is about upper and lower case */
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

static bool is_hexadecimal(char c)
{
	return is_word(c) && str_has(STR("0123456789abcdefABCDEF"), c);
}

/* \x41 or \x{10FFFF}; PCRE2 takes fewer digits too. */
static bool scan_code(struct scan *scan)
{
	bool braces = peek(scan, 0) == '{';
	size_t most = braces ? 6 : 2, n = 0;

	scan->at += braces;
	for (; n < most && is_hexadecimal(peek(scan, 0)); n++)
		scan->at++;
	if (n == 0 || (braces ? peek(scan, 0) != '}' : n != 2))
		return refuse(scan, "a code that is not written as \\x41 or \\x{10FFFF}");
	scan->at += braces;
	return true;
}

/* \pL or \p{Greek}: the braces are no repetition. */
static void scan_property(struct scan *scan)
{
	struct str name = str_skip(scan->text, scan->at), rest = name;

	if (!str_starts(name, STR("{")) || !str_cut(&rest, '}', &name))
		return;
	scan->at += name.n;
	scan->at += scan->at < scan->text.n;
	name = str_skip(name, str_starts(name, STR("{^")) ? 2 : 1);
	scan->cased = scan->cased || str_is(name, "Lu") || str_is(name, "Ll") || str_is(name, "Lt");
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
	if (c == 'x')
		return scan_code(scan);
	if (c == 'p' || c == 'P')
		scan_property(scan);
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

/* imsU-imsU; whether i is among those that are set. */
static bool scan_flags(struct scan *scan)
{
	bool set = true, folds = false;

	while (scan->at < scan->text.n && str_has(STR("imsU-"), peek(scan, 0))) {
		set = set && peek(scan, 0) != '-';
		folds = folds || (set && peek(scan, 0) == 'i');
		scan->at++;
	}
	return folds;
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
	scan->folds = scan_flags(scan) || scan->folds;
	if (peek(scan, 0) != ':' && peek(scan, 0) != ')')
		return refuse(scan, "look-around, atomic groups, conditions, recursion, callouts and comments are not supported");
	return true;
}

/* {n}, {n,} or {n,m}: its length, 0 for a brace that is a character. What only later versions of PCRE2 take is refused. */
static size_t braces(struct scan *scan)
{
	struct str inside = str_skip(scan->text, scan->at + 1), low = STR_NONE;
	size_t n = 0;
	uint64_t count;

	while (n < inside.n && str_has(STR("0123456789, "), inside.p[n]))
		n++;
	if (n == 0 || n == inside.n || inside.p[n] != '}')
		return 0;
	inside = str_first(inside, n);
	(void)!str_cut(&inside, ',', &low);
	if (!str_number(low, PATTERN_REPEATS, &count) || (inside.n != 0 && !str_number(inside, PATTERN_REPEATS, &count)))
		(void)refuse(scan, "a repetition other than {n}, {n,} and {n,m} of at most 1000");
	return n + 2;
}

/* RE2 takes one repetition and one `?` behind it; a second one is possessive to PCRE2 or nothing at all. */
static bool scan_repetition(struct scan *scan)
{
	char c = peek(scan, 0);
	size_t n = c == '{' ? braces(scan) : 1;

	if (scan->fault != NULL)
		return false;
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
			good = scan_repetition(scan);
			break;
		default:
			scan->at++;
		}
		if (!good)
			return false;
	}
	return !(scan->folds && scan->cased) || refuse(scan, "(?i) together with \\p{Lu}, \\p{Ll} or \\p{Lt} is not supported");
}

/* ---- PCRE2 ---- */

static const char *const not_re2 = "PCRE2 does not take it";

static pcre2_code *compile(struct str text, size_t *at)
{
	/* $ is the end and not before a last line feed; lines end in a line feed, and with (?m) one begins behind the last, too. */
	const uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE | PCRE2_DOLLAR_ENDONLY |
		PCRE2_ALT_CIRCUMFLEX | PCRE2_AUTO_CALLOUT;
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
	if (pattern->code != NULL)
		pattern->context = pcre2_match_context_create(NULL);
	if (pattern->context != NULL && pcre2_set_match_limit(pattern->context, TRIES_MOST) == 0 &&
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
	pcre2_match_context_free(pattern->context);
	pcre2_code_free(pattern->code);
	free(pattern);
}

struct meter {
	struct machine *machine;
	struct str pattern;
	size_t at, length; /* where the last item was tried, and its length in the pattern */
};

/* {n} and {n,m} run over n characters before anything else is tried. */
static uint64_t fixed_count(struct str item)
{
	uint64_t n = 0;
	size_t digits = 0, brace = item.n;

	while (brace != 0 && item.p[brace - 1] != '{')
		brace--;
	item = str_skip(item, brace);
	while (digits < item.n && item.p[digits] >= '0' && item.p[digits] <= '9')
		digits++;
	return brace != 0 && str_number(str_first(item, digits), PATTERN_REPEATS, &n) ? n : 1;
}

/*
 * Before each item: a step, and more for the characters that the last item ran over. A class takes the longer the more is in
 * it, hence the length of the item counts.
 */
static int charge_item(pcre2_callout_block *block, void *data)
{
	struct meter *meter = data;
	size_t at = block->current_position, moved = at > meter->at ? at - meter->at : 0;
	struct str item = str_first(str_skip(meter->pattern, block->pattern_position), block->next_item_length);
	size_t work = moved * meter->length + item.n * fixed_count(item);

	meter->at = at;
	meter->length = item.n;
	return machine_charge(meter->machine, 1 + work / BYTES_A_STEP) ? 0 : PCRE2_ERROR_CALLOUT;
}

struct value pattern_match(const struct pattern *pattern, struct machine *machine, struct str text)
{
	struct meter meter = { .machine = machine, .pattern = pattern->text };
	pcre2_match_data *data;
	int found;

	if (!machine_charge_bytes(machine, text.n))
		return machine_exhausted(machine);
	/* Not kept: what a match takes of the heap goes with it. */
	data = pcre2_match_data_create(1, NULL);
	if (data == NULL)
		return machine_exhausted(machine);
	pcre2_set_callout(pattern->context, charge_item, &meter);
	found = pcre2_match(pattern->code, (PCRE2_SPTR)(text.n != 0 ? text.p : ""), text.n, 0, 0, data, pattern->context);
	/* The meter is gone when this returns. */
	pcre2_set_callout(pattern->context, NULL, NULL);
	pcre2_match_data_free(data);
	if (found != PCRE2_ERROR_NOMATCH && found < 0)
		return machine_exhausted(machine);
	return value_bool(found >= 0);
}
