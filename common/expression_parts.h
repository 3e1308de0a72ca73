/* SPDX-License-Identifier: MIT */
/* What the files of expression_*.c share. Not for others. */
#ifndef GATEHOUSE_EXPRESSION_PARTS_H
#define GATEHOUSE_EXPRESSION_PARTS_H

#include "expression.h"

/* ---- memory that goes all at once ---- */

struct arena_chunk;
struct arena {
	struct arena_chunk *chunks;
	size_t used, most;
};
/* NULL when `most` would be passed. */
void *arena_take(struct arena *arena, size_t bytes) MUST_USE;
void arena_free(struct arena *arena);

/* ---- values ---- */

enum value_kind {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_UINT,
	VALUE_DOUBLE,
	VALUE_STRING,
	VALUE_BYTES,
	VALUE_LIST,
	VALUE_MAP,
	VALUE_TYPE,
	VALUE_ERROR,
};

/* Small and copied freely; what it points to lives in a binding, in the expression or in the arena of the evaluation. */
struct value {
	enum value_kind kind;
	size_t n;           /* elements of a list, pairs of a map; for an error 1 + its place, 0 when not yet known */
	const json_t *json; /* a list or map that is a JSON value; then `item` is unused */
	union {
		bool truth;
		int64_t i;
		uint64_t u;
		double d;
		struct str text;
		enum value_kind type;
		const struct value *item; /* of a map: key, value, key, value */
		const char *fault;
	} as;
};

struct value value_bool(bool truth);
struct value value_int(int64_t i);
struct value value_uint(uint64_t u);
struct value value_double(double d);
struct value value_text(enum value_kind kind, struct str text);
struct value value_type(enum value_kind type);
struct value value_error(const char *fault);
struct value value_no_overload(void);
struct value value_json(const json_t *json);
const char *value_type_name(enum value_kind kind);
bool value_is_number(struct value a) MUST_USE;

/* One evaluation: what it may still use. */
struct machine {
	const json_t *const *bindings;
	struct arena memory;
	size_t steps;
	bool exhausted;      /* no error of this kind is absorbed by && and || */
	struct value *local; /* EXPRESSION_DEPTH of them */
};
/* False when the budget does not have that many steps. */
bool machine_charge(struct machine *machine, size_t steps) MUST_USE;
bool machine_charge_bytes(struct machine *machine, size_t bytes) MUST_USE;
void *machine_take(struct machine *machine, size_t bytes) MUST_USE;
struct value machine_exhausted(struct machine *machine);

/* Below zero, zero, above zero; UNORDERED when one is NaN. */
#define UNORDERED 2
int value_compare_numbers(struct value a, struct value b);
/* "Equality": values of different types are unequal, numbers are compared as numbers. False when the budget is used up. */
bool value_equal(struct machine *machine, struct value a, struct value b) MUST_USE;
struct value value_list_item(struct value list, size_t i);
bool value_map_find(struct machine *machine, struct value map, struct value key, struct value *found) MUST_USE;
/* Elements of a list and keys of a map, one after the other. */
struct value_cursor {
	size_t i;
	void *place;
};
bool value_next(struct value range, struct value_cursor *cursor, struct value *item, struct value *mapped) MUST_USE;
void value_show(struct value value, unsigned depth, struct buf *out);
void value_show_double(double d, struct buf *out);

/* ---- text ---- */

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_LITERAL, /* null, a bool, a number, a string, bytes */
	TOKEN_IN,
	TOKEN_EQUAL,
	TOKEN_UNEQUAL,
	TOKEN_LESS_OR_EQUAL,
	TOKEN_GREATER_OR_EQUAL,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_LESS,
	TOKEN_GREATER,
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_TIMES,
	TOKEN_DIVIDE,
	TOKEN_MODULO,
	TOKEN_NOT,
	TOKEN_QUESTION,
	TOKEN_COLON,
	TOKEN_DOT,
	TOKEN_COMMA,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_OPEN_LIST,
	TOKEN_CLOSE_LIST,
	TOKEN_OPEN_MAP,
	TOKEN_CLOSE_MAP,
	TOKEN_FAULT,
};

struct token {
	enum token_kind kind;
	size_t at;
	struct str text;
	bool quoted; /* a name between backticks */
	struct value value;
	const char *fault;
};

/* The next token at or after `at`; what literals hold is put into `memory`. */
struct token token_next(struct str text, size_t at, struct arena *memory);
/* The string or bytes literal at `at`; a token of kind TOKEN_FAULT when it is wrong. */
struct token token_quoted(struct str text, size_t at, struct arena *memory);
bool token_starts_quoted(struct str rest) MUST_USE;
struct token token_number(struct str text, size_t at);
bool token_is_reserved(struct str name) MUST_USE;
/* Writes a code point as UTF-8, at most 4 bytes: their number, 0 when it is none. */
size_t utf8_put(uint32_t code, char *place);

/* The numbers that strings hold: digits only, and a sign where it makes sense. */
bool number_int(struct str text, int64_t *i) MUST_USE;
bool number_uint(struct str text, unsigned base, uint64_t *u) MUST_USE;
bool number_double(struct str text, double *d) MUST_USE;

/* ---- the tree ---- */

enum node_kind {
	NODE_LITERAL,
	NODE_VARIABLE,
	NODE_LOCAL,
	NODE_LIST,
	NODE_MAP,
	NODE_SELECT,
	NODE_HAS,
	NODE_INDEX,
	NODE_CALL,
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_NEGATE,
	NODE_CONDITION,
	NODE_BINARY,
	NODE_FOLD,
};

enum fold { FOLD_EXISTS, FOLD_ALL, FOLD_EXISTS_ONE, FOLD_FILTER, FOLD_MAP };

struct pattern;
struct node;

struct function {
	const char *name;
	bool method, global; /* written x.f(y), f(x, y) */
	unsigned arguments;  /* with the one before the dot; at most 2 */
	struct value (*call)(struct machine *machine, const struct node *node, const struct value *argument);
};

struct node {
	enum node_kind kind;
	enum token_kind operation; /* NODE_BINARY */
	enum fold fold;
	bool inner; /* a longer path goes on from here */
	unsigned height;
	size_t at;
	size_t slot;     /* of a variable, of the local variable of a fold */
	struct str name; /* of a variable; the field of a selection */
	struct value literal;
	const struct function *function; /* NODE_CALL */
	struct pattern *pattern;         /* of `matches` */
	struct node *first, *last, *next;
	struct node *older; /* all nodes of the expression */
};

struct expression {
	struct arena memory;
	struct str text;
	struct node *root, *newest;
	size_t nodes;
};

struct parser {
	struct expression *out;
	const char *const *variables;
	struct buf *why;
	struct token token;
	unsigned depth;
	struct str local[EXPRESSION_DEPTH];
	size_t locals;
	bool failed;
};

/* Says where and what, once; always NULL. */
struct node *parser_fault(struct parser *parser, size_t at, const char *fault);
struct node *parser_unexpected(struct parser *parser, const char *expected);
void expression_add_place(struct str text, size_t at, struct buf *why);
/* All of these give NULL after a fault; a NULL that is handed in is one. */
struct node *parser_node(struct parser *parser, enum node_kind kind, size_t at);
struct node *parser_attach(struct parser *parser, struct node *parent, struct node *child);
void parser_advance(struct parser *parser);
bool parser_take(struct parser *parser, enum token_kind kind) MUST_USE;
bool parser_expect(struct parser *parser, enum token_kind kind, const char *expected) MUST_USE;
struct node *parser_expression(struct parser *parser);
/* What starts with a name, or a dot and a name: a variable, a type, a call. */
struct node *parser_name(struct parser *parser);
/* `receiver` is what stands before the dot. */
struct node *parser_method(struct parser *parser, struct node *receiver, struct token name);
struct node *parser_arguments(struct parser *parser, struct node *list, enum token_kind end, const char *expected);

const struct function *function_find(struct str name);
/* Functions of CEL's standard that this one does not have. */
bool function_is_left_out(struct str name) MUST_USE;
struct value function_arithmetic(struct machine *machine, enum token_kind operation, struct value a, struct value b);
struct value function_relation(struct machine *machine, enum token_kind operation, struct value a, struct value b);
struct value function_in(struct machine *machine, struct value a, struct value b);
struct value function_index(struct machine *machine, struct value whole, struct value index);
struct value function_negate(struct value a);
struct value function_matches(struct machine *machine, const struct node *node, const struct value *argument);
struct value convert_int(struct machine *machine, const struct node *node, const struct value *a);
struct value convert_uint(struct machine *machine, const struct node *node, const struct value *a);
struct value convert_double(struct machine *machine, const struct node *node, const struct value *a);
struct value convert_string(struct machine *machine, const struct node *node, const struct value *a);
struct value convert_bytes(struct machine *machine, const struct node *node, const struct value *a);
struct value convert_bool(struct machine *machine, const struct node *node, const struct value *a);

/* NULL with `fault` and its place in the pattern when the pattern is not one of RE2. */
struct pattern *pattern_new(struct str text, const char **fault, size_t *at) MUST_USE;
void pattern_free(struct pattern *pattern);
struct value pattern_match(const struct pattern *pattern, struct machine *machine, struct str text);

struct value evaluate(struct machine *machine, const struct node *node);

#endif
