/* SPDX-License-Identifier: MIT */
#include "userinfo.h"

#define DEPTH 12
#define MEMBERS 256
#define PAGE 30       /* of GitHub, unless the URL says per_page */
#define PAGE_MOST 100 /* whatever it says */

static void add_membership(json_t *list, const json_t *item, bool teams)
{
	auto_buf name = BUF(512);

	if (teams) {
		buf_add(&name, json_text(json_object_get(item, "organization"), "login"));
		buf_add_byte(&name, '/');
	}
	buf_add(&name, json_text(item, teams ? "slug" : "login"));
	if (!name.failed && name.n > 1)
		(void)json_array_append_new(list, json_from_str(buf_str(&name)));
}

/* How many the provider lists at once: what the URL says after per_page=. */
static uint64_t page_of(struct str url)
{
	struct str query = url, pair, name;
	uint64_t page = PAGE;

	(void)!str_cut(&query, '?', &pair);
	while (str_cut(&query, '&', &pair)) {
		if (str_cut(&pair, '=', &name) && str_is(name, "per_page"))
			(void)!str_number(pair, INT32_MAX, &page);
	}
	return page < PAGE_MOST ? page : PAGE_MOST;
}

json_t *memberships_read(struct str url, struct str body, bool teams, bool *whole)
{
	auto_json *items = json_read_array(body, (struct json_limits){ ANSWER_BYTES, DEPTH, MEMBERS });
	const json_t *item;
	json_t *list;
	size_t i;

	*whole = items != NULL && json_array_size(items) < page_of(url);
	if (items == NULL)
		return NULL;
	list = json_array();
	json_array_foreach (items, i, item)
		add_membership(list, item, teams);
	return list;
}

bool claims_add_missing(json_t *claims, const json_t *more)
{
	const json_t *email = json_object_get(claims, "email"), *another = json_object_get(more, "email");
	json_t *missing = json_copy((json_t *)(uintptr_t)more);

	/* It speaks of the address beside it, never of another one. */
	if (email != NULL && !json_equal(email, another))
		(void)json_object_del(missing, "email_verified");
	else if (email == NULL && another != NULL)
		(void)json_object_del(claims, "email_verified");
	return json_object_update_missing_new(claims, missing) == 0;
}

bool claims_add_userinfo(json_t *claims, const json_t *userinfo, struct str scope_claim, struct str client_claim)
{
	static const char *const not_its_business[] = { "active", "iss", "aud", "exp", "nbf", "iat", "jti", "scope", "scp",
		"scopes", "permissions", "client_id", "azp", "cid", "appid", "cnf", "token_type", "typ", "token_use" };
	const json_t *one = json_object_get(claims, "sub"), *other = json_object_get(userinfo, "sub");

	if (one != NULL && !json_equal(one, other))
		return false;
	auto_json *more = json_copy((json_t *)(uintptr_t)userinfo);
	for (size_t i = 0; i < sizeof(not_its_business) / sizeof(not_its_business[0]); i++)
		(void)json_object_del(more, not_its_business[i]);
	json_remove_at(more, scope_claim);
	json_remove_at(more, client_claim);
	return claims_add_missing(claims, more);
}
