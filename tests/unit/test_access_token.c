/* SPDX-License-Identifier: MIT */
/* What we mint must be what auth-check reads, in its strictest mood. */
#include "unit.h"

#include "access_token.h"
#include "claims.h"
#include "keys.h"

#define NOW 1800000000

static struct str staff[] = { { "staff", 5 } }, org[] = { { "example", 7 } }, team[] = { { "example/devs", 12 } };

static const struct issuer provider = { .identifier = { "https://idp.example", 19 } };
static const struct issuer ours = { .identifier = { "https://mcp.example", 19 }, .subject_claim = { "sub", 3 }, .user_claim = { "preferred_username", 18 },
	.groups_claim = { "groups", 6 }, .organizations_claim = { "organizations", 13 }, .grant_claim = { "grant_id", 8 }, .typ_strict = true,
	.single_audience = true, .skew = 30, .max_lifetime = 3600 };

static struct resource a_resource(void)
{
	struct resource resource = { .identifier = STR("https://mcp.example/mcp") };

	assert_true(url_parse(resource.identifier, &resource.url));
	return resource;
}

static void test_BK_11_BK_03_what_is_minted_is_admitted_for_its_resource_only(void **state)
{
	const struct principal alice = { .issuer = &provider, .subject = STR("a|1"), .user = STR("al"), .email = STR("a@b.example"), .email_verified = true,
		.name = STR("Alice"), .hosted_domain = STR("b.example"), .groups = { staff, 1 }, .organizations = { org, 1 }, .teams = { team, 1 } };
	struct resource resource = a_resource(), other = a_resource();
	const struct access_token token = { .issuer = ours.identifier, .resource = &resource, .principal = &alice, .client = STR("https://c.example/client.json"),
		.scope = STR("read write"), .id = STR("jti-1"), .grant = STR("grant-1"), .now = NOW, .lifetime = 600 };
	auto_json *made = access_token_claims(&token);
	auto_json *header = access_token_header(STR("key-1"));
	struct claims claims;

	(void)state;
	assert_str(json_text(header, "typ"), "at+jwt");
	assert_str(json_text(header, "kid"), "key-1");
	assert_int_equal(claims_judge(made, EVIDENCE_ACCESS_TOKEN, &ours, &resource, NOW, &claims), OUTCOME_ALLOW);
	assert_str(claims.principal.subject, "a|1");
	assert_str(claims.principal.user, "al");
	assert_str(claims.principal.email, "a@b.example");
	assert_true(claims.principal.email_verified);
	assert_str(claims.principal.client, "https://c.example/client.json");
	assert_str(claims.principal.id, "jti-1");
	assert_str(claims.principal.grant, "grant-1");
	assert_str(claims.principal.hosted_domain, "b.example");
	assert_int_equal(claims.principal.scopes.n, 2);
	assert_true(words_have(&claims.principal.groups, STR("staff")));
	assert_true(words_have(&claims.principal.organizations, STR("example")));
	assert_true(words_have(&claims.principal.teams, STR("example/devs")));
	assert_false(claims.principal.is_client);
	assert_int_equal(claims.principal.expires, NOW + 600);
	assert_int_equal(claims_judge(made, EVIDENCE_ACCESS_TOKEN, &ours, &resource, NOW + 631, &claims), OUTCOME_EXPIRED);
	other.identifier = STR("https://mcp.example/other");
	assert_int_equal(claims_judge(made, EVIDENCE_ACCESS_TOKEN, &ours, &other, NOW, &claims), OUTCOME_WRONG_AUDIENCE);
	assert_int_equal(claims_judge(made, EVIDENCE_ACCESS_TOKEN, &provider, &resource, NOW, &claims), OUTCOME_UNKNOWN_ISSUER);
}

static void test_BK_11_what_is_not_known_is_not_said(void **state)
{
	const struct principal bob = { .issuer = &provider, .subject = STR("bob") };
	struct resource resource = a_resource();
	const struct access_token token = { .issuer = ours.identifier, .resource = &resource, .principal = &bob, .client = STR("c"), .id = STR("j"),
		.grant = STR("g"), .now = NOW, .lifetime = 60 };
	static const char *const absent[] = { "email", "email_verified", "name", "scope", "groups", "hd", "preferred_username", "organizations", "teams" };
	auto_json *made = access_token_claims(&token);

	(void)state;
	for (size_t i = 0; i < N_OF(absent); i++)
		assert_null(json_object_get(made, absent[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_BK_11_BK_03_what_is_minted_is_admitted_for_its_resource_only),
		cmocka_unit_test(test_BK_11_what_is_not_known_is_not_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
