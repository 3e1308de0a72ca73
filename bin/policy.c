/* SPDX-License-Identifier: MIT */
/*
 * gatehouse policy: may somebody with these claims call that tool? A dry run of the rules, that says what each rule says and which
 * one decides. The claims are taken at their word: no signature, deny list, user map or limit is looked at (gatehouse explain
 * does).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "call.h"
#include "challenge.h"
#include "claims.h"
#include "command.h"
#include "facts.h"
#include "log.h"
#include "mcp_names.h"
#include "report.h"
#include "rights.h"
#include "show.h"
#include "verbs.h"

#define VERB "policy"
#define INPUT_BYTES 65536
#define TEXT_BYTES 65536
#define DEPTH 12
#define MEMBERS 256

extern char **environ;

struct options {
	const char *file, *resource, *claims, *arguments;
	const char *method, *name; /* of MCP */
	enum mcp_target_kind kind;
};

static void print_help(void)
{
	fputs("gatehouse policy: say whether somebody may call a tool, and which rule decides\n"
	      "\n"
	      "usage: gatehouse policy [options] --as TOKEN|CLAIMS TOOL\n"
	      "       gatehouse policy [options] --as TOKEN|CLAIMS --prompt NAME | --uri URI | --method METHOD\n"
	      "  --as TOKEN|CLAIMS  a JWT, a file with the claims of one as JSON, or - for either on standard\n"
	      "                     input; iss, aud, sub and exp may be missing\n"
	      "  --prompt NAME      instead of a tool: get this prompt\n"
	      "  --uri URI          instead of a tool: read this MCP resource\n"
	      "  --method METHOD    instead of a tool: a method such as tools/list\n"
	      "  --arguments JSON   what the tool is called with, for rules that look at mcp.arguments\n"
	      "  --resource URL     the resource, if the settings have several\n"
	      "  -c FILE            settings; default $GATEHOUSE_CONFIG, else /etc/gatehouse/gatehouse.conf\n"
	      "\n"
	      "The claims are taken at their word: signature, deny list, user map and limits are not\n"
	      "looked at (gatehouse explain does). As root it works as the user who owns the state\n"
	      "directory. Exit status: 0 it is allowed, 1 it is refused, 100 wrong use or settings, 111\n"
	      "system trouble.\n",
		stdout);
}

/* ---- Who ---- */

/* new; NULL: neither claims nor a JWT. */
static json_t *read_claims(const char *argument)
{
	const struct json_limits limits = { INPUT_BYTES, DEPTH, MEMBERS };
	auto_buf text = BUF(INPUT_BYTES);
	struct str token, part;
	json_t *claims;
	FILE *file;

	if (str_is(str_from(argument), "-")) {
		if (!read_all(stdin, &text))
			return NULL;
	} else if ((file = fopen(argument, "re")) != NULL) {
		bool good = read_all(file, &text);

		(void)fclose(file);
		if (!good)
			return NULL;
	} else {
		buf_add_text(&text, argument);
	}
	claims = json_read_object(buf_str(&text), limits);
	token = buf_str(&text);
	while (token.n != 0 && str_has(STR("\r\n "), token.p[token.n - 1]))
		token.n--;
	if (claims == NULL && str_cut(&token, '.', &part) && str_cut(&token, '.', &part))
		claims = token_part(part);
	return claims;
}

static void set_missing(json_t *claims, const char *name, json_t *value)
{
	if (json_object_get(claims, name) == NULL)
		(void)json_object_set_new(claims, name, value);
	else
		json_decref(value);
}

/* What nobody wants to write by hand for a dry run. */
static void complete(const struct resource *resource, json_t *claims, time_t now)
{
	const struct issuer *issuer;
	const struct words *audience = &resource->audience;

	set_missing(claims, "iss", json_from_str(resource->issuer[0]->identifier));
	issuer = settings_accepted_issuer(resource, json_text(claims, "iss"));
	if (audience->n == 0 && issuer != NULL)
		audience = &issuer->audience;
	set_missing(claims, "aud", json_from_str(audience->n != 0 ? audience->word[0] : resource->identifier));
	set_missing(claims, "sub", json_string("somebody"));
	set_missing(claims, "exp", json_integer(now + 60));
}

/* ---- What the rules say ---- */

static void tell(void *told, struct str where, enum operation_word word)
{
	static const char *const says[] = { [OPERATION_SILENT] = "does not allow it to them",
		[OPERATION_YES] = "allows it",
		[OPERATION_NEEDS_SCOPES] = "allows it to those who have its scopes",
		[OPERATION_NO] = "refuses it, whatever other rules say" };

	if (where.n == 0)
		say(told, NOTE, "no rule is about it");
	else
		say(told, NOTE, "%.*s: %s", STR_ARGS(where), says[word]);
}

static enum outcome judge(
	struct report *report, struct calls *calls, const struct options *options, struct call *call, const json_t *arguments)
{
	const struct mcp_item item = { .form = MCP_REQUEST,
		.method = str_from(options->method),
		.target_kind = options->kind,
		.target = str_from(options->name),
		.arguments = arguments };
	enum outcome outcome = policy_allow(call->resource, call->principal), operation;

	if (outcome != OUTCOME_ALLOW) {
		say(report, NOTE, "allow and deny of the resource decide: no rule for tools is asked");
		return outcome;
	}
	outcome = policy_scopes(call->resource, call->principal);
	if (outcome != OUTCOME_ALLOW)
		say(report, NOTE, "require_scopes of the resource are not all there");
	call->tell = tell;
	call->told = report;
	operation = calls_try(calls, call, &item);
	return outcome != OUTCOME_ALLOW ? outcome : operation;
}

static void conclude(struct report *report, const struct options *options, const struct call *call, enum outcome outcome)
{
	auto_buf text = BUF(TEXT_BYTES);
	auto_buf challenge = BUF(TEXT_BYTES);

	add_quoted(str_from(options->name != NULL ? options->name : options->method), &text);
	if (outcome == OUTCOME_ALLOW) {
		say(report, GOOD, "%.*s: %.*s is allowed", STR_ARGS(call->resource->identifier), STR_ARGS(buf_str(&text)));
		return;
	}
	say(report, WRONG, "%.*s: %.*s is refused: %s: %s", STR_ARGS(call->resource->identifier), STR_ARGS(buf_str(&text)),
		outcome_row(outcome)->name, outcome_row(outcome)->description);
	challenge_write(call->resource, outcome, call->principal, &call->needed, &challenge);
	if (challenge.n != 0)
		say(report, NOTE, "the client is told: WWW-Authenticate: %.*s", STR_ARGS(buf_str(&challenge)));
	else
		say(report, NOTE, "a new login would not help, so the client is told 403 without a challenge");
}

static int try_policy(const struct options *options, const struct settings *settings, const struct resource *resource,
	json_t *given, const json_t *arguments)
{
	struct report report = { .color = isatty(STDOUT_FILENO) == 1 };
	auto_buf name = BUF(TEXT_BYTES);
	auto_buf text = BUF(TEXT_BYTES);
	time_t now = time(NULL);
	const struct issuer *issuer;
	struct claims claims;
	enum outcome outcome;

	complete(resource, given, now);
	issuer = settings_accepted_issuer(resource, json_text(given, "iss"));
	outcome = issuer != NULL ? claims_judge(given, EVIDENCE_ACCESS_TOKEN, issuer, resource, now, &claims)
				 : OUTCOME_UNKNOWN_ISSUER;
	if (outcome != OUTCOME_ALLOW) {
		say(&report, WRONG, "the claims are refused before any rule is asked: %s: %s; gatehouse explain says more",
			outcome_row(outcome)->name, outcome_row(outcome)->description);
		return EXIT_PROBLEM;
	}
	add_principal(&claims.principal, &text);
	buf_add_text(&text, ", scopes ");
	add_words(&claims.principal.scopes, &text);
	say(&report, NOTE, "%.*s", STR_ARGS(buf_str(&text)));

	auto_json *facts = facts_new(&claims.principal, given);
	claims.principal.facts = facts;
	struct call call = { .resource = resource,
		.principal = &claims.principal,
		.method = STR("POST"),
		.path = resource->url.path,
		.shows_body = true,
		.name = &name };
	struct calls *calls = calls_new(settings);

	outcome = judge(&report, calls, options, &call, arguments);
	conclude(&report, options, &call, outcome);
	calls_free(calls);
	return outcome == OUTCOME_ALLOW ? EXIT_SUCCESS : EXIT_PROBLEM;
}

/* ---- What is asked ---- */

static int run(const struct options *options)
{
	const struct json_limits limits = { INPUT_BYTES, DEPTH, MEMBERS };
	auto_buf errors = BUF(TEXT_BYTES);
	auto_buf notes = BUF(TEXT_BYTES);
	auto_json *claims = read_claims(options->claims);
	auto_json *arguments = options->arguments != NULL ? json_read_object(str_from(options->arguments), limits) : NULL;
	struct settings *settings = settings_read_as(options->file, environ, &errors, &notes, become_owner);
	const struct resource *resource;
	int status;

	if (settings == NULL || !calls_check(settings, &errors)) {
		fprintf(stderr, "%.*s", STR_ARGS(buf_str(&errors)));
		settings_free(settings);
		return EXIT_WRONG_USE;
	}
	resource = choose_resource(VERB, settings, options->resource);
	if (resource == NULL)
		status = complain(VERB, "--resource must name one of them", NULL, EXIT_WRONG_USE);
	else if (claims == NULL)
		status = complain(VERB, "--as needs a JWT, or a file that holds one JSON object", NULL, EXIT_WRONG_USE);
	else if (options->arguments != NULL && arguments == NULL)
		status = complain(VERB, "--arguments needs a JSON object", NULL, EXIT_WRONG_USE);
	else
		status = try_policy(options, settings, resource, claims, arguments);
	settings_free(settings);
	return status;
}

/* A method that names a tool, a prompt or a resource is nothing without it; rules never look at the id of a task. */
static bool can_stand_alone(struct str method)
{
	const struct mcp_rule *rule = mcp_rule_of(method);

	return mcp_is_method(method) && (rule == NULL || rule->kind == MCP_TASK);
}

/* What is called: an option with its kind, or the one bare word. */
static bool take_target(struct options *options, struct str word, const char *value)
{
	static const struct {
		const char *option, *method;
		enum mcp_target_kind kind;
	} targets[] = { { "", "tools/call", MCP_TOOL }, { "--prompt", "prompts/get", MCP_PROMPT },
		{ "--uri", "resources/read", MCP_RESOURCE } };

	if (options->method != NULL || value == NULL || value[0] == '\0' || !str_is_utf8(str_from(value)))
		return false;
	if (str_is(word, "--method") && can_stand_alone(str_from(value)))
		options->method = value;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (str_is(word, targets[i].option)) {
			options->method = targets[i].method;
			options->kind = targets[i].kind;
			options->name = value;
		}
	}
	return options->method != NULL;
}

int verb_policy(int argc, char **argv)
{
	struct options options = { 0 };

	for (int i = 1; i < argc; i++) {
		struct str word = str_from(argv[i]);

		if (str_is(word, "--help")) {
			print_help();
			return EXIT_SUCCESS;
		} else if (str_is(word, "-c") && i + 1 < argc) {
			options.file = argv[++i];
		} else if (str_is(word, "--resource") && i + 1 < argc) {
			options.resource = argv[++i];
		} else if (str_is(word, "--as") && i + 1 < argc) {
			options.claims = argv[++i];
		} else if (str_is(word, "--arguments") && i + 1 < argc) {
			options.arguments = argv[++i];
		} else if (str_starts(word, STR("-")) ? !take_target(&options, word, argv[++i])
						      : !take_target(&options, STR_NONE, argv[i])) {
			return complain(
				VERB, "unknown option, missing value, or a target too much; try --help", NULL, EXIT_WRONG_USE);
		}
	}
	if (options.method == NULL || options.claims == NULL)
		return complain(VERB, "a tool and --as are needed; try --help", NULL, EXIT_WRONG_USE);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	log_start("gatehouse", LOG_WARNING, false);
	return run(&options);
}
