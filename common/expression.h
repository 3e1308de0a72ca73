/* SPDX-License-Identifier: MIT */
/*
 * Rules in CEL, the Common Expression Language (github.com/google/cel-spec, doc/langdef.md; sections are named after it).
 * An expression is compiled once and evaluated against JSON values. Both are bounded: the text and its nesting when it is
 * compiled, steps and memory when it is evaluated, whatever the values are.
 *
 * Left out: messages, enums, timestamps and durations, optional values, macros with two variables. `matches` takes a literal
 * pattern in the syntax of RE2. What is left out is an error when it is compiled, with its place.
 */
#ifndef GATEHOUSE_EXPRESSION_H
#define GATEHOUSE_EXPRESSION_H

#include "json.h"

#define EXPRESSION_BYTES 8192
#define EXPRESSION_DEPTH 32   /* brackets, calls and conditions in each other */
#define EXPRESSION_HEIGHT 100 /* operators and selections in a row */
#define EXPRESSION_NODES 2000
#define EXPRESSION_STEPS 100000
#define EXPRESSION_MEMORY (256 * 1024)

struct expression;

/*
 * new; NULL with "line:column: found X, expected Y" in `why`. `variables` are the names that the expression may use,
 * ended by NULL; both they and the text are needed no longer when this returns.
 */
struct expression *expression_compile(struct str text, const char *const variables[], struct buf *why) MUST_USE;
void expression_free(struct expression *expression); /* NULL is fine */
void expression_free_pointer(struct expression **expression);
#define auto_expression __attribute__((cleanup(expression_free_pointer))) struct expression

enum expression_result { EXPRESSION_FALSE, EXPRESSION_TRUE, EXPRESSION_ERROR };

/*
 * `bindings` has one value for each variable, in their order; NULL is a variable without value, an error when it is used.
 * An error, a result that is no bool and work past the budget are EXPRESSION_ERROR, with "line:column: reason" in `why`;
 * names and values of the bindings are never in it.
 */
enum expression_result expression_evaluate(
	const struct expression *expression, const json_t *const bindings[], struct buf *why) MUST_USE;

/* The same for any type of result: appends it as CEL would write it. False for an error, with its reason in `out`. */
bool expression_show(const struct expression *expression, const json_t *const bindings[], struct buf *out) MUST_USE;
/* The steps of one evaluation; for tests of the budget. */
size_t expression_cost(const struct expression *expression, const json_t *const bindings[]) MUST_USE;

/*
 * Whether the expression may read what is at the dotted path ("mcp.tool"): it names it, something in it, or something that
 * holds it ("mcp" as a whole, "mcp[name]").
 */
bool expression_mentions(const struct expression *expression, const char *path) MUST_USE;
/*
 * Whether a text at that path is searched with contains, startsWith or endsWith. For a list of words in one text ("jwt.scope")
 * that is a mistake: "files:read" is in "profiles:read" too.
 */
bool expression_searches(const struct expression *expression, const char *path) MUST_USE;
/*
 * Whether it can be true only with one text at that path, since it says `PATH == "TEXT"`, alone or in a row of &&: then there is no
 * need to evaluate it with another. *text is borrowed from the expression.
 */
bool expression_demands(const struct expression *expression, const char *path, struct str *text) MUST_USE;

#endif
