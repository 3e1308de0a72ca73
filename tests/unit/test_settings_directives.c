/* SPDX-License-Identifier: MIT */
/* Each directive with good and bad arguments, in each place where it may stand and where it may
 * not, and as a variable. */
#include "settings_helper.h"

/* Other lines that a directive needs to make sense go before it. */
#define CLIENT FACADE "client_id c\n"
#define BROKER "authorization_server broker; public_issuer https://gate.example.com; client_id c\n"

struct sample {
	const char *name, *with, *good[5], *bad[16];
};

static const struct sample samples[] = {
	{ "authorization_server", "", { "direct" },
		{ "Broker", "Direct", "''", "direct augment", "mirror" } },
	{ "public_issuer", "authorization_server facade; provider_iss none\n",
		{ "https://g.example", "https://g.example:8443" },
		{ "https://g.example/", "https://g.example/x", "https://g.example:443",
			"https://G.example", "g.example", "https://g.example?x",
			"https://u@g.example", "https://g.example#", "http://g.example" } },
	{ "direct_redirect", "", { "on", "off" }, { "yes", "true", "ON", "1" } },
	{ "as_scopes", "", { "a", "openid offline_access", "a:b/c.d" },
		{ "'a b'", "a\\b", "'a\"b'", "''", "\xc3\xa4" } },
	{ "state_directory", "", { "/var/x" }, { "var/x", "''", "/", "~/x" } },
	{ "ca_file", "", { "/etc/x.pem" }, { "x.pem", "''" } },
	{ "outbound_proxy", "", { "http://p.example:3128", "https://p.example" },
		{ "p.example:3128", "socks5://p.example", "http://u:p@p.example",
			"http://p.example/x", "http://p.example?x" } },
	{ "dev", "", { "off" }, { "yes", "On", "''" } },
	{ "front", "", { "nginx-inspect", "nginx", "caddy", "lighttpd", "apache" },
		{ "traefik", "Nginx", "''" } },
	{ "log_format", "", { "json", "text" }, { "xml", "JSON" } },
	{ "log_level", "", { "error", "warning", "info", "debug" }, { "warn", "trace", "INFO" } },
	{ "metadata_max_age", "", { "0s", "1h", "60m", "3600s", "5min" },
		{ "61m", "3601s", "1d", "5", "-1s", "1.5h", "h", "''", "5 m", "off",
			"99999999999999999999s" } },
	{ "stale_limit", "", { "0s", "30d" }, { "31d", "off", "24" } },
	{ "token_memory", "", { "small", "large" }, { "8m", "Large", "0" } },
	{ "preset", "", { "generic", "authentik", "keycloak", "google", "glewlwyd" }, { "keyclock", "Generic", "''" } },
	{ "audience", "",
		{ "notes", "api://x 'a b'", "https://api.example/x",
			"https://graph.microsoft.com.example" },
		{ "*", "account", "Account", "https://graph.microsoft.com",
			"https://graph.microsoft.com/", "https://Graph.Microsoft.com",
			"00000003-0000-0000-c000-000000000000",
			"00000003-0000-0000-C000-000000000000",
			"00000002-0000-0000-c000-000000000000", "https://x.auth0.com/userinfo",
			"https://x.example/userinfo/", "''", "good account" } },
	{ "audience_clients", "require_scopes s\n", { "a", "a 'b c'" }, { "''", "\xc3\xa4", "a a" } },
	{ "api_keys", "", { "/etc/keys" }, { "keys", "''", "/" } },
	{ "api_key_header", "api_keys /etc/keys\n", { "on", "off" }, { "yes", "''" } },
	{ "audit_log", "", { "stderr", "/var/log/x" }, { "stdout", "x.log", "''" } },
	{ "audit_format", "", { "json", "text" }, { "xml", "''" } },
	{ "audit_omit", "", { "subject", "subject client address token path mcp_name origin request_id issuer user" }, { "decision", "Subject", "''", "subject subject" } },
	{ "nonce_marks_id_token", "", { "on", "off" }, { "yes" } },
	{ "text_values", "", { "on", "off" }, { "yes" } },
	{ "subject_claim", "", { "oid", "user.id" }, { "''" } },
	{ "client_claim", "", { "azp", "app.client_id" }, { "''" } },
	{ "groups_separator", "", { "none", "comma", "blank" }, { ",", "''" } },
	{ "organizations_claim", "", { "org_id" }, { "''" } },
	{ "grant_claim", "", { "sid" }, { "''" } },
	{ "introspection_endpoint", "introspection_client c; introspection_secret_file $/secret\n", { "discover", "https://a.example/x" },
		{ "auto", "a.example", "http://a.example", "https://a.example#x", "''" } },
	{ "introspection_client", "", { "abc", "'a b'" }, { "''", "\xc3\xa4" } },
	{ "introspection_secret_file", "", { "$/secret" }, { "secret", "''", "$/absent" } },
	{ "introspection_key_file", "", { "$/secret" }, { "secret", "''", "$/absent" } },
	{ "introspection_method", "", { "client_secret_basic", "client_secret_post", "private_key_jwt" }, { "none", "basic", "''" } },
	{ "introspection_audience", "", { "issuer", "endpoint" }, { "https://a.example", "''" } },
	{ "jwt_check", "introspection_endpoint discover; introspection_client c; introspection_secret_file $/secret\n", { "keys", "introspection" },
		{ "both", "''" } },
	{ "tokeninfo_endpoint", "", { "https://a.example/x" }, { "discover", "http://a.example", "''" } },
	{ "tokeninfo_form", "", { "form", "github" }, { "google", "''" } },
	{ "userinfo_endpoint", "userinfo_unsafe on\n", { "discover", "https://a.example/x" }, { "auto", "http://a.example", "''" } },
	{ "userinfo_unsafe", "", { "on", "off" }, { "yes" } },
	{ "organizations_endpoint", "", { "https://a.example/orgs?per_page=100" }, { "discover", "http://a.example", "''" } },
	{ "teams_endpoint", "", { "https://a.example/teams" }, { "discover", "http://a.example", "''" } },
	{ "answer_lifetime", "", { "0s", "5m", "300s" }, { "301s", "6m", "off", "''" } },
	{ "deny_list", "", { "/etc/denied" }, { "denied", "''" } },
	{ "user_map", "", { "/etc/users" }, { "users", "''" } },
	{ "unmapped_users", "", { "deny", "claim" }, { "allow", "''" } },
	{ "resource_rate", "", { "1000/min", "off" }, { "0/s", "many" } },
	{ "address_rate", "", { "600/min", "off" }, { "0/s", "many" } },
	{ "trusted_proxies", "", { "192.0.2.1", "10.0.0.0/8 2001:db8::/32", "[::1]" }, { "proxy.example", "0.0.0.0/0x", "10.0.0.0/33", "::/0", "10/8", "''" } },
	{ "provider_metadata", "", { "https://a.example/x?y=z" },
		{ "a.example", "https://a.example#x", "ftp://a.example", "http://a.example",
			"https://u@a.example" } },
	{ "keys_file", "", { "/etc/keys.json" }, { "keys.json", "./keys.json", "''" } },
	{ "provider_iss", "", { "none", "suppressed", "sent" }, { "off", "None" } },
	{ "provider_pkce", "", { "s256" }, { "S256", "plain", "on" } },
	{ "typ", "", { "strict", "compat" }, { "on", "at+jwt" } },
	{ "trust_email", "", { "on", "off" }, { "yes" } },
	{ "single_audience", "", { "on", "off" }, { "yes" } },
	{ "user_claim", "", { "email", "https://x.example/user" }, { "''" } },
	{ "groups_claim", "", { "groups", "realm_access.roles" }, { "''" } },
	{ "scope_claim", "", { "scp" }, { "''" } },
	{ "algorithms", "",
		{ "RS256", "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519" },
		{ "none", "HS256", "rs256", "RS256 HS256", "RS256 RS256", "ES256K", "Ed448",
			"''" } },
	{ "skew", "", { "0s", "120s", "2m" }, { "121s", "3m", "1h", "off", "30", "-5s" } },
	{ "max_lifetime", "", { "off", "1h", "365d" },
		{ "Off", "forever", "24", "0", "9999999d" } },
	{ "client_id", FACADE, { "abc", "'a b'" }, { "''", "\xc3\xa4" } },
	{ "client_secret_file", CLIENT, { "$/secret" }, { "secret", "''", "$/absent" } },
	{ "client_secret_method", "", { "client_secret_post", "client_secret_basic" },
		{ "none", "post", "private_key_jwt" } },
	{ "registration_endpoint", FACADE, { "discover", "https://a.example/x" }, { "auto", "a.example", "http://a.example", "https://a.example#x", "''" } },
	{ "upstream_registration_token_file", FACADE "registration_endpoint discover\n", { "$/secret" }, { "secret", "''", "$/absent" } },
	{ "registration_token_file", CLIENT, { "$/secret" }, { "secret", "''", "$/absent" } },
	{ "redirect_uri", "",
		{ "https://a.example/cb",
			"http://127.0.0.1/cb http://[::1]:1/cb http://localhost/cb",
			"cursor://a/cb", "com.example.app:/cb" },
		{ "http://a.example/cb", "javascript:alert(1)", "JavaScript:x", "data:text/html,x",
			"file:///etc/passwd", "blob:x", "vbscript:x", "/cb", "a.example/cb",
			"https://a.example/cb#x", "cursor:", "https://u@a.example",
			"HTTP://a.example/cb", "https://a.example/*", "''" } },
	{ "redirect_preset", "", { "claude", "claude vscode" }, { "claud", "Claude", "claude claud", "''", "'a b'" } },
	{ "refresh_tokens", "", { "on", "off" }, { "yes" } },
	{ "registration_rate", "", { "1/s", "off", "1000000/day" },
		{ "0/min", "60", "60/m", "60/hour", "1000001/s", "-1/s", "/s", "1/", "1/2/s",
			"1 /s", "''" } },
	{ "require_scopes", "", { "a b" },
		{ "offline_access", "a offline_access", "'a b'", "''" } },
	{ "publish_scopes", "", { "a b" }, { "offline_access", "'a b'" } },
	{ "allow", "",
		{ "any", "subject a 'b c'", "email A@b.example x@y", "team example/devs",
			"group g from https://auth.example.com" },
		{ "everybody", "any x", "any from https://auth.example.com", "subject",
			"group from https://auth.example.com", "email a", "email a@b@c", "email @b",
			"domain @b.example", "team devs", "subject *",
			"group a from https://other.example", "group a from", "''" } },
	{ "deny", "",
		{ "subject a", "org o", "hosted_domain b.example", "group g",
			"client c from https://auth.example.com" },
		{ "client", "email x", "group ad*", "subject ''",
			"subject a from https://other.example" } },
	{ "tool", "", { "x 'a b' y.*", "* { deny any; }" }, { "''", "x x" } },
	{ "prompt", "", { "*", "x {\n}" }, { "''" } },
	{ "method", "", { "tools/*", "ping { deny any; }" }, { "''" } },
	{ "scope", "", { "a b" }, { "'a b'", "''" } },
	{ "when", "", { "\"jwt.sub == 'x'\"" }, { "''", "a b" } },
	{ "rule", "", { "'jwt.sub == \"x\"'" }, { "''", "a b" } },
	{ "implies", "", { "admin read write" }, { "admin", "'a b' c", "a a" } },
	{ "upstream_checks_headers", "", { "on", "off" }, { "yes", "''" } },
	{ "legacy", "", { "deny", "coarse", "allow" }, { "on", "''" } },
	{ "rate", "", { "60/min", "1/h", "off" }, { "0/s", "60/minute", "many", "60/min 2/s" } },
	{ "allow_origin", "",
		{ "*", "https://a.example", "https://a.example http://localhost:6274" },
		{ "* https://a.example", "https://a.example/", "https://a.example/x",
			"https://*.a.example", "null", "a.example", "https://A.example",
			"https://a.example:443", "http://a.example:80", "''" } },
	{ "also_path", "", { "/sse", "/sse /messages/x" },
		{ "sse", "/a/../b", "/a//b", "/a%2fb", "/mcp", "/mcp/", "/a /a/", "/.well-known/x",
			"/oauth/register", "/oauth/jwks", "/healthz", "/a?b", "''" } },
	{ "slash_alias", "", { "on", "off" }, { "yes" } },
	{ "error_body", "", { "oauth", "jsonrpc" }, { "json", "''" } },
	{ "challenge", "", { "needed", "needed+granted" }, { "granted", "''" } },
	{ "resource_name", "", { "'My notes'", "\xc3\xa4" }, { "''", "a b" } },
	{ "documentation", "", { "https://d.example/x?y#z" },
		{ "http://d.example", "javascript:alert(1)", "/doc", "''" } },
	{ "policy_uri", "", { "https://d.example" }, { "http://d.example", "data:x" } },
	{ "assertion", "", { "on", "off" }, { "yes", "''" } },
	{ "assertion_audience", "", { "notes", "https://notes.internal/x", "'my notes'" }, { "''", "a b" } },
	{ "bind_sessions", "", { "on", "off" }, { "yes", "''" } },
	{ "client_key_file", BROKER, { "$/secret" }, { "secret", "''", "$/absent" } },
	{ "client_audience", BROKER "client_key_file $/secret\n", { "issuer", "endpoint" }, { "https://a.example", "''" } },
	{ "login_scopes", BROKER "userinfo_endpoint discover\n", { "openid", "read:user user:email" }, { "'a b'", "''", "a\\b" } },
	{ "scope_map", BROKER, { "mcp:read openid", "a b c" }, { "a", "'a b' c", "''" } },
	{ "upstream_resource", BROKER, { "https://api.example/x" },
		{ "api", "http://api.example", "https://api.example#x", "''" } },
	{ "redis", BROKER, { "127.0.0.1", "redis.example:6379", "[::1]:6379", "/run/redis.sock" },
		{ "redis://redis.example", "user@redis.example", "redis.example/0", "'a b'", "127.0.0.1:port", "redis.example:99999",
			"redis.example:0", "redis.example:", ":6379", "::1", "[::1", "[redis.example]:6379", "''" } },
	{ "redis_password_file", BROKER "redis 127.0.0.1\n", { "$/secret" }, { "secret", "''", "$/absent" } },
	{ "redis_prefix", BROKER "redis 127.0.0.1\n", { "gate:", "'{gate}'" }, { "'a b'", "''" } },
	{ "cimd", BROKER, { "any", "off", "app.example", "claude.ai a.example" },
		{ "any app.example", "app.example off", "https://app.example", "app.example:443", "App.example", "*.example", "app.example/x",
			"''" } },
	{ "cimd_port", BROKER, { "443", "443 8443" }, { "0", "65536", "https", "-1", "''" } },
	/* Where it may stand: test_settings_broker. */
	{ "cimd_allow_address", BROKER, { NULL }, { "127.0.0.1", "127.0.0.0/8", "::/0", "localhost", "''" } },
	{ "redirect", BROKER, { "any_https" }, { "any", "on", "https", "''" } },
	{ "client_name", BROKER, { "'The desk'", "\xc3\xa4" }, { "''", "a b" } },
	{ "access_token_lifetime", BROKER, { "60s", "15m", "1h" }, { "59s", "61m", "off", "15", "''" } },
	{ "refresh_idle", BROKER, { "15m", "365d" }, { "14m", "366d", "off", "''" } },
	{ "refresh_lifetime", BROKER, { "15m", "365d" }, { "14m", "366d", "off", "''" } },
	{ "login_check", BROKER, { "0s", "1h", "30d" }, { "31d", "off", "''" } },
	{ "site_name", BROKER, { "House", "'My house'" }, { "''", "a b" } },
	{ "scope_words", BROKER, { "mcp:read 'read your notes'" }, { "mcp:read", "mcp:read a b", "''" } },
	{ "tos_uri", "", { "https://d.example" }, { "http://127.0.0.1/x", "tos" } },
};

static const char *const places[] = { "top", "issuer", "resource", "operation", "client" };

static void compose(
	struct buf *text, const struct sample *sample, const char *place, const char *arguments)
{
	bool allows =
		str_is(str_from(sample->name), "allow") && str_is(str_from(place), "resource");

	if (str_is(str_from(place), "client")) {
		bool uri = str_is(str_from(sample->name), "redirect_uri");

		buf_print(text, BROKER "client desk {\n%s%s %s\n}\n", uri ? "" : "redirect_uri https://desk.example/cb\n", sample->name,
			arguments);
	} else {
		buf_add_text(text, sample->with);
	}
	buf_add_text(text, "issuer https://auth.example.com {\n");
	if (str_is(str_from(place), "issuer"))
		buf_print(text, "%s %s\n", sample->name, arguments);
	buf_print(
		text, "}\nresource https://mcp.example.com/mcp {\n%s", allows ? "" : "allow any\n");
	if (str_is(str_from(place), "resource"))
		buf_print(text, "%s %s\n", sample->name, arguments);
	if (str_is(str_from(place), "operation"))
		buf_print(text, "tool x {\n%s %s\n}\n", sample->name, arguments);
	buf_add_text(text, "}\n");
	if (str_is(str_from(place), "top"))
		buf_print(text, "%s %s\n", sample->name, arguments);
}

static bool has_place(const struct directive *directive, const char *place)
{
	return strstr(directive->where, place) != NULL;
}

static const struct directive *directive_of(const struct sample *sample)
{
	for (const struct directive *directive = directives; directive->name != NULL; directive++) {
		if (str_is(str_from(directive->name), sample->name))
			return directive;
	}
	fail_msg("no such directive: %s", sample->name);
	return NULL;
}

static void test_every_directive_has_samples_and_every_row_is_complete(void **state)
{
	(void)state;
	for (const struct directive *directive = directives; directive->name != NULL; directive++) {
		bool found = str_is(str_from(directive->name), "issuer") ||
			str_is(str_from(directive->name), "resource") || str_is(str_from(directive->name), "token_prefix") ||
			str_is(str_from(directive->name), "client");

		for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
			found = found || str_is(str_from(directive->name), samples[i].name);
		if (!found)
			fail_msg("no sample: %s", directive->name);
		assert_true(strlen(directive->help) > 10);
		assert_non_null(directive->default_value);
		/* A variable for whatever has one argument at the top, and for nothing else. */
		assert_int_equal(directive->environment != NULL,
			has_place(directive, "top") && strstr(directive->arguments, "...") == NULL && !str_is(str_from(directive->name), "token_prefix") &&
				!str_is(str_from(directive->name), "client"));
	}
}

static void test_good_arguments_are_accepted_where_the_directive_may_stand(void **state)
{
	(void)state;
	write_file("secret", "s\n", 2, 0600);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
			for (size_t g = 0; g < 5 && samples[i].good[g] != NULL; g++) {
				auto_buf text = BUF(4096);

				if (!has_place(directive_of(&samples[i]), places[p]))
					continue;
				compose(&text, &samples[i], places[p], samples[i].good[g]);
				accepts(text.p);
			}
		}
	}
}

static void test_bad_arguments_are_refused_wherever_they_stand(void **state)
{
	(void)state;
	write_file("secret", "s\n", 2, 0600);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
			for (size_t b = 0; b < 16 && samples[i].bad[b] != NULL; b++) {
				auto_buf text = BUF(4096);

				if (!has_place(directive_of(&samples[i]), places[p]))
					continue;
				compose(&text, &samples[i], places[p], samples[i].bad[b]);
				refuses(text.p, ", expected ");
			}
		}
	}
}

static void test_RG_07_no_redirect_uri_is_longer_than_one_that_is_ever_granted(void **state)
{
	char longest[REDIRECT_URI_BYTES + 2] = "https://a.example/";
	auto_buf text = BUF(8192);

	(void)state;
	memset(longest + strlen(longest), 'a', sizeof(longest) - 1 - strlen(longest));
	buf_print(&text, "redirect_uri %s\n" ISSUER RESOURCE, longest);
	refuses(text.p, "expected a redirect URI");
	longest[REDIRECT_URI_BYTES] = '\0';
	buf_clear(&text);
	buf_print(&text, "redirect_uri %s\n" ISSUER RESOURCE, longest);
	accepts(text.p);
}

static void test_a_directive_in_the_wrong_place_is_refused(void **state)
{
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
			auto_buf text = BUF(4096);

			if (has_place(directive_of(&samples[i]), places[p]))
				continue;
			compose(&text, &samples[i], places[p], samples[i].good[0] != NULL ? samples[i].good[0] : samples[i].bad[0]);
			refuses(text.p, "expected it in: ");
			tried++;
		}
	}
	assert_true(tried > 40);
}

static void test_every_variable_takes_what_its_directive_takes(void **state)
{
	(void)state;
	write_file("secret", "s\n", 2, 0600);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const char *name = directive_of(&samples[i])->environment;
		auto_buf good = BUF(4096), bad = BUF(4096), text = BUF(4096), found = BUF(4096);
		const char *environment[] = { NULL, NULL };

		if (name == NULL)
			continue;
		buf_print(&text, "%s%s%s", samples[i].with, ISSUER, RESOURCE);
		buf_print(&good, "%s=", name);
		/* A variable's value is one word, quotes and all; no first sample needs any. */
		expand(&good, samples[i].good[0]);
		environment[0] = good.p;
		assert_true(read_both(text.p, environment));
		buf_print(&bad, "%s=", name);
		environment[0] = bad.p;
		assert_false(read_both(text.p, environment));
		buf_print(&found, "%s: found nothing, expected ", name);
		assert_true(contains(&errors, found.p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_directive_has_samples_and_every_row_is_complete),
		cmocka_unit_test(test_good_arguments_are_accepted_where_the_directive_may_stand),
		cmocka_unit_test(test_bad_arguments_are_refused_wherever_they_stand),
		cmocka_unit_test(test_RG_07_no_redirect_uri_is_longer_than_one_that_is_ever_granted),
		cmocka_unit_test(test_a_directive_in_the_wrong_place_is_refused),
		cmocka_unit_test(test_every_variable_takes_what_its_directive_takes),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
