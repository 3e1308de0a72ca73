/* SPDX-License-Identifier: MIT */
/*
 * For those who come from the mcp-oauth-proxy: its variables become top entries, as if a file had
 * said so. A GATEHOUSE_* variable is stronger. A file that has issuers or resources of its own
 * beside them would be a second truth, and is refused.
 */
#include "settings_parts.h"

#include <stdio.h>

const struct seed_variable seed_variables[] = {
	{ "OIDC_ISSUER_URL", "mended",
		"issuer, exactly as written: a closing slash counts, since the provider's document "
		"and tokens must say the same" },
	{ "OIDC_AUDIENCE", "kept", "audience" },
	{ "RESOURCE_URL", "mended", "resource; a path is fine now, a query or fragment is refused, http needs GATEHOUSE_DEV=on" },
	{ "ALLOW_SUBS", "kept", "allow subject" },
	{ "ALLOW_EMAILS", "mended",
		"allow email; upper and lower case are the same, and email_verified must be true "
		"unless GATEHOUSE_TRUST_EMAIL=on" },
	{ "ALLOW_GROUPS", "kept", "allow group" },
	{ "RATE_LIMIT_RPM", "mended", "rate, counted per person and resource for all processes together" },
	{ "CORS_ALLOW_ORIGINS", "mended",
		"allow_origin; a request with a foreign Origin is refused, not only left without CORS headers" },
	{ "STATIC_CLIENT_ID", "mended",
		"client_id with authorization_server facade, public_issuer = the origin of "
		"RESOURCE_URL and provider_iss none: that is your "
		"word that the provider sends no iss in its redirects (RFC 9207); with one that "
		"does, clients refuse to log in, so "
		"set GATEHOUSE_AUTHORIZATION_SERVER=augment, or leave the variable out (direct). "
		"Without a secret the client is public, which is the better way" },
	{ "STATIC_CLIENT_SECRET", "mended",
		"the client's secret, handed only to clients that want one (client_secret_post), "
		"but to anyone who asks; better make the client "
		"public at the provider and leave the secret out, or demand "
		"GATEHOUSE_REGISTRATION_TOKEN_FILE" },
	{ "SCOPES_SUPPORTED", "mended",
		"as_scopes, and without offline_access publish_scopes: clients ask for refresh "
		"tokens at the authorization server; blanks part "
		"scopes as commas do" },
	{ "LOG_LEVEL", "mended", "log_level; trace is debug, warn is warning, fatal is error" },
	{ "MCP_UPSTREAM_URL", "not ours", "the front server passes requests on: name the MCP server in its configuration" },
	{ "MCP_UPSTREAM_PATH", "not ours", "the front server passes requests on: name the path in its configuration" },
	{ "MCP_SPAWN_CMD", "not ours", "gatehouse-run or systemd starts the MCP server" },
	{ "MCP_SPAWN_PORT", "not ours", "gatehouse-run or systemd starts the MCP server" },
	{ "PORT", "not ours", "the front server listens" },
	{ NULL, NULL, NULL },
};

/* These make the proxy's settings; the others have names that any environment may hold for reasons
 * of its own. */
static const char *const telling[] = {
	"OIDC_ISSUER_URL",
	"OIDC_AUDIENCE",
	"RESOURCE_URL",
	"ALLOW_SUBS",
	"ALLOW_EMAILS",
	"ALLOW_GROUPS",
	"RATE_LIMIT_RPM",
	"CORS_ALLOW_ORIGINS",
	"STATIC_CLIENT_ID",
	"STATIC_CLIENT_SECRET",
	"SCOPES_SUPPORTED",
};

/* An empty variable counts as unset. */
static struct str get(const struct draft *draft, const char *name)
{
	return environment_get(draft->environment, name);
}

static const char *first_telling(const struct draft *draft)
{
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++) {
		if (get(draft, telling[i]).n != 0)
			return telling[i];
	}
	return NULL;
}

static void add_word(struct draft *draft, struct entry *entry, struct str text)
{
	draft_add_word(draft, entry, (struct word){ .text = draft_text(draft, text), .quoted = true, .place = entry->name.place });
}

static void add(struct draft *draft, const char *directive, const char *variable, struct str value)
{
	add_word(draft, draft_new_entry(draft, &draft->top, directive, (struct place){ .name = variable }), value);
}

/* What follows from a variable without being its value: weaker than what the file says. */
static void derive(struct draft *draft, const char *directive, const char *variable, struct str value)
{
	if (entries_find(&draft->top, directive) == NULL)
		add(draft, directive, variable, value);
}

/* The next item of a list parted by commas, and by blanks too if `blanks`; false at its end. Empty
 * items are left out. */
static bool next_item(struct str *rest, bool blanks, struct str *item)
{
	while (str_cut(rest, ',', item)) {
		struct str word = STR_NONE;

		*item = str_trim(*item);
		if (item->n == 0)
			continue;
		if (blanks && str_has(*item, ' ') && str_cut(item, ' ', &word)) {
			/* The rest of this item is the front of what is left: both point into one
			 * text. */
			*rest = (struct str){ item->p, rest->p != NULL ? (size_t)(rest->p + rest->n - item->p) : item->n };
			*item = word;
		}
		return true;
	}
	return false;
}

static void add_list(struct draft *draft, const char *variable, const char *directive, const char *kind)
{
	struct str rest = get(draft, variable), item;
	struct entry *entry;

	if (rest.n == 0)
		return;
	entry = draft_new_entry(draft, &draft->top, directive, (struct place){ .name = variable });
	if (kind != NULL)
		add_word(draft, entry, str_from(kind));
	while (next_item(&rest, false, &item)) {
		/* "*" anywhere in the list of origins meant all of them. */
		if (kind == NULL && str_is(item, "*")) {
			entry->n = 0;
			add_word(draft, entry, item);
			return;
		}
		add_word(draft, entry, item);
	}
}

static void add_scopes(struct draft *draft)
{
	static const char variable[] = "SCOPES_SUPPORTED";
	struct place place = { .name = variable };
	bool given = get(draft, variable).n != 0;
	const struct str all = given ? get(draft, variable) : STR("openid,profile,email,offline_access");
	struct entry published = { .n = 0 }, *entry;
	struct str rest = all, item;

	if (given || entries_find(&draft->top, "as_scopes") == NULL) {
		entry = draft_new_entry(draft, &draft->top, "as_scopes", place);
		while (next_item(&rest, true, &item))
			add_word(draft, entry, item);
	}
	published.name.place = place;
	for (rest = all; next_item(&rest, true, &item);) {
		if (!str_is(item, "offline_access"))
			add_word(draft, &published, item);
	}
	if (published.n != 0 && (given || entries_find(&draft->top, "publish_scopes") == NULL)) {
		entry = draft_new_entry(draft, &draft->top, "publish_scopes", place);
		entry->word = published.word;
		entry->n = entry->capacity = published.n;
	}
}

static void add_rate(struct draft *draft)
{
	static const char variable[] = "RATE_LIMIT_RPM";
	struct str text = get(draft, variable);
	auto_buf rate = BUF(32);
	uint64_t number;

	if (text.n == 0) {
		derive(draft, "rate", variable, STR("60/min"));
	} else if (!str_number(text, 1000000, &number) || number == 0) {
		draft_error(draft, (struct place){ .name = variable },
			"found %s, expected a whole number above 0; GATEHOUSE_RATE=off lifts the limit", draft_show(draft, text).p);
	} else {
		buf_print(&rate, "%u/min", (unsigned)number);
		add(draft, "rate", variable, buf_str(&rate));
	}
}

static void add_log_level(struct draft *draft)
{
	static const char *const levels[][2] = { { "trace", "debug" }, { "debug", "debug" }, { "info", "info" },
		{ "warn", "warning" }, { "error", "error" }, { "fatal", "error" } };
	struct str text = get(draft, "LOG_LEVEL");

	if (text.n == 0)
		return;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (str_is(text, levels[i][0])) {
			derive(draft, "log_level", "LOG_LEVEL", str_from(levels[i][1]));
			return;
		}
	}
	draft_error(draft, (struct place){ .name = "LOG_LEVEL" }, "found %s, expected trace, debug, info, warn, error or fatal",
		draft_show(draft, text).p);
}

/* The issuer, and its preset when the URL gives the provider away. */
static void add_issuer(struct draft *draft)
{
	static const char variable[] = "OIDC_ISSUER_URL";
	struct str text = get(draft, variable);
	struct url url;

	add(draft, "issuer", variable, text);
	if (!url_parse(text, &url) || !str_starts(url.path, STR("/application/o/")))
		return;
	if (entries_find(&draft->top, "preset") == NULL && environment_get(draft->environment, "GATEHOUSE_PRESET").p == NULL)
		draft_note(draft, (struct place){ .name = variable },
			"the path is authentik's, so preset authentik; GATEHOUSE_PRESET says otherwise");
	derive(draft, "preset", variable, STR("authentik"));
}

/* Our own name: the old proxy cut one closing slash, and stood at the origin. */
static void add_resource(struct draft *draft, struct url *url)
{
	static const char variable[] = "RESOURCE_URL";
	struct str text = get(draft, variable);

	if (str_ends(text, STR("/"))) {
		text.n--;
		draft_note(draft, (struct place){ .name = variable },
			"the closing slash is cut, as the mcp-oauth-proxy did: users connect to %s", draft_show(draft, text).p);
	}
	add(draft, "resource", variable, text);
	if (!url_parse(text, url))
		*url = (struct url){ .origin = text };
}

static void add_client(struct draft *draft, const struct url *resource)
{
	static const char variable[] = "STATIC_CLIENT_ID";
	struct str id = get(draft, variable), secret = get(draft, "STATIC_CLIENT_SECRET");
	struct str server = environment_get(draft->environment, "GATEHOUSE_AUTHORIZATION_SERVER");

	if (secret.n != 0)
		draft->seed_secret =
			(struct word){ .text = draft_text(draft, secret), .place = { .name = "STATIC_CLIENT_SECRET" } };
	if (secret.n > SECRET_FILE_BYTES || !str_is_printable(secret))
		draft_error(draft, draft->seed_secret.place,
			"found a value that can't be a secret, expected up to %d bytes without control bytes", SECRET_FILE_BYTES);
	if (id.n == 0)
		return;
	add(draft, "client_id", variable, id);
	derive(draft, "authorization_server", variable, STR("facade"));
	if (server.p == NULL)
		server = entries_find(&draft->top, "authorization_server")->n != 0
			? entries_find(&draft->top, "authorization_server")->word[0].text
			: STR_NONE;
	if (!str_is(server, "facade"))
		return;
	derive(draft, "public_issuer", "RESOURCE_URL", resource->origin);
	derive(draft, "provider_iss", variable, STR("none"));
}

static void tell(struct draft *draft)
{
	for (const struct seed_variable *variable = seed_variables; variable->name != NULL; variable++) {
		if (get(draft, variable->name).n != 0)
			draft_note(draft, (struct place){ .name = variable->name }, "%s: %s", variable->fate, variable->note);
	}
}

void draft_read_seed(struct draft *draft)
{
	static const char *const mandatory[] = { "OIDC_ISSUER_URL", "OIDC_AUDIENCE", "RESOURCE_URL" };
	const char *variable = first_telling(draft);
	const struct entry *other = entries_find(&draft->top, "issuer");
	struct url resource = { .whole = STR_NONE };

	if (variable == NULL)
		return;
	if (other == NULL)
		other = entries_find(&draft->top, "resource");
	if (other != NULL) {
		draft_error(draft, other->name.place,
			"found %s beside %s of the environment, expected one or the other: unset "
			"the mcp-oauth-proxy's variables, or take the "
			"issuers and resources out of the file",
			other->directive->name, variable);
		return;
	}
	draft->from_seed = true;
	tell(draft);
	for (size_t i = 0; i < 3; i++) {
		if (get(draft, mandatory[i]).n == 0)
			draft_error(draft, (struct place){ .name = mandatory[i] }, "found nothing, expected it with %s", variable);
	}
	if (draft->n_errors != 0)
		return;
	add_issuer(draft);
	add(draft, "audience", "OIDC_AUDIENCE", get(draft, "OIDC_AUDIENCE"));
	add_resource(draft, &resource);
	add_list(draft, "ALLOW_SUBS", "allow", "subject");
	add_list(draft, "ALLOW_EMAILS", "allow", "email");
	add_list(draft, "ALLOW_GROUPS", "allow", "group");
	add_list(draft, "CORS_ALLOW_ORIGINS", "allow_origin", NULL);
	add_rate(draft);
	add_scopes(draft);
	add_log_level(draft);
	add_client(draft, &resource);
}
