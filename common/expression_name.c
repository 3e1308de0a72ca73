/* SPDX-License-Identifier: MIT */
/* "Name Resolution", "Functions" and "Macros": what a name stands for is settled when the expression is compiled. */
#include "expression_parts.h"

static struct node *literal_type(struct parser *parser, struct token name)
{
	static const enum value_kind kinds[] = { VALUE_BOOL, VALUE_INT, VALUE_UINT, VALUE_DOUBLE, VALUE_STRING, VALUE_BYTES,
		VALUE_LIST, VALUE_MAP, VALUE_NULL, VALUE_TYPE };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct node *node;

		if (!str_is(name.text, value_type_name(kinds[i])))
			continue;
		node = parser_node(parser, NODE_LITERAL, name.at);
		if (node != NULL)
			node->literal = value_type(kinds[i]);
		return node;
	}
	return NULL;
}

static struct node *fault_of_name(struct parser *parser, struct token name, const char *found, const char *expected)
{
	auto_buf said = BUF(512);

	buf_print(&said, "found %s %.*s, expected %s", found, STR_ARGS(str_first(name.text, 64)), expected);
	buf_add_byte(&said, '\0');
	return parser_fault(parser, name.at, said.p);
}

/* Local variables first, the innermost of all, then the variables of the caller, then types. ".x" is no local variable. */
static struct node *variable(struct parser *parser, struct token name, bool root)
{
	struct node *node;

	for (size_t i = root ? 0 : parser->locals; i-- > 0;) {
		if (str_eq(parser->local[i], name.text)) {
			node = parser_node(parser, NODE_LOCAL, name.at);
			if (node != NULL)
				node->slot = i;
			return node;
		}
	}
	for (size_t i = 0; parser->variables[i] != NULL; i++) {
		if (str_is(name.text, parser->variables[i])) {
			node = parser_node(parser, NODE_VARIABLE, name.at);
			if (node != NULL) {
				node->slot = i;
				node->name = name.text;
			}
			return node;
		}
	}
	node = literal_type(parser, name);
	if (node != NULL || parser->failed)
		return node;
	return fault_of_name(parser, name, "the unknown name", "a variable");
}

/* ---- calls ---- */

/* RE2 patterns are compiled with the expression; one that comes from a value would be compiled in every evaluation. */
static struct node *compile_pattern(struct parser *parser, struct node *node)
{
	const struct node *text = node->last;
	const char *fault = NULL;
	auto_buf said = BUF(512);
	size_t at = 0;

	if (text->kind != NODE_LITERAL || text->literal.kind != VALUE_STRING)
		return parser_fault(parser, text->at, "found a pattern that is no literal, expected a text between quotes");
	node->pattern = pattern_new(text->literal.as.text, &fault, &at);
	if (node->pattern != NULL)
		return node;
	buf_print(&said, "found a pattern with a fault at its byte %zu, expected one of RE2: %s", at + 1, fault);
	buf_add_byte(&said, '\0');
	return parser_fault(parser, text->at, said.p);
}

static struct node *call(struct parser *parser, struct node *receiver, struct token name)
{
	const struct function *function = function_find(name.text);
	struct node *node;
	unsigned count = 0;

	if (function_is_left_out(name.text))
		return fault_of_name(parser, name, "the function", "another one; this one is not supported");
	if (function == NULL || !(receiver != NULL ? function->method : function->global))
		return fault_of_name(
			parser, name, receiver != NULL ? "the unknown method" : "the unknown function", "a function of CEL");
	node = parser_node(parser, NODE_CALL, name.at);
	if (receiver != NULL)
		node = parser_attach(parser, node, receiver);
	parser_advance(parser);
	node = parser_arguments(parser, node, TOKEN_CLOSE, "',' or ')'");
	if (node == NULL)
		return NULL;
	for (const struct node *child = node->first; child != NULL; child = child->next)
		count++;
	if (count != function->arguments)
		return fault_of_name(parser, name, "another number of arguments than those of", "as many as it takes");
	node->function = function;
	return function->call == function_matches ? compile_pattern(parser, node) : node;
}

/* ---- macros ---- */

/* has(e.f): whether the field is there, not what it is. */
static struct node *has(struct parser *parser)
{
	struct node *node;
	size_t at;

	parser_advance(parser);
	at = parser->token.at;
	node = parser_expression(parser);
	if (node == NULL || !parser_expect(parser, TOKEN_CLOSE, "')'"))
		return NULL;
	if (node->kind != NODE_SELECT)
		return parser_fault(parser, at, "found something else, expected a field as in has(a.b)");
	node->kind = NODE_HAS;
	return node;
}

static bool is_fold(struct str name, enum fold *fold)
{
	static const char *const names[] = {
		[FOLD_EXISTS] = "exists",
		[FOLD_ALL] = "all",
		[FOLD_EXISTS_ONE] = "exists_one",
		[FOLD_FILTER] = "filter",
		[FOLD_MAP] = "map",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_is(name, names[i])) {
			*fold = (enum fold)i;
			return true;
		}
	}
	return false;
}

/* e.all(x, p) and its kind; e.map(x, t) and e.map(x, p, t). */
static struct node *fold(struct parser *parser, struct node *range, size_t at, enum fold kind)
{
	struct node *node = parser_attach(parser, parser_node(parser, NODE_FOLD, at), range);
	struct token name;

	parser_advance(parser);
	name = parser->token;
	if (name.quoted || !parser_expect(parser, TOKEN_NAME, "a name for the elements"))
		return parser_unexpected(parser, "a name for the elements");
	if (token_is_reserved(name.text))
		return fault_of_name(parser, name, "the reserved word", "a name for the elements");
	if (!parser_expect(parser, TOKEN_COMMA, "','") || node == NULL)
		return NULL;
	if (parser->locals >= EXPRESSION_DEPTH)
		return parser_fault(parser, at, "found macros nested deeper than 32, expected fewer");
	node->fold = kind;
	node->slot = parser->locals;
	parser->local[parser->locals++] = name.text;
	node = parser_attach(parser, node, parser_expression(parser));
	if (kind == FOLD_MAP && parser_take(parser, TOKEN_COMMA))
		node = parser_attach(parser, node, parser_expression(parser));
	parser->locals--;
	return node != NULL && parser_expect(parser, TOKEN_CLOSE, "')'") ? node : NULL;
}

/* ---- what the grammar calls ---- */

struct node *parser_method(struct parser *parser, struct node *receiver, struct token name)
{
	enum fold kind;

	if (is_fold(name.text, &kind))
		return fold(parser, receiver, name.at, kind);
	return call(parser, receiver, name);
}

struct node *parser_name(struct parser *parser)
{
	bool root = parser_take(parser, TOKEN_DOT);
	struct token name = parser->token;

	if (name.kind != TOKEN_NAME || name.quoted)
		return parser_unexpected(parser, "a variable");
	if (token_is_reserved(name.text))
		return fault_of_name(parser, name, "the reserved word", "a variable");
	parser_advance(parser);
	if (parser->failed)
		return NULL;
	if (parser->token.kind != TOKEN_OPEN)
		return variable(parser, name, root);
	return str_is(name.text, "has") ? has(parser) : call(parser, NULL, name);
}
