/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include "unit.h"

#include "server.h"

#define LIMIT 1000

static struct server *server;

static int start(void **unused)
{
	(void)unused;
	server = server_start();
	return 0;
}

static int stop(void **unused)
{
	(void)unused;
	server_stop(server);
	return 0;
}

/* One GET of `path` at the server; the result stays readable. */
static struct fetch_result result;

static bool get(const char *path, struct buf *body)
{
	struct fetch_options options = {
		.loopback_http = true, .timeout_ms = 20000, .limit = LIMIT
	};
	char url[256];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", server->port, path);
	return fetch(url, &options, body, &result);
}

static void assert_reason(const char *words)
{
	if (strstr(result.reason, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", result.reason, words);
}

static void test_answer_comes_with_its_facts(void **unused)
{
	auto_buf body = BUF(2 * LIMIT);

	(void)unused;
	(void)server_set(server, "/a", 200,
	    "Content-Type: application/json; charset=utf-8\r\nCache-Control: public, "
	    "max-age=600\r\n",
	    "{}");
	buf_add_text(&body, "before");
	assert_true(get("/a", &body));
	assert_true(str_is(buf_str(&body), "before{}"));
	assert_int_equal(result.status, 200);
	assert_int_equal(result.max_age, 600);
	assert_true(result.is_json);
	assert_string_equal(result.reason, "");
	assert_non_null(strstr(server->request, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(server->request, "\r\nUser-Agent: gatehouse\r\n"));
	assert_null(strstr(server->request, "Cookie"));
}

static void test_other_statuses_are_answers_too(void **unused)
{
	static const int statuses[] = { 400, 404, 500, 503 };

	(void)unused;
	for (size_t i = 0; i < N_OF(statuses); i++) {
		auto_buf body = BUF(LIMIT);

		(void)server_set(server, "/a", statuses[i], "", "no");
		assert_true(get("/a", &body));
		assert_int_equal(result.status, statuses[i]);
		assert_false(result.is_json);
		assert_int_equal(result.max_age, -1);
	}
}

static void test_json_types_and_no_others(void **unused)
{
	static const struct {
		const char *type;
		bool is_json;
	} types[] = {
		{ "application/json", true },
		{ "Application/JSON ; a=b", true },
		{ "application/jwk-set+json", true },
		{ "application/+json", false },
		{ "text/html", false },
		{ "text/json", false },
		{ "application/jsonp", false },
		{ "application/json+xml", false },
		{ "text/x+json", false },
		{ "text/html; a=application/json", false },
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(types); i++) {
		auto_buf body = BUF(LIMIT);
		char header[128];

		(void)snprintf(header, sizeof(header), "Content-Type: %s\r\n", types[i].type);
		(void)server_set(server, "/a", 200, header, "{}");
		assert_true(get("/a", &body));
		if (result.is_json != types[i].is_json)
			fail_msg("%s", types[i].type);
	}
}

static void test_max_age_is_read_from_any_form_of_the_header(void **unused)
{
	static const struct {
		const char *header;
		int64_t max_age;
	} headers[] = {
		{ "Cache-Control: max-age=60\r\n", 60 },
		{ "cache-control: no-transform,MAX-AGE=61 \r\n", 61 },
		{ "Cache-Control: public\r\nCache-Control: max-age=62\r\n", 62 },
		{ "Cache-Control: s-maxage=9\r\n", -1 },
		{ "Cache-Control: max-age=-5\r\n", -1 },
		{ "Cache-Control: max-age=99999999999999999999\r\n", -1 },
		{ "Cache-Control: max-age=\r\n", -1 },
		{ "Cache-Control: max-age\r\n", -1 },
		{ "X: max-age=5\r\n", -1 },
		{ "Cache-Control: no-store\r\n", 0 },
		{ "Cache-Control: max-age=60, No-Store\r\n", 0 },
		{ "Cache-Control: max-age=60\r\nCache-Control: no-cache\r\n", 0 },
		{ "Cache-Control: no-cache=\"Set-Cookie\", max-age=60\r\n", 60 },
		{ "Cache-Control: max-age=60, max-age=30\r\n", 30 },
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(headers); i++) {
		auto_buf body = BUF(LIMIT);

		(void)server_set(server, "/a", 200, headers[i].header, "{}");
		assert_true(get("/a", &body));
		if (result.max_age != headers[i].max_age)
			fail_msg("%s gives %lld", headers[i].header, (long long)result.max_age);
	}
}

static void test_ASM_15_redirects_are_not_followed(void **unused)
{
	static const int statuses[] = { 301, 302, 303, 307, 308 };
	struct route *target = server_set(server, "/target", 200, JSON_TYPE, "{}");

	(void)unused;
	for (size_t i = 0; i < N_OF(statuses); i++) {
		auto_buf body = BUF(LIMIT);

		(void)server_set(server, "/a", statuses[i], "Location: /target\r\n", "moved");
		assert_false(get("/a", &body));
		assert_int_equal(result.status, statuses[i]);
		assert_int_equal(body.n, 0);
		assert_reason("redirected");
	}
	assert_int_equal(target->hits, 0);
}

static void test_ASM_15_body_is_capped(void **unused)
{
	static char text[LIMIT + 2];
	auto_buf body = BUF(4 * LIMIT);

	(void)unused;
	memset(text, 'x', LIMIT);
	(void)server_set(server, "/a", 200, JSON_TYPE, text);
	assert_true(get("/a", &body));
	assert_int_equal(body.n, LIMIT);
	text[LIMIT] = 'x';
	(void)server_set(server, "/a", 200, JSON_TYPE, text);
	assert_false(get("/a", &body));
	assert_reason("larger than 1000 bytes");
	assert_int_equal(body.n, LIMIT);
	/* Without a Content-Length nobody says beforehand how much will come. */
	server_set(server, "/a", 200, "", "")->mode = ROUTE_ENDLESS;
	assert_false(get("/a", &body));
	assert_reason("larger than 1000 bytes");
	assert_int_equal(body.n, LIMIT);
}

static void test_half_an_answer_is_none(void **unused)
{
	auto_buf body = BUF(LIMIT);

	(void)unused;
	server_set(server, "/a", 200, JSON_TYPE, "{}")->mode = ROUTE_TRUNCATED;
	assert_false(get("/a", &body));
	assert_reason("closed before");
	assert_int_equal(body.n, 0);
}

static void test_ASM_15_silence_ends_at_the_time_limit(void **unused)
{
	struct fetch_options options = { .loopback_http = true, .timeout_ms = 100, .limit = LIMIT };
	auto_buf body = BUF(LIMIT);
	char url[256];

	(void)unused;
	server_set(server, "/a", 200, JSON_TYPE, "{}")->mode = ROUTE_SILENT;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/a", server->port);
	assert_false(fetch(url, &options, &body, &result));
	assert_int_equal(result.status, 0);
	assert_reason("within 100 ms");
	options.timeout_ms = 0;
	assert_false(fetch(url, &options, &body, &result));
	assert_reason("no time");
}

static void test_nobody_there_is_said(void **unused)
{
	auto_buf body = BUF(LIMIT);

	(void)unused;
	server_down(server);
	assert_false(get("/a", &body));
	assert_int_equal(result.status, 0);
	assert_reason("onnect");
}

static void test_SEC_05_only_https_and_in_development_loopback_http(void **unused)
{
	static const char *const urls[] = {
		"http://example.com/",
		"http://192.0.2.1/",
		"http://127.0.0.2/",
		"ftp://127.0.0.1/",
		"file:///etc/passwd",
		"https://user:secret@127.0.0.1/",
		"http://127.0.0.1@example.com/",
		"https://127.0.0.1/#x",
		"",
		"127.0.0.1",
	};
	struct fetch_options options = {
		.loopback_http = true, .timeout_ms = 20000, .limit = LIMIT
	};
	auto_buf body = BUF(LIMIT);
	char url[256];

	(void)unused;
	for (size_t i = 0; i < N_OF(urls); i++) {
		assert_false(fetch(urls[i], &options, &body, &result));
		if (strstr(result.reason, "not https") == NULL &&
		    strstr(result.reason, "not a URL") == NULL)
			fail_msg("%s: %s", urls[i], result.reason);
	}
	options.loopback_http = false;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/a", server->port);
	(void)server_set(server, "/a", 200, JSON_TYPE, "{}");
	assert_false(fetch(url, &options, &body, &result));
	assert_reason("not https");
	assert_int_equal(server->route[0].hits, 0);
}

static void test_SEC_06_proxy_only_from_the_settings(void **unused)
{
	static const char *const variables[] = { "http_proxy", "https_proxy", "all_proxy",
		"ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY" };
	struct fetch_options options = {
		.loopback_http = true, .timeout_ms = 20000, .limit = LIMIT
	};
	auto_buf body = BUF(LIMIT);
	char proxy[64];

	(void)unused;
	(void)server_set(server, "/a", 200, JSON_TYPE, "{}");
	for (size_t i = 0; i < N_OF(variables); i++)
		assert_int_equal(setenv(variables[i], "http://127.0.0.1:1/", 1), 0);
	assert_true(get("/a", &body));
	/* And the configured one is asked, whatever no_proxy says. */
	assert_int_equal(setenv("no_proxy", "*", 1), 0);
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", server->port);
	options.proxy = str_from(proxy);
	(void)server_set(server, "http://localhost:1/through", 200, JSON_TYPE, "{}");
	assert_true(fetch("http://localhost:1/through", &options, &body, &result));
	assert_int_equal(result.status, 200);
	for (size_t i = 0; i < N_OF(variables); i++)
		(void)unsetenv(variables[i]);
	(void)unsetenv("no_proxy");
}

static void test_connection_is_kept_but_not_shared_with_a_child(void **unused)
{
	auto_buf body = BUF(LIMIT);
	pid_t child;
	int status;

	(void)unused;
	server_set(server, "/a", 200, JSON_TYPE, "{}")->mode = ROUTE_KEPT;
	assert_true(get("/a", &body));
	assert_true(get("/a", &body));
	assert_int_equal(server->connections, 1);
	child = fork();
	if (child == 0)
		_exit(get("/a", &body) ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(server->connections, 2);
	assert_true(get("/a", &body));
	assert_int_equal(server->connections, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answer_comes_with_its_facts),
		TEST(test_other_statuses_are_answers_too),
		TEST(test_json_types_and_no_others),
		TEST(test_max_age_is_read_from_any_form_of_the_header),
		TEST(test_ASM_15_redirects_are_not_followed),
		TEST(test_ASM_15_body_is_capped),
		TEST(test_half_an_answer_is_none),
		TEST(test_ASM_15_silence_ends_at_the_time_limit),
		TEST(test_nobody_there_is_said),
		TEST(test_SEC_05_only_https_and_in_development_loopback_http),
		TEST(test_SEC_06_proxy_only_from_the_settings),
		TEST(test_connection_is_kept_but_not_shared_with_a_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
