/* SPDX-License-Identifier: MIT */
/* "List of Standard Definitions": operators and functions, but for the conversions. */
#include "expression_parts.h"

#include <string.h>

static struct value overflow(void)
{
	return value_error("the result is out of range");
}

/* ---- arithmetic: no mixed types, no wrapping around ---- */

static struct value arithmetic_int(enum token_kind operation, int64_t a, int64_t b)
{
	int64_t out = 0;
	bool wrong = false;

	if ((operation == TOKEN_DIVIDE || operation == TOKEN_MODULO) && b == 0)
		return value_error("division by zero");
	switch (operation) {
	case TOKEN_PLUS:
		wrong = __builtin_add_overflow(a, b, &out);
		break;
	case TOKEN_MINUS:
		wrong = __builtin_sub_overflow(a, b, &out);
		break;
	case TOKEN_TIMES:
		wrong = __builtin_mul_overflow(a, b, &out);
		break;
	default:
		wrong = a == INT64_MIN && b == -1;
		if (!wrong)
			out = operation == TOKEN_DIVIDE ? a / b : a % b;
	}
	return wrong ? overflow() : value_int(out);
}

static struct value arithmetic_uint(enum token_kind operation, uint64_t a, uint64_t b)
{
	uint64_t out = 0;
	bool wrong = false;

	if ((operation == TOKEN_DIVIDE || operation == TOKEN_MODULO) && b == 0)
		return value_error("division by zero");
	switch (operation) {
	case TOKEN_PLUS:
		wrong = __builtin_add_overflow(a, b, &out);
		break;
	case TOKEN_MINUS:
		wrong = __builtin_sub_overflow(a, b, &out);
		break;
	case TOKEN_TIMES:
		wrong = __builtin_mul_overflow(a, b, &out);
		break;
	default:
		out = operation == TOKEN_DIVIDE ? a / b : a % b;
	}
	return wrong ? overflow() : value_uint(out);
}

static struct value arithmetic_double(enum token_kind operation, double a, double b)
{
	switch (operation) {
	case TOKEN_PLUS:
		return value_double(a + b);
	case TOKEN_MINUS:
		return value_double(a - b);
	case TOKEN_TIMES:
		return value_double(a * b);
	case TOKEN_DIVIDE:
		return value_double(a / b);
	default:
		return value_no_overload();
	}
}

static struct value join_texts(struct machine *machine, struct value a, struct value b)
{
	size_t n = a.as.text.n + b.as.text.n;
	char *text = machine_take(machine, n + 1);

	if (text == NULL)
		return machine_exhausted(machine);
	if (a.as.text.n != 0)
		memcpy(text, a.as.text.p, a.as.text.n);
	if (b.as.text.n != 0)
		memcpy(text + a.as.text.n, b.as.text.p, b.as.text.n);
	return value_text(a.kind, (struct str){ text, n });
}

static struct value join_lists(struct machine *machine, struct value a, struct value b)
{
	struct value *item = machine_take(machine, (a.n + b.n) * sizeof(*item));

	if (item == NULL)
		return machine_exhausted(machine);
	for (size_t i = 0; i < a.n; i++)
		item[i] = value_list_item(a, i);
	for (size_t i = 0; i < b.n; i++)
		item[a.n + i] = value_list_item(b, i);
	return (struct value){ .kind = VALUE_LIST, .n = a.n + b.n, .as.item = item };
}

struct value function_arithmetic(struct machine *machine, enum token_kind operation, struct value a, struct value b)
{
	if (a.kind != b.kind)
		return value_no_overload();
	switch (a.kind) {
	case VALUE_INT:
		return arithmetic_int(operation, a.as.i, b.as.i);
	case VALUE_UINT:
		return arithmetic_uint(operation, a.as.u, b.as.u);
	case VALUE_DOUBLE:
		return arithmetic_double(operation, a.as.d, b.as.d);
	case VALUE_STRING:
	case VALUE_BYTES:
		return operation == TOKEN_PLUS ? join_texts(machine, a, b) : value_no_overload();
	case VALUE_LIST:
		return operation == TOKEN_PLUS ? join_lists(machine, a, b) : value_no_overload();
	default:
		return value_no_overload();
	}
}

struct value function_negate(struct value a)
{
	if (a.kind == VALUE_DOUBLE)
		return value_double(-a.as.d);
	if (a.kind != VALUE_INT)
		return value_no_overload();
	return a.as.i == INT64_MIN ? overflow() : value_int(-a.as.i);
}

/* ---- order ---- */

/* Byte for byte, which for UTF-8 is the order of the code points. */
static int compare_texts(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		if (a.p[i] != b.p[i])
			return (unsigned char)a.p[i] < (unsigned char)b.p[i] ? -1 : 1;
	}
	return a.n < b.n ? -1 : a.n > b.n;
}

struct value function_relation(struct machine *machine, enum token_kind operation, struct value a, struct value b)
{
	int order;

	if (value_is_number(a) && value_is_number(b)) {
		order = value_compare_numbers(a, b);
		if (order == UNORDERED)
			return value_bool(false);
	} else if (a.kind == VALUE_BOOL && b.kind == VALUE_BOOL) {
		order = (int)a.as.truth - (int)b.as.truth;
	} else if ((a.kind == VALUE_STRING || a.kind == VALUE_BYTES) && a.kind == b.kind) {
		if (!machine_charge_bytes(machine, a.as.text.n < b.as.text.n ? a.as.text.n : b.as.text.n))
			return machine_exhausted(machine);
		order = compare_texts(a.as.text, b.as.text);
	} else {
		return value_no_overload();
	}
	switch (operation) {
	case TOKEN_LESS:
		return value_bool(order < 0);
	case TOKEN_LESS_OR_EQUAL:
		return value_bool(order <= 0);
	case TOKEN_GREATER:
		return value_bool(order > 0);
	default:
		return value_bool(order >= 0);
	}
}

/* ---- lists and maps ---- */

struct value function_in(struct machine *machine, struct value a, struct value b)
{
	struct value found;

	if (b.kind == VALUE_MAP)
		return value_bool(value_map_find(machine, b, a, &found));
	if (b.kind != VALUE_LIST)
		return value_no_overload();
	for (size_t i = 0; i < b.n; i++) {
		if (value_equal(machine, a, value_list_item(b, i)))
			return value_bool(true);
	}
	return value_bool(false);
}

struct value function_index(struct machine *machine, struct value whole, struct value index)
{
	struct value found;

	if (whole.kind == VALUE_MAP) {
		if (value_map_find(machine, whole, index, &found))
			return found;
		return value_error("there is no such key");
	}
	if (whole.kind != VALUE_LIST || !value_is_number(index))
		return value_no_overload();
	/* A double that is whole is fine, as it is for equality. */
	if (index.kind == VALUE_DOUBLE && !(index.as.d >= 0 && index.as.d < 1e15 && (double)(uint64_t)index.as.d >= index.as.d))
		return value_error("the index is out of range");
	if (value_compare_numbers(index, value_int(0)) < 0 || value_compare_numbers(index, value_uint(whole.n)) >= 0)
		return value_error("the index is out of range");
	return value_list_item(whole,
		index.kind == VALUE_INT            ? (size_t)index.as.i
			: index.kind == VALUE_UINT ? index.as.u
						   : (size_t)index.as.d);
}

/* ---- functions ---- */

static struct value size(struct machine *machine, const struct node *node, const struct value *a)
{
	int64_t n = 0;

	(void)node;
	if (a->kind == VALUE_LIST || a->kind == VALUE_MAP)
		return value_int((int64_t)a->n);
	if (a->kind == VALUE_BYTES)
		return value_int((int64_t)a->as.text.n);
	if (a->kind != VALUE_STRING)
		return value_no_overload();
	if (!machine_charge_bytes(machine, a->as.text.n))
		return machine_exhausted(machine);
	/* Code points: all bytes but those that go on with one. */
	for (size_t i = 0; i < a->as.text.n; i++)
		n += ((unsigned char)a->as.text.p[i] & 0xc0) != 0x80;
	return value_int(n);
}

static bool are_strings(const struct value *a)
{
	return a[0].kind == VALUE_STRING && a[1].kind == VALUE_STRING;
}

static struct value contains(struct machine *machine, const struct node *node, const struct value *a)
{
	(void)node;
	if (!are_strings(a))
		return value_no_overload();
	if (!machine_charge_bytes(machine, a[0].as.text.n + a[1].as.text.n))
		return machine_exhausted(machine);
	if (a[1].as.text.n == 0)
		return value_bool(true);
	/* In time that grows with the lengths' sum. */
	return value_bool(a[0].as.text.n != 0 && memmem(a[0].as.text.p, a[0].as.text.n, a[1].as.text.p, a[1].as.text.n) != NULL);
}

static struct value starts_with(struct machine *machine, const struct node *node, const struct value *a)
{
	(void)node;
	if (!are_strings(a))
		return value_no_overload();
	if (!machine_charge_bytes(machine, a[1].as.text.n))
		return machine_exhausted(machine);
	return value_bool(str_starts(a[0].as.text, a[1].as.text));
}

static struct value ends_with(struct machine *machine, const struct node *node, const struct value *a)
{
	(void)node;
	if (!are_strings(a))
		return value_no_overload();
	if (!machine_charge_bytes(machine, a[1].as.text.n))
		return machine_exhausted(machine);
	return value_bool(str_ends(a[0].as.text, a[1].as.text));
}

struct value function_matches(struct machine *machine, const struct node *node, const struct value *a)
{
	return are_strings(a) ? pattern_match(node->pattern, machine, a[0].as.text) : value_no_overload();
}

static struct value type(struct machine *machine, const struct node *node, const struct value *a)
{
	(void)machine;
	(void)node;
	return value_type(a->kind);
}

static struct value dyn(struct machine *machine, const struct node *node, const struct value *a)
{
	(void)machine;
	(void)node;
	return *a;
}

const struct function *function_find(struct str name)
{
	static const struct function functions[] = {
		{ "size", true, true, 1, size },
		{ "contains", true, false, 2, contains },
		{ "startsWith", true, false, 2, starts_with },
		{ "endsWith", true, false, 2, ends_with },
		{ "matches", true, true, 2, function_matches },
		{ "type", false, true, 1, type },
		{ "dyn", false, true, 1, dyn },
		{ "int", false, true, 1, convert_int },
		{ "uint", false, true, 1, convert_uint },
		{ "double", false, true, 1, convert_double },
		{ "string", false, true, 1, convert_string },
		{ "bytes", false, true, 1, convert_bytes },
		{ "bool", false, true, 1, convert_bool },
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (str_is(name, functions[i].name))
			return &functions[i];
	}
	return NULL;
}

bool function_is_left_out(struct str name)
{
	static const char *const names[] = { "timestamp", "duration", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
		"getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", NULL };

	for (size_t i = 0; names[i] != NULL; i++) {
		if (str_is(name, names[i]))
			return true;
	}
	return false;
}
