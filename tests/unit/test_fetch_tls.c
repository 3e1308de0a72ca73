/* SPDX-License-Identifier: MIT */
/* Whose certificate is believed: fetches from OpenSSL's own test server, with certificates that it
 * makes. */
#include "fetch.h"

#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT 1000

static struct fetch_result result;

static void assert_reason(const char *words)
{
	if (strstr(result.reason, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", result.reason, words);
}

static char folder[64];
static pid_t tls_process;
static unsigned tls_port;

static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void tls_start(const char *names)
{
	int out[2];
	char line[256] = "", command[512];
	size_t n = 0;

	(void)snprintf(folder, sizeof(folder), "/tmp/gatehouse-fetch-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(command, sizeof(command),
	    "cd %s && printf '{}' >answer && openssl req -x509 -newkey ec -pkeyopt "
	    "ec_paramgen_curve:P-256 -nodes -keyout key -out cert"
	    " -days 2 -subj /CN=test -addext subjectAltName=%s 2>log",
	    folder, names);
	run(command);
	assert_int_equal(pipe(out), 0);
	tls_process = fork();
	if (tls_process == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (chdir(folder) != 0 || dup2(out[1], 1) < 0 ||
		    dup2(open("log", O_WRONLY | O_APPEND), 2) < 0)
			_exit(1);
		execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert",
		    "-key", "key", "-WWW", (char *)NULL);
		_exit(1);
	}
	(void)close(out[1]);
	/* It tells the port that it got: "ACCEPT 127.0.0.1:<port>". */
	while (strstr(line, "ACCEPT 127.0.0.1:") == NULL ||
	       strchr(strstr(line, "ACCEPT "), '\n') == NULL)
		assert_true(n + 1 < sizeof(line) && read(out[0], line + n++, 1) == 1);
	tls_port =
	    (unsigned)strtoul(strstr(line, "ACCEPT ") + strlen("ACCEPT 127.0.0.1:"), NULL, 10);
	(void)close(out[0]);
}

static int tls_stop(void **unused)
{
	char command[128];

	(void)unused;
	(void)kill(tls_process, SIGKILL);
	(void)waitpid(tls_process, NULL, 0);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
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
	tls_start("IP:127.0.0.1");
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
	tls_start("DNS:example.com,IP:127.0.0.2");
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
