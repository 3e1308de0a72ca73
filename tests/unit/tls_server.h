/* SPDX-License-Identifier: MIT */
/* OpenSSL's own test server on loopback, with a certificate that it makes: its folder is served, `cert` in it is the authority. */
#ifndef GATEHOUSE_TEST_TLS_SERVER_H
#define GATEHOUSE_TEST_TLS_SERVER_H

#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static pid_t tls_process;
static unsigned tls_port;

static inline void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

/* Writes what is answered at "/" and this name. */
static inline void tls_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/*
 * With a certificate for these names. `mode` is "-WWW" for files as they are, "-HTTP" for files that are whole answers, with their
 * headers. Whoever offers HTTP/2 is told to go on with it, and gets what it can't read.
 */
static inline void tls_start(const char *names, const char *mode)
{
	int out[2];
	char line[256] = "", command[512];
	size_t n = 0;

	(void)snprintf(folder, sizeof(folder), "/tmp/gatehouse-fetch-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(command, sizeof(command),
	    "cd %s && openssl req -x509 -newkey ec -pkeyopt "
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
		    "-key", "key", "-alpn", "h2,http/1.1", mode, (char *)NULL);
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

static inline int tls_stop(void **unused)
{
	char command[128];

	(void)unused;
	(void)kill(tls_process, SIGKILL);
	(void)waitpid(tls_process, NULL, 0);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

#endif
