/* SPDX-License-Identifier: MIT */
/*
 * The floor under auth-check: a libfcgi program that says yes to everybody, with the same headers, and does nothing else. What
 * it costs is libfcgi, the socket and the web server.
 */
#include <fcgiapp.h>
#include <stdlib.h>

static const char yes[] = "Status: 200 OK\r\n"
			  "X-Gatehouse-Decision: allow\r\n"
			  "Remote-User: alice\r\n"
			  "Remote-Subject: alice\r\n"
			  "Remote-Issuer: https://idp.example.net/t1\r\n"
			  "Remote-Email: alice@example.com\r\n"
			  "Remote-Name: Alice\r\n"
			  "Remote-Groups: mcp-users,staff\r\n"
			  "Remote-Scopes: mcp:read\r\n"
			  "Remote-Client: bench\r\n"
			  "X-Gatehouse-Cors-Origin: \r\n";

int main(void)
{
	FCGX_Request request;

	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return 111;
	while (FCGX_Accept_r(&request) >= 0) {
		const char *redirect = FCGX_GetParam("GATEHOUSE_REQUEST_REDIRECT", request.envp);

		(void)FCGX_PutS(yes, request.out);
		if (redirect != NULL)
			(void)FCGX_FPrintF(request.out, "X-Accel-Redirect: %s\r\n", redirect);
		(void)FCGX_PutS("Content-Length: 0\r\n\r\n", request.out);
		FCGX_Finish_r(&request);
	}
	return 0;
}
