/* SPDX-License-Identifier: MIT */
#include "store_parts.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "log.h"

#define COLUMNS "key, version, until, owner, family, value"
#define THIS "space = :space AND key = :key AND until > :now"

enum statement {
	BEGIN,
	COMMIT,
	SWEEP,
	SWEEP_SPACE,
	COUNT,
	PUT,
	GET,
	TAKE,
	REPLACE,
	EXPIRE,
	REMOVE,
	LIST,
	LIST_OWNER,
	REMOVE_OWNER,
	REMOVE_FAMILY,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[SWEEP] = "DELETE FROM entry WHERE number IN (SELECT number FROM space CROSS JOIN entry ON entry.space = name"
		  " WHERE until <= :now LIMIT 16)",
	[SWEEP_SPACE] =
		"DELETE FROM entry WHERE number IN (SELECT number FROM entry WHERE space = :space AND until <= :now LIMIT 16)",
	[COUNT] = "SELECT 1 FROM space WHERE name = :space AND entries >= :most",
	[PUT] = "INSERT INTO entry (space, key, version, until, owner, family, value)"
		" VALUES (:space, :key, :fresh, :until, :owner, :family, :value)"
		" ON CONFLICT (space, key) DO UPDATE SET version = excluded.version, until = excluded.until, owner = "
		"excluded.owner,"
		" family = excluded.family, value = excluded.value WHERE entry.until <= :now",
	[GET] = "SELECT " COLUMNS " FROM entry WHERE " THIS,
	[TAKE] = "DELETE FROM entry WHERE " THIS " RETURNING " COLUMNS,
	[REPLACE] = "UPDATE entry SET version = :fresh, until = :until, value = :value WHERE " THIS " AND version = :version",
	[EXPIRE] = "UPDATE entry SET until = :until WHERE " THIS,
	[REMOVE] = "DELETE FROM entry WHERE " THIS,
	[LIST] = "SELECT " COLUMNS
		 " FROM entry WHERE space = :space AND key > :key AND until > :now ORDER BY key LIMIT " TEXT_OF(STORE_PAGE),
	[LIST_OWNER] = "SELECT " COLUMNS " FROM entry WHERE owner = :owner AND space = :space AND key > :key AND until > :now"
		       " ORDER BY key LIMIT " TEXT_OF(STORE_PAGE),
	[REMOVE_OWNER] = "DELETE FROM entry WHERE owner = :owner",
	[REMOVE_FAMILY] = "DELETE FROM entry WHERE family = :family",
};

struct sqlite_store {
	struct store store;
	sqlite3 *database;                   /* NULL: another file has taken its place, which could not be opened yet */
	sqlite3_stmt *statement[STATEMENTS]; /* prepared with their first use */
	char *path;
	struct file_version file; /* that is open; of it device and inode count */
};

static struct sqlite_store *sqlite_of(struct store *store)
{
	return (struct sqlite_store *)store;
}

/* ---- the file ---- */

static void close_file(struct sqlite_store *sqlite)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		(void)sqlite3_finalize(sqlite->statement[i]);
		sqlite->statement[i] = NULL;
	}
	(void)sqlite3_close(sqlite->database);
	sqlite->database = NULL;
}

static bool open_file(struct sqlite_store *sqlite, struct buf *error)
{
	struct file_version before = file_version_of(sqlite->path);

	sqlite->database = store_sqlite_file_open(sqlite->path, error);
	/* It may have been made only now; and what takes its place meanwhile is noticed by the next statement. */
	sqlite->file = before.inode != 0 ? before : file_version_of(sqlite->path);
	return sqlite->database != NULL;
}

/* Somebody may have put a copy back, or removed it: what is said to the old file nobody else would ever hear. */
static bool is_in_place(struct sqlite_store *sqlite)
{
	struct file_version now = file_version_of(sqlite->path);
	auto_buf error = BUF(1024);

	if (sqlite->database != NULL && now.inode == sqlite->file.inode && now.device == sqlite->file.device)
		return true;
	close_file(sqlite);
	if (open_file(sqlite, &error)) {
		log_event(LOG_WARNING, "store_replaced", "%s is another file than before; this one counts now", sqlite->path);
		return true;
	}
	(void)store_failed(&sqlite->store, "%.*s", STR_ARGS(buf_str(&error)));
	return false;
}

/* ---- statements ---- */

static void log_failure(struct sqlite_store *sqlite)
{
	int code = sqlite3_errcode(sqlite->database);

	(void)store_failed(&sqlite->store, "%s: %s%s", sqlite->path, sqlite3_errmsg(sqlite->database),
		code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? "; it is damaged: put a copy back or remove it" : "");
}

static int bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t n)
{
	return sqlite3_bind_blob(statement, index, n != 0 ? bytes : "", (int)n, SQLITE_STATIC);
}

/* No text is NULL, which is in no index. */
static int bind_label(sqlite3_stmt *statement, int index, struct str label)
{
	return label.n != 0 ? bind_bytes(statement, index, label.p, label.n) : sqlite3_bind_null(statement, index);
}

static int bind_one(sqlite3_stmt *statement, int index, struct str name, const struct store_request *request)
{
	const struct store_entry *entry = &request->entry;

	if (str_is(name, ":space"))
		return sqlite3_bind_text(statement, index, request->space->name, -1, SQLITE_STATIC);
	if (str_is(name, ":most"))
		return sqlite3_bind_int64(statement, index, request->space->most);
	if (str_is(name, ":key"))
		return bind_bytes(statement, index, entry->key, request->has_key ? STORE_KEY_BYTES : 0);
	if (str_is(name, ":now"))
		return sqlite3_bind_int64(statement, index, request->now);
	if (str_is(name, ":until"))
		return sqlite3_bind_int64(statement, index, entry->until);
	if (str_is(name, ":version"))
		return sqlite3_bind_int64(statement, index, (sqlite3_int64)entry->version);
	if (str_is(name, ":fresh"))
		return sqlite3_bind_int64(statement, index, (sqlite3_int64)request->fresh);
	if (str_is(name, ":owner"))
		return bind_label(statement, index, entry->owner);
	if (str_is(name, ":family"))
		return bind_label(statement, index, entry->family);
	return bind_bytes(statement, index, entry->value.p, entry->value.n);
}

/* The statement with what it names of the request; NULL when it can't be had. borrowed */
static sqlite3_stmt *prepare(struct sqlite_store *sqlite, enum statement which, const struct store_request *request)
{
	sqlite3_stmt **statement = &sqlite->statement[which];
	int code = SQLITE_OK;

	if (*statement == NULL)
		code = sqlite3_prepare_v3(sqlite->database, sql[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
	for (int i = 1; code == SQLITE_OK && i <= sqlite3_bind_parameter_count(*statement); i++)
		code = bind_one(*statement, i, str_from(sqlite3_bind_parameter_name(*statement, i)), request);
	if (code == SQLITE_OK)
		return *statement;
	log_failure(sqlite);
	return NULL;
}

static struct str column_text(sqlite3_stmt *statement, int column)
{
	const char *bytes = sqlite3_column_blob(statement, column);

	return (struct str){ bytes, bytes != NULL ? (size_t)sqlite3_column_bytes(statement, column) : 0 };
}

/* The columns are COLUMNS. */
static void read_row(struct sqlite_store *sqlite, sqlite3_stmt *statement, size_t slot, struct store_entry *entry)
{
	struct str key = column_text(statement, 0);

	*entry = (struct store_entry){ .version = (uint64_t)sqlite3_column_int64(statement, 1),
		.until = sqlite3_column_int64(statement, 2),
		.owner = column_text(statement, 3),
		.family = column_text(statement, 4),
		.value = column_text(statement, 5) };
	if (key.n == STORE_KEY_BYTES)
		memcpy(entry->key, key.p, STORE_KEY_BYTES);
	store_keep(&sqlite->store, slot, entry);
}

/*
 * Runs the statement to its end, since only then what it did is committed. The number of its rows, of which the first `most` are
 * read; -1 when it failed.
 */
static int run(struct sqlite_store *sqlite, enum statement which, const struct store_request *request, struct store_entry *entry,
	size_t most)
{
	sqlite3_stmt *statement;
	size_t n = 0;
	int code;

	/* Not within a transaction. */
	if ((sqlite->database == NULL || sqlite3_get_autocommit(sqlite->database) != 0) && !is_in_place(sqlite))
		return -1;
	statement = prepare(sqlite, which, request);
	if (statement == NULL)
		return -1;
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		if (n < most)
			read_row(sqlite, statement, n, &entry[n]);
		n++;
	}
	if (code != SQLITE_DONE)
		log_failure(sqlite);
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return code == SQLITE_DONE ? (int)n : -1;
}

/* Like run, for what changes rows: how many. */
static int change(struct sqlite_store *sqlite, enum statement which, const struct store_request *request)
{
	return run(sqlite, which, request, NULL, 0) < 0 ? -1 : sqlite3_changes(sqlite->database);
}

/* ---- verbs ---- */

static enum store_result result_of(int n, enum store_result none)
{
	if (n < 0)
		return STORE_UNAVAILABLE;
	return n != 0 ? STORE_DONE : none;
}

/* Is there room for one more? The oldest of the namespace's ended entries give theirs. -1: failed */
static int has_room(struct sqlite_store *sqlite, const struct store_request *request)
{
	int full = run(sqlite, COUNT, request, NULL, 0);

	if (full > 0 && change(sqlite, SWEEP_SPACE, request) < 0)
		return -1;
	if (full > 0)
		full = run(sqlite, COUNT, request, NULL, 0);
	return full < 0 ? -1 : full == 0;
}

/* Within a transaction. */
static enum store_result put_one(struct sqlite_store *sqlite, const struct store_request *request)
{
	int room = change(sqlite, SWEEP, request) < 0 ? -1 : has_room(sqlite, request);

	if (room < 0)
		return STORE_UNAVAILABLE;
	if (room == 0)
		return STORE_FULL;
	return result_of(change(sqlite, PUT, request), STORE_CONFLICT);
}

static enum store_result put(struct store *store, const struct store_request *request)
{
	struct sqlite_store *sqlite = sqlite_of(store);
	enum store_result result = STORE_UNAVAILABLE;

	if (run(sqlite, BEGIN, request, NULL, 0) < 0)
		return STORE_UNAVAILABLE;
	result = put_one(sqlite, request);
	if (result != STORE_UNAVAILABLE && run(sqlite, COMMIT, request, NULL, 0) < 0)
		result = STORE_UNAVAILABLE;
	/* Some errors have rolled it back already. */
	if (sqlite3_get_autocommit(sqlite->database) == 0)
		(void)sqlite3_exec(sqlite->database, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

static enum store_result get(struct store *store, const struct store_request *request, struct store_entry *entry)
{
	return result_of(run(sqlite_of(store), GET, request, entry, 1), STORE_ABSENT);
}

static enum store_result take(struct store *store, const struct store_request *request, struct store_entry *entry)
{
	return result_of(run(sqlite_of(store), TAKE, request, entry, 1), STORE_ABSENT);
}

static enum store_result replace(struct store *store, const struct store_request *request)
{
	struct sqlite_store *sqlite = sqlite_of(store);
	enum store_result result = result_of(change(sqlite, REPLACE, request), STORE_CONFLICT);

	if (result != STORE_CONFLICT)
		return result;
	/* It did not match: is there none, or another version? */
	result = result_of(run(sqlite, GET, request, NULL, 0), STORE_ABSENT);
	return result == STORE_DONE ? STORE_CONFLICT : result;
}

static enum store_result expire(struct store *store, const struct store_request *request)
{
	return result_of(change(sqlite_of(store), request->entry.until > request->now ? EXPIRE : REMOVE, request), STORE_ABSENT);
}

static enum store_result list(struct store *store, const struct store_request *request, struct store_page *page)
{
	int n = run(sqlite_of(store), request->entry.owner.n != 0 ? LIST_OWNER : LIST, request, page->entry, STORE_PAGE);

	page->n = n > 0 ? (size_t)n : 0;
	return n < 0 ? STORE_UNAVAILABLE : STORE_DONE;
}

static enum store_result remove_all(struct store *store, const struct store_request *request)
{
	return result_of(
		change(sqlite_of(store), request->entry.owner.n != 0 ? REMOVE_OWNER : REMOVE_FAMILY, request), STORE_ABSENT);
}

static void close_store(struct store *store)
{
	struct sqlite_store *sqlite = sqlite_of(store);

	close_file(sqlite);
	free(sqlite->path);
	free(sqlite);
}

static const struct store_engine engine = { put, get, take, replace, expire, list, remove_all, close_store };

struct store *store_sqlite_open(const char *path, struct buf *error)
{
	struct sqlite_store *sqlite = memory_new(sizeof(*sqlite));

	*sqlite = (struct sqlite_store){ .store = { .engine = &engine }, .path = str_copy(str_from(path)) };
	if (open_file(sqlite, error))
		return &sqlite->store;
	close_store(&sqlite->store);
	return NULL;
}
