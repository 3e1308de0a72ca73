/* SPDX-License-Identifier: MIT */
/* Redis that is down, killed, full, silent, or wants a password; and answers that get lost. */
#include "store_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static int open_base(void **unused)
{
	make_base(unused);
	with_redis = true;
	(void)snprintf(prefix, sizeof(prefix), "{test}");
	store = open_another();
	return 0;
}

static int close_base(void **unused)
{
	store_close(store);
	return remove_base(unused);
}

static void open_at(const char *address, const char *password)
{
	const struct store_place place = { .address = address, .password = password, .prefix = prefix };
	auto_buf error = BUF(1024);

	store_close(store);
	store = store_open(&place, &error);
	assert_non_null(store);
}

static int64_t milliseconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_bad_address_is_refused(void **unused)
{
	static const char *const bad[] = { "", ":6379", "host:0", "host:65536", "host:6379x", "[::1", "[::1]6379", "[]:1" };

	(void)unused;
	for (size_t i = 0; i < N_OF(bad); i++) {
		const struct store_place place = { .address = bad[i] };

		assert_refused(&place, "expected HOST:PORT");
	}
	assert_refused(&(struct store_place){ .path = NULL }, "expected HOST:PORT");
}

static void test_down_is_not_absent_and_heals(void **unused)
{
	(void)unused;
	assert_int_equal(put(&codes, 1, "x"), STORE_UNAVAILABLE);
	assert_int_equal(get(&codes, 1), STORE_UNAVAILABLE);
	start_redis("");
	assert_int_equal(get(&codes, 1), STORE_ABSENT);
	assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
	stop_redis();
	assert_int_equal(get(&codes, 1), STORE_UNAVAILABLE);
	start_redis("");
	assert_int_equal(get(&codes, 1), STORE_DONE);
	/* It was away between two calls: the next one does not notice. */
	stop_redis();
	start_redis("");
	assert_int_equal(get(&codes, 1), STORE_DONE);
}

static void put_until_killed(int out)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	store = open_another();
	for (unsigned i = 1; put(&codes, i, "value") == STORE_DONE; i++) {
		if (write(out, &i, sizeof(i)) != (ssize_t)sizeof(i))
			_exit(1);
	}
	_exit(0);
}

static void test_what_was_answered_outlives_redis(void **unused)
{
	unsigned number, answers = 0;

	(void)unused;
	for (int round = 0; round < 5; round++) {
		pid_t process;
		int out[2];

		(void)snprintf(prefix, sizeof(prefix), "{kill%d}", round);
		start_redis("");
		assert_int_equal(pipe2(out, O_CLOEXEC), 0);
		process = fork();
		if (process == 0)
			put_until_killed(out[1]);
		(void)close(out[1]);
		for (int i = 0; i < 5 + round * 20; i++)
			assert_int_equal(read(out[0], &number, sizeof(number)), sizeof(number));
		stop_redis();
		start_redis("");
		store_close(store);
		store = open_another();
		while (read(out[0], &number, sizeof(number)) == (ssize_t)sizeof(number))
			;
		for (unsigned i = 1; i <= number; i++) {
			/* It may have gone on once Redis was back. */
			assert_int_equal(get(&codes, i), STORE_DONE);
			answers++;
		}
		(void)waitpid(process, NULL, 0);
		(void)close(out[0]);
		stop_redis();
	}
	assert_true(answers > 100);
}

/* ---- somebody between us and Redis ---- */

static int unix_socket(const char *name, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(address->sun_path, sizeof(address->sun_path), "%s", name);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* Hands on what is said, but never the answer to a script: then it hangs up. Its status is how many scripts came. */
static void lose_answers(int listener)
{
	char bytes[65536];
	int scripts = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct pollfd wait = { .fd = listener, .events = POLLIN };
		struct sockaddr_un address;
		int redis = unix_socket(socket_path, &address), client;
		bool is_script = false;
		ssize_t n;

		if (poll(&wait, 1, 2000) != 1)
			_exit(scripts);
		client = accept(listener, NULL, NULL);
		if (connect(redis, (struct sockaddr *)&address, sizeof(address)) != 0)
			_exit(100);
		while (!is_script && (n = read(client, bytes, sizeof(bytes))) > 0) {
			is_script = memmem(bytes, (size_t)n, "EVAL", 4) != NULL;
			scripts += is_script;
			if (write(redis, bytes, (size_t)n) != n || (n = read(redis, bytes, sizeof(bytes))) <= 0 ||
				(!is_script && write(client, bytes, (size_t)n) != n))
				_exit(101);
		}
		(void)close(client);
		(void)close(redis);
	}
}

static int listen_at(const char *name)
{
	struct sockaddr_un address;
	int listener = unix_socket(name, &address);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	return listener;
}

static void test_lost_answer_redeems_nothing_twice(void **unused)
{
	struct store_entry entry = entry_of(1, ""), found;
	char between[160];
	int listener, status;
	pid_t process;

	(void)unused;
	(void)snprintf(between, sizeof(between), "%s/between", base);
	start_redis("");
	assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
	listener = listen_at(between);
	process = fork();
	if (process == 0)
		lose_answers(listener);
	open_at(between, NULL);
	assert_int_equal(store_take(store, &codes, entry.key, NOW, &found), STORE_UNAVAILABLE);
	assert_null(found.value.p);
	assert_int_equal(put(&codes, 2, "x"), STORE_UNAVAILABLE);
	assert_int_equal(waitpid(process, &status, 0), process);
	/* Each was sent once. */
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
	open_at(socket_path, NULL);
	assert_int_equal(store_take(store, &codes, entry.key, NOW, &found), STORE_ABSENT);
	assert_int_equal(get(&codes, 2), STORE_DONE);
	(void)close(listener);
}

static void test_silence_ends_in_time(void **unused)
{
	char silent[160];
	int listener;
	int64_t start;

	(void)unused;
	(void)snprintf(silent, sizeof(silent), "%s/silent", base);
	listener = listen_at(silent);
	open_at(silent, "password");
	start = milliseconds_now();
	assert_int_equal(put(&codes, 1, "x"), STORE_UNAVAILABLE);
	assert_in_range(milliseconds_now() - start, 400, 2000);
	(void)close(listener);
}

static void test_nonsense_is_unavailable(void **unused)
{
	static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	char web[160];
	int listener;
	pid_t process;

	(void)unused;
	(void)snprintf(web, sizeof(web), "%s/web", base);
	listener = listen_at(web);
	process = fork();
	if (process == 0) {
		int client = accept(listener, NULL, NULL);

		_exit(write(client, answer, sizeof(answer) - 1) > 0 ? 0 : 1);
	}
	open_at(web, NULL);
	assert_int_equal(get(&codes, 1), STORE_UNAVAILABLE);
	(void)waitpid(process, NULL, 0);
	(void)close(listener);
}

/* ---- settings of Redis ---- */

static int free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(address);
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(descriptor, (struct sockaddr *)&address, n), 0);
	assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &n), 0);
	(void)close(descriptor);
	return ntohs(address.sin_port);
}

static void test_password_over_tcp_and_never_in_the_log(void **unused)
{
	char more[128], address[64], log[160], text[4096] = "";
	int port = free_port(), terminal = dup(2), file;

	(void)unused;
	(void)snprintf(more, sizeof(more), "port %d\nbind 127.0.0.1\nrequirepass right-secret", port);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	(void)snprintf(log, sizeof(log), "%s/log", base);
	start_redis(more);
	open_at(address, "right-secret");
	assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
	file = open(log, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(dup2(file, 2) == 2);
	open_at(address, "wrong-secret");
	enum store_result wrong = get(&codes, 1);
	open_at(address, NULL);
	enum store_result none = get(&codes, 1);
	(void)dup2(terminal, 2);
	assert_int_equal(wrong, STORE_UNAVAILABLE);
	assert_int_equal(none, STORE_UNAVAILABLE);
	assert_true(pread(file, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "WRONGPASS"));
	assert_non_null(strstr(text, "NOAUTH"));
	assert_null(strstr(text, "secret"));
	(void)close(file);
	(void)close(terminal);
}

static void test_full_memory_refuses_and_still_takes(void **unused)
{
	static const struct store_space many = { "many", 1000000 };
	struct store_entry entry = entry_of(0, ""), found;
	char *text = memory_new(STORE_VALUE_BYTES);
	enum store_result result = STORE_DONE;
	unsigned n = 0;

	(void)unused;
	memset(text, 'x', STORE_VALUE_BYTES);
	start_redis("maxmemory 8mb\nmaxmemory-policy noeviction");
	for (; n < 1000 && result == STORE_DONE; n++) {
		struct store_entry large = entry_of(n, "");

		large.value = (struct str){ text, STORE_VALUE_BYTES };
		result = store_put(store, &many, &large, NOW);
	}
	free(text);
	assert_int_equal(result, STORE_UNAVAILABLE);
	n--;
	assert_int_equal(count(&many, "", NOW), n);
	assert_int_equal(store_take(store, &many, entry.key, NOW, &found), STORE_DONE);
	assert_int_equal(found.value.n, STORE_VALUE_BYTES);
	assert_int_equal(count(&many, "", NOW), n - 1);
}

static void test_redis_that_throws_keys_away_is_refused(void **unused)
{
	(void)unused;
	start_redis("maxmemory 100mb\nmaxmemory-policy allkeys-lru");
	assert_int_equal(put(&codes, 1, "x"), STORE_UNAVAILABLE);
}

static void test_descriptors_do_not_outlive_exec(void **unused)
{
	struct store *file;
	auto_buf error = BUF(1024);
	bool open_before[64];

	(void)unused;
	start_redis("");
	store_close(store);
	for (int i = 0; i < 64; i++)
		open_before[i] = fcntl(i, F_GETFD) >= 0;
	store = open_another();
	file = store_open(&(struct store_place){ .path = path }, &error);
	assert_non_null(file);
	assert_int_equal(put(&codes, 1, "x"), STORE_DONE);
	for (int i = 0; i < 64; i++)
		assert_true(open_before[i] || fcntl(i, F_GETFD) < 0 || (fcntl(i, F_GETFD) & FD_CLOEXEC) != 0);
	store_close(file);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_base, close_base)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bad_address_is_refused),
		TEST(test_down_is_not_absent_and_heals),
		TEST(test_what_was_answered_outlives_redis),
		TEST(test_lost_answer_redeems_nothing_twice),
		TEST(test_silence_ends_in_time),
		TEST(test_nonsense_is_unavailable),
		TEST(test_password_over_tcp_and_never_in_the_log),
		TEST(test_full_memory_refuses_and_still_takes),
		TEST(test_redis_that_throws_keys_away_is_refused),
		TEST(test_descriptors_do_not_outlive_exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
