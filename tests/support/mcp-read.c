/* SPDX-License-Identifier: MIT */
/*
 * usage: mcp-read FILE: reads bodies (four bytes of length, highest first, and then the body) and prints, one line for each,
 * what common/mcp.h makes of it: null when it is refused, else a list of [form, method, target, id].
 */
#include <stdio.h>
#include <stdlib.h>

#include "mcp.h"

static const char *const forms[] = { "request", "notification", "response" };

static json_t *text_or_null(struct str text)
{
	return text.n != 0 ? json_from_str(text) : json_null();
}

static void say(struct str text)
{
	const struct mcp_body body = { { STR("application/json"), 1 }, { STR_NONE, 0 }, text };
	auto_mcp_message message = { 0 };
	auto_buf line = BUF(64 * 1024 * 1024);
	auto_json *seen = json_null();

	if (mcp_read_body(&body, &message) == OUTCOME_ALLOW) {
		seen = json_array();
		for (size_t i = 0; i < message.n; i++) {
			const struct mcp_item *item = &message.item[i];
			json_t *id = item->id != NULL ? json_deep_copy(item->id) : json_null();

			json_array_append_new(seen,
				json_pack("[soooo]", forms[item->form], text_or_null(item->method), text_or_null(item->target), id,
					json_boolean(item->id != NULL)));
		}
	}
	json_write(seen, &line);
	printf("%.*s\n", STR_ARGS(buf_str(&line)));
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;
	unsigned char size[4];

	if (file == NULL)
		return 100;
	while (fread(size, 1, sizeof(size), file) == sizeof(size)) {
		size_t n = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3];
		auto_free char *body = memory_new(n != 0 ? n : 1); /* exactly as long, so that a read beyond is seen */

		if (fread(body, 1, n, file) != n)
			return 111;
		say((struct str){ body, n });
	}
	(void)fclose(file);
	return 0;
}
