/* SPDX-License-Identifier: MIT */
#include "expression.h"

#include <stdlib.h>
#include <string.h>

#include "expression_parts.h"

#define CHUNK_BYTES 4096
#define COMPILED_BYTES ((size_t)1024 * 1024)

/* ---- memory that goes all at once ---- */

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	max_align_t bytes[];
};

void *arena_take(struct arena *arena, size_t bytes)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t size;
	char *taken;

	if (bytes > arena->most)
		return NULL;
	bytes = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (bytes > arena->most - arena->used)
		return NULL;
	if (chunk == NULL || chunk->size - chunk->used < bytes) {
		size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
		chunk = memory_new(sizeof(*chunk) + size);
		*chunk = (struct arena_chunk){ .next = arena->chunks, .size = size };
		arena->chunks = chunk;
	}
	taken = (char *)chunk->bytes + chunk->used;
	chunk->used += bytes;
	arena->used += bytes;
	return taken;
}

void arena_free(struct arena *arena)
{
	while (arena->chunks != NULL) {
		struct arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	arena->used = 0;
}

/* ---- compiling ---- */

/* Lines and columns count from 1, columns in code points. */
void expression_add_place(struct str text, size_t at, struct buf *why)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < at && i < text.n; i++) {
		column += ((unsigned char)text.p[i] & 0xc0) != 0x80;
		if (text.p[i] == '\n') {
			line++;
			column = 1;
		}
	}
	buf_print(why, "%zu:%zu: ", line, column);
}

struct expression *expression_compile(struct str text, const char *const variables[], struct buf *why)
{
	struct expression *out;
	struct parser parser = { .variables = variables, .why = why };
	char *copy;

	if (text.n > EXPRESSION_BYTES) {
		buf_print(why, "1:1: found %zu bytes, expected at most %d", text.n, EXPRESSION_BYTES);
		return NULL;
	}
	if (!str_is_utf8(text)) {
		buf_add_text(why, "1:1: found a text that is not UTF-8, expected an expression");
		return NULL;
	}
	out = memory_new(sizeof(*out));
	*out = (struct expression){ .memory = { .most = COMPILED_BYTES } };
	copy = arena_take(&out->memory, text.n + 1);
	if (copy != NULL && text.n != 0)
		memcpy(copy, text.p, text.n);
	out->text = (struct str){ copy, text.n };
	parser.out = out;
	parser_advance(&parser);
	out->root = parser_expression(&parser);
	if (!parser.failed && parser.token.kind != TOKEN_END)
		parser_unexpected(&parser, "an operator or the end");
	if (!parser.failed)
		return out;
	expression_free(out);
	return NULL;
}

void expression_free(struct expression *expression)
{
	if (expression == NULL)
		return;
	for (struct node *node = expression->newest; node != NULL; node = node->older)
		pattern_free(node->pattern);
	arena_free(&expression->memory);
	free(expression);
}

void expression_free_pointer(struct expression **expression)
{
	expression_free(*expression);
}

/* ---- evaluating ---- */

static struct value run(const struct expression *expression, const json_t *const bindings[], struct machine *machine)
{
	/* Each is set before it is looked at: clearing them would cost more than most rules. */
	static struct value local[EXPRESSION_DEPTH];

	*machine = (struct machine){
		.bindings = bindings, .memory = { .most = EXPRESSION_MEMORY }, .steps = EXPRESSION_STEPS, .local = local
	};
	return evaluate(machine, expression->root);
}

static void say_error(const struct expression *expression, struct value error, struct buf *why)
{
	expression_add_place(expression->text, error.n == 0 ? 0 : error.n - 1, why);
	buf_add_text(why, error.as.fault);
}

enum expression_result expression_evaluate(const struct expression *expression, const json_t *const bindings[], struct buf *why)
{
	struct machine machine;
	struct value value = run(expression, bindings, &machine);

	if (value.kind == VALUE_ERROR) {
		say_error(expression, value, why);
	} else if (value.kind != VALUE_BOOL) {
		buf_print(why, "1:1: the result is of type %s, not bool", value_type_name(value.kind));
		value.kind = VALUE_ERROR;
	}
	arena_free(&machine.memory);
	if (value.kind == VALUE_ERROR)
		return EXPRESSION_ERROR;
	return value.as.truth ? EXPRESSION_TRUE : EXPRESSION_FALSE;
}

bool expression_show(const struct expression *expression, const json_t *const bindings[], struct buf *out)
{
	struct machine machine;
	struct value value = run(expression, bindings, &machine);

	if (value.kind == VALUE_ERROR)
		say_error(expression, value, out);
	else
		value_show(value, 0, out);
	arena_free(&machine.memory);
	return value.kind != VALUE_ERROR;
}

size_t expression_cost(const struct expression *expression, const json_t *const bindings[])
{
	struct machine machine;

	(void)run(expression, bindings, &machine);
	arena_free(&machine.memory);
	return EXPRESSION_STEPS - machine.steps;
}

/* ---- what an expression is about ---- */

/* Appends the dotted path of a node; false when the node is no path from a variable. A literal index counts as a name. */
static bool add_path(const struct node *node, struct buf *path)
{
	if (node->kind == NODE_VARIABLE) {
		buf_add(path, node->name);
		return true;
	}
	if (node->kind != NODE_SELECT && node->kind != NODE_HAS && node->kind != NODE_INDEX)
		return false;
	if (!add_path(node->first, path))
		return false;
	if (node->kind != NODE_INDEX) {
		buf_add_byte(path, '.');
		buf_add(path, node->name);
		return true;
	}
	if (node->last->kind != NODE_LITERAL || node->last->literal.kind != VALUE_STRING)
		return false;
	buf_add_byte(path, '.');
	buf_add(path, node->last->literal.as.text);
	return true;
}

/* Whether `part` is `whole` or its beginning up to a dot. */
static bool leads(struct str part, struct str whole)
{
	return str_starts(whole, part) && (whole.n == part.n || whole.p[part.n] == '.');
}

bool expression_mentions(const struct expression *expression, const char *path)
{
	struct str wanted = str_from(path);

	for (const struct node *node = expression->newest; node != NULL; node = node->older) {
		auto_buf text = BUF((size_t)2 * EXPRESSION_BYTES);

		if (!node->inner && add_path(node, &text) && (leads(wanted, buf_str(&text)) || leads(buf_str(&text), wanted)))
			return true;
	}
	return false;
}

bool expression_searches(const struct expression *expression, const char *path)
{
	for (const struct node *node = expression->newest; node != NULL; node = node->older) {
		auto_buf text = BUF((size_t)2 * EXPRESSION_BYTES);

		if (node->kind != NODE_CALL ||
			!(str_is(str_from(node->function->name), "contains") ||
				str_is(str_from(node->function->name), "startsWith") ||
				str_is(str_from(node->function->name), "endsWith")))
			continue;
		if (add_path(node->first, &text) && str_is(buf_str(&text), path))
			return true;
	}
	return false;
}

static bool node_demands(const struct node *node, const char *path, struct str *text)
{
	auto_buf found = BUF((size_t)2 * EXPRESSION_BYTES);
	const struct node *literal = node->last, *other = node->first;

	if (node->kind != NODE_BINARY || node->operation != TOKEN_EQUAL)
		return false;
	if (literal->kind != NODE_LITERAL) {
		literal = node->first;
		other = node->last;
	}
	if (literal->kind != NODE_LITERAL || literal->literal.kind != VALUE_STRING)
		return false;
	if (!add_path(other, &found) || !str_is(buf_str(&found), path))
		return false;
	*text = literal->literal.as.text;
	return true;
}

bool expression_demands(const struct expression *expression, const char *path, struct str *text)
{
	const struct node *root = expression->root;

	if (root->kind != NODE_AND)
		return node_demands(root, path, text);
	for (const struct node *child = root->first; child != NULL; child = child->next) {
		if (node_demands(child, path, text))
			return true;
	}
	return false;
}
