/* SPDX-License-Identifier: MIT */
/* Whose certificate is believed: fetches from OpenSSL's own test server, with certificates that it
 * makes. */
#include "fetch.h"

#include "unit.h"

#include "tls_server.h"

#define LIMIT 1000

static struct fetch_result result;

static void assert_reason(const char *words)
{
	if (strstr(result.reason, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", result.reason, words);
}

static bool tls_get(const char *ca_file)
{
	struct fetch_options options = { .ca_file = str_from(ca_file),
		.loopback_http = true,
		.timeout_ms = 20000,
		.limit = LIMIT };
	auto_buf body = BUF(LIMIT);
	char url[128];

	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/answer", tls_port);
	return fetch(url, &options, &body, &result) && str_is(buf_str(&body), "{}");
}

static void test_SEC_13_only_a_trusted_certificate_is_taken(void **unused)
{
	char path[128];

	(void)unused;
	tls_start("IP:127.0.0.1", "-WWW");
	tls_file("answer", "{}");
	assert_false(tls_get(""));
	assert_reason("ca_file");
	(void)snprintf(path, sizeof(path), "%s/cert", folder);
	if (!tls_get(path))
		fail_msg("%s", result.reason);
	assert_int_equal(result.status, 200);
	assert_false(tls_get("")); /* a kept connection must not carry the trust over */
	(void)snprintf(path, sizeof(path), "%s/log", folder);
	assert_false(tls_get(path));
	(void)snprintf(path, sizeof(path), "%s/none", folder);
	assert_false(tls_get(path));
	assert_reason("ca_file");
	(void)setenv("SSL_CERT_FILE", path, 1);
	assert_false(tls_get(""));
	(void)unsetenv("SSL_CERT_FILE");
}

static void test_SEC_13_certificate_of_another_name_is_refused(void **unused)
{
	char path[128];

	(void)unused;
	tls_start("DNS:example.com,IP:127.0.0.2", "-WWW");
	tls_file("answer", "{}");
	(void)snprintf(path, sizeof(path), "%s/cert", folder);
	assert_false(tls_get(path));
	assert_reason("not trusted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    test_SEC_13_only_a_trusted_certificate_is_taken, tls_stop),
		cmocka_unit_test_teardown(
		    test_SEC_13_certificate_of_another_name_is_refused, tls_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
