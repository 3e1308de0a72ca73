/* SPDX-License-Identifier: MIT */
/* What is judged without a key; test_jws_keys.c and test_jws_verify.c have the rest. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "jws.h"
#include "keys.h"

#define auto_jws __attribute__((cleanup(jws_free))) struct jws

static enum outcome parse(struct str token, uint32_t allowed)
{
	auto_jws jws = { 0 };

	return jws_parse(token, allowed, &jws);
}

/* A token of this header and payload, with a signature that nobody made. */
static void add_token(struct str header, struct str payload, struct buf *token)
{
	base64url_encode(header, token);
	buf_add_byte(token, '.');
	base64url_encode(payload, token);
	buf_add(token, STR(".c2ln"));
}

static enum outcome parse_header(const char *header)
{
	auto_buf token = BUF(TEST_TOKEN_BYTES);

	add_token(str_from(header), STR("{}"), &token);
	return parse(buf_str(&token), 0);
}

static void expect_header(const char *header, enum outcome expected)
{
	enum outcome outcome = parse_header(header);

	if (outcome != expected)
		fail_msg("%s: outcome %d, expected %d", header, outcome, expected);
}

#define RS256 "eyJhbGciOiJSUzI1NiJ9" /* {"alg":"RS256"} */

static void test_a_good_token_is_taken_apart(void **state)
{
	const struct str token = STR("eyJhbGciOiJFUzI1NiIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJpIn0.c2ln");
	auto_jws jws = { 0 };

	(void)state;
	assert_int_equal(jws_parse(token, 0, &jws), OUTCOME_ALLOW);
	assert_str(jws.signing_input, "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJpIn0");
	assert_str(jws.header_text, "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ");
	assert_str(jws.payload_text, "eyJpc3MiOiJpIn0");
	assert_str(jws.signature_text, "c2ln");
	assert_str(jws.signature, "sig");
	assert_string_equal(jws.algorithm->name, "ES256");
	assert_int_equal(jws.algorithm_index, 6);
	assert_str(jws.kid, "a");
	assert_str(jws.typ, "JWT");
}

static void test_JW_01_three_parts_of_canonical_base64url(void **state)
{
	const struct str wrong[] = {
		STR_NONE, STR(""), STR("."), STR(".."), STR("..."), STR("....."), STR("a"), STR(RS256),
		STR(RS256 ".e30"), STR(RS256 ".e30."), STR(RS256 "..c2ln"), STR(".e30.c2ln"),
		STR(RS256 ".e30.c2ln."), STR("." RS256 ".e30.c2ln"),
		STR(RS256 ".e30.c2ln.c2ln"), STR(RS256 "=.e30.c2ln"), STR(RS256 ".e30=.c2ln"), STR(RS256 ".e30.c2ln="),
		STR(RS256 ".e30.c2ln\n"), STR("\n" RS256 ".e30.c2ln"), STR(RS256 ".e3\n0.c2ln"),
		STR(" " RS256 ".e30.c2ln"), STR(RS256 ".e30.c2+n"), STR(RS256 ".e30.c2/n"),
		STR(RS256 ".e3+.c2ln"), STR(RS256 ".e30.c2ln\0"), STR(RS256 ".e30\0.c2ln"),
		STR(RS256 ".e30.c2l"),  /* canonical is c2k */
		STR(RS256 ".e31.c2ln"), /* e30 */
		STR("eyJhbGciOiJSUzI1NiJ8.e30.c2ln"), STR(RS256 ".e30.c"), STR(RS256 ".e30.c2lnc"),
		STR(RS256 ".e.c2ln"), STR("eyJhbGciOiJSUzI1NiI.e30.c2ln"), STR("e30.e30.c2ln"),
		STR("W10.e30.c2ln"), STR("IiI.e30.c2ln"), STR("AAAA.e30.c2ln"),
	};

	(void)state;
	assert_int_equal(parse(STR(RS256 ".e30.c2ln"), 0), OUTCOME_ALLOW);
	for (size_t i = 0; i < N_OF(wrong); i++) {
		enum outcome outcome = parse(wrong[i], 0);

		if (outcome != OUTCOME_MALFORMED_TOKEN)
			fail_msg("case %zu: outcome %d", i, outcome);
	}
}

static void test_JW_08_encrypted_and_nested_tokens_are_told_apart(void **state)
{
	auto_free char *jwe = read_vector("rfc7520-5.1.jwe");

	(void)state;
	assert_int_equal(parse(str_from(jwe), 0), OUTCOME_ENCRYPTED_TOKEN);
	assert_int_equal(parse(STR("...."), 0), OUTCOME_ENCRYPTED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"cty\":\"JWT\"}", OUTCOME_OTHER_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"cty\":\"jwt\"}", OUTCOME_OTHER_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"cty\":\"application/JWT\"}", OUTCOME_OTHER_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"cty\":\"json\"}", OUTCOME_ALLOW);
	expect_header("{\"alg\":\"RS256\",\"cty\":1}", OUTCOME_MALFORMED_TOKEN);
}

static void test_TK_05_sizes_are_bounded(void **state)
{
	auto_buf token = BUF(TEST_TOKEN_BYTES), header = BUF(4096);

	(void)state;
	buf_add(&token, STR(RS256 "."));
	while (token.n < JWS_TOKEN_BYTES - 5)
		buf_add(&token, STR("A"));
	buf_add(&token, STR(".c2ln"));
	assert_int_equal(token.n, JWS_TOKEN_BYTES);
	assert_int_equal(parse(buf_str(&token), 0), OUTCOME_ALLOW);
	buf_add_byte(&token, 'c');
	assert_int_equal(parse(buf_str(&token), 0), OUTCOME_TOKEN_TOO_LARGE);
	memset(token.p, '.', token.n); /* too large is said before anything is looked at */
	assert_int_equal(parse(buf_str(&token), 0), OUTCOME_TOKEN_TOO_LARGE);

	buf_add(&header, STR("{\"alg\":\"RS256\",\"x\":\""));
	while (header.n < JWS_HEADER_BYTES - 2)
		buf_add_byte(&header, 'x');
	buf_add(&header, STR("\"}"));
	assert_int_equal(parse_header(header.p), OUTCOME_ALLOW);
	header.n -= 2;
	buf_add(&header, STR("x\"}"));
	assert_int_equal(parse_header(header.p), OUTCOME_MALFORMED_TOKEN);
}

static void test_JW_02_double_members_of_the_header_are_refused(void **state)
{
	(void)state;
	expect_header("{\"alg\":\"RS256\",\"alg\":\"none\"}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"none\",\"alg\":\"RS256\"}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"\\u0061lg\":\"RS256\"}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"kid\":\"a\",\"kid\":\"a\"}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"jwk\":{\"a\":1,\"a\":1}}", OUTCOME_MALFORMED_TOKEN);
}

static void test_JW_03_none_hmac_and_strangers_are_refused(void **state)
{
	static const char *const names[] = { "none", "None", "nOnE", "NONE", "HS256", "HS384", "HS512", "hs256",
		"Hs256", "rs256", "Rs256",
		"RS256 ", " RS256", "RS2566", "RS25", "RS1", "ES256K", "ESP256", "Ed448", "ed25519", "eddsa",
		"EDDSA", "RSA1_5", "RSA-OAEP",
		"dir", "A128KW", "RS256\\u000a", "ML-DSA-44", "", "*" };
	auto_free char *none = read_vector("rfc7515-a5.jws"), *hmac = read_vector("rfc7515-a1.jws"),
		*hmac2 = read_vector("rfc7520-4.4.jws");

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		auto_buf header = BUF(64);

		buf_print(&header, "{\"alg\":\"%s\"}", names[i]);
		expect_header(header.p, OUTCOME_BAD_ALGORITHM);
	}
	assert_int_equal(parse(str_from(none), 0), OUTCOME_MALFORMED_TOKEN); /* its signature is empty */
	assert_int_equal(parse(str_from(hmac), 0), OUTCOME_BAD_ALGORITHM);
	assert_int_equal(parse(str_from(hmac2), 0), OUTCOME_BAD_ALGORITHM);
	assert_int_equal(parse(str_from(hmac), UINT32_MAX), OUTCOME_BAD_ALGORITHM);
}

static void test_JW_03_the_algorithm_is_a_string(void **state)
{
	static const char *const values[] = { "null", "true", "256", "[\"RS256\"]", "{\"RS256\":1}", "[]", "{}" };

	(void)state;
	expect_header("{}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"ALG\":\"RS256\"}", OUTCOME_MALFORMED_TOKEN);
	for (size_t i = 0; i < N_OF(values); i++) {
		auto_buf header = BUF(64);

		buf_print(&header, "{\"alg\":%s}", values[i]);
		expect_header(header.p, OUTCOME_MALFORMED_TOKEN);
	}
}

static void test_JW_03_only_allowed_algorithms_pass(void **state)
{
	(void)state;
	for (size_t i = 0; jws_algorithms[i].name != NULL; i++) {
		auto_buf header = BUF(64), token = BUF(256);

		buf_print(&header, "{\"alg\":\"%s\"}", jws_algorithms[i].name);
		add_token(buf_str(&header), STR("{}"), &token);
		for (size_t bit = 0; bit < 32; bit++)
			assert_int_equal(parse(buf_str(&token), (uint32_t)1 << bit),
				bit == i ? OUTCOME_ALLOW : OUTCOME_BAD_ALGORITHM);
		assert_int_equal(parse(buf_str(&token), 0), OUTCOME_ALLOW);
		assert_int_equal(parse(buf_str(&token), ~((uint32_t)1 << i)), OUTCOME_BAD_ALGORITHM);
	}
}

static void test_JW_06_members_that_bring_keys_are_not_read(void **state)
{
	(void)state;
	expect_header("{\"alg\":\"RS256\",\"jku\":\"http://[::1]\",\"x5u\":1,\"jwk\":1,\"x5c\":[{}]}", OUTCOME_ALLOW);
}

static void test_JW_07_extensions_are_refused(void **state)
{
	static const char *const members[] = { "\"crit\":[\"exp\"]", "\"crit\":[]", "\"crit\":null",
		"\"crit\":\"exp\"", "\"crit\":{}",
		"\"crit\":[\"b64\"],\"b64\":false", "\"b64\":false", "\"b64\":true", "\"b64\":null",
		"\"crit\":[\"alg\"]" };

	(void)state;
	for (size_t i = 0; i < N_OF(members); i++) {
		auto_buf header = BUF(128);

		buf_print(&header, "{\"alg\":\"RS256\",%s}", members[i]);
		expect_header(header.p, OUTCOME_CRITICAL_HEADER);
	}
}

static void test_JW_09_types(void **state)
{
	static const struct {
		const char *typ; /* NULL = absent */
		bool lax, strict;
	} cases[] = {
		{ "at+jwt", true, true }, { "AT+JWT", true, true }, { "application/at+jwt", true, true },
		{ "APPLICATION/At+Jwt", true, true },
		{ NULL, true, false }, { "JWT", true, false }, { "jwt", true, false },
		{ "application/jwt", true, false },
		{ "oauth-id-jag+jwt", false, false }, { "dpop+jwt", false, false }, { "logout+jwt", false, false },
		{ "secevent+jwt", false, false }, { "token-introspection+jwt", false, false },
		{ "statement+jwt", false, false },
		{ "application/dpop+jwt", false, false }, { "oauth-authz-req+jwt", false, false },
		{ "dc+sd-jwt", false, false },
		{ "JOSE", false, false }, { "JWS", false, false }, { "at+jwt ", false, false },
		{ " at+jwt", false, false },
		{ "at", false, false }, { "at+jwtx", false, false }, { "application/", false, false },
		{ "application/application/jwt", false, false },
		{ "text/at+jwt", false, false }, { "at+jwt;v=1", false, false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf header = BUF(128), token = BUF(512);
		auto_jws jws = { 0 };

		buf_print(&header, cases[i].typ != NULL ? "{\"alg\":\"RS256\",\"typ\":\"%s\"}" : "{\"alg\":\"RS256\"}",
			cases[i].typ != NULL ? cases[i].typ : "");
		add_token(buf_str(&header), STR("{}"), &token);
		assert_int_equal(jws_parse(buf_str(&token), 0, &jws), OUTCOME_ALLOW);
		if ((jws_check_type(&jws, false) == OUTCOME_ALLOW) != cases[i].lax ||
			(jws_check_type(&jws, true) == OUTCOME_ALLOW) != cases[i].strict)
			fail_msg("%s", cases[i].typ);
		if (!cases[i].lax)
			assert_int_equal(jws_check_type(&jws, false), OUTCOME_BAD_TYPE);
	}
	expect_header("{\"alg\":\"RS256\",\"typ\":\"\"}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"typ\":null}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"typ\":[\"JWT\"]}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"typ\":1}", OUTCOME_MALFORMED_TOKEN);
}

static void test_JW_10_key_ids_are_strings_of_256_bytes_at_most(void **state)
{
	static const char *const wrong[] = { "1", "null", "true", "[\"a\"]", "{\"a\":\"b\"}", "1.5" };
	auto_buf header = BUF(1024);
	char kid[258];

	(void)state;
	memset(kid, 'k', sizeof(kid));
	buf_print(&header, "{\"alg\":\"RS256\",\"kid\":\"%.*s\"}", 256, kid);
	expect_header(header.p, OUTCOME_ALLOW);
	buf_clear(&header);
	buf_print(&header, "{\"alg\":\"RS256\",\"kid\":\"%.*s\"}", 257, kid);
	expect_header(header.p, OUTCOME_MALFORMED_TOKEN);
	for (size_t i = 0; i < N_OF(wrong); i++) {
		buf_clear(&header);
		buf_print(&header, "{\"alg\":\"RS256\",\"kid\":%s}", wrong[i]);
		expect_header(header.p, OUTCOME_MALFORMED_TOKEN);
	}
	expect_header("{\"alg\":\"RS256\",\"kid\":\"../../etc/passwd\"}", OUTCOME_ALLOW);
	expect_header("{\"alg\":\"RS256\",\"kid\":\"a\\u0000b\"}", OUTCOME_MALFORMED_TOKEN);
}

static void test_JW_13_headers_are_bounded_utf8(void **state)
{
	auto_buf header = BUF(2048);

	(void)state;
	expect_header("{\"alg\":\"RS256\",\"x\":[[[[[[[1]]]]]]]}", OUTCOME_ALLOW);
	expect_header("{\"alg\":\"RS256\",\"x\":[[[[[[[[1]]]]]]]]}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"x\":\"\xff\"}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\",\"x\":9223372036854775808}", OUTCOME_MALFORMED_TOKEN);
	expect_header("\xef\xbb\xbf{\"alg\":\"RS256\"}", OUTCOME_MALFORMED_TOKEN);
	expect_header("{\"alg\":\"RS256\"}{}", OUTCOME_MALFORMED_TOKEN);
	buf_add(&header, STR("{\"alg\":\"RS256\""));
	for (int i = 1; i < 64; i++)
		buf_print(&header, ",\"m%d\":1", i);
	buf_add(&header, STR("}"));
	expect_header(header.p, OUTCOME_ALLOW);
	header.n--;
	buf_add(&header, STR(",\"more\":1}"));
	expect_header(header.p, OUTCOME_MALFORMED_TOKEN);
}

/* The claims of a token with this payload, and what jws_peek_issuer says of them. new */
static json_t *claims_of(struct str payload, struct buf *issuer, bool *peeked)
{
	auto_buf token = BUF(TEST_TOKEN_BYTES);
	auto_jws jws = { 0 };

	add_token(STR("{\"alg\":\"RS256\"}"), payload, &token);
	assert_int_equal(jws_parse(buf_str(&token), 0, &jws), OUTCOME_ALLOW);
	*peeked = jws_peek_issuer(&jws, issuer);
	return jws_claims(&jws);
}

static void test_JW_13_claims_are_one_bounded_object_or_none(void **state)
{
	const struct str wrong[] = { STR("x"), STR("[]"), STR("\"iss\""), STR("{\"iss\":\"a\"} x"),
		STR("{\"iss\":\"a\",\"iss\":\"b\"}"),
		STR("{\"iss\":\"a\",\"aud\":\"x\",\"aud\":\"y\"}"), STR("{\"iss\":\"a\",\"x\":{\"y\":1,\"y\":2}}"),
		STR("{\"iss\":\"a\",\"x\":[[[[[[[[1]]]]]]]]}"), STR("{\"iss\":\"a\",\"x\":\"\xff\"}"),
		STR("{\"iss\":\"a\0\"}"),
		STR("{\"iss\":\"a\\u0000\"}"), STR("{\"iss\":\"a\",\"exp\":99999999999999999999}"),
		STR("{\"iss\":\"a\"") };
	bool peeked;

	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++) {
		auto_buf issuer = BUF(64);
		auto_json *claims = claims_of(wrong[i], &issuer, &peeked);

		if (claims != NULL || peeked || issuer.n != 0)
			fail_msg("case %zu", i);
	}
}

static void test_JW_12_the_issuer_is_all_that_is_seen_before(void **state)
{
	static const struct {
		const char *payload, *issuer; /* NULL: none */
	} cases[] = {
		{ "{\"iss\":\"https://a.example/\"}", "https://a.example/" }, { "{\"x\":1,\"iss\":\"a\"}", "a" },
		{ "{}", NULL }, { "{\"iss\":\"\"}", NULL }, { "{\"iss\":null}", NULL }, { "{\"iss\":1}", NULL },
		{ "{\"iss\":[\"a\"]}", NULL },
		{ "{\"ISS\":\"a\"}", NULL }, { "{\"x\":{\"iss\":\"a\"}}", NULL },
		{ "{\"iss\":\"0123456789012345678\"}", NULL },
	};
	bool peeked;

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf issuer = BUF(18);
		auto_json *claims = claims_of(str_from(cases[i].payload), &issuer, &peeked);

		assert_non_null(claims);
		assert_int_equal(peeked, cases[i].issuer != NULL);
		if (peeked)
			assert_str(buf_str(&issuer), cases[i].issuer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_token_is_taken_apart),
		cmocka_unit_test(test_JW_01_three_parts_of_canonical_base64url),
		cmocka_unit_test(test_JW_08_encrypted_and_nested_tokens_are_told_apart),
		cmocka_unit_test(test_TK_05_sizes_are_bounded),
		cmocka_unit_test(test_JW_02_double_members_of_the_header_are_refused),
		cmocka_unit_test(test_JW_03_none_hmac_and_strangers_are_refused),
		cmocka_unit_test(test_JW_03_the_algorithm_is_a_string),
		cmocka_unit_test(test_JW_03_only_allowed_algorithms_pass),
		cmocka_unit_test(test_JW_06_members_that_bring_keys_are_not_read),
		cmocka_unit_test(test_JW_07_extensions_are_refused),
		cmocka_unit_test(test_JW_09_types),
		cmocka_unit_test(test_JW_10_key_ids_are_strings_of_256_bytes_at_most),
		cmocka_unit_test(test_JW_13_headers_are_bounded_utf8),
		cmocka_unit_test(test_JW_13_claims_are_one_bounded_object_or_none),
		cmocka_unit_test(test_JW_12_the_issuer_is_all_that_is_seen_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
