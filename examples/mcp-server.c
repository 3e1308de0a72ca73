/* SPDX-License-Identifier: MIT */
/*
 * A small MCP server to stand behind gatehouse in a trial: one tool, `whoami`, that tells who the gate says is asking. It knows
 * nothing of tokens: it believes the Remote-... headers, which is why it listens on loopback only and why the web server in
 * front removes what clients send under those names.
 *
 * usage: mcp-server PORT
 *
 * Speaks MCP 2025-11-25 and 2026-07-28 over HTTP, one request per connection.
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REQUEST_BYTES (1024 * 1024)

static const char *const identity_headers[] = { "Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", "Remote-Subject",
	"Remote-Issuer", "Remote-Scopes", "Remote-Client", "Authorization" };

/* The value of header `name` in the NUL-terminated head of a request; new, NULL when it isn't there. */
static char *header(const char *head, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
		const char *start = line + 2;

		if (strncasecmp(start, name, length) == 0 && start[length] == ':') {
			start += length + 1;
			start += strspn(start, " \t");
			return strndup(start, strcspn(start, "\r\n"));
		}
	}
	return NULL;
}

static json_t *whoami(const char *head)
{
	json_t *seen = json_object();
	json_t *result;
	char *text;

	for (size_t i = 0; i < sizeof(identity_headers) / sizeof(identity_headers[0]); i++) {
		char *value = header(head, identity_headers[i]);

		if (value != NULL && value[0] != '\0')
			(void)json_object_set_new(seen, identity_headers[i],
				strcmp(identity_headers[i], "Authorization") == 0 ? json_string("a token came through!")
										  : json_string(value));
		free(value);
	}
	text = json_dumps(seen, JSON_INDENT(2));
	result = json_pack("{s:[{s:s,s:s}],s:o,s:s}", "content", "type", "text", "text", text, "structuredContent", seen,
		"resultType", "complete");
	free(text);
	return result;
}

/* The result of a JSON-RPC method; NULL when there is no such method. */
static json_t *answer(const char *method, const json_t *parameters, const char *head)
{
	const char *asked = json_string_value(json_object_get(parameters, "protocolVersion"));

	if (strcmp(method, "initialize") == 0)
		return json_pack("{s:s,s:{s:{}},s:{s:s,s:s}}", "protocolVersion", asked != NULL ? asked : "2025-11-25",
			"capabilities", "tools", "serverInfo", "name", "gatehouse-example", "version", "1");
	if (strcmp(method, "server/discover") == 0)
		return json_pack("{s:[s,s],s:{s:{}},s:{s:s,s:s},s:s,s:i,s:s}", "supportedVersions", "2026-07-28", "2025-11-25",
			"capabilities", "tools", "serverInfo", "name", "gatehouse-example", "version", "1", "resultType",
			"complete", "ttlMs", 0, "cacheScope", "private");
	if (strcmp(method, "ping") == 0)
		return json_pack("{}");
	if (strcmp(method, "tools/list") == 0)
		return json_pack("{s:[{s:s,s:s,s:{s:s,s:{}}}],s:s,s:i,s:s}", "tools", "name", "whoami", "description",
			"Tells who gatehouse says is asking", "inputSchema", "type", "object", "properties", "resultType",
			"complete", "ttlMs", 0, "cacheScope", "private");
	if (strcmp(method, "tools/call") == 0)
		return whoami(head);
	return NULL;
}

static bool is_value(const char *head, const char *name, const char *wanted)
{
	char *value = header(head, name);
	bool same = value != NULL && wanted != NULL && strcmp(value, wanted) == 0;

	free(value);
	return same;
}

/* From 2026-07-28 on the headers must say what the body says, since web servers in front may have judged by them. */
static bool agrees(const char *head, const char *method, const json_t *parameters)
{
	const json_t *meta = json_object_get(parameters, "_meta");
	const char *name = json_string_value(json_object_get(parameters, strcmp(method, "resources/read") == 0 ? "uri" : "name"));
	bool is_named =
		strcmp(method, "tools/call") == 0 || strcmp(method, "prompts/get") == 0 || strcmp(method, "resources/read") == 0;

	if (!is_value(head, "MCP-Protocol-Version", "2026-07-28"))
		return json_object_get(meta, "io.modelcontextprotocol/protocolVersion") == NULL;
	return json_object_get(meta, "io.modelcontextprotocol/protocolVersion") != NULL && is_value(head, "Mcp-Method", method) &&
		(!is_named || is_value(head, "Mcp-Name", name));
}

static void respond(int connection, const char *status, json_t *json)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	const char *body = text != NULL ? text : "";

	(void)dprintf(connection,
		"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
		strlen(body), body);
	free(text);
	json_decref(json);
}

/* Reads head and body into `request`; returns the body, or NULL when the client sent no whole request. */
static char *receive(int connection, char *request)
{
	size_t have = 0, expected = 0;
	char *body = NULL;

	while (body == NULL || have < (size_t)(body - request) + expected) {
		ssize_t n = read(connection, request + have, REQUEST_BYTES - have);

		if (n <= 0)
			return NULL;
		have += (size_t)n;
		request[have] = '\0';
		if (body == NULL && (body = strstr(request, "\r\n\r\n")) != NULL) {
			char *length;

			*body = '\0';
			body += 4;
			length = header(request, "Content-Length");
			expected = length != NULL ? strtoul(length, NULL, 10) : 0;
			free(length);
			if (expected >= REQUEST_BYTES - (size_t)(body - request))
				return NULL;
		}
	}
	return body;
}

static void serve(int connection, char *request)
{
	const char *body = receive(connection, request);
	json_t *message, *result, *id;
	const char *method;

	if (body == NULL || strncmp(request, "POST ", 5) != 0) {
		respond(connection, "405 Method Not Allowed", NULL);
		return;
	}
	message = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	method = json_string_value(json_object_get(message, "method"));
	id = json_object_get(message, "id");
	printf("mcp-server: %s\n", method != NULL ? method : "?");
	(void)fflush(stdout);
	if (method == NULL) {
		respond(connection, "400 Bad Request",
			json_pack("{s:s,s:{s:i,s:s}}", "jsonrpc", "2.0", "error", "code", -32600, "message", "no method"));
	} else if (!agrees(request, method, json_object_get(message, "params"))) {
		respond(connection, "400 Bad Request",
			json_pack("{s:s,s:{s:i,s:s}}", "jsonrpc", "2.0", "error", "code", -32020, "message",
				"the headers differ from the body"));
	} else if (id == NULL) {
		respond(connection, "202 Accepted", NULL);
	} else if ((result = answer(method, json_object_get(message, "params"), request)) != NULL) {
		respond(connection, "200 OK", json_pack("{s:s,s:O,s:o}", "jsonrpc", "2.0", "id", id, "result", result));
	} else {
		respond(connection, "200 OK",
			json_pack("{s:s,s:O,s:{s:i,s:s}}", "jsonrpc", "2.0", "id", id, "error", "code", -32601, "message",
				"no such method"));
	}
	json_decref(message);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval patience = { .tv_sec = 5 };
	const int on = 1;
	char *request = malloc(REQUEST_BYTES + 1);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || strcmp(argv[1], "--help") == 0) {
		fputs("usage: mcp-server PORT\nAn MCP server for trials on 127.0.0.1 with one tool, whoami.\n",
			argc == 2 ? stdout : stderr);
		free(request);
		return argc == 2 ? 0 : 100;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	address.sin_port = htons((in_port_t)strtoul(argv[1], NULL, 10));
	(void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (request == NULL || bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(listener, 128) != 0) {
		perror("mcp-server");
		free(request);
		return 111;
	}
	for (;;) {
		int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (connection < 0)
			continue;
		(void)setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		serve(connection, request);
		(void)close(connection);
	}
}
