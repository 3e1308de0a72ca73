/* SPDX-License-Identifier: MIT */
/* Grants: who has which, how they end, and that auth-check hears of it. */
#include "grants_fixture.h"

static char seen[64][GRANT_ID_BYTES];
static size_t n_seen, n_sealed, most_seen;
static bool ends_them;

static bool see(const struct grant *grant, void *context)
{
	assert_ptr_equal(context, seen);
	assert_true(n_seen < 64);
	if (grant->client.n == 0)
		n_sealed++;
	else
		assert_str(grant->client, "notes");
	(void)snprintf(seen[n_seen++], GRANT_ID_BYTES, "%.*s", STR_ARGS(grant->id));
	if (ends_them)
		assert_int_equal(grants_end(grants, grant->id, STR_NONE, NOW), GRANTS_GOOD);
	return n_seen < most_seen;
}

static size_t count_of(const char *subject, int64_t now)
{
	auto_buf owner = BUF(128);

	if (subject != NULL)
		grants_owner(issuer.identifier, str_from(subject), &owner);
	n_seen = n_sealed = 0;
	assert_int_equal(grants_each(grants, buf_str(&owner), now, see, seen), GRANTS_GOOD);
	return n_seen;
}

static int each_begin(void **unused)
{
	most_seen = 64;
	ends_them = false;
	return grants_begin(unused);
}
#define EACH_TEST(function) cmocka_unit_test_setup_teardown(function, each_begin, grants_finish)

static void give(const char *subject, char id[GRANT_ID_BYTES])
{
	auto_buf code = CODE_BUF;

	issue_for(subject, LOGIN_REFRESH_TOKEN, NOW, &code);
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
	keep_id(id);
}

static void test_BK_14_everybody_has_the_own_ones(void **unused)
{
	auto_buf code = CODE_BUF;
	char id[GRANT_ID_BYTES];

	(void)unused;
	assert_int_equal(count_of(NULL, NOW), 0);
	for (size_t i = 0; i < 35; i++)
		give("alice", id);
	give("bob", id);
	/* A code that nobody has redeemed is no grant yet. */
	issue(&code);
	assert_int_equal(count_of("alice", NOW), 35);
	assert_int_equal(count_of("bob", NOW), 1);
	assert_string_equal(seen[0], id);
	assert_int_equal(count_of("mallory", NOW), 0);
	assert_int_equal(count_of(NULL, NOW), 36);
	assert_int_equal(count_of(NULL, NOW + 30 * DAY), 0);
	most_seen = 3;
	assert_int_equal(count_of(NULL, NOW), 3);
}

static void test_BK_14_all_may_be_ended_while_they_are_listed(void **unused)
{
	char id[GRANT_ID_BYTES];

	(void)unused;
	for (size_t i = 0; i < 20; i++)
		give("alice", id);
	ends_them = true;
	assert_int_equal(count_of("alice", NOW), 20);
	ends_them = false;
	assert_int_equal(count_of("alice", NOW), 0);
	assert_ended(id, NOW);
}

static void test_BK_14_without_the_key_that_sealed_it_it_can_still_be_ended(void **unused)
{
	struct seal_keys keys = { .n = 0 };
	char id[GRANT_ID_BYTES], other[GRANT_ID_BYTES];

	(void)unused;
	give("alice", id);
	add_key();
	give("alice", other);
	assert_true(seal_keys_read(&state, &keys));
	assert_true(seal_keys_drop(&keys, keys.key[1].id));
	assert_true(seal_keys_write(&state, &keys));
	seal_keys_wipe(&keys);
	assert_int_equal(count_of("alice", NOW), 2);
	assert_int_equal(n_sealed, 1);
	ends_them = true;
	assert_int_equal(count_of("alice", NOW), 2);
	ends_them = false;
	assert_int_equal(count_of("alice", NOW), 0);
	assert_ended(id, NOW);
	assert_ended(other, NOW);
	give("alice", id);
	assert_int_equal(unlinkat(state.directory, SEAL_KEYS_FILE, 0), 0);
	assert_int_equal(grants_each(grants, STR_NONE, NOW, see, seen), GRANTS_UNAVAILABLE);
}

static void test_BK_16_a_grant_ends_for_its_owner_only(void **unused)
{
	auto_buf bob = BUF(128), alice = BUF(128);
	char id[GRANT_ID_BYTES];

	(void)unused;
	give("alice", id);
	grants_owner(issuer.identifier, STR("bob"), &bob);
	grants_owner(issuer.identifier, STR("alice"), &alice);
	assert_int_equal(grants_end(grants, str_from(id), buf_str(&bob), NOW), GRANTS_INVALID);
	assert_lives(id, NOW);
	assert_int_equal(grants_end(grants, str_from(id), buf_str(&alice), NOW), GRANTS_GOOD);
	assert_ended(id, NOW);
	assert_int_equal(grants_end(grants, str_from(id), buf_str(&alice), NOW), GRANTS_INVALID);
	assert_int_equal(grants_end(grants, STR("nobody's"), STR_NONE, NOW), GRANTS_INVALID);
}

static void test_BK_16_a_refresh_token_is_taken_back_by_its_client(void **unused)
{
	auto_buf token = TOKEN_BUF;
	char id[GRANT_ID_BYTES];

	(void)unused;
	new_token(&token);
	keep_id(id);
	assert_int_equal(grants_revoke(grants, STR("other"), buf_str(&token), NOW), GRANTS_GOOD);
	assert_int_equal(grants_revoke(grants, STR("notes"), STR("ghr_nonsense"), NOW), GRANTS_GOOD);
	assert_lives(id, NOW);
	assert_int_equal(grants_revoke(grants, STR("notes"), buf_str(&token), NOW), GRANTS_GOOD);
	assert_ended(id, NOW);
	assert_int_equal(grants_revoke(grants, STR("notes"), buf_str(&token), NOW), GRANTS_GOOD);
	run_sql("DROP TABLE entry");
	assert_int_equal(grants_revoke(grants, STR("notes"), buf_str(&token), NOW), GRANTS_UNAVAILABLE);
	assert_int_equal(grants_end(grants, str_from(id), STR_NONE, NOW), GRANTS_UNAVAILABLE);
}

/* Nothing is gone that is not denied. */
static void test_BK_16_the_denial_comes_first(void **unused)
{
	char id[GRANT_ID_BYTES];

	(void)unused;
	give("alice", id);
	run_sql("CREATE TRIGGER meddler BEFORE INSERT ON entry WHEN new.space = 'denial' BEGIN SELECT RAISE(ABORT, 'no'); END");
	assert_int_equal(grants_end(grants, str_from(id), STR_NONE, NOW), GRANTS_UNAVAILABLE);
	assert_true(is_there(id, NOW));
	run_sql("DROP TRIGGER meddler");
	run_sql("CREATE TRIGGER meddler BEFORE DELETE ON entry WHEN old.space = 'grant' BEGIN SELECT RAISE(ABORT, 'no'); END");
	assert_int_equal(grants_end(grants, str_from(id), STR_NONE, NOW), GRANTS_UNAVAILABLE);
	assert_int_equal(judged(id, NOW), OUTCOME_REVOKED);
	run_sql("DROP TRIGGER meddler");
	assert_int_equal(grants_end(grants, str_from(id), STR_NONE, NOW), GRANTS_GOOD);
	assert_ended(id, NOW);
}

/* Better a denial less than a grant that can't be ended. */
static void test_BK_16_it_ends_even_when_there_are_too_many_denials(void **unused)
{
	char id[GRANT_ID_BYTES];

	(void)unused;
	give("alice", id);
	run_sql("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 16384)"
		" INSERT INTO entry (space, key, version, until, value) SELECT 'denial', randomblob(32), 1, 1900000000, x'31' FROM "
		"n");
	int before = log_capture();
	assert_int_equal(grants_end(grants, str_from(id), STR_NONE, NOW), GRANTS_GOOD);
	log_release(before);
	assert_logged("denials_full");
	assert_false(is_there(id, NOW));
}

static void test_BK_14_an_owner_is_a_digest(void **unused)
{
	auto_buf owner = BUF(128), another = BUF(128);

	(void)unused;
	grants_owner(issuer.identifier, STR("alice"), &owner);
	grants_owner(issuer.identifier, STR("alicf"), &another);
	assert_int_equal(owner.n, 64);
	assert_null(strstr(owner.p, "alice"));
	assert_false(str_eq(buf_str(&owner), buf_str(&another)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH_TEST(test_BK_14_everybody_has_the_own_ones),
		EACH_TEST(test_BK_14_all_may_be_ended_while_they_are_listed),
		EACH_TEST(test_BK_14_without_the_key_that_sealed_it_it_can_still_be_ended),
		EACH_TEST(test_BK_16_a_grant_ends_for_its_owner_only),
		EACH_TEST(test_BK_16_a_refresh_token_is_taken_back_by_its_client),
		EACH_TEST(test_BK_16_the_denial_comes_first),
		EACH_TEST(test_BK_16_it_ends_even_when_there_are_too_many_denials),
		EACH_TEST(test_BK_14_an_owner_is_a_digest),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
