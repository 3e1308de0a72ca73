/* SPDX-License-Identifier: MIT */
/* Names that mean the same to every reader; in a rule for tools, a star stands for nothing stranger. */
#ifndef GATEHOUSE_PLAIN_NAME_H
#define GATEHOUSE_PLAIN_NAME_H

#include "str.h"

/* Of a tool or prompt, as it should be (MCP 2026-07-28, tool names). */
bool name_is_plain(struct str name) MUST_USE;
/* Of an MCP resource: what a server makes of it is no other URI. It has no dots to climb by, and no characters encoded that need
 * not be.
 */
bool uri_is_plain(struct str uri) MUST_USE;

#endif
