/* SPDX-License-Identifier: MIT */
/* What a client says of itself (RFC 7591 2), be it in a registration request or in a document of its own. Pure. */
#ifndef GATEHOUSE_CLIENT_METADATA_H
#define GATEHOUSE_CLIENT_METADATA_H

#include "json.h"
#include "str.h"

/* A member that was said, NULL if not; null says nothing. borrowed */
const json_t *client_metadata_said(const json_t *metadata, const char *name) MUST_USE;
/* Empty when it is no string. borrowed */
struct str client_metadata_text(const json_t *item);
/* Does the array have that string? False for what is no array. */
bool client_metadata_has(const json_t *array, const char *word) MUST_USE;

/*
 * NULL when client_name is missing or fit for people to read, else what is wrong with it: at most 200 characters, none that
 * controls how the others are shown. static
 */
const char *client_metadata_name_fault(const json_t *metadata) MUST_USE;
/*
 * NULL when the client can do with authorization codes, else what is wrong with grant_types, response_types, application_type,
 * jwks or jwks_uri. static
 */
const char *client_metadata_flow_fault(const json_t *metadata) MUST_USE;

#endif
