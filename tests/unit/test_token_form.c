/* SPDX-License-Identifier: MIT */
/* What clients post, and how they say who they are. */
#include "unit.h"

#include "base64url.h"
#include "introspection.h"
#include "token_form.h"

static struct token_form form;
static struct client_proof proof;

static int forget(void **state)
{
	(void)state;
	client_proof_free(&proof);
	token_form_free(&form);
	return 0;
}
#define FORM_TEST(function) cmocka_unit_test_teardown(function, forget)

static bool read_form(const char *body)
{
	token_form_free(&form);
	return token_form_read(str_from(body), &form);
}

static const char *prove(struct str authorization, unsigned copies, const char *body)
{
	client_proof_free(&proof);
	assert_true(read_form(body));
	return client_proof_read(authorization, copies, &form, &proof);
}

static const char *prove_pair(const char *pair, const char *body)
{
	auto_buf header = BUF(4096);

	buf_add_text(&header, "Basic ");
	base64_encode(str_from(pair), &header);
	return prove(buf_str(&header), 1, body);
}

static void test_BK_10_all_parameters(void **state)
{
	(void)state;
	assert_true(read_form("grant_type=authorization_code&code=c%2F1&redirect_uri=http%3A%2F%2F127.0.0.1%2F&code_verifier=v&refresh_token=r"
			      "&scope=a+b&resource=https://r.example&token=t&client_id=i&client_secret=s&unknown=u&unknown=w"));
	assert_str(form.grant_type, "authorization_code");
	assert_str(form.code, "c/1");
	assert_str(form.redirect_uri, "http://127.0.0.1/");
	assert_str(form.verifier, "v");
	assert_str(form.refresh_token, "r");
	assert_str(form.scope, "a b");
	assert_str(form.resource, "https://r.example");
	assert_str(form.token, "t");
	assert_str(form.client_id, "i");
	assert_str(form.client_secret, "s");
	assert_null(form.doubled);
}

static void test_BK_10_each_at_most_once(void **state)
{
	static const char *const names[] = { "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource", "token",
		"client_id", "client_secret" };

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		auto_buf body = BUF(256);

		buf_print(&body, "%s=a&x=y&%s=b", names[i], names[i]);
		assert_true(read_form(body.p));
		assert_string_equal(form.doubled, names[i]);
	}
	assert_false(read_form("code=%"));
	assert_false(read_form("code=%00"));
	assert_null(form.code.p);
	assert_true(read_form(""));
}

static void test_BK_10_the_client_in_the_form(void **state)
{
	(void)state;
	assert_null(prove(STR_NONE, 0, "client_id=app&client_secret=s"));
	assert_str(proof.id, "app");
	assert_str(proof.secret, "s");
	assert_false(proof.basic);
	assert_null(prove(STR_NONE, 0, "client_id=app"));
	assert_int_equal(proof.secret.n, 0);
	assert_non_null(prove(STR_NONE, 0, "client_secret=s"));
}

static void test_BK_10_the_client_in_the_header(void **state)
{
	auto_buf header = BUF(4096);

	(void)state;
	/* Percent-encoded as in a form (RFC 6749 2.3.1), as we send it ourselves. */
	basic_add(STR("a:b&c=d e"), STR("s+/%:&="), &header);
	assert_null(prove(buf_str(&header), 1, ""));
	assert_str(proof.id, "a:b&c=d e");
	assert_str(proof.secret, "s+/%:&=");
	assert_true(proof.basic);
	assert_null(prove_pair("app:", ""));
	assert_str(proof.id, "app");
	assert_int_equal(proof.secret.n, 0);
	assert_null(prove_pair("app:a:b=", "client_id=app"));
	assert_str(proof.secret, "a:b=");
}

static void test_BK_10_one_way_only(void **state)
{
	static const char *const pairs[] = { "", "app", ":secret", "app:%", "app:a&id=b", "app:\n" };

	(void)state;
	for (size_t i = 0; i < N_OF(pairs); i++) {
		if (prove_pair(pairs[i], "") == NULL)
			fail_msg("%s", pairs[i]);
		assert_true(proof.basic);
	}
	assert_non_null(prove_pair("app:s", "client_id=other"));
	assert_non_null(prove_pair("app:s", "client_secret=s"));
	assert_non_null(prove(STR("Basic YXBwOnM="), 2, ""));
	assert_non_null(prove(STR("Bearer YXBwOnM="), 1, "client_id=app"));
	assert_non_null(prove(STR("Basic YXBwOnM"), 1, ""));
	assert_non_null(prove(STR("Basic"), 1, ""));
	assert_null(prove(STR("basic YXBwOnM="), 1, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FORM_TEST(test_BK_10_all_parameters),
		FORM_TEST(test_BK_10_each_at_most_once),
		FORM_TEST(test_BK_10_the_client_in_the_form),
		FORM_TEST(test_BK_10_the_client_in_the_header),
		FORM_TEST(test_BK_10_one_way_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
