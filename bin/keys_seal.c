/* SPDX-License-Identifier: MIT */
#include "keys_seal.h"

#include <stdio.h>
#include <stdlib.h>

#include "app.h"
#include "lines.h"
#include "seal_keys.h"

#define LOCK_MS 5000

static int complain(const char *what)
{
	fprintf(stderr, "gatehouse keys: %s\n", what);
	return EXIT_SYSTEM;
}

/* Is there anything under that name? What can't be read is not overwritten: what it sealed may still be wanted. */
static bool is_there(const struct state *state)
{
	struct file_version version = state_version(state, SEAL_KEYS_FILE);

	return version.inode != 0;
}

static int write_with_new(const struct state *state, struct seal_keys *keys, int64_t now)
{
	bool written;

	if (keys->n == SEAL_KEYS_MOST) {
		keys->n--;
		printf("the oldest key to seal with is gone: clients that registered under it have to register anew\n");
	}
	written = seal_keys_add(keys, now) && seal_keys_write(state, keys);
	seal_keys_wipe(keys);
	if (!written)
		return complain("the keys to seal with can't be written; what was there stays in use");
	printf("a new key seals from now on\n");
	return EXIT_SUCCESS;
}

int keys_seal_init(const struct state *state, int64_t now)
{
	auto_close int lock = state_lock(state, SEAL_KEYS_FILE, LOCK_MS);
	struct seal_keys keys = { .n = 0 };

	if (lock < 0)
		return complain("another gatehouse keys is at work");
	if (is_there(state))
		return EXIT_PROBLEM;
	return write_with_new(state, &keys, now);
}

int keys_seal_rotate(const struct state *state, int64_t now)
{
	auto_close int lock = state_lock(state, SEAL_KEYS_FILE, LOCK_MS);
	struct seal_keys keys;

	if (lock < 0)
		return complain("another gatehouse keys is at work");
	if (!seal_keys_read(state, &keys) && is_there(state))
		return complain(SEAL_KEYS_FILE " can't be used: put a good copy back, or call gatehouse keys replace");
	return write_with_new(state, &keys, now);
}

int keys_seal_replace(const struct state *state, int64_t now)
{
	auto_close int lock = state_lock(state, SEAL_KEYS_FILE, LOCK_MS);
	struct seal_keys keys = { .n = 0 };

	return lock < 0 ? complain("another gatehouse keys is at work") : write_with_new(state, &keys, now);
}

void keys_seal_list(const struct state *state)
{
	struct seal_keys keys;

	if (!seal_keys_read(state, &keys))
		printf("there is no key to seal with\n");
	for (size_t i = 0; i < keys.n; i++) {
		auto_buf time = BUF(64);

		line_add_time(keys.key[i].since, &time);
		for (size_t k = 0; k < SEAL_ID_BYTES; k++)
			printf("%02x", keys.key[i].id[k]);
		printf("  %s, made %.*s\n", i == 0 ? "seals" : "opens what it sealed", STR_ARGS(buf_str(&time)));
	}
	seal_keys_wipe(&keys);
}
