/* SPDX-License-Identifier: MIT */
/* What a process remembers of tokens: a repeated one costs no signature check and no key parse, and what ends that. */
#include "keys.h"
#include "settings_helper.h"

#include <dlfcn.h>

#include "token.h"

#define NOW ((int64_t)1800000000)
#define RESOURCE_URL "https://mcp.example.com/mcp"

static unsigned verified, parsed;

/* Stand before OpenSSL's own and count: whoever checks a signature or makes a key comes this way. */
int EVP_DigestVerify(EVP_MD_CTX *context, const unsigned char *signature, size_t n, const unsigned char *text, size_t length)
{
	static int (*real)(EVP_MD_CTX *, const unsigned char *, size_t, const unsigned char *, size_t);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestVerify");
	verified++;
	return real(context, signature, n, text, length);
}

int EVP_PKEY_fromdata(EVP_PKEY_CTX *context, EVP_PKEY **key, int selection, OSSL_PARAM parameters[])
{
	static int (*real)(EVP_PKEY_CTX *, EVP_PKEY **, int, OSSL_PARAM *);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "EVP_PKEY_fromdata");
	parsed++;
	return real(context, key, selection, parameters);
}

static EVP_PKEY *key;
static struct state state;
static struct table *table;
static struct turns *turns;
static struct lists *lists;
static struct verifier *verifier;
static struct credential credential;

static void put_file(const char *name, const char *text)
{
	auto_buf path = BUF(256);
	auto_buf fresh = BUF(256);
	FILE *file;

	buf_print(&path, "%s/%s", directory, name);
	buf_print(&fresh, "%s/%s.new", directory, name);
	file = fopen(fresh.p, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(fresh.p, 0600), 0);
	assert_int_equal(rename(fresh.p, path.p), 0);
}

static void write_keys(const char *kid)
{
	auto_json *jwk = jwk_of(key, kid);
	auto_json *set = json_pack("{s:[O]}", "keys", jwk);
	auto_buf text = BUF(4096);

	json_write(set, &text);
	put_file("keys", text.p);
}

static int open_gate(void **unused)
{
	static const char *const none[] = { NULL };
	auto_buf text = BUF(4096);
	auto_buf path = BUF(128);
	auto_buf why = BUF(1024);

	(void)unused;
	key = key_new("P-256", 0);
	write_keys("k1");
	put_file("api", "# keys\n");
	buf_print(&text,
		"state_directory %s/state\napi_keys %s/api\nissuer https://idp.example { keys_file %s/keys; }\n"
		"resource " RESOURCE_URL " { allow any; }\nresource https://mcp.example.com/other { allow any; audience " RESOURCE_URL "; }\n",
		directory, directory, directory);
	put_file("conf", text.p);
	buf_print(&path, "%s/conf", directory);
	settings = settings_read(path.p, environment_of(none), &errors, &notes);
	if (settings == NULL)
		fail_msg("%s", errors.p);
	assert_true(state_open(&state, settings->state_directory.p, &why));
	table = table_open(state.directory, "table");
	turns = turns_new(&state, table);
	lists = lists_new(settings);
	verifier = verifier_new(settings, &state, table, turns, lists);
	verified = parsed = 0;
	return 0;
}

static int close_gate(void **unused)
{
	(void)unused;
	verifier_free(verifier);
	lists_free(lists);
	turns_free(turns);
	table_close(table);
	state_close(&state);
	settings_free(settings);
	settings = NULL;
	EVP_PKEY_free(key);
	return 0;
}

/* A good token, valid from NOW for `seconds`. new */
static char *token(const char *kid, int64_t seconds)
{
	char header[128], claims[256];
	auto_buf text = BUF(TEST_TOKEN_BYTES);

	(void)snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}", kid);
	(void)snprintf(claims, sizeof(claims), "{\"iss\":\"https://idp.example\",\"aud\":\"" RESOURCE_URL "\",\"sub\":\"alice\",\"iat\":%ld,\"exp\":%ld}",
		(long)NOW, (long)(NOW + seconds));
	sign_token(key, "ES256", header, claims, &text);
	return str_copy(buf_str(&text));
}

/* As auth-check does it: what is remembered, else what is found. */
static enum outcome judge_for(const struct resource *resource, const char *text, int64_t now)
{
	enum outcome outcome;

	lists_look(lists, now);
	token_look(verifier, str_from(text), &credential);
	outcome = token_recall(verifier, resource, now, &credential);
	return outcome != OUTCOME_NONE ? outcome : token_judge(verifier, resource, str_from(text), now, &credential);
}

static enum outcome judge(const char *text, int64_t now)
{
	return judge_for(&settings->resource[0], text, now);
}

static void test_DC_01_a_repeated_token_costs_no_signature_check_and_no_key_parse(void **unused)
{
	auto_free char *good = token("k1", 3600);

	(void)unused;
	assert_int_equal(judge(good, NOW), OUTCOME_ALLOW);
	assert_int_equal(verified, 1);
	assert_int_equal(parsed, 1);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(judge(good, NOW + i), OUTCOME_ALLOW);
		assert_true(str_is(credential.principal->subject, "alice"));
	}
	assert_int_equal(verified, 1);
	assert_int_equal(parsed, 1);
}

static void test_DC_01_a_token_that_was_never_good_is_never_remembered_as_good(void **unused)
{
	auto_free char *bad = token("k1", 3600);

	(void)unused;
	bad[strlen(bad) - 10] = bad[strlen(bad) - 10] == 'A' ? 'B' : 'A';
	assert_int_equal(judge(bad, NOW), OUTCOME_BAD_SIGNATURE);
	assert_int_equal(judge(bad, NOW), OUTCOME_BAD_SIGNATURE);
	assert_int_equal(verified, 2);
	assert_null(credential.principal);
}

static void test_DC_01_its_end_ends_the_memory(void **unused)
{
	auto_free char *good = token("k1", 100);

	(void)unused;
	assert_int_equal(judge(good, NOW), OUTCOME_ALLOW);
	assert_int_equal(judge(good, NOW + 100 + 29), OUTCOME_ALLOW);
	assert_int_equal(judge(good, NOW + 100 + 30), OUTCOME_EXPIRED);
	assert_int_equal(verified, 2);
}

static void test_DC_01_JK_05_a_key_that_leaves_the_set_ends_the_memory(void **unused)
{
	auto_free char *good = token("k1", 3600);

	(void)unused;
	assert_int_equal(judge(good, NOW), OUTCOME_ALLOW);
	write_keys("k2");
	assert_int_equal(judge(good, NOW + 1), OUTCOME_UNKNOWN_KEY);
	write_keys("k1");
	assert_int_equal(judge(good, NOW + 2), OUTCOME_ALLOW);
}

static void test_DC_01_what_is_remembered_is_for_that_resource_alone(void **unused)
{
	auto_free char *good = token("k1", 3600);

	(void)unused;
	assert_int_equal(judge(good, NOW), OUTCOME_ALLOW);
	assert_int_equal(judge_for(&settings->resource[1], good, NOW), OUTCOME_ALLOW);
	assert_int_equal(verified, 2);
	/* Both are remembered side by side. */
	assert_int_equal(judge(good, NOW), OUTCOME_ALLOW);
	assert_int_equal(judge_for(&settings->resource[1], good, NOW), OUTCOME_ALLOW);
	assert_int_equal(verified, 2);
}

static void test_DC_01_AK_03_a_changed_key_file_ends_the_memory(void **unused)
{
	/* SHA-256 of ghk_0123456789abcdef0123456789abcdef. */
	const char *api_key = "ghk_0123456789abcdef0123456789abcdef";
	unsigned char digest[SHA256_BYTES];
	auto_buf line = BUF(512);

	(void)unused;
	crypto_sha256(str_from(api_key), digest);
	assert_int_equal(judge(api_key, NOW), OUTCOME_UNKNOWN_API_KEY);
	buf_add_text(&line, "k sha256:");
	for (size_t i = 0; i < SHA256_BYTES; i++)
		buf_print(&line, "%02x", digest[i]);
	buf_add_text(&line, " owner al\n");
	put_file("api", line.p);
	assert_int_equal(judge(api_key, NOW + 1), OUTCOME_ALLOW);
	assert_true(str_is(credential.principal->subject, "key:k"));
	assert_int_equal(judge(api_key, NOW + 1), OUTCOME_ALLOW);
	line.n--;
	buf_add_text(&line, " disabled\n");
	put_file("api", line.p);
	assert_int_equal(judge(api_key, NOW + 2), OUTCOME_REVOKED);
}

static void test_TK_07_the_kind_is_a_matter_of_shape(void **unused)
{
	static const struct {
		const char *text;
		enum token_kind kind;
	} rows[] = { { "ghk_x", TOKEN_API_KEY }, { "ghk_a.b.c", TOKEN_API_KEY }, { "eyJ.e30.x", TOKEN_JWT }, { "eyJ.a.b.c.d", TOKEN_ENCRYPTED },
		{ "a.b", TOKEN_OPAQUE }, { "x", TOKEN_OPAQUE }, { "a.b.c.d", TOKEN_OPAQUE }, { "GHK_x", TOKEN_OPAQUE } };

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		token_look(verifier, str_from(rows[i].text), &credential);
		assert_int_equal(credential.kind, rows[i].kind);
		assert_null(credential.asked);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_DC_01_a_repeated_token_costs_no_signature_check_and_no_key_parse, open_gate, close_gate),
		cmocka_unit_test_setup_teardown(test_DC_01_a_token_that_was_never_good_is_never_remembered_as_good, open_gate, close_gate),
		cmocka_unit_test_setup_teardown(test_DC_01_its_end_ends_the_memory, open_gate, close_gate),
		cmocka_unit_test_setup_teardown(test_DC_01_JK_05_a_key_that_leaves_the_set_ends_the_memory, open_gate, close_gate),
		cmocka_unit_test_setup_teardown(test_DC_01_what_is_remembered_is_for_that_resource_alone, open_gate, close_gate),
		cmocka_unit_test_setup_teardown(test_DC_01_AK_03_a_changed_key_file_ends_the_memory, open_gate, close_gate),
		cmocka_unit_test_setup_teardown(test_TK_07_the_kind_is_a_matter_of_shape, open_gate, close_gate),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
