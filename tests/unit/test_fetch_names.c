/* SPDX-License-Identifier: MIT */
/* A name that can't be resolved, and what comes after it in the same process. */
#include "fetch.h"

#include "unit.h"

#include "names.h"
#include "server.h"

#define LIMIT 5120

static struct server *server;

static int start(void **unused)
{
	(void)unused;
	server = server_start();
	(void)server_set(server, "/a", 200, JSON_TYPE, "{}");
	names_reset();
	return 0;
}

static int stop(void **unused)
{
	(void)unused;
	server_stop(server);
	return 0;
}

static void test_SEC_12_a_name_that_is_not_known_is_no_fault_of_the_next(void **unused)
{
	static const int refusals[] = { EAI_NONAME, EAI_AGAIN, EAI_FAIL };
	struct fetch_options options = { .loopback_http = true, .timeout_ms = 20000, .limit = LIMIT };
	struct fetch_result result;
	char url[256];

	(void)unused;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/a", server->port);
	for (size_t i = 0; i < N_OF(refusals); i++) {
		auto_buf body = BUF(LIMIT);

		refusal = refusals[i];
		assert_false(fetch("https://provider.test/", &options, &body, &result));
		assert_string_equal(result.reason, "host name is not known");
		assert_true(fetch(url, &options, &body, &result));
		assert_string_equal(result.reason, "");
		assert_true(str_is(buf_str(&body), "{}"));
	}
	/* Nor of itself, once it is known. */
	refusal = 0;
	answers[0] = "127.0.0.1";
	(void)snprintf(url, sizeof(url), "https://provider.test:%u/a", server->port);
	auto_buf body = BUF(LIMIT);
	assert_false(fetch(url, &options, &body, &result));
	assert_null(strstr(result.reason, "not known"));
	assert_string_equal(tried[(tries - 1) % TRIES], "127.0.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_SEC_12_a_name_that_is_not_known_is_no_fault_of_the_next, start, stop),
	};

	find_real();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
