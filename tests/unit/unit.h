/* SPDX-License-Identifier: MIT */
/* What every unit test includes: cmocka with what it needs, and slices in assertions. */
#ifndef GATEHOUSE_UNIT_H
#define GATEHOUSE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "str.h"

/* Compares a slice with a string and shows both when they differ. */
#define assert_str(slice, text) assert_str_at(slice, text, __FILE__, __LINE__)

static inline void assert_str_at(struct str s, const char *text, const char *file, int line)
{
	if (!str_is(s, text)) {
		print_error("\"%.*s\" != \"%s\"\n", STR_ARGS(s), text);
		_fail(file, line);
	}
}

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
