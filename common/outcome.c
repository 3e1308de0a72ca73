/* SPDX-License-Identifier: MIT */
#include "outcome.h"

/* What a stranger reads about a token that fails: one text for all cryptographic reasons, so that nobody can probe. */
#define NOT_ACCEPTED "the token is not accepted here"

#define QUIET false, false, 0
#define CHALLENGE true, false, 0
#define CHALLENGE_ERROR true, true, 0
#define JSONRPC(code) false, false, code
#define INVALID_REQUEST (-32600) /* JSON-RPC 2.0 5.1 */
#define HEADER_MISMATCH (-32020) /* MCP 2026-07-28, error codes */

/* clang-format off */
static const struct outcome_row rows[OUTCOME_COUNT] = {
	[OUTCOME_NONE]                 = { "internal_error", 503, "temporarily_unavailable", QUIET, "no decision was made" },
	[OUTCOME_ALLOW]                = { "allow", 200, NULL, QUIET, NULL },
	[OUTCOME_PREFLIGHT]            = { "preflight", 204, NULL, QUIET, NULL },
	[OUTCOME_NO_RESOURCE]          = { "no_resource", 404, "not_found", QUIET, "no MCP server is configured at this address" },
	[OUTCOME_BAD_REQUEST]          = { "bad_request", 400, "invalid_request", CHALLENGE_ERROR, "a header came more than once or is malformed" },
	[OUTCOME_ORIGIN_REFUSED]       = { "origin_refused", 403, "origin_not_allowed", QUIET, "requests from this origin are not allowed" },
	[OUTCOME_NO_CREDENTIAL]        = { "no_credential", 401, "unauthorized", CHALLENGE, "a Bearer token is needed" },
	[OUTCOME_QUERY_TOKEN]          = { "query_token", 401, "unauthorized", CHALLENGE, "a token in the URL is not accepted: send it in the Authorization header" },
	[OUTCOME_OTHER_SCHEME]         = { "other_scheme", 401, "unauthorized", CHALLENGE, "a Bearer token is needed" },
	[OUTCOME_MALFORMED_CREDENTIAL] = { "malformed_credential", 401, "invalid_token", CHALLENGE_ERROR, "the Authorization header holds no Bearer token" },
	[OUTCOME_SEVERAL_CREDENTIALS]  = { "several_credentials", 400, "invalid_request", CHALLENGE_ERROR, "more than one credential came" },
	[OUTCOME_TOKEN_TOO_LARGE]      = { "token_too_large", 401, "invalid_token", CHALLENGE_ERROR, "the token is too large" },
	[OUTCOME_OPAQUE_TOKEN]         = { "opaque_token", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_INACTIVE]             = { "inactive", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_UNKNOWN_API_KEY]      = { "unknown_api_key", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_REVOKED]              = { "revoked", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_MALFORMED_TOKEN]      = { "malformed_token", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_ENCRYPTED_TOKEN]      = { "encrypted_token", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_BAD_TYPE]             = { "bad_type", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_BAD_ALGORITHM]        = { "bad_algorithm", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_CRITICAL_HEADER]      = { "critical_header", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_UNKNOWN_ISSUER]       = { "unknown_issuer", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_UNKNOWN_KEY]          = { "unknown_key", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_AMBIGUOUS_KEY]        = { "ambiguous_key", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_BAD_SIGNATURE]        = { "bad_signature", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_BAD_CLAIMS]           = { "bad_claims", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_WRONG_AUDIENCE]       = { "wrong_audience", 401, "invalid_token", CHALLENGE_ERROR, "the token is for another audience" },
	[OUTCOME_EXPIRED]              = { "expired", 401, "invalid_token", CHALLENGE_ERROR, "the token has expired" },
	[OUTCOME_NOT_YET_VALID]        = { "not_yet_valid", 401, "invalid_token", CHALLENGE_ERROR, "the token is not valid yet" },
	[OUTCOME_LIFETIME_TOO_LONG]    = { "lifetime_too_long", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_ID_TOKEN]             = { "id_token", 401, "invalid_token", CHALLENGE_ERROR, "this is not an access token" },
	[OUTCOME_OTHER_TOKEN]          = { "other_token", 401, "invalid_token", CHALLENGE_ERROR, "this is not an access token" },
	[OUTCOME_BOUND_TOKEN]          = { "bound_token", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_CLIENT_CONFLICT]      = { "client_conflict", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED },
	[OUTCOME_NOT_ALLOWED]          = { "not_allowed", 403, "access_denied", QUIET, "this account may not use this MCP server" },
	[OUTCOME_DENIED]               = { "denied", 403, "access_denied", QUIET, "this account may not use this MCP server" },
	[OUTCOME_UNMAPPED_USER]        = { "unmapped_user", 403, "access_denied", QUIET, "this account may not use this MCP server" },
	[OUTCOME_EMAIL_UNVERIFIED]     = { "email_unverified", 403, "access_denied", QUIET, "the e-mail address of this account is not verified" },
	[OUTCOME_GROUPS_UNKNOWN]       = { "groups_unknown", 403, "access_denied", QUIET, "the groups of this account are not known" },
	[OUTCOME_INSUFFICIENT_SCOPE]   = { "insufficient_scope", 403, "insufficient_scope", CHALLENGE_ERROR, "the token lacks a scope that is needed here" },
	[OUTCOME_OPERATION_REFUSED]    = { "operation_refused", 403, "access_denied", QUIET, "this account may not do that at this MCP server" },
	[OUTCOME_SESSION_OF_ANOTHER]   = { "session_of_another", 404, "session_not_found", QUIET, "there is no such session: begin a new one" },
	[OUTCOME_TOO_MANY_REQUESTS]    = { "too_many_requests", 429, "too_many_requests", QUIET, "too many requests: try again later" },
	[OUTCOME_BODY_TOO_LARGE]       = { "body_too_large", 413, "body_too_large", QUIET, "the request body is too large" },
	[OUTCOME_BAD_MESSAGE]          = { "bad_message", 400, "invalid_request", JSONRPC(INVALID_REQUEST), "the body is not a plain MCP message" },
	[OUTCOME_HEADER_MISMATCH]      = { "header_mismatch", 400, "invalid_request", JSONRPC(HEADER_MISMATCH), "the MCP headers are missing or malformed or differ from the body" },
	[OUTCOME_HEADERS_UNCHECKED]    = { "headers_unchecked", 403, "access_denied", QUIET, "rules for tools can not be judged here without upstream_checks_headers" },
	[OUTCOME_REVISION_REFUSED]     = { "revision_refused", 403, "access_denied", QUIET, "requests of other MCP revisions than 2026-07-28 do not tell this gate what they call" },
	[OUTCOME_UNAVAILABLE]          = { "unavailable", 503, "temporarily_unavailable", QUIET, "tokens can not be checked right now: try again later" },
};
/* clang-format on */

const struct outcome_row *outcome_row(enum outcome outcome)
{
	size_t index = (size_t)outcome;

	if (index >= OUTCOME_COUNT || rows[index].name == NULL)
		index = OUTCOME_NONE;
	return &rows[index];
}
