/* SPDX-License-Identifier: MIT */
#include "table_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "log.h"

#define NAME_BYTES 256
#define OTHERS 077

static const char magic[8] = { 'g', 'h', ' ', 't', 'a', 'b', 'l', 'e' };

static void tell(const char *name, const char *why)
{
	log_event(LOG_ERROR, "table_not_shared", "%s: %s; limits count in each process alone", name, why);
}

enum look { LOOK_GOOD, LOOK_MAKE, LOOK_REFUSED };

/*
 * What stands under the name: ours and whole, nothing or another format, or something that is not
 * to be touched.
 */
static enum look look(int directory, const char *name, int *descriptor)
{
	struct table_header header;
	struct stat file;

	*descriptor = openat(directory, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*descriptor < 0 && errno == ENOENT)
		return LOOK_MAKE;
	if (*descriptor < 0 || fstat(*descriptor, &file) != 0) {
		tell(name, errno == ELOOP ? "it is a symbolic link; remove it" : strerror(errno));
		return LOOK_REFUSED;
	}
	if (!S_ISREG(file.st_mode) || file.st_uid != geteuid() || (file.st_mode & OTHERS) != 0) {
		tell(name, "it is not a file of this user alone (mode 0600); remove it");
		return LOOK_REFUSED;
	}
	if (file.st_size != (off_t)sizeof(struct table_map) ||
		pread(*descriptor, &header, sizeof(header), 0) != (ssize_t)sizeof(header) || header.format != TABLE_FORMAT ||
		header.slots != TABLE_SLOTS ||
		!str_eq((struct str){ header.magic, sizeof(magic) }, (struct str){ magic, sizeof(magic) }))
		return LOOK_MAKE;
	return LOOK_GOOD;
}

static bool fill_header(struct table_header *header)
{
	*header = (struct table_header){ .format = TABLE_FORMAT, .slots = TABLE_SLOTS };
	memcpy(header->magic, magic, sizeof(magic));
	return getrandom(header->secret, sizeof(header->secret), 0) == (ssize_t)sizeof(header->secret);
}

/*
 * Complete before it gets its name. Every block is there from the start: a full disk must not end a
 * process with SIGBUS.
 */
static bool build(int directory, const char *temporary, const char *name, int *descriptor)
{
	struct table_header header;

	if (!fill_header(&header))
		return false;
	*descriptor = openat(directory, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*descriptor < 0)
		return false;
	errno = posix_fallocate(*descriptor, 0, (off_t)sizeof(struct table_map));
	return errno == 0 && pwrite(*descriptor, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
		renameat(directory, temporary, directory, name) == 0;
}

/*
 * Makes the file under a lock, so that of several processes that start together one makes it and
 * the others take that one.
 */
static bool make(int directory, const char *name, int *descriptor)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char file[NAME_BYTES];
	unsigned long long random = 0;
	enum look found;

	(void)snprintf(file, sizeof(file), "%s.lock", name);
	auto_close int held = openat(directory, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (held < 0 || fcntl(held, F_OFD_SETLKW, &lock) != 0) {
		tell(name, strerror(errno));
		return false;
	}
	found = look(directory, name, descriptor);
	if (found != LOOK_MAKE)
		return found == LOOK_GOOD;
	file_close(descriptor);
	/* The name of a temporary file as in state.c, which removes what a crash leaves. */
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		tell(name, strerror(errno));
		return false;
	}
	(void)snprintf(file, sizeof(file), "%s.%016llx.new", name, random);
	if (build(directory, file, name, descriptor))
		return true;
	tell(name, strerror(errno));
	(void)unlinkat(directory, file, 0);
	return false;
}

struct table_map *table_map_open(int directory, const char *name)
{
	auto_close int descriptor = -1;
	enum look found = look(directory, name, &descriptor);
	void *map;

	if (found == LOOK_REFUSED)
		return NULL;
	if (found == LOOK_MAKE) {
		file_close(&descriptor);
		if (!make(directory, name, &descriptor))
			return NULL;
	}
	map = mmap(NULL, sizeof(struct table_map), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	if (map != MAP_FAILED)
		return map;
	tell(name, strerror(errno));
	return NULL;
}

struct table_map *table_map_private(void)
{
	struct table_map *map = mmap(NULL, sizeof(*map), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return map != MAP_FAILED && fill_header(&map->header) ? map : NULL;
}

void table_map_close(struct table_map *map)
{
	(void)munmap(map, sizeof(*map));
}
