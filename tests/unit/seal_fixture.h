/* SPDX-License-Identifier: MIT */
/* What the tests of sealing share: a state directory, and its file of keys. */
#ifndef GATEHOUSE_SEAL_FIXTURE_H
#define GATEHOUSE_SEAL_FIXTURE_H

#include "unit.h"

#include "log.h"
#include "seal_keys.h"
#include "settings_helper.h"

#define NOW 1800000000
#define NOW_TEXT "2027-01-15T08:00:00Z"
/* 32 bytes of zero, and 32 bytes of which only the last is 1. */
#define KEY_ZERO "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_ONE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"

static struct state state;
static struct seal_keys keys;

static inline int open_state(void **unused)
{
	auto_buf why = BUF(1024);

	if (make_directory(unused) != 0 || !state_open(&state, directory, &why))
		return -1;
	log_start("test", LOG_ERROR, false);
	return 0;
}

static inline int close_state(void **unused)
{
	state_close(&state);
	seal_keys_wipe(&keys);
	return remove_directory(unused);
}

static inline void write_keys(const char *text, mode_t mode)
{
	(void)unlink(path_of(SEAL_KEYS_FILE));
	write_file(SEAL_KEYS_FILE, text, strlen(text), mode);
}

/* Makes the file, or puts a new key first in it. */
static inline void rotate(void)
{
	struct file_version version = state_version(&state, SEAL_KEYS_FILE);
	bool have = seal_keys_read(&state, &keys);

	assert_true(have || version.inode == 0);
	assert_true(seal_keys_add(&keys, NOW));
	assert_true(seal_keys_write(&state, &keys));
}

#endif
