/* SPDX-License-Identifier: MIT */
#include "store_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"

#define TEMPORARY_SUFFIX ".new" /* state.c removes what a crash leaves of it */
#define BUSY_MS 2000            /* how long a writer waits for the others */
#define NAP_NS 1000000
#define OTHERS 077
#define FORMAT 1
#define APPLICATION 0x67746873 /* "gths" */

/* The numbers of entries are kept by triggers, since counting them with every put would take the longer the more there are. */
static const char schema[] =
	"PRAGMA journal_mode = MEMORY;"
	"BEGIN;"
	"CREATE TABLE entry (number INTEGER PRIMARY KEY, space TEXT NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL,"
	" until INTEGER NOT NULL, owner BLOB, family BLOB, value BLOB NOT NULL, UNIQUE (space, key));"
	"CREATE INDEX entry_until ON entry (space, until);"
	"CREATE INDEX entry_owner ON entry (owner, space, key) WHERE owner IS NOT NULL;"
	"CREATE INDEX entry_family ON entry (family) WHERE family IS NOT NULL;"
	"CREATE TABLE space (name TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN"
	" INSERT INTO space VALUES (new.space, 1) ON CONFLICT (name) DO UPDATE SET entries = entries + 1; END;"
	"CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN"
	" UPDATE space SET entries = entries - 1 WHERE name = old.space; END;"
	"PRAGMA application_id = " TEXT_OF(APPLICATION) ";"
							"PRAGMA user_version = " TEXT_OF(FORMAT) ";"
												 "COMMIT;"
												 "PRAGMA journal_mode = WAL;";

/* FULL: the log is on the disk before a step is answered. A small cache: a process keeps little, the system caches the file. */
static const char setup[] = "PRAGMA synchronous = FULL;"
			    "PRAGMA cache_size = -64;"
			    "PRAGMA wal_autocheckpoint = 256;"
			    "PRAGMA journal_size_limit = 4194304;"
			    "PRAGMA temp_store = MEMORY;"
			    "PRAGMA cell_size_check = ON;"
			    "PRAGMA trusted_schema = OFF;";

static void close_database(sqlite3 **database)
{
	(void)sqlite3_close(*database);
}

/* A file with the schema and nothing else; a message in `error`. */
static bool write_schema(const char *path, struct buf *error)
{
	__attribute__((cleanup(close_database))) sqlite3 *database = NULL;

	if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
		sqlite3_exec(database, schema, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	buf_print(error, "store %s can't be made: %s", path, sqlite3_errmsg(database));
	return false;
}

/* The name is on the disk only when its directory is. */
static bool sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	auto_free char *name = slash != NULL ? str_copy((struct str){ path, (size_t)(slash - path) + 1 }) : str_copy(STR("."));
	auto_close int directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return directory >= 0 && fsync(directory) == 0;
}

/*
 * Made whole under another name, then given its own, so that whoever opens it finds all of it or none. Others may do the same at
 * once: the first one's stays.
 */
static bool make(const char *path, struct buf *error)
{
	auto_buf name = BUF(4096);
	unsigned long long random;
	int descriptor;
	bool good;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = (unsigned long long)getpid();
	buf_print(&name, "%s.%016llx" TEMPORARY_SUFFIX, path, random);
	descriptor = name.failed ? -1 : open(name.p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (descriptor < 0) {
		buf_print(error, "store %s can't be made: %s", path, strerror(errno));
		return false;
	}
	file_close(&descriptor);
	good = write_schema(name.p, error);
	if (good && ((link(name.p, path) != 0 && errno != EEXIST) || !sync_directory(path))) {
		buf_print(error, "store %s can't be made: %s", path, strerror(errno));
		good = false;
	}
	(void)unlink(name.p);
	return good;
}

/* Nobody else's file, and nobody else may read it. Looked at without opening it, since closing it would end locks of ours. */
static bool is_ours(const char *path, struct buf *error)
{
	struct stat file;

	if (lstat(path, &file) != 0)
		buf_print(error, "store %s can't be opened: %s", path, strerror(errno));
	else if (!S_ISREG(file.st_mode))
		buf_print(error, "store %s is not a regular file", path);
	else if (file.st_uid != geteuid())
		buf_print(error, "store %s belongs to user %u, this program runs as user %u: chown %u %s", path, file.st_uid,
			geteuid(), geteuid(), path);
	else if ((file.st_mode & OTHERS) != 0)
		buf_print(error, "store %s is open to others (mode %04o): chmod 600 %s", path, file.st_mode & 07777u, path);
	else
		return true;
	return false;
}

static int keep_number(void *number, int n, char **value, char **name)
{
	(void)name;
	if (n == 1 && value[0] != NULL && !str_number(str_from(value[0]), INT32_MAX, number))
		*(uint64_t *)number = 0;
	return 0;
}

/*
 * Others are at it for the time of a write to the disk. SQLite's own way to wait looks ever more seldom, so that a few busy writers
 * could keep one out until its time is over.
 */
static int wait_turn(void *since, int looks)
{
	const struct timespec nap = { 0, NAP_NS };

	if (looks == 0)
		*(int64_t *)since = clock_ms();
	(void)nanosleep(&nap, NULL);
	return clock_ms() - *(int64_t *)since < BUSY_MS;
}

static void refuse(sqlite3 *database, const char *path, struct buf *error)
{
	int code = sqlite3_errcode(database);

	buf_print(error, "store %s can't be used: %s%s", path, sqlite3_errmsg(database),
		code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? "; it is damaged: put a copy back or remove it" : "");
}

static bool ask(sqlite3 *database, const char *pragma, uint64_t *number)
{
	return sqlite3_exec(database, pragma, keep_number, number, NULL) == SQLITE_OK;
}

/* Is the opened file a sound store of ours, and everything as `setup` has it? The last question reads from it and finds the log. */
static bool set_up(sqlite3 *database, const char *path, struct buf *error)
{
	static int64_t waiting_since;
	uint64_t application = 0, format = 0;
	bool known;

	(void)sqlite3_busy_handler(database, wait_turn, &waiting_since);
	known = ask(database, "PRAGMA application_id", &application) && ask(database, "PRAGMA user_version", &format);
	if (known && application != APPLICATION)
		buf_print(error, "store %s is a file of something else: name another", path);
	else if (known && format != FORMAT)
		buf_print(error, "store %s has format %u, this program knows format %d: use the program that made it", path,
			(unsigned)format, FORMAT);
	else if (!known || sqlite3_exec(database, setup, NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_exec(database, "SELECT 1 FROM entry LIMIT 1", NULL, NULL, NULL) != SQLITE_OK)
		refuse(database, path, error);
	else
		return true;
	return false;
}

struct sqlite3 *store_sqlite_file_open(const char *path, struct buf *error)
{
	sqlite3 *database = NULL;

	if (access(path, F_OK) != 0 && errno == ENOENT && !make(path, error))
		return NULL;
	if (!is_ours(path, error))
		return NULL;
	if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
		set_up(database, path, error))
		return database;
	if (error->n == 0)
		buf_print(error, "store %s can't be opened: %s", path, sqlite3_errmsg(database));
	close_database(&database);
	return NULL;
}
