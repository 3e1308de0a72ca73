/* SPDX-License-Identifier: MIT */
#include "mcp.h"
#include "mcp_names.h"

#define DEPTH 64
#define MEMBERS 8                                          /* of a message; JSON-RPC has four */
#define LARGEST_ID 9007199254740991                        /* 2^53 - 1: beyond it readers round (RFC 7493 2.2) */
#define REVISION "io.modelcontextprotocol/protocolVersion" /* in _meta, since 2026-07-28 */

static struct str text_of(const json_t *value)
{
	return (struct str){ json_string_value(value), json_string_length(value) };
}

/*
 * JSON-RPC 2.0 4 and 5, MCP base protocol: a message has jsonrpc, perhaps an id, these members and no others. "Method" beside
 * "method" would be the method to some readers.
 */
static bool has_only(const json_t *object, const json_t *id, const json_t *a, const json_t *b)
{
	return json_object_size(object) == 1 + (size_t)(id != NULL) + (size_t)(a != NULL) + (size_t)(b != NULL);
}

/* MCP base protocol: a string or an integer, and never null. */
static bool is_id(const json_t *id)
{
	json_int_t number = json_integer_value(id);

	return json_is_string(id) || (json_is_integer(id) && number >= -LARGEST_ID && number <= LARGEST_ID);
}

/* Whether no member of params can be taken for one that counts. "__proto__" becomes one when JavaScript copies an object. */
static bool are_plain(const json_t *params, const struct mcp_rule *rule)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)params, key, value) {
		struct str name = str_from(key);

		if (mcp_look_alike(name, STR("_meta")))
			return false;
		if (rule != NULL &&
			(mcp_look_alike(name, str_from(rule->member)) || mcp_look_alike(name, STR("arguments")) ||
				str_is(name, "__proto__")))
			return false;
	}
	return true;
}

/* What the parameters say of the target. */
static bool read_target(const json_t *params, const struct mcp_rule *rule, struct mcp_item *item)
{
	const json_t *target = json_object_get(params, rule->member), *arguments = json_object_get(params, "arguments");

	item->target_kind = rule->kind;
	item->target = text_of(target);
	if (json_is_object(arguments))
		item->arguments = arguments;
	return item->target.n != 0 && (arguments == NULL || json_is_object(arguments) || json_is_null(arguments));
}

static bool read_revision(const json_t *params, struct mcp_item *item)
{
	const json_t *revision = json_object_get(json_object_get(params, "_meta"), REVISION);

	item->revision = text_of(revision);
	return revision == NULL || item->revision.n != 0;
}

/*
 * A request, or a notification when there is no id. The target counts in both: servers have been seen to run a
 * tools/call that was sent as a notification.
 */
static bool read_call(const json_t *json, struct mcp_item *item)
{
	const json_t *method = json_object_get(json, "method"), *params = json_object_get(json, "params");
	const struct mcp_rule *rule;

	item->form = item->id != NULL ? MCP_REQUEST : MCP_NOTIFICATION;
	item->method = text_of(method);
	rule = mcp_rule_of(item->method);
	if (!has_only(json, item->id, method, params) || (item->id != NULL && !is_id(item->id)))
		return false;
	if (rule == NULL && !mcp_is_method(item->method))
		return false;
	if ((params != NULL && !json_is_object(params)) || !are_plain(params, rule) || !read_revision(params, item))
		return false;
	return rule == NULL || read_target(params, rule, item);
}

/* JSON-RPC 2.0 5: a result or an error; only an error may be about a request whose id nobody could read. */
static bool read_response(const json_t *json, struct mcp_item *item)
{
	const json_t *result = json_object_get(json, "result"), *error = json_object_get(json, "error");

	item->form = MCP_RESPONSE;
	if (!has_only(json, item->id, result, error) || (result != NULL) == (error != NULL))
		return false;
	if (error != NULL && !json_is_object(error))
		return false;
	return is_id(item->id) || (error != NULL && (item->id == NULL || json_is_null(item->id)));
}

static bool read_item(const json_t *json, struct mcp_item *item)
{
	*item = (struct mcp_item){ .id = json_object_get(json, "id") };
	if (!json_is_object(json) || !str_is(json_text(json, "jsonrpc"), "2.0"))
		return false;
	return json_object_get(json, "method") != NULL ? read_call(json, item) : read_response(json, item);
}

/* JSON-RPC 2.0 6: one message or several; an empty batch is none. */
static bool read_items(struct mcp_message *message)
{
	message->n = message->is_batch ? json_array_size(message->json) : 1;
	if (message->n == 0 || message->n > MCP_ITEMS)
		return false;
	for (size_t i = 0; i < message->n; i++) {
		if (!read_item(message->is_batch ? json_array_get(message->json, i) : message->json, &message->item[i]))
			return false;
	}
	return true;
}

/* `charset=utf-8`, perhaps in quotes; JSON has no other parameter (RFC 8259 11). */
static bool is_utf8_parameter(struct str parameter)
{
	return str_eq_nocase(parameter, STR("charset=utf-8")) || str_eq_nocase(parameter, STR("charset=\"utf-8\""));
}

/*
 * The headers that change what the bytes mean. Express decodes `charset=utf-7`, and then "+AHQ-ools/call" is "tools/call"; a
 * compressed body may be JSON to whoever does not unpack it.
 */
static bool is_plain_json(const struct mcp_body *body)
{
	struct str rest = body->type.value, piece, encoding = str_trim(body->encoding.value);

	if (body->type.copies > 1 || body->encoding.copies > 1 || (encoding.n != 0 && !str_eq_nocase(encoding, STR("identity"))))
		return false;
	if (!str_cut(&rest, ';', &piece) || !str_eq_nocase(str_trim(piece), STR("application/json")))
		return false;
	while (str_cut(&rest, ';', &piece)) {
		if (!is_utf8_parameter(str_trim(piece)))
			return false;
	}
	return true;
}

static void parse(struct str text, struct mcp_message *message)
{
	const struct json_limits limits = { text.n, DEPTH, MEMBERS };

	while (text.n != 0 && str_has(STR(" \t\r\n"), text.p[0]))
		text = str_skip(text, 1);
	message->is_batch = text.n != 0 && text.p[0] == '[';
	message->json = message->is_batch ? json_read_array(text, limits) : json_read_object(text, limits);
}

enum outcome mcp_read_body(const struct mcp_body *body, struct mcp_message *message)
{
	message->json = NULL;
	message->n = 0;
	if (is_plain_json(body))
		parse(body->text, message);
	if (message->json != NULL && read_items(message))
		return OUTCOME_ALLOW;
	mcp_message_free(message);
	return OUTCOME_BAD_MESSAGE;
}

void mcp_message_free(struct mcp_message *message)
{
	json_decref(message->json);
	message->json = NULL;
	message->n = 0;
}
