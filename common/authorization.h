/* SPDX-License-Identifier: MIT */
/*
 * An authorization request (OAuth 2.1 4.1.1, RFC 7636, RFC 8707): is it one that we can serve, for whom, for which resource and
 * which scopes? Pure. Whether the client is known and the redirect URI is its own is judged before, for until then no answer may be
 * sent anywhere but to the person.
 */
#ifndef GATEHOUSE_AUTHORIZATION_H
#define GATEHOUSE_AUTHORIZATION_H

#include "settings.h"
#include "str.h"

#define AUTHORIZATION_STATE_BYTES 4096

/* The parameters as they came. Everything borrows from the memory of the form that was read. */
struct authorization_request {
	struct str client_id, redirect_uri, response_type, state, challenge, challenge_method, scope, resource;
	/* The name of a parameter that came twice, those that say where an answer goes first; NULL: none. */
	const char *doubled;
};

/* Reads the query of a GET or the body of a POST. False when it is no form at all. *memory is new in any case. */
bool authorization_read(struct str text, struct authorization_request *request, char **memory) MUST_USE;

/* The same request as a query. Appends. */
void authorization_write(const struct authorization_request *request, struct buf *query);

/* What is granted if the person agrees. */
struct authorization {
	const struct resource *resource;
	struct str scope[128]; /* each once, in the order in which they were asked for */
	size_t n_scopes;
};

/*
 * NULL: *authorization says what may be granted. Else the `error` for the client (RFC 6749 4.1.2.1, RFC 8707 2), and *description,
 * which has no quote and no backslash. Both static.
 */
const char *authorization_judge(const struct settings *settings, const struct authorization_request *request,
	struct authorization *authorization, const char **description) MUST_USE;

/*
 * The resource that a client names (RFC 8707 2): exactly, or with the slash that a bare origin may have. An empty name is the only
 * one that there is (clients of 2025-03-26 say none). NULL: another one, or none of several.
 */
const struct resource *authorization_resource(const struct settings *settings, struct str name) MUST_USE;

#endif
