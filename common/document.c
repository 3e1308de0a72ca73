/* SPDX-License-Identifier: MIT */
#include "document.h"

#include <stdio.h>

#include "resource.h"

#define READ_METHODS "GET, HEAD, OPTIONS"

struct str document_path(const struct http *http, struct str *query)
{
	bool has_ours = http->copies[GATEHOUSE_REQUEST_URI] != 0;

	return target_path(http->value[has_ours ? GATEHOUSE_REQUEST_URI : REQUEST_URI], query);
}

struct str document_method(const struct http *http)
{
	bool has_ours = http->copies[GATEHOUSE_REQUEST_METHOD] != 0;

	return http->value[has_ours ? GATEHOUSE_REQUEST_METHOD : REQUEST_METHOD];
}

void document_allow_any_origin(struct http *http)
{
	http_header(http, "Access-Control-Allow-Origin", STR("*"));
}

void document_preflight(struct http *http, const char *methods)
{
	http_status(http, 204);
	document_allow_any_origin(http);
	http_header(http, "Access-Control-Allow-Methods", str_from(methods));
	/* Clients send MCP-Protocol-Version with discovery, and browsers ask for leave first. */
	http_header(http, "Access-Control-Allow-Headers", STR("MCP-Protocol-Version, Content-Type, Accept, Authorization"));
	http_header(http, "Access-Control-Max-Age", STR("86400"));
	http_content(http, STR_NONE);
}

bool document_is_read(struct http *http)
{
	struct str method = document_method(http);

	if (str_is(method, "GET") || str_is(method, "HEAD"))
		return true;
	if (str_is(method, "OPTIONS"))
		document_preflight(http, READ_METHODS);
	else
		document_wrong_method(http, READ_METHODS);
	return false;
}

/* FNV-1a, 64 bits: the same bytes have the same tag, whoever answers. Nothing secret hangs on it. */
static uint64_t fingerprint(struct str text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 0x100000001b3;
	return hash;
}

/* Is `tag` on the client's list? Weakly: a front server that compresses says W/ before our tag. */
static bool has_tag(struct str list, const char *tag)
{
	struct str one;

	if (str_is(str_trim(list), "*"))
		return true;
	while (str_cut(&list, ',', &one)) {
		one = str_trim(one);
		if (str_is(str_starts(one, STR("W/")) ? str_skip(one, 2) : one, tag))
			return true;
	}
	return false;
}

static void lifetime(struct http *http, int64_t max_age)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "public, max-age=%lld", (long long)max_age);
	http_header(http, "Cache-Control", max_age == 0 ? STR("no-store") : str_from(text));
}

static void content(struct http *http, struct str json)
{
	http_header(http, "Content-Type", STR("application/json"));
	if (str_is(document_method(http), "HEAD"))
		http_content_head(http, json);
	else
		http_content(http, json);
}

void document_send(struct http *http, struct str json, int64_t max_age)
{
	char tag[32];
	bool known;

	(void)snprintf(tag, sizeof(tag), "\"%016llx\"", (unsigned long long)fingerprint(json));
	known = max_age != 0 && has_tag(http->value[HTTP_IF_NONE_MATCH], tag);
	http_status(http, known ? 304 : 200);
	document_allow_any_origin(http);
	lifetime(http, max_age);
	if (max_age != 0)
		http_header(http, "ETag", str_from(tag));
	if (known)
		http_content(http, STR_NONE);
	else
		content(http, json);
}

/* A refusal with one more header, if its value is not empty. */
static void refuse(struct http *http, int status, const char *error, const char *description, const char *header, struct str value)
{
	auto_buf body = BUF(1024);

	buf_print(&body, "{\"error\":\"%s\",\"error_description\":\"%s\"}", error, description);
	http_status(http, status);
	document_allow_any_origin(http);
	http_header(http, "Cache-Control", STR("no-store"));
	http_header(http, header, value);
	content(http, buf_str(&body));
}

void document_refuse(struct http *http, int status, const char *error, const char *description, unsigned retry_after)
{
	char seconds[16];

	(void)snprintf(seconds, sizeof(seconds), "%u", retry_after);
	refuse(http, status, error, description, "Retry-After", retry_after != 0 ? str_from(seconds) : STR_NONE);
}

void document_absent(struct http *http, const char *description)
{
	if (str_is(document_method(http), "OPTIONS"))
		document_preflight(http, READ_METHODS);
	else
		document_refuse(http, 404, "not_found", description, 0);
}

void document_wrong_method(struct http *http, const char *methods)
{
	refuse(http, 405, "method_not_allowed", "this place knows other methods only", "Allow", str_from(methods));
}

void document_moved(struct http *http, struct str location, int64_t max_age)
{
	http_status(http, 308);
	document_allow_any_origin(http);
	lifetime(http, max_age);
	http_header(http, "Location", location);
	http_content(http, STR_NONE);
}
