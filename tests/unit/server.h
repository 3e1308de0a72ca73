/* SPDX-License-Identifier: MIT */
/*
 * A web server on loopback for unit tests: a child process that answers by a script in shared
 * memory, a process per connection, and counts what it was asked. The script may change between
 * requests.
 */
#ifndef GATEHOUSE_TEST_SERVER_H
#define GATEHOUSE_TEST_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUTES 12
#define ROUTE_BODY 65536

enum route_mode {
	ROUTE_ANSWER,
	ROUTE_SILENT,    /* takes the request and says nothing until the client goes */
	ROUTE_TRUNCATED, /* promises more than it sends */
	ROUTE_ENDLESS,   /* sends blanks until the client goes */
	ROUTE_SLOW,      /* the same, a blank every 20 ms */
	ROUTE_GATED,     /* answers once a byte can be read from the gate */
	ROUTE_CLOSED,    /* takes the request and goes */
	ROUTE_KEPT       /* answers and takes more requests on the same connection */
};

struct route {
	char path[128];
	enum route_mode mode;
	int status;
	char headers[512]; /* whole lines, each ended by \r\n */
	char body[ROUTE_BODY];
	atomic_uint hits;
	char request[4096]; /* the last one, whole with its body */
};

struct server {
	struct route route[ROUTES];
	size_t n;
	char request[4096]; /* the last one, whole with its body */
	atomic_uint connections;
	uint16_t port;
	int gate[2];
	pid_t process;
};

static inline void server_send(int peer, const char *bytes, size_t n)
{
	while (n != 0) {
		ssize_t sent = send(peer, bytes, n, MSG_NOSIGNAL);

		if (sent <= 0)
			_exit(0);
		bytes += sent;
		n -= (size_t)sent;
	}
}

static inline void server_wait_for_end(int peer)
{
	char byte;

	while (read(peer, &byte, 1) > 0)
		continue;
}

static inline struct route *server_route(struct server *server, const char *request)
{
	const char *target = strchr(request, ' ');

	for (size_t i = 0; target != NULL && i < server->n; i++) {
		char line[256];

		(void)snprintf(line, sizeof(line), " %s HTTP/1.1\r\n", server->route[i].path);
		if (strncmp(target, line, strlen(line)) == 0)
			return &server->route[i];
	}
	return NULL;
}

/* The bytes that the request has, once its head is there. */
static inline size_t server_request_bytes(const char *request)
{
	static const char length[] = "\r\nContent-Length: ";
	const char *end = strstr(request, "\r\n\r\n"), *found = strstr(request, length);

	if (end == NULL)
		return SIZE_MAX;
	return (size_t)(end - request) + 4 +
	    (found != NULL && found < end ? strtoul(found + sizeof(length) - 1, NULL, 10) : 0);
}

/* Reads one request; the process ends when there is none. */
static inline void server_read(struct server *server, int peer)
{
	char request[sizeof(server->request)] = "";
	size_t n = 0;

	while (n + 1 < sizeof(request) && n < server_request_bytes(request)) {
		ssize_t got = read(peer, request + n, sizeof(request) - 1 - n);

		if (got <= 0)
			_exit(0);
		n += (size_t)got;
	}
	memcpy(server->request, request, sizeof(request));
}

static inline _Noreturn void server_send_endless(int peer, bool slowly)
{
	static char text[65536];

	(void)snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{");
	server_send(peer, text, strlen(text));
	memset(text, ' ', sizeof(text));
	for (;;) {
		server_send(peer, text, slowly ? 1 : sizeof(text));
		if (slowly)
			(void)poll(NULL, 0, 20);
	}
}

static inline _Noreturn void server_answer(struct server *server, int peer)
{
	static struct route nowhere = { .status = 404 };
	static char text[ROUTE_BODY + 1024];
	struct route *route;
	size_t length;
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	do {
		server_read(server, peer);
		route = server_route(server, server->request);
		if (route == NULL)
			route = &nowhere;
		memcpy(route->request, server->request, sizeof(route->request));
		atomic_fetch_add(&route->hits, 1);
		if (route->mode == ROUTE_SILENT)
			server_wait_for_end(peer);
		if (route->mode == ROUTE_SILENT || route->mode == ROUTE_CLOSED ||
		    (route->mode == ROUTE_GATED && read(server->gate[0], &byte, 1) != 1))
			_exit(0);
		if (route->mode == ROUTE_ENDLESS || route->mode == ROUTE_SLOW)
			server_send_endless(peer, route->mode == ROUTE_SLOW);
		length = strlen(route->body) + (route->mode == ROUTE_TRUNCATED ? 100 : 0);
		(void)snprintf(text, sizeof(text),
		    "HTTP/1.1 %d Status\r\nContent-Length: %zu\r\nConnection: %s\r\n%s\r\n%s",
		    route->status, length, route->mode == ROUTE_KEPT ? "keep-alive" : "close",
		    route->headers, route->body);
		server_send(peer, text, strlen(text));
	} while (route->mode == ROUTE_KEPT);
	_exit(0);
}

static inline _Noreturn void server_serve(struct server *server, int listener)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int peer = accept(listener, NULL, NULL);

		atomic_fetch_add(&server->connections, 1);
		if (peer >= 0 && fork() == 0)
			server_answer(server, peer);
		(void)close(peer);
	}
}

/*
 * A listener on a port from the kernel; the server inherits it, so that a client can connect at
 * once.
 */
static inline int server_listen(uint16_t *port)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(address);

	if (listener < 0 ||
	    bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(listener, 64) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &n) != 0)
		abort();
	*port = ntohs(address.sin_port);
	return listener;
}

static inline struct server *server_start(void)
{
	struct server *server =
	    mmap(NULL, sizeof(*server), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t process;
	int listener;

	if (server == MAP_FAILED || pipe(server->gate) != 0)
		abort();
	listener = server_listen(&server->port);
	process = fork();
	if (process == 0)
		server_serve(server, listener);
	server->process = process; /* not in the child, which shares this memory */
	(void)close(listener);
	return server;
}

/* From now on connections are refused. */
static inline void server_down(struct server *server)
{
	if (server->process > 0) {
		(void)kill(server->process, SIGKILL);
		(void)waitpid(server->process, NULL, 0);
	}
	server->process = 0;
}

static inline void server_stop(struct server *server)
{
	server_down(server);
	(void)close(server->gate[0]);
	(void)close(server->gate[1]);
	(void)munmap(server, sizeof(*server));
}

/* The route of that path, made if need be, set to answer so. */
static inline struct route *server_set(
    struct server *server, const char *path, int status, const char *headers, const char *body)
{
	struct route *route = NULL;

	for (size_t i = 0; i < server->n; i++) {
		if (strcmp(server->route[i].path, path) == 0)
			route = &server->route[i];
	}
	if (route == NULL) {
		if (server->n == ROUTES)
			abort();
		route = &server->route[server->n++];
		(void)snprintf(route->path, sizeof(route->path), "%s", path);
	}
	route->mode = ROUTE_ANSWER;
	route->status = status;
	(void)snprintf(route->headers, sizeof(route->headers), "%s", headers);
	(void)snprintf(route->body, sizeof(route->body), "%s", body);
	return route;
}

#define JSON_TYPE "Content-Type: application/json\r\n"

#endif
