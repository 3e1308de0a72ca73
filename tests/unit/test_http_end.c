/* SPDX-License-Identifier: MIT */
/* SIGTERM ends a FastCGI program whenever it comes, also between the last look at it and the wait for the next request. */
#include "http.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

#define HANG_SECONDS 10

/* Stands before the C library's, so that the signal comes at the worst moment. */
int accept(int socket, __SOCKADDR_ARG address, socklen_t *restrict length)
{
	(void)raise(SIGTERM);
	return (int)syscall(SYS_accept4, socket, address.__sockaddr__, length, 0);
}

static void test_a_signal_before_the_wait_ends_it(void **unused)
{
	const struct sockaddr_un nameless = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct http http = { 0 };
	int listening = 0, opened;
	socklen_t length = sizeof(listening);

	(void)unused;
	/* An address of its family alone: the kernel chooses a name (unix(7), autobind). */
	assert_int_equal(bind(listener, (const struct sockaddr *)&nameless, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(dup2(listener, STDIN_FILENO), STDIN_FILENO);

	http_start();
	(void)alarm(HANG_SECONDS);
	assert_false(http_next(&http));
	(void)alarm(0);

	/* Nobody else gets the number of the listening socket, and those who share that socket still have it. */
	opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(opened, STDIN_FILENO);
	(void)close(opened);
	assert_int_equal(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length), 0);
	assert_true(listening != 0);
	(void)close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_signal_before_the_wait_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
