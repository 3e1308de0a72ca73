/* SPDX-License-Identifier: MIT */
/* A table in a directory of its own, and what every test of it does. */
#ifndef GATEHOUSE_TEST_TABLE_FIXTURE_H
#define GATEHOUSE_TEST_TABLE_FIXTURE_H

#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table.h"
#include "table_file.h"

#define SECOND_NS ((int64_t)1000000000)
#define NOW ((int64_t)1800000000 * SECOND_NS)
#define DAY 86400u
#define PROCESSES 4u

static char path[64];
static int directory;

static inline int open_directory(void **unused)
{
	(void)unused;
	(void)snprintf(path, sizeof(path), "/tmp/gatehouse-table-XXXXXX");
	assert_non_null(mkdtemp(path));
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory >= 0 ? 0 : -1;
}

static inline int close_directory(void **unused)
{
	(void)unused;
	(void)unlinkat(directory, "table", 0);
	(void)unlinkat(directory, "table.lock", 0);
	(void)close(directory);
	return rmdir(path);
}

static inline struct table *open_shared(void)
{
	struct table *table = table_open(directory, "table");

	assert_true(table_is_shared(table));
	return table;
}

static inline bool take(
    struct table *table, uint64_t key, uint32_t count, uint32_t seconds, int64_t now)
{
	uint32_t retry_after;

	return table_take(table, key, count, seconds, now, &retry_after);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_directory, close_directory)

#endif
