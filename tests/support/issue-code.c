/* SPDX-License-Identifier: MIT */
/*
 * Issues a code as `authorize` would once a person has agreed. SETTINGS is their file; on standard input stands a JSON object: `grant`
 * (grant.h, without id and times), `challenge`, and `ago`, the seconds for which that has been so. Prints the code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "grants.h"
#include "log.h"

extern char **environ;

#define INPUT_BYTES 65536

static json_t *read_input(void)
{
	auto_buf text = BUF(INPUT_BYTES);
	char bytes[4096];
	ssize_t n;

	while ((n = read(0, bytes, sizeof(bytes))) > 0)
		buf_add(&text, (struct str){ bytes, (size_t)n });
	return json_read_object(buf_str(&text), (struct json_limits){ INPUT_BYTES, 32, 8 });
}

int main(int argc, char **argv)
{
	auto_buf errors = BUF(65536), notes = BUF(65536), code = BUF(CODE_TEXT_BYTES);
	struct settings *settings = argc == 2 ? settings_read(argv[1], environ, &errors, &notes) : NULL;
	auto_json *input = read_input();
	json_t *described = json_object_get(input, "grant");
	static const char *const times[] = { "since", "used", "checked", "busy", "generation" };
	struct store *store = settings != NULL ? spaces_open(settings, &errors) : NULL;
	struct grants *grants;
	struct grant grant;
	struct state state;
	struct seal *seal;
	bool good;

	log_start("issue-code", LOG_ERROR, false);
	(void)json_object_set_new(described, "id", json_string("none yet"));
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		(void)json_object_set_new(described, times[i], json_integer(0));
	if (store == NULL || !grant_read(described, &grant) || !state_open(&state, settings->state_directory.p, &errors)) {
		fprintf(stderr, "issue-code: %.*s\n", STR_ARGS(buf_str(&errors)));
		return 111;
	}
	seal = seal_new(&state);
	grants = grants_new(settings, store, seal);
	good = grants_issue(grants, &(struct code){ &grant, json_text(input, "challenge") },
		       time(NULL) - (int64_t)json_integer_value(json_object_get(input, "ago")), &code) == GRANTS_GOOD;
	if (good)
		printf("%s\n", code.p);
	grants_free(grants);
	seal_free(seal);
	store_close(store);
	state_close(&state);
	settings_free(settings);
	return good ? 0 : 1;
}
