/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "challenge.h"
#include "json.h"

#define METADATA "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"

static struct str required[] = { { "mcp:read", 8 }, { "mcp:list", 8 } };
static struct str published[] = { { "mcp:read", 8 }, { "mcp:list", 8 }, { "mcp:write", 9 } };

static struct resource a_resource(void)
{
	struct resource resource = { .identifier = STR("https://mcp.example.com/mcp"), .challenge_granted = true };

	assert_true(url_parse(resource.identifier, &resource.url));
	resource.require_scopes = (struct words){ required, 2 };
	resource.publish_scopes = (struct words){ published, 3 };
	return resource;
}

static struct str challenge(const struct resource *resource, enum outcome outcome, const struct principal *principal)
{
	static struct buf out = { .limit = 4096 };

	buf_clear(&out);
	challenge_write(resource, outcome, principal, NULL, &out);
	return buf_str(&out);
}

static void test_CH_01_CH_02_no_credential(void **state)
{
	struct resource resource = a_resource();

	(void)state;
	assert_str(challenge(&resource, OUTCOME_NO_CREDENTIAL, NULL),
		"Bearer resource_metadata=\"" METADATA "\", scope=\"mcp:read mcp:list\"");
}

static void test_CH_03_invalid_token(void **state)
{
	struct resource resource = a_resource();

	(void)state;
	assert_str(challenge(&resource, OUTCOME_EXPIRED, NULL),
		"Bearer error=\"invalid_token\", error_description=\"the token has expired\", resource_metadata=\"" METADATA
		"\", scope=\"mcp:read mcp:list\"");
}

static void test_CH_06_no_scope_parameter_without_scopes(void **state)
{
	struct resource resource = a_resource();

	(void)state;
	resource.require_scopes = (struct words){ NULL, 0 };
	assert_str(challenge(&resource, OUTCOME_NO_CREDENTIAL, NULL), "Bearer resource_metadata=\"" METADATA "\"");
}

static void test_CH_08_CH_09_step_up_names_all_scopes(void **state)
{
	struct resource resource = a_resource();
	struct str held[] = { STR("openid"), STR("mcp:write"), STR("mcp:read") };
	struct principal principal = { .scopes = { held, 3 } };

	(void)state;
	assert_str(challenge(&resource, OUTCOME_INSUFFICIENT_SCOPE, &principal),
		"Bearer error=\"insufficient_scope\", error_description=\"the token lacks a scope that is needed here\", "
		"resource_metadata=\"" METADATA "\", scope=\"mcp:read mcp:list mcp:write\"");
	resource.challenge_granted = false;
	assert_str(challenge(&resource, OUTCOME_INSUFFICIENT_SCOPE, &principal),
		"Bearer error=\"insufficient_scope\", error_description=\"the token lacks a scope that is needed here\", "
		"resource_metadata=\"" METADATA "\", scope=\"mcp:read mcp:list\"");
}

static void test_CH_09_CH_10_a_call_needs_the_scopes_of_its_rules_too(void **state)
{
	struct str of_call[] = { STR("mcp:call"), STR("mcp:read"), STR("mcp:lock") }, of_rules[] = { STR("mcp:other") };
	struct str held[] = { STR("openid"), STR("mcp:admin"), STR("mcp:other") };
	struct implication implication = { STR("mcp:admin"), { of_call, 1 } };
	const struct words needed = { of_call, 3 };
	const struct principal principal = { .scopes = { held, 3 } };
	struct resource resource = a_resource();
	auto_buf out = BUF(4096);

	(void)state;
	resource.operation_scopes = (struct words){ of_rules, 1 };
	resource.implication = &implication;
	resource.n_implications = 1;
	challenge_write(&resource, OUTCOME_INSUFFICIENT_SCOPE, &principal, &needed, &out);
	/* In the order of the settings, each once; then what is granted and known: one that rules name, one that includes others. */
	assert_true(str_ends(buf_str(&out), STR("scope=\"mcp:read mcp:list mcp:call mcp:lock mcp:admin mcp:other\"")));
	buf_clear(&out);
	resource.challenge_granted = false;
	challenge_write(&resource, OUTCOME_INSUFFICIENT_SCOPE, &principal, &needed, &out);
	assert_true(str_ends(buf_str(&out), STR("scope=\"mcp:read mcp:list mcp:call mcp:lock\"")));
}

static void test_CH_11_no_challenge_where_login_does_not_help(void **state)
{
	static const enum outcome outcomes[] = { OUTCOME_NOT_ALLOWED, OUTCOME_DENIED, OUTCOME_EMAIL_UNVERIFIED, OUTCOME_GROUPS_UNKNOWN,
		OUTCOME_ORIGIN_REFUSED };
	struct resource resource = a_resource();

	(void)state;
	for (size_t i = 0; i < N_OF(outcomes); i++) {
		assert_int_equal(outcome_row(outcomes[i])->status, 403);
		assert_int_equal(challenge(&resource, outcomes[i], NULL).n, 0);
	}
}

/* Every outcome's challenge holds to RFC 6750 3 and survives clients that search or split (CH-15, CH-16, CH-17). */
static void test_CH_15_CH_16_CH_17_form_of_every_challenge(void **state)
{
	struct resource resource = a_resource();

	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		const struct outcome_row *row = outcome_row((enum outcome)i);
		struct str text = challenge(&resource, (enum outcome)i, NULL), rest, piece;

		assert_int_equal(text.n != 0, row->challenge);
		if (text.n == 0)
			continue;
		assert_true(str_starts(text, STR("Bearer ")));
		assert_true(str_is_printable(text));
		for (size_t k = 0; row->description != NULL && row->description[k] != '\0'; k++)
			assert_null(strchr(",=\"\\", row->description[k]));
		rest = str_skip(text, 7);
		while (str_cut(&rest, ',', &piece)) {
			struct str name, value = str_trim(piece);

			assert_true(str_cut(&value, '=', &name));
			assert_true(str_is(name, "error") || str_is(name, "error_description") || str_is(name, "scope") ||
				    str_is(name, "resource_metadata"));
			assert_true(value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"');
			assert_false(str_has(str_first(str_skip(value, 1), value.n - 2), '"'));
		}
	}
}

static void test_CH_18_cryptographic_reasons_read_the_same(void **state)
{
	static const enum outcome outcomes[] = { OUTCOME_BAD_SIGNATURE, OUTCOME_UNKNOWN_KEY, OUTCOME_BAD_ALGORITHM, OUTCOME_AMBIGUOUS_KEY,
		OUTCOME_MALFORMED_TOKEN, OUTCOME_UNKNOWN_ISSUER, OUTCOME_BAD_TYPE, OUTCOME_CRITICAL_HEADER };

	(void)state;
	for (size_t i = 1; i < N_OF(outcomes); i++)
		assert_string_equal(outcome_row(outcomes[0])->description, outcome_row(outcomes[i])->description);
}

static void test_BD_01_BD_03_BD_05_bodies_are_small_json(void **state)
{
	struct resource resource = a_resource();

	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		for (int form = ERROR_BODY_OAUTH; form <= ERROR_BODY_JSONRPC; form++) {
			auto_buf body = BUF(4096);
			json_t *json;

			resource.error_body = (enum error_body)form;
			challenge_body(&resource, (enum outcome)i, &body);
			if (body.n == 0)
				continue;
			json = json_read_object(buf_str(&body), (struct json_limits){ 4096, 4, 8 });
			assert_non_null(json);
			assert_null(json_object_get(json, "id"));
			if (outcome_row((enum outcome)i)->jsonrpc != 0) {
				assert_int_equal(json_integer_value(json_at(json, STR("error.code"))), outcome_row((enum outcome)i)->jsonrpc);
			} else if (form == ERROR_BODY_OAUTH) {
				assert_str(json_text(json, "error"), outcome_row((enum outcome)i)->error);
				assert_true(json_text(json, "error_description").n != 0);
			} else {
				/* JSON-RPC keeps -32768 to -32000 for itself and MCP. */
				assert_int_equal(json_integer_value(json_at(json, STR("error.code"))), outcome_row((enum outcome)i)->status);
				assert_str(json_text(json_at(json, STR("error.data")), "error"), outcome_row((enum outcome)i)->error);
			}
			json_decref(json);
		}
	}
}

/* The zero value and every value that nobody planned for deny. */
static void test_only_one_outcome_admits(void **state)
{
	(void)state;
	for (int i = -2; i < OUTCOME_COUNT + 3; i++)
		assert_int_equal(outcome_row((enum outcome)i)->status == 200, i == OUTCOME_ALLOW);
	assert_int_equal(outcome_row((enum outcome)0)->status, 503);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_CH_01_CH_02_no_credential),
		cmocka_unit_test(test_CH_03_invalid_token),
		cmocka_unit_test(test_CH_06_no_scope_parameter_without_scopes),
		cmocka_unit_test(test_CH_08_CH_09_step_up_names_all_scopes),
		cmocka_unit_test(test_CH_09_CH_10_a_call_needs_the_scopes_of_its_rules_too),
		cmocka_unit_test(test_CH_11_no_challenge_where_login_does_not_help),
		cmocka_unit_test(test_CH_15_CH_16_CH_17_form_of_every_challenge),
		cmocka_unit_test(test_CH_18_cryptographic_reasons_read_the_same),
		cmocka_unit_test(test_BD_01_BD_03_BD_05_bodies_are_small_json),
		cmocka_unit_test(test_only_one_outcome_admits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
