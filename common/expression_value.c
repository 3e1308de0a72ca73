/* SPDX-License-Identifier: MIT */
/* "Values": what they are made of, when they are equal, how they are written. */
#include "expression_parts.h"

#include <math.h>
#include <stdlib.h>

#define VALUE_DEPTH 64 /* of lists and maps in each other, JSON's included */

struct value value_bool(bool truth)
{
	return (struct value){ .kind = VALUE_BOOL, .as.truth = truth };
}

struct value value_int(int64_t i)
{
	return (struct value){ .kind = VALUE_INT, .as.i = i };
}

struct value value_uint(uint64_t u)
{
	return (struct value){ .kind = VALUE_UINT, .as.u = u };
}

struct value value_double(double d)
{
	return (struct value){ .kind = VALUE_DOUBLE, .as.d = d };
}

struct value value_text(enum value_kind kind, struct str text)
{
	return (struct value){ .kind = kind, .as.text = text };
}

struct value value_type(enum value_kind type)
{
	return (struct value){ .kind = VALUE_TYPE, .as.type = type };
}

struct value value_error(const char *fault)
{
	return (struct value){ .kind = VALUE_ERROR, .as.fault = fault };
}

struct value value_no_overload(void)
{
	return value_error("the operator or function does not take values of these types");
}

/* "JSON Data Conversion", the other way round; whole numbers are int. */
struct value value_json(const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_TRUE:
	case JSON_FALSE:
		return value_bool(json_is_true(json));
	case JSON_INTEGER:
		return value_int(json_integer_value(json));
	case JSON_REAL:
		return value_double(json_real_value(json));
	case JSON_STRING:
		return value_text(VALUE_STRING, (struct str){ json_string_value(json), json_string_length(json) });
	case JSON_ARRAY:
		return (struct value){ .kind = VALUE_LIST, .n = json_array_size(json), .json = json };
	case JSON_OBJECT:
		return (struct value){ .kind = VALUE_MAP, .n = json_object_size(json), .json = json };
	default:
		return (struct value){ .kind = VALUE_NULL };
	}
}

const char *value_type_name(enum value_kind kind)
{
	static const char *const names[] = {
		[VALUE_NULL] = "null_type",
		[VALUE_BOOL] = "bool",
		[VALUE_INT] = "int",
		[VALUE_UINT] = "uint",
		[VALUE_DOUBLE] = "double",
		[VALUE_STRING] = "string",
		[VALUE_BYTES] = "bytes",
		[VALUE_LIST] = "list",
		[VALUE_MAP] = "map",
		[VALUE_TYPE] = "type",
		[VALUE_ERROR] = "error",
	};

	return names[kind];
}

bool value_is_number(struct value a)
{
	return a.kind == VALUE_INT || a.kind == VALUE_UINT || a.kind == VALUE_DOUBLE;
}

/* ---- lists and maps ---- */

struct value value_list_item(struct value list, size_t i)
{
	return list.json != NULL ? value_json(json_array_get(list.json, i)) : list.as.item[i];
}

bool value_next(struct value range, struct value_cursor *cursor, struct value *item, struct value *mapped)
{
	json_t *json;

	if (cursor->i == range.n)
		return false;
	if (range.kind == VALUE_LIST) {
		*item = value_list_item(range, cursor->i++);
		return true;
	}
	if (range.json == NULL) {
		*item = range.as.item[2 * cursor->i];
		*mapped = range.as.item[2 * cursor->i++ + 1];
		return true;
	}
	/* jansson reads through a pointer to what is not const. */
	json = (json_t *)(uintptr_t)range.json;
	cursor->place = cursor->i++ == 0 ? json_object_iter(json) : json_object_iter_next(json, cursor->place);
	*item = value_text(
		VALUE_STRING, (struct str){ json_object_iter_key(cursor->place), json_object_iter_key_len(cursor->place) });
	*mapped = value_json(json_object_iter_value(cursor->place));
	return true;
}

bool value_map_find(struct machine *machine, struct value map, struct value key, struct value *found)
{
	const json_t *json;

	if (map.json != NULL) {
		if (key.kind != VALUE_STRING || !machine_charge_bytes(machine, key.as.text.n))
			return false;
		json = json_object_getn(map.json, key.as.text.n != 0 ? key.as.text.p : "", key.as.text.n);
		if (json != NULL)
			*found = value_json(json);
		return json != NULL;
	}
	for (size_t i = 0; i < map.n; i++) {
		if (value_equal(machine, map.as.item[2 * i], key)) {
			*found = map.as.item[2 * i + 1];
			return true;
		}
	}
	return false;
}

/* ---- equality ---- */

static int order(bool less, bool more)
{
	return less ? -1 : more;
}

static double as_double(struct value a)
{
	return a.kind == VALUE_DOUBLE ? a.as.d : a.kind == VALUE_INT ? (double)a.as.i : (double)a.as.u;
}

/*
 * "Numeric Comparisons": as if on one line. An int or uint is rounded to be compared with a double; the vectors of the
 * specification have it so.
 */
int value_compare_numbers(struct value a, struct value b)
{
	double left = as_double(a), right = as_double(b);

	if (isnan(left) || isnan(right))
		return UNORDERED;
	if (a.kind == VALUE_DOUBLE || b.kind == VALUE_DOUBLE)
		return order(left<right, left> right);
	if (a.kind == VALUE_UINT && b.kind == VALUE_UINT)
		return order(a.as.u<b.as.u, a.as.u> b.as.u);
	if (a.kind == VALUE_INT && b.kind == VALUE_INT)
		return order(a.as.i<b.as.i, a.as.i> b.as.i);
	if (a.kind == VALUE_UINT)
		return -value_compare_numbers(b, a);
	return order(a.as.i < 0 || (uint64_t)a.as.i < b.as.u, a.as.i >= 0 && (uint64_t)a.as.i > b.as.u);
}

static bool is_equal(struct machine *machine, struct value a, struct value b, unsigned depth)
{
	struct value_cursor cursor = { 0 };
	struct value key, mapped, other;

	if (a.n != b.n)
		return false;
	if (depth == 0) {
		(void)machine_exhausted(machine);
		return false;
	}
	if (a.kind == VALUE_LIST) {
		for (size_t i = 0; i < a.n; i++) {
			key = value_list_item(a, i);
			other = value_list_item(b, i);
			if (key.kind == VALUE_LIST || key.kind == VALUE_MAP ? key.kind != other.kind ||
						!machine_charge(machine, 1) || !is_equal(machine, key, other, depth - 1)
									    : !value_equal(machine, key, other))
				return false;
		}
		return true;
	}
	while (value_next(a, &cursor, &key, &mapped)) {
		if (!machine_charge(machine, 1) || !value_map_find(machine, b, key, &other))
			return false;
		if (mapped.kind == VALUE_LIST || mapped.kind == VALUE_MAP
				? mapped.kind != other.kind || !is_equal(machine, mapped, other, depth - 1)
				: !value_equal(machine, mapped, other))
			return false;
	}
	return true;
}

bool value_equal(struct machine *machine, struct value a, struct value b)
{
	if (!machine_charge(machine, 1))
		return false;
	if (value_is_number(a) && value_is_number(b))
		return value_compare_numbers(a, b) == 0;
	if (a.kind != b.kind)
		return false;
	switch (a.kind) {
	case VALUE_BOOL:
		return a.as.truth == b.as.truth;
	case VALUE_STRING:
	case VALUE_BYTES:
		return a.as.text.n == b.as.text.n && machine_charge_bytes(machine, a.as.text.n) && str_eq(a.as.text, b.as.text);
	case VALUE_TYPE:
		return a.as.type == b.as.type;
	case VALUE_LIST:
	case VALUE_MAP:
		return is_equal(machine, a, b, VALUE_DEPTH);
	default:
		return a.kind == VALUE_NULL;
	}
}

/* ---- writing ---- */

/* The fewest digits that are read back as the same number, which is not below zero: "d.ddde[+-]dd". */
static void print_shortest(double d, struct buf *text)
{
	for (int digits = 0; digits <= 16; digits++) {
		double again;

		buf_clear(text);
		buf_print(text, "%.*e", digits, d);
		buf_add_byte(text, '\0');
		again = strtod(text->p, NULL);
		text->n--;
		/* Equal bits or nothing: both are numbers here. */
		if (!(again < d) && !(again > d))
			return;
	}
}

static void add_zeros(struct buf *out, int64_t n)
{
	while (n-- > 0)
		buf_add_byte(out, '0');
}

/*
 * As ECMAScript writes numbers, since CEL leaves it open: the fewest digits that are read back as the same number, with an
 * exponent from 1e21 on and below 1e-6.
 */
void value_show_double(double d, struct buf *out)
{
	auto_buf text = BUF(64), digits = BUF(32);
	struct str rest, mantissa = STR_NONE;
	int64_t exponent = 0, point;

	if (isnan(d) || isinf(d)) {
		buf_add_text(out, isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity");
		return;
	}
	buf_add_text(out, d < 0 ? "-" : "");
	print_shortest(fabs(d), &text);
	rest = buf_str(&text);
	(void)!str_cut(&rest, 'e', &mantissa);
	(void)!number_int(rest, &exponent);
	point = exponent + 1;
	buf_add(&digits, str_first(mantissa, 1));
	buf_add(&digits, str_skip(mantissa, 2));
	if (point > 21 || point < -5) {
		buf_add(out, mantissa);
		buf_print(out, "e%+lld", (long long)exponent);
	} else if (point <= 0) {
		buf_add_text(out, "0.");
		add_zeros(out, -point);
		buf_add(out, buf_str(&digits));
	} else {
		buf_add(out, str_first(buf_str(&digits), (size_t)point));
		add_zeros(out, point - (int64_t)digits.n);
		buf_add_text(out, (size_t)point < digits.n ? "." : "");
		buf_add(out, str_skip(buf_str(&digits), (size_t)point));
	}
}

static void show_text(struct value value, struct buf *out)
{
	bool bytes = value.kind == VALUE_BYTES;

	buf_add_text(out, bytes ? "b\"" : "\"");
	for (size_t i = 0; i < value.as.text.n; i++) {
		unsigned char byte = (unsigned char)value.as.text.p[i];

		if (byte == '"' || byte == '\\')
			buf_print(out, "\\%c", byte);
		else if (byte < 0x20 || byte == 0x7f || (bytes && byte > 0x7f))
			buf_print(out, "\\x%02x", byte);
		else
			buf_add_byte(out, (char)byte);
	}
	buf_add_byte(out, '"');
}

static void show_group(struct value value, unsigned depth, struct buf *out)
{
	bool list = value.kind == VALUE_LIST;
	struct value_cursor cursor = { 0 };
	struct value item, mapped;

	buf_add_byte(out, list ? '[' : '{');
	while (value_next(value, &cursor, &item, &mapped)) {
		buf_add_text(out, cursor.i > 1 ? ", " : "");
		value_show(item, depth + 1, out);
		if (list)
			continue;
		buf_add_text(out, ": ");
		value_show(mapped, depth + 1, out);
	}
	buf_add_byte(out, list ? ']' : '}');
}

void value_show(struct value value, unsigned depth, struct buf *out)
{
	auto_buf number = BUF(64);

	switch (value.kind) {
	case VALUE_BOOL:
		buf_add_text(out, value.as.truth ? "true" : "false");
		break;
	case VALUE_INT:
		buf_print(out, "%lld", (long long)value.as.i);
		break;
	case VALUE_UINT:
		buf_print(out, "%lluu", (unsigned long long)value.as.u);
		break;
	case VALUE_DOUBLE:
		value_show_double(value.as.d, &number);
		buf_add(out, buf_str(&number));
		/* So that 1.0 is no int. */
		if (!str_has(buf_str(&number), '.') && !str_has(buf_str(&number), 'e') && !isnan(value.as.d) && !isinf(value.as.d))
			buf_add_text(out, ".0");
		break;
	case VALUE_STRING:
	case VALUE_BYTES:
		show_text(value, out);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
		if (depth < VALUE_DEPTH)
			show_group(value, depth, out);
		break;
	case VALUE_TYPE:
		buf_add_text(out, value_type_name(value.as.type));
		break;
	default:
		buf_add_text(out, "null");
	}
}
