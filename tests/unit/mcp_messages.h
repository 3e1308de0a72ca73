/* SPDX-License-Identifier: MIT */
/* What the tests of MCP messages share: messages, and how they are read. */
#ifndef GATEHOUSE_TEST_MCP_MESSAGES_H
#define GATEHOUSE_TEST_MCP_MESSAGES_H

#include "unit.h"

#include "mcp.h"

#define CALL "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}"
#define LIST "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}"
#define NOTE "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"
#define META ",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}"
#define MODERN_CALL "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"" META "}}"

static inline enum outcome read_text(struct str text, struct mcp_message *message)
{
	return mcp_read_body(&(struct mcp_body){ { STR("application/json"), 1 }, { STR_NONE, 0 }, text }, message);
}

#endif
