/* SPDX-License-Identifier: MIT */
/*
 * Evaluates expressions: reads a line {"expression": text, "bindings": {name: value, ...}} and writes a line
 * {"result": "value", "error" or "refused", "text": what is shown of it}. A variable without value has the value of
 * {"absent": true}.
 */
#include <stdio.h>
#include <stdlib.h>

#include "expression.h"

#define VARIABLES 32
#define TEXT_BYTES (1024 * 1024)

static void answer(const char *result, struct str text)
{
	json_t *said = json_pack("{s:s, s:s%}", "result", result, "text", text.n != 0 ? text.p : "", text.n);

	if (said == NULL || json_dumpf(said, stdout, JSON_COMPACT) != 0 || printf("\n") < 0) {
		fprintf(stderr, "expression: the result cannot be written\n");
		exit(111);
	}
	json_decref(said);
}

static void evaluate(json_t *line)
{
	const char *names[VARIABLES + 1] = { NULL }, *name;
	const json_t *values[VARIABLES] = { NULL };
	json_t *text = json_object_get(line, "expression"), *value;
	auto_buf out = BUF(TEXT_BYTES);
	auto_expression *expression;
	size_t n = 0;

	json_object_foreach(json_object_get(line, "bindings"), name, value) {
		names[n] = name;
		values[n++] = json_is_true(json_object_get(value, "absent")) ? NULL : value;
		if (n == VARIABLES)
			break;
	}
	expression = expression_compile((struct str){ json_string_value(text), json_string_length(text) }, names, &out);
	if (expression == NULL)
		answer("refused", buf_str(&out));
	else if (expression_show(expression, values, &out))
		answer("value", buf_str(&out));
	else
		answer("error", buf_str(&out));
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		json_t *json = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);

		if (json == NULL) {
			fprintf(stderr, "expression: no JSON: %s", line);
			return 111;
		}
		evaluate(json);
		json_decref(json);
	}
	free(line);
	return 0;
}
