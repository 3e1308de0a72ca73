/* SPDX-License-Identifier: MIT */
/* An expression, and behind a NUL the JSON of its variables: whatever both are, it ends, says where a fault is, and says the same twice. */
#include "expression.h"
#include "fuzz.h"

#define SAID_BYTES (1024 * 1024)

static const char *const names[] = { "x", "y", "mcp", NULL };

/* "line:column: " of a place in the text. */
static void must_have_place(struct str said, struct str text)
{
	struct str line = STR_NONE, column = STR_NONE;
	uint64_t number = 0;

	must(str_is_utf8(said) && str_cut(&said, ':', &line) && str_cut(&said, ':', &column));
	must(str_number(line, text.n + 1, &number) && number != 0);
	must(str_number(column, text.n + 1, &number) && number != 0);
	must(said.n > 1 && said.p[0] == ' ');
}

/* What is shown of a value is an expression of that value, as long as it is small enough. */
static void must_be_read_again(struct str shown)
{
	static const json_t *const none[] = { NULL, NULL, NULL };
	auto_buf said = BUF(SAID_BYTES), again = BUF(SAID_BYTES);
	auto_expression *expression = expression_compile(shown, names, &said);

	if (expression == NULL || !expression_show(expression, none, &again))
		return;
	must(str_eq(buf_str(&again), shown));
}

static void evaluate(const struct expression *expression, struct str text, const json_t *const bindings[])
{
	auto_buf why = BUF(SAID_BYTES), shown = BUF(SAID_BYTES), again = BUF(SAID_BYTES);
	enum expression_result result = expression_evaluate(expression, bindings, &why);
	bool good = expression_show(expression, bindings, &shown);

	must(expression_cost(expression, bindings) <= EXPRESSION_STEPS);
	must(expression_show(expression, bindings, &again) == good && str_eq(buf_str(&again), buf_str(&shown)));
	must((result == EXPRESSION_TRUE) == (good && str_is(buf_str(&shown), "true")));
	must((result == EXPRESSION_FALSE) == (good && str_is(buf_str(&shown), "false")));
	must((result == EXPRESSION_ERROR) == (why.n != 0));
	if (why.n != 0)
		must_have_place(buf_str(&why), text);
	if (good)
		must_be_read_again(buf_str(&shown));
	else
		must_have_place(buf_str(&shown), text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = fuzz_text(data, size), text = STR_NONE;
	auto_buf why = BUF(SAID_BYTES);
	auto_expression *expression = NULL;
	auto_json *json = NULL;
	const json_t *bindings[] = { NULL, NULL, NULL };

	(void)!str_cut(&rest, '\0', &text);
	expression = expression_compile(text, names, &why);
	if (expression == NULL) {
		must_have_place(buf_str(&why), text);
		return 0;
	}
	must(why.n == 0);
	must(!expression_mentions(expression, "mcp.tool") || expression_mentions(expression, "mcp"));
	must(!expression_searches(expression, "mcp.tool") || expression_mentions(expression, "mcp.tool"));
	json = json_read_object(rest, (struct json_limits){ 16384, 200, 8 });
	for (size_t i = 0; json != NULL && names[i] != NULL; i++)
		bindings[i] = json_object_get(json, names[i]);
	evaluate(expression, text, bindings);
	return 0;
}
