/* SPDX-License-Identifier: MIT */
/*
 * What an MCP request asks for, so that rules for single tools can be judged: read from its body (JSON-RPC 2.0) where the web
 * server shows it, else from the headers of revision 2026-07-28. Pure.
 *
 * The MCP server reads the same bytes with another reader. Whatever two readers could take for two different calls is
 * refused, and every message of a batch is listed, so that no call gets by unseen.
 */
#ifndef GATEHOUSE_MCP_H
#define GATEHOUSE_MCP_H

#include "json.h"
#include "outcome.h"
#include "str.h"

#define MCP_ITEMS 100 /* messages in a batch (revision 2025-03-26); as many as the TypeScript SDK takes */

enum mcp_form {
	MCP_REQUEST,
	MCP_NOTIFICATION,
	MCP_RESPONSE,
};

enum mcp_target_kind {
	MCP_NO_TARGET,
	MCP_TOOL,
	MCP_PROMPT,
	MCP_RESOURCE,
	MCP_TASK, /* a task's id says nothing of the tool that it runs: rules for tools never match it */
};

struct mcp_item {
	enum mcp_form form;
	struct str method; /* empty for a response */
	enum mcp_target_kind target_kind;
	struct str target;       /* name, URI or id, decoded; empty: there is none, or headers leave out the id of a task */
	struct str revision;     /* the protocol version that the message itself names; mostly empty before 2026-07-28 */
	const json_t *arguments; /* an object; NULL: none, or not known */
	const json_t *id;        /* NULL: none, or not known */
};

/* A header as it came; an empty one counts as none, since configurations pass empty variables on. */
struct mcp_header {
	struct str value;
	unsigned copies;
};

struct mcp_body {
	struct mcp_header type;     /* Content-Type */
	struct mcp_header encoding; /* Content-Encoding */
	struct str text;
};

/* All that a body holds. Items borrow from `json`. */
struct mcp_message {
	json_t *json;
	bool is_batch;
	size_t n;
	struct mcp_item item[MCP_ITEMS];
};

#define auto_mcp_message __attribute__((cleanup(mcp_message_free))) struct mcp_message
void mcp_message_free(struct mcp_message *message);

/*
 * OUTCOME_ALLOW: *message lists every request, notification and response of the body. OUTCOME_BAD_MESSAGE: it is not plainly
 * MCP in UTF-8, and *message is empty. The caller caps the size of the text.
 */
enum outcome mcp_read_body(const struct mcp_body *body, struct mcp_message *message) MUST_USE;

struct mcp_headers {
	struct mcp_header version; /* MCP-Protocol-Version */
	struct mcp_header method;  /* Mcp-Method */
	struct mcp_header name;    /* Mcp-Name */
};

/* What MCP-Protocol-Version says of the other headers. */
enum mcp_era {
	MCP_NOT_SAID,
	MCP_NO_REVISION, /* not a date: no revision is called that */
	MCP_OLDER,       /* the headers are nobody's duty */
	MCP_MODERN,      /* the server must refuse what does not agree with its body: 2026-07-28 */
	MCP_FUTURE,      /* not written yet */
};

enum mcp_era mcp_era(struct str version) MUST_USE;

/* OUTCOME_BAD_REQUEST when a header came twice, or joined as servers join copies (RFC 9110 5.3). */
enum outcome mcp_judge_headers(const struct mcp_headers *headers) MUST_USE;

/*
 * The call as the headers tell it, for web servers that do not show the body. Only of value where the MCP server holds them to
 * agree with the body, so other revisions than 2026-07-28 are OUTCOME_REVISION_REFUSED; OUTCOME_HEADER_MISMATCH when one is
 * missing or is no such value, and for resources/subscribe and unsubscribe, whose URI nobody holds to agree. Whether it is a
 * request or a notification is not told: form is MCP_REQUEST. The target borrows from the headers or from `decoded`.
 */
enum outcome mcp_read_headers(const struct mcp_headers *headers, struct buf *decoded, struct mcp_item *item) MUST_USE;

/*
 * Whether the headers tell the same as the body: from 2026-07-28 on they must be there, before they may. OUTCOME_ALLOW,
 * OUTCOME_HEADER_MISMATCH, or what mcp_judge_headers says; OUTCOME_BAD_MESSAGE for a batch in a revision that has none.
 */
enum outcome mcp_agree(const struct mcp_message *message, const struct mcp_headers *headers) MUST_USE;

/*
 * The value of Mcp-Name or of an Mcp-Param-* header (2026-07-28, value encoding): as it stands, or decoded from
 * `=?base64?...?=`. False when it is neither. An Mcp-Param-* copies an argument that only the tool's schema names, which
 * nobody here knows: such a value may narrow what is allowed, never grant. *text borrows from `raw` or `decoded`.
 */
bool mcp_header_text(struct str raw, struct buf *decoded, struct str *text) MUST_USE;

#endif
