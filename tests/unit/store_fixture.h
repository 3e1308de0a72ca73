/* SPDX-License-Identifier: MIT */
/* A store in a directory of its own, in SQLite or in a Redis of its own, and what every test of it does. */
#ifndef GATEHOUSE_TEST_STORE_FIXTURE_H
#define GATEHOUSE_TEST_STORE_FIXTURE_H

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store.h"

#define NOW ((int64_t)1800000000)
#define PROCESSES 4

static char base[64];
static char path[128];        /* of the file of SQLite */
static char socket_path[128]; /* of Redis */
static char prefix[32];
static pid_t redis_process;
static bool with_redis;
static struct store *store;

static const struct store_space codes = { "code", 1000 };
static const struct store_space grants = { "grant", 1000 };

/* ---- a Redis ---- */

static inline void run_redis(int out, const char *configuration)
{
	char search[4096];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(search, sizeof(search), "build/packages/bin:%s", getenv("PATH"));
	(void)setenv("PATH", search, 1);
	(void)dup2(out, 1);
	(void)execlp("redis-server", "redis-server", configuration, (char *)NULL);
	_exit(127);
}

/* Starts a Redis with these further settings, which win, and waits until it says that it is ready. */
static inline void start_redis(const char *more)
{
	char configuration[128], text[16384] = "";
	size_t n = 0;
	ssize_t got;
	FILE *file;
	int out[2];

	(void)snprintf(configuration, sizeof(configuration), "%s/redis.conf", base);
	file = fopen(configuration, "w");
	assert_non_null(file);
	(void)fprintf(file, "port 0\nunixsocket %s\ndir %s\nsave \"\"\nappendonly yes\nappendfsync always\n%s\n", socket_path, base,
		more);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	redis_process = fork();
	if (redis_process == 0)
		run_redis(out[1], configuration);
	(void)close(out[1]);
	/* The other end stays open: a Redis that can't say what it does might end. */
	while (strstr(text, "eady to accept connections") == NULL && n < sizeof(text) - 1 &&
		(got = read(out[0], text + n, sizeof(text) - 1 - n)) > 0)
		text[n += (size_t)got] = '\0';
	if (strstr(text, "eady to accept connections") == NULL)
		fail_msg("redis-server did not start (bin/install-packages check gets it): %s", text);
}

static inline void stop_redis(void)
{
	if (redis_process <= 0)
		return;
	(void)kill(redis_process, SIGKILL);
	(void)waitpid(redis_process, NULL, 0);
	redis_process = 0;
}

/* ---- the store ---- */

static inline int remove_one(const char *name, const struct stat *file, int kind, struct FTW *place)
{
	(void)file;
	(void)kind;
	(void)place;
	return remove(name);
}

static inline int make_base(void **unused)
{
	(void)unused;
	(void)snprintf(base, sizeof(base), "/tmp/gatehouse-store-XXXXXX");
	assert_non_null(mkdtemp(base));
	(void)snprintf(path, sizeof(path), "%s/store", base);
	(void)snprintf(socket_path, sizeof(socket_path), "%s/redis", base);
	return 0;
}

static inline int remove_base(void **unused)
{
	(void)unused;
	stop_redis();
	(void)nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static inline struct store *open_another(void)
{
	struct store_place place = { .path = path };
	auto_buf error = BUF(1024);
	struct store *another;

	if (with_redis)
		place = (struct store_place){ .address = socket_path, .prefix = prefix };
	another = store_open(&place, &error);
	if (another == NULL)
		fail_msg("%s", error.p);
	return another;
}

/* Opening is refused, with these words. */
static inline void assert_refused(const struct store_place *place, const char *words)
{
	auto_buf error = BUF(1024);

	assert_null(store_open(place, &error));
	if (error.n == 0 || memmem(error.p, error.n, words, strlen(words)) == NULL)
		fail_msg("\"%.*s\" does not say %s", STR_ARGS(buf_str(&error)), words);
}

/* ---- entries ---- */

/* An entry whose key is that number. */
static inline struct store_entry entry_of(unsigned number, const char *value)
{
	struct store_entry entry = { .value = str_from(value), .until = NOW + 60 };

	for (size_t i = 0; i < 4; i++)
		entry.key[i] = (unsigned char)(number >> (24 - 8 * i));
	return entry;
}

static inline enum store_result put(const struct store_space *space, unsigned number, const char *value)
{
	struct store_entry entry = entry_of(number, value);

	return store_put(store, space, &entry, NOW);
}

static inline enum store_result put_labelled(
	const struct store_space *space, unsigned number, const char *owner, const char *family, int64_t until)
{
	struct store_entry entry = entry_of(number, "value");

	entry.owner = str_from(owner);
	entry.family = str_from(family);
	entry.until = until;
	return store_put(store, space, &entry, NOW);
}

static inline enum store_result get_at(const struct store_space *space, unsigned number, int64_t now)
{
	struct store_entry key = entry_of(number, ""), found;

	return store_get(store, space, key.key, now, &found);
}

static inline enum store_result get(const struct store_space *space, unsigned number)
{
	return get_at(space, number, NOW);
}

/* How many entries a list of all pages has. */
static inline size_t count(const struct store_space *space, const char *owner, int64_t now)
{
	unsigned char after[STORE_KEY_BYTES];
	struct store_page page;
	size_t n = 0;

	assert_int_equal(store_list(store, space, str_from(owner), NULL, now, &page), STORE_DONE);
	while (page.n != 0) {
		n += page.n;
		memcpy(after, page.entry[page.n - 1].key, sizeof(after));
		assert_int_equal(store_list(store, space, str_from(owner), after, now, &page), STORE_DONE);
	}
	return n;
}

/* ---- processes ---- */

/* Runs `attempt` in PROCESSES processes at once, each with a store of its own: how often each result came. */
static inline void race(enum store_result (*attempt)(struct store *mine, unsigned process), unsigned *results)
{
	pid_t process[PROCESSES];
	int start[2];

	memset(results, 0, sizeof(*results) * (STORE_FULL + 1));
	assert_int_equal(pipe2(start, O_CLOEXEC), 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		process[i] = fork();
		if (process[i] == 0) {
			struct store *mine = open_another();
			enum store_result result;
			char byte;

			(void)close(start[1]);
			(void)!read(start[0], &byte, 1); /* until the other end is closed */
			result = attempt(mine, i);
			store_close(mine);
			_exit((int)result);
		}
	}
	(void)close(start[0]);
	(void)close(start[1]);
	for (unsigned i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(process[i], &status, 0), process[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= STORE_FULL);
		results[WEXITSTATUS(status)]++;
	}
}

#endif
