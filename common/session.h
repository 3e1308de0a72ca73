/* SPDX-License-Identifier: MIT */
/*
 * Sessions of MCP servers of older revisions (Mcp-Session-Id, MCP Streamable HTTP): the id alone opens a session, so whoever
 * learns another's could go on with it. Here the first principal who uses one keeps it, for 24 hours after the last use. Kept in
 * a table of their own, so that many sessions push no limit aside. The id is a secret: only its digest is kept, and none logged.
 */
#ifndef GATEHOUSE_SESSION_H
#define GATEHOUSE_SESSION_H

#include "http.h"
#include "outcome.h"
#include "policy.h"
#include "settings.h"
#include "state.h"
#include "table.h"

/* The table of sessions, NULL when no resource binds them. new, for table_close */
struct table *session_table_open(const struct settings *settings, const struct state *state) MUST_USE;

/* The session that a request names. */
struct session {
	struct table *table; /* NULL: it names none, or the resource binds none */
	uint64_t key, owner;
	int64_t now_ns;
};

/*
 * OUTCOME_ALLOW; OUTCOME_BAD_REQUEST when the header came more than once or is no session id; OUTCOME_SESSION_OF_ANOTHER. Binds
 * nothing yet: a request that is refused later takes no session.
 */
enum outcome session_look(struct table *table, const struct http *http, const struct resource *resource,
	const struct principal *principal, int64_t now_ns, struct session *session) MUST_USE;

/* Binds it, or keeps it bound. OUTCOME_ALLOW, or OUTCOME_SESSION_OF_ANOTHER when somebody else was faster. */
enum outcome session_bind(const struct session *session) MUST_USE;

#endif
