/* SPDX-License-Identifier: MIT */
#include "redirect_uri.h"

/* A client names several at once and is refused for one: each set is all that its client names. */
static const char *const claude[] = { "https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback",
	"http://localhost/callback", "http://127.0.0.1/callback", NULL };
static const char *const chatgpt[] = { "https://chatgpt.com/connector_platform_oauth_redirect",
	"https://chatgpt.com/connector/oauth/*", NULL };
static const char *const vscode[] = { "https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect", "http://127.0.0.1/",
	"http://127.0.0.1", "http://localhost/", "http://localhost", NULL };
static const char *const cursor[] = { "cursor://anysphere.cursor-mcp/oauth/callback",
	"https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost/callback", "http://127.0.0.1/callback", NULL };
static const char *const mcp_remote[] = { "http://localhost/oauth/callback", "http://127.0.0.1/oauth/callback", NULL };
static const char *const inspector[] = { "http://localhost/oauth/callback", "http://localhost/oauth/callback/debug",
	"http://127.0.0.1/oauth/callback", "http://127.0.0.1/oauth/callback/debug", NULL };
static const char *const mcporter[] = { "http://127.0.0.1/callback", "http://localhost/callback", NULL };
static const char *const mcpc[] = { "http://localhost/callback", "http://127.0.0.1/callback", NULL };
static const char *const loopback[] = { "http://127.0.0.1/", "http://127.0.0.1/callback", "http://127.0.0.1/oauth/callback",
	"http://127.0.0.1/cb", "http://localhost/", "http://localhost/callback", "http://localhost/oauth/callback",
	"http://localhost/cb", "http://[::1]/", "http://[::1]/callback", "http://[::1]/oauth/callback", "http://[::1]/cb", NULL };

const struct redirect_preset redirect_presets[] = {
	{ "claude", claude, "Claude (web, desktop) and Claude Code" },
	{ "chatgpt", chatgpt, "ChatGPT connectors" },
	{ "vscode", vscode, "Visual Studio Code" },
	{ "cursor", cursor, "Cursor" },
	{ "mcp-remote", mcp_remote, "mcp-remote" },
	{ "inspector", inspector, "MCP Inspector" },
	{ "mcporter", mcporter, "mcporter" },
	{ "mcpc", mcpc, "mcpc" },
	{ "loopback", loopback, "programs on the user's own machine, by the usual paths" },
	{ NULL, NULL, NULL },
};

const struct redirect_preset *redirect_preset_find(struct str name)
{
	const struct redirect_preset *preset = redirect_presets;

	while (preset->name != NULL && !str_is(name, preset->name))
		preset++;
	return preset->name != NULL ? preset : NULL;
}

/* Schemes that run code or read files in a browser: no list makes them good (RFC 9700 4.1). */
static bool is_dangerous_scheme(struct str scheme)
{
	static const char *const dangerous[] = { "javascript", "data", "file", "blob", "vbscript", "about" };

	for (size_t i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++) {
		if (str_eq_nocase(scheme, str_from(dangerous[i])))
			return true;
	}
	return false;
}

bool redirect_uri_listable(struct str uri, struct buf *why)
{
	struct str scheme = uri_scheme(uri);
	struct url url;

	if (scheme.n == 0 || uri.n > REDIRECT_URI_BYTES || !str_is_printable(uri) || str_has(uri, ' ')) {
		buf_add_text(why, "it is no absolute URI");
		return false;
	}
	if (is_dangerous_scheme(scheme)) {
		buf_add_text(why, "this scheme runs code or reads files");
		return false;
	}
	if (str_has(uri, '#')) {
		buf_add_text(why, "a redirect URI has no fragment (RFC 6749 3.1.2)");
		return false;
	}
	if (str_has(uri, '*')) {
		buf_add_text(why, "there are no wildcards: each redirect URI is listed whole");
		return false;
	}
	if (!str_eq_nocase(scheme, STR("https")) && !str_eq_nocase(scheme, STR("http")))
		return true;
	if (!url_parse(uri, &url)) {
		buf_add_text(why, "it is no URL that we understand");
		return false;
	}
	if (str_is(url.scheme, "http") && !url_is_loopback(&url)) {
		buf_add_text(why, "http is for 127.0.0.1, [::1] and localhost only (RFC 8252 7.3)");
		return false;
	}
	return true;
}

/* "*" as the last segment stands for one segment of letters, digits, "-" and "_". */
static bool matches_segment(struct str pattern, struct str uri)
{
	struct str fixed = str_first(pattern, pattern.n - 1), segment;

	if (!str_starts(uri, fixed))
		return false;
	segment = str_skip(uri, fixed.n);
	for (size_t i = 0; i < segment.n; i++) {
		char c = segment.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return segment.n != 0;
}

/* The port of a loopback URI is what the client's system had free (RFC 8252 7.3). */
bool redirect_uri_matches(struct str registered, struct str uri)
{
	struct url a, b;

	if (str_eq(registered, uri))
		return true;
	if (!url_parse(registered, &a) || !url_parse(uri, &b) || !str_is(a.scheme, "http") || !str_is(b.scheme, "http") ||
		!url_is_loopback(&a))
		return false;
	return str_eq(a.host, b.host) && str_eq(a.path, b.path) && a.has_query == b.has_query && str_eq(a.query, b.query) &&
		!b.has_fragment;
}

static bool preset_matches(const struct redirect_preset *preset, struct str uri)
{
	for (size_t i = 0; preset->uris[i] != NULL; i++) {
		struct str listed = str_from(preset->uris[i]);

		if (str_ends(listed, STR("/*")) ? matches_segment(listed, uri) : redirect_uri_matches(listed, uri))
			return true;
	}
	return false;
}

bool redirect_preset_is_chosen(const struct client *client, const struct redirect_preset *preset)
{
	if (client->redirect_preset.n == 0)
		return client->redirect_uri.n == 0;
	for (size_t i = 0; i < client->redirect_preset.n; i++) {
		if (str_is(client->redirect_preset.word[i], preset->name))
			return true;
	}
	return false;
}

bool redirect_uri_allowed(const struct client *client, struct str uri)
{
	auto_buf why = BUF(256);

	if (!redirect_uri_listable(uri, &why))
		return false;
	if (client->any_https && str_is(uri_scheme(uri), "https"))
		return true;
	for (size_t i = 0; i < client->redirect_uri.n; i++) {
		if (redirect_uri_matches(client->redirect_uri.word[i], uri))
			return true;
	}
	for (const struct redirect_preset *preset = redirect_presets; preset->name != NULL; preset++) {
		if (redirect_preset_is_chosen(client, preset) && preset_matches(preset, uri))
			return true;
	}
	return false;
}
