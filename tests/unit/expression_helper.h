/* SPDX-License-Identifier: MIT */
/* Rows of expressions and what comes out: a value as CEL writes it, "compile: ..." or "error: ...". */
#ifndef GATEHOUSE_EXPRESSION_HELPER_H
#define GATEHOUSE_EXPRESSION_HELPER_H

#include "unit.h"

#include "expression.h"

struct expression_row {
	const char *expression, *expected;
};

static const char *const expression_names[] = { "x", "y", "jwt", "mcp", "absent", NULL };

/* Members of the object `bindings` are the values of x, y, jwt and mcp. */
static inline void expression_result(struct str text, const char *bindings, struct buf *out)
{
	auto_json *json = json_read_object(str_from(bindings), (struct json_limits){ 1 << 20, 300, 8 });
	const json_t *values[N_OF(expression_names) - 1];
	auto_buf said = BUF(1 << 20);
	auto_expression *expression = expression_compile(text, expression_names, &said);

	assert_non_null(json);
	buf_clear(out);
	if (expression == NULL) {
		buf_add_text(out, "compile: ");
		buf_add(out, buf_str(&said));
		return;
	}
	assert_int_equal(said.n, 0);
	for (size_t i = 0; i < N_OF(values); i++)
		values[i] = json_object_get(json, expression_names[i]);
	if (!expression_show(expression, values, &said))
		buf_add_text(out, "error: ");
	buf_add(out, buf_str(&said));
	assert_true(expression_cost(expression, values) <= EXPRESSION_STEPS);
}

static inline void expression_check(const struct expression_row *rows, size_t n, const char *bindings)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		auto_buf out = BUF(1 << 20);

		expression_result(str_from(rows[i].expression), bindings, &out);
		if (!str_is(buf_str(&out), rows[i].expected)) {
			print_error("%s\n  gives    %.*s\n  expected %s\n", rows[i].expression, STR_ARGS(buf_str(&out)), rows[i].expected);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

#define EXPRESSION_CHECK(rows, bindings) expression_check(rows, N_OF(rows), bindings)

#define NO_OVERLOAD "the operator or function does not take values of these types"
#define NO_CONVERSION "there is no such conversion"
#define NO_KEY "there is no such key"
#define TOO_MUCH "the rule takes more work than one evaluation may"

#endif
