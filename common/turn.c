/* SPDX-License-Identifier: MIT */
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define FILE_NAME "turns.lock"
/* One byte of the file per process that is there, then one per process that waits. */
#define PLACES 128

struct turns {
	int file; /* -1: none */
	bool never;
	bool in_turn;
	uint64_t count;
};

static bool set_lock(int file, off_t byte, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	return fcntl(file, F_OFD_SETLK, &lock) == 0;
}

struct turns *turns_new(const struct state *state)
{
	struct turns *turns = memory_new(sizeof(*turns));
	off_t place = 0;

	turns->file = openat(state->directory, FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (turns->file < 0)
		log_event(LOG_ERROR, "turns_failed",
			"%s/" FILE_NAME " can't be opened (%s): a provider that hangs may hold all processes", state->path,
			strerror(errno));
	else
		while (place < PLACES && !set_lock(turns->file, place, F_WRLCK))
			place++;
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

struct turn turn_take(struct turns *turns)
{
	int most;

	if (turns == NULL)
		return (struct turn){ true, NULL, -1 };
	if (turns->never)
		return (struct turn){ false, turns, -1 };
	if (turns->file < 0 || turns->in_turn) {
		turns->count++;
		return (struct turn){ true, turns, -1 };
	}
	most = others(turns);
	if (most == 0)
		most = 1;
	for (int place = 0; place < most; place++) {
		if (set_lock(turns->file, PLACES + place, F_WRLCK)) {
			turns->in_turn = true;
			turns->count++;
			return (struct turn){ true, turns, place };
		}
	}
	return (struct turn){ false, turns, -1 };
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
