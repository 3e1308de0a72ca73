/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "crypto.h"

#define ID_BYTES 1024
#define BOUND_NS ((int64_t)24 * 3600 * 1000000000)

struct table *session_table_open(const struct settings *settings, const struct state *state)
{
	for (size_t i = 0; i < settings->n_resources; i++) {
		if (settings->resource[i].bind_sessions)
			return table_open(state->directory, "sessions");
	}
	return NULL;
}

/*
 * Visible ASCII (MCP Streamable HTTP, session management), without the comma by which servers join several headers: readers
 * disagree on which of them counts.
 */
static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] <= ' ' || id.p[i] > '~' || id.p[i] == ',')
			return false;
	}
	return id.n <= ID_BYTES;
}

/* One number for two texts; each by its digest, since a table's own hash is known to everybody. */
static uint64_t number_of(char kind, struct str first, struct str second)
{
	unsigned char digests[2][SHA256_BYTES];

	crypto_sha256(first, digests[0]);
	crypto_sha256(second, digests[1]);
	return table_key(kind, (struct str){ (const char *)digests[0], SHA256_BYTES },
		(struct str){ (const char *)digests[1], SHA256_BYTES });
}

enum outcome session_look(struct table *table, const struct http *http, const struct resource *resource,
	const struct principal *principal, int64_t now_ns, struct session *session)
{
	struct str id = http->value[HTTP_MCP_SESSION_ID];

	*session = (struct session){ .now_ns = now_ns };
	if (!resource->bind_sessions || http->copies[HTTP_MCP_SESSION_ID] == 0)
		return OUTCOME_ALLOW;
	if (http->copies[HTTP_MCP_SESSION_ID] > 1 || !is_id(id))
		return OUTCOME_BAD_REQUEST;
	if (id.n == 0)
		return OUTCOME_ALLOW;
	session->table = table;
	session->key = number_of('s', resource->identifier, id);
	session->owner = number_of('o', principal->issuer->identifier, principal->subject);
	return table_is_of_another(table, session->key, session->owner, now_ns) ? OUTCOME_SESSION_OF_ANOTHER : OUTCOME_ALLOW;
}

enum outcome session_bind(const struct session *session)
{
	if (session->table == NULL || table_claim(session->table, session->key, session->owner, BOUND_NS, session->now_ns))
		return OUTCOME_ALLOW;
	return OUTCOME_SESSION_OF_ANOTHER;
}
