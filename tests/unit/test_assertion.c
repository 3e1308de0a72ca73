/* SPDX-License-Identifier: MIT */
/* What a signed assertion says, how long it is remembered, and which key signs when keys come, change and go. */
#include "jws_fixture.h"

#include <time.h>

#include "assertion.h"
#include "crypto.h"
#include "keyring.h"
#include "log.h"
#include "settings_helper.h"
#include "signer.h"
#include "state.h"

#define NOW 1800000000

static const struct issuer issuer = { .identifier = { "https://a.example", 17 } };
static const struct resource guarded = { .identifier = { "https://mcp.example.com/notes", 29 },
	.url.origin = { "https://mcp.example.com", 23 },
	.assertion = true,
	.assertion_audience = { "notes", 5 } };
static struct str groups[] = { { "staff", 5 }, { "a,b", 3 } };
static struct str scopes[] = { { "mcp:read", 8 }, { "mcp:write", 9 } };
static struct state state;
static struct assertions *assertions;
static char signing[64]; /* the kid */

static struct principal alice(void)
{
	return (struct principal){ .issuer = &issuer, .subject = STR("alice"), .user = STR("alice@home"), .email = STR("a@example.com"),
		.email_verified = true, .name = STR("Alice"), .client = STR("app"), .groups = { groups, 2 }, .scopes = { scopes, 2 } };
}

/* A new key that signs from now on, as gatehouse keys makes it; the one before stays in the index. */
static void make_key(void)
{
	auto_buf pem = BUF(KEYRING_PEM_BYTES), name = BUF(256);
	auto_json *before = keyring_read(&state), *ring = NULL;
	struct signer *signer;
	json_t *key;

	assert_true(crypto_make_key(&pem));
	signer = signer_new(buf_str(&pem));
	key = signer_public(signer);
	(void)snprintf(signing, sizeof(signing), "%s", json_string_value(json_object_get(key, "kid")));
	keyring_file(str_from(signing), &name);
	assert_true(state_replace(&state, name.p, buf_str(&pem)));
	ring = json_pack("{s:{s:o,s:i},s:{s:{s:s}},s:[]}", "signing", "key", key, "since", 1, "next", "key", "kid", "next", "retired");
	if (before != NULL)
		json_array_append_new(json_object_get(ring, "retired"),
			json_pack("{s:O,s:i}", "key", json_object_get(json_object_get(before, "signing"), "key"), "until", 2000000000));
	assert_true(keyring_write(&state, ring));
	signer_free(signer);
}

static int open_state(void **unused)
{
	auto_buf why = BUF(1024);

	if (make_directory(unused) != 0 || !state_open(&state, directory, &why))
		return -1;
	log_start("test", LOG_ERROR, false);
	make_key();
	assertions = assertions_new(&state);
	return 0;
}

static int close_state(void **unused)
{
	assertions_free(assertions);
	state_close(&state);
	return remove_directory(unused);
}

static void say(const struct resource *resource, const struct principal *principal, int64_t now, struct buf *out)
{
	assert_true(assertion_add(assertions, resource, principal, now, out));
}

/* The claims, once the published keys have verified it; its kid must be that one. new */
static json_t *claims_of(const struct buf *assertion, const char *kid)
{
	auto_json *ring = keyring_read(&state), *published = keyring_public(ring, NOW, NULL);
	auto_set *set = jwk_set_read(published);
	auto_jws jws = { 0 };

	assert_int_equal(jws_parse(buf_str(assertion), 0, &jws), OUTCOME_ALLOW);
	assert_str(jws.kid, kid);
	assert_str(jws.typ, "gatehouse-assertion+jwt");
	assert_int_equal(jws_verify(&jws, set), OUTCOME_ALLOW);
	return jws_claims(&jws);
}

static void test_HD_22_it_says_what_is_known_for_a_minute(void **unused)
{
	struct principal principal = alice();
	auto_buf assertion = BUF(ASSERTION_BYTES);
	auto_json *wanted = json_of("{\"iss\":\"https://mcp.example.com\",\"aud\":\"notes\",\"sub\":\"alice\",\"idp\":\"https://a.example\","
				    "\"preferred_username\":\"alice@home\",\"email\":\"a@example.com\",\"name\":\"Alice\",\"client_id\":\"app\","
				    "\"scope\":\"mcp:read mcp:write\",\"groups\":[\"staff\",\"a,b\"],\"iat\":1800000000,\"exp\":1800000060}");

	(void)unused;
	say(&guarded, &principal, NOW, &assertion);
	auto_json *claims = claims_of(&assertion, signing);
	assert_int_equal(json_text(claims, "jti").n, 22);
	json_object_del(claims, "jti");
	assert_true(json_equal(claims, wanted));
}

static void test_HD_22_what_is_not_known_is_not_said(void **unused)
{
	struct principal principal = { .issuer = &issuer, .subject = STR("s"), .email = STR("a@example.com") };
	auto_buf assertion = BUF(ASSERTION_BYTES);

	(void)unused;
	say(&guarded, &principal, NOW, &assertion);
	auto_json *claims = claims_of(&assertion, signing);
	assert_int_equal(json_object_size(claims), 8);
	assert_null(json_object_get(claims, "email"));
	assert_int_equal(json_array_size(json_object_get(claims, "groups")), 0);
}

static void test_HD_22_it_is_remembered_for_half_of_its_life(void **unused)
{
	struct principal principal = alice();
	auto_buf first = BUF(ASSERTION_BYTES), same = BUF(ASSERTION_BYTES), later = BUF(ASSERTION_BYTES), earlier = BUF(ASSERTION_BYTES);

	(void)unused;
	say(&guarded, &principal, NOW, &first);
	say(&guarded, &principal, NOW + 29, &same);
	assert_string_equal(first.p, same.p);
	say(&guarded, &principal, NOW + 30, &later);
	assert_string_not_equal(first.p, later.p);
	/* A clock that goes back: that one would not be good yet. */
	say(&guarded, &principal, NOW - 100, &earlier);
	assert_string_not_equal(later.p, earlier.p);
}

static void differs(const struct resource *resource, const struct principal *principal)
{
	struct principal original = alice();
	auto_buf first = BUF(ASSERTION_BYTES), second = BUF(ASSERTION_BYTES);

	say(&guarded, &original, NOW, &first);
	say(resource, principal, NOW, &second);
	auto_json *one = claims_of(&first, signing), *other = claims_of(&second, signing);
	assert_string_not_equal(first.p, second.p);
	json_object_del(one, "jti");
	json_object_del(other, "jti");
	assert_false(json_equal(one, other));
}

static void test_HD_22_other_facts_are_another_assertion(void **unused)
{
	const struct issuer another = { .identifier = STR("https://b.example") };
	struct resource resource = guarded;
	struct principal changed[9];

	(void)unused;
	for (size_t i = 0; i < N_OF(changed); i++)
		changed[i] = alice();
	changed[0].issuer = &another;
	changed[1].subject = STR("bob");
	changed[2].user = STR("bob");
	changed[3].email = STR("b@example.com");
	changed[4].email_verified = false;
	changed[5].name = STR("Bob");
	changed[6].client = STR("other");
	changed[7].groups.n = 1;
	changed[8].scopes.n = 1;
	for (size_t i = 0; i < N_OF(changed); i++)
		differs(&guarded, &changed[i]);
	resource.identifier = STR("https://mcp.example.com/other");
	resource.assertion_audience = STR("other");
	changed[0] = alice();
	differs(&resource, &changed[0]);
}

static void test_HD_22_facts_that_run_together_are_not_the_same(void **unused)
{
	static struct str parted[] = { { "ab", 2 }, { "c", 1 } }, otherwise[] = { { "a", 1 }, { "bc", 2 } };
	struct principal one = alice(), other = alice();
	auto_buf first = BUF(ASSERTION_BYTES), second = BUF(ASSERTION_BYTES);

	(void)unused;
	one.groups = (struct words){ parted, 2 };
	other.groups = (struct words){ otherwise, 2 };
	say(&guarded, &one, NOW, &first);
	say(&guarded, &other, NOW, &second);
	assert_string_not_equal(first.p, second.p);
}

static void test_HD_22_a_new_key_signs_within_a_second_and_what_was_remembered_is_forgotten(void **unused)
{
	struct principal principal = alice();
	auto_buf old = BUF(ASSERTION_BYTES), same = BUF(ASSERTION_BYTES), new = BUF(ASSERTION_BYTES);
	char before[sizeof(signing)];

	(void)unused;
	say(&guarded, &principal, NOW, &old);
	(void)snprintf(before, sizeof(before), "%s", signing);
	make_key();
	say(&guarded, &principal, NOW, &same);
	assert_string_equal(old.p, same.p);
	say(&guarded, &principal, NOW + 1, &new);
	auto_json *newer = claims_of(&new, signing);
	auto_json *older = claims_of(&old, before);
	assert_non_null(newer);
	assert_non_null(older);
}

static void test_HD_22_keys_that_are_gone_stay_in_use_until_there_are_new_ones(void **unused)
{
	struct principal principal = alice();
	auto_buf first = BUF(ASSERTION_BYTES), second = BUF(ASSERTION_BYTES), third = BUF(ASSERTION_BYTES);

	(void)unused;
	say(&guarded, &principal, NOW, &first);
	assert_int_equal(unlink(path_of(KEYRING_INDEX)), 0);
	say(&guarded, &principal, NOW + 40, &second);
	make_key();
	say(&guarded, &principal, NOW + 41, &third);
	auto_json *claims = claims_of(&third, signing);
	assert_non_null(claims);
}

static void test_HD_22_no_key_no_assertion(void **unused)
{
	struct principal principal = alice();
	struct resource unwanted = guarded;
	auto_buf assertion = BUF(ASSERTION_BYTES);

	(void)unused;
	assert_int_equal(unlink(path_of(KEYRING_INDEX)), 0);
	assert_false(assertion_add(assertions, &guarded, &principal, NOW, &assertion));
	assert_int_equal(assertion.n, 0);
	unwanted.assertion = false;
	say(&unwanted, &principal, NOW, &assertion);
	assert_int_equal(assertion.n, 0);
}

static void test_HD_22_more_than_a_header_takes_is_refused_and_not_cut(void **unused)
{
	auto_free char *name = memory_new(ASSERTION_BYTES);
	struct principal principal = alice();
	auto_buf assertion = BUF(ASSERTION_BYTES);

	(void)unused;
	memset(name, 'n', ASSERTION_BYTES);
	principal.name = (struct str){ name, ASSERTION_BYTES };
	assert_false(assertion_add(assertions, &guarded, &principal, NOW, &assertion));
	assert_int_equal(assertion.n, 0);
}

/* Whether a program whose settings have this resource may start. */
static bool may_start(bool wanted, struct buf *why)
{
	struct resource resources[] = { guarded, guarded };
	struct settings some = { .resource = resources, .n_resources = 2, .state_directory = { directory, strlen(directory) } };

	resources[0].assertion = false;
	resources[1].assertion = wanted;
	resources[1].where = STR("gate.conf:7:1");
	buf_clear(why);
	return assertion_check(&some, why);
}

static void test_HD_22_without_a_usable_key_nothing_starts_and_the_line_is_named(void **unused)
{
	auto_buf why = BUF(2048), name = BUF(256), pem = BUF(KEYRING_PEM_BYTES);

	(void)unused;
	assert_true(may_start(true, &why));
	keyring_file(str_from(signing), &name);

	write_file(name.p, "garbage", 7, 0600);
	assert_false(may_start(true, &why));
	assert_non_null(strstr(why.p, "gate.conf:7:1: found assertion on and no key in "));
	assert_true(may_start(false, &why));

	/* A good key, but not the one that is published under that name. */
	assert_true(crypto_make_key(&pem));
	write_file(name.p, pem.p, pem.n, 0600);
	assert_false(may_start(true, &why));

	assert_int_equal(unlink(path_of(name.p)), 0);
	assert_false(may_start(true, &why));
	make_key();
	assert_true(may_start(true, &why));
	assert_int_equal(unlink(path_of(KEYRING_INDEX)), 0);
	assert_false(may_start(true, &why));
	assert_non_null(strstr(why.p, "gatehouse keys init"));
}

/* A key that anybody may read is nobody's. */
static void test_HD_22_a_private_key_that_others_may_read_is_not_used(void **unused)
{
	auto_buf why = BUF(2048), name = BUF(256);

	(void)unused;
	keyring_file(str_from(signing), &name);
	assert_int_equal(chmod(path_of(name.p), 0644), 0);
	assert_false(may_start(true, &why));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_state, close_state)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_HD_22_it_says_what_is_known_for_a_minute),
		TEST(test_HD_22_what_is_not_known_is_not_said),
		TEST(test_HD_22_it_is_remembered_for_half_of_its_life),
		TEST(test_HD_22_other_facts_are_another_assertion),
		TEST(test_HD_22_facts_that_run_together_are_not_the_same),
		TEST(test_HD_22_a_new_key_signs_within_a_second_and_what_was_remembered_is_forgotten),
		TEST(test_HD_22_keys_that_are_gone_stay_in_use_until_there_are_new_ones),
		TEST(test_HD_22_no_key_no_assertion),
		TEST(test_HD_22_more_than_a_header_takes_is_refused_and_not_cut),
		TEST(test_HD_22_without_a_usable_key_nothing_starts_and_the_line_is_named),
		TEST(test_HD_22_a_private_key_that_others_may_read_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
