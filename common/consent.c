/* SPDX-License-Identifier: MIT */
#include "consent.h"

#include "base64url.h"
#include "crypto.h"
#include "form.h"
#include "site.h"

#define PURPOSE "request" /* of the seal */
#define ID_BYTES 16

static void add_id(struct buf *out)
{
	unsigned char bytes[ID_BYTES];

	crypto_random(bytes, sizeof(bytes));
	base64url_encode((struct str){ (const char *)bytes, sizeof(bytes) }, out);
}

void consent_ask(struct office *office, struct visit *visit, const struct oauth_client *client,
	const struct authorization *authorization, struct pending *pending)
{
	const struct broker *broker = &office->settings->broker;
	auto_page page = PAGE(broker->site_name);
	auto_secret text = BUF(PENDING_BYTES), sealed = BUF(SEAL_TEXT_BYTES), token = BUF(64);
	auto_buf id = BUF(64);

	add_id(&id);
	pending->id = buf_str(&id);
	pending_write(pending, &text);
	if (text.failed) {
		visit_refuse(visit, PROBLEM_REQUEST, STR_NONE, "the request is too long");
		return;
	}
	if (!seal_value(office->seal, PURPOSE, buf_str(&text), &sealed)) {
		visit_refuse(visit, PROBLEM_UNAVAILABLE, STR_NONE, "the request can't be sealed: gatehouse keys makes the keys");
		return;
	}
	browser_form_token(&visit->browser, buf_str(&sealed), &token);
	page_consent(&page,
		&(struct consent){ .client_name = client->name,
			.vouched = client->kind == CLIENT_STATIC,
			.client_id = client->id,
			.redirect_uri = pending->redirect_uri,
			.redirect_uris = { client->redirect_uri.word, client->redirect_uri.n },
			.scopes = { authorization->scope, authorization->n_scopes },
			.table = { broker->meaning, broker->n_meanings },
			.resource = authorization->resource->identifier,
			.resource_name = authorization->resource->name,
			.action = STR(CONSENT_PATH),
			.request = buf_str(&sealed),
			.token = buf_str(&token) });
	site_show(visit->http, office->settings, &visit->browser, 200, &page);
}

/*
 * A request is decided once, however often the form is sent. The same answer again is no other decision: of a double click a
 * browser shows the second one's page.
 */
static enum store_result keep_decision(struct office *office, const struct pending *pending, struct str decision, int64_t now)
{
	struct store_entry entry = { .value = decision, .until = pending->time + PENDING_SECONDS + 1 };
	enum store_result result;

	crypto_sha256(pending->id, entry.key);
	result = store_put(office->store, &space_login, &entry, now);
	if (result != STORE_CONFLICT)
		return result;
	result = store_get(office->store, &space_login, entry.key, now, &entry);
	return result == STORE_DONE && !str_eq(entry.value, decision) ? STORE_CONFLICT : result;
}

/* False: a page has told why not. */
static bool decide_once(struct office *office, struct visit *visit, const struct pending *pending, bool allowed)
{
	if (!visit_may_keep(visit, office->table))
		return false;
	switch (keep_decision(office, pending, allowed ? STR("allow") : STR("deny"), visit->now)) {
	case STORE_DONE:
		return true;
	case STORE_CONFLICT:
		visit_refuse(visit, PROBLEM_EXPIRED, STR_NONE, "the request was decided otherwise before");
		return false;
	default:
		visit_refuse(visit, PROBLEM_UNAVAILABLE, STR_NONE, "the decision can't be stored");
		return false;
	}
}

/* The request that our own page carried, of this browser and not too old. False: a page has told what is wrong. */
static bool open_request(
	struct office *office, struct visit *visit, struct str sealed, struct str token, struct pending *pending, json_t **json)
{
	auto_secret text = BUF(PENDING_BYTES);
	enum seal_answer answer;

	if (!browser_sent_form(visit->http, &visit->browser, sealed, token)) {
		visit_refuse(visit, visit->browser.is_new ? PROBLEM_BROWSER : PROBLEM_FORM, STR_NONE,
			"the form was not made for this browser");
		return false;
	}
	answer = seal_open(office->seal, PURPOSE, sealed, &text);
	if (answer == SEAL_UNAVAILABLE)
		visit_refuse(visit, PROBLEM_UNAVAILABLE, STR_NONE, "the request can't be opened");
	else if (answer == SEAL_REFUSED || !pending_read(buf_str(&text), pending, json))
		visit_refuse(visit, PROBLEM_FORM, STR_NONE, "the request was not sealed here");
	else if (!pending_is_of(pending, str_from(visit->browser.digest)))
		visit_refuse(visit, PROBLEM_BROWSER, STR_NONE, "the request is of another browser");
	else if (pending_is_over(pending, visit->now))
		visit_refuse(visit, PROBLEM_EXPIRED, STR_NONE, "the request is too old");
	else
		return true;
	return false;
}

bool consent_take(struct office *office, struct visit *visit, struct pending *pending, json_t **json, bool *allowed)
{
	enum { REQUEST, TOKEN, DECISION, FIELDS };
	struct form_field field[FIELDS] = { { .name = "request" }, { .name = "token" }, { .name = "decision" } };
	auto_free char *memory = NULL;

	if (!form_read(buf_str(&visit->form), field, FIELDS, &memory) || field[REQUEST].copies != 1 || field[TOKEN].copies != 1 ||
		field[DECISION].copies != 1) {
		visit_refuse(visit, PROBLEM_FORM, STR_NONE, "the form is not ours");
		return false;
	}
	*allowed = str_is(field[DECISION].value, "allow");
	return open_request(office, visit, field[REQUEST].value, field[TOKEN].value, pending, json) &&
		decide_once(office, visit, pending, *allowed);
}
