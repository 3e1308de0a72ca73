/* SPDX-License-Identifier: MIT */
/* gatehouse grants: what people have allowed clients at our own authorization server, listed and taken back. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app.h"
#include "claims.h"
#include "clients.h"
#include "grants.h"
#include "lines.h"
#include "log.h"
#include "rights.h"
#include "verbs.h"

#define LINE_BYTES (1024 * 1024)
#define OWNER_BYTES 128

extern char **environ;

struct options {
	const char *verb, *settings, *user, *id;
	bool json;
};

/* What the verbs work with. */
struct place {
	const struct settings *settings;
	const struct options *options;
	struct store *store;
	struct grants *grants;
	struct buf owner; /* of --user; empty: everybody's */
	int64_t now;
	size_t n, lost;            /* the latter: that no key of ours opens */
	enum grants_answer answer; /* the worst of those that ended grants */
};

static int complain(const char *what, const char *detail, int status)
{
	fprintf(stderr, "gatehouse grants: %s%s%s\n", what, detail != NULL ? ": " : "", detail != NULL ? detail : "");
	return status;
}

static void print_help(void)
{
	fputs("gatehouse grants: what people have allowed clients (authorization_server broker)\n"
	      "\n"
	      "usage: gatehouse grants list [--user SUBJECT] [--json] [-c FILE]\n"
	      "         who has allowed which client what, and when it was used last\n"
	      "       gatehouse grants revoke ID [-c FILE]\n"
	      "       gatehouse grants revoke --user SUBJECT [-c FILE]\n"
	      "         that grant, or all of that person, end now; auth-check knows within a second\n"
	      "  --user SUBJECT  the person, by the name that list shows (the provider's sub)\n"
	      "  --json          one JSON object a line\n"
	      "  -c FILE         settings; default $GATEHOUSE_CONFIG, else /etc/gatehouse/gatehouse.conf\n"
	      "  --help          this text\n"
	      "\n"
	      "As root it works as the user who owns the state directory. Who may log in at the provider\n"
	      "may allow a client again: lock people out there, or with deny rules. Exit status: 0 good,\n"
	      "1 there is no such grant, 100 wrong use or settings, 111 system trouble.\n",
		stdout);
}

static int unavailable(void)
{
	return complain("the store or the keys can't be used right now; nothing is sure, so try again", NULL, EXIT_SYSTEM);
}

/* ---- list ---- */

static void set_time(json_t *json, const char *name, int64_t time)
{
	auto_buf text = BUF(64);

	line_add_time(time, &text);
	(void)json_object_set_new(json, name, json_from_str(buf_str(&text)));
}

static void set(json_t *json, const char *name, struct str text)
{
	(void)json_object_set_new(json, name, json_from_str(text));
}

/* `whole`: the client's id as it is; else as tokens and logs have it, for `deny client`. */
static void add_facts(const struct settings *settings, const struct grant *grant, bool whole, json_t *json)
{
	auto_buf client = BUF(CLIENTS_SHORT_BYTES);
	struct claims claims;

	if (claims_identify(grant->claims, settings->broker.login, &claims) == OUTCOME_ALLOW)
		set(json, "user", claims.principal.subject);
	if (!whole)
		clients_short_id(grant->client, &client);
	set(json, "client", whole ? grant->client : buf_str(&client));
	set(json, "client_name", grant->client_name);
	set(json, "resource", grant->resource);
	set(json, "scope", grant->scope);
	set_time(json, "since", grant->since);
	set_time(json, "used", grant->used);
}

/* Names of clients are strangers' words: as JSON they can do nothing to a terminal. */
static bool show(const struct grant *grant, void *context)
{
	struct place *place = context;
	auto_json *json = json_object();
	auto_buf text = BUF(LINE_BYTES);
	const char *name;
	json_t *value;

	set(json, "id", grant->id);
	place->n++;
	if (!grant_opens(grant)) {
		place->lost++;
		(void)json_object_set_new(json, "opens", json_false());
	} else {
		add_facts(place->settings, grant, place->options->json, json);
	}
	if (place->options->json) {
		json_write(json, &text);
	} else if (!grant_opens(grant)) {
		log_escape_json(&text, grant->id);
		buf_add_text(&text, "  can't be opened");
	} else {
		buf_add(&text, grant->id);
		json_object_foreach (json, name, value) {
			struct str said = { json_string_value(value), json_string_length(value) };

			if (said.n == 0 || str_is(str_from(name), "id"))
				continue;
			buf_print(&text, "  %s ", name);
			log_escape_json(&text, said);
		}
	}
	printf("%.*s\n", STR_ARGS(buf_str(&text)));
	return true;
}

static int list(struct place *place)
{
	if (grants_each(place->grants, buf_str(&place->owner), place->now, show, place) != GRANTS_GOOD)
		return unavailable();
	if (place->n == 0 && !place->options->json)
		printf("there are none\n");
	if (place->lost != 0 && !place->options->json)
		printf("%zu can't be opened with the keys of this machine. If it lacks a key that another one has, copy the keys "
		       "(docs/broker.md).\n"
		       "If that key was dropped, nobody can renew them, and their access tokens end by themselves within %lld "
		       "seconds;\n"
		       "gatehouse grants revoke, with the id or the person, ends them now\n",
			place->lost, (long long)place->settings->broker.access_token_lifetime);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_SYSTEM;
}

/* ---- revoke ---- */

static bool end(const struct grant *grant, void *context)
{
	struct place *place = context;
	auto_buf id = BUF(8192);

	place->answer = grants_end(place->grants, grant->id, buf_str(&place->owner), place->now);
	log_escape_text(&id, grant->id);
	if (place->answer == GRANTS_GOOD)
		printf("%.*s has ended\n", STR_ARGS(buf_str(&id)));
	place->n += place->answer == GRANTS_GOOD ? 1 : 0;
	return place->answer != GRANTS_UNAVAILABLE;
}

/* Grants first, which are denied with it; then the codes that somebody has not redeemed yet. */
static int revoke_all(struct place *place)
{
	if (grants_each(place->grants, buf_str(&place->owner), place->now, end, place) != GRANTS_GOOD ||
		place->answer == GRANTS_UNAVAILABLE ||
		store_remove_owner(place->store, buf_str(&place->owner)) == STORE_UNAVAILABLE)
		return unavailable();
	return place->n != 0 ? EXIT_SUCCESS : complain("this person has allowed nothing", place->options->user, EXIT_PROBLEM);
}

static int revoke(struct place *place)
{
	struct grant grant = { .id = str_from(place->options->id) };

	if (place->options->user != NULL)
		return revoke_all(place);
	(void)end(&grant, place);
	if (place->answer == GRANTS_UNAVAILABLE)
		return unavailable();
	return place->answer == GRANTS_GOOD
		? EXIT_SUCCESS
		: complain("there is no such grant; gatehouse grants list shows them", place->options->id, EXIT_PROBLEM);
}

/* ---- the place ---- */

static int run(const struct settings *settings, const struct options *options, const struct state *state)
{
	struct place place = {
		.settings = settings, .options = options, .owner = BUF(OWNER_BYTES), .now = time(NULL), .answer = GRANTS_GOOD
	};
	auto_buf why = BUF(2048);
	struct seal *seal;
	int status;

	place.store = spaces_open(settings, &why);
	if (place.store == NULL)
		return complain(why.p, NULL, EXIT_SYSTEM);
	seal = seal_new(state);
	place.grants = grants_new(settings, place.store, seal);
	if (options->user != NULL)
		grants_owner(settings->broker.login->identifier, str_from(options->user), &place.owner);
	status = str_is(str_from(options->verb), "list") ? list(&place) : revoke(&place);
	buf_free(&place.owner);
	grants_free(place.grants);
	seal_free(seal);
	store_close(place.store);
	return status;
}

static int run_there(const struct settings *settings, const struct options *options)
{
	const char *directory = settings->state_directory.p;
	auto_buf why = BUF(2048);
	struct state state;
	int status;

	if (settings->broker.own == NULL)
		return complain("there is no authorization_server broker in the settings, so nobody has allowed anything", NULL,
			EXIT_WRONG_USE);
	if (!state_open_existing(&state, directory, &why))
		return complain(why.p, NULL, EXIT_SYSTEM);
	status = run(settings, options, &state);
	state_close(&state);
	return status;
}

/* ---- the words of the command ---- */

static bool wrong(const char *what, const char *detail)
{
	(void)complain(what, detail, EXIT_WRONG_USE);
	return false;
}

static bool read_options(int argc, char **argv, struct options *options)
{
	bool lists, revokes;

	for (int i = 1; i < argc; i++) {
		struct str word = str_from(argv[i]);

		if (str_is(word, "-c") && i + 1 < argc)
			options->settings = argv[++i];
		else if (str_is(word, "--user") && i + 1 < argc)
			options->user = argv[++i];
		else if (str_is(word, "--json"))
			options->json = true;
		else if (options->verb == NULL)
			options->verb = argv[i];
		else if (options->id == NULL && !str_starts(word, STR("--")))
			options->id = argv[i];
		else
			return wrong("unknown word, or a value is missing; try --help", argv[i]);
	}
	lists = str_is(str_from(options->verb), "list");
	revokes = str_is(str_from(options->verb), "revoke");
	if (!lists && !revokes)
		return wrong("list or revoke; try --help", options->verb);
	if (options->user != NULL && options->user[0] == '\0')
		return wrong("--user takes a person's name", NULL);
	if (lists && options->id != NULL)
		return wrong("list takes no id", options->id);
	if (revokes && (options->json || (options->id != NULL) == (options->user != NULL)))
		return wrong("revoke takes either an id or --user SUBJECT", NULL);
	return true;
}

int verb_grants(int argc, char **argv)
{
	auto_buf errors = BUF(65536), notes = BUF(65536);
	struct options options = { .verb = NULL };
	struct settings *settings;
	int status;

	for (int i = 1; i < argc; i++) {
		if (str_is(str_from(argv[i]), "--help")) {
			print_help();
			return EXIT_SUCCESS;
		}
	}
	if (!read_options(argc, argv, &options))
		return EXIT_WRONG_USE;
	log_start("gatehouse", LOG_ERROR, false);
	settings = settings_read_as(options.settings, environ, &errors, &notes, become_owner);
	if (settings == NULL) {
		fprintf(stderr, "%.*s", STR_ARGS(buf_str(&errors)));
		return EXIT_WRONG_USE;
	}
	status = run_there(settings, &options);
	settings_free(settings);
	return status;
}
