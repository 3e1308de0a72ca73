/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a table and where they come from; between table.c and table_file.c only. What is
 * mapped is changed by other processes at any moment, so every word of a slot is atomic.
 */
#ifndef GATEHOUSE_TABLE_FILE_H
#define GATEHOUSE_TABLE_FILE_H

#include <stdatomic.h>

#include "str.h"

#define TABLE_SLOTS 65536u
#define TABLE_FORMAT 1u

struct table_header {
	char magic[8];
	uint32_t format;
	uint32_t slots;
	uint64_t secret[2];
	char reserved[32];
};

struct table_slot {
	_Atomic uint64_t key;   /* 0: never used */
	_Atomic uint64_t value; /* the time, in ns, from which the key's whole allowance is there again */
};

struct table_map {
	struct table_header header;
	struct table_slot slot[TABLE_SLOTS];
};

/*
 * The shared map below the directory; NULL, and logged, when it can't be had. new, for
 * table_map_close
 */
struct table_map *table_map_open(int directory, const char *name) MUST_USE;
/*
 * An empty one for this process and its children; NULL when there is no memory. new, for
 * table_map_close
 */
struct table_map *table_map_private(void) MUST_USE;
void table_map_close(struct table_map *map);

#endif
