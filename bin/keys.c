/* SPDX-License-Identifier: MIT */
/*
 * gatehouse keys: the keys that sign our assertions and access tokens. A new private key is written first, then the index says in
 * one step what counts from now on, then the old private key goes: whatever is interrupted, there is a key, and all that count are
 * published. keys_seal.c has the keys that seal.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "command.h"
#include "crypto.h"
#include "keyring.h"
#include "keys_seal.h"
#include "lines.h"
#include "log.h"
#include "rights.h"
#include "seal_keys.h"
#include "signing_key.h"
#include "verbs.h"

#define VERB "keys"

/* What lives longest of all that is signed is an access token (access_token_lifetime); the other hour is for clocks that are off.
 */
#define LONGEST_SECONDS 3600
#define RETIRED_SECONDS (LONGEST_SECONDS + 60 + 3600)
#define LOCK_MS 5000

extern char **environ;

static void print_help(void)
{
	fputs("gatehouse keys: the keys that sign who is asking and our access tokens, and those that seal\n"
	      "\n"
	      "usage: gatehouse keys init [-c FILE]\n"
	      "         make the first keys, for assertion on or authorization_server broker: one that signs\n"
	      "         and the one after it; for the latter also the one that seals\n"
	      "       gatehouse keys list [-c FILE]\n"
	      "       gatehouse keys rotate [-c FILE]\n"
	      "         the next key signs from now on, and a new one waits; the old one is published\n"
	      "         until nothing needs it\n"
	      "       gatehouse keys replace [-c FILE]\n"
	      "         somebody has seen the private keys: two new ones, and none of the old is published\n"
	      "       gatehouse keys export [-c FILE]\n"
	      "         print the public keys as a JWK set, as /oauth/jwks has it\n"
	      "       gatehouse keys seal init|list|rotate [-c FILE]\n"
	      "         the same for the key with which authorization_server broker seals what clients,\n"
	      "         browsers and the store keep for it: a new one seals, the old ones go on opening\n"
	      "       gatehouse keys seal drop ID [-c FILE]\n"
	      "         what that key sealed is void from now on: registrations, grants, logins. Access\n"
	      "         tokens live to their end; gatehouse grants revoke ends them at once, also then\n"
	      "  -c FILE  settings, which name the state directory; default $GATEHOUSE_CONFIG, else\n"
	      "           /etc/gatehouse/gatehouse.conf\n"
	      "  --help   this text\n"
	      "\n"
	      "As root it works as the user who owns the state directory. Exit status: 0 good, 1 there\n"
	      "is a key already, or none, 100 wrong use or settings, 111 system trouble.\n",
		stdout);
}

/* ---- files ---- */

static void free_signer(struct signer **signer)
{
	signer_free(*signer);
}
#define auto_signer __attribute__((cleanup(free_signer))) struct signer

/* A new private key in a file of its own. Its public key, new; NULL when that failed. */
static json_t *make_key(const struct state *state)
{
	auto_buf pem = BUF(KEYRING_PEM_BYTES), name = BUF(256);
	bool made = crypto_make_key(&pem);
	auto_signer *signer = made ? signer_new(buf_str(&pem)) : NULL;
	auto_json *key = signer != NULL ? signer_public(signer) : NULL;

	if (key != NULL)
		keyring_file(json_text(key, "kid"), &name);
	made = key != NULL && state_replace(state, name.p, buf_str(&pem));
	if (pem.n != 0)
		explicit_bzero(pem.p, pem.n);
	return made ? json_incref(key) : NULL;
}

static void close_listing(DIR **listing)
{
	if (*listing != NULL)
		(void)closedir(*listing);
}

/* The name may be anybody's who writes there. */
static void tell_left(const struct state *state, const char *name, int error)
{
	auto_buf shown = BUF(8192);

	log_escape_text(&shown, str_from(name));
	fprintf(stderr, "gatehouse keys: %s/%.*s: can't be removed: %s\n", state->path, STR_ARGS(buf_str(&shown)), strerror(error));
}

/* Removes every private key that is over: nothing shall ever be signed with it again. */
static void remove_others(const struct state *state, const json_t *ring)
{
	int descriptor = openat(state->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(close_listing))) DIR *listing = descriptor >= 0 ? fdopendir(descriptor) : NULL;
	const struct dirent *entry;
	auto_buf signing = BUF(256), next = BUF(256);

	keyring_file(keyring_kid(json_object_get(ring, "signing")), &signing);
	keyring_file(keyring_kid(json_object_get(ring, "next")), &next);
	if (listing == NULL)
		file_close(&descriptor);
	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		struct str name = str_from(entry->d_name);

		if (str_starts(name, STR(KEYRING_PREFIX)) && str_ends(name, STR(KEYRING_SUFFIX)) &&
			!str_eq(name, buf_str(&signing)) && !str_eq(name, buf_str(&next)) &&
			unlinkat(state->directory, entry->d_name, 0) != 0)
			tell_left(state, entry->d_name, errno);
	}
}

/* ---- the verbs ---- */

/* From now on `signing` signs, a new key is next, and those retired are published for a while; takes both. */
static int change(const struct state *state, json_t *signing, json_t *retired, int64_t now)
{
	auto_json *ring = json_pack("{s:{s:o,s:I},s:{s:o},s:o}", "signing", "key", signing, "since", (json_int_t)now, "next", "key",
		make_key(state), "retired", retired);

	if (ring == NULL || !keyring_write(state, ring))
		return complain(VERB, "nothing was changed; what was there stays in use", NULL, EXIT_SYSTEM);
	remove_others(state, ring);
	printf("%.*s signs from now on\n", STR_ARGS(keyring_kid(json_object_get(ring, "signing"))));
	return EXIT_SUCCESS;
}

static int init(const struct state *state, const json_t *ring, int64_t now)
{
	struct stat file;

	if (ring != NULL)
		return complain(VERB, "there is a key already; gatehouse keys rotate makes a new one", NULL, EXIT_PROBLEM);
	if (state_refuses(state, KEYRING_INDEX))
		return complain(VERB, "it is there, but " STATE_REFUSED_MENDING, KEYRING_INDEX, EXIT_PROBLEM);
	if (fstatat(state->directory, KEYRING_INDEX, &file, AT_SYMLINK_NOFOLLOW) == 0)
		return complain(VERB,
			"it is there, but can't be used: move it away, and gatehouse keys init makes new keys, to which clients "
			"come by themselves",
			KEYRING_INDEX, EXIT_PROBLEM);
	return change(state, make_key(state), json_array(), now);
}

/* The public key that was announced, or a new one when its private half is gone. new, or NULL */
static json_t *announced(const struct state *state, const json_t *ring)
{
	const json_t *next = json_object_get(ring, "next");
	auto_signer *signer = signing_key_read(state, keyring_kid(next));

	return signer != NULL ? json_incref(json_object_get(next, "key")) : make_key(state);
}

static int rotate(const struct state *state, const json_t *ring, int64_t now)
{
	auto_json *retired = json_array();
	json_t *entry;
	size_t i;

	(void)json_array_append_new(retired,
		json_pack("{s:O,s:I}", "key", json_object_get(json_object_get(ring, "signing"), "key"), "until",
			(json_int_t)now + RETIRED_SECONDS));
	json_array_foreach (json_object_get(ring, "retired"), i, entry) {
		if (keyring_time(entry, "until") > now)
			(void)json_array_append(retired, entry);
	}
	if (json_array_size(retired) > KEYRING_RETIRED)
		return complain(VERB, "too many keys were retired within the hour; wait", NULL, EXIT_PROBLEM);
	return change(state, announced(state, ring), json_incref(retired), now);
}

static void list_key(const json_t *entry, const char *what, json_int_t time, int64_t now)
{
	auto_buf text = BUF(64);

	line_add_time(time, &text);
	printf("%.*s  %s %.*s%s\n", STR_ARGS(keyring_kid(entry)), what, STR_ARGS(buf_str(&text)),
		time <= now && entry != NULL && json_object_get(entry, "until") != NULL ? ", not published any more" : "");
}

static int list(const json_t *ring, int64_t now)
{
	const json_t *signing = json_object_get(ring, "signing"), *entry;
	size_t i;

	list_key(signing, "signing since", keyring_time(signing, "since"), now);
	printf("%.*s  next\n", STR_ARGS(keyring_kid(json_object_get(ring, "next"))));
	json_array_foreach (json_object_get(ring, "retired"), i, entry)
		list_key(entry, "retired, published until", keyring_time(entry, "until"), now);
	return EXIT_SUCCESS;
}

static int export(const json_t *ring, int64_t now)
{
	auto_json *keys = keyring_public(ring, now, NULL);
	auto_buf text = BUF(65536);

	json_write(keys, &text);
	return printf("%.*s\n", STR_ARGS(buf_str(&text))) > 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_SYSTEM;
}

struct words_of_command {
	struct str verb, seal_verb; /* the latter is empty unless the former is seal */
	const char *id, *settings;
};

static int run_signing(struct str verb, const struct state *state, int64_t now)
{
	bool changes = !str_is(verb, "list") && !str_is(verb, "export");
	auto_close int lock = changes ? state_lock(state, "assertion-keys", LOCK_MS) : -1;

	if (changes && lock < 0)
		return complain(VERB, "another gatehouse keys is at work", NULL, EXIT_SYSTEM);
	auto_json *ring = keyring_read(state);
	if (str_is(verb, "init"))
		return init(state, ring, now);
	if (ring == NULL)
		return complain(VERB, "there is no key; " SIGNING_KEY_MENDING, NULL, EXIT_PROBLEM);
	if (str_is(verb, "rotate"))
		return rotate(state, ring, now);
	if (str_is(verb, "replace"))
		return change(state, make_key(state), json_array(), now);
	return str_is(verb, "list") ? list(ring, now) : export(ring, now);
}

static bool is_there(const struct state *state, const char *name)
{
	struct stat file;

	return fstatat(state->directory, name, &file, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool can_seal(const struct state *state)
{
	struct seal_keys keys;
	bool good = seal_keys_read(state, &keys);

	seal_keys_wipe(&keys);
	return good;
}

/* A broker needs both kinds; an operator who used assertions before has one of them. */
static int init_both(const struct state *state, int64_t now)
{
	bool signs = is_there(state, KEYRING_INDEX), seals = is_there(state, SEAL_KEYS_FILE);
	int status = EXIT_SUCCESS;

	if (seals && !can_seal(state))
		return complain(VERB, SEAL_KEYS_FILE, seal_keys_mending(state), EXIT_PROBLEM);
	if (!signs || seals)
		status = run_signing(STR("init"), state, now);
	return status == EXIT_SUCCESS && !seals ? keys_seal(STR("init"), NULL, state, now) : status;
}

static int run(const struct words_of_command *words, const struct settings *settings, const struct state *state)
{
	int64_t now = time(NULL);

	if (words->seal_verb.n != 0)
		return keys_seal(words->seal_verb, words->id, state, now);
	if (str_is(words->verb, "init") && settings->broker.own != NULL)
		return init_both(state, now);
	return run_signing(words->verb, state, now);
}

static int run_there(const struct words_of_command *words, const struct settings *settings)
{
	const char *directory = settings->state_directory.p;
	auto_buf why = BUF(2048);
	struct state state;
	int status;

	if (!state_open_existing(&state, directory, &why))
		return complain(VERB, why.p, NULL, EXIT_SYSTEM);
	status = run(words, settings, &state);
	state_close(&state);
	return status;
}

static bool is_verb(struct str word)
{
	static const char *const verbs[] = { "init", "list", "rotate", "replace", "export", "seal" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (str_is(word, verbs[i]))
			return true;
	}
	return false;
}

static bool wrong(const char *what, const char *detail)
{
	(void)complain(VERB, what, detail, EXIT_WRONG_USE);
	return false;
}

static bool read_words(int argc, char **argv, struct words_of_command *words)
{
	const char *word[3] = { NULL };
	size_t n = 0, wanted;

	for (int i = 1; i < argc; i++) {
		if (str_is(str_from(argv[i]), "-c") && i + 1 < argc && words->settings == NULL)
			words->settings = argv[++i];
		else if (n == 3 || argv[i][0] == '-')
			return wrong("unknown words, or a value is missing; try --help", argv[i]);
		else
			word[n++] = argv[i];
	}
	words->verb = str_from(word[0]);
	if (!is_verb(words->verb))
		return wrong("init, list, rotate, replace, export or seal; try --help", word[0]);
	if (str_is(words->verb, "seal"))
		words->seal_verb = str_from(word[1]);
	if (str_is(words->verb, "seal") && !keys_seal_is_verb(words->seal_verb))
		return wrong("seal init, list, rotate or drop ID; try --help", word[1]);
	words->id = word[2];
	wanted = words->seal_verb.n == 0 ? 1 : str_is(words->seal_verb, "drop") ? 3 : 2;
	return n == wanted || wrong("unknown words, or a value is missing; try --help", word[n - 1]);
}

int verb_keys(int argc, char **argv)
{
	struct words_of_command words = { .settings = NULL };
	auto_buf errors = BUF(65536), notes = BUF(65536);
	struct settings *settings;
	int status;

	for (int i = 1; i < argc; i++) {
		if (str_is(str_from(argv[i]), "--help")) {
			print_help();
			return EXIT_SUCCESS;
		}
	}
	if (!read_words(argc, argv, &words))
		return EXIT_WRONG_USE;
	/* No core file may hold a private key. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	log_start("gatehouse", LOG_ERROR, false);
	settings = settings_read_as(words.settings, environ, &errors, &notes, become_owner);
	if (settings == NULL) {
		fprintf(stderr, "%.*s", STR_ARGS(buf_str(&errors)));
		return EXIT_WRONG_USE;
	}
	status = run_there(&words, settings);
	settings_free(settings);
	return status;
}
