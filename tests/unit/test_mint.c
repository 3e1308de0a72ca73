/* SPDX-License-Identifier: MIT */
/* Access tokens of what was granted, as auth-check and revocation read them. */
#include "grants_fixture.h"

#include "access_token.h"
#include "keyring.h"
#include "mint.h"

static struct signing_key *signing;

/* As gatehouse keys makes it: what its file holds, and the file's name; the index names it already. */
static void name_signing_key(struct buf *secret, struct buf *name)
{
	auto_buf pem = BUF(KEYRING_PEM_BYTES);
	struct signer *signer;
	json_t *public_key;

	assert_true(crypto_make_key(&pem));
	signer = signer_new(buf_str(&pem));
	public_key = signer_public(signer);
	keyring_file(json_text(public_key, "kid"), name);
	buf_add(secret, buf_str(&pem));
	auto_json *ring = json_pack("{s:{s:o,s:i},s:{s:{s:s}},s:[]}", "signing", "key", public_key, "since", 1, "next", "key", "kid", "next", "retired");
	assert_true(keyring_write(&state, ring));
	signer_free(signer);
}

static void make_signing_key(void)
{
	auto_buf secret = BUF(KEYRING_PEM_BYTES), name = BUF(256);

	name_signing_key(&secret, &name);
	assert_true(state_replace(&state, name.p, buf_str(&secret)));
}

static int mint_begin(void **unused)
{
	(void)grants_begin(unused);
	own.subject_claim = STR("sub");
	own.user_claim = STR("preferred_username");
	own.groups_claim = STR("groups");
	own.organizations_claim = STR("organizations");
	own.scope_claim = STR("scope");
	own.client_claim = STR("client_id");
	own.single_audience = own.typ_strict = true;
	own.max_lifetime = 900;
	make_signing_key();
	signing = signing_key_new(&state);
	return 0;
}

static int mint_finish(void **unused)
{
	signing_key_free(signing);
	return grants_finish(unused);
}
#define MINT_TEST(function) cmocka_unit_test_setup_teardown(function, mint_begin, mint_finish)

/* A grant of these claims, redeemed. */
static void grant_claims(json_t *claims)
{
	struct grant grant = grant_of(claims);
	auto_buf code = CODE_BUF;

	assert_int_equal(issue_grant(&grant, NOW, &code), GRANTS_GOOD);
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
}

static enum outcome judge_token(json_t *json, struct claims *claims)
{
	return claims_judge(json, EVIDENCE_ACCESS_TOKEN, &own, &resources[0], NOW, claims);
}

static void test_BK_11_BK_03_a_token_says_what_was_granted(void **unused)
{
	auto_json *who = id_claims("{\"groups\":[\"staff\"],\"email_verified\":true}");
	auto_buf token = BUF(MINT_BYTES), another = BUF(MINT_BYTES);
	static struct claims claims;

	(void)unused;
	grant_claims(who);
	assert_true(mint_token(&settings, signing, &granted, NOW, &token));
	assert_true(mint_token(&settings, signing, &granted, NOW, &another));
	auto_json *json = mint_read(&settings, &state, buf_str(&token), NOW), *other = mint_read(&settings, &state, buf_str(&another), NOW);
	assert_non_null(json);
	assert_str(json_text(json, "aud"), MCP);
	assert_str(json_text(json, "grant_id"), granted.grant.id.p != NULL ? json_string_value(json_object_get(granted.memory, "id")) : "");
	assert_int_equal(json_integer_value(json_object_get(json, "exp")), NOW + 900);
	assert_false(str_eq(json_text(json, "jti"), json_text(other, "jti")));
	assert_null(json_object_get(json, "hasgroups"));
	assert_int_equal(judge_token(json, &claims), OUTCOME_ALLOW);
	assert_true(words_have(&claims.principal.groups, STR("staff")) && words_have(&claims.principal.scopes, STR("mcp:write")));
	assert_int_equal(claims_judge(json, EVIDENCE_ACCESS_TOKEN, &own, &resources[1], NOW, &claims), OUTCOME_WRONG_AUDIENCE);
}

static void test_BK_11_who_is_in_too_many_groups_is_in_unknown_ones(void **unused)
{
	auto_json *who = id_claims("{}");
	json_t *groups = json_array();
	auto_buf token = BUF(MINT_BYTES);
	static struct claims claims;

	(void)unused;
	for (int i = 0; i < 250; i++)
		(void)json_array_append_new(groups, json_sprintf("a-group-with-a-long-name-%d", i));
	(void)json_object_set_new(who, "groups", groups);
	grant_claims(who);
	int before = log_capture();
	assert_true(mint_token(&settings, signing, &granted, NOW, &token));
	log_release(before);
	assert_logged("access_token_too_large");
	assert_true(token.n <= ACCESS_TOKEN_BYTES);
	auto_json *json = mint_read(&settings, &state, buf_str(&token), NOW);
	assert_int_equal(judge_token(json, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.groups_overage && claims.principal.memberships_overage && claims.principal.groups.n == 0);
}

/* What the provider did not list is not what is not there. */
static void test_BK_11_what_the_provider_left_out_is_left_out_aloud(void **unused)
{
	auto_json *who = id_claims("{\"hasgroups\":true,\"memberships_unknown\":true}");
	auto_buf token = BUF(MINT_BYTES);
	static struct claims claims;

	(void)unused;
	grant_claims(who);
	assert_true(mint_token(&settings, signing, &granted, NOW, &token));
	auto_json *json = mint_read(&settings, &state, buf_str(&token), NOW);
	assert_int_equal(judge_token(json, &claims), OUTCOME_ALLOW);
	assert_true(claims.principal.groups_overage && claims.principal.memberships_overage);
}

static void test_BK_16_what_is_no_access_token_of_ours(void **unused)
{
	auto_json *who = id_claims("{}");
	auto_buf token = BUF(MINT_BYTES), foreign = BUF(TEST_TOKEN_BYTES);

	(void)unused;
	grant_claims(who);
	assert_true(mint_token(&settings, signing, &granted, NOW, &token));
	assert_null(mint_read(&settings, &state, str_first(buf_str(&token), token.n - 4), NOW));
	assert_null(mint_read(&settings, &state, STR("ghr_x"), NOW));
	assert_null(mint_read(&settings, &state, buf_str(&token), NOW + 900));
	sign_id_token(key, "{\"alg\":\"ES256\",\"kid\":\"one\",\"typ\":\"at+jwt\"}", "{\"iss\":\"https://gate.example\"}", &foreign);
	assert_null(mint_read(&settings, &state, buf_str(&foreign), NOW));
	settings.public_issuer = STR("https://gate.example:8443");
	assert_null(mint_read(&settings, &state, buf_str(&token), NOW));
	settings.public_issuer = own.identifier;
	make_signing_key();
	assert_null(mint_read(&settings, &state, buf_str(&token), NOW));
}

static void test_BK_09_without_a_key_there_is_no_token(void **unused)
{
	auto_json *who = id_claims("{}");
	auto_buf token = BUF(MINT_BYTES);

	(void)unused;
	grant_claims(who);
	assert_int_equal(unlinkat(state.directory, KEYRING_INDEX, 0), 0);
	int before = log_capture();
	assert_false(mint_token(&settings, signing, &granted, NOW, &token));
	log_release(before);
	assert_logged("gatehouse keys init");
	assert_int_equal(token.n, 0);
}

static bool signs_with(const char *file, int64_t now)
{
	auto_buf name = BUF(256);
	struct str kid;
	int before = log_capture();
	bool signs = signing_key_look(signing, now, &kid) != NULL;

	log_release(before);
	assert_true(signs);
	keyring_file(kid, &name);
	return strcmp(name.p, file) == 0;
}

/* Copied from another machine, the index may come before the key. */
static void test_BK_15_a_key_that_comes_after_its_name_is_taken_into_use(void **unused)
{
	auto_buf secret = BUF(KEYRING_PEM_BYTES), name = BUF(256);

	(void)unused;
	assert_false(signs_with("", NOW));
	name_signing_key(&secret, &name);
	assert_false(signs_with(name.p, NOW + 1));
	assert_logged("signing_key_refused");
	assert_true(state_replace(&state, name.p, buf_str(&secret)));
	assert_true(signs_with(name.p, NOW + 11));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MINT_TEST(test_BK_11_BK_03_a_token_says_what_was_granted),
		MINT_TEST(test_BK_11_who_is_in_too_many_groups_is_in_unknown_ones),
		MINT_TEST(test_BK_11_what_the_provider_left_out_is_left_out_aloud),
		MINT_TEST(test_BK_16_what_is_no_access_token_of_ours),
		MINT_TEST(test_BK_09_without_a_key_there_is_no_token),
		MINT_TEST(test_BK_15_a_key_that_comes_after_its_name_is_taken_into_use),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
