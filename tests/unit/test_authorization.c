/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>

#include "authorization.h"

#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define GOOD "response_type=code&client_id=c&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&code_challenge=" CHALLENGE "&code_challenge_method=S256"

static struct str required[] = { { "mcp:use", 7 } }, published[] = { { "notes:read", 10 } }, implied[] = { { "notes:write", 11 } };

static struct settings settings_of(struct resource *resource, size_t n)
{
	static const char *const names[] = { "https://mcp.example.com/mcp", "https://other.example.com" };
	static struct implication implication = { .scope = { "admin", 5 }, .implied = { implied, 1 } };

	for (size_t i = 0; i < n; i++) {
		resource[i] = (struct resource){ .identifier = str_from(names[i]), .require_scopes = { required, 1 },
			.publish_scopes = { published, 1 }, .implication = &implication, .n_implications = 1 };
		assert_true(url_parse(resource[i].identifier, &resource[i].url));
	}
	return (struct settings){ .resource = resource, .n_resources = n };
}

/* The error, or the scopes that may be granted. */
static void answers(size_t resources, const char *query, const char *expected)
{
	struct resource resource[2];
	const struct settings settings = settings_of(resource, resources);
	struct authorization_request request = { 0 };
	struct authorization authorization;
	const char *description = NULL, *error;
	auto_buf found = BUF(1024);
	char *memory;

	assert_true(authorization_read(str_from(query), &request, &memory));
	error = authorization_judge(&settings, &request, &authorization, &description);
	buf_add_text(&found, error != NULL ? error : "");
	assert_int_equal(error != NULL, description != NULL);
	for (size_t i = 0; error == NULL && i < authorization.n_scopes; i++)
		buf_print(&found, "%s%.*s", i != 0 ? " " : "", STR_ARGS(authorization.scope[i]));
	if (!str_is(buf_str(&found), expected))
		print_error("%s: %s\n", query, description != NULL ? description : "");
	assert_str(buf_str(&found), expected);
	free(memory);
}

static void test_BK_01_code_with_S256_and_each_parameter_once(void **state)
{
	(void)state;
	answers(1, GOOD, "mcp:use");
	answers(1, "client_id=c&response_type=token&code_challenge=" CHALLENGE "&code_challenge_method=S256", "unsupported_response_type");
	answers(1, "client_id=c&response_type=code%20id_token&code_challenge=" CHALLENGE "&code_challenge_method=S256", "unsupported_response_type");
	answers(1, "client_id=c", "invalid_request");
	answers(1, "response_type=code&code_challenge_method=S256", "invalid_request");
	answers(1, "response_type=code&code_challenge=" CHALLENGE, "invalid_request");
	answers(1, "response_type=code&code_challenge=" CHALLENGE "&code_challenge_method=plain", "invalid_request");
	answers(1, "response_type=code&code_challenge=" CHALLENGE "&code_challenge_method=s256", "invalid_request");
	answers(1, "response_type=code&code_challenge=short&code_challenge_method=S256", "invalid_request");
	answers(1, "response_type=code&code_challenge=" CHALLENGE "A&code_challenge_method=S256", "invalid_request");
	answers(1, GOOD "&state=1&state=2", "invalid_request");
	answers(1, GOOD "&client_id=d", "invalid_request");
	answers(1, GOOD "&nonce=1&nonce=2", "mcp:use");
}

static void test_BK_02_the_resource_is_one_of_ours(void **state)
{
	(void)state;
	answers(1, GOOD "&resource=https%3A%2F%2Fmcp.example.com%2Fmcp", "mcp:use");
	answers(2, GOOD "&resource=https%3A%2F%2Fother.example.com", "mcp:use");
	answers(2, GOOD "&resource=https%3A%2F%2Fother.example.com%2F", "mcp:use");
	answers(1, GOOD "&resource=https%3A%2F%2Fmcp.example.com%2Fmcp%2F", "invalid_target");
	answers(1, GOOD "&resource=https%3A%2F%2Fmcp.example.com", "invalid_target");
	answers(1, GOOD "&resource=https%3A%2F%2Fmcp.example.com%2Fmcp%23x", "invalid_target");
	answers(1, GOOD "&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&resource=https%3A%2F%2Fmcp.example.com%2Fmcp", "invalid_target");
	answers(2, GOOD, "invalid_target");
}

static void test_BK_09_scopes_that_nobody_knows_are_left_out(void **state)
{
	(void)state;
	answers(1, GOOD "&scope=notes:read+admin+notes:write+offline_access", "notes:read admin notes:write offline_access");
	answers(1, GOOD "&scope=openid+notes:read+notes:read+profile", "notes:read");
	answers(1, GOOD "&scope=openid", "invalid_scope");
	answers(1, GOOD "&scope=", "mcp:use");
	answers(1, GOOD "&scope=Notes:read", "invalid_scope");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_BK_01_code_with_S256_and_each_parameter_once),
		cmocka_unit_test(test_BK_02_the_resource_is_one_of_ours),
		cmocka_unit_test(test_BK_09_scopes_that_nobody_knows_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
