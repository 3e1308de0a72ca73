/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include "clients.h"
#include "form.h"
#include "log.h"
#include "site.h"

#define URL_BYTES 32768

/* Who would have got access to what, and why not. */
static void audit(
	const struct visit *visit, const struct pending *pending, struct str subject, const char *error, const char *reason)
{
	static struct log_record record;
	auto_buf client = BUF(CLIENTS_SHORT_BYTES);

	clients_short_id(pending->client, &client);
	log_record_begin(&record, "authorization");
	log_record_text(&record, "decision", error == NULL ? STR("allow") : STR("deny"));
	log_record_text(&record, "error", str_from(error));
	log_record_text(&record, "reason", str_from(reason));
	log_record_text(&record, "client", buf_str(&client));
	log_record_text(&record, "client_name", pending->client_name);
	log_record_text(&record, "resource", pending->resource);
	log_record_text(&record, "scope", pending->scope);
	log_record_text(&record, "subject", subject);
	log_record_text(&record, "address", visit->http->value[REMOTE_ADDR]);
	log_record_end(&record);
}

/* The redirect URI's own query stays. */
static void answer(struct visit *visit, const struct pending *pending, struct buf *form)
{
	auto_secret url = BUF(URL_BYTES);

	if (pending->state.n != 0)
		form_add(form, "state", pending->state);
	form_add(form, "iss", visit->settings->public_issuer);
	buf_add(&url, pending->redirect_uri);
	buf_add_byte(&url, str_has(pending->redirect_uri, '?') ? '&' : '?');
	buf_add(&url, buf_str(form));
	if (url.failed || form->failed)
		visit_refuse(visit, PROBLEM_INTERNAL, STR_NONE, "the answer to the client is too long");
	else
		site_go(visit->http, buf_str(&url));
}

void reply_code(struct visit *visit, const struct pending *pending, struct str subject, struct str code)
{
	auto_secret form = BUF(URL_BYTES);

	audit(visit, pending, subject, NULL, "allowed");
	form_add(&form, "code", code);
	answer(visit, pending, &form);
}

void reply_error(struct visit *visit, const struct pending *pending, struct str subject, const char *error, const char *description)
{
	auto_buf form = BUF(URL_BYTES);

	audit(visit, pending, subject, error, description);
	form_add(&form, "error", str_from(error));
	form_add(&form, "error_description", str_from(description));
	answer(visit, pending, &form);
}
