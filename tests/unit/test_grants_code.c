/* SPDX-License-Identifier: MIT */
/* Codes: one redemption, for whom they were made, within a minute. */
#include "grants_fixture.h"

static struct buf code;

static int code_begin(void **unused)
{
	code = CODE_BUF;
	return grants_begin(unused);
}

static int code_finish(void **unused)
{
	buf_wipe(&code);
	return grants_finish(unused);
}
#define CODE_TEST(function) cmocka_unit_test_setup_teardown(function, code_begin, code_finish)

static void test_BK_07_a_code_becomes_what_was_granted(void **unused)
{
	struct store_entry entry;
	auto_buf owner = BUF(128);
	char id[GRANT_ID_BYTES];

	(void)unused;
	issue(&code);
	assert_true(code.n >= 43 && code.n <= CODE_TEXT_BYTES);
	assert_int_equal(redeem_at(&code, NOW + 10), GRANTS_GOOD);
	assert_str(granted.grant.client, "notes");
	assert_str(granted.grant.client_name, "Notes");
	assert_str(granted.grant.resource, MCP);
	assert_str(granted.scope, "mcp:read mcp:write");
	assert_str(json_text(granted.grant.claims, "sub"), "alice");
	assert_str(granted.grant.token, REFRESHED);
	assert_int_equal(granted.grant.since, NOW);
	assert_int_equal(granted.grant.checked, NOW);
	assert_int_equal(granted.grant.used, NOW + 10);
	assert_true(str_starts(buf_str(&granted.refresh_token), STR("ghr_")) && granted.refresh_token.n <= REFRESH_TOKEN_BYTES);
	keep_id(id);
	assert_int_equal(find_grant(id, NOW + 10, &entry), GRANTS_GOOD);
	grants_owner(issuer.identifier, STR("alice"), &owner);
	assert_true(str_eq(entry.owner, buf_str(&owner)) && str_is(entry.family, id));
	assert_int_equal(entry.until, NOW + 10 + 30 * DAY);
	assert_lives(id, NOW + 10);
}

static void test_BK_07_it_is_good_for_a_minute(void **unused)
{
	(void)unused;
	issue(&code);
	assert_int_equal(redeem_at(&code, NOW + 60), GRANTS_INVALID);
	assert_int_equal(redeem_at(&code, NOW + 59), GRANTS_GOOD);
}

static void test_BK_07_reuse_ends_what_came_of_it(void **unused)
{
	char id[GRANT_ID_BYTES];

	(void)unused;
	issue(&code);
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
	keep_id(id);
	assert_int_equal(redeem_at(&code, NOW + 599), GRANTS_INVALID);
	assert_ended(id, NOW + 599);
	assert_int_equal(redeem_at(&code, NOW + 599), GRANTS_INVALID);
}

static void test_BK_07_who_could_not_redeem_it_ends_nothing(void **unused)
{
	struct token_request request;
	char id[GRANT_ID_BYTES];

	(void)unused;
	issue(&code);
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
	keep_id(id);
	request = redemption(&code);
	request.verifier = STR("another-verifier-0123456789-0123456789-0123");
	assert_int_equal(ask_redeem(&request, NOW), GRANTS_INVALID);
	request = redemption(&code);
	request.client = STR("other");
	assert_int_equal(ask_redeem(&request, NOW), GRANTS_INVALID);
	assert_lives(id, NOW);
	/* It is not remembered for ever. */
	assert_int_equal(redeem_at(&code, NOW + 600), GRANTS_INVALID);
	assert_lives(id, NOW + 600);
}

static enum grants_answer redeem_here(void)
{
	return redeem_at(&code, NOW);
}

static void test_BK_07_of_many_at_once_one_gets_it_at_most_and_it_ends(void **unused)
{
	unsigned results[GRANTS_INVALID_SCOPE + 1];

	(void)unused;
	for (size_t round = 0; round < 10; round++) {
		char id[GRANT_ID_BYTES];

		issue(&code);
		(void)snprintf(id, sizeof(id), "%s", grants->id);
		race(redeem_here, results);
		assert_true(results[GRANTS_GOOD] <= 1);
		assert_int_equal(results[GRANTS_GOOD] + results[GRANTS_INVALID], PROCESSES);
		assert_ended(id, NOW);
	}
}

static void test_BK_07_what_ended_while_it_was_redeemed_stays_ended(void **unused)
{
	char id[GRANT_ID_BYTES];

	(void)unused;
	issue(&code);
	(void)snprintf(id, sizeof(id), "%s", grants->id);
	/* As if somebody had removed all of it just before the grant was put. */
	run_sql("CREATE TRIGGER meddler AFTER INSERT ON entry WHEN new.space = 'grant' BEGIN DELETE FROM entry WHERE space = 'code'; END");
	assert_int_equal(redeem_at(&code, NOW), GRANTS_INVALID);
	assert_ended(id, NOW);
}

static void test_BK_08_the_verifier_fits_the_challenge(void **unused)
{
	static const char *const wrong[] = { "", CHALLENGE, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX", VERIFIER "x",
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK" };
	struct token_request request;

	(void)unused;
	issue(&code);
	for (size_t i = 0; i < N_OF(wrong); i++) {
		request = redemption(&code);
		request.verifier = str_from(wrong[i]);
		assert_int_equal(ask_redeem(&request, NOW), GRANTS_INVALID);
	}
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
}

/* Its digest is right, and it is none all the same (RFC 7636 4.1). */
static void check_shape(const char *verifier, enum grants_answer expected)
{
	auto_json *claims = id_claims("{}");
	struct grant grant = grant_of(claims);
	unsigned char digest[SHA256_BYTES];
	auto_buf challenge = BUF(64), text = CODE_BUF;
	struct token_request request;

	crypto_sha256(str_from(verifier), digest);
	base64url_encode((struct str){ (const char *)digest, sizeof(digest) }, &challenge);
	assert_int_equal(grants_issue(grants, &(struct code){ &grant, buf_str(&challenge) }, NOW, &text), GRANTS_GOOD);
	request = redemption(&text);
	request.verifier = str_from(verifier);
	assert_int_equal(ask_redeem(&request, NOW), expected);
}

#define FORTY "0123456789012345678901234567890123456789"

static void test_BK_08_the_shape_of_a_verifier(void **unused)
{
	(void)unused;
	check_shape(FORTY "ab", GRANTS_INVALID);
	check_shape(FORTY "abc", GRANTS_GOOD);
	check_shape(FORTY "-._~AZaz09", GRANTS_GOOD);
	check_shape(FORTY FORTY FORTY "01234567", GRANTS_GOOD);
	check_shape(FORTY FORTY FORTY "012345678", GRANTS_INVALID);
	check_shape(FORTY "a c", GRANTS_INVALID);
	check_shape(FORTY "a+c", GRANTS_INVALID);
	check_shape(FORTY "a\303\244", GRANTS_INVALID);
}

static void test_RD_04_the_redirect_uri_is_the_one_of_the_request(void **unused)
{
	static const char *const wrong[] = { "http://127.0.0.1:5002/callback", "http://127.0.0.1:5001/callback/", "http://127.0.0.1/callback",
		"HTTP://127.0.0.1:5001/callback", "http://localhost:5001/callback" };
	struct token_request request;

	(void)unused;
	issue(&code);
	for (size_t i = 0; i < N_OF(wrong); i++) {
		request = redemption(&code);
		request.redirect_uri = str_from(wrong[i]);
		assert_int_equal(ask_redeem(&request, NOW), GRANTS_INVALID);
	}
	request = redemption(&code);
	request.redirect_uri = STR_NONE;
	assert_int_equal(ask_redeem(&request, NOW), GRANTS_GOOD);
}

static void test_BK_03_the_resource_is_the_granted_one(void **unused)
{
	struct token_request request;

	(void)unused;
	issue(&code);
	request = redemption(&code);
	request.resource = STR(OTHER);
	assert_int_equal(ask_redeem(&request, NOW), GRANTS_INVALID_TARGET);
	request.resource = STR("https://evil.example/");
	assert_int_equal(ask_redeem(&request, NOW), GRANTS_INVALID_TARGET);
	/* Nor one that is not ours any more. */
	settings.n_resources = 0;
	assert_int_equal(redeem_at(&code, NOW), GRANTS_INVALID_TARGET);
	settings.n_resources = 2;
	request.resource = STR_NONE;
	assert_int_equal(ask_redeem(&request, NOW), GRANTS_GOOD);
}

static void test_BK_07_without_refreshing_it_ends_with_its_access_token(void **unused)
{
	struct token_request request;
	char id[GRANT_ID_BYTES];

	(void)unused;
	issue(&code);
	request = redemption(&code);
	request.refreshes = false;
	assert_int_equal(ask_redeem(&request, NOW), GRANTS_GOOD);
	assert_int_equal(granted.refresh_token.n, 0);
	keep_id(id);
	/* And can be taken back as long as that may be good anywhere. */
	assert_true(is_there(id, NOW + 900 + own.skew + CLOCKS_SECONDS - 1));
	assert_false(is_there(id, NOW + 900 + own.skew + CLOCKS_SECONDS));
}

static void test_SEC_12_nobody_takes_all_the_room_there_is(void **unused)
{
	char others[GRANT_ID_BYTES], first[GRANT_ID_BYTES], second[GRANT_ID_BYTES];
	int64_t now = NOW;

	(void)unused;
	issue_for("bob", LOGIN_REFRESH_TOKEN, now, &code);
	assert_int_equal(redeem_at(&code, now), GRANTS_GOOD);
	keep_id(others);
	for (size_t i = 0; i <= GRANTS_PER_PERSON; i++, now++) {
		issue_for("alice", LOGIN_REFRESH_TOKEN, now, &code);
		assert_int_equal(redeem_at(&code, now), GRANTS_GOOD);
		if (i < 2)
			keep_id(i == 0 ? first : second);
		if (i == GRANTS_PER_PERSON - 1)
			assert_lives(first, now);
	}
	assert_ended(first, now);
	assert_lives(second, now);
	assert_lives(others, now);
}

static void test_BK_14_nothing_of_it_can_be_read_in_the_store(void **unused)
{
	static const char *const names[] = { SPACES_FILE, SPACES_FILE "-wal" };
	auto_buf second = CODE_BUF;
	size_t bytes = 0;

	(void)unused;
	issue(&code);
	issue(&second);
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
	for (size_t i = 0; i < N_OF(names); i++) {
		auto_buf text = BUF(16 << 20);

		(void)!state_read(&state, names[i], &text);
		bytes += text.n;
		for (size_t k = 0; k < 7 && text.n != 0; k++) {
			const char *const hidden[] = { "alice", REFRESHED, "notes", "mcp:read", CHALLENGE, second.p, granted.refresh_token.p };

			assert_null(memmem(text.p, text.n, hidden[k], strlen(hidden[k])));
		}
	}
	assert_true(bytes > 1000);
}

static void test_BK_07_without_keys_or_store_nobody_knows(void **unused)
{
	auto_json *claims = id_claims("{}");
	auto_buf another = CODE_BUF;
	struct grant grant = grant_of(claims);
	auto_buf kept = BUF(4096);

	(void)unused;
	issue(&code);
	assert_true(state_read(&state, SEAL_KEYS_FILE, &kept));
	assert_int_equal(unlinkat(state.directory, SEAL_KEYS_FILE, 0), 0);
	assert_int_equal(redeem_at(&code, NOW), GRANTS_UNAVAILABLE);
	assert_int_equal(issue_grant(&grant, NOW, &another), GRANTS_UNAVAILABLE);
	assert_int_equal(another.n, 0);
	assert_true(state_replace(&state, SEAL_KEYS_FILE, buf_str(&kept)));
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
	run_sql("DROP TABLE entry");
	assert_int_equal(redeem_at(&code, NOW), GRANTS_UNAVAILABLE);
	assert_int_equal(issue_grant(&grant, NOW, &another), GRANTS_UNAVAILABLE);
}

static void test_BK_07_a_grant_that_is_too_large_is_not_begun(void **unused)
{
	auto_json *claims = id_claims("{}");
	struct grant grant = grant_of(claims);
	char *text = memory_new(GRANT_BYTES + 1);

	(void)unused;
	memset(text, 'x', GRANT_BYTES);
	(void)json_object_set_new(claims, "department", json_string(text));
	assert_int_equal(issue_grant(&grant, NOW, &code), GRANTS_UNAVAILABLE);
	text[GRANT_BYTES - 1200] = '\0';
	(void)json_object_set_new(claims, "department", json_string(text));
	free(text);
	assert_int_equal(issue_grant(&grant, NOW, &code), GRANTS_GOOD);
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
	assert_int_equal(json_text(granted.grant.claims, "department").n, GRANT_BYTES - 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CODE_TEST(test_BK_07_a_code_becomes_what_was_granted),
		CODE_TEST(test_BK_07_it_is_good_for_a_minute),
		CODE_TEST(test_BK_07_reuse_ends_what_came_of_it),
		CODE_TEST(test_BK_07_who_could_not_redeem_it_ends_nothing),
		CODE_TEST(test_BK_07_of_many_at_once_one_gets_it_at_most_and_it_ends),
		CODE_TEST(test_BK_07_what_ended_while_it_was_redeemed_stays_ended),
		CODE_TEST(test_BK_08_the_verifier_fits_the_challenge),
		CODE_TEST(test_BK_08_the_shape_of_a_verifier),
		CODE_TEST(test_RD_04_the_redirect_uri_is_the_one_of_the_request),
		CODE_TEST(test_BK_03_the_resource_is_the_granted_one),
		CODE_TEST(test_BK_07_without_refreshing_it_ends_with_its_access_token),
		CODE_TEST(test_SEC_12_nobody_takes_all_the_room_there_is),
		CODE_TEST(test_BK_14_nothing_of_it_can_be_read_in_the_store),
		CODE_TEST(test_BK_07_without_keys_or_store_nobody_knows),
		CODE_TEST(test_BK_07_a_grant_that_is_too_large_is_not_begun),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
