/* SPDX-License-Identifier: MIT */
/* Whose session it is: a table of sessions, requests that name one, principals who may or may not. */
#include "table_fixture.h"

#include "session.h"

#define HOUR (3600 * SECOND_NS)

static const struct issuer issuer_a = { .identifier = { "https://a.example", 17 } };
static const struct issuer issuer_b = { .identifier = { "https://b.example", 17 } };
static const struct principal alice = { .issuer = &issuer_a, .subject = { "alice", 5 }, .user = { "one", 3 } };
static const struct principal bob = { .issuer = &issuer_a, .subject = { "bob", 3 }, .user = { "one", 3 } };
static const struct principal alice_of_b = { .issuer = &issuer_b, .subject = { "alice", 5 }, .user = { "one", 3 } };
static const struct resource notes = { .identifier = { "https://mcp.example.com/notes", 29 }, .bind_sessions = true };
static const struct resource other = { .identifier = { "https://mcp.example.com/other", 29 }, .bind_sessions = true };
static const struct resource unbound = { .identifier = { "https://mcp.example.com/free", 28 } };

static struct http request(struct str id)
{
	struct http http = { 0 };

	http.value[HTTP_MCP_SESSION_ID] = id;
	http.copies[HTTP_MCP_SESSION_ID] = 1;
	return http;
}

static enum outcome look(struct table *table, struct str id, const struct resource *resource, const struct principal *principal, int64_t now)
{
	struct http http = request(id);
	struct session session;

	return session_look(table, &http, resource, principal, now, &session);
}

/* As a request that nothing refuses. */
static enum outcome use(struct table *table, struct str id, const struct resource *resource, const struct principal *principal, int64_t now)
{
	struct http http = request(id);
	struct session session;
	enum outcome outcome = session_look(table, &http, resource, principal, now, &session);

	return outcome == OUTCOME_ALLOW ? session_bind(&session) : outcome;
}

static void test_HD_17_the_pair_of_issuer_and_subject_owns_it(void **unused)
{
	struct table *table = open_shared();

	(void)unused;
	assert_int_equal(use(table, STR("s"), &notes, &alice, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR("s"), &notes, &alice, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR("s"), &notes, &bob, NOW), OUTCOME_SESSION_OF_ANOTHER);
	assert_int_equal(use(table, STR("s"), &notes, &alice_of_b, NOW), OUTCOME_SESSION_OF_ANOTHER);
	assert_int_equal(use(table, STR("S"), &notes, &bob, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR("s"), &other, &bob, NOW), OUTCOME_ALLOW);
	table_close(table);
}

static void test_HD_17_a_look_binds_nothing(void **unused)
{
	struct table *table = open_shared();

	(void)unused;
	assert_int_equal(look(table, STR("s"), &notes, &alice, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR("s"), &notes, &bob, NOW), OUTCOME_ALLOW);
	assert_int_equal(look(table, STR("s"), &notes, &alice, NOW), OUTCOME_SESSION_OF_ANOTHER);
	table_close(table);
}

static void test_HD_17_whoever_was_faster_between_look_and_bind_keeps_it(void **unused)
{
	struct table *table = open_shared();
	struct http http = request(STR("s"));
	struct session slow;

	(void)unused;
	assert_int_equal(session_look(table, &http, &notes, &alice, NOW, &slow), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR("s"), &notes, &bob, NOW), OUTCOME_ALLOW);
	assert_int_equal(session_bind(&slow), OUTCOME_SESSION_OF_ANOTHER);
	table_close(table);
}

static void test_HD_17_it_lasts_for_a_day_after_the_last_use(void **unused)
{
	struct table *table = open_shared();

	(void)unused;
	assert_int_equal(use(table, STR("s"), &notes, &alice, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR("s"), &notes, &bob, NOW + 23 * HOUR), OUTCOME_SESSION_OF_ANOTHER);
	assert_int_equal(use(table, STR("s"), &notes, &alice, NOW + 23 * HOUR), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR("s"), &notes, &bob, NOW + 46 * HOUR), OUTCOME_SESSION_OF_ANOTHER);
	assert_int_equal(use(table, STR("s"), &notes, &bob, NOW + 48 * HOUR), OUTCOME_ALLOW);
	table_close(table);
}

static void test_HD_17_no_header_and_an_empty_one_bind_nothing(void **unused)
{
	struct table *table = open_shared();
	struct http none = { 0 };
	struct session session;

	(void)unused;
	assert_int_equal(session_look(table, &none, &notes, &alice, NOW, &session), OUTCOME_ALLOW);
	assert_null(session.table);
	assert_int_equal(session_bind(&session), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR(""), &notes, &alice, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(table, STR(""), &notes, &bob, NOW), OUTCOME_ALLOW);
	table_close(table);
}

static void test_HD_07_HD_17_readers_must_agree_which_id_counts(void **unused)
{
	static const char *const refused[] = { "a,b", "a, b", "a b", "a\tb", " ", "\x7f", "\xc3\xa4", "a\n" };
	struct table *table = open_shared();
	auto_free char *longest = memory_new(1026);
	struct http twice = request(STR("s"));
	struct session session;

	(void)unused;
	for (size_t i = 0; i < N_OF(refused); i++)
		assert_int_equal(use(table, str_from(refused[i]), &notes, &alice, NOW), OUTCOME_BAD_REQUEST);
	twice.copies[HTTP_MCP_SESSION_ID] = 2;
	assert_int_equal(session_look(table, &twice, &notes, &alice, NOW, &session), OUTCOME_BAD_REQUEST);
	memset(longest, '~', 1025);
	assert_int_equal(use(table, (struct str){ longest, 1024 }, &notes, &alice, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(table, (struct str){ longest, 1025 }, &notes, &alice, NOW), OUTCOME_BAD_REQUEST);
	table_close(table);
}

static void test_HD_17_a_resource_that_binds_none_looks_at_nothing(void **unused)
{
	(void)unused;
	assert_int_equal(use(NULL, STR("s"), &unbound, &alice, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(NULL, STR("s"), &unbound, &bob, NOW), OUTCOME_ALLOW);
	assert_int_equal(use(NULL, STR("a b"), &unbound, &bob, NOW), OUTCOME_ALLOW);
}

static void test_HD_17_the_table_is_there_only_when_it_is_wanted(void **unused)
{
	struct resource resources[] = { unbound, unbound };
	struct settings settings = { .resource = resources, .n_resources = 2 };
	struct state state = { directory, path };
	struct table *table;

	(void)unused;
	assert_null(session_table_open(&settings, &state));
	resources[1].bind_sessions = true;
	table = session_table_open(&settings, &state);
	assert_non_null(table);
	assert_true(table_is_shared(table));
	table_close(table);
	assert_int_equal(unlinkat(directory, "sessions", 0), 0);
	(void)unlinkat(directory, "sessions.lock", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_HD_17_the_pair_of_issuer_and_subject_owns_it),
		TEST(test_HD_17_a_look_binds_nothing),
		TEST(test_HD_17_whoever_was_faster_between_look_and_bind_keeps_it),
		TEST(test_HD_17_it_lasts_for_a_day_after_the_last_use),
		TEST(test_HD_17_no_header_and_an_empty_one_bind_nothing),
		TEST(test_HD_07_HD_17_readers_must_agree_which_id_counts),
		TEST(test_HD_17_a_resource_that_binds_none_looks_at_nothing),
		TEST(test_HD_17_the_table_is_there_only_when_it_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
