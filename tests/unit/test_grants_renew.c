/* SPDX-License-Identifier: MIT */
/* Refresh tokens: each once, bound to what was granted, and only while the login holds. */
#include "grants_fixture.h"

static struct buf token;
static char id[GRANT_ID_BYTES];

static int renew_begin(void **unused)
{
	(void)grants_begin(unused);
	token = TOKEN_BUF;
	new_token(&token);
	keep_id(id);
	return 0;
}

static int renew_finish(void **unused)
{
	buf_wipe(&token);
	return grants_finish(unused);
}
#define RENEW_TEST(function) cmocka_unit_test_setup_teardown(function, renew_begin, renew_finish)

/* What the provider says when it is asked again at that time. */
static void provider_renews(int64_t now, const char *answer_change)
{
	auto_buf change = BUF(512);

	buf_print(&change, "{\"nonce\":null,\"iat\":%lld,\"exp\":%lld,\"groups\":[\"guests\"]}", (long long)now, (long long)now + 300);
	serve_tokens(change.p, answer_change);
}
#define ROTATES "{\"refresh_token\":\"" ROTATED "\"}"

static void assert_token_kept(const char *text, int64_t now)
{
	struct store_entry entry;

	assert_int_equal(find_grant(id, now, &entry), GRANTS_GOOD);
	assert_str(granted.grant.token, text);
	assert_int_equal(granted.grant.busy, 0);
}

/* Somebody says that he asks the provider until then. */
static void lease(int64_t busy, int64_t now)
{
	struct store_entry entry;
	struct grant grant;

	assert_int_equal(find_grant(id, now, &entry), GRANTS_GOOD);
	grant = granted.grant;
	grant.busy = busy;
	assert_true(granted_take(&granted, &grant));
	assert_int_equal(grants_replace(grants, &space_grant, &entry, granted.memory, now), STORE_DONE);
}

static void test_BK_12_each_is_for_once(void **unused)
{
	auto_buf first = TOKEN_BUF, second = TOKEN_BUF;

	(void)unused;
	buf_add(&first, buf_str(&token));
	assert_int_equal(renew_at(&token, NOW + 5), GRANTS_GOOD);
	assert_false(str_eq(buf_str(&first), buf_str(&token)));
	assert_str(granted.scope, "mcp:read mcp:write");
	assert_int_equal(granted.grant.used, NOW + 5);
	assert_int_equal(granted.grant.since, NOW);
	buf_add(&second, buf_str(&token));
	assert_int_equal(renew_at(&token, NOW + 6), GRANTS_GOOD);
	assert_lives(id, NOW + 6);
	assert_int_equal(renew_at(&second, NOW + 7), GRANTS_INVALID);
	assert_ended(id, NOW + 7);
	assert_int_equal(renew_at(&token, NOW + 7), GRANTS_INVALID);
	assert_int_equal(renew_at(&first, NOW + 7), GRANTS_INVALID);
}

static void test_BK_12_one_that_is_newer_than_the_store_ends_it_too(void **unused)
{
	struct grant later = { .id = str_from(id), .generation = 7 };
	auto_buf text = TOKEN_BUF;

	(void)unused;
	assert_true(grants_write_token(grants, &later, &text));
	assert_int_equal(renew_at(&text, NOW), GRANTS_INVALID);
	assert_ended(id, NOW);
}

static void test_BK_12_it_is_bound_to_client_resource_and_scopes(void **unused)
{
	struct token_request request = renewal_of(buf_str(&token));

	(void)unused;
	request.client = STR("other");
	assert_int_equal(ask_renew(&request, NOW), GRANTS_INVALID);
	request.client = STR("notes");
	request.resource = STR(OTHER);
	assert_int_equal(ask_renew(&request, NOW), GRANTS_INVALID_TARGET);
	request.resource = STR(MCP);
	request.scope = STR("mcp:read mcp:admin");
	assert_int_equal(ask_renew(&request, NOW), GRANTS_INVALID_SCOPE);
	request.scope = STR("mcp:rea");
	assert_int_equal(ask_renew(&request, NOW), GRANTS_INVALID_SCOPE);
	assert_lives(id, NOW);
	request.scope = STR("mcp:write");
	assert_int_equal(ask_renew(&request, NOW), GRANTS_GOOD);
	assert_str(granted.scope, "mcp:write");
	assert_str(granted.grant.scope, "mcp:read mcp:write");
}

static void test_BK_12_what_is_no_refresh_token_of_ours(void **unused)
{
	static const char *const wrong[] = { "", "ghr_", "ghr_AAAA", "x" };
	struct token_request request;
	auto_buf changed = TOKEN_BUF;

	(void)unused;
	for (size_t i = 0; i < N_OF(wrong); i++) {
		request = renewal_of(str_from(wrong[i]));
		assert_int_equal(ask_renew(&request, NOW), GRANTS_INVALID);
	}
	request = renewal_of(str_skip(buf_str(&token), 4));
	assert_int_equal(ask_renew(&request, NOW), GRANTS_INVALID);
	buf_add(&changed, buf_str(&token));
	changed.p[60] = changed.p[60] == 'A' ? 'B' : 'A';
	request = renewal_of(buf_str(&changed));
	assert_int_equal(ask_renew(&request, NOW), GRANTS_INVALID);
	assert_lives(id, NOW);
	/* A registration is sealed too, and is no refresh token. */
	buf_clear(&changed);
	buf_add_text(&changed, "ghr_");
	auto_buf plain = TOKEN_BUF;
	buf_print(&plain, "%s 1", id);
	assert_true(seal_value(seal, "client", buf_str(&plain), &changed));
	request = renewal_of(buf_str(&changed));
	assert_int_equal(ask_renew(&request, NOW), GRANTS_INVALID);
}

static void test_BK_12_it_ends_when_nobody_uses_it(void **unused)
{
	int64_t now = NOW + 30 * DAY - 1;

	(void)unused;
	settings.broker.login_check = 365 * DAY;
	assert_int_equal(renew_at(&token, now), GRANTS_GOOD);
	assert_int_equal(renew_at(&token, now + 30 * DAY), GRANTS_INVALID);
}

static void test_BK_12_it_ends_some_time_after_the_login(void **unused)
{
	(void)unused;
	settings.broker.login_check = 365 * DAY;
	for (int64_t day = 20; day < 90; day += 20)
		assert_int_equal(renew_at(&token, NOW + day * DAY), GRANTS_GOOD);
	assert_int_equal(renew_at(&token, NOW + 90 * DAY - 1), GRANTS_GOOD);
	assert_int_equal(renew_at(&token, NOW + 90 * DAY), GRANTS_INVALID);
	/* Its last access token is good for a while, and can be taken back as long as it is. */
	assert_lives(id, NOW + 90 * DAY + 899);
	assert_int_equal(grants_end(grants, str_from(id), STR_NONE, NOW + 90 * DAY + 899), GRANTS_GOOD);
	assert_ended(id, NOW + 90 * DAY + 899);
}

static enum grants_answer renew_here(void)
{
	struct token_request request = renewal_of(buf_str(&token));

	(void)close(STDERR_FILENO);
	granted_free(&granted);
	return grants_renew(grants, &request, login, NOW + HOUR, clock_ms() + 20000, &granted, &description);
}

static void test_BK_12_of_many_at_once_exactly_one_gets_the_next(void **unused)
{
	unsigned results[GRANTS_INVALID_SCOPE + 1];

	(void)unused;
	settings.broker.login_check = 365 * DAY;
	for (size_t round = 0; round < 10; round++) {
		race(renew_here, results);
		assert_int_equal(results[GRANTS_GOOD], 1);
		assert_int_equal(results[GRANTS_GOOD] + results[GRANTS_INVALID], PROCESSES);
		assert_ended(id, NOW + HOUR);
		new_token(&token);
		keep_id(id);
	}
}

static void test_BK_13_the_provider_is_asked_by_one_at_a_time(void **unused)
{
	unsigned results[GRANTS_INVALID_SCOPE + 1];

	(void)unused;
	for (size_t round = 0; round < 5; round++) {
		provider_renews(NOW + HOUR, ROTATES);
		unsigned before = hits("/token");
		race(renew_here, results);
		/* Who came while it was asked is to try again; who came after it, with the token that was used, ends it. */
		assert_int_equal(hits("/token"), before + 1);
		assert_true(results[GRANTS_GOOD] <= 1);
		new_token(&token);
		keep_id(id);
	}
}

static void test_BK_13_who_comes_while_the_provider_is_asked_tries_again(void **unused)
{
	auto_buf old = TOKEN_BUF;

	(void)unused;
	buf_add(&old, buf_str(&token));
	lease(NOW + 30, NOW);
	assert_int_equal(renew_at(&token, NOW + 1), GRANTS_UNAVAILABLE);
	assert_int_equal(renew_at(&token, NOW + 29), GRANTS_UNAVAILABLE);
	assert_lives(id, NOW + 29);
	/* That one never came back. */
	assert_int_equal(renew_at(&token, NOW + 30), GRANTS_GOOD);
	assert_token_kept(REFRESHED, NOW + 30);
	/* From a clock that was wrong. */
	lease(NOW + DAY, NOW + 30);
	assert_int_equal(renew_at(&token, NOW + 31), GRANTS_GOOD);
	/* A stolen one ends it all the same. */
	lease(NOW + 60, NOW + 31);
	assert_int_equal(renew_at(&old, NOW + 32), GRANTS_INVALID);
	assert_ended(id, NOW + 32);
}

static void test_BK_13_the_provider_is_asked_when_login_check_is_over(void **unused)
{
	(void)unused;
	provider_renews(NOW + HOUR, ROTATES);
	assert_int_equal(renew_at(&token, NOW + HOUR - 1), GRANTS_GOOD);
	assert_int_equal(hits("/token"), 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(granted.grant.claims, "groups"), 0)), "staff");
	assert_int_equal(renew_at(&token, NOW + HOUR), GRANTS_GOOD);
	assert_int_equal(hits("/token"), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(granted.grant.claims, "groups"), 0)), "guests");
	assert_int_equal(granted.grant.checked, NOW + HOUR);
	assert_sent("/token", REFRESHED);
	assert_token_kept(ROTATED, NOW + HOUR);
	/* Then not for another hour, and with the new one. */
	assert_int_equal(renew_at(&token, NOW + 2 * HOUR - 1), GRANTS_GOOD);
	assert_int_equal(hits("/token"), 1);
	provider_renews(NOW + 2 * HOUR, "{}");
	assert_int_equal(renew_at(&token, NOW + 2 * HOUR), GRANTS_GOOD);
	assert_sent("/token", ROTATED);
	assert_token_kept(REFRESHED, NOW + 2 * HOUR);
}

static void test_BK_13_the_provider_says_no(void **unused)
{
	(void)unused;
	(void)server_set(server, "/token", 400, JSON_TYPE, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(renew_at(&token, NOW + HOUR), GRANTS_INVALID);
	assert_non_null(strstr(description, "login"));
	assert_ended(id, NOW + HOUR);
}

static void test_BK_13_a_provider_that_is_down_costs_nobody_the_grant(void **unused)
{
	(void)unused;
	(void)server_set(server, "/token", 503, JSON_TYPE, "{}");
	assert_int_equal(renew_at(&token, NOW + HOUR), GRANTS_UNAVAILABLE);
	assert_token_kept(REFRESHED, NOW + HOUR);
	assert_lives(id, NOW + HOUR);
	provider_renews(NOW + HOUR + 60, ROTATES);
	assert_int_equal(renew_at(&token, NOW + HOUR + 60), GRANTS_GOOD);
}

static void test_BK_13_what_the_provider_rotated_is_kept_though_the_rest_failed(void **unused)
{
	auto_buf keys = BUF(4096);

	(void)unused;
	issuer.ask.userinfo = STR(DISCOVER);
	(void)server_set(server, "/userinfo", 500, "", "");
	/* It removes the files of the state directory. */
	assert_true(state_read(&state, SEAL_KEYS_FILE, &keys));
	login_restart();
	assert_true(state_replace(&state, SEAL_KEYS_FILE, buf_str(&keys)));
	new_token(&token);
	keep_id(id);
	provider_renews(NOW + HOUR, ROTATES);
	assert_int_equal(renew_at(&token, NOW + HOUR), GRANTS_UNAVAILABLE);
	assert_token_kept(ROTATED, NOW + HOUR);
}

static void test_BK_13_a_login_that_nobody_can_look_after_ends(void **unused)
{
	auto_buf code = CODE_BUF, kept = TOKEN_BUF;

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		issue_for("alice", LOGIN_NO_TOKEN, NOW, &code);
		assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
		keep_id(id);
		buf_clear(&kept);
		buf_add(&kept, buf_str(&granted.refresh_token));
		assert_int_equal(renew_at(&kept, NOW + HOUR - 1), GRANTS_GOOD);
		assert_int_equal(renew_at(&kept, NOW + HOUR), GRANTS_INVALID);
		assert_ended(id, NOW + HOUR);
		/* It is said once what to change. */
		assert_true((strstr(log_text, "offline_access") != NULL) == (i == 0));
	}
}

static void test_BK_12_without_keys_or_store_nobody_knows(void **unused)
{
	auto_buf kept = BUF(4096);

	(void)unused;
	assert_true(state_read(&state, SEAL_KEYS_FILE, &kept));
	assert_int_equal(unlinkat(state.directory, SEAL_KEYS_FILE, 0), 0);
	assert_int_equal(renew_at(&token, NOW), GRANTS_UNAVAILABLE);
	assert_true(state_replace(&state, SEAL_KEYS_FILE, buf_str(&kept)));
	run_sql("ALTER TABLE entry RENAME TO gone");
	assert_int_equal(renew_at(&token, NOW), GRANTS_UNAVAILABLE);
	run_sql("ALTER TABLE gone RENAME TO entry");
	assert_int_equal(renew_at(&token, NOW), GRANTS_GOOD);
}

static void test_BK_12_what_ended_meanwhile_stays_ended(void **unused)
{
	(void)unused;
	provider_renews(NOW + HOUR, ROTATES);
	/* As if somebody had ended it while the provider was asked: after the lease. */
	run_sql("CREATE TRIGGER meddler AFTER UPDATE ON entry WHEN new.space = 'grant' BEGIN DELETE FROM entry WHERE space = 'grant'; END");
	assert_int_equal(renew_at(&token, NOW + HOUR), GRANTS_INVALID);
	assert_int_equal(hits("/token"), 1);
	assert_false(is_there(id, NOW + HOUR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RENEW_TEST(test_BK_12_each_is_for_once),
		RENEW_TEST(test_BK_12_one_that_is_newer_than_the_store_ends_it_too),
		RENEW_TEST(test_BK_12_it_is_bound_to_client_resource_and_scopes),
		RENEW_TEST(test_BK_12_what_is_no_refresh_token_of_ours),
		RENEW_TEST(test_BK_12_it_ends_when_nobody_uses_it),
		RENEW_TEST(test_BK_12_it_ends_some_time_after_the_login),
		RENEW_TEST(test_BK_12_of_many_at_once_exactly_one_gets_the_next),
		RENEW_TEST(test_BK_13_the_provider_is_asked_by_one_at_a_time),
		RENEW_TEST(test_BK_13_who_comes_while_the_provider_is_asked_tries_again),
		RENEW_TEST(test_BK_13_the_provider_is_asked_when_login_check_is_over),
		RENEW_TEST(test_BK_13_the_provider_says_no),
		RENEW_TEST(test_BK_13_a_provider_that_is_down_costs_nobody_the_grant),
		RENEW_TEST(test_BK_13_what_the_provider_rotated_is_kept_though_the_rest_failed),
		RENEW_TEST(test_BK_13_a_login_that_nobody_can_look_after_ends),
		RENEW_TEST(test_BK_12_without_keys_or_store_nobody_knows),
		RENEW_TEST(test_BK_12_what_ended_meanwhile_stays_ended),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
