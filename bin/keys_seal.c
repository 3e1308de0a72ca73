/* SPDX-License-Identifier: MIT */
#include "keys_seal.h"

#include <stdio.h>
#include <stdlib.h>

#include "app.h"
#include "command.h"
#include "lines.h"
#include "seal_keys.h"

#define VERB "keys"
#define LOCK_MS 5000

bool keys_seal_is_verb(struct str word)
{
	return str_is(word, "init") || str_is(word, "rotate") || str_is(word, "list") || str_is(word, "drop");
}

static void add_id(const struct seal_key *key, struct buf *text)
{
	for (size_t i = 0; i < SEAL_ID_BYTES; i++)
		buf_print(text, "%02x", key->id[i]);
}

/* The newest one seals from now on. */
static int add(const struct state *state, struct seal_keys *keys, int64_t now)
{
	auto_buf id = BUF(32);

	if (!seal_keys_add(keys, now))
		return complain(VERB, "there are too many keys: drop an old one first; gatehouse keys seal list shows them", NULL,
			EXIT_PROBLEM);
	if (!seal_keys_write(state, keys))
		return complain(VERB, "nothing was changed; what was there stays in use", NULL, EXIT_SYSTEM);
	add_id(&keys->key[0], &id);
	printf("%s seals from now on\n", id.p);
	return EXIT_SUCCESS;
}

static int init(const struct state *state, struct seal_keys *keys, bool have, int64_t now)
{
	const struct file_version none = { 0 };
	struct file_version version = state_version(state, SEAL_KEYS_FILE);

	if (have)
		return complain(VERB, "there is a key already; gatehouse keys seal rotate makes a new one", NULL, EXIT_PROBLEM);
	if (!file_version_eq(&version, &none))
		return complain(VERB, SEAL_KEYS_FILE, seal_keys_mending(state), EXIT_PROBLEM);
	return add(state, keys, now);
}

static int list(const struct seal_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		auto_buf text = BUF(128);

		add_id(&keys->key[i], &text);
		buf_add_text(&text, i == 0 ? "  seals and opens, made " : "  opens, made ");
		line_add_time(keys->key[i].since, &text);
		printf("%s\n", text.p);
	}
	return EXIT_SUCCESS;
}

static int drop(const struct state *state, struct seal_keys *keys, const char *id)
{
	for (size_t i = 0; i < keys->n; i++) {
		auto_buf text = BUF(32);

		add_id(&keys->key[i], &text);
		if (!str_is(buf_str(&text), id))
			continue;
		if (!seal_keys_drop(keys, keys->key[i].id))
			return complain(VERB, "it is the only one; rotate first", id, EXIT_PROBLEM);
		if (!seal_keys_write(state, keys))
			return complain(VERB, "nothing was changed; what was there stays in use", NULL, EXIT_SYSTEM);
		printf("%s is gone, and what it sealed with it\n", id);
		return EXIT_SUCCESS;
	}
	return complain(VERB, "there is no such key; gatehouse keys seal list shows them", id, EXIT_PROBLEM);
}

static int run(struct str verb, const char *id, const struct state *state, int64_t now, struct seal_keys *keys)
{
	bool have = seal_keys_read(state, keys);

	if (str_is(verb, "init"))
		return init(state, keys, have, now);
	if (!have)
		return complain(VERB, "there is no key that can be used", seal_keys_mending(state), EXIT_PROBLEM);
	if (str_is(verb, "rotate"))
		return add(state, keys, now);
	return str_is(verb, "drop") ? drop(state, keys, id) : list(keys);
}

int keys_seal(struct str verb, const char *id, const struct state *state, int64_t now)
{
	bool changes = !str_is(verb, "list");
	auto_close int lock = changes ? state_lock(state, SEAL_KEYS_FILE, LOCK_MS) : -1;
	struct seal_keys keys = { .n = 0 };
	int status;

	if (changes && lock < 0)
		return complain(VERB, "another gatehouse keys is at work", NULL, EXIT_SYSTEM);
	status = run(verb, id, state, now, &keys);
	seal_keys_wipe(&keys);
	return status;
}
