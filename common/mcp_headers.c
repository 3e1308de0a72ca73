/* SPDX-License-Identifier: MIT */
#include "base64url.h"
#include "mcp.h"
#include "mcp_names.h"

#define MODERN "2026-07-28"
#define MARK_FRONT "=?base64?"
#define MARK_BACK "?="
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* A date as revisions are named: ^20[0-9]{2}-[01][0-9]-[0-3][0-9]$. */
static bool is_date(struct str version)
{
	static const char lowest[] = "2000-00-00", highest[] = "2099-19-39";

	if (version.n != sizeof(lowest) - 1)
		return false;
	for (size_t i = 0; i < version.n; i++) {
		if (version.p[i] < lowest[i] || version.p[i] > highest[i])
			return false;
	}
	return true;
}

/* Dates of one shape sort as text. */
static bool is_before(struct str date, struct str other)
{
	size_t i = 0;

	while (i + 1 < date.n && date.p[i] == other.p[i])
		i++;
	return date.p[i] < other.p[i];
}

enum mcp_era mcp_era(struct str version)
{
	struct str date = str_trim(version);

	if (date.n == 0)
		return MCP_NOT_SAID;
	if (!is_date(date))
		return MCP_NO_REVISION;
	if (str_is(date, MODERN))
		return MCP_MODERN;
	return is_before(date, STR(MODERN)) ? MCP_OLDER : MCP_FUTURE;
}

/*
 * Servers join copies by a comma and, as a rule, a blank. Names of tools and ids have no comma, and those that do come encoded; a
 * URI may have one, but no blank (RFC 3986 2).
 */
static bool is_joined(struct str name, const struct mcp_rule *rule)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] != ',')
			continue;
		if (rule == NULL || rule->kind != MCP_RESOURCE || i + 1 == name.n || name.p[i + 1] == ' ' || name.p[i + 1] == '\t')
			return true;
	}
	return false;
}

enum outcome mcp_judge_headers(const struct mcp_headers *headers)
{
	struct str method = str_trim(headers->method.value);
	const struct mcp_rule *rule = mcp_rule_of(method);

	if (headers->version.copies > 1 || headers->method.copies > 1 || headers->name.copies > 1)
		return OUTCOME_BAD_REQUEST;
	if (str_has(headers->version.value, ',') || str_has(method, ','))
		return OUTCOME_BAD_REQUEST;
	return rule != NULL && is_joined(str_trim(headers->name.value), rule) ? OUTCOME_BAD_REQUEST : OUTCOME_ALLOW;
}

/* RFC 9110 5.5 without obs-text and tabs: bytes that everybody reads alike. */
static bool is_field_text(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < 0x20 || value.p[i] > 0x7e)
			return false;
	}
	return true;
}

/* The marks are exact in case; what has only one of them is no encoded value (2026-07-28, value encoding). */
bool mcp_header_text(struct str raw, struct buf *decoded, struct str *text)
{
	struct str value = str_trim(raw), inner;
	size_t before = decoded->n;

	*text = value;
	if (!is_field_text(value))
		return false;
	if (!str_starts(value, STR(MARK_FRONT)) || !str_ends(value, STR(MARK_BACK)))
		return true;
	/* In "=?base64?=" one question mark would belong to both. */
	if (value.n < sizeof(MARK_FRONT MARK_BACK) - 1)
		return false;
	inner = str_skip(value, sizeof(MARK_FRONT) - 1);
	inner = str_first(inner, inner.n - (sizeof(MARK_BACK) - 1));
	if (!base64_decode(inner, decoded))
		return false;
	*text = str_skip(buf_str(decoded), before);
	/* Decoders of browsers drop a byte order mark without a word. */
	return str_is_utf8(*text) && !str_starts(*text, STR(BYTE_ORDER_MARK));
}

enum outcome mcp_read_headers(const struct mcp_headers *headers, struct buf *decoded, struct mcp_item *item)
{
	enum outcome outcome = mcp_judge_headers(headers);
	enum mcp_era era = mcp_era(headers->version.value);
	struct str method = str_trim(headers->method.value), target;
	const struct mcp_rule *rule = mcp_rule_of(method);

	*item = (struct mcp_item){ .form = MCP_REQUEST };
	if (outcome != OUTCOME_ALLOW)
		return outcome;
	if (era != MCP_MODERN)
		return era == MCP_NO_REVISION ? OUTCOME_HEADER_MISMATCH : OUTCOME_REVISION_REFUSED;
	/* Methods are never encoded; one that looks so would be two methods to two readers. */
	if (!mcp_is_method(method) || str_starts(method, STR(MARK_FRONT)))
		return OUTCOME_HEADER_MISMATCH;
	if (rule != NULL && (!mcp_header_text(headers->name.value, decoded, &target) || (target.n == 0 && rule->in_headers)))
		return OUTCOME_HEADER_MISMATCH;
	/* No server holds the URI of resources/subscribe to the header: this revision has no such method. Ids of tasks have no
	 * rules. */
	if (rule != NULL && !rule->in_headers && rule->kind != MCP_TASK)
		return OUTCOME_HEADER_MISMATCH;
	item->method = method;
	item->revision = str_trim(headers->version.value);
	if (rule != NULL) {
		item->target_kind = rule->kind;
		item->target = target;
	}
	return OUTCOME_ALLOW;
}

static bool name_agrees(const struct mcp_item *item, struct str name, bool demanded)
{
	const struct mcp_rule *rule = mcp_rule_of(item->method);
	auto_buf decoded = BUF(name.n);
	struct str text;

	if (rule == NULL)
		return true;
	if (str_trim(name).n == 0)
		return !demanded || !rule->in_headers;
	return mcp_header_text(name, &decoded, &text) && str_eq(text, item->target);
}

/* The standard headers are the duty of requests; notifications may have them (2026-07-28). */
static bool item_agrees(const struct mcp_item *item, const struct mcp_headers *headers, bool demanded)
{
	struct str method = str_trim(headers->method.value), name = headers->name.value;

	if (item->form == MCP_RESPONSE)
		return method.n == 0 && str_trim(name).n == 0;
	if (item->form == MCP_NOTIFICATION)
		demanded = false;
	if (method.n == 0 ? demanded : !str_eq(method, item->method))
		return false;
	return name_agrees(item, name, demanded);
}

enum outcome mcp_agree(const struct mcp_message *message, const struct mcp_headers *headers)
{
	enum outcome outcome = mcp_judge_headers(headers);
	enum mcp_era era = mcp_era(headers->version.value);
	bool demanded = era == MCP_MODERN || era == MCP_FUTURE;

	if (outcome != OUTCOME_ALLOW)
		return outcome;
	if (era == MCP_NO_REVISION)
		return OUTCOME_HEADER_MISMATCH;
	if (message->is_batch && demanded)
		return OUTCOME_BAD_MESSAGE;
	for (size_t i = 0; i < message->n; i++) {
		struct str said = message->item[i].revision;

		/* That a request of 2026-07-28 names its revision at all is the MCP server's to ask: it has a better answer. */
		if (said.n != 0 && !str_eq(said, str_trim(headers->version.value)))
			return OUTCOME_HEADER_MISMATCH;
		/* The headers speak of one message, so a batch goes without them. */
		if (message->is_batch && (str_trim(headers->method.value).n != 0 || str_trim(headers->name.value).n != 0))
			return OUTCOME_HEADER_MISMATCH;
		if (!message->is_batch && !item_agrees(&message->item[i], headers, demanded))
			return OUTCOME_HEADER_MISMATCH;
	}
	return OUTCOME_ALLOW;
}
