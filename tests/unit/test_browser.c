/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "browser.h"

#define NAME "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* 43 characters */

static struct http request(const char *cookies, unsigned copies, const char *site)
{
	struct http http = { .answer = BUF(8192) };

	http.value[HTTP_COOKIE] = str_from(cookies);
	http.copies[HTTP_COOKIE] = copies;
	http.value[HTTP_SEC_FETCH_SITE] = str_from(site);
	return http;
}

static bool is_known(const char *cookies, unsigned copies, bool secure)
{
	struct http http = request(cookies, copies, NULL);
	struct browser browser;

	browser_find(&http, secure, &browser);
	assert_int_equal(strlen(browser.name), BROWSER_NAME_BYTES);
	assert_int_equal(strlen(browser.digest), BROWSER_DIGEST_BYTES);
	assert_true(browser.is_new != (strcmp(browser.name, NAME) == 0));
	return !browser.is_new;
}

static void test_a_browser_is_known_by_its_cookie(void **state)
{
	(void)state;
	assert_true(is_known("gatehouse=" NAME, 1, false));
	assert_true(is_known("a=b; gatehouse=" NAME "; c", 1, false));
	assert_true(is_known("__Host-gatehouse=" NAME, 1, true));
	assert_true(is_known("__Host-gatehouse=" NAME ";gatehouse-person=x", 1, true));
}

static void test_SEC_02_other_cookies_are_not_taken_for_it(void **state)
{
	(void)state;
	assert_false(is_known(NULL, 0, true));
	/* Without the prefix another host, or plain http, may have set it (RFC 6265bis 4.1.3.2). */
	assert_false(is_known("gatehouse=" NAME, 1, true));
	assert_false(is_known("__host-gatehouse=" NAME, 1, true));
	assert_false(is_known("__Host-gatehouse2=" NAME, 1, true));
	assert_false(is_known("x__Host-gatehouse=" NAME, 1, true));
	assert_false(is_known("__Host-gatehouse=" NAME "A", 1, true));
	assert_false(is_known("__Host-gatehouse=short", 1, true));
	assert_false(is_known("__Host-gatehouse=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!", 1, true));
	assert_false(is_known("__Host-gatehouse=" NAME "; __Host-gatehouse=" NAME, 1, true));
	assert_false(is_known("__Host-gatehouse=" NAME, 2, true));
	assert_false(is_known("__Host-gatehouse", 1, true));
}

static void test_SEC_02_new_browsers_have_different_names(void **state)
{
	struct http http = request(NULL, 0, NULL);
	struct browser one, other;

	(void)state;
	browser_find(&http, true, &one);
	browser_find(&http, true, &other);
	assert_string_not_equal(one.name, other.name);
	assert_string_not_equal(one.digest, other.digest);
	assert_string_not_equal(one.name, one.digest);
}

static bool takes(const struct browser *browser, const char *subject, const char *token, const char *site)
{
	struct http http = request(NULL, 0, site);

	return browser_sent_form(&http, browser, str_from(subject), str_from(token));
}

static void test_SEC_02_a_forms_token_is_for_one_browser_and_one_subject(void **state)
{
	struct http http = request("gatehouse=" NAME, 1, NULL), none = request(NULL, 0, NULL);
	struct browser browser, other;
	auto_buf token = BUF(64);

	(void)state;
	browser_find(&http, false, &browser);
	browser_find(&none, false, &other);
	browser_form_token(&browser, STR("subject"), &token);
	assert_true(takes(&browser, "subject", token.p, NULL));
	assert_true(takes(&browser, "subject", token.p, "same-origin"));
	assert_false(takes(&browser, "subject", token.p, "same-site"));
	assert_false(takes(&browser, "subject", token.p, "cross-site"));
	assert_false(takes(&browser, "subject", token.p, "none"));
	assert_false(takes(&browser, "other", token.p, NULL));
	assert_false(takes(&other, "subject", token.p, NULL));
	assert_false(takes(&browser, "subject", "", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_browser_is_known_by_its_cookie),
		cmocka_unit_test(test_SEC_02_other_cookies_are_not_taken_for_it),
		cmocka_unit_test(test_SEC_02_new_browsers_have_different_names),
		cmocka_unit_test(test_SEC_02_a_forms_token_is_for_one_browser_and_one_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
