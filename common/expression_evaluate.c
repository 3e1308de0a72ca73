/* SPDX-License-Identifier: MIT */
/* "Evaluation": walks the tree. Each node costs a step; an error is a value that whoever gets it passes on. */
#include "expression_parts.h"

#define BYTES_A_STEP 16

bool machine_charge(struct machine *machine, size_t steps)
{
	if (machine->exhausted || steps > machine->steps) {
		machine->exhausted = true;
		return false;
	}
	machine->steps -= steps;
	return true;
}

bool machine_charge_bytes(struct machine *machine, size_t bytes)
{
	return machine_charge(machine, 1 + bytes / BYTES_A_STEP);
}

void *machine_take(struct machine *machine, size_t bytes)
{
	void *taken = machine_charge_bytes(machine, bytes) ? arena_take(&machine->memory, bytes) : NULL;

	machine->exhausted = taken == NULL;
	return taken;
}

static const char too_much[] = "the rule takes more work than one evaluation may";

struct value machine_exhausted(struct machine *machine)
{
	machine->exhausted = true;
	return value_error(too_much);
}

/* An error at this node, unless it has a place already. */
static struct value error_at(const struct node *node, struct value error)
{
	if (error.n == 0)
		error.n = node->at + 1;
	return error;
}

/* ---- values that are put together ---- */

static struct value list(struct machine *machine, const struct node *node)
{
	struct value *item;
	size_t n = 0;

	for (const struct node *child = node->first; child != NULL; child = child->next)
		n++;
	item = machine_take(machine, n * sizeof(*item));
	if (item == NULL)
		return machine_exhausted(machine);
	n = 0;
	for (const struct node *child = node->first; child != NULL; child = child->next) {
		item[n] = evaluate(machine, child);
		if (item[n++].kind == VALUE_ERROR)
			return item[n - 1];
	}
	return (struct value){ .kind = VALUE_LIST, .n = n, .as.item = item };
}

/* "Aggregate Values": keys are int, uint, bool or string, and no two are equal. */
static struct value map(struct machine *machine, const struct node *node)
{
	struct value built = { .kind = VALUE_MAP }, ignored, *item;
	size_t n = 0;

	for (const struct node *child = node->first; child != NULL; child = child->next)
		n++;
	item = machine_take(machine, n * sizeof(*item));
	if (item == NULL)
		return machine_exhausted(machine);
	built.as.item = item;
	for (const struct node *child = node->first; child != NULL && child->next != NULL; child = child->next->next) {
		struct value key = evaluate(machine, child), mapped;

		if (key.kind == VALUE_ERROR)
			return key;
		if (key.kind != VALUE_INT && key.kind != VALUE_UINT && key.kind != VALUE_BOOL && key.kind != VALUE_STRING)
			return error_at(child, value_error("a key is no int, uint, bool or string"));
		if (value_map_find(machine, built, key, &ignored))
			return error_at(child, value_error("a key comes twice"));
		mapped = evaluate(machine, child->next);
		if (mapped.kind == VALUE_ERROR)
			return mapped;
		item[2 * built.n] = key;
		item[2 * built.n++ + 1] = mapped;
	}
	return built;
}

/* "Field Selection" of e.f, and has(e.f). */
static struct value selection(struct machine *machine, const struct node *node)
{
	struct value operand = evaluate(machine, node->first), found;
	bool there;

	if (operand.kind == VALUE_ERROR)
		return operand;
	if (operand.kind != VALUE_MAP)
		return value_no_overload();
	there = value_map_find(machine, operand, value_text(VALUE_STRING, node->name), &found);
	if (node->kind == NODE_HAS)
		return value_bool(there);
	return there ? found : value_error("there is no such key");
}

/* ---- logic ---- */

/* Whether it is true; false and `error` when it is no bool. */
static bool holds(struct machine *machine, const struct node *node, struct value *error)
{
	struct value value = evaluate(machine, node);

	if (value.kind == VALUE_ERROR)
		*error = value;
	else if (value.kind != VALUE_BOOL)
		*error = error_at(node, value_no_overload());
	else
		*error = (struct value){ .kind = VALUE_NULL };
	return value.kind == VALUE_BOOL && value.as.truth;
}

/* "Logical Operators": one side that decides makes an error of the other side go away, whatever their order. */
static struct value logical(struct machine *machine, const struct node *node)
{
	bool deciding = node->kind == NODE_OR;
	struct value first = value_bool(!deciding), error;

	for (const struct node *child = node->first; child != NULL; child = child->next) {
		bool held = holds(machine, child, &error);

		if (error.kind != VALUE_ERROR && held == deciding)
			return value_bool(deciding);
		if (error.kind == VALUE_ERROR && first.kind != VALUE_ERROR)
			first = error;
	}
	return first;
}

static struct value condition(struct machine *machine, const struct node *node)
{
	struct value value = evaluate(machine, node->first);

	if (value.kind == VALUE_ERROR)
		return value;
	if (value.kind != VALUE_BOOL)
		return value_no_overload();
	return evaluate(machine, value.as.truth ? node->first->next : node->last);
}

/* ---- macros ---- */

/* exists is || over the elements, all is && over them, exists_one counts and lets no error pass. */
static struct value quantify(struct machine *machine, const struct node *node, struct value range)
{
	struct value_cursor cursor = { 0 };
	struct value mapped, error, first = value_bool(node->fold == FOLD_ALL);
	size_t count = 0;

	while (value_next(range, &cursor, &machine->local[node->slot], &mapped)) {
		bool held = holds(machine, node->last, &error);

		if (error.kind == VALUE_ERROR) {
			if (node->fold == FOLD_EXISTS_ONE || machine->exhausted)
				return error;
			if (first.kind != VALUE_ERROR)
				first = error;
			continue;
		}
		if (node->fold != FOLD_EXISTS_ONE && held == (node->fold == FOLD_EXISTS))
			return value_bool(held);
		count += held;
	}
	return node->fold == FOLD_EXISTS_ONE ? value_bool(count == 1) : first;
}

static struct value collect(struct machine *machine, const struct node *node, struct value range)
{
	const struct node *predicate = node->fold == FOLD_FILTER || node->first->next != node->last ? node->first->next : NULL;
	struct value_cursor cursor = { 0 };
	struct value mapped, error, *item = machine_take(machine, range.n * sizeof(*item));
	size_t n = 0;

	if (item == NULL)
		return machine_exhausted(machine);
	while (value_next(range, &cursor, &machine->local[node->slot], &mapped)) {
		if (predicate != NULL) {
			bool held = holds(machine, predicate, &error);

			if (error.kind == VALUE_ERROR)
				return error;
			if (!held)
				continue;
		}
		item[n] = node->fold == FOLD_FILTER ? machine->local[node->slot] : evaluate(machine, node->last);
		if (item[n++].kind == VALUE_ERROR)
			return item[n - 1];
	}
	return (struct value){ .kind = VALUE_LIST, .n = n, .as.item = item };
}

static struct value fold(struct machine *machine, const struct node *node)
{
	struct value range = evaluate(machine, node->first);

	if (range.kind == VALUE_ERROR)
		return range;
	if (range.kind != VALUE_LIST && range.kind != VALUE_MAP)
		return value_no_overload();
	if (node->fold == FOLD_FILTER || node->fold == FOLD_MAP)
		return collect(machine, node, range);
	return quantify(machine, node, range);
}

/* ---- operators and functions ---- */

static struct value binary(struct machine *machine, const struct node *node, const struct value *side)
{
	switch (node->operation) {
	case TOKEN_EQUAL:
	case TOKEN_UNEQUAL:
		return value_bool(value_equal(machine, side[0], side[1]) == (node->operation == TOKEN_EQUAL));
	case TOKEN_IN:
		return function_in(machine, side[0], side[1]);
	case TOKEN_LESS:
	case TOKEN_LESS_OR_EQUAL:
	case TOKEN_GREATER:
	case TOKEN_GREATER_OR_EQUAL:
		return function_relation(machine, node->operation, side[0], side[1]);
	default:
		return function_arithmetic(machine, node->operation, side[0], side[1]);
	}
}

/* All that wants its operands evaluated first, from left to right. */
static struct value strict(struct machine *machine, const struct node *node)
{
	struct value operand[2] = { { .kind = VALUE_NULL }, { .kind = VALUE_NULL } };
	size_t n = 0;

	for (const struct node *child = node->first; child != NULL && n < 2; child = child->next) {
		operand[n] = evaluate(machine, child);
		if (operand[n].kind == VALUE_ERROR)
			return operand[n];
		n++;
	}
	switch (node->kind) {
	case NODE_CALL:
		return node->function->call(machine, node, operand);
	case NODE_INDEX:
		return function_index(machine, operand[0], operand[1]);
	case NODE_NOT:
		return operand[0].kind == VALUE_BOOL ? value_bool(!operand[0].as.truth) : value_no_overload();
	case NODE_NEGATE:
		return function_negate(operand[0]);
	default:
		return binary(machine, node, operand);
	}
}

static struct value walk(struct machine *machine, const struct node *node)
{
	switch (node->kind) {
	case NODE_LITERAL:
		return node->literal;
	case NODE_VARIABLE:
		return machine->bindings[node->slot] != NULL ? value_json(machine->bindings[node->slot])
							     : value_error("the variable has no value here");
	case NODE_LOCAL:
		return machine->local[node->slot];
	case NODE_LIST:
		return list(machine, node);
	case NODE_MAP:
		return map(machine, node);
	case NODE_SELECT:
	case NODE_HAS:
		return selection(machine, node);
	case NODE_AND:
	case NODE_OR:
		return logical(machine, node);
	case NODE_CONDITION:
		return condition(machine, node);
	case NODE_FOLD:
		return fold(machine, node);
	default:
		return strict(machine, node);
	}
}

struct value evaluate(struct machine *machine, const struct node *node)
{
	struct value value = machine_charge(machine, 1) ? walk(machine, node) : machine_exhausted(machine);

	/* What a function made of a look-up that the budget cut off counts for nothing. */
	if (machine->exhausted && (value.kind != VALUE_ERROR || value.as.fault != too_much))
		value = machine_exhausted(machine);
	return value.kind == VALUE_ERROR ? error_at(node, value) : value;
}
