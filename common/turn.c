/* SPDX-License-Identifier: MIT */
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

/* One byte of the file per process that is there, then one per process that waits. */
#define PLACES 128
#define NAP_NS 5000000 /* between two looks for a place */
#define SECOND_NS INT64_C(1000000000)

struct turns {
	struct table *table;
	uint64_t slow_key; /* of the stamp of the last wait that was in vain */
	int file;          /* -1: none */
	bool never;
	bool half; /* of the processes may wait, not all but one */
	bool in_turn;
	uint64_t count;
};

static bool set_lock(int file, off_t byte, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	return fcntl(file, F_OFD_SETLK, &lock) == 0;
}

struct turns *turns_new(const struct state *state, struct table *table)
{
	return turns_new_of("turns", state, table);
}

struct turns *turns_new_of(const char *name, const struct state *state, struct table *table)
{
	struct turns *turns = memory_new(sizeof(*turns));
	auto_buf file = BUF(64);
	off_t place = 0;

	buf_print(&file, "%s.lock", name);
	turns->table = table;
	turns->slow_key = table_key('t', STR("slow"), str_from(name));
	turns->file = openat(state->directory, file.p, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (turns->file < 0)
		log_event(LOG_ERROR, "turns_failed", "%s/%s can't be opened (%s): a provider that hangs may hold all processes",
			state->path, file.p, strerror(errno));
	else
		while (place < PLACES && !set_lock(turns->file, place, F_WRLCK))
			place++;
	return turns;
}

struct turns *turns_new_half(const char *name, const struct state *state, struct table *table)
{
	struct turns *turns = turns_new_of(name, state, table);

	turns->half = true;
	return turns;
}

struct turns *turns_none(void)
{
	struct turns *turns = memory_new(sizeof(*turns));

	*turns = (struct turns){ .file = -1, .never = true };
	return turns;
}

void turns_free(struct turns *turns)
{
	if (turns == NULL)
		return;
	if (turns->file >= 0)
		(void)close(turns->file);
	free(turns);
}

/* The locked bytes from `start` on that are not ours. */
static int others(const struct turns *turns)
{
	off_t start = 0;
	int n = 0;

	while (start < PLACES) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = PLACES - start };

		if (fcntl(turns->file, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
			break;
		/* Neighbours of one holder would be told as one. */
		n += (int)lock.l_len;
		start = lock.l_start + lock.l_len;
	}
	return n;
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* A place among those that may wait, -1 when all are taken. */
static int find_place(struct turns *turns)
{
	int n = others(turns), most = turns->half ? (n + 1) / 2 : n;

	for (int place = 0; place < (most == 0 ? 1 : most); place++) {
		if (set_lock(turns->file, PLACES + place, F_WRLCK))
			return place;
	}
	return -1;
}

/* Providers answer within a moment as a rule, and then there is a place again. */
static int wait_for_place(struct turns *turns)
{
	const struct timespec nap = { 0, NAP_NS };
	int64_t deadline = clock_ms() + TURN_MS;
	int place = -1;

	if (table_is_stamped(turns->table, turns->slow_key, TURN_SECONDS * SECOND_NS, now_ns()))
		return -1;
	while (place < 0 && clock_ms() < deadline) {
		(void)nanosleep(&nap, NULL);
		place = find_place(turns);
	}
	if (place < 0)
		(void)!table_stamp(turns->table, turns->slow_key, TURN_SECONDS * SECOND_NS, now_ns());
	return place;
}

struct turn turn_take(struct turns *turns)
{
	int place;

	if (turns == NULL)
		return (struct turn){ true, NULL, -1 };
	if (turns->never)
		return (struct turn){ false, turns, -1 };
	if (turns->file < 0 || turns->in_turn) {
		turns->count++;
		return (struct turn){ true, turns, -1 };
	}
	place = find_place(turns);
	if (place < 0)
		place = wait_for_place(turns);
	if (place < 0)
		return (struct turn){ false, turns, -1 };
	turns->in_turn = true;
	turns->count++;
	return (struct turn){ true, turns, place };
}

void turn_end(struct turn *turn)
{
	if (turn->place < 0)
		return;
	(void)set_lock(turn->turns->file, PLACES + turn->place, F_UNLCK);
	turn->turns->in_turn = false;
	turn->place = -1;
}

uint64_t turns_count(const struct turns *turns)
{
	return turns->count;
}
