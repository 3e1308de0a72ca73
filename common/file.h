/* SPDX-License-Identifier: MIT */
/* Whole files that others write: read safely, and whether they changed. */
#ifndef GATEHOUSE_FILE_H
#define GATEHOUSE_FILE_H

#include "str.h"

#include <sys/types.h>

/* Changes whenever the file is replaced or written. All zero: no file. */
struct file_version {
	dev_t device;
	ino_t inode;
	int64_t modified_ns;
	int64_t size;
};
struct file_version file_version_of(const char *path);
bool file_version_eq(const struct file_version *a, const struct file_version *b) MUST_USE;

/* Who may read and write it besides its owner, who is we or root for a secret. */
enum file_rights {
	FILE_PUBLIC, /* not everybody may write it */
	FILE_SECRET  /* nor may everybody read it, or its group write it */
};

/* Appends the file up to out->limit bytes. False: `why` says what is wrong with it and what mends that. */
bool file_read(const char *path, enum file_rights rights, struct buf *out, struct file_version *version, struct buf *why) MUST_USE;

#endif
