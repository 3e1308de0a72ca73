/* SPDX-License-Identifier: MIT */
#include "key_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "clock.h"
#include "crypto.h"
#include "file.h"
#include "lines.h"

#define LOCK_MS 20000
#define NAP_NS 10000000
#define FAULTS_BYTES 65536

static const struct issuer our_keys = { .identifier = { API_KEYS, sizeof(API_KEYS) - 1 } };

static int complain(const char *path, const char *what, int status)
{
	fprintf(stderr, "gatehouse key: %s: %s\n", path, what);
	return status;
}

/* Others hold it for an instant only. Closing the folder gives it back. */
static bool lock(int directory)
{
	const struct timespec nap = { 0, NAP_NS };
	int64_t deadline = clock_ms() + LOCK_MS;

	while (flock(directory, LOCK_EX | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || clock_ms() >= deadline)
			return false;
		(void)nanosleep(&nap, NULL);
	}
	return true;
}

/* Root may look after the file of the programs' user; everybody else after their own. What the programs would refuse is refused. */
static int check_file(const struct key_store *store)
{
	auto_buf why = BUF(4096);

	if (!S_ISREG(store->file.st_mode))
		buf_add_text(&why, "it is not a regular file");
	else if (geteuid() != 0 && store->file.st_uid != geteuid())
		buf_print(&why, "it belongs to user %u; do this as that user or as root", store->file.st_uid);
	else if ((store->file.st_mode & (S_IWGRP | S_IROTH | S_IWOTH)) != 0)
		buf_print(&why, "others may read it or its group may write it (mode %04o); chmod g-w,o-rwx %s",
			store->file.st_mode & 07777U, store->path);
	return why.n == 0 ? EXIT_SUCCESS : complain(store->path, why.p, EXIT_PROBLEM);
}

static int read_text(struct key_store *store)
{
	/* O_NONBLOCK: a pipe of that name must not keep us waiting. */
	auto_close int descriptor =
		openat(store->directory, store->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	char bytes[8192];
	ssize_t n;
	int status;

	if (descriptor < 0 && errno == ENOENT)
		return EXIT_SUCCESS;
	if (descriptor < 0 && errno == ELOOP)
		return complain(store->path, "it is a symbolic link; name the file itself", EXIT_PROBLEM);
	if (descriptor < 0 || fstat(descriptor, &store->file) != 0)
		return complain(store->path, strerror(errno), EXIT_SYSTEM);
	store->exists = true;
	status = check_file(store);
	if (status != EXIT_SUCCESS)
		return status;
	while ((n = read(descriptor, bytes, sizeof(bytes))) > 0 && !store->text.failed)
		buf_add(&store->text, (struct str){ bytes, (size_t)n });
	if (n < 0)
		return complain(store->path, strerror(errno), EXIT_SYSTEM);
	return store->text.failed ? complain(store->path, "it is larger than a file of keys may be (1 MiB)", EXIT_PROBLEM)
				  : EXIT_SUCCESS;
}

/* Its keys; NULL after its faults were told. new */
static struct api_keys *read_keys(const struct key_store *store, struct str text)
{
	auto_buf faults = BUF(FAULTS_BYTES);
	struct api_keys *keys = api_keys_read(text, &our_keys, &faults);
	struct str rest = buf_str(&faults), line;

	while (keys == NULL && str_cut(&rest, '\n', &line)) {
		if (line.n != 0)
			fprintf(stderr, "gatehouse key: %s:%.*s\n", store->path, STR_ARGS(line));
	}
	return keys;
}

/*
 * The folder. Root goes by no symbolic link: whoever owns one, such as the programs' user, could have root make a file anywhere and
 * give it to him.
 */
static int open_folder(const char *path)
{
	const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	struct str rest = str_from(path), part;
	int folder;

	if (geteuid() != 0)
		return open(path, how);
	folder = open(path[0] == '/' ? "/" : ".", how);
	while (folder >= 0 && str_cut(&rest, '/', &part)) {
		auto_free char *name = str_copy(part);
		int next;

		if (part.n == 0 || str_is(part, "."))
			continue;
		next = openat(folder, name, how | O_NOFOLLOW);
		file_close(&folder);
		folder = next;
	}
	return folder;
}

int key_store_open(struct key_store *store, const char *path, bool locked)
{
	const char *slash = strrchr(path, '/');
	auto_buf folder = BUF(4096);
	int status;

	*store = (struct key_store){ .path = path, .name = slash != NULL ? slash + 1 : path, .directory = -1 };
	store->text = BUF(API_KEY_FILE_BYTES);
	buf_add(&folder, slash != NULL ? (struct str){ path, (size_t)(slash - path) + 1 } : STR("."));
	if (folder.failed || *store->name == '\0')
		return complain(path, "not the name of a file", EXIT_WRONG_USE);
	store->directory = open_folder(folder.p);
	if (store->directory < 0 && geteuid() == 0 && (errno == ELOOP || errno == ENOTDIR))
		return complain(
			folder.p, "no folder, or behind a symbolic link, by which root does not go: name it as it is", EXIT_SYSTEM);
	if (store->directory < 0)
		return complain(folder.p, strerror(errno), EXIT_SYSTEM);
	if (locked && !lock(store->directory))
		return complain(folder.p, "the folder stays locked: somebody else is changing a file of keys there; try again",
			EXIT_SYSTEM);
	status = read_text(store);
	if (status != EXIT_SUCCESS)
		return status;
	store->keys = read_keys(store, buf_str(&store->text));
	if (store->keys == NULL)
		return complain(path, "it stays as it is; mend these lines first, the programs don't take it either", EXIT_PROBLEM);
	return EXIT_SUCCESS;
}

void key_store_close(struct key_store *store)
{
	api_keys_free(store->keys);
	buf_free(&store->text);
	file_close(&store->directory);
	store->directory = -1;
}

const struct api_key *key_store_find(const struct key_store *store, struct str id)
{
	for (size_t i = 0; i < store->keys->n; i++) {
		if (str_eq(store->keys->key[i].principal->id, id))
			return &store->keys->key[i];
	}
	return NULL;
}

/* While a line is written anew: what of it is not written yet. */
struct writer {
	const char *from, *end; /* of the line */
	struct buf *out;
};

/* Where that word ends, its closing quote included: a bare word is never followed by one. */
static const char *end_of(const struct writer *writer, struct str word)
{
	const char *end = word.p + word.n;

	return end < writer->end && (*end == '"' || *end == '\'') ? end + 1 : end;
}

static void write_until(struct writer *writer, const char *end)
{
	buf_add(writer->out, (struct str){ writer->from, (size_t)(end - writer->from) });
	writer->from = end;
}

/* `with` in the place of the word; empty: the word as it is. */
static void write_word(struct writer *writer, struct str word, struct str with)
{
	const char *end = end_of(writer, word);
	bool quoted = end != word.p + word.n;

	if (with.n == 0) {
		write_until(writer, end);
		return;
	}
	write_until(writer, quoted ? word.p - 1 : word.p);
	buf_add(writer->out, with);
	writer->from = end;
}

static void write_more(struct writer *writer, const char *name, struct str value)
{
	if (value.n != 0)
		buf_print(writer->out, " %s %.*s", name, STR_ARGS(value));
}

/* A copy of the line with what shall be different in it; blanks, quotes and a comment stay. */
static void write_line(const struct line *line, struct str text, const struct key_change *change, struct buf *out)
{
	struct writer writer = { text.p, text.p + text.n, out };
	struct str created = change->created, expires = change->expires;
	bool disable = change->disable;
	auto_buf digest = BUF(128);

	if (change->digest != NULL)
		line_add_digest(change->digest, &digest);
	write_word(&writer, line->word[0], change->id);
	write_word(&writer, line->word[1], buf_str(&digest));
	for (size_t i = 2; i < line->n; i += str_is(line->word[i], "disabled") ? 1 : 2) {
		struct str name = line->word[i];

		if (str_is(name, "disabled")) {
			disable = false;
			if (change->enable)
				writer.from = end_of(&writer, name);
			else
				write_word(&writer, name, STR_NONE);
		} else if (str_is(name, "expires") && change->never) {
			writer.from = end_of(&writer, line->word[i + 1]);
		} else {
			struct str *with = str_is(name, "created") ? &created : &expires;
			bool is_ours = str_is(name, "created") || str_is(name, "expires");

			write_word(&writer, name, STR_NONE);
			write_word(&writer, line->word[i + 1], is_ours ? *with : STR_NONE);
			if (is_ours)
				*with = STR_NONE;
		}
	}
	write_more(&writer, "created", created);
	write_more(&writer, "expires", expires);
	if (disable)
		buf_add_text(out, " disabled");
	write_until(&writer, writer.end);
	buf_add_byte(out, '\n');
}

void key_store_change(const struct key_store *store, const struct api_key *key, const struct key_change *change,
	const struct key_change *copy, struct buf *text)
{
	struct str rest = buf_str(&store->text), line_text;
	struct line line = { 0 };

	for (unsigned number = 1; str_cut(&rest, '\n', &line_text); number++) {
		struct str again = line_text;

		if (number != key->line || !line_next(&again, &line)) {
			buf_add(text, line_text);
			if (line_text.p + line_text.n < store->text.p + store->text.n)
				buf_add_byte(text, '\n');
			continue;
		}
		if (copy != NULL)
			write_line(&line, line_text, copy, text);
		write_line(&line, line_text, change, text);
	}
}

/* Owner and mode first of all, so that nobody can read it who may not. */
static bool write_new(const struct key_store *store, const char *temporary, struct str text, const struct stat *owner)
{
	auto_close int descriptor = openat(store->directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat made;

	if (descriptor < 0 || fstat(descriptor, &made) != 0)
		return false;
	if (owner != NULL && (made.st_uid != owner->st_uid || made.st_gid != owner->st_gid) &&
		fchown(descriptor, owner->st_uid, owner->st_gid) != 0)
		return false;
	return fchmod(descriptor, store->exists ? store->file.st_mode & 07777U : 0600) == 0 && file_write(descriptor, text) &&
		fsync(descriptor) == 0 && renameat(store->directory, temporary, store->directory, store->name) == 0;
}

int key_store_replace(const struct key_store *store, struct buf *text, const struct stat *owner)
{
	struct api_keys *keys = text->failed ? NULL : read_keys(store, buf_str(text));
	auto_buf temporary = BUF(512);
	unsigned char random[8];
	int error;

	api_keys_free(keys);
	if (text->failed || keys == NULL)
		return complain(store->path, "the file would not be a good one any more; it stays as it is", EXIT_PROBLEM);
	crypto_random(random, sizeof(random));
	buf_print(&temporary, ".%s.", store->name);
	crypto_sha256_hex((struct str){ (const char *)random, sizeof(random) }, sizeof(random), &temporary);
	if (temporary.failed)
		return complain(store->path, "the name is too long", EXIT_WRONG_USE);
	if (!write_new(store, temporary.p, buf_str(text), store->exists ? &store->file : owner)) {
		error = errno;
		(void)unlinkat(store->directory, temporary.p, 0);
		return complain(store->path, strerror(error), EXIT_SYSTEM);
	}
	(void)fsync(store->directory);
	return EXIT_SUCCESS;
}
