/* SPDX-License-Identifier: MIT */
#include "condition.h"

#include <stdlib.h>

#include "clock.h"
#include "condition_review.h"
#include "log.h"

#define WHY_BYTES 1024
#define NAME_BYTES 128
#define QUIET_MS 60000 /* from one line of the log about a condition to the next: clients write what fails */

enum variable { JWT, PRINCIPAL, MCP, REQUEST, VARIABLES };
static const char *const variables[VARIABLES + 1] = { "jwt", "principal", "mcp", "request", NULL };

struct compiled {
	struct expression *expression;
	unsigned kinds;
	bool looks_at_mcp, looks_at_request;
	enum mcp_target_kind demands; /* false for all of that kind but the one called `demanded`; MCP_NO_TARGET: of no kind */
	struct str demanded;
	int64_t quiet_until; /* clock_ms */
	unsigned untold;     /* failures since the last line */
};

struct conditions {
	struct compiled *compiled; /* by condition->number */
	size_t n;
	/* Any of them does: what none looks at is not made. */
	bool looks_at_method, looks_at_arguments, looks_at_headers;
};

static bool contains_nocase(struct str text, struct str part)
{
	for (; text.n >= part.n; text = str_skip(text, 1)) {
		if (str_eq_nocase(str_first(text, part.n), part))
			return true;
	}
	return false;
}

static void compile(struct conditions *conditions, const struct condition_review *review)
{
	static const struct {
		const char *path, *name;
		enum mcp_target_kind kind;
	} named[] = { { "mcp.tool", "mcp.tool.name", MCP_TOOL }, { "mcp.prompt", "mcp.prompt.name", MCP_PROMPT },
		{ "mcp.resource", "mcp.resource.uri", MCP_RESOURCE } };
	const struct condition *condition = review->condition;
	struct compiled *compiled = &conditions->compiled[condition->number];
	auto_buf why = BUF(WHY_BYTES);

	/* A copy of an argument that a client writes can't be held to the argument here, so it must not let anybody in. */
	if (contains_nocase(condition->text, STR("mcp-param-")))
		buf_print(&why, "found an Mcp-Param- header, expected a condition without: any client can write one");
	else
		compiled->expression = expression_compile(condition->text, variables, &why);
	if (compiled->expression == NULL) {
		buf_print(review->errors, "%.*s: in this condition: %.*s\n", STR_ARGS(condition->where), STR_ARGS(buf_str(&why)));
		return;
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (expression_mentions(compiled->expression, named[i].path))
			compiled->kinds |= 1U << named[i].kind;
		if (compiled->demands == MCP_NO_TARGET &&
			expression_demands(compiled->expression, named[i].name, &compiled->demanded))
			compiled->demands = named[i].kind;
	}
	compiled->looks_at_mcp = expression_mentions(compiled->expression, "mcp");
	compiled->looks_at_request = expression_mentions(compiled->expression, "request");
	conditions->looks_at_method |= expression_mentions(compiled->expression, "mcp.method");
	conditions->looks_at_arguments |= expression_mentions(compiled->expression, "mcp.arguments");
	conditions->looks_at_headers |= expression_mentions(compiled->expression, "request.headers");
	condition_review(review, compiled->expression);
}

struct conditions *conditions_new(const struct settings *settings, struct buf *errors, struct buf *notes)
{
	struct conditions *conditions = memory_new(sizeof(*conditions));
	size_t before = errors->n;

	conditions->n = settings->n_conditions;
	conditions->compiled = memory_new((conditions->n + 1) * sizeof(*conditions->compiled));
	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];

		for (size_t k = 0; k < resource->n_conditions; k++)
			compile(conditions,
				&(struct condition_review){ settings, resource, NULL, &resource->condition[k], errors, notes });
		for (size_t k = 0; k < resource->n_operations; k++) {
			const struct operation_rule *rule = &resource->operation[k];

			if (rule->when.text.n != 0)
				compile(conditions,
					&(struct condition_review){ settings, resource, rule, &rule->when, errors, notes });
		}
	}
	if (errors->n == before && !errors->failed)
		return conditions;
	conditions_free(conditions);
	return NULL;
}

void conditions_free(struct conditions *conditions)
{
	if (conditions == NULL)
		return;
	for (size_t i = 0; i < conditions->n; i++)
		expression_free(conditions->compiled[i].expression);
	free(conditions->compiled);
	free(conditions);
}

unsigned condition_kinds(const struct conditions *conditions, const struct condition *condition)
{
	return conditions->compiled[condition->number].kinds;
}

/* ---- what they look at ---- */

static json_t *mcp_of(const struct conditions *conditions, const struct situation *situation)
{
	static const struct {
		const char *name, *member;
	} targets[] = {
		[MCP_TOOL] = { "tool", "name" }, [MCP_PROMPT] = { "prompt", "name" }, [MCP_RESOURCE] = { "resource", "uri" }
	};
	const struct mcp_item *item = situation->item;
	json_t *mcp = json_object();

	if (conditions->looks_at_method)
		(void)json_object_set_new(mcp, "method", json_from_str(item->method));
	if (item->target_kind < sizeof(targets) / sizeof(targets[0]) && targets[item->target_kind].name != NULL) {
		json_t *target = json_object();

		(void)json_object_set_new(target, targets[item->target_kind].member, json_from_str(item->target));
		(void)json_object_set_new(mcp, targets[item->target_kind].name, target);
	}
	if (conditions->looks_at_arguments && situation->shows_arguments)
		(void)json_object_set_new(mcp, "arguments",
			item->arguments != NULL ? json_incref((json_t *)(uintptr_t)item->arguments) : json_object());
	return mcp;
}

/* Credentials are nothing to compare with; Mcp-Param- headers grant nothing (see above). */
static bool is_hidden(struct str name)
{
	static const char *const hidden[] = { "authorization", "cookie", "x-api-key", "proxy-authorization" };

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (str_is(name, hidden[i]))
			return true;
	}
	return str_starts(name, STR("mcp-param-"));
}

/* A variable of CGI (RFC 3875 4.1.18) by the name that the header has. */
static void add_header(json_t *headers, struct str variable, struct str value)
{
	auto_buf name = BUF(NAME_BYTES);

	for (size_t i = 0; i < variable.n; i++) {
		char byte = variable.p[i];

		if (byte >= 'A' && byte <= 'Z')
			byte = (char)(byte + ('a' - 'A'));
		buf_add_byte(&name, byte == '_' ? '-' : byte);
	}
	buf_add_byte(&name, '\0');
	/* One that came twice, or is no text, has no value that all readers agree on. */
	if (name.failed || is_hidden(str_first(buf_str(&name), name.n - 1)))
		return;
	if (json_object_get(headers, name.p) != NULL || !str_is_utf8(value))
		(void)json_object_set_new(headers, name.p, json_null());
	else
		(void)json_object_set_new(headers, name.p, json_from_str(value));
}

static json_t *headers_of(const struct situation *situation)
{
	json_t *headers = json_object();

	for (char *const *pair = situation->http->variables; *pair != NULL; pair++) {
		struct str value = str_from(*pair), name;

		if (str_starts(value, STR("HTTP_")) && str_cut(&value, '=', &name) && value.n != 0)
			add_header(headers, str_skip(name, 5), value);
	}
	return headers;
}

static json_t *request_of(const struct conditions *conditions, const struct situation *situation)
{
	json_t *request = json_object();

	(void)json_object_set_new(request, "method", json_from_str(situation->method));
	(void)json_object_set_new(request, "path", json_from_str(situation->path));
	if (conditions->looks_at_headers)
		(void)json_object_set_new(request, "headers", headers_of(situation));
	return request;
}

void situation_next(struct situation *situation, const struct mcp_item *item)
{
	json_decref(situation->mcp);
	situation->mcp = NULL;
	situation->item = item;
	situation->jwt = json_object_get(situation->facts, "jwt");
	situation->principal = json_object_get(situation->facts, "principal");
}

void situation_end(struct situation *situation)
{
	json_decref(situation->mcp);
	json_decref(situation->request);
	situation->mcp = situation->request = NULL;
}

static void tell_failure(struct compiled *compiled, const struct condition *condition, struct buf *why)
{
	int64_t now = clock_ms();

	if (now < compiled->quiet_until) {
		compiled->untold++;
		return;
	}
	if (compiled->untold != 0)
		buf_print(why, "; %u more times since the last such line", compiled->untold);
	log_event(LOG_WARNING, "condition_failed", "%.*s: it counts as false: %.*s", STR_ARGS(condition->where),
		STR_ARGS(buf_str(why)));
	compiled->quiet_until = now + QUIET_MS;
	compiled->untold = 0;
}

bool condition_is_true(const struct conditions *conditions, const struct condition *condition, struct situation *situation)
{
	struct compiled *compiled = &conditions->compiled[condition->number];
	auto_buf why = BUF(WHY_BYTES);
	enum expression_result result;

	/* Most rules are about one tool by its name, and most calls are of another. */
	if (compiled->demands != MCP_NO_TARGET && situation->item->target_kind == compiled->demands &&
		!str_eq(situation->item->target, compiled->demanded))
		return false;
	/* A request that doesn't tell what it asks for has no `mcp`, so that no condition finds a tool missing that is there. */
	if (compiled->looks_at_mcp && situation->mcp == NULL && situation->item->method.n != 0)
		situation->mcp = mcp_of(conditions, situation);
	if (compiled->looks_at_request && situation->request == NULL)
		situation->request = request_of(conditions, situation);
	result = expression_evaluate(compiled->expression,
		(const json_t *const[VARIABLES]){
			[JWT] = situation->jwt,
			[PRINCIPAL] = situation->principal,
			[MCP] = situation->mcp,
			[REQUEST] = situation->request,
		},
		&why);
	if (result == EXPRESSION_ERROR)
		tell_failure(compiled, condition, &why);
	return result == EXPRESSION_TRUE;
}
