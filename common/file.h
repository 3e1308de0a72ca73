/* SPDX-License-Identifier: MIT */
/* Descriptors that close themselves; whole files that others write: read safely, and whether they changed. */
#ifndef GATEHOUSE_FILE_H
#define GATEHOUSE_FILE_H

#include "str.h"

#include <sys/types.h>

/* Closes *descriptor unless it is -1, and sets it to -1. */
void file_close(int *descriptor);
/* Closes a descriptor when the variable goes out of scope. A lock is there for that alone, hence `unused`. */
#define auto_close __attribute__((cleanup(file_close), unused))

/* Changes whenever the file is replaced or written, or may be read by others than before. All zero: no file. */
struct file_version {
	dev_t device;
	ino_t inode;
	int64_t changed_ns; /* content, mode or owner; unlike the time of modification nobody can set it */
	int64_t size;
};
struct stat;
struct file_version file_version_from(const struct stat *file);
/* No path (NULL) is no file. */
struct file_version file_version_of(const char *path);
bool file_version_eq(const struct file_version *a, const struct file_version *b) MUST_USE;

/* Who may read and write it besides its owner, who is we or root for a secret. */
enum file_rights {
	FILE_PUBLIC, /* not everybody may write it */
	FILE_SECRET  /* nor may everybody read it, or its group write it */
};

/*
 * Appends the file up to out->limit bytes. False: `why` says what is wrong with it and what mends that; errno is ENOENT or ENOTDIR
 * only if there is no file of that name.
 */
bool file_read(const char *path, enum file_rights rights, struct buf *out, struct file_version *version, struct buf *why) MUST_USE;

/* Writes all of it; false, with errno, when that failed. */
bool file_write(int descriptor, struct str content) MUST_USE;

#endif
