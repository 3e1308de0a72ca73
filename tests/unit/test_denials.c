/* SPDX-License-Identifier: MIT */
/* What auth-check knows of grants that ended: within a second, asked once a second, and nothing is admitted on old news. */
#include "grants_fixture.h"

static struct denials *denials;

static int denials_begin(void **unused)
{
	(void)grants_begin(unused);
	denials = denials_new(&settings);
	return 0;
}

static int denials_finish(void **unused)
{
	denials_free(denials);
	return grants_finish(unused);
}
#define DENIALS_TEST(function) cmocka_unit_test_setup_teardown(function, denials_begin, denials_finish)

static enum outcome judge_at(const char *grant, int64_t now)
{
	denials_look(denials, now);
	return denials_judge(denials, str_from(grant), now);
}

static void deny(const char *grant, int64_t until, int64_t now)
{
	assert_int_equal(denials_add(store, str_from(grant), until, now), STORE_DONE);
}

static void test_BK_12_a_denial_is_known_in_the_next_second_and_until_its_end(void **unused)
{
	(void)unused;
	assert_int_equal(judge_at("one", NOW), OUTCOME_ALLOW);
	deny("one", NOW + 900, NOW);
	/* Once a second. */
	assert_int_equal(judge_at("one", NOW), OUTCOME_ALLOW);
	assert_int_equal(judge_at("one", NOW + 1), OUTCOME_REVOKED);
	assert_int_equal(judge_at("two", NOW + 1), OUTCOME_ALLOW);
	deny("two", NOW + 950, NOW + 1);
	assert_int_equal(judge_at("two", NOW + 2), OUTCOME_REVOKED);
	assert_int_equal(judge_at("one", NOW + 899), OUTCOME_REVOKED);
	assert_int_equal(judge_at("one", NOW + 900), OUTCOME_ALLOW);
	assert_int_equal(judge_at("two", NOW + 949), OUTCOME_REVOKED);
	/* And again, when the marker was over, too. */
	deny("three", NOW + 2000, NOW + 1000);
	assert_int_equal(judge_at("three", NOW + 1000), OUTCOME_REVOKED);
	deny("four", NOW + 2500, NOW + 1001);
	assert_int_equal(judge_at("three", NOW + 1002), OUTCOME_REVOKED);
	assert_int_equal(judge_at("four", NOW + 1002), OUTCOME_REVOKED);
}

static void test_BK_12_a_second_denial_lasts_for_longer(void **unused)
{
	(void)unused;
	deny("one", NOW + 100, NOW);
	assert_int_equal(judge_at("one", NOW), OUTCOME_REVOKED);
	deny("one", NOW + 200, NOW + 50);
	assert_int_equal(judge_at("one", NOW + 199), OUTCOME_REVOKED);
	assert_int_equal(judge_at("one", NOW + 200), OUTCOME_ALLOW);
}

static void test_BK_12_many_are_found(void **unused)
{
	char name[32];

	(void)unused;
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "denied-%d", i);
		deny(name, NOW + 900, NOW);
	}
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "denied-%d", i);
		assert_int_equal(judge_at(name, NOW + 1), OUTCOME_REVOKED);
		(void)snprintf(name, sizeof(name), "good-%d", i);
		assert_int_equal(judge_at(name, NOW + 1), OUTCOME_ALLOW);
	}
}

/* The list is read only when the marker says that there is something new. */
static void test_BK_12_what_did_not_change_is_not_read_again(void **unused)
{
	(void)unused;
	deny("one", NOW + 900, NOW);
	assert_int_equal(judge_at("one", NOW + 1), OUTCOME_REVOKED);
	run_sql("DELETE FROM entry WHERE space = 'denial' AND key NOT IN (SELECT key FROM entry ORDER BY number DESC LIMIT 1)");
	assert_int_equal(judge_at("one", NOW + 2), OUTCOME_REVOKED);
	deny("two", NOW + 900, NOW + 2);
	assert_int_equal(judge_at("one", NOW + 3), OUTCOME_ALLOW);
	assert_int_equal(judge_at("two", NOW + 3), OUTCOME_REVOKED);
}

static void test_BK_12_while_the_store_is_down_the_last_word_counts_for_a_minute(void **unused)
{
	int before;

	(void)unused;
	deny("one", NOW + 900, NOW);
	assert_int_equal(judge_at("one", NOW), OUTCOME_REVOKED);
	run_sql("ALTER TABLE entry RENAME TO gone");
	before = log_capture();
	assert_int_equal(judge_at("one", NOW + DENIALS_STALE_SECONDS), OUTCOME_REVOKED);
	assert_int_equal(judge_at("two", NOW + DENIALS_STALE_SECONDS), OUTCOME_ALLOW);
	assert_int_equal(judge_at("one", NOW + DENIALS_STALE_SECONDS + 1), OUTCOME_UNAVAILABLE);
	assert_int_equal(judge_at("two", NOW + DENIALS_STALE_SECONDS + 1), OUTCOME_UNAVAILABLE);
	log_release(before);
	run_sql("ALTER TABLE gone RENAME TO entry");
	assert_int_equal(judge_at("two", NOW + DENIALS_STALE_SECONDS + 2), OUTCOME_ALLOW);
	assert_int_equal(judge_at("one", NOW + DENIALS_STALE_SECONDS + 2), OUTCOME_REVOKED);
}

static void test_BK_12_what_a_wrong_clock_knew_last_is_nothing_when_it_is_set_back(void **unused)
{
	int before;

	(void)unused;
	assert_int_equal(judge_at("one", NOW + 3600), OUTCOME_ALLOW);
	run_sql("ALTER TABLE entry RENAME TO gone");
	before = log_capture();
	assert_int_equal(judge_at("one", NOW + 3600 - CLOCKS_SECONDS), OUTCOME_ALLOW);
	assert_int_equal(judge_at("one", NOW), OUTCOME_UNAVAILABLE);
	log_release(before);
	run_sql("ALTER TABLE gone RENAME TO entry");
	assert_int_equal(judge_at("one", NOW + 1), OUTCOME_ALLOW);
}

static void test_BK_12_who_never_heard_anything_admits_nobody(void **unused)
{
	int before;

	(void)unused;
	assert_int_equal(denials_judge(denials, STR("one"), NOW), OUTCOME_UNAVAILABLE);
	settings.broker.redis = STR("/nowhere/redis");
	denials_free(denials);
	denials = denials_new(&settings);
	before = log_capture();
	assert_int_equal(judge_at("one", NOW), OUTCOME_UNAVAILABLE);
	log_release(before);
	settings.broker.redis = STR_NONE;
	settings.state_directory = STR("/nowhere");
	denials_free(denials);
	denials = denials_new(&settings);
	before = log_capture();
	assert_int_equal(judge_at("one", NOW), OUTCOME_UNAVAILABLE);
	assert_int_equal(judge_at("one", NOW + 1), OUTCOME_UNAVAILABLE);
	log_release(before);
	assert_logged("denials_unavailable");
	assert_null(strstr(strstr(log_text, "denials_unavailable") + 1, "denials_unavailable"));
	settings.state_directory = str_from(folder);
	assert_int_equal(judge_at("one", NOW + 2), OUTCOME_ALLOW);
}

static void test_BK_12_without_a_broker_there_is_nothing_to_ask(void **unused)
{
	struct settings none = { .broker.own = NULL };

	(void)unused;
	assert_null(denials_new(&none));
	denials_look(NULL, NOW);
	assert_int_equal(denials_judge(NULL, STR("one"), NOW), OUTCOME_ALLOW);
	denials_free(NULL);
}

/* Two that write the marker at once: neither denial is missed. */
static enum grants_answer deny_here(void)
{
	auto_buf name = BUF(64);

	buf_print(&name, "of-%d", (int)getpid());
	return denials_add(store, buf_str(&name), NOW + 900, NOW) == STORE_DONE ? GRANTS_GOOD : GRANTS_UNAVAILABLE;
}

static void test_BK_12_denials_at_once_are_all_known(void **unused)
{
	unsigned results[GRANTS_INVALID_SCOPE + 1];

	(void)unused;
	for (int64_t round = 0; round < 5; round++) {
		struct store_page page;

		race(deny_here, results);
		assert_int_equal(results[GRANTS_GOOD], PROCESSES);
		denials_look(denials, NOW + round);
		assert_int_equal(store_list(store, &space_denial, STR_NONE, NULL, NOW, &page), STORE_DONE);
		assert_int_equal(page.n, round < 3 ? (size_t)(PROCESSES * (round + 1) + 1) : STORE_PAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DENIALS_TEST(test_BK_12_a_denial_is_known_in_the_next_second_and_until_its_end),
		DENIALS_TEST(test_BK_12_a_second_denial_lasts_for_longer),
		DENIALS_TEST(test_BK_12_many_are_found),
		DENIALS_TEST(test_BK_12_what_did_not_change_is_not_read_again),
		DENIALS_TEST(test_BK_12_while_the_store_is_down_the_last_word_counts_for_a_minute),
		DENIALS_TEST(test_BK_12_what_a_wrong_clock_knew_last_is_nothing_when_it_is_set_back),
		DENIALS_TEST(test_BK_12_who_never_heard_anything_admits_nobody),
		DENIALS_TEST(test_BK_12_without_a_broker_there_is_nothing_to_ask),
		DENIALS_TEST(test_BK_12_denials_at_once_are_all_known),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
