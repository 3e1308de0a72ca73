/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define ANSWER_BYTES (512 * 1024)
#define LISTENER FCGI_LISTENSOCK_FILENO
#define PIECE_MS 500 /* for the next piece of a body */
#define BODY_MS 2000 /* for all of it */

#define NAME(variable) [variable] = { #variable, sizeof(#variable) - 1 }
static const struct str names[HTTP_VARIABLES] = {
	NAME(REQUEST_METHOD),
	NAME(REQUEST_URI),
	NAME(SERVER_NAME),
	NAME(REMOTE_ADDR),
	NAME(CONTENT_TYPE),
	NAME(CONTENT_LENGTH),
	NAME(FCGI_ROLE),
	NAME(GATEHOUSE_VOICE),
	NAME(GATEHOUSE_RESOURCE),
	NAME(GATEHOUSE_REQUEST_METHOD),
	NAME(GATEHOUSE_REQUEST_URI),
	NAME(GATEHOUSE_REQUEST_REDIRECT),
	NAME(GATEHOUSE_REQUEST_ID),
	NAME(HTTP_AUTHORIZATION),
	NAME(HTTP_X_API_KEY),
	NAME(HTTP_X_FORWARDED_FOR),
	NAME(HTTP_ORIGIN),
	NAME(HTTP_ACCESS_CONTROL_REQUEST_METHOD),
	NAME(HTTP_ACCESS_CONTROL_REQUEST_HEADERS),
	NAME(HTTP_MCP_PROTOCOL_VERSION),
	NAME(HTTP_MCP_METHOD),
	NAME(HTTP_MCP_NAME),
	NAME(HTTP_CONTENT_ENCODING),
	NAME(HTTP_MCP_SESSION_ID),
	NAME(HTTP_IF_NONE_MATCH),
	NAME(HTTP_COOKIE),
	NAME(HTTP_SEC_FETCH_SITE),
};

extern char **environ;

static FCGX_Request request;
static bool is_cgi;
static bool request_open;
static volatile sig_atomic_t hangup;
static volatile sig_atomic_t terminated;
static int no_socket = -1; /* takes the place of the listening socket */

static void on_hangup(int number)
{
	(void)number;
	hangup = 1;
}

/*
 * Puts something that is no socket in the place of the listening socket, for this process alone: accept(2) then fails at once,
 * even if the signal came after the last look at `terminated`. The number stays taken: were it closed, the next descriptor would
 * get it.
 */
static void on_terminate(int number)
{
	int error = errno;

	(void)number;
	terminated = 1;
	(void)dup2(no_socket, LISTENER);
	errno = error;
}

/* With SA_RESTART the wait goes on after SIGHUP, and the read of a request's head after each of them. */
static void catch (int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(number, &action, NULL);
}

/*
 * They come only while this process waits for a request (SIG_UNBLOCK); one that comes during a request waits (SIG_BLOCK). Else
 * it would end the read of a body, which has a time limit, and such a read is not restarted (signal(7)).
 */
static void hold_signals(int how)
{
	sigset_t ours;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGHUP);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGUSR1);
	(void)sigprocmask(how, &ours, NULL);
}

void http_start(void)
{
	/*
	 * Caddy keeps the connection open as long as the MCP server streams: never linger for its end. libfcgi reads this once,
	 * in the first call to it.
	 */
	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
	/* libfcgi's own handlers must not swallow a signal before ours stand. */
	hold_signals(SIG_BLOCK);
	is_cgi = FCGX_IsCGI() != 0;
	if (is_cgi) {
		hold_signals(SIG_UNBLOCK);
		return;
	}
	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, LISTENER, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		log_event(LOG_ERROR, "fastcgi_failed", "libfcgi can't use descriptor 0 as the listening socket");
		exit(111);
	}
	no_socket = eventfd(0, EFD_CLOEXEC); /* needs no /dev, which a confined process may not have */
	if (no_socket < 0) {
		log_event(LOG_ERROR, "fastcgi_failed", "no descriptor to end the wait for requests with: %s", strerror(errno));
		exit(111);
	}
	/* FCGX_Init installed handlers of its own; ours take over. */
	catch (SIGHUP, on_hangup);
	catch (SIGTERM, on_terminate);
	catch (SIGINT, on_terminate);
	catch (SIGUSR1, on_terminate);
	catch (SIGPIPE, SIG_IGN);
}

bool http_hangup(void)
{
	bool came = hangup != 0;

	hangup = 0;
	return came;
}

/* Notes one "NAME=value" if it is a variable that somebody looks at. */
static void take_variable(struct http *http, const char *pair)
{
	const char *equals = strchr(pair, '=');
	size_t length;

	if (equals == NULL)
		return;
	length = (size_t)(equals - pair);
	for (size_t i = 0; i < HTTP_VARIABLES; i++) {
		if (names[i].n == length && memcmp(names[i].p, pair, length) == 0) {
			/* A proxy that adds a line of its own has the last word; the first is the client's. */
			if (http->copies[i]++ == 0 || i == HTTP_X_FORWARDED_FOR)
				http->value[i] = str_from(equals + 1);
			return;
		}
	}
}

void http_finish(struct http *http)
{
	size_t sent = 0;

	if (!request_open)
		return;
	request_open = false;
	if (!is_cgi) {
		/*
		 * What nobody read of the body is read now: a web server that still sends it would see a broken pipe. An authorizer
		 * gets no body, and would wait for it for ever.
		 */
		if (request.role == FCGI_RESPONDER)
			(void)!http_drain(http, 0);
		if (http->answer.n != 0)
			(void)FCGX_PutStr(http->answer.p, (int)http->answer.n, request.out);
		/* A kept connection would pin this process to one client. */
		request.keepConnection = 0;
		FCGX_Finish_r(&request);
		return;
	}
	while (sent < http->answer.n) {
		ssize_t n = write(STDOUT_FILENO, http->answer.p + sent, http->answer.n - sent);

		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	/* Whoever reads the answer waits for its end. */
	(void)close(STDOUT_FILENO);
	(void)open("/dev/null", O_WRONLY);
}

/*
 * Waits for a request; false when the process is to end. libfcgi answers with the negative errno of accept(2): EINTR after other
 * signals, ENOTSOCK after ours, even if `terminated` was 0 before.
 */
static bool wait_for_request(void)
{
	int status;

	hold_signals(SIG_UNBLOCK);
	while ((status = FCGX_Accept_r(&request)) < 0 && terminated == 0) {
		if (status != -EINTR && status != -ECONNABORTED) {
			log_event(LOG_ERROR, "accept_failed", "the listening socket (descriptor 0): %s", strerror(-status));
			exit(111);
		}
	}
	hold_signals(SIG_BLOCK);
	return status >= 0;
}

/* There is no further request: gives back what the requests shared. */
static bool end(struct http *http)
{
	buf_free(&http->answer);
	return false;
}

bool http_next(struct http *http)
{
	static bool served;
	char **variables;

	http_finish(http);
	if (http->answer.limit == 0)
		http->answer = BUF(ANSWER_BYTES);
	buf_clear(&http->answer);
	memset(http->value, 0, sizeof(http->value));
	memset(http->copies, 0, sizeof(http->copies));
	if (is_cgi) {
		if (served)
			return end(http);
		variables = environ;
	} else {
		if (!wait_for_request())
			return end(http);
		variables = request.envp;
	}
	http->variables = variables;
	for (; *variables != NULL; variables++)
		take_variable(http, *variables);
	request_open = true;
	served = true;
	return true;
}

/*
 * What is there of the body, or the next piece of it. libfcgi would wait until `room` is full, and for ever: a web server that
 * passes a body on as it comes in (Caddy) would let anyone hold this process with a few bytes a second.
 */
static ssize_t read_some(char *bytes, size_t room)
{
	size_t there;

	if (is_cgi)
		return read(STDIN_FILENO, bytes, room);
	there = (size_t)(request.in->stop - request.in->rdNext);
	return FCGX_GetStr(bytes, (int)(there == 0 ? 1 : there < room ? there : room), request.in);
}

/*
 * Reads the body to its end; what does not fit into `body` (NULL: all of it) is dropped. Returns its length; *whole: the end came,
 * and all that was announced before it.
 */
static size_t read_body(struct http *http, struct buf *body, bool *whole)
{
	static char chunk[32768];
	/* Plain CGI gives no end of file: Content-Length is the end (RFC 3875 4.2). FastCGI's stdin has one of its own. */
	const struct timeval patience = { .tv_usec = PIECE_MS * 1000 };
	int64_t deadline = clock_ms() + BODY_MS;
	uint64_t announced = UINT64_MAX, left = UINT64_MAX;
	size_t length = 0;
	bool is_announced = str_number(http->value[CONTENT_LENGTH], UINT64_MAX / 2, &announced);

	*whole = !is_announced || announced == 0;
	if (!is_cgi && request.in->isClosed && request.in->rdNext == request.in->stop)
		return 0;
	if (!is_cgi)
		(void)setsockopt(request.ipcFd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (is_cgi)
		left = is_announced ? announced : 0;
	while (left != 0 && clock_ms() < deadline) {
		ssize_t n = read_some(chunk, left < sizeof(chunk) ? (size_t)left : sizeof(chunk));

		if (n <= 0)
			break;
		left -= (uint64_t)n;
		length += (size_t)n;
		if (body != NULL)
			buf_add(body, (struct str){ chunk, (size_t)n });
	}
	*whole = (!is_announced || length == announced) && (is_cgi || FCGX_GetError(request.in) == 0) && clock_ms() < deadline;
	return length;
}

bool http_body(struct http *http, struct buf *body)
{
	bool whole;

	(void)read_body(http, body, &whole);
	return whole && !body->failed;
}

bool http_drain(struct http *http, size_t limit)
{
	bool whole;

	return read_body(http, NULL, &whole) <= limit;
}

const char *http_status_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].status == status)
			return phrases[i].phrase;
	}
	return "Error";
}

void http_status(struct http *http, int status)
{
	http->status = status;
	buf_clear(&http->answer);
	buf_add(&http->answer, STR("Status: "));
	buf_add_number(&http->answer, status);
	buf_add_byte(&http->answer, ' ');
	buf_add_text(&http->answer, http_status_phrase(status));
	buf_add(&http->answer, STR("\r\n"));
}

void http_header_always(struct http *http, const char *name, struct str value)
{
	if (!str_is_printable(value)) {
		log_event(LOG_ERROR, "unclean_header", "a value for %s has control bytes: this is a fault of gatehouse", name);
		abort();
	}
	buf_add_text(&http->answer, name);
	buf_add(&http->answer, STR(": "));
	buf_add(&http->answer, value);
	buf_add(&http->answer, STR("\r\n"));
}

void http_header(struct http *http, const char *name, struct str value)
{
	if (value.n != 0)
		http_header_always(http, name, value);
}

void http_content_head(struct http *http, struct str content)
{
	if (http->status != 204 && http->status != 304) {
		buf_add(&http->answer, STR("Content-Length: "));
		buf_add_number(&http->answer, (int64_t)content.n);
		buf_add(&http->answer, STR("\r\n"));
	}
	buf_add(&http->answer, STR("\r\n"));
}

void http_content(struct http *http, struct str content)
{
	http_content_head(http, content);
	buf_add(&http->answer, content);
}
