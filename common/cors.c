/* SPDX-License-Identifier: MIT */
#include "cors.h"

static const char fixed_headers[] =
	"Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID";

bool cors_origin_allowed(const struct words *allowed, struct str origin)
{
	/* "null" is what sandboxed pages and file: send: it names nobody (RFC 6454 7.1). */
	if (origin.n == 0 || str_is(origin, "null") || !str_is_printable(origin) || str_has(origin, ' '))
		return false;
	for (size_t i = 0; i < allowed->n; i++) {
		if (str_is(allowed->word[i], "*") || str_eq(allowed->word[i], origin))
			return true;
	}
	return false;
}

/* Mcp-Param-<token> (MCP Streamable HTTP, custom headers); token of RFC 9110 5.6.2. */
static bool is_parameter_header(struct str name)
{
	const struct str prefix = STR("mcp-param-");

	if (name.n <= prefix.n || name.n > 128 || !str_eq_nocase(str_first(name, prefix.n), prefix))
		return false;
	for (size_t i = prefix.n; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    str_has(STR("!#$%&'*+-.^_`|~"), c)))
			return false;
	}
	return true;
}

void cors_allowed_headers(struct str requested, struct buf *out)
{
	struct str name;

	buf_add_text(out, fixed_headers);
	while (str_cut(&requested, ',', &name)) {
		name = str_trim(name);
		if (is_parameter_header(name)) {
			buf_add(out, STR(", "));
			buf_add(out, name);
		}
	}
}
