/* SPDX-License-Identifier: MIT */
/* policy and identity: what follows once a principal is known. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "policy.h"

static const struct issuer issuer_a = { .identifier = { "https://a.example", 17 } };
static const struct issuer issuer_b = { .identifier = { "https://b.example", 17 } };

static struct str groups[] = { { "staff", 5 }, { "mcp users", 9 } };
static struct str scopes[] = { { "mcp:read", 8 } };

static struct principal alice(void)
{
	return (struct principal){ .issuer = &issuer_a, .subject = STR("alice"), .user = STR("alice"), .email = STR("Alice@Example.com"),
		.email_verified = true, .name = STR("Alice"), .client = STR("app"), .groups = { groups, 2 }, .scopes = { scopes, 1 } };
}

static enum outcome allow(struct rule rule, const struct principal *principal)
{
	struct resource resource = { .allow = { &rule, 1 } };

	return policy_allow(&resource, principal);
}

static enum outcome deny(struct rule rule, const struct principal *principal)
{
	struct rule any = { .kind = RULE_ANY };
	struct resource resource = { .allow = { &any, 1 }, .deny = { &rule, 1 } };

	return policy_allow(&resource, principal);
}

static void test_each_kind_of_rule_matches_exactly(void **state)
{
	static const struct {
		enum rule_kind kind;
		const char *match, *other;
	} rows[] = {
		{ RULE_SUBJECT, "alice", "Alice" },
		{ RULE_EMAIL, "alice@example.com", "alice@example.co" },
		{ RULE_DOMAIN, "example.com", "ample.com" },
		{ RULE_GROUP, "mcp users", "mcp" },
		{ RULE_CLIENT, "app", "ap" },
	};
	struct principal principal = alice();

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_int_equal(allow((struct rule){ rows[i].kind, str_from(rows[i].match), NULL }, &principal), OUTCOME_ALLOW);
		assert_int_equal(allow((struct rule){ rows[i].kind, str_from(rows[i].other), NULL }, &principal), OUTCOME_NOT_ALLOWED);
		assert_int_equal(deny((struct rule){ rows[i].kind, str_from(rows[i].match), NULL }, &principal), OUTCOME_DENIED);
		assert_int_equal(deny((struct rule){ rows[i].kind, str_from(rows[i].other), NULL }, &principal), OUTCOME_ALLOW);
	}
}

static void test_no_rule_admits_nobody(void **state)
{
	struct resource resource = { 0 };
	struct principal principal = alice();

	(void)state;
	assert_int_equal(policy_allow(&resource, &principal), OUTCOME_NOT_ALLOWED);
}

static void test_PO_01_deny_wins_over_allow(void **state)
{
	struct rule rules[] = { { RULE_SUBJECT, STR("alice"), NULL } };
	struct resource resource = { .allow = { rules, 1 }, .deny = { rules, 1 } };
	struct principal principal = alice();

	(void)state;
	assert_int_equal(policy_allow(&resource, &principal), OUTCOME_DENIED);
}

static void test_CL_08_PO_02_a_rule_of_one_issuer_is_not_for_another(void **state)
{
	struct principal principal = alice();

	(void)state;
	assert_int_equal(allow((struct rule){ RULE_SUBJECT, STR("alice"), &issuer_a }, &principal), OUTCOME_ALLOW);
	assert_int_equal(allow((struct rule){ RULE_SUBJECT, STR("alice"), &issuer_b }, &principal), OUTCOME_NOT_ALLOWED);
	assert_int_equal(allow((struct rule){ RULE_ANY, STR_NONE, &issuer_b }, &principal), OUTCOME_NOT_ALLOWED);
}

static void test_CL_09_rules_about_people_never_let_a_client_in(void **state)
{
	static const enum rule_kind kinds[] = { RULE_SUBJECT, RULE_EMAIL, RULE_DOMAIN, RULE_GROUP };
	static const char *const values[] = { "alice", "alice@example.com", "example.com", "staff" };
	struct principal principal = alice();

	(void)state;
	principal.is_client = true;
	for (size_t i = 0; i < N_OF(kinds); i++) {
		assert_int_equal(allow((struct rule){ kinds[i], str_from(values[i]), NULL }, &principal), OUTCOME_NOT_ALLOWED);
		/* They keep it out all the same. */
		assert_int_equal(deny((struct rule){ kinds[i], str_from(values[i]), NULL }, &principal), OUTCOME_DENIED);
	}
	assert_int_equal(allow((struct rule){ RULE_CLIENT, STR("app"), NULL }, &principal), OUTCOME_ALLOW);
}

static void test_CL_13_client_rule(void **state)
{
	struct principal principal = alice();

	(void)state;
	principal.client = STR_NONE;
	assert_int_equal(allow((struct rule){ RULE_CLIENT, STR("app"), NULL }, &principal), OUTCOME_NOT_ALLOWED);
}

static void test_CL_15_unknown_groups_deny(void **state)
{
	struct principal principal = alice();

	(void)state;
	principal.groups_overage = true;
	assert_int_equal(allow((struct rule){ RULE_GROUP, STR("staff"), NULL }, &principal), OUTCOME_ALLOW);
	assert_int_equal(allow((struct rule){ RULE_GROUP, STR("admins"), NULL }, &principal), OUTCOME_GROUPS_UNKNOWN);
	assert_int_equal(deny((struct rule){ RULE_GROUP, STR("banned"), NULL }, &principal), OUTCOME_GROUPS_UNKNOWN);
}

static void test_CL_16_only_verified_mail_lets_in(void **state)
{
	struct principal principal = alice();

	(void)state;
	principal.email_verified = false;
	assert_int_equal(allow((struct rule){ RULE_EMAIL, STR("alice@example.com"), NULL }, &principal), OUTCOME_EMAIL_UNVERIFIED);
	assert_int_equal(allow((struct rule){ RULE_DOMAIN, STR("example.com"), NULL }, &principal), OUTCOME_EMAIL_UNVERIFIED);
	assert_int_equal(deny((struct rule){ RULE_EMAIL, STR("alice@example.com"), NULL }, &principal), OUTCOME_DENIED);
	principal.email_verified = true;
	principal.email = STR("alice@example.com.evil");
	assert_int_equal(allow((struct rule){ RULE_DOMAIN, STR("example.com"), NULL }, &principal), OUTCOME_NOT_ALLOWED);
	principal.email = STR("\"x@example.com\"@evil.example");
	assert_int_equal(allow((struct rule){ RULE_DOMAIN, STR("example.com"), NULL }, &principal), OUTCOME_NOT_ALLOWED);
	principal.email = STR("example.com");
	assert_int_equal(allow((struct rule){ RULE_DOMAIN, STR("example.com"), NULL }, &principal), OUTCOME_NOT_ALLOWED);
}

static void test_CH_08_all_required_scopes(void **state)
{
	struct str required[] = { STR("mcp:read"), STR("mcp:write") };
	struct resource resource = { .require_scopes = { required, 1 } };
	struct principal principal = alice();

	(void)state;
	assert_int_equal(policy_scopes(&resource, &principal), OUTCOME_ALLOW);
	resource.require_scopes.n = 2;
	assert_int_equal(policy_scopes(&resource, &principal), OUTCOME_INSUFFICIENT_SCOPE);
	principal.scopes.n = 0;
	resource.require_scopes.n = 1;
	assert_int_equal(policy_scopes(&resource, &principal), OUTCOME_INSUFFICIENT_SCOPE);
	resource.require_scopes.n = 0;
	assert_int_equal(policy_scopes(&resource, &principal), OUTCOME_ALLOW);
}

static void test_a_copy_stands_alone(void **state)
{
	char subject[] = "alice";
	struct principal principal = alice(), *copy;
	size_t bytes;

	(void)state;
	principal.subject = str_from(subject);
	copy = principal_copy(&principal, &bytes);
	memset(subject, 'x', 5);
	assert_str(copy->subject, "alice");
	assert_str(copy->email, "Alice@Example.com");
	assert_str(copy->client, "app");
	assert_int_equal(copy->groups.n, 2);
	assert_str(copy->groups.word[1], "mcp users");
	assert_str(copy->scopes.word[0], "mcp:read");
	assert_true(bytes > sizeof(*copy));
	free(copy);
}

static struct str identity(const struct principal *principal, size_t index)
{
	static struct buf out = { .limit = 8192 };

	buf_clear(&out);
	identity_value(principal, index, &out);
	return buf_str(&out);
}

static void test_identity_headers(void **state)
{
	struct principal principal = alice();
	static const char *const expected[IDENTITY_FIELDS] = { "alice", "alice", "https://a.example", "Alice@Example.com", "Alice",
		"staff,mcp users", "mcp:read", "app" };

	(void)state;
	for (size_t i = 0; i < IDENTITY_FIELDS; i++)
		assert_str(identity(&principal, i), expected[i]);
}

static void test_HD_21_values_are_safe_for_headers(void **state)
{
	struct principal principal = alice();
	struct str odd[] = { STR("a,admins"), STR("b") };

	(void)state;
	principal.name = STR("Zo\xc3\xab");
	assert_str(identity(&principal, 4), "=?base64?Wm/Dqw==?=");
	principal.name = STR("x\r\nRemote-User: root");
	assert_true(str_starts(identity(&principal, 4), STR("=?base64?")));
	principal.name = STR("=?base64?YWRtaW4=?=");
	assert_false(str_eq(identity(&principal, 4), principal.name));
	principal.name = STR(" padded ");
	assert_true(str_starts(identity(&principal, 4), STR("=?base64?")));
	/* A group with a comma in its name must not read as two. */
	principal.groups = (struct words){ odd, 2 };
	assert_str(identity(&principal, 5), "b");
}

static void test_groups_header_is_capped(void **state)
{
	static struct str many[256];
	struct principal principal = alice();
	struct str value;

	(void)state;
	for (size_t i = 0; i < N_OF(many); i++)
		many[i] = STR("a-group-with-quite-a-long-name");
	principal.groups = (struct words){ many, N_OF(many) };
	value = identity(&principal, 5);
	assert_true(value.n <= IDENTITY_LIST_BYTES && value.n > IDENTITY_LIST_BYTES / 2);
}

/* What a rule needs is asked for, whichever of the names of a broker's people it says. */
static void test_PO_02_rules_are_looked_for_under_each_name_of_people(void **state)
{
	struct issuer issuers[] = { issuer_a, issuer_b, { .identifier = STR("https://c.example") } };
	const struct issuer *login = &issuers[0], *own = &issuers[1], *other = &issuers[2], *names[] = { NULL, login, own };

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		struct rule rule = { .kind = RULE_ORGANIZATION, .issuer = names[i] };
		struct operation_rule operation = { .deny = { &rule, 1 } };
		struct resource resources[] = { { .allow = { &rule, 1 } }, { .deny = { &rule, 1 } }, { .operation = &operation, .n_operations = 1 } };

		for (size_t k = 0; k < N_OF(resources); k++) {
			const struct settings settings = { .resource = &resources[k], .n_resources = 1, .broker = { .login = login, .own = own } };

			assert_true(policy_looks_at(&settings, login, RULE_ORGANIZATION));
			assert_false(policy_looks_at(&settings, login, RULE_TEAM));
			assert_int_equal(policy_looks_at(&settings, other, RULE_ORGANIZATION), names[i] == NULL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_of_rule_matches_exactly),
		cmocka_unit_test(test_no_rule_admits_nobody),
		cmocka_unit_test(test_PO_01_deny_wins_over_allow),
		cmocka_unit_test(test_CL_08_PO_02_a_rule_of_one_issuer_is_not_for_another),
		cmocka_unit_test(test_CL_09_rules_about_people_never_let_a_client_in),
		cmocka_unit_test(test_CL_13_client_rule),
		cmocka_unit_test(test_CL_15_unknown_groups_deny),
		cmocka_unit_test(test_CL_16_only_verified_mail_lets_in),
		cmocka_unit_test(test_CH_08_all_required_scopes),
		cmocka_unit_test(test_PO_02_rules_are_looked_for_under_each_name_of_people),
		cmocka_unit_test(test_a_copy_stands_alone),
		cmocka_unit_test(test_identity_headers),
		cmocka_unit_test(test_HD_21_values_are_safe_for_headers),
		cmocka_unit_test(test_groups_header_is_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
