/* SPDX-License-Identifier: MIT */
/*
 * The form of arguments. `arguments` in the table of directives is a choice between "|": words in
 * capitals name a kind below (DURATION may carry "<=LIMIT"), others stand for themselves; "..." =
 * one or more of that.
 */
#include "settings_parts.h"

#include "algorithm_names.h"

#include <string.h>

#define DAY 86400
#define LONGEST_DURATION ((int64_t)10 * 365 * DAY)

bool settings_duration(struct str text, int64_t *seconds)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "s", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 }, { "d", DAY }, { "day", DAY } };
	uint64_t number;
	size_t digits = 0;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!str_number(str_first(text, digits), (uint64_t)LONGEST_DURATION, &number))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (str_is(str_skip(text, digits), units[i].name) && (int64_t)number <= LONGEST_DURATION / units[i].seconds) {
			*seconds = (int64_t)number * units[i].seconds;
			return true;
		}
	}
	return false;
}

bool value_rate(struct str text, struct rate *rate)
{
	static const struct {
		const char *name;
		uint32_t seconds;
	} units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "day", DAY } };
	struct str count = STR_NONE;
	uint64_t number;

	if (str_is(text, "off")) {
		*rate = (struct rate){ 0, 0 };
		return true;
	}
	if (!str_cut(&text, '/', &count) || !str_number(count, 1000000, &number) || number == 0)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (str_is(text, units[i].name)) {
			*rate = (struct rate){ (uint32_t)number, units[i].seconds };
			return true;
		}
	}
	return false;
}

static bool is_origin(struct str text)
{
	struct url url;

	/* Browsers never write the default port of a scheme (WHATWG URL), so an origin with one
	 * never matches. */
	return url_parse(text, &url) && str_eq(url.origin, text) &&
		!(url.has_port && url.port == (str_is(url.scheme, "https") ? 443 : 80));
}

bool list_has(const char *list, struct str word)
{
	struct str rest = str_from(list), item;

	while (str_word(&rest, &item)) {
		if (str_eq(item, word))
			return true;
	}
	return false;
}

static bool is_made_of(struct str s, char lowest, const char *without)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < lowest || s.p[i] > 0x7e || strchr(without, s.p[i]) != NULL)
			return false;
	}
	return s.n != 0;
}

static bool is_url(struct str s)
{
	struct url url;

	return url_parse(s, &url) && !url.has_fragment;
}

static bool is_page(struct str s)
{
	struct url url;

	return url_parse(s, &url) && str_is(url.scheme, "https");
}

static bool is_proxy(struct str s)
{
	struct url url;

	return url_parse(s, &url) && (url.path.n == 0 || str_is(url.path, "/")) && !url.has_query && !url.has_fragment;
}

static bool is_file(struct str s)
{
	return s.n > 1 && s.p[0] == '/' && str_is_printable(s);
}

static bool is_path(struct str s)
{
	return path_is_plain(s);
}

static bool is_scope(struct str s)
{
	return is_made_of(s, 0x21, "\"\\");
}

static bool is_client(struct str s)
{
	return is_made_of(s, 0x20, "");
}

static bool is_word(struct str s)
{
	return s.n != 0 && str_is_printable(s);
}

static bool is_name(struct str s)
{
	return is_made_of(s, 0x21, "\"'\\,;");
}

/* RFC 8252 7: http for loopback alone; never a scheme that runs or reads what it carries. */
static bool is_uri(struct str s)
{
	static const char *const refused[] = { "javascript", "data", "file", "blob", "vbscript", "about" };
	struct str scheme = uri_scheme(s);
	struct url url;

	if (scheme.n == 0 || s.n == scheme.n + 1 || s.n > REDIRECT_URI_BYTES || !is_made_of(s, 0x21, "\"#*<>\\^`{|}"))
		return false;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (str_eq_nocase(scheme, str_from(refused[i])))
			return false;
	}
	if (str_eq_nocase(scheme, STR("https")))
		return url_parse(s, &url);
	return !str_eq_nocase(scheme, STR("http")) || (url_parse(s, &url) && url_is_loopback(&url));
}

/* What belongs to somebody else's API, or to no API at all (RFC 8707 2, RFC 9700 2.3). */
static bool is_audience(struct str s)
{
	static const char *const refused[] = {
		"*",
		"account", /* Keycloak's default, in every token */
		"https://graph.microsoft.com",
		"https://graph.microsoft.com/",
		"00000003-0000-0000-c000-000000000000",
		"https://graph.windows.net",
		"https://graph.windows.net/",
		"00000002-0000-0000-c000-000000000000",
	};
	struct str trimmed = str_ends(s, STR("/")) ? str_first(s, s.n - 1) : s;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (str_eq_nocase(s, str_from(refused[i])))
			return false;
	}
	return is_word(s) && !(uri_scheme(s).n != 0 && str_ends(trimmed, STR("/userinfo")));
}

static bool is_algorithm(struct str s)
{
	for (const char *const *name = algorithm_names; *name != NULL; name++) {
		if (str_is(s, *name))
			return true;
	}
	return false;
}

/* What a Bearer token may have (token68, RFC 9110 11.2), but the dot. */
static bool is_prefix(struct str s)
{
	return s.n >= 2 && is_made_of(s, 0x21, "\"'.,;!#$%&()*:<=>?@[\\]^`{|}");
}

static bool is_network(struct str s)
{
	struct network network;

	return network_parse(s, &network) && network.bits != 0;
}

/* A host as URLs have it, in its normal form. */
static bool is_host(struct str s)
{
	auto_buf text = BUF(300);
	struct url url;

	buf_print(&text, "https://%.*s", STR_ARGS(s));
	return !text.failed && url_parse(buf_str(&text), &url) && str_eq(url.host, s) && !url.has_port;
}

static bool is_port(struct str s)
{
	uint64_t number;

	return str_number(s, 65535, &number) && number != 0;
}

static bool is_server(struct str s)
{
	struct str host;
	uint64_t port = 0;

	return is_file(s) || (is_made_of(s, 0x21, "\"'\\,;/@?#") && s.n <= 300 && host_and_port_parse(s, &host, &port));
}

static bool is_duration(struct str s)
{
	int64_t seconds;

	return settings_duration(s, &seconds);
}

static bool is_rate(struct str s)
{
	struct rate rate;

	return value_rate(s, &rate) && rate.count != 0;
}

static const struct kind {
	const char *name;
	bool (*ok)(struct str text);
	const char *expected;
} kinds[] = {
	{ "URL", is_url, "an absolute https URL (host in lower case, no user information, no fragment)" },
	{ "ORIGIN", is_origin, "an origin such as https://claude.ai (no path, no closing slash, no default port)" },
	{ "PAGE", is_page, "an https URL" },
	{ "PROXY", is_proxy, "a proxy such as http://proxy.example.com:3128 (no path, no user information)" },
	{ "FILE", is_file, "an absolute path such as /etc/gatehouse/name" },
	{ "PATH", is_path, "a path such as /sse (absolute, no dot segments, no escaped slashes)" },
	{ "SCOPE", is_scope, "a scope (ASCII without blank, quote and backslash; RFC 6749 3.3)" },
	{ "CLIENT", is_client, "a client identifier (printable ASCII; RFC 6749 A.1)" },
	{ "AUDIENCE", is_audience,
		"an audience that is used for this MCP server alone (not *, account, Microsoft "
		"Graph or a userinfo URL: "
		"tokens for those were meant for somebody else)" },
	{ "URI", is_uri, "a redirect URI (https, http on loopback, or an application's own scheme; no fragment, no *)" },
	{ "ALGORITHM", is_algorithm, "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA or Ed25519" },
	{ "PREFIX", is_prefix, "how tokens start, such as mat_ (two or more letters, digits, - _ ~ + /)" },
	{ "NETWORK", is_network, "an address or network such as 192.0.2.1 or 10.0.0.0/8" },
	{ "NAME", is_name, "a name" },
	{ "HOST", is_host, "a host in lower case, without a port" },
	{ "PORT", is_port, "a port from 1 to 65535" },
	{ "SERVER", is_server, "HOST, HOST:PORT, [IPV6]:PORT or the /PATH of a socket" },
	{ "CLAIM", is_word, "the name of a claim" },
	{ "TEXT", is_word, "text on one line" },
	{ "PATTERN", is_word, "a name, in which * stands for any text" },
	{ "EXPRESSION", is_word, "an expression in CEL such as \"mcp.tool.name == 'echo'\"" },
	{ "RULE", is_word, "any, subject, email, domain, group, client, org, team or hosted_domain" },
	{ "DURATION", is_duration, "a time such as 30s, 5m, 24h or 7d" },
	{ "RATE", is_rate, "a rate such as 60/min (s, min, h, day; at least 1)" },
};

static const struct kind *kind_find(struct str name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (str_is(name, kinds[i].name))
			return &kinds[i];
	}
	return NULL;
}

/* One of the choices, "URL", "on", "DURATION<=1h": is it this? */
static bool choice_ok(struct str choice, struct str text, struct buf *expected)
{
	struct str name = choice;
	const struct kind *kind;
	int64_t limit = INT64_MAX, seconds = 0;

	if (str_ends(choice, STR("...")))
		name = choice = str_first(choice, choice.n - 3);
	if (!str_cut(&choice, '<', &name))
		return false;
	if (choice.p != NULL && !settings_duration(str_skip(choice, 1), &limit))
		return false;
	kind = kind_find(name);
	if (expected->n != 0)
		buf_add_text(expected, " or ");
	buf_add(expected, kind != NULL ? str_from(kind->expected) : name);
	if (choice.p != NULL)
		buf_print(expected, ", at most %.*s", STR_ARGS(str_skip(choice, 1)));
	if (kind == NULL)
		return str_eq(name, text);
	return kind->ok(text) && (choice.p == NULL || (settings_duration(text, &seconds) && seconds <= limit));
}

bool value_ok(const char *arguments, struct str text, struct buf *expected)
{
	struct str rest = str_from(arguments), choice;
	bool ok = false;

	while (str_cut(&rest, '|', &choice))
		ok = choice_ok(choice, text, expected) || ok;
	return ok;
}

const struct directive *directive_find(struct str name)
{
	for (const struct directive *directive = directives; directive->name != NULL; directive++) {
		if (str_is(name, directive->name))
			return directive;
	}
	return NULL;
}
