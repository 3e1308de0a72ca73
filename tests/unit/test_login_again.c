/* SPDX-License-Identifier: MIT */
/* Whether a login is still good. */
#include "login_fixture.h"

static struct login_identity after;

/* A login that ended well, of these claims. */
static void logged_in(const char *change)
{
	serve_tokens(change, "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
}

static enum login_outcome again(void)
{
	int before = log_capture();
	enum login_outcome outcome;

	login_identity_free(&after);
	outcome = login_again(login, &identity, NOW, clock_ms() + 20000, &after);
	log_release(before);
	assert_true((outcome == LOGIN_GOOD) == (after.claims != NULL));
	return outcome;
}

static int end_again(void **unused)
{
	login_identity_free(&after);
	return login_end(unused);
}
#define AGAIN_TEST(function) cmocka_unit_test_setup_teardown(function, login_begin, end_again)

static void test_BK_13_a_refresh_brings_new_claims_and_a_new_token(void **unused)
{
	(void)unused;
	logged_in("{\"groups\":[\"staff\"]}");
	serve_tokens("{\"nonce\":null,\"groups\":[\"guests\"]}", "{\"refresh_token\":\"" ROTATED "\"}");
	assert_int_equal(again(), LOGIN_GOOD);
	assert_sent("/token", "\r\n\r\ngrant_type=refresh_token&refresh_token=" REFRESHED "&client_id=gate%3A1&client_secret=" SECRET);
	assert_not_sent("/token", "scope=");
	assert_int_equal(after.kind, LOGIN_REFRESH_TOKEN);
	assert_str(json_text(after.id_token, "sub"), "alice");
	assert_str(buf_str(&after.token), ROTATED);
	assert_string_equal(json_string_value(json_array_get(json_object_get(after.claims, "groups"), 0)), "guests");
}

static void test_BK_13_what_does_not_change_stays(void **unused)
{
	(void)unused;
	logged_in("{\"groups\":[\"staff\"]}");
	serve_answer(NULL, "{\"refresh_token\":null}");
	assert_int_equal(again(), LOGIN_GOOD);
	assert_str(buf_str(&after.token), REFRESHED);
	assert_true(json_equal(after.claims, identity.claims));
}

static void test_BK_13_what_userinfo_says_no_longer_is_gone(void **unused)
{
	(void)unused;
	issuer.ask.userinfo = STR(DISCOVER);
	login_restart();
	(void)server_set(server, "/userinfo", 200, JSON_TYPE,
		"{\"sub\":\"alice\",\"groups\":[\"staff\"],\"email_verified\":true,\"department\":\"a\",\"name\":\"Alice\"}");
	logged_in("{\"hd\":\"example.com\",\"sid\":\"s1\"}");
	assert_null(json_object_get(identity.id_token, "groups"));
	serve_answer(NULL, "{}");
	assert_int_equal(again(), LOGIN_GOOD);
	assert_true(json_equal(after.claims, identity.claims));
	(void)server_set(server, "/userinfo", 200, JSON_TYPE, "{\"sub\":\"alice\",\"department\":\"b\"}");
	assert_int_equal(again(), LOGIN_GOOD);
	assert_null(json_object_get(after.claims, "groups"));
	assert_null(json_object_get(after.claims, "email_verified"));
	assert_null(json_object_get(after.claims, "name"));
	assert_str(json_text(after.claims, "department"), "b");
	/* The last ID token's word still counts. */
	assert_str(json_text(after.claims, "hd"), "example.com");
	assert_str(json_text(after.claims, "sid"), "s1");
	assert_true(json_equal(after.id_token, identity.id_token));
	assert_non_null(json_object_get(identity.claims, "groups"));
}

static void test_BK_13_the_provider_says_no(void **unused)
{
	static const struct {
		int status;
		const char *body;
		enum login_outcome outcome;
	} cases[] = {
		{ 400, "{\"error\":\"invalid_grant\"}", LOGIN_REFUSED },
		{ 401, "{\"error\":\"invalid_grant\"}", LOGIN_REFUSED },
		{ 200, "{\"error\":\"bad_refresh_token\"}", LOGIN_REFUSED },
		{ 400, "{\"error\":\"interaction_required\",\"suberror\":\"basic_action\"}", LOGIN_REFUSED },
		{ 401, "{\"error\":\"invalid_client\"}", LOGIN_UNUSABLE },
		{ 400, "{\"error\":\"invalid_request\"}", LOGIN_UNUSABLE },
		{ 400, "{\"error\":[\"invalid_grant\"]}", LOGIN_UNUSABLE },
		{ 400, "{}", LOGIN_UNUSABLE },
		{ 404, "{}", LOGIN_UNUSABLE },
		{ 429, "{}", LOGIN_UNAVAILABLE },
		{ 503, "{}", LOGIN_UNAVAILABLE },
	};

	(void)unused;
	logged_in("{}");
	for (size_t i = 0; i < N_OF(cases); i++) {
		(void)server_set(server, "/token", cases[i].status, JSON_TYPE, cases[i].body);
		login_restart();
		if (again() != cases[i].outcome)
			fail_msg("%d %s: %s", cases[i].status, cases[i].body, log_text);
		assert_int_equal(after.token.n, 0);
	}
}

static void test_BK_13_it_stays_the_same_person(void **unused)
{
	static const char *const changes[] = { "{\"sub\":\"mallory\"}", "{\"nonce\":\"other\"}", "{\"aud\":\"another\"}",
		"{\"iss\":\"https://evil.example\"}", "{\"exp\":1799999970}", "{\"oid\":\"2\"}", "{\"oid\":null}" };

	(void)unused;
	issuer.subject_claim = STR("oid");
	logged_in("{\"oid\":\"1\"}");
	for (size_t i = 0; i < N_OF(changes); i++) {
		auto_json *change = json_of("{\"oid\":\"1\"}");
		auto_buf text = BUF(256);

		change_members(change, changes[i]);
		if (strstr(changes[i], "null") != NULL)
			(void)json_object_set_new(change, "oid", json_null());
		json_write(change, &text);
		serve_tokens(text.p, "{\"refresh_token\":\"" ROTATED "\"}");
		if (again() != LOGIN_UNUSABLE)
			fail_msg("%s was taken", changes[i]);
		/* The old one is no good any longer. */
		assert_str(buf_str(&after.token), ROTATED);
	}
}

static void test_BK_13_a_rotated_token_is_not_lost_when_userinfo_is_down(void **unused)
{
	(void)unused;
	logged_in("{}");
	issuer.ask.userinfo = STR(DISCOVER);
	(void)server_set(server, "/userinfo", 500, "", "");
	login_restart();
	serve_tokens("{}", "{\"refresh_token\":\"" ROTATED "\"}");
	assert_int_equal(again(), LOGIN_UNAVAILABLE);
	assert_int_equal(after.kind, LOGIN_REFRESH_TOKEN);
	assert_str(buf_str(&after.token), ROTATED);
}

static void test_BK_13_userinfo_may_say_no_too(void **unused)
{
	(void)unused;
	logged_in("{}");
	issuer.ask.userinfo = STR(DISCOVER);
	(void)server_set(server, "/userinfo", 401, "", "");
	login_restart();
	assert_int_equal(again(), LOGIN_REFUSED);
}

static void test_BK_13_a_provider_that_is_down_says_neither(void **unused)
{
	(void)unused;
	logged_in("{}");
	server_down(server);
	assert_int_equal(again(), LOGIN_UNAVAILABLE);
	assert_int_equal(again(), LOGIN_UNAVAILABLE);
}

static void test_BK_13_without_a_token_nobody_can_be_asked(void **unused)
{
	(void)unused;
	serve_tokens("{}", "{\"refresh_token\":null}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	assert_int_equal(again(), LOGIN_UNUSABLE);
	assert_logged("no refresh token");
}

static void test_BK_13_an_access_token_is_asked_about(void **unused)
{
	(void)unused;
	serve_github("{\"refresh_token\":null}");
	assert_int_equal(finish_with(&github_request, CALLBACK, 20000), LOGIN_GOOD);
	(void)server_set(server, "/user/orgs", 200, JSON_TYPE, "[]");
	server_set(server, "/token", 500, "", "")->hits = 0;
	assert_int_equal(again(), LOGIN_GOOD);
	assert_int_equal(hits("/token"), 0);
	assert_int_equal(after.kind, LOGIN_ACCESS_TOKEN);
	assert_str(buf_str(&after.token), ACCESS);
	assert_int_equal(json_array_size(json_object_get(after.claims, "organizations")), 0);
	(void)server_set(server, "/applications/app-1/token", 200, JSON_TYPE, "{\"user\":{\"login\":\"octo\",\"id\":2}}");
	assert_int_equal(again(), LOGIN_UNUSABLE);
	(void)server_set(server, "/applications/app-1/token", 404, JSON_TYPE, "{}");
	assert_int_equal(again(), LOGIN_REFUSED);
	(void)server_set(server, "/applications/app-1/token", 502, "", "");
	assert_int_equal(again(), LOGIN_UNAVAILABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AGAIN_TEST(test_BK_13_a_refresh_brings_new_claims_and_a_new_token),
		AGAIN_TEST(test_BK_13_what_does_not_change_stays),
		AGAIN_TEST(test_BK_13_what_userinfo_says_no_longer_is_gone),
		AGAIN_TEST(test_BK_13_the_provider_says_no),
		AGAIN_TEST(test_BK_13_it_stays_the_same_person),
		AGAIN_TEST(test_BK_13_a_rotated_token_is_not_lost_when_userinfo_is_down),
		AGAIN_TEST(test_BK_13_userinfo_may_say_no_too),
		AGAIN_TEST(test_BK_13_a_provider_that_is_down_says_neither),
		AGAIN_TEST(test_BK_13_without_a_token_nobody_can_be_asked),
		AGAIN_TEST(test_BK_13_an_access_token_is_asked_about),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
