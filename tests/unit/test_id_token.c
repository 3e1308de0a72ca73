/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "id_token.h"
#include "keys.h"

#define NOW 1800000000
#define GOOD                                                                                                          \
	"{\"iss\":\"https://idp.example/t1\",\"aud\":\"gate\",\"sub\":\"alice\",\"nonce\":\"n1\",\"iat\":1799999990,"   \
	"\"exp\":1800000300}"
#define HASH "77QmUPtjPfzWtF2AnpK9RQ" /* OIDC Core appendix A.3 */

static const struct issuer issuer = { .identifier = { "https://idp.example/t1", 22 }, .skew = 30 };
static const struct id_token_expected expected = {
	.issuer = &issuer, .client = { "gate", 4 }, .nonce = { "n1", 2 }, .access_token = { HASH, 22 }
};

/* Good claims with members changed (null takes one away), and what the fault must speak of; NULL: there is none. */
struct row {
	const char *change, *about;
};

static void judge(const struct row *row, const struct id_token_expected *wanted)
{
	auto_json *claims = json_of(GOOD);
	auto_json *change = json_of(row->change);
	const char *name, *fault;
	json_t *value;

	json_object_foreach (change, name, value) {
		if (json_is_null(value))
			(void)json_object_del(claims, name);
		else
			(void)json_object_set(claims, name, value);
	}
	fault = id_token_fault(claims, wanted, NOW);
	if ((fault == NULL) != (row->about == NULL) || (fault != NULL && strstr(fault, row->about) == NULL))
		fail_msg("%s: \"%s\", expected \"%s\"", row->change, fault != NULL ? fault : "good",
			row->about != NULL ? row->about : "good");
}

static void test_BK_05_the_checks_of_openid_connect(void **state)
{
	static const struct row rows[] = {
		{ "{}", NULL },
		/* 2: the issuer, byte for byte. */
		{ "{\"iss\":\"https://idp.example/t1/\"}", "iss" },
		{ "{\"iss\":\"HTTPS://idp.example/t1\"}", "iss" },
		{ "{\"iss\":[\"https://idp.example/t1\"]}", "iss" },
		{ "{\"iss\":null}", "iss" },
		/* 3 to 5: the audience and who asked. */
		{ "{\"aud\":[\"gate\"]}", NULL },
		{ "{\"aud\":[\"gate\"],\"azp\":\"gate\"}", NULL },
		{ "{\"aud\":[\"gate\",\"other\"],\"azp\":\"gate\"}", NULL },
		{ "{\"aud\":[\"other\",\"gate\"]}", "azp" },
		{ "{\"aud\":[\"gate\",\"gate\"]}", "azp" },
		{ "{\"aud\":[\"gate\",5],\"azp\":\"gate\"}", "aud" },
		{ "{\"aud\":[]}", "aud" },
		{ "{\"aud\":\"gate2\"}", "aud" },
		{ "{\"aud\":\"Gate\"}", "aud" },
		{ "{\"aud\":{\"gate\":1}}", "aud" },
		{ "{\"aud\":null}", "aud" },
		{ "{\"azp\":\"other\"}", "azp" },
		{ "{\"azp\":[\"gate\"]}", "azp" },
		{ "{\"azp\":\"\"}", "azp" },
		/* 9 and 10: the times, with their skew. */
		{ "{\"exp\":1799999971}", NULL },
		{ "{\"exp\":1799999970}", "exp" },
		{ "{\"exp\":\"1800000300\"}", "exp" },
		{ "{\"exp\":null}", "exp" },
		{ "{\"iat\":1800000030}", NULL },
		{ "{\"iat\":1800000031}", "iat" },
		{ "{\"iat\":null}", "iat" },
		{ "{\"iat\":-1}", "iat" },
		{ "{\"nbf\":1800000030}", NULL },
		{ "{\"nbf\":1800000031}", "nbf" },
		{ "{\"nbf\":\"x\"}", "nbf" },
		/* 11: the nonce. */
		{ "{\"nonce\":\"n2\"}", "nonce" },
		{ "{\"nonce\":\"n1 \"}", "nonce" },
		{ "{\"nonce\":\"\"}", "nonce" },
		{ "{\"nonce\":null}", "nonce" },
		{ "{\"nonce\":[\"n1\"]}", "nonce" },
		/* Whom it is about. */
		{ "{\"sub\":null}", "sub" },
		{ "{\"sub\":\"\"}", "sub" },
		{ "{\"sub\":5}", "sub" },
		{ "{\"sub\":\"a\\nb\"}", "sub" },
		/* 3.1.3.8: the access token that came with it. */
		{ "{\"at_hash\":\"" HASH "\"}", NULL },
		{ "{\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RA\"}", "at_hash" },
		{ "{\"at_hash\":\"\"}", "at_hash" },
		{ "{\"at_hash\":5}", "at_hash" },
		/* Other tokens of the same issuer for the same client. */
		{ "{\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}}", "events" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		judge(&rows[i], &expected);
}

static void test_BK_05_a_subject_has_a_longest_form(void **state)
{
	struct row row = { .about = NULL };
	auto_buf change = BUF(512);

	(void)state;
	for (size_t n = 255; n <= 256; n++) {
		buf_clear(&change);
		buf_add_text(&change, "{\"sub\":\"");
		for (size_t i = 0; i < n; i++)
			buf_add_byte(&change, 'a');
		buf_add_text(&change, "\"}");
		row = (struct row){ change.p, n == 255 ? NULL : "sub" };
		judge(&row, &expected);
	}
}

static void test_BK_05_no_nonce_is_never_the_same_nonce(void **state)
{
	static const struct row rows[] = { { "{}", "nonce" }, { "{\"nonce\":null}", "nonce" }, { "{\"nonce\":\"\"}", "nonce" } };
	struct id_token_expected nothing = expected;

	(void)state;
	nothing.nonce = STR_NONE;
	for (size_t i = 0; i < N_OF(rows); i++)
		judge(&rows[i], &nothing);
}

static void test_BK_13_the_checks_of_a_refreshed_one(void **state)
{
	static const struct row rows[] = {
		{ "{}", NULL },
		{ "{\"nonce\":null}", NULL },
		{ "{\"nonce\":\"n2\"}", "nonce" },
		{ "{\"sub\":\"bob\"}", "sub" },
		{ "{\"aud\":\"other\"}", "aud" },
		{ "{\"iss\":\"https://other.example\"}", "iss" },
		{ "{\"exp\":1799999970}", "exp" },
		{ "{\"at_hash\":\"x\"}", "at_hash" },
	};
	auto_json *before = json_of(GOOD);
	auto_json *silent = json_of("{\"sub\":\"alice\"}");
	struct id_token_expected again = expected;

	(void)state;
	again.nonce = STR_NONE;
	again.before = before;
	for (size_t i = 0; i < N_OF(rows); i++)
		judge(&rows[i], &again);
	/* What the login did not have cannot be the same. */
	again.before = silent;
	judge(&(struct row){ "{}", "nonce" }, &again);
	judge(&(struct row){ "{\"nonce\":null}", NULL }, &again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_BK_05_the_checks_of_openid_connect),
		cmocka_unit_test(test_BK_05_a_subject_has_a_longest_form),
		cmocka_unit_test(test_BK_05_no_nonce_is_never_the_same_nonce),
		cmocka_unit_test(test_BK_13_the_checks_of_a_refreshed_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
