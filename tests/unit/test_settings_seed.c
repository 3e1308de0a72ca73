/* SPDX-License-Identifier: MIT */
/* The mcp-oauth-proxy's variables: its README's example works, each variable does what the table
 * says. */
#include "settings_helper.h"

#define BASE                                                                                       \
	"OIDC_ISSUER_URL=https://auth.example.com/application/o/my-mcp/", "OIDC_AUDIENCE=my-mcp",  \
		"RESOURCE_URL=https://mcp.example.com"
#define SUB "ALLOW_SUBS=your-user-uuid"
#define READ(...) read_environment((const char *[]) { __VA_ARGS__, NULL }, "")
#define REFUSED(part, ...) refused(READ(__VA_ARGS__), part)

/* As if there were no file: one that says nothing. */
static bool read_environment(const char *const environment[], const char *text)
{
	return read_both(text, environment);
}

static void refused(bool accepted, const char *part)
{
	if (accepted || !contains(&errors, part)) {
		show("", part);
		fail();
	}
}

static void noted(const char *part)
{
	if (!contains(&notes, part)) {
		show("", part);
		fail();
	}
}

static void test_the_example_of_the_readme_works(void **state)
{
	const struct issuer *issuer;
	const struct resource *resource;

	(void)state;
	assert_true(
		READ(BASE, SUB, "MCP_SPAWN_CMD=npx -y your-mcp-server --transport http --port 8765",
			"MCP_SPAWN_PORT=8765"));
	issuer = settings->issuer;
	resource = settings->resource;
	is_text(issuer->identifier, "https://auth.example.com/application/o/my-mcp/");
	is_words(issuer->audience, "my-mcp");
	is_text(str_from(issuer->preset->name), "authentik");
	is_text(resource->identifier, "https://mcp.example.com");
	assert_int_equal(resource->allow.n, 1);
	assert_int_equal(resource->allow.rule[0].kind, RULE_SUBJECT);
	is_text(resource->allow.rule[0].value, "your-user-uuid");
	assert_int_equal(resource->rate.count, 60);
	assert_int_equal(resource->rate.seconds, 60);
	is_words(resource->allow_origin, "https://claude.ai https://claude.com");
	assert_int_equal(settings->server, SERVER_DIRECT);
	is_text(issuer->client.id, "");
	is_words(settings->as_scopes, "openid profile email offline_access");
	is_words(resource->publish_scopes, "openid profile email");
	assert_int_equal(resource->require_scopes.n, 0);
	noted("OIDC_ISSUER_URL: mended: ");
	noted("preset authentik; GATEHOUSE_PRESET says otherwise");
	noted("MCP_SPAWN_CMD: not ours: ");
	noted("MCP_SPAWN_PORT: not ours: ");
	assert_false(contains(&notes, "STATIC_CLIENT_ID"));
}

static void test_without_any_file_the_environment_is_enough(void **state)
{
	const char *environment[] = { BASE, SUB, NULL };

	(void)state;
	if (access("/etc/gatehouse/gatehouse.conf", F_OK) == 0)
		return; /* this machine has settings of its own, and they would be read */
	assert_true(read_path(NULL, environment));
	assert_int_equal(settings->file.n, 0);
	assert_false(read_path(NULL, NULL));
	assert_true(contains(&errors, "settings: found no issuer"));
}

static void test_a_static_client_makes_a_facade(void **state)
{
	const struct client *client;

	(void)state;
	assert_true(READ(BASE, SUB, "STATIC_CLIENT_ID=abc"));
	client = &settings->issuer[0].client;
	assert_int_equal(settings->server, SERVER_FACADE);
	is_text(settings->public_issuer, "https://mcp.example.com");
	assert_int_equal(settings->issuer[0].iss, ISS_NONE);
	is_text(client->id, "abc");
	is_text(client->secret, "");
	assert_int_equal(client->secret_method, CLIENT_AUTH_NONE);
	noted("STATIC_CLIENT_ID: mended: ");
	noted("RFC 9207");
	assert_true(READ(BASE, SUB, "STATIC_CLIENT_ID=abc", "STATIC_CLIENT_SECRET=hush"));
	client = &settings->issuer[0].client;
	is_text(client->secret, "hush");
	assert_int_equal(client->secret_method, CLIENT_AUTH_POST);
	noted("to anyone who asks");
	assert_false(contains(&notes, "hush"));
	assert_true(READ(BASE, SUB, "STATIC_CLIENT_ID=", "STATIC_CLIENT_SECRET="));
	assert_int_equal(settings->server, SERVER_DIRECT);
	REFUSED("STATIC_CLIENT_SECRET: found a secret, expected STATIC_CLIENT_ID with it", BASE,
		SUB, "STATIC_CLIENT_SECRET=hush");
	REFUSED("STATIC_CLIENT_SECRET: found a value that can't be a secret", BASE, SUB,
		"STATIC_CLIENT_ID=a", "STATIC_CLIENT_SECRET=a\nb");
	REFUSED("found sent", BASE, SUB, "STATIC_CLIENT_ID=a", "GATEHOUSE_PROVIDER_ISS=sent");
	REFUSED("found client_id", BASE, SUB, "STATIC_CLIENT_ID=a",
		"GATEHOUSE_AUTHORIZATION_SERVER=direct");
	assert_true(READ(BASE, SUB, "STATIC_CLIENT_ID=a", "GATEHOUSE_AUTHORIZATION_SERVER=augment",
		"GATEHOUSE_PROVIDER_METADATA=https://x.example/y"));
	is_text(settings->public_issuer, "");
}

static void test_the_resource_may_have_a_path_and_loses_one_slash(void **state)
{
	static char issuer[] = "OIDC_ISSUER_URL=https://auth.example.com",
		    audience[] = "OIDC_AUDIENCE=a";

	(void)state;
	assert_true(READ(issuer, audience, SUB, "RESOURCE_URL=https://mcp.example.com:8443/mcp/",
		"STATIC_CLIENT_ID=a"));
	is_text(settings->resource[0].identifier, "https://mcp.example.com:8443/mcp");
	is_text(settings->public_issuer, "https://mcp.example.com:8443");
	is_text(settings->issuer[0].identifier, "https://auth.example.com");
	is_text(str_from(settings->issuer[0].preset->name), "generic");
	noted("RESOURCE_URL: the closing slash is cut");
	REFUSED("without a query", issuer, audience, SUB,
		"RESOURCE_URL=https://mcp.example.com/?x");
	REFUSED("RESOURCE_URL: found \"mcp.example.com\"", issuer, audience, SUB,
		"RESOURCE_URL=mcp.example.com");
	REFUSED("GATEHOUSE_DEV=on", issuer, audience, SUB, "RESOURCE_URL=http://127.0.0.1:8080");
	REFUSED("OIDC_ISSUER_URL: found \"http://127.0.0.1:9\", expected https; for development",
		"OIDC_ISSUER_URL=http://127.0.0.1:9", audience, SUB,
		"RESOURCE_URL=https://mcp.example.com");
	assert_true(READ("OIDC_ISSUER_URL=http://127.0.0.1:9", audience, SUB,
		"RESOURCE_URL=http://127.0.0.1:8080", "GATEHOUSE_DEV=on"));
}

static void test_the_lists_of_who_may_come_in_are_joined_by_or(void **state)
{
	static const struct {
		enum rule_kind kind;
		const char *value;
	} rules[] = { { RULE_SUBJECT, "a" }, { RULE_SUBJECT, "b c" }, { RULE_SUBJECT, "from" },
		{ RULE_SUBJECT, "d" }, { RULE_EMAIL, "alice@example.com" },
		{ RULE_GROUP, "admins" } };

	(void)state;
	assert_true(READ(BASE, "ALLOW_SUBS= a ,b c,,from,d", "ALLOW_EMAILS=Alice@Example.com",
		"ALLOW_GROUPS=admins,"));
	assert_int_equal(settings->resource[0].allow.n, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(settings->resource[0].allow.rule[i].kind, rules[i].kind);
		is_text(settings->resource[0].allow.rule[i].value, rules[i].value);
	}
	noted("ALLOW_EMAILS: mended: ");
	noted("preset authentik: ");
	REFUSED("ALLOW_SUBS, ALLOW_EMAILS or ALLOW_GROUPS", BASE);
	REFUSED("ALLOW_SUBS, ALLOW_EMAILS or ALLOW_GROUPS", BASE, "ALLOW_SUBS=", "ALLOW_GROUPS=");
	REFUSED("ALLOW_SUBS: found no value", BASE, "ALLOW_SUBS=,");
	REFUSED("ALLOW_SUBS: found \"*\"", BASE, "ALLOW_SUBS=*");
	REFUSED("ALLOW_EMAILS: found \"alice\", expected an e-mail address", BASE,
		"ALLOW_EMAILS=alice");
}

static void test_the_other_variables_do_what_their_notes_say(void **state)
{
	static const char *const levels[][2] = { { "trace", "debug" }, { "debug", "debug" },
		{ "info", "info" }, { "warn", "warning" }, { "error", "error" },
		{ "fatal", "error" } };

	(void)state;
	assert_true(READ(BASE, SUB, "RATE_LIMIT_RPM=17",
		"CORS_ALLOW_ORIGINS=https://a.example, https://b.example",
		"SCOPES_SUPPORTED=openid,a  b , offline_access c"));
	assert_int_equal(settings->resource[0].rate.count, 17);
	assert_int_equal(settings->resource[0].rate.seconds, 60);
	is_words(settings->resource[0].allow_origin, "https://a.example https://b.example");
	is_words(settings->as_scopes, "openid a b offline_access c");
	is_words(settings->resource[0].publish_scopes, "openid a b c");
	assert_true(READ(BASE, SUB, "CORS_ALLOW_ORIGINS=https://a.example,*",
		"SCOPES_SUPPORTED=offline_access", "RATE_LIMIT_RPM=", "LOG_LEVEL="));
	is_words(settings->resource[0].allow_origin, "*");
	is_words(settings->as_scopes, "offline_access");
	assert_int_equal(settings->resource[0].publish_scopes.n, 0);
	assert_int_equal(settings->resource[0].rate.count, 60);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		auto_buf variable = BUF(64);

		buf_print(&variable, "LOG_LEVEL=%s", levels[i][0]);
		assert_true(READ(BASE, SUB, variable.p));
		is_text(settings->log_level, levels[i][1]);
	}
	REFUSED("RATE_LIMIT_RPM: found \"0\"", BASE, SUB, "RATE_LIMIT_RPM=0");
	REFUSED("RATE_LIMIT_RPM: found \"many\"", BASE, SUB, "RATE_LIMIT_RPM=many");
	REFUSED("LOG_LEVEL: found \"loud\"", BASE, SUB, "LOG_LEVEL=loud");
	REFUSED("CORS_ALLOW_ORIGINS: found nothing after allow_origin", BASE, SUB,
		"CORS_ALLOW_ORIGINS=,");
	REFUSED("CORS_ALLOW_ORIGINS: found \"https://a.example/\"", BASE, SUB,
		"CORS_ALLOW_ORIGINS=https://a.example/");
	REFUSED("SCOPES_SUPPORTED: found nothing after as_scopes", BASE, SUB,
		"SCOPES_SUPPORTED=, ,");
	REFUSED("OIDC_AUDIENCE: found \"account\"", "OIDC_ISSUER_URL=https://a.example",
		"OIDC_AUDIENCE=account", "RESOURCE_URL=https://m.example", SUB);
}

static void test_each_mandatory_variable_is_missed_by_name(void **state)
{
	(void)state;
	REFUSED("OIDC_ISSUER_URL: found nothing, expected it with OIDC_AUDIENCE", "OIDC_AUDIENCE=a",
		"RESOURCE_URL=https://m.example", SUB);
	REFUSED("OIDC_AUDIENCE: found nothing", "OIDC_ISSUER_URL=https://a.example",
		"OIDC_AUDIENCE=", "RESOURCE_URL=https://m.example", SUB);
	REFUSED("RESOURCE_URL: found nothing", "OIDC_ISSUER_URL=https://a.example",
		"OIDC_AUDIENCE=a", SUB);
}

static void test_two_truths_are_refused(void **state)
{
	const char *environment[] = { BASE, SUB, NULL };
	const char *rate[] = { BASE, SUB, "RATE_LIMIT_RPM=5", NULL };
	const char *stronger[] = { BASE, SUB, "RATE_LIMIT_RPM=5", "GATEHOUSE_RATE=off",
		"LOG_LEVEL=warn", "GATEHOUSE_LOG_LEVEL=error", "GATEHOUSE_PRESET=generic", NULL };
	const char *foreign[] = { "LOG_LEVEL=loud", "PORT=x", "MCP_SPAWN_CMD=x",
		"MCP_UPSTREAM_URL=x", "OIDC_AUDIENCE=", NULL };
	const char *one[] = { "ALLOW_SUBS=x", NULL };

	(void)state;
	refused(read_environment(environment, ISSUER RESOURCE),
		":1:1: found issuer beside OIDC_ISSUER_URL of the environment");
	refused(read_environment(environment, "\n" RESOURCE),
		":2:1: found resource beside OIDC_ISSUER_URL");
	refused(read_environment(one, ISSUER RESOURCE), "found issuer beside ALLOW_SUBS");
	refused(read_environment(rate, "rate 1/s\n"),
		"RATE_LIMIT_RPM: found rate a second time (the first is at $/gatehouse.conf:1:1)");
	/* A file without issuers and resources goes with them, and is stronger than what only
	 * follows from them. */
	assert_true(
		read_environment(environment, "rate 1/s; preset generic; state_directory /x\n"));
	assert_int_equal(settings->resource[0].rate.seconds, 1);
	is_text(str_from(settings->issuer[0].preset->name), "generic");
	assert_true(read_environment(stronger, ""));
	assert_int_equal(settings->resource[0].rate.count, 0);
	is_text(settings->log_level, "error");
	is_text(str_from(settings->issuer[0].preset->name), "generic");
	/* Names that any environment may hold are nobody's settings. */
	assert_true(read_environment(foreign, ISSUER RESOURCE));
	is_text(settings->log_level, "info");
	assert_int_equal(notes.n, 0);
}

static void test_every_row_of_the_table_is_told_when_it_is_used(void **state)
{
	(void)state;
	for (const struct seed_variable *variable = seed_variables; variable->name != NULL;
		variable++) {
		auto_buf setting = BUF(256), note = BUF(4096);

		assert_true(str_is(str_from(variable->fate), "kept") ||
			str_is(str_from(variable->fate), "mended") ||
			str_is(str_from(variable->fate), "not ours"));
		buf_print(&setting, "%s=1", variable->name);
		buf_print(&note, "%s: %s: %s\n", variable->name, variable->fate, variable->note);
		(void)READ(BASE, SUB, setting.p);
		noted(note.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_of_the_readme_works),
		cmocka_unit_test(test_without_any_file_the_environment_is_enough),
		cmocka_unit_test(test_a_static_client_makes_a_facade),
		cmocka_unit_test(test_the_resource_may_have_a_path_and_loses_one_slash),
		cmocka_unit_test(test_the_lists_of_who_may_come_in_are_joined_by_or),
		cmocka_unit_test(test_the_other_variables_do_what_their_notes_say),
		cmocka_unit_test(test_each_mandatory_variable_is_missed_by_name),
		cmocka_unit_test(test_two_truths_are_refused),
		cmocka_unit_test(test_every_row_of_the_table_is_told_when_it_is_used),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
