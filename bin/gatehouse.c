/* SPDX-License-Identifier: MIT */
/* gatehouse: the tool for the person who runs it. Finds the verb; the verbs do the work. */
#include <stdio.h>
#include <stdlib.h>

#include "app.h"
#include "near.h"
#include "verbs.h"

static const struct verb {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "check", "look at the settings, the files and the provider, and say what is wrong", verb_check },
	{ "explain", "say what a token holds, who may use it where, and what mends a refusal", verb_explain },
	{ "grants", "list and take back what people have allowed clients", verb_grants },
	{ "key", "make, list and withdraw API keys", verb_key },
	{ "keys", "make and change the keys that sign and seal", verb_keys },
	{ "policy", "say whether somebody may call a tool, and which rule decides", verb_policy },
	{ "token", "make a development issuer and tokens of it", verb_token },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void print_help(FILE *to)
{
	fputs("gatehouse: OAuth 2.1 in front of any HTTP MCP server\n\nusage: gatehouse VERB [options]\n", to);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(to, "  %-10s %s\n", verbs[i].name, verbs[i].help);
	fputs("\ngatehouse VERB --help says more. gatehouse --version prints the version.\n", to);
}

static int wrong_word(struct str word)
{
	struct near near = near_to(word);

	if (word.n == 0) {
		print_help(stderr);
		return EXIT_WRONG_USE;
	}
	for (size_t i = 0; i < VERBS; i++)
		near_try(&near, verbs[i].name);
	fprintf(stderr, "gatehouse: found \"%.*s\", expected a verb; ", STR_ARGS(word));
	if (near.found != NULL)
		fprintf(stderr, "did you mean %s? Or ", near.found);
	fputs("try --help\n", stderr);
	return EXIT_WRONG_USE;
}

static int say_version(void)
{
	printf("gatehouse %s\n", GATEHOUSE_VERSION);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct str word = str_from(argc > 1 ? argv[1] : NULL);

	if (str_is(word, "--help")) {
		print_help(stdout);
		return EXIT_SUCCESS;
	}
	if (str_is(word, "--version"))
		return say_version();
	for (size_t i = 0; i < VERBS; i++) {
		if (str_is(word, verbs[i].name))
			return argc == 3 && str_is(str_from(argv[2]), "--version") ? say_version()
										   : verbs[i].run(argc - 1, argv + 1);
	}
	return wrong_word(word);
}
