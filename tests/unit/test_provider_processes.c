/* SPDX-License-Identifier: MIT */
/* Several processes and one provider. */
#include "provider.h"

#include <sched.h>

#include "provider_fixture.h"

#define PROCESSES 5

/* What a process of its own says, each with a table and a state directory that it opened itself. */
static pid_t in_process(enum provider_answer (*attempt)(void), int result)
{
	pid_t child = fork();
	auto_buf error = BUF(1024);
	char answer;

	if (child != 0)
		return child;
	if (!state_open(&state, folder, &error))
		_exit(1);
	table = table_open(state.directory, "table");
	provider = provider_new(&settings, &issuer, &state, table);
	answer = (char)attempt();
	_exit(write(result, &answer, 1) == 1 ? 0 : 1);
}

static int ready[2];

static enum provider_answer ask_now(void)
{
	const struct jwk_set *keys;

	if (write(ready[1], "x", 1) != 1)
		_exit(1);
	return provider_keys(provider, STR("one"), NOW, &keys);
}

static void test_ASM_16_cold_processes_share_one_fetch(void **unused)
{
	int result[2], served = 0;
	char answer;

	(void)unused;
	serve_well();
	server_set(server, "/jwks", 200, JSON_TYPE, "{\"keys\":[" KEY("one") "]}")->mode =
	    ROUTE_GATED;
	assert_int_equal(pipe(result), 0);
	assert_int_equal(pipe(ready), 0);
	for (int i = 0; i < PROCESSES; i++)
		(void)in_process(ask_now, result[1]);
	(void)close(result[1]);
	/* The answer is held back until one has asked and all have begun to. */
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(read(ready[0], &answer, 1), 1);
	while (hits("/jwks") == 0)
		(void)sched_yield();
	assert_int_equal(write(server->gate[1], "x", 1), 1);
	while (read(result[0], &answer, 1) == 1)
		served += answer == PROVIDER_READY;
	for (int i = 0; i < PROCESSES; i++)
		assert_true(wait(NULL) > 0);
	assert_int_equal(served, PROCESSES);
	assert_int_equal(hits("/jwks"), 1);
	assert_int_equal(hits(METADATA), 1);
	(void)close(result[0]);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static enum provider_answer ask_later(void)
{
	const struct jwk_set *keys;

	return provider_keys(provider, STR("one"), NOW + 361, &keys);
}

static void test_SEC_12_old_keys_serve_at_once_while_another_process_asks(void **unused)
{
	int result[2];
	char answer;

	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	server_set(server, "/jwks", 200, JSON_TYPE, "{\"keys\":[" KEY("one") "]}")->mode =
	    ROUTE_GATED;
	assert_int_equal(pipe(result), 0);
	(void)in_process(ask_later, result[1]);
	(void)close(result[1]);
	while (hits("/jwks") == 1)
		(void)sched_yield();
	/* The other process waits for the provider; this one does not, and does not ask either. */
	assert_int_equal(ask("one", NOW + 361), PROVIDER_READY);
	assert_int_equal(hits("/jwks"), 2);
	assert_int_equal(write(server->gate[1], "x", 1), 1);
	assert_int_equal(read(result[0], &answer, 1), 1);
	assert_int_equal(answer, PROVIDER_READY);
	assert_true(wait(NULL) > 0);
	(void)close(result[0]);
}

static void test_another_process_brings_new_keys_within_a_second(void **unused)
{
	struct provider *other = provider_new(&settings, &issuer, &state, table);
	const struct jwk_set *keys;
	uint64_t generation;

	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	generation = generation_at(provider, NOW);
	(void)serve_keys(JSON_TYPE, KEY("two"));
	assert_int_equal(provider_keys(other, STR("two"), NOW + 70, &keys), PROVIDER_READY);
	assert_int_equal(ask("two", NOW + 71), PROVIDER_READY);
	assert_int_equal(ask("one", NOW + 71), PROVIDER_NO_SUCH_KEY);
	assert_true(generation_at(provider, NOW + 71) != generation);
	assert_int_equal(hits("/jwks"), 2);
	provider_free(other);
}

static void test_nothing_changes_within_one_second(void **unused)
{
	struct provider *other = provider_new(&settings, &issuer, &state, table);
	const struct jwk_set *keys;
	uint64_t generation;

	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	assert_int_equal(ask("one", NOW + 70), PROVIDER_READY);
	generation = generation_at(provider, NOW + 70);
	(void)serve_keys(JSON_TYPE, KEY("two"));
	assert_int_equal(provider_keys(other, STR("two"), NOW + 70, &keys), PROVIDER_READY);
	assert_true(generation_at(provider, NOW + 70) == generation);
	assert_true(generation_at(provider, NOW + 71) != generation);
	provider_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ASM_16_cold_processes_share_one_fetch),
		TEST(test_SEC_12_old_keys_serve_at_once_while_another_process_asks),
		TEST(test_another_process_brings_new_keys_within_a_second),
		TEST(test_nothing_changes_within_one_second),
	};

	/* A process that waits for ever is a failure too. */
	(void)alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
