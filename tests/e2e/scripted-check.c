/* SPDX-License-Identifier: MIT */
/*
 * Stands in for auth-check where a test needs one that is broken, or one that says yes to whatever it is told to. The
 * first word of the bearer token is the order: "Bearer <order>" or "Bearer <order>.<more>".
 *
 *   grant      yes, as alice                     mirror.<variable>  yes, Remote-Name = that variable, as received
 *   anonymous  yes, without any identity         length.<filler>    yes, Remote-Name = length of Authorization
 *   origin     yes, echoing the Origin           body               yes, Remote-Name = bytes of body received
 *   deny.<n>   no, with status n
 *   undecided  200, identity and redirect, but not the word "allow"
 *   nothing  blank  typed  garbage  bad-status  abort  no-content  found  hang  exit
 *
 * Anything else is refused with 401.
 */
#include <fcgiapp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char some_challenge[] =
	"Bearer resource_metadata=\"https://a.example/b\", scope=\"c\"";

enum voice { SUBREQUEST, INSPECT, FORWARD, AUTHORIZER };

static const char exposed[] =
	"WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, Last-Event-ID";

static const char *variable(const FCGX_Request *request, const char *name)
{
	const char *value = FCGX_GetParam(name, request->envp);

	return value ? value : "";
}

static enum voice voice_of(const FCGX_Request *request)
{
	const char *name = variable(request, "GATEHOUSE_VOICE");

	if (strcmp(variable(request, "FCGI_ROLE"), "AUTHORIZER") == 0)
		return AUTHORIZER;
	if (strcmp(name, "subrequest") == 0)
		return SUBREQUEST;
	return strcmp(name, "inspect") == 0 ? INSPECT : FORWARD;
}

/* An identity of which only the name differs. NULL = none at all. */
static void write_identity(const FCGX_Request *request, enum voice voice, const char *name)
{
	static const char *const words[][2] = {
		{ "Subject", "subject-of-alice" }, { "Issuer", "https://issuer.example" }, { "Email", "alice@example.com" },
		{ "Groups", "staff,admins" }, { "Scopes", "notes:read notes:write" }, { "Client", "client-1" },
	};
	const char *prefix = voice == AUTHORIZER ? "Variable-GATEHOUSE_" : "Remote-";

	if (!name)
		return;
	FCGX_FPrintF(request->out, "%s: signed.by.us\r\n",
		     voice == AUTHORIZER ? "Variable-GATEHOUSE_ASSERTION" : "X-Gatehouse-Assertion");
	FCGX_FPrintF(request->out, "%s: alice\r\n", voice == AUTHORIZER ? "Variable-REMOTE_USER" : "Remote-User");
	FCGX_FPrintF(request->out, "%s%s: %s\r\n", prefix, voice == AUTHORIZER ? "NAME" : "Name", name);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		FCGX_PutS(prefix, request->out);
		for (const char *c = words[i][0]; *c; c++)
			FCGX_PutChar(voice == AUTHORIZER && *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, request->out);
		FCGX_FPrintF(request->out, ": %s\r\n", words[i][1]);
	}
}

static void say_yes(const FCGX_Request *request, const char *decision, const char *name, const char *origin)
{
	enum voice voice = voice_of(request);

	FCGX_PutS("Status: 200 OK\r\n", request->out);
	if (decision)
		FCGX_FPrintF(request->out, "%s: %s\r\n",
			     voice == AUTHORIZER ? "Variable-GATEHOUSE_DECISION" : "X-Gatehouse-Decision", decision);
	write_identity(request, voice, name);
	FCGX_FPrintF(request->out, "%s: %s\r\n",
		     voice == AUTHORIZER ? "Variable-GATEHOUSE_CORS_ORIGIN" : "X-Gatehouse-Cors-Origin", origin);
	if (voice == INSPECT)
		FCGX_FPrintF(request->out, "X-Accel-Redirect: %s\r\n", variable(request, "GATEHOUSE_REQUEST_REDIRECT"));
	if (voice != AUTHORIZER)
		FCGX_PutS("Content-Length: 0\r\n", request->out);
	FCGX_PutS("\r\n", request->out);
}

static void say_no(const FCGX_Request *request, int status)
{
	const char *origin = variable(request, "HTTP_ORIGIN");
	const char *allowed = "Authorization, Content-Type";
	const char *challenge = status == 401 || status == 403 ? some_challenge : "";
	const char *retry_after = status == 429 || status == 503 ? "7" : "";
	char body[64];

	(void)snprintf(body, sizeof(body), "{\"error\":\"scripted\",\"status\":%d}", status);
	if (voice_of(request) == SUBREQUEST) {
		FCGX_FPrintF(request->out,
			     "Status: 403 Forbidden\r\nX-Gatehouse-Decision: deny\r\nX-Gatehouse-Status: %d\r\n"
			     "X-Gatehouse-Challenge: %s\r\nX-Gatehouse-Retry-After: %s\r\nX-Gatehouse-Body: %s\r\n"
			     "X-Gatehouse-Cors-Origin: %s\r\nX-Gatehouse-Cors-Headers: %s\r\nContent-Length: 0\r\n\r\n",
			     status, challenge, retry_after, status == 204 ? "" : body, origin, status == 204 ? allowed : "");
		return;
	}
	FCGX_FPrintF(request->out, "Status: %d Scripted\r\nCache-Control: no-store\r\nVary: Origin\r\n", status);
	if (*challenge)
		FCGX_FPrintF(request->out, "WWW-Authenticate: %s\r\n", challenge);
	if (*retry_after)
		FCGX_FPrintF(request->out, "Retry-After: %s\r\n", retry_after);
	if (*origin)
		FCGX_FPrintF(request->out, "Access-Control-Allow-Origin: %s\r\nAccess-Control-Expose-Headers: %s\r\n", origin,
			     exposed);
	if (status == 204) {
		FCGX_FPrintF(request->out,
			     "Access-Control-Allow-Methods: POST, GET, DELETE, OPTIONS\r\nAccess-Control-Allow-Headers: %s\r\n"
			     "Access-Control-Max-Age: 86400\r\n\r\n",
			     allowed);
		return;
	}
	FCGX_FPrintF(request->out, "Content-Type: application/json\r\nContent-Length: %u\r\n\r\n%s",
		     (unsigned)strlen(body), body);
}

/*
 * To its end, before any answer: a front server that is still writing the end of stdin when the connection closes takes
 * that for a failure (Caddy). An authorizer has no stdin, and libfcgi would wait for it.
 */
static size_t read_body(const FCGX_Request *request)
{
	char piece[4096];
	size_t total = 0;
	int n;

	if (voice_of(request) == AUTHORIZER)
		return 0;
	while ((n = FCGX_GetStr(piece, (int)sizeof(piece), request->in)) > 0)
		total += (size_t)n;
	return total;
}

/* Until the front server gives up and closes. */
static void hang(const FCGX_Request *request)
{
	struct pollfd peer = { .fd = request->ipcFd, .events = POLLRDHUP };

	(void)poll(&peer, 1, -1);
}

/* Sends what is there so far and dies without ending the request. */
static void abort_after_flush(const FCGX_Request *request)
{
	FCGX_PutS("Content-Type: text/plain\r\n\r\n", request->out);
	(void)FCGX_FFlush(request->out);
	_exit(1);
}

/* What a program that went wrong may write. */
static const struct fault {
	const char *order;
	const char *written;
} faults[] = {
	{ "nothing", "" },
	{ "blank", "\r\n" },
	{ "typed", "Content-Type: text/plain\r\n\r\nhello" },
	{ "garbage", "\001\002 this is no header block at all \377\376" },
	{ "bad-status", "Status: abc\r\nContent-Type: text/plain\r\n\r\n" },
	{ "no-content", "Status: 204 No Content\r\n\r\n" },
	{ "found", "Status: 302 Found\r\nLocation: /elsewhere\r\n\r\n" },
};

static bool say_yes_as_ordered(const FCGX_Request *request, const char *order, const char *more, size_t body)
{
	char number[32];

	if (strcmp(order, "grant") == 0)
		say_yes(request, "allow", "Alice", "");
	else if (strcmp(order, "anonymous") == 0)
		say_yes(request, "allow", NULL, "");
	else if (strcmp(order, "undecided") == 0)
		say_yes(request, NULL, "Alice", "");
	else if (strcmp(order, "origin") == 0)
		say_yes(request, "allow", "Alice", variable(request, "HTTP_ORIGIN"));
	else if (strcmp(order, "mirror") == 0)
		say_yes(request, "allow", variable(request, more), "");
	else if (strcmp(order, "length") == 0 || strcmp(order, "body") == 0) {
		size_t n = *order == 'b' ? body : strlen(variable(request, "HTTP_AUTHORIZATION"));

		(void)snprintf(number, sizeof(number), "%zu", n);
		say_yes(request, "allow", number, "");
	} else
		return false;
	return true;
}

static void obey(const FCGX_Request *request, const char *order, const char *more, size_t body)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(order, faults[i].order) == 0) {
			FCGX_PutS(faults[i].written, request->out);
			return;
		}
	}
	if (say_yes_as_ordered(request, order, more, body))
		return;
	if (strcmp(order, "deny") == 0)
		say_no(request, (int)strtol(more, NULL, 10));
	else if (strcmp(order, "abort") == 0)
		abort_after_flush(request);
	else if (strcmp(order, "hang") == 0)
		hang(request);
	else if (strcmp(order, "exit") == 0)
		_exit(1);
	else
		say_no(request, 401);
}

int main(void)
{
	FCGX_Request request;

	/* Else each finished request waits up to 2 s for the front server to close. */
	if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1) != 0 || FCGX_Init() != 0 ||
	    FCGX_InitRequest(&request, 0, 0) != 0)
		return 111;
	while (FCGX_Accept_r(&request) == 0) {
		const char *credential = variable(&request, "HTTP_AUTHORIZATION");
		const char *token = strncmp(credential, "Bearer ", 7) == 0 ? credential + 7 : "";
		size_t length = strcspn(token, ".");
		char *order = strndup(token, length);

		if (!order)
			return 111;
		request.keepConnection = 0;
		obey(&request, order, token[length] ? token + length + 1 : "", read_body(&request));
		free(order);
		FCGX_Finish_r(&request);
	}
	return 0;
}
