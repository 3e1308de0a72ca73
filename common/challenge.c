/* SPDX-License-Identifier: MIT */
#include "challenge.h"

void challenge_metadata_url(const struct resource *resource, struct buf *out)
{
	url_insert_well_known(&resource->url, WELL_KNOWN_PROTECTED_RESOURCE, false, out);
}

/* Appends `name="value"`, parted from what stands before. */
static void add_parameter(struct buf *out, size_t start, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	buf_add(out, out->n == start ? STR("Bearer ") : STR(", "));
	buf_add_text(out, name);
	buf_add(out, STR("=\""));
	buf_add(out, value);
	buf_add_byte(out, '"');
}

/* Each once. */
static void add_scope(struct buf *scopes, struct str scope)
{
	struct str rest = buf_str(scopes), word;

	while (str_word(&rest, &word)) {
		if (str_eq(word, scope))
			return;
	}
	if (scopes->n != 0)
		buf_add_byte(scopes, ' ');
	buf_add(scopes, scope);
}

/* Do the settings of this resource speak of the scope? */
static bool is_known(const struct resource *resource, struct str scope)
{
	for (size_t i = 0; i < resource->n_implications; i++) {
		if (str_eq(resource->implication[i].scope, scope))
			return true;
	}
	return words_have(&resource->publish_scopes, scope) || words_have(&resource->operation_scopes, scope);
}

/*
 * All that the operation needs, in the order of the settings; then, since clients of older revisions ask for exactly what
 * the challenge names, what the token already has of the scopes that this resource knows.
 */
static void list_scopes(const struct resource *resource, enum outcome outcome, const struct principal *principal,
	const struct words *needed, struct buf *scopes)
{
	for (size_t i = 0; i < resource->require_scopes.n; i++)
		add_scope(scopes, resource->require_scopes.word[i]);
	for (size_t i = 0; needed != NULL && i < needed->n; i++)
		add_scope(scopes, needed->word[i]);
	if (outcome != OUTCOME_INSUFFICIENT_SCOPE || principal == NULL || !resource->challenge_granted)
		return;
	for (size_t i = 0; i < principal->scopes.n; i++) {
		struct str scope = principal->scopes.word[i];

		if (is_known(resource, scope))
			add_scope(scopes, scope);
	}
}

void challenge_write(const struct resource *resource, enum outcome outcome, const struct principal *principal,
	const struct words *needed, struct buf *out)
{
	const struct outcome_row *row = outcome_row(outcome);
	auto_buf metadata = BUF(2048);
	auto_buf scopes = BUF(CHALLENGE_SCOPES_BYTES);
	size_t start = out->n;

	if (!row->challenge)
		return;
	if (row->challenge_error) {
		add_parameter(out, start, "error", str_from(row->error));
		add_parameter(out, start, "error_description", str_from(row->description));
	}
	challenge_metadata_url(resource, &metadata);
	add_parameter(out, start, "resource_metadata", buf_str(&metadata));
	list_scopes(resource, outcome, principal, needed, &scopes);
	add_parameter(out, start, "scope", buf_str(&scopes));
}

void challenge_body(const struct resource *resource, enum outcome outcome, struct buf *out)
{
	const struct outcome_row *row = outcome_row(outcome);

	if (row->error == NULL)
		return;
	/*
	 * No id, since it is not known, or not looked for, whose it is. The code of a refusal is its status, for what lies in
	 * -32768...-32000 belongs to JSON-RPC, MCP and its SDKs (BD-03, BD-05).
	 */
	if (row->jsonrpc != 0)
		buf_print(out, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,\"message\":\"%s\"}}", row->jsonrpc, row->description);
	else if (resource != NULL && resource->error_body == ERROR_BODY_JSONRPC)
		buf_print(out, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,\"message\":\"%s\",\"data\":{\"error\":\"%s\"}}}",
			row->status, row->description, row->error);
	else
		buf_print(out, "{\"error\":\"%s\",\"error_description\":\"%s\"}", row->error, row->description);
}
