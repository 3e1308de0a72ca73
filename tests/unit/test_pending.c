/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "pending.h"

static const struct pending whole = { .id = { "id", 2 },
	.browser = { "browser", 7 },
	.client = { "client", 6 },
	.client_name = { "Name \"quoted\"", 13 },
	.redirect_uri = { "https://c.example/cb", 20 },
	.state = { "a&b=c", 5 },
	.challenge = { "challenge", 9 },
	.resource = { "https://r.example/mcp", 21 },
	.scope = { "a b", 3 },
	.nonce = { "nonce", 5 },
	.verifier = { "verifier", 8 },
	.time = 1000 };

static void test_what_is_written_is_read(void **state)
{
	auto_buf text = BUF(PENDING_BYTES);
	auto_json *json = NULL;
	struct pending read;

	(void)state;
	pending_write(&whole, &text);
	assert_false(text.failed);
	assert_true(pending_read(buf_str(&text), &read, &json));
	assert_true(str_eq(read.id, whole.id) && str_eq(read.browser, whole.browser) && str_eq(read.client, whole.client));
	assert_true(str_eq(read.client_name, whole.client_name) && str_eq(read.redirect_uri, whole.redirect_uri));
	assert_true(str_eq(read.state, whole.state) && str_eq(read.challenge, whole.challenge));
	assert_true(str_eq(read.resource, whole.resource) && str_eq(read.scope, whole.scope));
	assert_true(str_eq(read.nonce, whole.nonce) && str_eq(read.verifier, whole.verifier) && read.time == 1000);
}

static void test_what_is_not_there_stays_empty(void **state)
{
	auto_buf text = BUF(PENDING_BYTES);
	auto_json *json = NULL;
	struct pending read;

	(void)state;
	pending_write(&(struct pending){ .id = STR("i"), .browser = STR("b"), .time = 1 }, &text);
	assert_true(pending_read(buf_str(&text), &read, &json));
	assert_true(read.client.n == 0 && read.state.n == 0 && read.verifier.n == 0);
}

static void test_what_is_no_request_is_refused(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "{\"i\":\"x\",\"b\":\"y\"}", "{\"i\":\"x\",\"t\":1}", "{\"b\":\"x\",\"t\":1}",
		"{\"i\":1,\"b\":\"x\",\"t\":1}", "{\"i\":\"x\",\"b\":\"y\",\"t\":\"1\"}", "{\"i\":\"x\",\"i\":\"x\",\"b\":\"y\",\"t\":1}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		auto_json *json = NULL;
		struct pending read;

		assert_false(pending_read(str_from(texts[i]), &read, &json));
	}
}

static void test_BK_18_it_is_of_one_browser(void **state)
{
	(void)state;
	assert_true(pending_is_of(&whole, STR("browser")));
	assert_false(pending_is_of(&whole, STR("browsers")));
	assert_false(pending_is_of(&whole, STR("browseR")));
	assert_false(pending_is_of(&whole, STR_NONE));
}

static void test_SEC_02_it_ends_after_ten_minutes(void **state)
{
	(void)state;
	assert_int_equal(PENDING_SECONDS, 600);
	assert_false(pending_is_over(&whole, 1000));
	assert_false(pending_is_over(&whole, 1600));
	assert_true(pending_is_over(&whole, 1601));
	/* Another machine's clock may be ahead a little; more is no clock of ours. */
	assert_false(pending_is_over(&whole, 940));
	assert_true(pending_is_over(&whole, 939));
}

static void test_too_much_fails(void **state)
{
	static char long_text[PENDING_BYTES];
	auto_buf text = BUF(2 * PENDING_BYTES);
	struct pending pending = whole;

	(void)state;
	for (size_t i = 0; i < sizeof(long_text); i++)
		long_text[i] = 'x';
	pending.state = (struct str){ long_text, sizeof(long_text) };
	pending_write(&pending, &text);
	assert_true(text.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_what_is_not_there_stays_empty),
		cmocka_unit_test(test_what_is_no_request_is_refused),
		cmocka_unit_test(test_BK_18_it_is_of_one_browser),
		cmocka_unit_test(test_SEC_02_it_ends_after_ten_minutes),
		cmocka_unit_test(test_too_much_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
