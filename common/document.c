/* SPDX-License-Identifier: MIT */
#include "document.h"

#include <stdio.h>

#include "resource.h"

#define READ_METHODS "GET, HEAD, OPTIONS"

struct str document_path(const struct http *http, struct str *query)
{
	return target_path(http->copies[GATEHOUSE_REQUEST_URI] != 0 ? http->value[GATEHOUSE_REQUEST_URI] : http->value[REQUEST_URI], query);
}

struct str document_method(const struct http *http)
{
	return http->copies[GATEHOUSE_REQUEST_METHOD] != 0 ? http->value[GATEHOUSE_REQUEST_METHOD] : http->value[REQUEST_METHOD];
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
	if (str_is(method, "OPTIONS")) {
		document_preflight(http, READ_METHODS);
		return false;
	}
	http_status(http, 405);
	http_header(http, "Allow", STR(READ_METHODS));
	http_header(http, "Cache-Control", STR("no-store"));
	http_content(http, STR_NONE);
	return false;
}

/* FNV-1a, 64 bits: the same bytes have the same tag, whichever process answers. Nothing secret hangs on it. */
static uint64_t fingerprint(struct str text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 0x100000001b3;
	return hash;
}

void document_send(struct http *http, struct str json, int64_t max_age)
{
	char tag[32], lifetime[64];
	bool known;

	(void)snprintf(tag, sizeof(tag), "\"%016llx\"", (unsigned long long)fingerprint(json));
	(void)snprintf(lifetime, sizeof(lifetime), "public, max-age=%lld", (long long)max_age);
	known = str_is(http->value[HTTP_IF_NONE_MATCH], tag);
	http_status(http, known ? 304 : 200);
	document_allow_any_origin(http);
	http_header(http, "Cache-Control", str_from(lifetime));
	http_header(http, "ETag", str_from(tag));
	if (known) {
		http_content(http, STR_NONE);
		return;
	}
	http_header(http, "Content-Type", STR("application/json"));
	if (str_is(document_method(http), "HEAD"))
		http_content_head(http, json);
	else
		http_content(http, json);
}

void document_refuse(struct http *http, int status, const char *error, const char *description, unsigned retry_after)
{
	auto_buf body = BUF(1024);
	char seconds[16];

	buf_print(&body, "{\"error\":\"%s\",\"error_description\":\"%s\"}", error, description);
	http_status(http, status);
	document_allow_any_origin(http);
	http_header(http, "Cache-Control", STR("no-store"));
	if (retry_after != 0) {
		(void)snprintf(seconds, sizeof(seconds), "%u", retry_after);
		http_header(http, "Retry-After", str_from(seconds));
	}
	http_header(http, "Content-Type", STR("application/json"));
	if (str_is(document_method(http), "HEAD"))
		http_content_head(http, buf_str(&body));
	else
		http_content(http, buf_str(&body));
}
