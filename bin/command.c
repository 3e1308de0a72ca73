/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <string.h>

int complain(const char *verb, const char *what, const char *detail, int status)
{
	fprintf(stderr, "gatehouse %s: %s%s%s\n", verb, what, detail != NULL ? ": " : "", detail != NULL ? detail : "");
	return status;
}

bool read_all(FILE *from, struct buf *text)
{
	char chunk[4096];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), from)) > 0 && !text->failed)
		buf_add(text, (struct str){ chunk, n });
	explicit_bzero(chunk, sizeof(chunk));
	return ferror(from) == 0 && !text->failed;
}

const struct resource *choose_resource(const char *verb, const struct settings *settings, const char *wanted)
{
	for (size_t i = 0; i < settings->n_resources; i++) {
		if (wanted == NULL ? settings->n_resources == 1 : str_is(settings->resource[i].identifier, wanted))
			return &settings->resource[i];
	}
	for (size_t i = 0; i < settings->n_resources; i++)
		fprintf(stderr, "gatehouse %s: there is %.*s\n", verb, STR_ARGS(settings->resource[i].identifier));
	return NULL;
}
