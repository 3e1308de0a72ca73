/* SPDX-License-Identifier: MIT */
/* "Type Conversion Functions" of "List of Standard Definitions". */
#include "expression_parts.h"

#include <string.h>

#define DOUBLE_STEPS 20

static struct value no_overload(void)
{
	return value_error("there is no such conversion");
}

static struct value out_of_range(void)
{
	return value_error("the number is out of range of the type");
}

static struct value no_number(void)
{
	return value_error("the text is no such number");
}

struct value convert_int(struct machine *machine, const struct node *node, const struct value *a)
{
	int64_t i;

	(void)node;
	switch (a->kind) {
	case VALUE_INT:
		return *a;
	case VALUE_UINT:
		return a->as.u > INT64_MAX ? out_of_range() : value_int((int64_t)a->as.u);
	case VALUE_DOUBLE:
		/* Both ends are left out: a double there may stand for a number beyond. */
		if (!(a->as.d > -9223372036854775808.0 && a->as.d < 9223372036854775808.0))
			return out_of_range();
		return value_int((int64_t)a->as.d);
	case VALUE_STRING:
		if (!machine_charge_bytes(machine, a->as.text.n))
			return machine_exhausted(machine);
		return number_int(a->as.text, &i) ? value_int(i) : no_number();
	default:
		return no_overload();
	}
}

struct value convert_uint(struct machine *machine, const struct node *node, const struct value *a)
{
	uint64_t u;

	(void)node;
	switch (a->kind) {
	case VALUE_UINT:
		return *a;
	case VALUE_INT:
		return a->as.i < 0 ? out_of_range() : value_uint((uint64_t)a->as.i);
	case VALUE_DOUBLE:
		if (!(a->as.d >= 0 && a->as.d < 18446744073709551616.0))
			return out_of_range();
		return value_uint((uint64_t)a->as.d);
	case VALUE_STRING:
		if (!machine_charge_bytes(machine, a->as.text.n))
			return machine_exhausted(machine);
		return number_uint(a->as.text, 10, &u) ? value_uint(u) : no_number();
	default:
		return no_overload();
	}
}

struct value convert_double(struct machine *machine, const struct node *node, const struct value *a)
{
	double d;

	(void)node;
	switch (a->kind) {
	case VALUE_DOUBLE:
		return *a;
	case VALUE_INT:
		return value_double((double)a->as.i);
	case VALUE_UINT:
		return value_double((double)a->as.u);
	case VALUE_STRING:
		if (!machine_charge(machine, 1 + a->as.text.n))
			return machine_exhausted(machine);
		return number_double(a->as.text, &d) ? value_double(d) : no_number();
	default:
		return no_overload();
	}
}

static struct value string_of(struct machine *machine, struct str text)
{
	char *copy = machine_take(machine, text.n + 1);

	if (copy == NULL)
		return machine_exhausted(machine);
	memcpy(copy, text.p, text.n);
	return value_text(VALUE_STRING, (struct str){ copy, text.n });
}

/* str_is_utf8 wants no NUL; CEL's strings may have some. */
static bool is_utf8(struct str text)
{
	struct str piece;

	while (str_cut(&text, '\0', &piece)) {
		if (!str_is_utf8(piece))
			return false;
	}
	return true;
}

struct value convert_string(struct machine *machine, const struct node *node, const struct value *a)
{
	auto_buf text = BUF(64);

	(void)node;
	switch (a->kind) {
	case VALUE_STRING:
		return *a;
	case VALUE_BYTES:
		if (!machine_charge_bytes(machine, a->as.text.n))
			return machine_exhausted(machine);
		return is_utf8(a->as.text) ? value_text(VALUE_STRING, a->as.text) : value_error("the bytes are not UTF-8");
	case VALUE_BOOL:
		return value_text(VALUE_STRING, a->as.truth ? STR("true") : STR("false"));
	case VALUE_INT:
		buf_print(&text, "%lld", (long long)a->as.i);
		return string_of(machine, buf_str(&text));
	case VALUE_UINT:
		buf_print(&text, "%llu", (unsigned long long)a->as.u);
		return string_of(machine, buf_str(&text));
	case VALUE_DOUBLE:
		/* The fewest digits are found by trying. */
		if (!machine_charge(machine, DOUBLE_STEPS))
			return machine_exhausted(machine);
		value_show_double(a->as.d, &text);
		return string_of(machine, buf_str(&text));
	default:
		return no_overload();
	}
}

struct value convert_bytes(struct machine *machine, const struct node *node, const struct value *a)
{
	(void)machine;
	(void)node;
	if (a->kind != VALUE_STRING && a->kind != VALUE_BYTES)
		return no_overload();
	return value_text(VALUE_BYTES, a->as.text);
}

struct value convert_bool(struct machine *machine, const struct node *node, const struct value *a)
{
	static const char *const words[2][6] = { { "0", "f", "F", "false", "False", "FALSE" },
		{ "1", "t", "T", "true", "True", "TRUE" } };

	(void)machine;
	(void)node;
	if (a->kind == VALUE_BOOL)
		return *a;
	if (a->kind != VALUE_STRING)
		return no_overload();
	for (size_t truth = 0; truth < 2; truth++) {
		for (size_t i = 0; i < 6; i++) {
			if (str_is(a->as.text, words[truth][i]))
				return value_bool(truth != 0);
		}
	}
	return value_error("the text is no bool");
}
