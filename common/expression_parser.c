/* SPDX-License-Identifier: MIT */
/* "Syntax": the grammar, by recursive descent. One function for each level of binding, from loose to tight. */
#include "expression_parts.h"

/* ---- what all levels use ---- */

struct node *parser_fault(struct parser *parser, size_t at, const char *fault)
{
	if (!parser->failed) {
		expression_add_place(parser->out->text, at, parser->why);
		buf_add_text(parser->why, fault);
	}
	parser->failed = true;
	return NULL;
}

#define SHOWN_BYTES 40

struct node *parser_unexpected(struct parser *parser, const char *expected)
{
	auto_buf said = BUF(512);
	struct str found = str_first(parser->token.text, SHOWN_BYTES);

	/* Not within a character. */
	while (found.n < parser->token.text.n && found.n != 0 && ((unsigned char)parser->token.text.p[found.n] & 0xc0) == 0x80)
		found.n--;
	if (parser->token.kind == TOKEN_END)
		buf_add_text(&said, "found the end");
	else
		buf_print(&said, "found %.*s", STR_ARGS(found));
	buf_print(&said, ", expected %s", expected);
	buf_add_byte(&said, '\0');
	return parser_fault(parser, parser->token.at, said.p);
}

struct node *parser_node(struct parser *parser, enum node_kind kind, size_t at)
{
	struct node *node;

	if (parser->failed)
		return NULL;
	node = parser->out->nodes < EXPRESSION_NODES ? arena_take(&parser->out->memory, sizeof(*node)) : NULL;
	if (node == NULL)
		return parser_fault(parser, at, "found an expression of more than 2000 parts, expected a smaller one");
	*node = (struct node){ .kind = kind, .at = at, .height = 1, .older = parser->out->newest };
	parser->out->newest = node;
	parser->out->nodes++;
	return node;
}

struct node *parser_attach(struct parser *parser, struct node *parent, struct node *child)
{
	if (parent == NULL || child == NULL)
		return NULL;
	if (parent->first == NULL)
		parent->first = child;
	else
		parent->last->next = child;
	parent->last = child;
	if (child->height >= parent->height)
		parent->height = child->height + 1;
	if (parent->height > EXPRESSION_HEIGHT)
		return parser_fault(parser, parent->at, "found more than 100 operators in a row, expected fewer");
	return parent;
}

void parser_advance(struct parser *parser)
{
	size_t at = parser->token.at + parser->token.text.n + (parser->token.quoted ? 2 : 0);

	parser->token = token_next(parser->out->text, at, &parser->out->memory);
	if (parser->token.kind == TOKEN_FAULT)
		parser_fault(parser, parser->token.at, parser->token.fault);
}

bool parser_take(struct parser *parser, enum token_kind kind)
{
	if (parser->failed || parser->token.kind != kind)
		return false;
	parser_advance(parser);
	return true;
}

bool parser_expect(struct parser *parser, enum token_kind kind, const char *expected)
{
	if (!parser->failed && parser->token.kind != kind)
		parser_unexpected(parser, expected);
	return parser_take(parser, kind) && !parser->failed;
}

/* ---- Primary ---- */

/* Elements up to the closing bracket. Lists and maps may have a comma after the last one, and in place of all. */
struct node *parser_arguments(struct parser *parser, struct node *list, enum token_kind end, const char *expected)
{
	if (end == TOKEN_CLOSE_LIST && parser_take(parser, TOKEN_COMMA))
		return parser_expect(parser, end, "']'") ? list : NULL;
	while (list != NULL && !parser->failed && parser->token.kind != end) {
		list = parser_attach(parser, list, parser_expression(parser));
		if (!parser_take(parser, TOKEN_COMMA))
			break;
		/* f(x,) is no call; [x,] is a list. */
		if (end == TOKEN_CLOSE && parser->token.kind == end)
			return parser_unexpected(parser, "an argument");
	}
	return list != NULL && parser_expect(parser, end, expected) ? list : NULL;
}

static struct node *map(struct parser *parser)
{
	struct node *node = parser_node(parser, NODE_MAP, parser->token.at);

	parser_advance(parser);
	if (parser_take(parser, TOKEN_COMMA))
		return parser_expect(parser, TOKEN_CLOSE_MAP, "'}'") ? node : NULL;
	while (node != NULL && !parser->failed && parser->token.kind != TOKEN_CLOSE_MAP) {
		node = parser_attach(parser, node, parser_expression(parser));
		if (!parser_expect(parser, TOKEN_COLON, "':' and a value"))
			return NULL;
		node = parser_attach(parser, node, parser_expression(parser));
		if (!parser_take(parser, TOKEN_COMMA))
			break;
	}
	return parser_expect(parser, TOKEN_CLOSE_MAP, "',' or '}'") ? node : NULL;
}

static struct node *literal(struct parser *parser)
{
	struct node *node = parser_node(parser, NODE_LITERAL, parser->token.at);

	if (node == NULL)
		return NULL;
	node->literal = parser->token.value;
	if (node->literal.kind == VALUE_INT && node->literal.n != 0)
		return parser_fault(parser, node->at, "found a number that is too large, expected an integer of 64 bits");
	parser_advance(parser);
	return node;
}

static struct node *primary(struct parser *parser)
{
	struct node *node;
	size_t at = parser->token.at;

	if (parser->failed)
		return NULL;
	switch (parser->token.kind) {
	case TOKEN_LITERAL:
		return literal(parser);
	case TOKEN_NAME:
	case TOKEN_DOT:
		return parser_name(parser);
	case TOKEN_OPEN:
		parser_advance(parser);
		node = parser_expression(parser);
		return parser_expect(parser, TOKEN_CLOSE, "an operator or ')'") ? node : NULL;
	case TOKEN_OPEN_LIST:
		parser_advance(parser);
		return parser_arguments(parser, parser_node(parser, NODE_LIST, at), TOKEN_CLOSE_LIST, "',' or ']'");
	case TOKEN_OPEN_MAP:
		return map(parser);
	default:
		return parser_unexpected(parser, "a value");
	}
}

/* ---- Member ---- */

static struct node *selection(struct parser *parser, struct node *operand)
{
	struct token name = parser->token;
	struct node *node;

	/* SELECTOR: reserved words are fine here, `in`, `true`, `false` and `null` are not. */
	if (!parser_expect(parser, TOKEN_NAME, "the name of a field or function") || operand == NULL)
		return NULL;
	if (!name.quoted && parser->token.kind == TOKEN_OPEN)
		return parser_method(parser, operand, name);
	node = parser_attach(parser, parser_node(parser, NODE_SELECT, name.at), operand);
	if (node != NULL)
		node->name = name.text;
	operand->inner = true;
	return node;
}

static struct node *index_of(struct parser *parser, struct node *operand, size_t at)
{
	struct node *node = parser_attach(parser, parser_node(parser, NODE_INDEX, at), operand);
	struct node *which = parser_expression(parser);

	node = parser_attach(parser, node, which);
	if (node == NULL || !parser_expect(parser, TOKEN_CLOSE_LIST, "']'"))
		return NULL;
	/* With any other index it is the whole that is mentioned. */
	operand->inner = which->kind == NODE_LITERAL && which->literal.kind == VALUE_STRING;
	return node;
}

static struct node *member(struct parser *parser)
{
	struct node *node = primary(parser);

	while (node != NULL && !parser->failed) {
		size_t at = parser->token.at;

		if (parser_take(parser, TOKEN_DOT))
			node = selection(parser, node);
		else if (parser_take(parser, TOKEN_OPEN_LIST))
			node = index_of(parser, node, at);
		else
			break;
	}
	return parser->failed ? NULL : node;
}

/* ---- Unary ---- */

static struct node *unary(struct parser *parser)
{
	enum token_kind sign = parser->token.kind;
	size_t at = parser->token.at, count = 0;
	struct node *node;

	if (sign != TOKEN_NOT && sign != TOKEN_MINUS)
		return member(parser);
	while (parser_take(parser, sign))
		count++;
	/* The lowest integer is a literal of its own, not the highest plus one made negative. */
	if (sign == TOKEN_MINUS && parser->token.kind == TOKEN_LITERAL && parser->token.value.kind == VALUE_INT &&
		parser->token.value.n != 0) {
		parser->token.value = value_int(INT64_MIN);
		count--;
	}
	node = member(parser);
	while (count-- > 0)
		node = parser_attach(parser, parser_node(parser, sign == TOKEN_NOT ? NODE_NOT : NODE_NEGATE, at), node);
	return node;
}

/* ---- binary operators ---- */

/* 3 binds tightest; 0 for what is no such operator. */
static int binding(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_TIMES:
	case TOKEN_DIVIDE:
	case TOKEN_MODULO:
		return 3;
	case TOKEN_PLUS:
	case TOKEN_MINUS:
		return 2;
	case TOKEN_IN:
	case TOKEN_EQUAL:
	case TOKEN_UNEQUAL:
	case TOKEN_LESS:
	case TOKEN_LESS_OR_EQUAL:
	case TOKEN_GREATER:
	case TOKEN_GREATER_OR_EQUAL:
		return 1;
	default:
		return 0;
	}
}

static struct node *binary(struct parser *parser, int level)
{
	struct node *left = level == 4 ? unary(parser) : binary(parser, level + 1);

	while (level < 4 && left != NULL && !parser->failed && binding(parser->token.kind) == level) {
		struct node *node = parser_node(parser, NODE_BINARY, parser->token.at);

		if (node != NULL)
			node->operation = parser->token.kind;
		parser_advance(parser);
		node = parser_attach(parser, node, left);
		left = parser_attach(parser, node, binary(parser, level + 1));
	}
	return left;
}

/* a && b && c is one node, so that long rows are not deep. */
static struct node *logical(struct parser *parser, enum token_kind sign)
{
	struct node *first = sign == TOKEN_AND ? binary(parser, 1) : logical(parser, TOKEN_AND), *node;

	if (first == NULL || parser->token.kind != sign)
		return first;
	node = parser_attach(parser, parser_node(parser, sign == TOKEN_AND ? NODE_AND : NODE_OR, parser->token.at), first);
	while (node != NULL && parser_take(parser, sign))
		node = parser_attach(parser, node, sign == TOKEN_AND ? binary(parser, 1) : logical(parser, TOKEN_AND));
	return node;
}

struct node *parser_expression(struct parser *parser)
{
	struct node *node, *condition;
	size_t at = parser->token.at;

	if (parser->failed)
		return NULL;
	if (parser->depth > EXPRESSION_DEPTH)
		return parser_fault(parser, at, "found an expression nested deeper than 32, expected a flatter one");
	parser->depth++;
	node = logical(parser, TOKEN_OR);
	if (node != NULL && parser_take(parser, TOKEN_QUESTION)) {
		condition = parser_attach(parser, parser_node(parser, NODE_CONDITION, at), node);
		node = parser_attach(parser, condition, logical(parser, TOKEN_OR));
		if (node != NULL && !parser_expect(parser, TOKEN_COLON, "':' and the other value"))
			node = NULL;
		else
			node = parser_attach(parser, node, parser_expression(parser));
	}
	parser->depth--;
	return parser->failed ? NULL : node;
}
