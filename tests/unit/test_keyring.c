/* SPDX-License-Identifier: MIT */
/* The index of the keys with which we sign assertions: what is read, what is refused, what is published and for how long. */
#include "jws_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "keyring.h"
#include "log.h"
#include "settings_helper.h"
#include "signer.h"
#include "state.h"

#define NOW 1800000000

static struct state state;

static int open_state(void **unused)
{
	auto_buf why = BUF(1024);

	if (make_directory(unused) != 0 || !state_open(&state, directory, &why))
		return -1;
	log_start("test", LOG_ERROR, false);
	return 0;
}

static int close_state(void **unused)
{
	state_close(&state);
	return remove_directory(unused);
}

static void write_index(const char *text)
{
	write_file(KEYRING_INDEX, text, strlen(text), 0600);
}

static void refuses_index(const char *text)
{
	write_index(text);
	auto_json *ring = keyring_read(&state);
	if (ring != NULL)
		print_error("%s\n", text);
	assert_null(ring);
}

static void reads_index(const char *text)
{
	write_index(text);
	auto_json *ring = keyring_read(&state);
	if (ring == NULL)
		print_error("%s\n", text);
	assert_non_null(ring);
}

static void test_HD_22_no_index_is_no_keyring(void **unused)
{
	(void)unused;
	assert_null(keyring_read(&state));
}

static void test_HD_22_what_is_written_is_read_and_is_for_us_alone(void **unused)
{
	auto_json *ring = json_of("{\"signing\":{\"key\":{\"kid\":\"a-_9Z\"},\"since\":5},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[{\"key\":{\"kid\":\"b\"},\"until\":7}]}");
	struct stat file;

	(void)unused;
	assert_true(keyring_write(&state, ring));
	assert_int_equal(stat(path_of(KEYRING_INDEX), &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	auto_json *read = keyring_read(&state);
	assert_true(json_equal(read, ring));
	assert_str(keyring_kid(json_object_get(read, "signing")), "a-_9Z");
	assert_int_equal(keyring_time(json_object_get(read, "signing"), "since"), 5);
}

static void test_HD_22_a_broken_index_is_refused_whole(void **unused)
{
	static const char *const broken[] = {
		"", "[]", "{}", "{\"signing\":{\"key\":{\"kid\":\"a\"}}", "{\"signing\":{\"key\":{\"kid\":\"a\"}}}",
		"{\"retired\":[]}", "{\"signing\":{\"key\":{\"kid\":\"a\"}},\"retired\":[]}", "{\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[]}",
		"{\"signing\":{\"key\":{\"kid\":\"a\"}},\"next\":{\"key\":{\"kid\":\"n\",\"d\":\"x\"}},\"retired\":[]}", "{\"signing\":{\"key\":{}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[]}", "{\"signing\":{\"key\":{\"kid\":7}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[]}",
		"{\"signing\":{\"key\":{\"kid\":\"a\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":{}}", "{\"signing\":{\"key\":{\"kid\":\"a\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[{}]}",
		"{\"signing\":{\"key\":{\"kid\":\"a\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[7]}",
		/* A private key is nothing that belongs here: it would be published. */
		"{\"signing\":{\"key\":{\"kid\":\"a\",\"d\":\"x\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[]}",
		"{\"signing\":{\"key\":{\"kid\":\"a\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[{\"key\":{\"kid\":\"b\",\"d\":\"x\"}}]}",
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(broken); i++)
		refuses_index(broken[i]);
	reads_index("{\"signing\":{\"key\":{\"kid\":\"a\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[]}");
}

static void test_HD_22_a_kid_names_no_file_elsewhere(void **unused)
{
	static const char *const kids[] = { "", ".", "..", "../x", "a/b", "a.pem", "a b", "a%2f", "a\\u0000", "\\u00e4" };

	(void)unused;
	for (size_t i = 0; i < N_OF(kids); i++) {
		auto_buf text = BUF(256);

		buf_print(&text, "{\"signing\":{\"key\":{\"kid\":\"%s\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[]}", kids[i]);
		refuses_index(text.p);
	}
	for (size_t n = 64; n <= 65; n++) {
		auto_buf text = BUF(256);

		buf_print(&text, "{\"signing\":{\"key\":{\"kid\":\"%0*d\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[]}", (int)n, 7);
		(n == 64 ? reads_index : refuses_index)(text.p);
	}
}

static void test_HD_22_an_index_that_others_may_read_or_write_is_none(void **unused)
{
	static const char text[] = "{\"signing\":{\"key\":{\"kid\":\"a\"}},\"next\":{\"key\":{\"kid\":\"n\"}},\"retired\":[]}";

	(void)unused;
	write_file(KEYRING_INDEX, text, sizeof(text) - 1, 0666);
	assert_null(keyring_read(&state));
}

static void test_HD_22_a_private_keys_file_is_named_by_its_kid(void **unused)
{
	auto_buf name = BUF(128);

	(void)unused;
	keyring_file(STR("abc-_1"), &name);
	assert_str(buf_str(&name), "assertion-abc-_1.pem");
}

static void test_HD_22_a_key_is_published_before_it_signs_and_until_its_time(void **unused)
{
	auto_json *ring = json_pack("{s:{s:{s:s}},s:{s:{s:s}},s:[{s:{s:s},s:i},{s:{s:s},s:i}]}", "signing", "key", "kid", "new", "next", "key",
		"kid", "next", "retired", "key", "kid",
		"old", "until", NOW, "key", "kid", "older", "until", NOW - 100);
	int64_t of_all = -1, of_one = -1, of_none = -1;
	auto_json *all = keyring_public(ring, NOW - 101, &of_all), *one = keyring_public(ring, NOW - 1, &of_one), *none = keyring_public(ring, NOW, &of_none);
	auto_json *wanted_all = json_of("{\"keys\":[{\"kid\":\"new\"},{\"kid\":\"next\"},{\"kid\":\"old\"},{\"kid\":\"older\"}]}");
	auto_json *wanted_one = json_of("{\"keys\":[{\"kid\":\"new\"},{\"kid\":\"next\"},{\"kid\":\"old\"}]}"), *wanted_none = json_of("{\"keys\":[{\"kid\":\"new\"},{\"kid\":\"next\"}]}");

	(void)unused;
	assert_true(json_equal(all, wanted_all));
	assert_true(json_equal(one, wanted_one));
	assert_true(json_equal(none, wanted_none));
	/* The first that ends is the next reason to look again. */
	assert_int_equal(of_all, NOW - 100);
	assert_int_equal(of_one, NOW);
	assert_int_equal(of_none, 0);
}

/* What OpenSSL alone says of the same key. */
static void test_HD_22_a_new_key_is_on_p256_and_its_public_half_verifies(void **unused)
{
	auto_buf pem = BUF(KEYRING_PEM_BYTES), other_pem = BUF(KEYRING_PEM_BYTES), small = BUF(16), token = BUF(TEST_TOKEN_BYTES);
	auto_json *header = json_object(), *claims = json_of("{\"iss\":\"i\"}");
	struct signer *signer, *other;

	(void)unused;
	assert_true(crypto_make_key(&pem));
	assert_true(crypto_make_key(&other_pem));
	assert_false(crypto_make_key(&small));
	assert_string_not_equal(pem.p, other_pem.p);
	signer = signer_new(buf_str(&pem));
	other = signer_new(buf_str(&other_pem));
	assert_true(signer_sign(signer, header, claims, &token));

	auto_json *public_key = signer_public(signer), *other_key = signer_public(other);
	auto_set *own = set_of(json_incref(public_key), NULL), *foreign = set_of(json_incref(other_key), NULL);
	assert_str(json_text(public_key, "alg"), "ES256");
	assert_int_equal(json_text(public_key, "kid").n, 43);
	assert_null(json_object_get(public_key, "d"));
	assert_int_equal(judge(buf_str(&token), own), OUTCOME_ALLOW);
	assert_int_not_equal(judge(buf_str(&token), foreign), OUTCOME_ALLOW);
	signer_free(signer);
	signer_free(other);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_state, close_state)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_HD_22_no_index_is_no_keyring),
		TEST(test_HD_22_what_is_written_is_read_and_is_for_us_alone),
		TEST(test_HD_22_a_broken_index_is_refused_whole),
		TEST(test_HD_22_a_kid_names_no_file_elsewhere),
		TEST(test_HD_22_an_index_that_others_may_read_or_write_is_none),
		TEST(test_HD_22_a_private_keys_file_is_named_by_its_kid),
		TEST(test_HD_22_a_key_is_published_before_it_signs_and_until_its_time),
		TEST(test_HD_22_a_new_key_is_on_p256_and_its_public_half_verifies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
