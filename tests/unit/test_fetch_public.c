/* SPDX-License-Identifier: MIT */
/*
 * What a stranger's URL can reach.
 */
#include "fetch.h"

#include "unit.h"

#include "clock.h"
#include "names.h"
#include "server.h"

#define LIMIT 5120

static struct server *server;
static struct fetch_result result;
static struct network loopback;

static int start(void **unused)
{
	(void)unused;
	server = server_start();
	(void)server_set(server, "/a", 200, JSON_TYPE, "{}");
	assert_true(network_parse(STR("127.0.0.1"), &loopback));
	names_reset();
	return 0;
}

static int stop(void **unused)
{
	(void)unused;
	server_stop(server);
	return 0;
}

static void assert_reason(const char *words)
{
	if (strstr(result.reason, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", result.reason, words);
}

static struct fetch_options strict(void)
{
	return (struct fetch_options){ .public_only = true, .timeout_ms = 4000, .limit = LIMIT };
}

/* The server on loopback may be reached, by http. */
static struct fetch_options lenient(void)
{
	struct fetch_options options = strict();

	options.loopback_http = true;
	options.allowed = &loopback;
	options.n_allowed = 1;
	options.port = &server->port;
	options.n_ports = 1;
	return options;
}

static bool get(const struct fetch_options *options, const char *host, const char *path, struct buf *body)
{
	char url[256];

	(void)snprintf(url, sizeof(url), "%s:%u%s", host, server->port, path);
	return fetch(url, options, body, &result);
}

/* With the port of the server allowed, so that only the address stands in the way. */
static void reaches_nobody(const char *url, const char *reason)
{
	struct fetch_options options = strict();
	auto_buf body = BUF(LIMIT);

	options.loopback_http = true;
	options.port = &server->port;
	options.n_ports = 1;
	if (fetch(url, &options, &body, &result))
		fail_msg("%s", url);
	assert_reason(reason);
	assert_int_equal(result.status, 0);
	if (tries != 0)
		fail_msg("%s: %s was connected to", url, tried[0]);
	assert_int_equal(server->connections, 0);
}

static void test_CI_04_names_of_special_addresses_get_no_packet(void **unused)
{
	static const char *const addresses[] = { "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
		"172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1",
		"2001::1", "2001:db8::1", "2002:7f00:1::1", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1", "3fff::1", "5f00::1" };

	(void)unused;
	for (size_t i = 0; i < N_OF(addresses); i++) {
		char url[128];

		/* A name for each: libcurl remembers what a name said. */
		answers[0] = addresses[i];
		asked = 0;
		(void)snprintf(url, sizeof(url), "https://name%zu.test:%u/a", i, server->port);
		reaches_nobody(url, "is not of the public internet");
		assert_int_equal(asked, 1);
	}
}

/* A kernel without IPv6 has no use for such a host, and libcurl says so first. */
static bool has_ipv6(void)
{
	int descriptor = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (descriptor >= 0)
		(void)close(descriptor);
	return descriptor >= 0;
}

static void test_CI_04_names_of_this_machine_and_its_addresses_get_no_packet(void **unused)
{
	static const char *const hosts[] = { "http://127.0.0.1", "http://localhost", "http://[::1]", "https://127.0.0.1",
		"https://localhost", "https://127.0.0.2", "https://10.0.0.1", "https://169.254.169.254", "https://[::1]", "https://[::]",
		"https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[0:0:0:0:0:ffff:a00:1]", "https://[64:ff9b::7f00:1]",
		"https://[fc00::1]", "https://[fe80::1]", "https://[2002:7f00:1::]" };

	(void)unused;
	for (size_t i = 0; i < N_OF(hosts); i++) {
		char url[128];

		(void)snprintf(url, sizeof(url), "%s:%u/a", hosts[i], server->port);
		reaches_nobody(url, strchr(hosts[i], '[') == NULL || has_ipv6() ? "is not of the public internet" : "");
	}
}

static void test_CI_04_other_spellings_of_an_address_are_no_hosts(void **unused)
{
	static const char *const hosts[] = { "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "017700000001", "0177.0.0.1", "127.1",
		"127.0.1", "127.0.0.1.", "00.0.0.0", "0", "127.0.0.01", "[::1%25lo]", "[::127.1]", "%31%32%37.0.0.1", "\xef\xbc\x91.0.0.1",
		"localhost.", "LOCALHOST", "u@127.0.0.1", "127.0.0.1\\@public.test" };

	(void)unused;
	for (size_t i = 0; i < N_OF(hosts); i++) {
		char url[128];

		(void)snprintf(url, sizeof(url), "https://%s:%u/a", hosts[i], server->port);
		reaches_nobody(url, "not a URL");
		(void)snprintf(url, sizeof(url), "https://%s/a", hosts[i]);
		reaches_nobody(url, "not a URL");
	}
}

static void test_CI_04_of_several_addresses_only_the_good_is_connected_to(void **unused)
{
	struct fetch_options options = lenient();
	auto_buf body = BUF(LIMIT);

	(void)unused;
	answers[0] = "10.0.0.1";
	answers[1] = "::1";
	answers[2] = "127.0.0.1";
	/* There is no TLS behind it; what counts is who was spoken to. */
	assert_false(get(&options, "https://several.test", "/a", &body));
	assert_int_equal(tries, 1);
	assert_string_equal(tried[0], "127.0.0.1");
}

static void test_CI_04_a_name_that_changes_its_mind(void **unused)
{
	struct fetch_options options = lenient();
	auto_buf body = BUF(LIMIT);
	unsigned before;

	(void)unused;
	answers[0] = "127.0.0.1";
	second_answer = "127.0.0.2";
	assert_false(get(&options, "https://rebind.test", "/a", &body));
	assert_int_equal(asked, 1);
	assert_int_equal(tries, 1);
	assert_string_equal(tried[0], "127.0.0.1");
	/* The other way round nothing goes out, whatever libcurl remembers of the name. */
	options.n_allowed = 0;
	before = tries;
	assert_false(get(&options, "https://rebind.test", "/a", &body));
	assert_reason("is not of the public internet");
	assert_int_equal(tries, before);
}

static void test_CI_04_an_allowed_address_is_answered(void **unused)
{
	struct fetch_options options = lenient();
	auto_buf body = BUF(LIMIT);

	(void)unused;
	if (!get(&options, "http://127.0.0.1", "/a", &body))
		fail_msg("%s", result.reason);
	assert_int_equal(result.status, 200);
	assert_true(result.is_json);
	assert_str(buf_str(&body), "{}");
	assert_int_equal(server->connections, 1);
	/* But it is no network that is allowed, nor another form of the loopback. */
	assert_false(get(&options, "http://[::1]", "/a", &body));
	assert_false(get(&options, "https://127.0.0.2", "/a", &body));
	assert_int_equal(server->connections, 1);
}

static void test_CI_04_no_kept_connection_leads_inside(void **unused)
{
	struct fetch_options inside = { .loopback_http = true, .timeout_ms = 4000, .limit = LIMIT };
	struct fetch_options options = strict(), allowed = lenient();
	auto_buf body = BUF(10 * LIMIT);

	(void)unused;
	options.loopback_http = true;
	options.port = &server->port;
	options.n_ports = 1;
	server_set(server, "/a", 200, JSON_TYPE, "{}")->mode = ROUTE_KEPT;
	assert_true(get(&inside, "http://127.0.0.1", "/a", &body));
	assert_false(get(&options, "http://127.0.0.1", "/a", &body));
	assert_reason("is not of the public internet");
	assert_int_equal(server->connections, 1);
	/* Each has a connection of its own, and leaves none behind. */
	assert_true(get(&allowed, "http://127.0.0.1", "/a", &body));
	assert_int_equal(server->connections, 2);
	assert_true(get(&allowed, "http://127.0.0.1", "/a", &body));
	assert_int_equal(server->connections, 3);
	assert_false(get(&options, "http://127.0.0.1", "/a", &body));
	assert_int_equal(server->connections, 3);
	/* And what is allowed for one fetch is forgotten for the next, which takes the one that was kept, whatever came between. */
	assert_true(get(&inside, "http://127.0.0.1", "/a", &body));
	assert_int_equal(server->connections, 3);
}

static void test_CI_05_only_port_443_unless_listed(void **unused)
{
	static const char *const urls[] = { "https://port.test:80/a", "https://port.test:8443/a", "https://port.test:22/a",
		"https://127.0.0.1:4430/a", "https://[::1]:1/a" };
	struct fetch_options options = strict();
	auto_buf body = BUF(LIMIT);

	(void)unused;
	for (size_t i = 0; i < N_OF(urls); i++) {
		assert_false(fetch(urls[i], &options, &body, &result));
		assert_reason("is not 443");
	}
	assert_int_equal(asked, 0);
	assert_int_equal(tries, 0);
	answers[0] = "10.0.0.1";
	assert_false(fetch("https://port443.test/a", &options, &body, &result));
	assert_reason("10.0.0.1 is not of the public internet");
	assert_false(fetch("https://port443.test:443/a", &options, &body, &result));
	assert_reason("10.0.0.1 is not of the public internet");
}

static void test_CI_05_http_is_for_loopback_in_development(void **unused)
{
	struct fetch_options options = lenient();
	auto_buf body = BUF(LIMIT);

	(void)unused;
	answers[0] = "127.0.0.1";
	assert_false(get(&options, "http://name.test", "/a", &body));
	assert_reason("not https");
	options.loopback_http = false;
	assert_false(get(&options, "http://127.0.0.1", "/a", &body));
	assert_reason("not https");
	assert_int_equal(server->connections, 0);
}

static void test_CI_05_no_proxy_neither_ours_nor_the_environments(void **unused)
{
	static const char *const variables[] = { "http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY" };
	struct fetch_options options = lenient();
	auto_buf body = BUF(LIMIT);
	char proxy[64];

	(void)unused;
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", server->port);
	for (size_t i = 0; i < N_OF(variables); i++)
		assert_int_equal(setenv(variables[i], proxy, 1), 0);
	options.proxy = str_from(proxy);
	answers[0] = "10.0.0.1";
	assert_false(fetch("https://proxied.test/a", &options, &body, &result));
	assert_reason("10.0.0.1 is not of the public internet");
	assert_int_equal(server->connections, 0);
	assert_true(get(&options, "http://127.0.0.1", "/a", &body));
	assert_true(str_starts(str_from(server->request), STR("GET /a HTTP/1.1\r\n")));
	for (size_t i = 0; i < N_OF(variables); i++)
		(void)unsetenv(variables[i]);
}

static void test_CI_03_no_redirect_is_followed(void **unused)
{
	static const int statuses[] = { 301, 302, 303, 307, 308 };
	struct route *target = server_set(server, "/target", 200, JSON_TYPE, "{}");
	struct fetch_options options = lenient();
	auto_buf body = BUF(LIMIT);

	(void)unused;
	for (size_t i = 0; i < N_OF(statuses); i++) {
		(void)server_set(server, "/a", statuses[i], "Location: /target\r\n", "moved");
		assert_false(get(&options, "http://127.0.0.1", "/a", &body));
		assert_reason("redirected");
		assert_int_equal(body.n, 0);
	}
	assert_int_equal(target->hits, 0);
}

static void test_CI_05_a_large_document_is_cut(void **unused)
{
	static char text[LIMIT + 2];
	struct fetch_options options = lenient();
	auto_buf body = BUF(4 * LIMIT);

	(void)unused;
	memset(text, ' ', LIMIT);
	(void)server_set(server, "/a", 200, JSON_TYPE, text);
	assert_true(get(&options, "http://127.0.0.1", "/a", &body));
	text[LIMIT] = ' ';
	(void)server_set(server, "/a", 200, JSON_TYPE, text);
	assert_false(get(&options, "http://127.0.0.1", "/a", &body));
	assert_reason("larger than 5120 bytes");
	server_set(server, "/a", 200, JSON_TYPE, "")->mode = ROUTE_ENDLESS;
	assert_false(get(&options, "http://127.0.0.1", "/a", &body));
	assert_reason("larger than 5120 bytes");
	assert_int_equal(body.n, LIMIT);
}

static void test_CI_05_a_slow_server_is_cut(void **unused)
{
	static const enum route_mode modes[] = { ROUTE_SLOW, ROUTE_SILENT };
	struct fetch_options options = lenient();
	auto_buf body = BUF(LIMIT);

	(void)unused;
	options.timeout_ms = 300;
	for (size_t i = 0; i < N_OF(modes); i++) {
		int64_t start_ms = clock_ms();

		server_set(server, "/a", 200, JSON_TYPE, "")->mode = modes[i];
		assert_false(get(&options, "http://127.0.0.1", "/a", &body));
		assert_reason("within 300 ms");
		assert_int_equal(body.n, 0);
		/* The slow one alone would take 102 seconds up to the limit. */
		assert_true(clock_ms() - start_ms < 20000);
	}
}

static void test_CI_05_no_cookie_comes_back(void **unused)
{
	struct fetch_options options = lenient();
	auto_buf body = BUF(LIMIT);

	(void)unused;
	(void)server_set(server, "/a", 200, JSON_TYPE "Set-Cookie: a=b; Path=/\r\n", "{}");
	for (int round = 0; round < 2; round++) {
		assert_true(get(&options, "http://127.0.0.1", "/a", &body));
		assert_null(strstr(server->request, "ookie"));
		assert_null(strstr(server->request, "Authorization"));
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_CI_04_names_of_special_addresses_get_no_packet),
		TEST(test_CI_04_names_of_this_machine_and_its_addresses_get_no_packet),
		TEST(test_CI_04_other_spellings_of_an_address_are_no_hosts),
		TEST(test_CI_04_of_several_addresses_only_the_good_is_connected_to),
		TEST(test_CI_04_a_name_that_changes_its_mind),
		TEST(test_CI_04_an_allowed_address_is_answered),
		TEST(test_CI_04_no_kept_connection_leads_inside),
		TEST(test_CI_05_only_port_443_unless_listed),
		TEST(test_CI_05_http_is_for_loopback_in_development),
		TEST(test_CI_05_no_proxy_neither_ours_nor_the_environments),
		TEST(test_CI_03_no_redirect_is_followed),
		TEST(test_CI_05_a_large_document_is_cut),
		TEST(test_CI_05_a_slow_server_is_cut),
		TEST(test_CI_05_no_cookie_comes_back),
	};

	find_real();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
