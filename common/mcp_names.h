/* SPDX-License-Identifier: MIT */
/* The names of MCP that matter to rules: which methods have a target, and which names could be taken for another. Pure. */
#ifndef GATEHOUSE_MCP_NAMES_H
#define GATEHOUSE_MCP_NAMES_H

#include "mcp.h"

/* A method whose parameters name what it is about. */
struct mcp_rule {
	const char *method;
	enum mcp_target_kind kind;
	const char *member; /* of params */
	bool in_headers;    /* Mcp-Name must copy it (2026-07-28, standard headers) */
};

/* borrowed, static; NULL for a method without a target */
const struct mcp_rule *mcp_rule_of(struct str method);

/*
 * A method is visible ASCII, since it must fit into a header as it stands, and is not one that another reader could take
 * for one of the above.
 */
bool mcp_is_method(struct str method) MUST_USE;

/*
 * Not the same, but perhaps the same to a reader that does not mind case. Go's encoding/json takes "Name" for "name" and
 * even "tas\u212AId" for "taskId"; each character beyond ASCII counts as any letter here, so that nobody's tables matter.
 */
bool mcp_look_alike(struct str name, struct str real) MUST_USE;

#endif
