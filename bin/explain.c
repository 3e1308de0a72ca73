/* SPDX-License-Identifier: MIT */
/*
 * gatehouse explain: takes a credential apart and judges it like auth-check does, step by step in the same order, for each
 * resource of the settings; of a refusal it says what was found, what was expected and what mends it (advice.c).
 *
 * Whoever calls need not have the rights of the service. Never printed: signatures, opaque tokens, API keys.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "admission.h"
#include "advice.h"
#include "app.h"
#include "bearer.h"
#include "clock.h"
#include "command.h"
#include "inquiry.h"
#include "jws.h"
#include "lists.h"
#include "log.h"
#include "report.h"
#include "rights.h"
#include "show.h"
#include "token.h"
#include "verbs.h"

#define VERB "explain"
#define INPUT_BYTES 65536
#define TEXT_BYTES (512 * 1024)

extern char **environ;

struct options {
	const char *file;
	const char *resource;
	const char *token; /* "-": standard input */
	bool offline;
};

/* What judges, and what is known of the credential. */
struct explanation {
	struct report report;
	const struct options *options;
	const struct settings *settings;
	struct workplace place;
	struct table *table;
	struct turns *turns;
	struct lists *lists;
	struct verifier *verifier;
	struct str token;
	struct credential credential;
	struct buf digest;
	json_t *header, *claims;    /* owned; NULL: none that can be read */
	const struct issuer *giver; /* who gave it out, or is asked about it; NULL: nobody of the settings */
	struct provider *provider;  /* of the giver; NULL likewise */
	int64_t now;
};

static void print_help(void)
{
	fputs("gatehouse explain: say what a token holds, who may use it where, and what mends a refusal\n"
	      "\n"
	      "usage: gatehouse explain [-c FILE] [--resource URL] [--offline] TOKEN|-\n"
	      "  -c FILE         settings; default $GATEHOUSE_CONFIG, else /etc/gatehouse/gatehouse.conf\n"
	      "  --resource URL  judge for this resource only\n"
	      "  --offline       ask no provider: keys from the state directory or keys_file\n"
	      "\n"
	      "With - the token is read from standard input. Do that: others can see the arguments of a\n"
	      "command (ps), and the shell keeps them. As root it works as the user who owns the state\n"
	      "directory. Exit status: 0 it is admitted, 1 it is refused somewhere, 100 wrong use or\n"
	      "settings, 111 system trouble.\n",
		stdout);
}

/* ---- What judges ---- */

static void open_judges(struct explanation *explanation)
{
	auto_buf faults = BUF(65536);

	if (!lists_check(explanation->settings, &faults)) {
		say_lines(&explanation->report, NOTE, &faults);
		say(&explanation->report, NOTE,
			"what can't be read of API keys, deny list and user map counts as empty: call this as the user who owns "
			"them");
	}
	explanation->table = table_open(explanation->place.state.directory, "table");
	/* Not counted among those that serve: it may wait whenever it wants. */
	explanation->turns = explanation->options->offline ? turns_none() : NULL;
	explanation->lists = lists_new(explanation->settings);
	(void)lists_look(explanation->lists, explanation->now);
	explanation->verifier = verifier_new(
		explanation->settings, &explanation->place.state, explanation->table, explanation->turns, explanation->lists);
}

static void close_judges(struct explanation *explanation)
{
	provider_free(explanation->provider);
	json_decref(explanation->header);
	json_decref(explanation->claims);
	buf_free(&explanation->digest);
	verifier_free(explanation->verifier);
	lists_free(explanation->lists);
	turns_free(explanation->turns);
	table_close(explanation->table);
	workplace_close(&explanation->place);
}

/* ---- What the token says ---- */

/* What the provider says of a token that it alone can judge. */
static void ask_giver(struct explanation *explanation)
{
	struct inquiry *inquiry;

	if (explanation->giver == NULL || !inquiry_is_set_up(explanation->giver) || explanation->options->offline ||
		explanation->credential.kind == TOKEN_API_KEY ||
		(explanation->credential.kind == TOKEN_JWT && !explanation->giver->introspects_jwt))
		return;
	inquiry = inquiry_new(
		explanation->settings, explanation->giver, explanation->provider, explanation->table, explanation->turns);
	json_decref(explanation->claims);
	if (inquiry_claims(inquiry, explanation->token, explanation->now, clock_ms() + INQUIRY_MS, &explanation->claims) ==
		OUTCOME_ALLOW)
		show_json("the provider says", explanation->claims, explanation->token);
	inquiry_free(inquiry);
}

static void find_giver(struct explanation *explanation)
{
	const struct settings *settings = explanation->settings;

	explanation->giver = explanation->credential.kind == TOKEN_JWT ? NULL : explanation->credential.asked;
	for (size_t i = 0; i < settings->n_issuers && explanation->credential.kind == TOKEN_JWT; i++) {
		if (str_eq(settings->issuer[i].identifier, json_text(explanation->claims, "iss")))
			explanation->giver = &settings->issuer[i];
	}
	if (explanation->credential.kind == TOKEN_API_KEY)
		explanation->giver = &settings->api_key_issuer;
	else if (explanation->giver != NULL)
		explanation->provider = provider_new(settings, explanation->giver, &explanation->place.state, explanation->table);
	if (explanation->provider != NULL)
		provider_take_turns(explanation->provider, explanation->turns);
}

static void show(struct explanation *explanation)
{
	static const char *const kinds[] = { [TOKEN_API_KEY] = "API key",
		[TOKEN_JWT] = "JWT",
		[TOKEN_ENCRYPTED] = "encrypted token (JWE)",
		[TOKEN_OPAQUE] = "opaque token" };
	enum token_kind kind = explanation->credential.kind;
	struct str rest = explanation->token, part;

	printf("kind: %s\ndigest: sha256:%.*s\n", kinds[kind], STR_ARGS(buf_str(&explanation->digest)));
	if ((kind == TOKEN_JWT || kind == TOKEN_ENCRYPTED) && str_cut(&rest, '.', &part)) {
		explanation->header = token_part(part);
		show_json("header", explanation->header, explanation->token);
	}
	if (kind == TOKEN_JWT && str_cut(&rest, '.', &part)) {
		explanation->claims = token_part(part);
		show_json("claims", explanation->claims, explanation->token);
	}
	find_giver(explanation);
	ask_giver(explanation);
	show_times(explanation->claims, explanation->now);
}

/* ---- The judgement, in the order of auth-check ---- */

static enum outcome judge_principal(
	const struct explanation *explanation, const struct resource *resource, struct principal *principal, bool *by_deny_list)
{
	const struct credential *credential = &explanation->credential;

	*by_deny_list = admission_denied(explanation->lists, credential, explanation->now, principal) != OUTCOME_ALLOW;
	return admission_judge(explanation->lists, resource, credential, explanation->now, principal);
}

static void tell_good(struct explanation *explanation, const struct resource *resource, const struct principal *principal)
{
	auto_json *name = json_from_str(principal->user.n != 0 ? principal->user : principal->subject);
	auto_buf text = BUF(TEXT_BYTES);
	struct str quoted;

	add_json(name, false, &text);
	quoted = buf_str(&text);
	say(&explanation->report, GOOD, "%.*s: %.*s may use it", STR_ARGS(resource->identifier),
		STR_ARGS(str_first(str_skip(quoted, 1), quoted.n - 2)));
}

static void tell_wrong(struct explanation *explanation, enum outcome outcome, struct refused *refused)
{
	auto_buf text = BUF(TEXT_BYTES);
	struct str rest, line;
	bool is_about_keys = outcome == OUTCOME_UNKNOWN_KEY || outcome == OUTCOME_AMBIGUOUS_KEY || outcome == OUTCOME_BAD_SIGNATURE;

	if (is_about_keys && explanation->provider != NULL &&
		provider_keys(explanation->provider, STR_NONE, explanation->now, &refused->keys) != PROVIDER_READY)
		refused->keys = NULL;
	advise(outcome, refused, &text);
	rest = buf_str(&text);
	if (!str_cut(&rest, '\n', &line))
		line = STR_NONE;
	say(&explanation->report, WRONG, "%.*s: %s: %.*s", STR_ARGS(refused->resource->identifier), outcome_row(outcome)->name,
		STR_ARGS(line));
	while (str_cut(&rest, '\n', &line))
		printf("       %.*s\n", STR_ARGS(line));
}

static void judge(struct explanation *explanation, const struct resource *resource, enum outcome shape)
{
	struct refused refused = { .settings = explanation->settings,
		.resource = resource,
		.issuer = explanation->giver,
		.kind = explanation->credential.kind,
		.digest = buf_str(&explanation->digest),
		.header = explanation->header,
		.claims = explanation->claims,
		.offline = explanation->options->offline,
		.now = explanation->now };
	struct principal principal;
	enum outcome outcome = shape;

	if (outcome == OUTCOME_ALLOW)
		outcome = token_judge(
			explanation->verifier, resource, explanation->token, explanation->now, &explanation->credential);
	if (outcome == OUTCOME_ALLOW) {
		principal = *explanation->credential.principal;
		refused.principal = &principal;
		outcome = judge_principal(explanation, resource, &principal, &refused.by_deny_list);
	}
	if (outcome == OUTCOME_ALLOW)
		tell_good(explanation, resource, &principal);
	else
		tell_wrong(explanation, outcome, &refused);
}

static int explain(struct explanation *explanation, enum outcome shape)
{
	const struct settings *settings = explanation->settings;
	const char *wanted = explanation->options->resource;

	if (!workplace_open(&explanation->place, &explanation->report, settings->state_directory.p)) {
		fputs("gatehouse explain: no private directory can be made in $TMPDIR or /tmp\n", stderr);
		return EXIT_SYSTEM;
	}
	open_judges(explanation);
	crypto_sha256_hex(explanation->token, SHA256_BYTES, &explanation->digest);
	if (shape == OUTCOME_ALLOW) {
		token_look(explanation->verifier, explanation->token, &explanation->credential);
		show(explanation);
	}
	for (size_t i = 0; i < settings->n_resources; i++) {
		if (wanted == NULL || str_is(settings->resource[i].identifier, wanted))
			judge(explanation, &settings->resource[i], shape);
	}
	close_judges(explanation);
	return explanation->report.wrong == 0 ? EXIT_SUCCESS : EXIT_PROBLEM;
}

/* ---- What is asked ---- */

/* The token of the command line or of standard input as the header's value, so that it is read like auth-check reads it. */
static bool read_token(const char *argument, struct buf *header)
{
	buf_add_text(header, "Bearer ");
	if (!str_is(str_from(argument), "-")) {
		buf_add_text(header, argument);
		return true;
	}
	/* One that is too long is refused like any other. */
	if (!read_all(stdin, header) && !header->failed)
		return false;
	while (header->n != 0 && str_has(STR("\r\n"), header->p[header->n - 1]))
		header->n--;
	return true;
}

static int run(const struct options *options)
{
	struct explanation explanation = { .report = { .color = isatty(STDOUT_FILENO) == 1 },
		.options = options,
		.digest = BUF(2 * SHA256_BYTES + 1),
		.now = time(NULL) };
	auto_buf errors = BUF(65536);
	auto_buf notes = BUF(65536);
	auto_buf header = BUF(INPUT_BYTES);
	struct settings *settings;
	enum outcome shape;
	int status;

	if (!read_token(options->token, &header)) {
		fputs("gatehouse explain: standard input can't be read\n", stderr);
		return EXIT_SYSTEM;
	}
	settings = settings_read_as(options->file, environ, &errors, &notes, become_owner);
	if (settings == NULL) {
		fprintf(stderr, "%.*s", STR_ARGS(buf_str(&errors)));
		return EXIT_WRONG_USE;
	}
	explanation.settings = settings;
	shape = header.failed ? OUTCOME_TOKEN_TOO_LARGE : bearer_find(buf_str(&header), 1, STR_NONE, &explanation.token);
	if (options->resource != NULL && choose_resource(VERB, settings, options->resource) == NULL)
		status = complain(VERB, "no resource of the settings is", options->resource, EXIT_WRONG_USE);
	else
		status = explain(&explanation, shape);
	explicit_bzero(header.p, header.n);
	settings_free(settings);
	return status;
}

int verb_explain(int argc, char **argv)
{
	struct options options = { 0 };

	for (int i = 1; i < argc; i++) {
		struct str word = str_from(argv[i]);

		if (str_is(word, "--help")) {
			print_help();
			return EXIT_SUCCESS;
		} else if (str_is(word, "--offline")) {
			options.offline = true;
		} else if (str_is(word, "-c") && i + 1 < argc) {
			options.file = argv[++i];
		} else if (str_is(word, "--resource") && i + 1 < argc) {
			options.resource = argv[++i];
		} else if (options.token == NULL && word.n != 0 && (word.p[0] != '-' || word.n == 1)) {
			options.token = argv[i];
		} else {
			/* It may be a token, which is not repeated. */
			return complain(VERB, "unknown option, missing value or second token; try --help", NULL, EXIT_WRONG_USE);
		}
	}
	if (options.token == NULL)
		return complain(VERB, "a token is missing, or - to read it from standard input; try --help", NULL, EXIT_WRONG_USE);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	log_start("gatehouse", LOG_ERROR, false);
	return run(&options);
}
