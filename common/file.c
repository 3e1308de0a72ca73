/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owner.h"

void file_close(int *descriptor)
{
	if (*descriptor >= 0)
		(void)close(*descriptor);
	*descriptor = -1;
}

struct file_version file_version_from(const struct stat *file)
{
	return (struct file_version){ file->st_dev, file->st_ino,
		(int64_t)file->st_ctim.tv_sec * 1000000000 + file->st_ctim.tv_nsec, file->st_size };
}

struct file_version file_version_of(const char *path)
{
	struct stat file;

	return path != NULL && stat(path, &file) == 0 ? file_version_from(&file) : (struct file_version){ 0 };
}

bool file_version_eq(const struct file_version *a, const struct file_version *b)
{
	return a->device == b->device && a->inode == b->inode && a->changed_ns == b->changed_ns && a->size == b->size;
}

static bool is_safe(const char *path, enum file_rights rights, const struct stat *file, struct buf *why)
{
	if (!S_ISREG(file->st_mode))
		buf_add_text(why, "it is not a regular file");
	else if (rights == FILE_PUBLIC && (file->st_mode & S_IWOTH) != 0)
		buf_print(why, "everybody may write it; chmod o-w %s", path);
	else if (rights == FILE_SECRET && file->st_uid != geteuid() && file->st_uid != 0)
		owner_tell(path, file->st_uid, why);
	else if (rights == FILE_SECRET && (file->st_mode & (S_IWGRP | S_IROTH | S_IWOTH)) != 0)
		buf_print(why, "others may read it or its group may write it (mode %04o); chmod g-w,o-rwx %s",
			file->st_mode & 07777U, path);
	else
		return true;
	return false;
}

bool file_read(const char *path, enum file_rights rights, struct buf *out, struct file_version *version, struct buf *why)
{
	/* O_NONBLOCK: a pipe of that name must not keep us waiting. */
	auto_close int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat file = { 0 };
	char bytes[8192];
	ssize_t n = 1;

	if (descriptor < 0 || fstat(descriptor, &file) != 0) {
		int error = errno;

		buf_add_text(why, strerror(error));
		if (error == EACCES && rights == FILE_SECRET)
			owner_tell_closed(path, why);
		else if (error == EACCES)
			buf_print(why, " for user %s", user_name(geteuid()).text);
		errno = error;
		return false;
	}
	errno = 0;
	if (!is_safe(path, rights, &file, why))
		return false;
	*version = file_version_from(&file);
	while (n != 0 && !out->failed) {
		n = read(descriptor, bytes, sizeof(bytes));
		if (n < 0 && errno != EINTR) {
			buf_add_text(why, strerror(errno));
			break;
		}
		if (n > 0)
			buf_add(out, (struct str){ bytes, (size_t)n });
	}
	explicit_bzero(bytes, sizeof(bytes));
	if (out->failed)
		buf_print(why, "it is larger than %zu bytes", out->limit);
	return n == 0 && !out->failed;
}

bool file_write(int descriptor, struct str content)
{
	while (content.n != 0) {
		ssize_t n = write(descriptor, content.p, content.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		content = str_skip(content, (size_t)n);
	}
	return true;
}
