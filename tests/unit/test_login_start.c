/* SPDX-License-Identifier: MIT */
/* What goes through the browser: to the provider and back. */
#include "login_fixture.h"

static enum login_outcome start_login(const struct login_request *request, struct buf *url)
{
	int before = log_capture();
	enum login_outcome outcome = login_start(login, request, NOW, url);

	log_release(before);
	return outcome;
}

#define OURS                                                                                                          \
	"response_type=code&client_id=gate%3A1&redirect_uri=https%3A%2F%2Fgate.example%2Foauth%2Fcallback&scope="
#define OPENID_QUERY                                                                                                  \
	OURS "openid%20email&state=af0ifjsldkj&nonce=" NONCE "&code_challenge=" CHALLENGE "&code_challenge_method=S256"

static void goes_to(const struct login_request *request, const char *path, const char *query)
{
	auto_buf url = BUF(8192), expected = BUF(8192);

	assert_int_equal(start_login(request, &url), LOGIN_GOOD);
	buf_print(&expected, "%s%s%s", identifier, path, query);
	assert_string_equal(url.p, expected.p);
}

static void test_BK_05_all_that_the_provider_sees_is_ours(void **unused)
{
	(void)unused;
	goes_to(&openid_request, "/authorize?", OPENID_QUERY);
}

static void test_BK_05_without_openid_there_is_no_nonce(void **unused)
{
	(void)unused;
	goes_to(&github_request, "/authorize?",
		OURS "read%3Aorg&state=af0ifjsldkj&code_challenge=" CHALLENGE "&code_challenge_method=S256");
}

static void test_BK_06_no_resource_unless_the_settings_say_so(void **unused)
{
	static const char *const names[] = { "generic", "entra", "keycloak", "authelia", "github" };

	(void)unused;
	for (size_t i = 0; i < N_OF(names); i++) {
		issuer.preset = preset_find(str_from(names[i]));
		goes_to(&openid_request, "/authorize?", OPENID_QUERY);
	}
	issuer.upstream_resource = STR("https://api.example/");
	goes_to(&openid_request, "/authorize?", OPENID_QUERY "&resource=https%3A%2F%2Fapi.example%2F");
}

static void test_BK_05_the_endpoint_keeps_its_own_query(void **unused)
{
	(void)unused;
	auto_json *document = json_pack("{s:s,s:s+,s:s+}", "issuer", identifier, "jwks_uri", identifier, "/jwks",
		"authorization_endpoint", identifier, "/go?tenant=1");
	auto_buf text = BUF(2048);
	json_write(document, &text);
	(void)server_set(server, METADATA, 200, JSON_TYPE, text.p);
	login_restart();
	goes_to(&openid_request, "/go?tenant=1&", OPENID_QUERY);
}

/* Each set of rules, and what a hint at Google says. */
static void test_BK_06_google_gets_what_it_needs_for_refresh_tokens_and_one_domain(void **unused)
{
	const struct issuer other = { .identifier = STR("https://other.example") };
	const struct issuer *accepted[] = { &issuer };
	struct rule rules[2];
	struct resource resource = { .issuer = accepted, .n_issuers = 1, .allow = { rules, 0 } };
	const struct {
		struct rule rule[2];
		size_t n;
		const char *hint;
	} cases[] = {
		{ { { 0 } }, 0, "" },
		{ { { RULE_HOSTED_DOMAIN, STR("example.com"), NULL } }, 1, "&hd=example.com" },
		{ { { RULE_HOSTED_DOMAIN, STR("example.com"), &issuer }, { RULE_HOSTED_DOMAIN, STR("EXAMPLE.com"), NULL } }, 2,
			"&hd=EXAMPLE.com" },
		{ { { RULE_HOSTED_DOMAIN, STR("example.com"), &issuer }, { RULE_ANY, STR_NONE, &other } }, 2, "&hd=example.com" },
		{ { { RULE_HOSTED_DOMAIN, STR("example.com"), NULL }, { RULE_HOSTED_DOMAIN, STR("example.net"), NULL } }, 2, "" },
		{ { { RULE_HOSTED_DOMAIN, STR("example.com"), NULL }, { RULE_EMAIL, STR("bob@gmail.com"), NULL } }, 2, "" },
		{ { { RULE_ANY, STR_NONE, NULL } }, 1, "" },
	};

	(void)unused;
	settings.resource = &resource;
	settings.n_resources = 1;
	issuer.preset = preset_find(STR("google"));
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf query = BUF(8192);

		rules[0] = cases[i].rule[0];
		rules[1] = cases[i].rule[1];
		resource.allow.n = cases[i].n;
		buf_print(&query, "%s&access_type=offline&prompt=consent%s", OPENID_QUERY, cases[i].hint);
		goes_to(&openid_request, "/authorize?", query.p);
	}
	/* A resource that takes nobody from there has no say. */
	resource.n_issuers = 0;
	goes_to(&openid_request, "/authorize?", OPENID_QUERY "&access_type=offline&prompt=consent");
}

static void test_BK_05_an_incomplete_request_goes_nowhere(void **unused)
{
	static const char *const verifiers[] = { "", "short", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX",
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX=", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOE Xk" };
	struct login_request request = openid_request;
	auto_buf url = BUF(8192);
	char longest[130];

	(void)unused;
	for (size_t i = 0; i < N_OF(verifiers); i++) {
		request.verifier = str_from(verifiers[i]);
		assert_int_equal(start_login(&request, &url), LOGIN_UNUSABLE);
	}
	memset(longest, 'a', sizeof(longest));
	request.verifier = (struct str){ longest, 129 };
	assert_int_equal(start_login(&request, &url), LOGIN_UNUSABLE);
	request = openid_request;
	request.state = STR_NONE;
	assert_int_equal(start_login(&request, &url), LOGIN_UNUSABLE);
	request = openid_request;
	request.nonce = STR_NONE;
	assert_int_equal(start_login(&request, &url), LOGIN_UNUSABLE);
	request = github_request;
	request.nonce = STR(NONCE);
	assert_int_equal(start_login(&request, &url), LOGIN_UNUSABLE);
	assert_int_equal(url.n, 0);
	request = openid_request;
	request.verifier = (struct str){ longest, 128 };
	assert_int_equal(start_login(&request, &url), LOGIN_GOOD);
}

static void test_BK_05_people_are_sent_to_https_only(void **unused)
{
	static const char *const places[] = { "http://idp.example/authorize", "https://idp.example/authorize#x", "javascript:alert(1)",
		"//idp.example", "" };

	(void)unused;
	for (size_t i = 0; i < N_OF(places); i++) {
		auto_json *document = json_pack("{s:s,s:s+,s:s}", "issuer", identifier, "jwks_uri", identifier, "/jwks",
			"authorization_endpoint", places[i]);
		auto_buf text = BUF(2048), url = BUF(8192);

		json_write(document, &text);
		(void)server_set(server, METADATA, 200, JSON_TYPE, text.p);
		login_restart();
		assert_int_equal(start_login(&openid_request, &url), LOGIN_UNAVAILABLE);
		assert_int_equal(url.n, 0);
		assert_logged("authorization_endpoint");
	}
}

static void test_BK_05_a_provider_that_is_down_is_told_as_such(void **unused)
{
	auto_buf url = BUF(8192);

	(void)unused;
	server_down(server);
	assert_int_equal(start_login(&openid_request, &url), LOGIN_UNAVAILABLE);
	assert_int_equal(url.n, 0);
}

static void test_BK_05_a_callback_is_read_once_each(void **unused)
{
	static const char *const bad[] = { "code=a&code=b", "code=a&code=a", "state=a&state=b", "iss=a&iss=b", "error=a&error=b",
		"code=a&error_description=x&error_description=y", "error_uri=x&error_uri=y", "code=%zz", "code=%00", "state=%ff",
		"code=a%0ab" };
	struct login_callback callback;

	(void)unused;
	for (size_t i = 0; i < N_OF(bad); i++) {
		if (login_callback_read(str_from(bad[i]), &callback))
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(callback.code.n + callback.state.n + callback.iss.n + callback.error.n, 0);
		free(callback.memory);
	}
	assert_true(login_callback_read(
		STR("state=a%2Bb&code=c+d&iss=https%3A%2F%2Fi&session_state=x&session_state=y&scope=openid"), &callback));
	assert_str(callback.state, "a+b");
	assert_str(callback.code, "c d");
	assert_str(callback.iss, "https://i");
	assert_str(callback.error, "");
	free(callback.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOGIN_TEST(test_BK_05_all_that_the_provider_sees_is_ours),
		LOGIN_TEST(test_BK_05_without_openid_there_is_no_nonce),
		LOGIN_TEST(test_BK_06_no_resource_unless_the_settings_say_so),
		LOGIN_TEST(test_BK_05_the_endpoint_keeps_its_own_query),
		LOGIN_TEST(test_BK_06_google_gets_what_it_needs_for_refresh_tokens_and_one_domain),
		LOGIN_TEST(test_BK_05_an_incomplete_request_goes_nowhere),
		LOGIN_TEST(test_BK_05_people_are_sent_to_https_only),
		LOGIN_TEST(test_BK_05_a_provider_that_is_down_is_told_as_such),
		cmocka_unit_test(test_BK_05_a_callback_is_read_once_each),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
