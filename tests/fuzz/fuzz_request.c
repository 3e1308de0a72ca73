/* SPDX-License-Identifier: MIT */
/* The variables of a request, parted by NUL, through everything that looks at them before a token is judged. */
#include "bearer.h"
#include "challenge.h"
#include "cors.h"
#include "fuzz.h"
#include "identity.h"
#include "log.h"
#include "resource.h"

static struct str next_variable(struct str *rest)
{
	struct str variable = STR_NONE;

	return str_cut(rest, '\0', &variable) ? variable : STR_NONE;
}

/* RFC 6750 3: every parameter once, quoted, in the characters that are allowed there. */
static void check_challenge(struct str text)
{
	struct str rest = str_skip(text, 7), piece;

	must(text.n == 0 || str_starts(text, STR("Bearer ")));
	while (text.n != 0 && str_cut(&rest, ',', &piece)) {
		struct str name, value = str_trim(piece);

		must(str_cut(&value, '=', &name) && value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"');
		for (size_t i = 1; i + 1 < value.n; i++)
			must(value.p[i] >= 0x20 && value.p[i] <= 0x7e && value.p[i] != '"' && value.p[i] != '\\');
	}
}

static void check_origin(struct str origin, struct str asked)
{
	struct str listed[] = { STR("https://claude.ai") }, star[] = { STR("*") };
	const struct words exact = { listed, 1 }, any = { star, 1 };
	auto_buf headers = BUF(65536);

	must(!cors_origin_allowed(&exact, origin) || str_is(origin, "https://claude.ai"));
	must(!cors_origin_allowed(&any, origin) || (str_is_printable(origin) && !str_is(origin, "null")));
	cors_allowed_headers(asked, &headers);
	must(headers.failed || str_is_printable(buf_str(&headers)));
}

static void check_principal(struct str a, struct str b)
{
	const struct issuer issuer = { .identifier = STR("https://idp.example") };
	struct str groups[] = { a, b };
	const struct principal principal = { .issuer = &issuer, .subject = a, .user = b, .name = a, .email = b, .client = a,
		.groups = { groups, 2 }, .scopes = { groups, 2 } };

	for (size_t i = 0; i < IDENTITY_FIELDS; i++) {
		auto_buf value = BUF(65536);

		identity_value(&principal, i, &value);
		must(value.failed || str_is_printable(buf_str(&value)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = fuzz_text(data, size);
	struct str authorization = next_variable(&rest), target = next_variable(&rest), host = next_variable(&rest);
	struct str origin = next_variable(&rest), asked = next_variable(&rest), subject = next_variable(&rest);
	struct resource resources[2] = { { .identifier = STR("https://h.example/mcp"), .challenge_granted = true }, { .identifier = STR("https://h.example") } };
	const struct settings settings = { .resource = resources, .n_resources = 2 };
	struct str query, token, path = target_path(target, &query);
	const struct resource *resource;
	enum outcome outcome;

	for (size_t i = 0; i < 2; i++)
		must(url_parse(resources[i].identifier, &resources[i].url));
	must(path.n <= target.n && query.n <= target.n);
	resource = resource_find(&settings, STR_NONE, host, path);
	must(resource == NULL || (path.n != 0 && path.p[0] == '/' && str_eq_nocase(host, STR("h.example"))));
	outcome = bearer_find(authorization, authorization.n != 0, query, &token);
	must((outcome == OUTCOME_ALLOW) == (token.n != 0));
	if (resource != NULL && outcome != OUTCOME_ALLOW) {
		auto_buf challenge = BUF(8192);
		auto_buf body = BUF(8192);

		challenge_write(resource, outcome, NULL, NULL, &challenge);
		check_challenge(buf_str(&challenge));
		challenge_body(resource, outcome, &body);
		must(str_is_printable(buf_str(&body)));
	}
	check_origin(origin, asked);
	check_principal(subject, host);

	auto_buf line = BUF(1024 * 1024);
	log_escape_json(&line, subject);
	must(!line.failed && str_is_printable(buf_str(&line)) && str_is_utf8(buf_str(&line)));
	return 0;
}
