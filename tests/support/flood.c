/* SPDX-License-Identifier: MIT */
/*
 * Asks a FastCGI program very often, from several threads at once, a new connection each time as web servers do it.
 *
 * usage: flood SOCKET REQUESTS THREADS FILE
 * FILE has a line "KIND ADDRESS TOKEN" per request; they are used in turn. Prints JSON: for each kind how often each status came, and
 * the median of its time in microseconds.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define KINDS 16
#define STATUSES 600

struct line {
	int kind;
	char *address, *token;
};

static struct line *lines;
static size_t n_lines, requests;
static int n_threads, n_kinds;
static char *kind_names[KINDS];
static long counts[KINDS][STATUSES];
static unsigned *times[KINDS];
static size_t n_times[KINDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sockaddr_un place = { .sun_family = AF_UNIX };

static int kind_of(const char *name)
{
	for (int i = 0; i < n_kinds; i++) {
		if (strcmp(kind_names[i], name) == 0)
			return i;
	}
	if (n_kinds == KINDS)
		abort();
	kind_names[n_kinds] = strdup(name);
	return n_kinds++;
}

static void read_lines(const char *name)
{
	FILE *file = fopen(name, "r");
	char text[16384], kind[64], address[64], token[12000];

	if (file == NULL)
		exit(111);
	while (fgets(text, sizeof(text), file) != NULL) {
		if (sscanf(text, "%63s %63s %11999s", kind, address, token) != 3)
			exit(100);
		lines = realloc(lines, (n_lines + 1) * sizeof(*lines));
		lines[n_lines++] = (struct line){ kind_of(kind), strdup(address), strdup(token) };
	}
	fclose(file);
}

/* FastCGI 1.0, 3.3: type, content. */
static size_t record(unsigned char *out, int type, const void *content, size_t n)
{
	const unsigned char head[8] = { 1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8), (unsigned char)n, 0, 0 };

	memcpy(out, head, 8);
	if (n != 0)
		memcpy(out + 8, content, n);
	return 8 + n;
}

static size_t pair(unsigned char *out, const char *name, const char *value)
{
	size_t length = strlen(name), n = strlen(value), at = 0;

	out[at++] = (unsigned char)length;
	if (n < 128) {
		out[at++] = (unsigned char)n;
	} else {
		out[at++] = (unsigned char)(n >> 24 | 0x80);
		out[at++] = (unsigned char)(n >> 16);
		out[at++] = (unsigned char)(n >> 8);
		out[at++] = (unsigned char)n;
	}
	memcpy(out + at, name, length);
	memcpy(out + at + length, value, n);
	return at + length + n;
}

static size_t request_of(const struct line *line, unsigned char *out)
{
	static const unsigned char begin[8] = { 0, 1, 0, 0, 0, 0, 0, 0 }; /* responder */
	unsigned char parameters[16384];
	char authorization[12100];
	size_t n = 0, at;

	snprintf(authorization, sizeof(authorization), "Bearer %s", line->token);
	n += pair(parameters + n, "REQUEST_METHOD", "POST");
	n += pair(parameters + n, "REQUEST_URI", "/mcp");
	n += pair(parameters + n, "SERVER_NAME", "127.0.0.1");
	n += pair(parameters + n, "REMOTE_ADDR", line->address);
	n += pair(parameters + n, "HTTP_AUTHORIZATION", authorization);
	at = record(out, 1, begin, sizeof(begin));
	at += record(out + at, 4, parameters, n);
	at += record(out + at, 4, NULL, 0);
	return at + record(out + at, 5, NULL, 0);
}

/* The status of the answer; 0 when there was none. */
static int ask(const struct line *line)
{
	unsigned char bytes[32768];
	int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;
	size_t n = request_of(line, bytes), at = 0;
	ssize_t got;
	char *found;

	while (connect(file, (const struct sockaddr *)&place, sizeof(place)) != 0) {
		if (errno != EAGAIN && errno != EINTR) {
			close(file);
			return 0;
		}
		usleep(500); /* the queue of the socket is full */
	}
	if (send(file, bytes, n, MSG_NOSIGNAL) == (ssize_t)n) {
		while (at < sizeof(bytes) - 1 && (got = read(file, bytes + at, sizeof(bytes) - 1 - at)) > 0)
			at += (size_t)got;
		bytes[at] = '\0';
		found = at > 8 ? memmem(bytes, at, "Status: ", 8) : NULL;
		status = found != NULL ? atoi(found + 8) : 0;
	}
	close(file);
	return status > 0 && status < STATUSES ? status : 0;
}

static unsigned microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)(now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

static void *work(void *number)
{
	for (size_t i = (size_t)number; i < requests; i += (size_t)n_threads) {
		const struct line *line = &lines[i % n_lines];
		unsigned start = microseconds(), took;
		int status = ask(line);

		took = microseconds() - start;
		pthread_mutex_lock(&lock);
		counts[line->kind][status]++;
		times[line->kind][n_times[line->kind]++] = took;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	unsigned one = *(const unsigned *)a, other = *(const unsigned *)b;

	return one < other ? -1 : one > other;
}

static void print_kind(int kind)
{
	const char *comma = "";

	printf("%s\"%s\":{\"statuses\":{", kind != 0 ? "," : "", kind_names[kind]);
	for (int status = 0; status < STATUSES; status++) {
		if (counts[kind][status] != 0) {
			printf("%s\"%d\":%ld", comma, status, counts[kind][status]);
			comma = ",";
		}
	}
	qsort(times[kind], n_times[kind], sizeof(unsigned), by_size);
	printf("},\"median_us\":%u,\"slowest_us\":%u}", n_times[kind] != 0 ? times[kind][n_times[kind] / 2] : 0,
		n_times[kind] != 0 ? times[kind][n_times[kind] - 1] : 0);
}

int main(int argc, char **argv)
{
	pthread_t threads[256];

	if (argc != 5 || strlen(argv[1]) >= sizeof(place.sun_path))
		return 100;
	memcpy(place.sun_path, argv[1], strlen(argv[1]) + 1);
	requests = (size_t)atol(argv[2]);
	n_threads = atoi(argv[3]);
	read_lines(argv[4]);
	if (n_lines == 0 || n_threads < 1 || n_threads > 256)
		return 100;
	for (int kind = 0; kind < n_kinds; kind++)
		times[kind] = malloc((requests + 1) * sizeof(unsigned));
	for (int i = 0; i < n_threads; i++)
		pthread_create(&threads[i], NULL, work, (void *)(size_t)i);
	for (int i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	putchar('{');
	for (int kind = 0; kind < n_kinds; kind++)
		print_kind(kind);
	puts("}");
	return 0;
}
