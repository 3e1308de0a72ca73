/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>

#include "form.h"

/* "a|copies|b|copies" of the fields a and b, or "no". */
static void reads(const char *text, const char *expected)
{
	struct form_field field[] = { { .name = "a" }, { .name = "b c" } };
	auto_buf found = BUF(1024);
	char *memory;

	if (form_read(str_from(text), field, N_OF(field), &memory))
		buf_print(&found, "%.*s|%u|%.*s|%u", STR_ARGS(field[0].value), field[0].copies, STR_ARGS(field[1].value), field[1].copies);
	else
		buf_add_text(&found, "no");
	assert_str(buf_str(&found), expected);
	free(memory);
}

static void test_parameters_are_decoded_and_counted(void **state)
{
	(void)state;
	reads("", "|0||0");
	reads("a=1", "1|1||0");
	reads("x=1&a=2&b+c=3&y", "2|1|3|1");
	reads("b%20c=%C3%A4+x%2b", "|0|\xc3\xa4 x+|1");
	reads("a=1&a=2&a=", "1|2||0");
	reads("&&a=1&=2&", "1|1||0");
	reads("%61=%3d=&b c=x", "==|1|x|1");
	reads("a=%00x&b=1&a%00=1", "no");
	reads("A=1&a[]=2", "|0||0");
}

static void test_what_no_reader_agrees_on_is_refused(void **state)
{
	static const char *const broken[] = { "a=%", "a=%4", "a=%g1", "%zz=1", "a=%ff", "a=%0a", "a=%7f", "x=%c0%af", "a=1&b=%" };

	(void)state;
	for (size_t i = 0; i < N_OF(broken); i++)
		reads(broken[i], "no");
}

static void test_what_is_written_is_read(void **state)
{
	auto_buf form = BUF(4096);
	auto_buf all = BUF(256);

	(void)state;
	for (int byte = 0x20; byte < 0x7f; byte++)
		buf_add_byte(&all, (char)byte);
	form_add(&form, "x", STR("1"));
	form_add(&form, "a", buf_str(&all));
	struct form_field field = { .name = "a" };
	char *memory;
	assert_true(form_read(buf_str(&form), &field, 1, &memory));
	assert_true(str_eq(field.value, buf_str(&all)));
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters_are_decoded_and_counted),
		cmocka_unit_test(test_what_no_reader_agrees_on_is_refused),
		cmocka_unit_test(test_what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
