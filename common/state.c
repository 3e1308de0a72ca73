/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "owner.h"

#define NAME_BYTES 256
#define WHY_BYTES 256
#define TEMPORARY_SUFFIX ".new"
#define TEMPORARY_SECONDS 600 /* older than this, a temporary file is what a crash left behind */
#define NAP_NS 5000000        /* between two looks at a lock */
#define OTHERS 077            /* permission bits of everybody but the owner */

static void close_listing(DIR **listing)
{
	if (*listing != NULL)
		(void)closedir(*listing);
}

/* Removes what crashed writers left, so that the directory does not grow with every crash. */
static void sweep(const struct state *state)
{
	int descriptor = openat(state->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(close_listing))) DIR *listing = descriptor >= 0 ? fdopendir(descriptor) : NULL;
	const struct dirent *entry;
	struct stat file;

	if (listing == NULL) {
		file_close(&descriptor);
		return;
	}
	while ((entry = readdir(listing)) != NULL) {
		if (str_ends(str_from(entry->d_name), STR(TEMPORARY_SUFFIX)) &&
			fstatat(state->directory, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
			time(NULL) - file.st_mtim.tv_sec > TEMPORARY_SECONDS)
			(void)unlinkat(state->directory, entry->d_name, 0);
	}
}

static bool open_state(struct state *state, const char *path, bool make, struct buf *error)
{
	struct str trimmed = str_from(path);
	struct stat directory = { 0 };
	int trouble = 0;

	/* With "/" at its end a symbolic link would be followed in spite of O_NOFOLLOW. */
	while (trimmed.n > 1 && str_ends(trimmed, STR("/")))
		trimmed.n--;
	auto_free char *name = str_copy(trimmed);

	*state = (struct state){ -1, path };
	if (make && mkdir(name, 0700) != 0 && errno != EEXIST) {
		buf_print(error, "state directory %s can't be made: %s", path, strerror(errno));
		return false;
	}
	state->directory = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (state->directory < 0 || fstat(state->directory, &directory) != 0)
		trouble = errno;
	/* Whose it is says more. */
	if (trouble == EACCES && lstat(name, &directory) == 0 && directory.st_uid != geteuid())
		trouble = 0;
	if (trouble == ELOOP || trouble == ENOTDIR) {
		buf_print(error, "state directory %s is a symbolic link or no directory: name the directory itself", path);
	} else if (trouble == ENOENT && !make) {
		buf_print(error, "the state directory isn't there; start the service once, or make it (mode 700) for its user: %s",
			path);
	} else if (trouble != 0) {
		buf_print(error, "state directory %s can't be opened: %s", path, strerror(trouble));
		if (trouble == EACCES)
			owner_tell_closed(name, error);
	} else if (directory.st_uid != geteuid()) {
		buf_print(error, "state directory %s can't be used: ", path);
		owner_tell(path, directory.st_uid, error);
		buf_add_text(error, ", and the files in it");
	} else if ((directory.st_mode & OTHERS) != 0) {
		buf_print(error, "state directory %s is open to others (mode %04o): chmod 700 %s", path, directory.st_mode & 07777u,
			path);
	} else {
		sweep(state);
		return true;
	}
	state_close(state);
	return false;
}

bool state_open(struct state *state, const char *path, struct buf *error)
{
	return open_state(state, path, true, error);
}

bool state_open_existing(struct state *state, const char *path, struct buf *error)
{
	return open_state(state, path, false, error);
}

void state_close(struct state *state)
{
	file_close(&state->directory);
}

struct file_version state_version(const struct state *state, const char *name)
{
	struct stat file;

	if (fstatat(state->directory, name, &file, AT_SYMLINK_NOFOLLOW) != 0)
		return (struct file_version){ 0 };
	return file_version_from(&file);
}

static bool ignored(const struct state *state, const char *name, const char *why)
{
	log_event(LOG_ERROR, "state_file_ignored", "%s/%s is not used: %s", state->path, name, why);
	return false;
}

/* Is the opened file a regular one of our own, closed to others? Else `why` says what it is, and what mends that. */
static bool is_ours(int descriptor, struct buf *why)
{
	struct stat file;

	if (fstat(descriptor, &file) != 0)
		buf_add_text(why, strerror(errno));
	else if (!S_ISREG(file.st_mode))
		buf_add_text(why, "it is not a regular file; move it away");
	else if (file.st_uid != geteuid())
		buf_print(
			why, "it belongs to user %s; chown it to user %s", user_name(file.st_uid).text, user_name(geteuid()).text);
	else if ((file.st_mode & OTHERS) != 0)
		buf_print(why, "it is open to others (mode %04o); chmod 600 it", file.st_mode & 07777u);
	else
		return true;
	return false;
}

/* A descriptor; -1: there is none, or `why` says what keeps it from being used. */
static int open_ours(const struct state *state, const char *name, struct buf *why)
{
	/* O_NONBLOCK: opening a pipe that somebody put there must not wait for its writer. */
	int descriptor = openat(state->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (descriptor < 0 && errno != ENOENT)
		buf_add_text(why, errno == ELOOP ? "it is a symbolic link; put the file itself there" : strerror(errno));
	if (descriptor >= 0 && !is_ours(descriptor, why))
		file_close(&descriptor);
	return descriptor;
}

bool state_refuses(const struct state *state, const char *name)
{
	auto_buf why = BUF(WHY_BYTES);
	auto_close int descriptor = open_ours(state, name, &why);

	return why.n != 0;
}

bool state_read(const struct state *state, const char *name, struct buf *out)
{
	auto_buf why = BUF(WHY_BYTES);
	auto_close int descriptor = open_ours(state, name, &why);
	size_t before = out->n;
	char bytes[8192];
	ssize_t n;

	if (why.n != 0)
		return ignored(state, name, why.p);
	if (descriptor < 0)
		return false;
	while ((n = read(descriptor, bytes, sizeof(bytes))) > 0 && !out->failed)
		buf_add(out, (struct str){ bytes, (size_t)n });
	if (n == 0 && !out->failed)
		return true;
	(void)ignored(state, name, n < 0 ? strerror(errno) : "it is too large");
	out->n = before;
	return false;
}

/*
 * The whole content is on the disk before the name points to it, so that a crash leaves the old
 * file or the new one.
 */
static bool write_and_rename(const struct state *state, const char *temporary, const char *name, struct str content)
{
	auto_close int descriptor = openat(state->directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return descriptor >= 0 && file_write(descriptor, content) && fsync(descriptor) == 0 &&
		renameat(state->directory, temporary, state->directory, name) == 0;
}

bool state_replace(const struct state *state, const char *name, struct str content)
{
	char temporary[NAME_BYTES];
	unsigned long long random;
	int error;

	/* By chance, not by process number: processes of two containers may share the directory. */
	if (getrandom(&random, sizeof(random), 0) == (ssize_t)sizeof(random)) {
		(void)snprintf(temporary, sizeof(temporary), "%s.%016llx" TEMPORARY_SUFFIX, name, random);
		if (write_and_rename(state, temporary, name, content))
			return true;
		error = errno;
		(void)unlinkat(state->directory, temporary, 0);
	} else {
		error = errno;
	}
	log_event(LOG_ERROR, "state_file_not_written", "%s/%s can't be written: %s", state->path, name, strerror(error));
	return false;
}

/*
 * Linux has no lock with a deadline. A blocking one can only be ended by a signal, which belongs to
 * the whole process and is lost when it comes just before the call; inotify tells of a close before
 * the lock is gone. So: try, nap, try again.
 */
int state_lock(const struct state *state, const char *name, long wait_ms)
{
	const struct timespec nap = { 0, NAP_NS };
	int64_t deadline = clock_ms() + wait_ms;
	char file[NAME_BYTES];
	int descriptor;

	(void)snprintf(file, sizeof(file), "%s.lock", name);
	descriptor = openat(state->directory, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	/*
	 * A lock of the open file: it goes with the descriptor, and other descriptors of this
	 * process don't end it.
	 */
	for (;;) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

		if (descriptor >= 0 && fcntl(descriptor, F_OFD_SETLK, &lock) == 0)
			return descriptor;
		if (descriptor < 0 || (errno != EAGAIN && errno != EACCES && errno != EINTR)) {
			log_event(LOG_ERROR, "state_lock_failed", "%s/%s can't be locked: %s", state->path, file, strerror(errno));
			break;
		}
		if (clock_ms() >= deadline)
			break;
		(void)nanosleep(&nap, NULL);
	}
	file_close(&descriptor);
	return -1;
}
