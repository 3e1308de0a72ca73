/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target proves properties, not only that nothing crashes: `must` ends the program when one
 * does not hold.
 */
#ifndef GATEHOUSE_FUZZ_H
#define GATEHOUSE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(holds) \
	do { \
		if (!(holds)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
			abort(); \
		} \
	} while (0)

/* The input as a slice of its own memory, so that a read beyond its end is seen. */
static inline struct str fuzz_text(const uint8_t *data, size_t size)
{
	return (struct str){ (const char *)data, size };
}

#endif
