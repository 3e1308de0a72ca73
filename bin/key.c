/* SPDX-License-Identifier: MIT */
/* gatehouse key: makes API keys and looks after their file. A key is shown once; only its digest is kept. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "base64url.h"
#include "command.h"
#include "crypto.h"
#include "key_place.h"
#include "key_store.h"
#include "lines.h"
#include "log.h"
#include "settings.h"
#include "verbs.h"

#define VERB "key"
#define RANDOM_BYTES 24 /* 192 bits: nobody finds one by trying, so a plain digest is enough */
#define WORDS_MOST 24
#define DEFAULT_LIFE "365d"
#define NEVER INT64_MAX

struct options {
	const char *verb, *settings, *file, *prefix, *owner, *expires, *id, *overlap;
	const char *scope[WORDS_MOST], *group[WORDS_MOST];
	size_t n_scopes, n_groups;
};

static void print_help(void)
{
	fputs("gatehouse key: make, list and withdraw API keys\n"
	      "\n"
	      "usage: gatehouse key add --owner NAME [--scope S]... [--group G]... [--expires WHEN] [--id ID]\n"
	      "         make a key and print it, once\n"
	      "       gatehouse key list\n"
	      "       gatehouse key disable ID\n"
	      "       gatehouse key enable ID\n"
	      "       gatehouse key rotate ID [--overlap DURATION] [--expires WHEN]\n"
	      "         make a new key in the place of that one\n"
	      "  -c FILE             settings, which name the file of keys; default $GATEHOUSE_CONFIG, else\n"
	      "                      /etc/gatehouse/gatehouse.conf\n"
	      "  --file FILE         the file of keys itself; no settings are read\n"
	      "  --prefix PREFIX     how the keys start: chooses among several files; default ghk_\n"
	      "  --owner NAME        whose key it is; the MCP server sees it as Remote-User\n"
	      "  --scope SCOPE       a scope that it has; may be repeated\n"
	      "  --group GROUP       a group that it is in; may be repeated\n"
	      "  --expires WHEN      a time from now such as 90d, a date such as 2027-01-31, or never;\n"
	      "                      default 365d, for rotate as long as the key had\n"
	      "  --id ID             its name in the list; default eight random digits\n"
	      "  --overlap DURATION  how long the old key stays good, too; default not at all\n"
	      "  --help              this text\n"
	      "\n"
	      "As root it reads what the settings name as the user who owns the state directory, but the\n"
	      "file of keys as root; a new one it gives to that user. Exit status: 0 good, 1 no such key\n"
	      "or a broken file, 100 wrong use or settings, 111 system trouble.\n",
		stdout);
}

/* ---- what is written ---- */

/* *expires: NEVER for the word. False when it is none or over. */
static bool read_end(const char *text, int64_t now, int64_t *expires)
{
	struct str when = str_from(text);
	int64_t seconds;

	if (str_is(when, "never"))
		*expires = NEVER;
	else if (settings_duration(when, &seconds))
		*expires = now + seconds;
	else if (!line_time(when, expires))
		return false;
	return *expires > now;
}

/* As a word of the file, in quotes if it must be; false when none of them will do. */
static bool add_word(struct buf *line, const char *name, struct str word)
{
	bool bare = word.n != 0 && !str_has(word, ' ') && !str_has(STR("#\"'"), word.p[0]);

	if (word.n == 0 || !str_is_utf8(word) || !str_is_printable(word) || (str_has(word, '"') && str_has(word, '\'')))
		return false;
	if (bare)
		buf_print(line, " %s %.*s", name, STR_ARGS(word));
	else if (str_has(word, '"'))
		buf_print(line, " %s '%.*s'", name, STR_ARGS(word));
	else
		buf_print(line, " %s \"%.*s\"", name, STR_ARGS(word));
	return true;
}

static bool is_scope(struct str scope)
{
	for (size_t i = 0; i < scope.n; i++) {
		if (scope.p[i] <= ' ' || scope.p[i] > '~' || scope.p[i] == '"' || scope.p[i] == '\\')
			return false;
	}
	return true; /* an empty one is no word, either */
}

static void make_key(struct str prefix, struct buf *key, unsigned char digest[SHA256_BYTES])
{
	unsigned char random[RANDOM_BYTES];

	crypto_random(random, sizeof(random));
	buf_add(key, prefix);
	base64url_encode((struct str){ (const char *)random, sizeof(random) }, key);
	crypto_sha256(buf_str(key), digest);
	explicit_bzero(random, sizeof(random));
}

static void add_random_id(struct buf *id)
{
	uint32_t random;

	crypto_random(&random, sizeof(random));
	buf_print(id, "%08x", random);
}

/* The key alone on standard output, everything else beside it. The file has it by now: who can't read it must know that. */
static int show_key(struct buf *key, const struct key_place *place, struct str id, int64_t expires)
{
	bool printed = printf("%.*s\n", STR_ARGS(buf_str(key))) > 0 && fflush(stdout) == 0;
	auto_buf until = BUF(64);

	explicit_bzero(key->p, key->n);
	if (!printed) {
		fprintf(stderr, "gatehouse key: the key could not be printed and is lost; gatehouse key disable %.*s\n",
			STR_ARGS(id));
		return EXIT_SYSTEM;
	}
	if (expires != NEVER)
		line_add_time(expires, &until);
	fprintf(stderr,
		"This is the key %.*s; nobody can show it again. It %s%.*s.\n"
		"Give it to the client, which sends it as `Authorization: Bearer KEY`. %s holds its\n"
		"digest; auth-check reads it again within a second.\n",
		STR_ARGS(id), expires != NEVER ? "expires " : "never expires", STR_ARGS(buf_str(&until)), place->path);
	return EXIT_SUCCESS;
}

/* ---- the verbs ---- */

static bool make_line(const struct options *options, struct str id, const unsigned char digest[SHA256_BYTES], int64_t now,
	int64_t expires, struct buf *line)
{
	buf_print(line, "%.*s ", STR_ARGS(id));
	line_add_digest(digest, line);
	if (!add_word(line, "owner", str_from(options->owner)))
		return false;
	for (size_t i = 0; i < options->n_scopes; i++) {
		if (!is_scope(str_from(options->scope[i])) || !add_word(line, "scope", str_from(options->scope[i])))
			return false;
	}
	for (size_t i = 0; i < options->n_groups; i++) {
		if (!add_word(line, "group", str_from(options->group[i])))
			return false;
	}
	buf_add_text(line, " created ");
	line_add_time(now, line);
	if (expires != NEVER) {
		buf_add_text(line, " expires ");
		line_add_time(expires, line);
	}
	buf_add_byte(line, '\n');
	return !line->failed;
}

static int add(const struct options *options, const struct key_place *place, struct key_store *store, int64_t now)
{
	auto_buf id = BUF(API_KEY_FILE_BYTES), key = BUF(8192), line = BUF(LINE_BYTES_MOST), text = BUF(API_KEY_FILE_BYTES);
	unsigned char digest[SHA256_BYTES];
	int64_t expires;
	int status;

	if (options->owner == NULL)
		return complain(VERB, "--owner NAME is needed", NULL, EXIT_WRONG_USE);
	if (!read_end(options->expires != NULL ? options->expires : DEFAULT_LIFE, now, &expires))
		return complain(VERB, "--expires takes a time to come, such as 90d or 2027-01-31, or never", options->expires,
			EXIT_WRONG_USE);
	if (options->id != NULL && !api_key_is_id(str_from(options->id)))
		return complain(VERB, "an id is up to 64 letters, digits, -, _ and .", options->id, EXIT_WRONG_USE);
	if (options->id != NULL && key_store_find(store, str_from(options->id)) != NULL)
		return complain(VERB, "there is a key with this id", options->id, EXIT_PROBLEM);
	do {
		buf_clear(&id);
		if (options->id != NULL)
			buf_add_text(&id, options->id);
		else
			add_random_id(&id);
	} while (key_store_find(store, buf_str(&id)) != NULL);
	make_key(place->prefix, &key, digest);
	if (!make_line(options, buf_str(&id), digest, now, expires, &line))
		return complain(VERB,
			"owner and groups are short text on one line without both kinds of quotes, a scope is ASCII without "
			"blank, quote and backslash",
			NULL, EXIT_WRONG_USE);
	if (!store->exists)
		buf_add_text(&text, "# API keys of gatehouse, their digests only; gatehouse-key(1) looks after this file.\n");
	buf_add(&text, buf_str(&store->text));
	if (text.n != 0 && text.p[text.n - 1] != '\n')
		buf_add_byte(&text, '\n');
	buf_add(&text, buf_str(&line));
	status = key_store_replace(store, &text, place->has_owner ? &place->owner : NULL);
	if (status == EXIT_SUCCESS && !store->exists && geteuid() == 0 && !place->has_owner)
		fprintf(stderr, "gatehouse key: %s belongs to root: give it to the user of the programs (chown)\n", place->path);
	return status == EXIT_SUCCESS ? show_key(&key, place, buf_str(&id), expires) : status;
}

static int change(
	const struct key_store *store, const struct api_key *key, const struct key_change *change, const struct key_change *copy)
{
	auto_buf text = BUF(API_KEY_FILE_BYTES);

	key_store_change(store, key, change, copy, &text);
	return key_store_replace(store, &text, NULL);
}

static int switch_key(const struct key_store *store, const struct api_key *key, bool disable)
{
	const char *word = disable ? "disabled" : "enabled";
	int status;

	if (key->disabled == disable) {
		printf("%.*s is %s already\n", STR_ARGS(key->principal->id), word);
		return EXIT_SUCCESS;
	}
	status = change(store, key, &(struct key_change){ .disable = disable, .enable = !disable }, NULL);
	if (status == EXIT_SUCCESS)
		printf("%.*s is %s; auth-check knows within a second\n", STR_ARGS(key->principal->id), word);
	return status;
}

/* As long as the old key had, if that is known. */
static int64_t same_life(const struct api_key *key, int64_t now)
{
	int64_t expires = key->principal->expires, year;

	if (expires == NEVER)
		return NEVER;
	if (key->created != 0 && expires > key->created)
		return now + (expires - key->created);
	return settings_duration(STR(DEFAULT_LIFE), &year) ? now + year : now;
}

static int rotate(const struct options *options, const struct key_place *place, const struct key_store *store,
	const struct api_key *old, int64_t now)
{
	auto_buf key = BUF(8192), created = BUF(64), expires_text = BUF(64), old_id = BUF(128), old_end = BUF(64);
	int64_t expires = same_life(old, now), overlap = 0;
	unsigned char digest[SHA256_BYTES];
	struct str id = old->principal->id;
	int status;

	if (options->expires != NULL && !read_end(options->expires, now, &expires))
		return complain(VERB, "--expires takes a time to come, such as 90d or 2027-01-31, or never", options->expires,
			EXIT_WRONG_USE);
	if (options->overlap != NULL && !settings_duration(str_from(options->overlap), &overlap))
		return complain(VERB, "--overlap takes a time such as 30m, 24h or 7d", options->overlap, EXIT_WRONG_USE);
	make_key(place->prefix, &key, digest);
	line_add_time(now, &created);
	if (expires != NEVER)
		line_add_time(expires, &expires_text);
	/* An overlap makes no key good that is not, and none good for longer than it was. */
	line_add_time(old->principal->expires < now + overlap ? old->principal->expires : now + overlap, &old_end);
	buf_print(&old_id, "%.*s-old-", STR_ARGS(str_first(id, 50)));
	add_random_id(&old_id);
	status = change(store, old,
		&(struct key_change){ .digest = digest,
			.created = buf_str(&created),
			.expires = buf_str(&expires_text),
			.never = expires == NEVER },
		overlap != 0 ? &(struct key_change){ .id = buf_str(&old_id), .expires = buf_str(&old_end) } : NULL);
	if (status != EXIT_SUCCESS)
		return status;
	if (overlap != 0)
		fprintf(stderr, "The old key is %.*s from now on, good until %.*s.\n", STR_ARGS(buf_str(&old_id)),
			STR_ARGS(buf_str(&old_end)));
	if (old->disabled)
		fprintf(stderr, "It is disabled, the new key too; gatehouse key enable %.*s\n", STR_ARGS(id));
	return show_key(&key, place, id, expires);
}

static int run(const struct options *options, const struct key_place *place, struct key_store *store)
{
	struct str verb = str_from(options->verb);
	const struct api_key *key;
	int64_t now = time(NULL);

	if (str_is(verb, "add"))
		return add(options, place, store, now);
	if (!store->exists)
		return complain(VERB, place->path, "there is no such file; gatehouse key add makes it", EXIT_PROBLEM);
	if (str_is(verb, "list")) {
		key_list(store, now);
		return EXIT_SUCCESS;
	}
	key = key_store_find(store, str_from(options->id));
	if (key == NULL)
		return complain(VERB, "there is no key with this id; gatehouse key list shows them", options->id, EXIT_PROBLEM);
	if (str_is(verb, "rotate"))
		return rotate(options, place, store, key, now);
	return switch_key(store, key, str_is(verb, "disable"));
}

/* ---- the words of the command ---- */

static bool add_value(const char *value, const char *list[WORDS_MOST], size_t *n)
{
	if (*n == WORDS_MOST)
		return false;
	list[(*n)++] = value;
	return true;
}

/* Puts the value where it belongs; false when that verb has no such option. */
static bool set(struct options *options, struct str verb, struct str name, const char *value)
{
	bool adds = str_is(verb, "add"), rotates = str_is(verb, "rotate");
	const struct {
		const char *name;
		const char **value;
		bool fits;
	} known[] = {
		{ "-c", &options->settings, true },
		{ "--file", &options->file, true },
		{ "--prefix", &options->prefix, true },
		{ "--owner", &options->owner, adds },
		{ "--id", &options->id, adds },
		{ "--expires", &options->expires, adds || rotates },
		{ "--overlap", &options->overlap, rotates },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].fits && *known[i].value == NULL && str_is(name, known[i].name)) {
			*known[i].value = value;
			return true;
		}
	}
	if (adds && str_is(name, "--scope"))
		return add_value(value, options->scope, &options->n_scopes);
	return adds && str_is(name, "--group") && add_value(value, options->group, &options->n_groups);
}

static int read_options(struct options *options, int argc, char **argv)
{
	struct str verb = str_from(argc > 1 ? argv[1] : NULL);
	bool takes_id = str_is(verb, "disable") || str_is(verb, "enable") || str_is(verb, "rotate");

	if (!takes_id && !str_is(verb, "add") && !str_is(verb, "list"))
		return complain(
			VERB, "add, list, disable, enable or rotate; try --help", argc > 1 ? argv[1] : NULL, EXIT_WRONG_USE);
	options->verb = argv[1];
	for (int i = 2; i < argc; i++) {
		if (argv[i][0] != '-' && takes_id && options->id == NULL)
			options->id = argv[i];
		else if (i + 1 == argc)
			return complain(VERB, "an unknown word, or its value is missing; try --help", argv[i], EXIT_WRONG_USE);
		else if (!set(options, verb, str_from(argv[i]), argv[i + 1]))
			return complain(VERB, "not an option here, or too often; try --help", argv[i], EXIT_WRONG_USE);
		else
			i++;
	}
	return takes_id && options->id == NULL ? complain(VERB, "the id of a key is needed", argv[1], EXIT_WRONG_USE)
					       : EXIT_SUCCESS;
}

int verb_key(int argc, char **argv)
{
	struct options options = { 0 };
	struct key_place place = { 0 };
	struct key_store store = { .directory = -1 };
	int status;

	for (int i = 1; i < argc; i++) {
		if (str_is(str_from(argv[i]), "--help")) {
			print_help();
			return EXIT_SUCCESS;
		}
	}
	log_start("gatehouse", LOG_ERROR, false);
	(void)signal(SIGPIPE, SIG_IGN); /* a key that nobody reads must be told */
	status = read_options(&options, argc, argv);
	if (status == EXIT_SUCCESS)
		status = key_place_find(options.settings, options.file, options.prefix, &place);
	if (status == EXIT_SUCCESS)
		status = key_store_open(&store, place.path, !str_is(str_from(options.verb), "list"));
	if (status == EXIT_SUCCESS)
		status = run(&options, &place, &store);
	key_store_close(&store);
	settings_free(place.settings);
	return status;
}
