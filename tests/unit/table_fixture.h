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

/* Runs `attempt` in PROCESSES processes, each with a map of its own; the sum of what they return. */
static inline unsigned in_processes(unsigned (*attempt)(struct table *table, unsigned process))
{
	unsigned sum = 0, part;
	int result[2], start[2];
	char byte;

	assert_int_equal(pipe(result), 0);
	assert_int_equal(pipe(start), 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		(void)close(start[1]);
		/* All begin at once: when the parent closes its end. */
		if (read(start[0], &byte, 1) != 0)
			_exit(1);

		struct table *table = table_open(directory, "table");
		part = table_is_shared(table) ? attempt(table, i) : 1000000;
		_exit(write(result[1], &part, sizeof(part)) == (ssize_t)sizeof(part) ? 0 : 1);
	}
	(void)close(start[0]);
	(void)close(start[1]);
	(void)close(result[1]);
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_int_equal(read(result[0], &part, sizeof(part)), sizeof(part));
		sum += part;
	}
	(void)close(result[0]);
	while (wait(NULL) > 0)
		continue;
	return sum;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_directory, close_directory)

#endif
