/* SPDX-License-Identifier: MIT */
/* The files: settings that not everybody may write, secrets that not everybody may read either. */
#include "settings_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_descriptor(const int *descriptor)
{
	if (*descriptor >= 0)
		(void)close(*descriptor);
}

#define auto_close __attribute__((cleanup(close_descriptor)))

/* All of a regular file up to the buffer's limit; false, with errno, when it can't be read. */
static bool read_all(int descriptor, struct buf *text)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(descriptor, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		buf_add(text, (struct str){ bytes, (size_t)n });
		if (text->failed)
			break;
	}
	explicit_bzero(bytes, sizeof(bytes));
	return true;
}

bool draft_read_file(struct draft *draft, const char *path, struct buf *text, bool *absent)
{
	struct place place = { .name = path };
	/* O_NONBLOCK: a pipe of that name must not keep us waiting. */
	auto_close const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	*absent = descriptor < 0 && (errno == ENOENT || errno == ENOTDIR);
	if (*absent)
		return false;
	if (descriptor < 0 || fstat(descriptor, &status) != 0) {
		draft_error(draft, place, "found a file that can't be opened (%s), expected settings", strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		draft_error(draft, place, "found something else than a regular file, expected settings");
		return false;
	}
	if ((status.st_mode & S_IWOTH) != 0) {
		draft_error(draft, place,
			"found settings that everybody may change, expected fewer rights: chmod "
			"o-w %s",
			path);
		return false;
	}
	if (!read_all(descriptor, text)) {
		draft_error(draft, place, "found a file that can't be read (%s), expected settings", strerror(errno));
		return false;
	}
	if (text->failed)
		draft_error(draft, place, "found more than 64 KiB, expected a settings file");
	return !text->failed;
}

/* Who else could read or change it? */
static bool is_safe(struct draft *draft, const char *path, struct place named, const struct stat *status)
{
	if (!S_ISREG(status->st_mode)) {
		draft_error(draft, named, "found something else than a regular file at %s, expected a secret", path);
		return false;
	}
	if (status->st_uid != geteuid() && status->st_uid != 0) {
		draft_error(draft, named,
			"found %s in other hands (user %u), expected it to be ours or root's: "
			"chown %u %s",
			path, status->st_uid, geteuid(), path);
		return false;
	}
	if ((status->st_mode & (S_IWGRP | S_IROTH | S_IWOTH)) != 0) {
		draft_error(draft, named,
			"found %s with mode %04o, expected a secret that others can't read and the "
			"group can't change: chmod g-w,o-rwx %s",
			path, status->st_mode & 07777U, path);
		return false;
	}
	return true;
}

static bool is_text(struct str text, bool many_lines)
{
	for (size_t i = 0; i < text.n; i++) {
		if (((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f) &&
			!(many_lines && (text.p[i] == '\n' || text.p[i] == '\r')))
			return false;
	}
	return text.n != 0;
}

static struct str read_secret(struct draft *draft, struct str path, struct place named, bool many_lines)
{
	auto_close const int descriptor = open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char bytes[SECRET_FILE_BYTES + 2];
	struct str secret = { bytes, 0 }, copy = STR_NONE;
	struct stat status;
	ssize_t n;

	if (descriptor < 0 || fstat(descriptor, &status) != 0) {
		draft_error(draft, named, "found no way to open %s (%s), expected a secret", path.p, strerror(errno));
		return STR_NONE;
	}
	if (!is_safe(draft, path.p, named, &status))
		return STR_NONE;
	n = read(descriptor, bytes, sizeof(bytes));
	secret.n = n > 0 ? (size_t)n : 0;
	if (secret.n != 0 && bytes[secret.n - 1] == '\n')
		secret.n--;
	if (secret.n > SECRET_FILE_BYTES || !is_text(secret, many_lines))
		draft_error(draft, named, "found no secret in %s, expected %s of 1 to %d bytes without control bytes", path.p,
			many_lines ? "text" : "one line", SECRET_FILE_BYTES);
	else
		copy = draft_text(draft, secret);
	explicit_bzero(bytes, sizeof(bytes));
	return copy;
}

struct str draft_read_secret(struct draft *draft, struct str path, struct place named)
{
	return read_secret(draft, path, named, false);
}

struct str draft_read_secret_text(struct draft *draft, struct str path, struct place named)
{
	return read_secret(draft, path, named, true);
}
