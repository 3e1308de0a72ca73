/* SPDX-License-Identifier: MIT */
/* What is sealed opens for its purpose, as it was, and in no other way. */
#include "seal_fixture.h"

#include "base64url.h"
#include "seal.h"

static struct seal *seal;

static int setup(void **unused)
{
	if (open_state(unused) != 0)
		return -1;
	rotate();
	seal = seal_new(&state);
	return 0;
}

static int teardown(void **unused)
{
	seal_free(seal);
	seal = NULL;
	return close_state(unused);
}

static void is_opened(struct seal *with, struct str text, const char *value)
{
	auto_buf opened = BUF(SEAL_VALUE_BYTES);

	assert_int_equal(seal_open(with, "client", text, &opened), SEAL_OPENED);
	assert_str(buf_str(&opened), value);
}

static void is_refused(const char *purpose, struct str text)
{
	auto_buf opened = BUF(SEAL_VALUE_BYTES);

	assert_int_equal(seal_open(seal, purpose, text, &opened), SEAL_REFUSED);
	assert_int_equal(opened.n, 0);
}

static void test_BK_14_what_is_sealed_opens(void **unused)
{
	static char largest[SEAL_VALUE_BYTES + 2];
	auto_buf text = BUF(2 * SEAL_TEXT_BYTES), opened = BUF(SEAL_VALUE_BYTES), small = BUF(10);

	(void)unused;
	assert_true(seal_value(seal, "client", STR("a value"), &text));
	is_opened(seal, buf_str(&text), "a value");
	buf_clear(&text);
	assert_true(seal_value(seal, "client", STR_NONE, &text));
	is_opened(seal, buf_str(&text), "");
	buf_clear(&text);
	memset(largest, 'x', SEAL_VALUE_BYTES);
	buf_add_text(&text, "before ");
	assert_true(seal_value(seal, "client", str_from(largest), &text));
	assert_int_equal(text.n, SEAL_TEXT_BYTES + 7);
	assert_int_equal(seal_open(seal, "client", str_skip(buf_str(&text), 7), &opened), SEAL_OPENED);
	assert_true(str_is(buf_str(&opened), largest));
	largest[SEAL_VALUE_BYTES] = 'x';
	assert_false(seal_value(seal, "client", str_from(largest), &text));
	assert_int_equal(text.n, SEAL_TEXT_BYTES + 7);
	assert_false(seal_value(seal, "client", STR("a value"), &small));
	assert_int_equal(small.n, 0);
}

static void test_BK_14_the_text_is_base64url_and_never_twice_the_same(void **unused)
{
	auto_buf one = BUF(SEAL_TEXT_BYTES), two = BUF(SEAL_TEXT_BYTES), bytes = BUF(SEAL_TEXT_BYTES);

	(void)unused;
	assert_true(seal_value(seal, "client", STR("a value"), &one));
	assert_true(seal_value(seal, "client", STR("a value"), &two));
	assert_false(str_eq(buf_str(&one), buf_str(&two)));
	assert_true(base64url_decode(buf_str(&one), &bytes));
	assert_int_equal(bytes.n, 1 + 4 + 12 + 7 + 16);
	assert_int_equal(bytes.p[0], 1);
	assert_memory_equal(bytes.p + 1, keys.key[0].id, SEAL_ID_BYTES);
	for (size_t i = 0; i + 7 <= bytes.n; i++)
		assert_false(str_is(str_first(str_skip(buf_str(&bytes), i), 7), "a value"));
}

static void test_BK_14_no_purpose_opens_what_another_sealed(void **unused)
{
	static const char *const others[] = { "", "clien", "client ", "clients", "Client", "grant" };
	auto_buf text = BUF(SEAL_TEXT_BYTES);

	(void)unused;
	assert_true(seal_value(seal, "client", STR("a value"), &text));
	for (size_t i = 0; i < N_OF(others); i++)
		is_refused(others[i], buf_str(&text));
	is_opened(seal, buf_str(&text), "a value");
}

static void test_BK_14_any_changed_bit_is_found(void **unused)
{
	auto_buf text = BUF(SEAL_TEXT_BYTES), bytes = BUF(SEAL_TEXT_BYTES);

	(void)unused;
	assert_true(seal_value(seal, "client", STR("a value"), &text));
	assert_true(base64url_decode(buf_str(&text), &bytes));
	for (size_t i = 0; i < 8 * bytes.n; i++) {
		auto_buf changed = BUF(SEAL_TEXT_BYTES);

		bytes.p[i / 8] = (char)(bytes.p[i / 8] ^ (1 << i % 8));
		base64url_encode(buf_str(&bytes), &changed);
		is_refused("client", buf_str(&changed));
		bytes.p[i / 8] = (char)(bytes.p[i / 8] ^ (1 << i % 8));
	}
	is_opened(seal, buf_str(&text), "a value");
}

static void test_BK_14_a_part_of_it_and_more_than_it_are_refused(void **unused)
{
	auto_buf text = BUF(SEAL_TEXT_BYTES + 8);
	auto_buf endless = BUF(4 * SEAL_TEXT_BYTES);

	(void)unused;
	assert_true(seal_value(seal, "client", STR("a value"), &text));
	for (size_t n = 0; n < text.n; n++)
		is_refused("client", str_first(buf_str(&text), n));
	for (size_t n = 1; n < text.n; n++)
		is_refused("client", str_skip(buf_str(&text), n));
	buf_add_byte(&text, 'A');
	is_refused("client", buf_str(&text));
	buf_add_text(&text, "AAA");
	is_refused("client", buf_str(&text));
	while (endless.n < endless.limit)
		buf_add_byte(&endless, 'A');
	is_refused("client", buf_str(&endless));
	is_refused("client", STR("https://app.example/client.json"));
	is_refused("client", STR("AQ=="));
	is_refused("client", STR_NONE);
}

static void test_BK_14_after_a_rotation_the_new_key_seals_and_the_old_one_opens(void **unused)
{
	auto_buf old = BUF(SEAL_TEXT_BYTES), new = BUF(SEAL_TEXT_BYTES), bytes = BUF(SEAL_TEXT_BYTES);
	struct seal *other = seal_new(&state);

	(void)unused;
	assert_true(seal_value(seal, "client", STR("old"), &old));
	is_opened(other, buf_str(&old), "old");
	rotate();
	/* Each process sees it at its next value, whichever has the file in memory. */
	assert_true(seal_value(seal, "client", STR("new"), &new));
	assert_true(base64url_decode(buf_str(&new), &bytes));
	assert_memory_equal(bytes.p + 1, keys.key[0].id, SEAL_ID_BYTES);
	is_opened(other, buf_str(&new), "new");
	is_opened(other, buf_str(&old), "old");
	is_opened(seal, buf_str(&old), "old");
	/* Without its key nothing opens, and the other goes on. */
	assert_true(seal_keys_drop(&keys, keys.key[1].id));
	assert_true(seal_keys_write(&state, &keys));
	is_refused("client", buf_str(&old));
	is_opened(seal, buf_str(&new), "new");
	seal_free(other);
}

static void test_BK_14_another_key_of_the_same_id_opens_nothing(void **unused)
{
	auto_buf text = BUF(SEAL_TEXT_BYTES), bytes = BUF(SEAL_TEXT_BYTES), changed = BUF(SEAL_TEXT_BYTES);

	(void)unused;
	assert_true(seal_value(seal, "client", STR("a value"), &text));
	rotate();
	assert_true(base64url_decode(buf_str(&text), &bytes));
	memcpy(bytes.p + 1, keys.key[0].id, SEAL_ID_BYTES);
	base64url_encode(buf_str(&bytes), &changed);
	is_refused("client", buf_str(&changed));
}

static void test_BK_14_without_keys_nothing_is_said_about_a_value(void **unused)
{
	auto_buf text = BUF(SEAL_TEXT_BYTES), opened = BUF(SEAL_VALUE_BYTES), more = BUF(SEAL_TEXT_BYTES);

	(void)unused;
	assert_true(seal_value(seal, "client", STR("a value"), &text));
	write_keys(NOW_TEXT " broken\n", 0600);
	assert_int_equal(seal_open(seal, "client", buf_str(&text), &opened), SEAL_UNAVAILABLE);
	assert_false(seal_value(seal, "client", STR("a value"), &more));
	assert_int_equal(unlink(path_of(SEAL_KEYS_FILE)), 0);
	assert_int_equal(seal_open(seal, "client", buf_str(&text), &opened), SEAL_UNAVAILABLE);
	assert_false(seal_value(seal, "client", STR("a value"), &more));
	assert_int_equal(opened.n + more.n, 0);
	/* And back with the file. */
	assert_true(seal_keys_write(&state, &keys));
	is_opened(seal, buf_str(&text), "a value");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_BK_14_what_is_sealed_opens),
		TEST(test_BK_14_the_text_is_base64url_and_never_twice_the_same),
		TEST(test_BK_14_no_purpose_opens_what_another_sealed),
		TEST(test_BK_14_any_changed_bit_is_found),
		TEST(test_BK_14_a_part_of_it_and_more_than_it_are_refused),
		TEST(test_BK_14_after_a_rotation_the_new_key_seals_and_the_old_one_opens),
		TEST(test_BK_14_another_key_of_the_same_id_opens_nothing),
		TEST(test_BK_14_without_keys_nothing_is_said_about_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
