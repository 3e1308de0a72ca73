/* SPDX-License-Identifier: MIT */
/*
 * The state directory: files that all processes share, 0700 and ours. Written by rename, read only
 * when they are regular files of our own that nobody else may read or write; anything else is as
 * good as absent, and logged. A `name` is a plain file name of the program's own making.
 */
#ifndef GATEHOUSE_STATE_H
#define GATEHOUSE_STATE_H

#include "file.h"

struct state {
	int directory;    /* file descriptor */
	const char *path; /* for messages; borrowed from the settings */
};

/*
 * Opens the directory (makes it, 0700, if its parent exists). False, with a message in `error`,
 * when it isn't safe to use.
 */
bool state_open(struct state *state, const char *path, struct buf *error) MUST_USE;
/* The same, but makes none: it would belong to whoever looks, not to the programs. */
bool state_open_existing(struct state *state, const char *path, struct buf *error) MUST_USE;
void state_close(struct state *state);

struct file_version state_version(const struct state *state, const char *name);

/*
 * Appends the file to `out`; false, and nothing appended, when it is absent, unsafe or larger than
 * the buffer's limit.
 */
bool state_read(const struct state *state, const char *name, struct buf *out) MUST_USE;
/* Of a file that can't be used: is it there and unsafe, which state_read has logged with what mends it? Its content may be good. */
bool state_refuses(const struct state *state, const char *name) MUST_USE;
#define STATE_REFUSED_MENDING "not used: mend what the log line state_file_ignored says"
/*
 * Replaces the file by a new one (0600) at once or not at all; false and a log line when that
 * failed.
 */
bool state_replace(const struct state *state, const char *name, struct str content) MUST_USE;

/*
 * The lock of that name: a descriptor to close, or -1 when another process has it. With `wait_ms`
 * above 0 waits that long. The lock goes with its holder, however that one ends.
 */
int state_lock(const struct state *state, const char *name, long wait_ms) MUST_USE;

#endif
