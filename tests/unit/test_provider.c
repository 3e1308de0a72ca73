/* SPDX-License-Identifier: MIT */
/* When the provider is asked, and what is said while it can't be. */
#include "provider.h"

#include <time.h>

#include "provider_fixture.h"

static void test_keys_are_fetched_once_and_shared(void **unused)
{
	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	assert_int_equal(ask("", NOW), PROVIDER_READY);
	assert_int_equal(ask("one", NOW + 299), PROVIDER_READY);
	restart();
	assert_int_equal(ask("one", NOW + 299), PROVIDER_READY);
	assert_int_equal(ask_document(NOW + 299), PROVIDER_READY);
	assert_int_equal(hits("/jwks"), 1);
	assert_int_equal(hits(METADATA), 1);
}

static void test_JK_04_lifetime_follows_max_age_within_bounds(void **unused)
{
	static const struct {
		const char *header;
		int64_t lifetime;
	} headers[] = {
		{ "", 300 },
		{ "Cache-Control: max-age=5\r\n", 300 },
		{ "Cache-Control: max-age=1000\r\n", 1000 },
		{ "Cache-Control: max-age=999999\r\n", 86400 },
	};
	int64_t now = NOW;

	(void)unused;
	serve_well();
	for (size_t i = 0; i < N_OF(headers); i++) {
		(void)serve_keys(headers[i].header, KEY("one"));
		assert_int_equal(ask("one", now), PROVIDER_READY);
		(void)generation_at(provider, now);
		assert_int_equal(hits("/jwks"), i + 1);
		assert_int_equal(ask("one", now + headers[i].lifetime - 1), PROVIDER_READY);
		assert_int_equal(hits("/jwks"), i + 1);
		now += headers[i].lifetime;
	}
}

static void test_JK_04_old_keys_serve_while_the_provider_is_down_and_no_longer(void **unused)
{
	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	assert_int_equal(ask_document(NOW), PROVIDER_READY);
	server_down(server);
	assert_int_equal(ask("one", NOW + 300 + STALE_LIMIT), PROVIDER_READY);
	assert_int_equal(ask_document(NOW + 300 + STALE_LIMIT), PROVIDER_READY);
	restart();
	assert_int_equal(ask("one", NOW + 300 + STALE_LIMIT), PROVIDER_READY);

	uint64_t generation = generation_at(provider, NOW + 300 + STALE_LIMIT);

	assert_int_equal(ask("one", NOW + 301 + STALE_LIMIT), PROVIDER_UNAVAILABLE);
	assert_int_equal(ask_document(NOW + 301 + STALE_LIMIT), PROVIDER_UNAVAILABLE);
	/* And what was verified with them is not remembered either. */
	assert_true(generation_at(provider, NOW + 301 + STALE_LIMIT) != generation);
	restart();
	assert_int_equal(ask("one", NOW + 302 + STALE_LIMIT), PROVIDER_UNAVAILABLE);
}

static void test_JK_02_an_unknown_key_forces_one_refresh_a_minute(void **unused)
{
	char kid[32];

	(void)unused;
	serve_well();
	(void)serve_keys("Cache-Control: max-age=80000\r\n", KEY("one"));
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	/* Fetched within the last minute: what is not among them is not a key. */
	assert_int_equal(ask("new", NOW + 59), PROVIDER_NO_SUCH_KEY);
	assert_int_equal(hits("/jwks"), 1);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(kid, sizeof(kid), "random-%d", i);
		if (i % 10 == 0)
			restart();
		assert_int_equal(ask(kid, NOW + 60 + i / 2), PROVIDER_NO_SUCH_KEY);
	}
	assert_int_equal(hits("/jwks"), 2);
	assert_int_equal(ask("one", NOW + 119), PROVIDER_READY);
	(void)serve_keys(JSON_TYPE, KEY("one") "," KEY("new"));
	assert_int_equal(ask("new", NOW + 119), PROVIDER_NO_SUCH_KEY);
	assert_int_equal(ask("new", NOW + 120), PROVIDER_READY);
	assert_int_equal(hits("/jwks"), 3);
}

static void test_JK_02_an_unknown_key_is_no_verdict_while_the_provider_is_down(void **unused)
{
	(void)unused;
	serve_well();
	(void)serve_keys("Cache-Control: max-age=80000\r\n", KEY("one"));
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	(void)server_set(server, "/jwks", 503, "", "");
	assert_int_equal(ask("new", NOW + 100), PROVIDER_UNAVAILABLE);
	assert_int_equal(hits("/jwks"), 2);
	/* Neither in the next request nor in another process, and without asking again. */
	assert_int_equal(ask("new", NOW + 100), PROVIDER_UNAVAILABLE);
	restart();
	assert_int_equal(ask("new", NOW + 101), PROVIDER_UNAVAILABLE);
	assert_int_equal(ask("new", NOW + 159), PROVIDER_UNAVAILABLE);
	assert_int_equal(ask("one", NOW + 159), PROVIDER_READY);
	assert_int_equal(hits("/jwks"), 2);
	(void)serve_keys(JSON_TYPE, KEY("new"));
	assert_int_equal(ask("new", NOW + 160), PROVIDER_READY);
}

static void test_SEC_12_JK_05_no_request_waits_for_keys_that_have_just_grown_old(void **unused)
{
	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	assert_int_equal(ask("one", NOW + 300 + 60), PROVIDER_READY);
	assert_int_equal(hits("/jwks"), 1);
	provider_maintain(provider, NOW + 300 + 60);
	assert_int_equal(hits("/jwks"), 2);
	/* Where nobody asked for a while, a key may have been withdrawn. */
	(void)serve_keys("", KEY("two"));
	assert_int_equal(ask("one", NOW + 300 + 60 + 300 + 61), PROVIDER_NO_SUCH_KEY);
	assert_int_equal(hits("/jwks"), 3);
}

static void test_SEC_12_a_provider_that_is_down_is_asked_every_ten_seconds(void **unused)
{
	(void)unused;
	(void)server_set(server, METADATA, 503, "", "");
	for (int64_t second = 0; second < 30; second++) {
		for (int i = 0; i < 3; i++) {
			if (i == 1)
				restart();
			assert_int_equal(ask("one", NOW + second), PROVIDER_UNAVAILABLE);
		}
	}
	assert_int_equal(hits(METADATA), 3);
	/* The same with old keys at hand. */
	serve_well();
	assert_int_equal(ask("one", NOW + 30), PROVIDER_READY);
	(void)server_set(server, METADATA, 503, "", "");
	(void)server_set(server, "/jwks", 503, "", "");
	for (int64_t second = 0; second < 30; second++) {
		assert_int_equal(ask("one", NOW + 1000 + second), PROVIDER_READY);
		(void)generation_at(provider, NOW + 1000 + second);
	}
	assert_int_equal(hits("/jwks"), 1 + 3);
	assert_int_equal(ask("unknown", NOW + 1029), PROVIDER_UNAVAILABLE);
	assert_int_equal(hits("/jwks"), 1 + 3);
}

static void test_SEC_12_a_silent_provider_costs_one_deadline(void **unused)
{
	struct timespec before, after;

	(void)unused;
	server_set(server, METADATA, 200, JSON_TYPE, "{}")->mode = ROUTE_SILENT;
	(void)serve_document(OPENID, JSON_TYPE, identifier, "/jwks");
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(ask("one", NOW), PROVIDER_UNAVAILABLE);
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	/*
	 * Four seconds, and a generous rest for a busy machine; three places asked one after the
	 * other would take more.
	 */
	assert_true(after.tv_sec - before.tv_sec < 30);
	/* Who doesn't answer in one place isn't asked in another. */
	assert_int_equal(hits(OPENID), 0);
	assert_int_equal(ask("one", NOW + 1), PROVIDER_UNAVAILABLE);
	assert_int_equal(hits(METADATA), 1);
	server_set(server, METADATA, 200, JSON_TYPE, "{}")->mode = ROUTE_CLOSED;
	assert_int_equal(ask("one", NOW + 10), PROVIDER_UNAVAILABLE);
	assert_int_equal(hits(METADATA), 2);
	assert_int_equal(hits(OPENID), 0);
}

static void test_JK_05_a_key_that_disappears_stops_working(void **unused)
{
	uint64_t generation, same;

	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	generation = generation_at(provider, NOW);
	/* The same keys again are no change. */
	same = generation_at(provider, NOW + 300);
	assert_int_equal(hits("/jwks"), 2);
	assert_true(same == generation);
	(void)serve_keys(JSON_TYPE, KEY("two"));
	/* Even if every token is remembered and nobody asks for keys any more. */
	assert_true(generation_at(provider, NOW + 600) != generation);
	assert_int_equal(ask("one", NOW + 600), PROVIDER_NO_SUCH_KEY);
	assert_int_equal(ask("two", NOW + 600), PROVIDER_READY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keys_are_fetched_once_and_shared),
		TEST(test_JK_04_lifetime_follows_max_age_within_bounds),
		TEST(test_JK_04_old_keys_serve_while_the_provider_is_down_and_no_longer),
		TEST(test_JK_02_an_unknown_key_forces_one_refresh_a_minute),
		TEST(test_JK_02_an_unknown_key_is_no_verdict_while_the_provider_is_down),
		TEST(test_SEC_12_JK_05_no_request_waits_for_keys_that_have_just_grown_old),
		TEST(test_SEC_12_a_provider_that_is_down_is_asked_every_ten_seconds),
		TEST(test_SEC_12_a_silent_provider_costs_one_deadline),
		TEST(test_JK_05_a_key_that_disappears_stops_working),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
