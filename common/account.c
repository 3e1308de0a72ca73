/* SPDX-License-Identifier: MIT */
#include "account.h"

#include "form.h"
#include "json.h"
#include "page.h"
#include "site.h"

#define COOKIE "person"
#define PURPOSE "person"
#define COOKIE_BYTES 4000 /* browsers keep 4096 of name and value (RFC 6265 6.1) */
#define PERSON_BYTES 2048

/* ---- the cookie ---- */

/* Appends; fails when the person's name is too long for a cookie. */
static bool seal_person(const struct account *account, const struct browser *browser, const struct principal *principal,
	int64_t now, struct buf *cookie)
{
	auto_json *json = json_object();
	auto_buf text = BUF(PERSON_BYTES);

	(void)json_object_set_new(json, "subject", json_from_str(principal->subject));
	(void)json_object_set_new(json, "provider", json_from_str(account->settings->broker.login->identifier));
	(void)json_object_set_new(json, "name", json_from_str(principal->email.n != 0 ? principal->email : principal->user));
	(void)json_object_set_new(json, "browser", json_string(browser->digest));
	(void)json_object_set_new(json, "until", json_integer((json_int_t)now + ACCOUNT_SECONDS));
	json_write(json, &text);
	return !text.failed && seal_value(account->seal, PURPOSE, buf_str(&text), cookie);
}

/* Who is signed in; NULL: nobody. new */
static json_t *open_person(const struct account *account, const struct http *http, const struct browser *browser, int64_t now)
{
	auto_buf text = BUF(PERSON_BYTES);
	json_t *json;

	if (seal_open(account->seal, PURPOSE, browser_get(http, browser, COOKIE), &text) != SEAL_OPENED)
		return NULL;
	json = json_read_object(buf_str(&text), (struct json_limits){ PERSON_BYTES, 1, 8 });
	if (json_text(json, "subject").n != 0 && str_eq(json_text(json, "provider"), account->settings->broker.login->identifier) &&
		str_is(json_text(json, "browser"), browser->digest) &&
		json_integer_value(json_object_get(json, "until")) > (json_int_t)now)
		return json;
	json_decref(json);
	return NULL;
}

void account_open(const struct account *account, struct http *http, const struct browser *browser,
	const struct principal *principal, int64_t now)
{
	auto_secret cookie = BUF(COOKIE_BYTES);

	if (!seal_person(account, browser, principal, now, &cookie)) {
		site_refuse(
			http, account->settings, browser, PROBLEM_UNAVAILABLE, STR_NONE, "the login can't be sealed into a cookie");
		return;
	}
	http_status(http, 303);
	http_header(http, "Location", STR(ACCOUNT_PATH));
	http_header(http, "Cache-Control", STR("no-store"));
	browser_set(http, browser, COOKIE, buf_str(&cookie));
	http_content(http, STR_NONE);
}

/* ---- the list ---- */

/* What page_access shows, copied out of the store. */
static bool add(const struct grant *grant, void *list)
{
	json_t *row;

	if (!grant_opens(grant))
		return true;
	row = json_object();
	(void)json_object_set_new(row, "id", json_from_str(grant->id));
	(void)json_object_set_new(row, "name", json_from_str(grant->client_name));
	(void)json_object_set_new(row, "client", json_from_str(grant->client));
	(void)json_object_set_new(row, "resource", json_from_str(grant->resource));
	(void)json_object_set_new(row, "scope", json_from_str(grant->scope));
	(void)json_object_set_new(row, "since", json_integer((json_int_t)grant->since));
	(void)json_object_set_new(row, "used", json_integer((json_int_t)grant->used));
	(void)json_array_append_new(list, row);
	return true; /* GRANTS_PER_PERSON */
}

/* How many words there can be in all scopes together, at least one. */
static size_t most_words(const json_t *list)
{
	size_t most = 1;

	for (size_t i = 0; i < json_array_size(list); i++)
		most += json_text(json_array_get(list, i), "scope").n / 2 + 1;
	return most;
}

/* The words, put into the pool behind the `n` that are there. */
static struct texts split(struct str scope, struct str *pool, size_t *n)
{
	struct texts texts = { pool + *n, 0 };
	struct str word;

	while (str_word(&scope, &word)) {
		pool[(*n)++] = word;
		texts.n++;
	}
	return texts;
}

static void show(
	const struct account *account, struct http *http, const struct browser *browser, const json_t *person, const json_t *list)
{
	const struct broker *broker = &account->settings->broker;
	auto_free struct access_grant *rows = memory_new((json_array_size(list) + 1) * sizeof(struct access_grant));
	auto_free struct str *pool = memory_new(most_words(list) * sizeof(struct str));
	auto_page page = PAGE(broker->site_name);
	auto_secret token = BUF(64);
	size_t n = json_array_size(list), scopes = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(list, i);

		rows[i] = (struct access_grant){ .id = json_text(row, "id"),
			.client_name = json_text(row, "name"),
			.client_id = json_text(row, "client"),
			.resource = json_text(row, "resource"),
			.scopes = split(json_text(row, "scope"), pool, &scopes),
			.since = (int64_t)json_integer_value(json_object_get(row, "since")),
			.last_used = (int64_t)json_integer_value(json_object_get(row, "used")) };
	}
	browser_form_token(browser, json_text(person, "subject"), &token);
	page_access(&page,
		&(struct access){ .user = json_text(person, "name"),
			.grants = rows,
			.grants_n = n,
			.table = { broker->meaning, broker->n_meanings },
			.action = STR(ACCOUNT_END_PATH),
			.sign_out = STR(SIGN_OUT_PATH),
			.token = buf_str(&token) });
	site_show(http, account->settings, browser, 200, &page);
}

bool account_show(const struct account *account, struct http *http, const struct browser *browser, int64_t now)
{
	auto_json *person = open_person(account, http, browser, now);
	auto_json *list = json_array();
	auto_buf owner = BUF(STORE_LABEL_BYTES);

	if (person == NULL)
		return false;
	grants_owner(json_text(person, "provider"), json_text(person, "subject"), &owner);
	if (grants_each(account->grants, buf_str(&owner), now, add, list) == GRANTS_GOOD)
		show(account, http, browser, person, list);
	else
		site_refuse(http, account->settings, browser, PROBLEM_UNAVAILABLE, STR_NONE, "the grants can't be read");
	return true;
}

/* ---- its forms ---- */

/* The person whose page sent this form; NULL, and answered, when it was another page. new */
static json_t *take_form(const struct account *account, struct http *http, const struct browser *browser, int64_t now,
	struct str form, struct form_field *grant, char **memory)
{
	struct form_field field[] = { { .name = "token" }, { .name = "grant" } };
	json_t *person = open_person(account, http, browser, now);

	if (person == NULL) {
		site_refuse(http, account->settings, browser, PROBLEM_EXPIRED, STR_NONE, "nobody is signed in");
		return NULL;
	}
	if (form_read(form, field, 2, memory) && field[0].copies == 1 && field[1].copies <= 1 &&
		browser_sent_form(http, browser, json_text(person, "subject"), field[0].value)) {
		*grant = field[1];
		return person;
	}
	json_decref(person);
	site_refuse(http, account->settings, browser, PROBLEM_FORM, STR_NONE, "the form is not ours");
	return NULL;
}

void account_end(const struct account *account, struct http *http, const struct browser *browser, struct str form, int64_t now)
{
	struct form_field grant = { 0 };
	auto_free char *memory = NULL;
	auto_json *person = take_form(account, http, browser, now, form, &grant, &memory);
	auto_buf owner = BUF(STORE_LABEL_BYTES);

	if (person == NULL)
		return;
	grants_owner(json_text(person, "provider"), json_text(person, "subject"), &owner);
	/* One that is not there, or not theirs, is none that they have to see ended. */
	if (grants_end(account->grants, grant.value, buf_str(&owner), now) == GRANTS_UNAVAILABLE)
		site_refuse(http, account->settings, browser, PROBLEM_UNAVAILABLE, STR_NONE, "the grant can't be ended");
	else
		site_go(http, STR(ACCOUNT_PATH));
}

void account_sign_out(const struct account *account, struct http *http, const struct browser *browser, struct str form, int64_t now)
{
	struct form_field grant = { 0 };
	auto_free char *memory = NULL;
	auto_json *person = take_form(account, http, browser, now, form, &grant, &memory);
	auto_page page = PAGE(account->settings->broker.site_name);

	if (person == NULL)
		return;
	page_signed_out(&page, STR(ACCOUNT_PATH));
	site_show_ended(http, account->settings, browser, &page, COOKIE);
}
