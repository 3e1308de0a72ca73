/* SPDX-License-Identifier: MIT */
/* From the callback to an identity, at a provider that lies in every way. */
#include "login_fixture.h"

#include <openssl/pem.h>

#include "jws.h"

static void test_BK_05_a_code_becomes_an_identity(void **unused)
{
	(void)unused;
	serve_tokens("{}", "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	assert_claim("sub", "alice");
	assert_claim("email", "alice@example.com");
	assert_non_null(identity.id_token);
	assert_int_equal(identity.kind, LOGIN_REFRESH_TOKEN);
	assert_str(buf_str(&identity.token), REFRESHED);
	assert_sent("/token", "POST /token HTTP/1.1\r\n");
	assert_sent("/token", "Accept: application/json\r\n");
	assert_sent("/token",
		"\r\n\r\ngrant_type=authorization_code&code=" CODE
		"&redirect_uri=https%3A%2F%2Fgate.example%2Foauth%2Fcallback&code_verifier=" VERIFIER
		"&client_id=gate%3A1&client_secret=" SECRET);
	assert_not_sent("/token", "Authorization:");
	assert_not_sent("/token", "resource=");
	assert_null(strstr(log_text, "login_failed"));
}

static void test_BK_05_no_refresh_token_is_no_token(void **unused)
{
	(void)unused;
	serve_tokens("{}", "{\"refresh_token\":null}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	assert_int_equal(identity.kind, LOGIN_NO_TOKEN);
	assert_int_equal(identity.token.n, 0);
}

static void test_BK_06_the_resource_of_the_settings_goes_to_the_token_endpoint_too(void **unused)
{
	(void)unused;
	issuer.upstream_resource = STR("urn:api");
	serve_tokens("{}", "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	assert_sent("/token", "&resource=urn%3Aapi");
}

/* ---- Who we are ---- */

static void test_BK_05_each_way_to_show_who_we_are(void **unused)
{
	(void)unused;
	serve_tokens("{}", "{}");
	issuer.client.secret_method = CLIENT_AUTH_BASIC;
	login_restart();
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	/* "gate%3A1:s3cr3t-of-ours" */
	assert_sent("/token", "Authorization: Basic Z2F0ZSUzQTE6czNjcjN0LW9mLW91cnM=\r\n");
	assert_not_sent("/token", "client_id=");
	issuer.client.secret_method = CLIENT_AUTH_NONE;
	login_restart();
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	assert_sent("/token", "&client_id=gate%3A1");
	assert_not_sent("/token", "client_secret=");
	assert_not_sent("/token", "Authorization:");
}

static void pem_of(EVP_PKEY *private_key, struct buf *pem)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes;
	long n;

	assert_int_equal(PEM_write_bio_PrivateKey(memory, private_key, NULL, NULL, 0, NULL, NULL), 1);
	n = BIO_get_mem_data(memory, &bytes);
	buf_add(pem, (struct str){ bytes, (size_t)n });
	BIO_free(memory);
}

/* The claims of the assertion that was sent, which our key must have signed. */
static json_t *assertion_sent(void)
{
	static const char name[] = "&client_assertion=";
	struct str rest = str_from(strstr(request_at("/token"), name)), token;
	auto_json *set = json_pack("{s:[o]}", "keys", jwk_of(other_key, NULL));
	struct jwk_set *keys = jwk_set_read(set);
	struct jws jws;
	json_t *claims;

	assert_true(rest.n > sizeof(name));
	rest = str_skip(rest, sizeof(name) - 1);
	assert_true(str_cut(&rest, '&', &token));
	assert_int_equal(jws_parse(token, 0, &jws), OUTCOME_ALLOW);
	assert_int_equal(jws_verify(&jws, keys), OUTCOME_ALLOW);
	claims = jws_claims(&jws);
	jws_free(&jws);
	jwk_set_free(keys);
	return claims;
}

static void test_BK_05_a_key_shows_who_we_are_to_the_issuer_or_to_its_endpoint(void **unused)
{
	auto_buf pem = BUF(4096);
	char endpoint[256];

	(void)unused;
	(void)snprintf(endpoint, sizeof(endpoint), "%s/token", identifier);
	pem_of(other_key, &pem);
	issuer.client.key = buf_str(&pem);
	serve_tokens("{}", "{}");
	for (int i = 0; i < 2; i++) {
		issuer.client.assertion_for_endpoint = i == 1;
		login_restart();
		assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
		assert_not_sent("/token", "client_secret=");
		auto_json *claims = assertion_sent();
		assert_str(json_text(claims, "aud"), i == 1 ? endpoint : identifier);
		assert_str(json_text(claims, "iss"), "gate:1");
		assert_str(json_text(claims, "sub"), "gate:1");
		assert_int_equal(json_integer_value(json_object_get(claims, "exp")), NOW + 60);
	}
	issuer.client.key = STR("no key");
	login_restart();
	server_set(server, "/token", 200, JSON_TYPE, "{}")->hits = 0;
	assert_int_equal(finish(CALLBACK), LOGIN_UNUSABLE);
	assert_int_equal(hits("/token"), 0);
}

/* ---- The callback ---- */

/* What of iss comes back, percent-encoded as the provider would. */
static void callback_from(const char *rest, const char *iss, struct buf *query)
{
	buf_print(query, "state=af0ifjsldkj&%s%s%s", rest, iss[0] != '\0' ? "&iss=" : "", iss);
}

static void test_ISS_11_iss_has_to_be_that_of_the_provider(void **unused)
{
	const struct {
		const char *iss;
		bool alone_good, advertised_good;
	} cases[] = {
		{ "", true, false },
		{ identifier, true, true },
		{ "https%3A%2F%2Fevil.example", false, false },
		{ "HTTP%3A%2F%2F127.0.0.1", false, false },
		{ "x", false, false },
	};

	(void)unused;
	serve_tokens("{}", "{}");
	for (size_t advertised = 0; advertised < 2; advertised++) {
		serve_login(advertised != 0 ? ",\"authorization_response_iss_parameter_supported\":true" : "");
		login_restart();
		for (size_t i = 0; i < N_OF(cases); i++) {
			bool good = advertised != 0 ? cases[i].advertised_good : cases[i].alone_good;
			auto_buf query = BUF(1024), error = BUF(1024);
			unsigned before = hits("/token");

			callback_from("code=" CODE, cases[i].iss, &query);
			assert_int_equal(finish(query.p), good ? LOGIN_GOOD : LOGIN_FOREIGN);
			assert_int_equal(hits("/token"), before + (good ? 1 : 0));
			/* Of an error nothing is used, be it one that we know. */
			callback_from("error=access_denied&error_description=stranger", cases[i].iss, &error);
			assert_int_equal(finish(error.p), good ? LOGIN_REFUSED : LOGIN_FOREIGN);
			assert_string_equal(log_text, "");
		}
	}
}

static void test_ISS_11_iss_with_a_slash_more_is_another(void **unused)
{
	auto_buf query = BUF(1024);

	(void)unused;
	serve_tokens("{}", "{}");
	buf_print(&query, CALLBACK "&iss=%s%%2F", identifier);
	assert_int_equal(finish(query.p), LOGIN_FOREIGN);
}

static void test_BK_19_errors_of_the_provider_have_a_meaning(void **unused)
{
	static const struct {
		const char *query;
		enum login_outcome outcome;
	} cases[] = {
		{ "error=access_denied", LOGIN_REFUSED },
		{ "error=login_required&error_description=stranger", LOGIN_REFUSED },
		{ "error=interaction_required", LOGIN_REFUSED },
		{ "error=consent_required", LOGIN_REFUSED },
		{ "error=account_selection_required", LOGIN_REFUSED },
		{ "error=server_error", LOGIN_UNAVAILABLE },
		{ "error=temporarily_unavailable", LOGIN_UNAVAILABLE },
		{ "error=invalid_scope", LOGIN_UNUSABLE },
		{ "error=unauthorized_client", LOGIN_UNUSABLE },
		{ "error=stranger%20things", LOGIN_UNUSABLE },
		{ "error=access_denied&code=x", LOGIN_FOREIGN },
		{ "", LOGIN_FOREIGN },
		{ "code=", LOGIN_FOREIGN },
	};

	(void)unused;
	serve_tokens("{}", "{}");
	for (size_t i = 0; i < N_OF(cases); i++) {
		enum login_outcome outcome = finish(cases[i].query);

		if (outcome != cases[i].outcome)
			print_error("%s\n", cases[i].query);
		assert_int_equal(outcome, cases[i].outcome);
	}
	assert_int_equal(hits("/token"), 0);
}

/* ---- An ID token that lies ---- */

static void test_BK_05_an_id_token_that_is_not_the_answer_is_refused(void **unused)
{
	static const char *const changes[] = { "{\"nonce\":\"other\"}", "{\"nonce\":null}", "{\"aud\":\"another\"}",
		"{\"aud\":[\"gate:1\",\"another\"]}", "{\"azp\":\"another\"}", "{\"iss\":\"https://evil.example\"}", "{\"iss\":null}",
		"{\"exp\":1799999970}", "{\"exp\":null}", "{\"iat\":1800000031}", "{\"sub\":null}", "{\"sub\":5}",
		"{\"at_hash\":\"AAAAAAAAAAAAAAAAAAAAAA\"}", "{\"events\":{}}" };

	(void)unused;
	for (size_t i = 0; i < N_OF(changes); i++) {
		serve_tokens(changes[i], "{}");
		if (finish(CALLBACK) != LOGIN_UNUSABLE)
			fail_msg("%s was taken", changes[i]);
		assert_logged("the ID token is refused");
	}
	serve_tokens("{}", "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
}

static void test_BK_05_at_hash_is_that_of_the_access_token(void **unused)
{
	unsigned char digest[32];
	auto_buf hash = BUF(64), change = BUF(128);

	(void)unused;
	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, ACCESS, strlen(ACCESS), digest, NULL), 1);
	base64url_encode((struct str){ (const char *)digest, 16 }, &hash);
	buf_print(&change, "{\"at_hash\":\"%s\"}", hash.p);
	serve_tokens(change.p, "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
	serve_tokens(change.p, "{\"access_token\":\"" ACCESS "x\"}");
	assert_int_equal(finish(CALLBACK), LOGIN_UNUSABLE);
	assert_logged("at_hash");
}

static void test_BK_05_only_the_keys_of_the_provider_sign(void **unused)
{
	static const struct {
		const char *header;
		bool other;
		const char *says;
	} cases[] = {
		{ ID_HEADER, true, "does not hold" },
		{ "{\"alg\":\"ES256\",\"kid\":\"two\"}", true, "does not publish" },
		{ "{\"alg\":\"none\"}", false, "(alg)" },
		{ "{\"alg\":\"HS256\",\"kid\":\"one\"}", false, "(alg)" },
		{ "{\"alg\":\"RS256\",\"kid\":\"one\"}", false, "does not hold" },
		{ "{\"alg\":\"ES256\",\"kid\":\"one\",\"typ\":\"at+jwt\"}", false, "(typ)" },
		{ "{\"alg\":\"ES256\",\"kid\":\"one\",\"typ\":\"logout+jwt\"}", false, "(typ)" },
		{ "{\"alg\":\"ES256\",\"kid\":\"one\",\"crit\":[\"x\"],\"x\":1}", false, "(alg)" },
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(cases); i++) {
		auto_buf token = BUF(TEST_TOKEN_BYTES);

		sign_id_token(cases[i].other ? other_key : key, cases[i].header, "{}", &token);
		serve_answer(token.p, "{}");
		assert_int_equal(finish(CALLBACK), LOGIN_UNUSABLE);
		assert_logged(cases[i].says);
	}
	/* ES256 is none of those that the settings allow. */
	issuer.algorithms = 1;
	login_restart();
	serve_tokens("{}", "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_UNUSABLE);
	assert_logged("(alg)");
}

static void test_BK_05_an_id_token_without_signature_is_none(void **unused)
{
	static const char *const tokens[] = { "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.e30", "opaque", "a.b.c.d.e" };

	(void)unused;
	for (size_t i = 0; i < N_OF(tokens); i++) {
		serve_answer(tokens[i], "{}");
		assert_int_equal(finish(CALLBACK), LOGIN_UNUSABLE);
	}
	serve_answer(NULL, "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_UNUSABLE);
	assert_logged("no ID token");
}

static void test_BK_05_keys_that_are_not_to_be_had_are_an_outage(void **unused)
{
	(void)unused;
	serve_tokens("{}", "{}");
	(void)server_set(server, "/jwks", 500, "", "");
	assert_int_equal(finish(CALLBACK), LOGIN_UNAVAILABLE);
}

/* ---- A token endpoint that lies ---- */

static void test_BK_05_answers_that_are_none(void **unused)
{
	static char huge[65000];
	static const struct {
		int status;
		const char *headers, *body;
		enum login_outcome outcome;
	} cases[] = {
		{ 200, "Content-Type: text/html\r\n", "<html>{}</html>", LOGIN_UNUSABLE },
		{ 200, "Content-Type: text/html\r\n", "{\"access_token\":\"" ACCESS "\",\"token_type\":\"Bearer\"}", LOGIN_UNUSABLE },
		{ 302, "Location: /token\r\n", "", LOGIN_UNUSABLE },
		{ 200, JSON_TYPE, huge, LOGIN_UNUSABLE },
		{ 200, JSON_TYPE, "[]", LOGIN_UNUSABLE },
		{ 200, JSON_TYPE, "{}", LOGIN_UNUSABLE },
		{ 201, JSON_TYPE, "{\"access_token\":\"" ACCESS "\",\"token_type\":\"Bearer\"}", LOGIN_UNUSABLE },
		{ 200, JSON_TYPE, "{\"access_token\":\"" ACCESS "\",\"token_type\":\"DPoP\"}", LOGIN_UNUSABLE },
		{ 400, JSON_TYPE, "{\"error\":\"invalid_grant\",\"error_description\":\"stranger\"}", LOGIN_UNUSABLE },
		{ 401, JSON_TYPE, "{\"error\":\"invalid_client\"}", LOGIN_UNUSABLE },
		{ 200, JSON_TYPE, "{\"error\":\"bad_verification_code\"}", LOGIN_UNUSABLE },
		{ 400, JSON_TYPE, "{\"error\":\"stranger\"}", LOGIN_UNUSABLE },
		{ 400, JSON_TYPE, "{\"error\":\"access_denied\"}", LOGIN_REFUSED },
		{ 429, "", "", LOGIN_UNAVAILABLE },
		{ 503, JSON_TYPE, "{\"error\":\"temporarily_unavailable\"}", LOGIN_UNAVAILABLE },
	};

	(void)unused;
	memset(huge, ' ', sizeof(huge) - 1);
	for (size_t i = 0; i < N_OF(cases); i++) {
		(void)server_set(server, "/token", cases[i].status, cases[i].headers, cases[i].body);
		login_restart();
		if (finish(CALLBACK) != cases[i].outcome)
			fail_msg("%d %.60s: %s", cases[i].status, cases[i].body, log_text);
	}
}

static void test_BK_05_an_endpoint_that_is_down_is_an_outage_and_is_left_alone(void **unused)
{
	static const enum route_mode modes[] = { ROUTE_SILENT, ROUTE_TRUNCATED, ROUTE_CLOSED };

	(void)unused;
	for (size_t i = 0; i < N_OF(modes); i++) {
		serve_tokens("{}", "{}");
		server_set(server, "/token", 200, JSON_TYPE, "{}")->mode = modes[i];
		login_restart();
		assert_int_equal(finish_with(&openid_request, CALLBACK, 300), LOGIN_UNAVAILABLE);
		assert_logged("the token endpoint");
	}
	/* The next one does not wait for it. */
	serve_tokens("{}", "{}");
	server_set(server, "/token", 200, JSON_TYPE, "{}")->hits = 0;
	assert_int_equal(finish(CALLBACK), LOGIN_UNAVAILABLE);
	assert_int_equal(hits("/token"), 0);
}

/* It may be about this code only, and anybody can bring one. */
static void test_SEC_12_an_error_for_one_code_shuts_out_nobody_else(void **unused)
{
	(void)unused;
	serve_tokens("{}", "{}");
	(void)server_set(server, "/token", 500, "", "");
	assert_int_equal(finish(CALLBACK), LOGIN_UNAVAILABLE);
	serve_tokens("{}", "{}");
	assert_int_equal(finish(CALLBACK), LOGIN_GOOD);
}

static void test_BK_05_an_endless_answer_ends(void **unused)
{
	(void)unused;
	serve_tokens("{}", "{}");
	server_set(server, "/token", 200, JSON_TYPE, "{}")->mode = ROUTE_ENDLESS;
	assert_int_equal(finish(CALLBACK), LOGIN_UNUSABLE);
	assert_logged("larger than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOGIN_TEST(test_BK_05_a_code_becomes_an_identity),
		LOGIN_TEST(test_BK_05_no_refresh_token_is_no_token),
		LOGIN_TEST(test_BK_06_the_resource_of_the_settings_goes_to_the_token_endpoint_too),
		LOGIN_TEST(test_BK_05_each_way_to_show_who_we_are),
		LOGIN_TEST(test_BK_05_a_key_shows_who_we_are_to_the_issuer_or_to_its_endpoint),
		LOGIN_TEST(test_ISS_11_iss_has_to_be_that_of_the_provider),
		LOGIN_TEST(test_ISS_11_iss_with_a_slash_more_is_another),
		LOGIN_TEST(test_BK_19_errors_of_the_provider_have_a_meaning),
		LOGIN_TEST(test_BK_05_an_id_token_that_is_not_the_answer_is_refused),
		LOGIN_TEST(test_BK_05_at_hash_is_that_of_the_access_token),
		LOGIN_TEST(test_BK_05_only_the_keys_of_the_provider_sign),
		LOGIN_TEST(test_BK_05_an_id_token_without_signature_is_none),
		LOGIN_TEST(test_BK_05_keys_that_are_not_to_be_had_are_an_outage),
		LOGIN_TEST(test_BK_05_answers_that_are_none),
		LOGIN_TEST(test_BK_05_an_endpoint_that_is_down_is_an_outage_and_is_left_alone),
		LOGIN_TEST(test_SEC_12_an_error_for_one_code_shuts_out_nobody_else),
		LOGIN_TEST(test_BK_05_an_endless_answer_ends),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
