/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include "document.h"
#include "site.h"
#include "throttle.h"

static const struct rate kept = { 60, 60 }; /* per address */

void visit_begin(struct visit *visit, struct http *http, const struct settings *settings, int64_t now)
{
	*visit = (struct visit){ .http = http, .settings = settings, .now = now, .form = BUF(VISIT_FORM_BYTES) };
	visit->path = document_path(http, &visit->query);
	visit->method = document_method(http);
	browser_find(http, str_is(settings->public_issuer_url.scheme, "https"), &visit->browser);
	if (address_of_client(http->value[REMOTE_ADDR], http->value[HTTP_X_FORWARDED_FOR], settings->trusted_proxy,
		    settings->n_trusted_proxies, &visit->client))
		visit->address = address_client(&visit->client);
}

void visit_end(struct visit *visit)
{
	buf_wipe(&visit->form);
}

bool visit_read_form(struct visit *visit)
{
	struct str type = visit->http->value[CONTENT_TYPE], media = STR_NONE;
	bool whole = http_body(visit->http, &visit->form);

	if (whole && str_cut(&type, ';', &media) && str_eq_nocase(str_trim(media), STR("application/x-www-form-urlencoded")))
		return true;
	visit_refuse(visit, PROBLEM_REQUEST, STR_NONE, "the body is not a form of at most 64 KiB");
	return false;
}

bool visit_may_keep(struct visit *visit, struct table *table)
{
	uint32_t wait;

	if (throttle_stranger(table, 'l', visit->address, kept, visit->now * INT64_C(1000000000), &wait))
		return true;
	visit_refuse(visit, PROBLEM_TOO_MANY, STR_NONE, "too many decisions and logins from this address");
	return false;
}

void visit_refuse(struct visit *visit, enum page_problem problem, struct str about, const char *why)
{
	site_refuse(visit->http, visit->settings, &visit->browser, problem, about, why);
}
