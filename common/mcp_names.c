/* SPDX-License-Identifier: MIT */
#include "mcp_names.h"

#define METHOD_BYTES 128

/* MCP 2026-07-28, standard headers; tasks by their extension (SEP-2663) and by 2025-11-25, which had tasks/result. */
static const struct mcp_rule rules[] = {
	{ "tools/call", MCP_TOOL, "name", true },
	{ "prompts/get", MCP_PROMPT, "name", true },
	{ "resources/read", MCP_RESOURCE, "uri", true },
	{ "resources/subscribe", MCP_RESOURCE, "uri", false },
	{ "resources/unsubscribe", MCP_RESOURCE, "uri", false },
	{ "tasks/get", MCP_TASK, "taskId", false },
	{ "tasks/update", MCP_TASK, "taskId", false },
	{ "tasks/cancel", MCP_TASK, "taskId", false },
	{ "tasks/result", MCP_TASK, "taskId", false },
};

#define N_RULES (sizeof(rules) / sizeof(rules[0]))

const struct mcp_rule *mcp_rule_of(struct str method)
{
	for (size_t i = 0; i < N_RULES; i++) {
		if (str_is(method, rules[i].method))
			return &rules[i];
	}
	return NULL;
}

bool mcp_is_method(struct str method)
{
	if (method.n == 0 || method.n > METHOD_BYTES)
		return false;
	for (size_t i = 0; i < method.n; i++) {
		if (method.p[i] <= 0x20 || method.p[i] >= 0x7f)
			return false;
	}
	for (size_t i = 0; i < N_RULES; i++) {
		if (mcp_look_alike(method, str_from(rules[i].method)))
			return false;
	}
	return true;
}

/* How many bytes the character at the start of well-formed UTF-8 has. */
static size_t character_bytes(struct str text)
{
	size_t n = 1;

	while (n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

bool mcp_look_alike(struct str name, struct str real)
{
	struct str rest = name;

	if (str_eq(name, real))
		return false;
	for (size_t i = 0; i < real.n; i++) {
		bool is_ascii;

		if (rest.n == 0)
			return false;
		is_ascii = (unsigned char)rest.p[0] < 0x80;
		if (is_ascii && !str_eq_nocase(str_first(rest, 1), str_first(str_skip(real, i), 1)))
			return false;
		rest = str_skip(rest, is_ascii ? 1 : character_bytes(rest));
	}
	return rest.n == 0;
}
