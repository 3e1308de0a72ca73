/* SPDX-License-Identifier: MIT */
/* What userinfo says of a person, added to what a token proved: it may never tell for whom the token is or what it may do. */
#include "fuzz.h"
#include "introspection.h"
#include "userinfo.h"

static const char *const proven[] = { "iss", "aud", "exp", "nbf", "iat", "jti", "scope", "scp", "client_id", "azp", "cid", "appid", "cnf", "active" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *claims = json_pack("{s:s,s:s}", "sub", "alice", "email", "alice@example.com"), *found = NULL, *before;
	int status = size != 0 && data[0] == '!' ? 401 : 200;
	enum outcome outcome = answer_read(ANSWER_USERINFO, status, true, fuzz_text(data, size), &found);

	must((outcome == OUTCOME_ALLOW) == (found != NULL));
	must(status == 200 || outcome == OUTCOME_INACTIVE);
	if (found != NULL) {
		must(json_text(found, "sub").n != 0);
		before = json_deep_copy(claims);
		if (claims_add_userinfo(claims, found, STR("realm.scope"), STR("app.client"))) {
			must(str_is(json_text(found, "sub"), "alice"));
			must(str_is(json_text(claims, "email"), "alice@example.com"));
			for (size_t i = 0; i < sizeof(proven) / sizeof(proven[0]); i++)
				must(json_object_get(claims, proven[i]) == NULL);
		} else {
			must(json_equal(claims, before));
		}
		json_decref(before);
	}
	json_decref(found);
	json_decref(claims);

	/* The same bytes as a list of organizations, and of teams: texts, each team with its organization. */
	for (int teams = 0; teams < 2; teams++) {
		bool whole;
		json_t *list = memberships_read(STR("https://api.example/orgs?per_page=2"), fuzz_text(data, size), teams != 0, &whole);

		must(!whole || json_array_size(list) < 2);

		for (size_t i = 0; i < json_array_size(list); i++) {
			const json_t *item = json_array_get(list, i);

			must(json_string_length(item) != 0 && (!teams || str_has(str_from(json_string_value(item)), '/')));
		}
		json_decref(list);
	}
	return 0;
}
