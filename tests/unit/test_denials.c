/* SPDX-License-Identifier: MIT */
/* Word of grants that ended, and how long the last word counts when there is no other. */
#include "store_fixture.h"

#include "denials.h"
#include "grants.h"
#include "log.h"

#define ENDED STR("AAAAAAAAAAAAAAAAAAAAAA")
#define GOOD STR("BBBBBBBBBBBBBBBBBBBBBB")

static struct issuer own;
static struct settings settings;
static struct denials *denials;

/* In a Redis, which can be taken away under the feet of who uses it. */
static int setup(void **unused)
{
	auto_buf error = BUF(1024);

	log_start("test_denials", LOG_ERROR, false);
	if (make_base(unused) != 0)
		return -1;
	settings = (struct settings){ .state_directory = str_from(base) };
	settings.broker.own = &own;
	settings.broker.redis = str_from(socket_path);
	start_redis("");
	store = grants_open_store(&settings, &error);
	denials = denials_new(&settings);
	return store != NULL && denials != NULL ? 0 : -1;
}

static int teardown(void **unused)
{
	denials_free(denials);
	store_close(store);
	return remove_base(unused);
}

static enum outcome judge_at(struct str grant, int64_t now)
{
	denials_look(denials, now);
	return denials_judge(denials, grant, now);
}

static void test_BK_16_it_is_known_within_a_second_and_until_it_is_over(void **unused)
{
	(void)unused;
	assert_int_equal(judge_at(ENDED, NOW), OUTCOME_ALLOW);
	assert_int_equal(denials_add(store, ENDED, NOW + 300, NOW), STORE_DONE);
	assert_int_equal(judge_at(ENDED, NOW + 1), OUTCOME_REVOKED);
	assert_int_equal(judge_at(GOOD, NOW + 1), OUTCOME_ALLOW);
	assert_int_equal(judge_at(ENDED, NOW + 299), OUTCOME_REVOKED);
}

static void test_BK_16_without_the_store_the_last_word_counts_for_a_minute(void **unused)
{
	(void)unused;
	assert_int_equal(denials_add(store, ENDED, NOW + 300, NOW), STORE_DONE);
	assert_int_equal(judge_at(GOOD, NOW), OUTCOME_ALLOW);
	stop_redis();
	assert_int_equal(judge_at(GOOD, NOW + DENIALS_STALE_SECONDS), OUTCOME_ALLOW);
	assert_int_equal(judge_at(ENDED, NOW + DENIALS_STALE_SECONDS), OUTCOME_REVOKED);
	/* Nobody knows: nobody gets in, and nobody is told that a grant has ended. */
	assert_int_equal(judge_at(GOOD, NOW + DENIALS_STALE_SECONDS + 1), OUTCOME_UNAVAILABLE);
	assert_int_equal(judge_at(ENDED, NOW + DENIALS_STALE_SECONDS + 1), OUTCOME_UNAVAILABLE);
	start_redis("");
	assert_int_equal(judge_at(GOOD, NOW + DENIALS_STALE_SECONDS + 20), OUTCOME_ALLOW);
	assert_int_equal(judge_at(ENDED, NOW + DENIALS_STALE_SECONDS + 20), OUTCOME_REVOKED);
}

static void test_BK_16_who_never_had_a_word_knows_nothing(void **unused)
{
	(void)unused;
	stop_redis();
	assert_int_equal(judge_at(GOOD, NOW), OUTCOME_UNAVAILABLE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_BK_16_it_is_known_within_a_second_and_until_it_is_over),
		TEST(test_BK_16_without_the_store_the_last_word_counts_for_a_minute),
		TEST(test_BK_16_who_never_had_a_word_knows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
