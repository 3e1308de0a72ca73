/* SPDX-License-Identifier: MIT */
/* The file of API keys, and what a digest that is in it gives. */
#include "unit.h"

#include <string.h>

#include "api_key.h"

#define NOW ((int64_t)1795219200) /* 2026-11-21 */
#define DAY 86400
#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define DIGEST(last) "sha256:" DIGITS last

static const struct issuer issuer = { .identifier = { "api_keys", 8 } };

/* new */
static struct api_keys *keys_of(const char *text)
{
	auto_buf faults = BUF(4096);
	struct api_keys *keys = api_keys_read(str_from(text), &issuer, &faults);

	if (keys == NULL)
		fail_msg("%s: %s", text, faults.p);
	assert_int_equal(faults.n, 0);
	return keys;
}

static void faulty(const char *text, const char *expected)
{
	auto_buf faults = BUF(4096);

	assert_null(api_keys_read(str_from(text), &issuer, &faults));
	assert_str(buf_str(&faults), expected);
}

/* By the digest that ends in that digit. */
static enum outcome find(const struct api_keys *keys, unsigned char last, int64_t now, const struct principal **principal)
{
	unsigned char digest[API_KEY_DIGEST_BYTES];

	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (unsigned char[]){ 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef }[i % 8];
	digest[31] = (unsigned char)(0xe0 | last);
	return api_keys_find(keys, digest, now, principal);
}

static void test_AK_03_a_key_is_a_principal(void **state)
{
	struct api_keys *keys = keys_of("# ours\nci-1 " DIGEST("f") " owner 'Build server' scope mcp:read scope mcp:write group bots created 2026-01-02 # to go\n");
	const struct principal *principal;

	(void)state;
	assert_int_equal(keys->n, 1);
	assert_int_equal(keys->key[0].line, 2);
	assert_true(keys->key[0].created == 1767312000);
	assert_int_equal(find(keys, 0xf, NOW, &principal), OUTCOME_ALLOW);
	assert_ptr_equal(principal->issuer, &issuer);
	assert_str(principal->subject, "key:ci-1");
	assert_str(principal->id, "ci-1");
	assert_str(principal->user, "Build server");
	assert_str(principal->name, "Build server");
	assert_int_equal(principal->scopes.n, 2);
	assert_str(principal->scopes.word[1], "mcp:write");
	assert_int_equal(principal->groups.n, 1);
	assert_str(principal->groups.word[0], "bots");
	assert_true(principal->expires == INT64_MAX);
	assert_int_equal(principal->email.n, 0);
	assert_false(principal->email_verified || principal->is_client);
	api_keys_free(keys);
}

static void test_AK_03_a_key_without_owner_goes_by_its_subject(void **state)
{
	struct api_keys *keys = keys_of("k " DIGEST("f") "\n");
	const struct principal *principal;

	(void)state;
	assert_int_equal(find(keys, 0xf, NOW, &principal), OUTCOME_ALLOW);
	assert_str(principal->user, "key:k");
	assert_int_equal(principal->name.n, 0);
	assert_int_equal(principal->scopes.n + principal->groups.n, 0);
	api_keys_free(keys);
}

static void test_AK_03_expired_disabled_and_unknown(void **state)
{
	struct api_keys *keys = keys_of("a " DIGEST("a") " expires 2026-11-21\nb " DIGEST("b") " disabled owner bob\nc " DIGEST("c") " disabled expires 2026-11-20\n");
	const struct principal *principal;

	(void)state;
	assert_int_equal(find(keys, 0xa, NOW - 1, &principal), OUTCOME_ALLOW);
	assert_non_null(principal);
	assert_int_equal(find(keys, 0xa, NOW, &principal), OUTCOME_EXPIRED);
	assert_null(principal);
	assert_int_equal(find(keys, 0xb, NOW, &principal), OUTCOME_REVOKED);
	assert_null(principal);
	assert_int_equal(find(keys, 0xc, NOW, &principal), OUTCOME_REVOKED);
	assert_int_equal(find(keys, 0xf, NOW, &principal), OUTCOME_UNKNOWN_API_KEY);
	assert_null(principal);
	api_keys_free(keys);
}

static void test_AK_02_all_of_a_digest_counts(void **state)
{
	struct api_keys *keys = keys_of("k " DIGEST("f") "\n");
	const struct principal *principal;

	(void)state;
	for (size_t i = 0; i < API_KEY_DIGEST_BYTES; i++) {
		unsigned char digest[API_KEY_DIGEST_BYTES];

		memcpy(digest, keys->key[0].digest, sizeof(digest));
		assert_int_equal(api_keys_find(keys, digest, NOW, &principal), OUTCOME_ALLOW);
		digest[i] ^= 0x80;
		assert_int_equal(api_keys_find(keys, digest, NOW, &principal), OUTCOME_UNKNOWN_API_KEY);
	}
	api_keys_free(keys);
}

static void test_an_empty_file_has_no_keys(void **state)
{
	struct api_keys *keys = keys_of("# none yet\n");
	const struct principal *principal;

	(void)state;
	assert_int_equal(keys->n, 0);
	assert_int_equal(find(keys, 0, NOW, &principal), OUTCOME_UNKNOWN_API_KEY);
	api_keys_free(keys);
}

static void test_AK_02_AK_03_faults_have_their_line(void **state)
{
	(void)state;
	faulty("\n#\nk\n", "3: found nothing, expected sha256: and 64 digits after the id\n");
	faulty("a/b " DIGEST("f"), "1: found a/b, expected an id of letters, digits, -, _ and .\n");
	faulty("'' " DIGEST("f"), "1: found , expected an id of letters, digits, -, _ and .\n");
	faulty("k " DIGEST("f") " owner", "1: found owner, expected a value after it\n");
	faulty("k " DIGEST("f") " owner ''", "1: found , expected one name after owner\n");
	faulty("k " DIGEST("f") " owner a owner b", "1: found b, expected one name after owner\n");
	faulty("k " DIGEST("f") " scope ''", "1: found , expected a scope\n");
	faulty("k " DIGEST("f") " group ''", "1: found , expected a group\n");
	faulty("k " DIGEST("f") " expires soon", "1: found soon, expected a time such as 2026-11-21 or 2026-11-21T08:00:00Z\n");
	faulty("k " DIGEST("f") " expires 2026-02-30", "1: found 2026-02-30, expected a time such as 2026-11-21 or 2026-11-21T08:00:00Z\n");
	faulty("k " DIGEST("f") " Disabled x", "1: found Disabled, expected owner, scope, group, created, expires or disabled\n");
	faulty("k " DIGEST("f") " owner 'x", "1: found a quote that does not end, expected 64 words at most, in UTF-8, whose quotes end\n");
	/* One line each, of all that is wrong. */
	faulty("k " DIGEST("a") "\nk " DIGEST("b") "\nl\n",
		"2: found k, expected each id once\n3: found nothing, expected sha256: and 64 digits after the id\n");
}

static void test_AK_02_DC_02_a_key_in_the_place_of_its_digest_is_not_shown(void **state)
{
	(void)state;
	faulty("k ghk_secret0123456789\n", "1: found something else, expected sha256: and 64 digits after the id\n");
	faulty("k " DIGEST("F") "\n", "1: found something else, expected sha256: and 64 digits after the id\n");
}

static void test_ids(void **state)
{
	static const char sixty_four[] = "aA0-_.6789012345678901234567890123456789012345678901234567890123";
	static const char *const others[] = { "", " ", "a b", "a:b", "a/b", "\xc3\xa4", "a\n" };

	(void)state;
	assert_int_equal(strlen(sixty_four), 64);
	assert_true(api_key_is_id(str_from(sixty_four)));
	assert_true(api_key_is_id(STR("x")));
	for (size_t i = 0; i < N_OF(others); i++)
		assert_false(api_key_is_id(str_from(others[i])));
	assert_false(api_key_is_id(STR("aA0-_.67890123456789012345678901234567890123456789012345678901234")));
}

static void test_bounds(void **state)
{
	auto_buf text = BUF(API_KEY_FILE_BYTES);
	auto_buf faults = BUF(4096);
	struct api_keys *keys;

	(void)state;
	for (unsigned i = 0; i < API_KEYS_MOST; i++)
		buf_print(&text, "k%u " DIGEST("f") "\n", i);
	keys = api_keys_read(buf_str(&text), &issuer, &faults);
	assert_non_null(keys);
	assert_int_equal(keys->n, API_KEYS_MOST);
	api_keys_free(keys);
	buf_add_text(&text, "more " DIGEST("f") "\n");
	assert_null(api_keys_read(buf_str(&text), &issuer, &faults));
	assert_str(buf_str(&faults), "4097: found more keys, expected 4096 at most\n");
}

static void test_as_many_scopes_as_a_line_has_room_for(void **state)
{
	auto_buf text = BUF(4096);
	struct api_keys *keys;

	(void)state;
	buf_add_text(&text, "k " DIGEST("f"));
	for (unsigned i = 0; i < 31; i++)
		buf_print(&text, " scope s%u", i);
	keys = keys_of(text.p);
	assert_int_equal(keys->key[0].principal->scopes.n, 31);
	assert_str(keys->key[0].principal->scopes.word[30], "s30");
	api_keys_free(keys);
	buf_add_text(&text, " disabled");
	faulty(text.p, "1: found too many words, expected 64 words at most, in UTF-8, whose quotes end\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_AK_03_a_key_is_a_principal),
		cmocka_unit_test(test_AK_03_a_key_without_owner_goes_by_its_subject),
		cmocka_unit_test(test_AK_03_expired_disabled_and_unknown),
		cmocka_unit_test(test_AK_02_all_of_a_digest_counts),
		cmocka_unit_test(test_an_empty_file_has_no_keys),
		cmocka_unit_test(test_AK_02_AK_03_faults_have_their_line),
		cmocka_unit_test(test_AK_02_DC_02_a_key_in_the_place_of_its_digest_is_not_shown),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_as_many_scopes_as_a_line_has_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
