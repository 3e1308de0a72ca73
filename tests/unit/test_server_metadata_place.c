/* SPDX-License-Identifier: MIT */
/* server_metadata: at which places a document is, and on which hosts. */
#include "server_metadata_fixture.h"

static enum server_metadata_form form(const char *host, const char *path)
{
	return server_metadata_form(&settings, &issuer, str_from(host), str_from(path));
}

static void place(const char *identifier)
{
	issuer.identifier = str_from(identifier);
	assert_true(url_parse(issuer.identifier, &issuer.url));
}

#define OAUTH "/.well-known/oauth-authorization-server"
#define OPENID "/.well-known/openid-configuration"

static void test_DISC_03_DISC_04_an_issuer_with_a_path_has_three_places(void **state)
{
	static const char *const issuers[] = { "https://idp.example/o/x", "https://idp.example/o/x/" };
	static const char *const elsewhere[] = { OAUTH, OPENID, OAUTH "/o", OAUTH "/o/x/", OAUTH "/o/x/y",
		OAUTH "/o/X", "/o/x" OAUTH, "/o/x/" OPENID, "/o/x", "/o/x" OPENID "/", OPENID "/o/x/",
		"/o" OPENID, "", "/", OAUTH "/%6f/x", OAUTH "/o//x", OAUTH "//o/x", "/x" OAUTH "/o/x" };

	(void)state;
	for (size_t i = 0; i < N_OF(issuers); i++) {
		place(issuers[i]);
		assert_int_equal(form("idp.example", OAUTH "/o/x"), FORM_RFC8414);
		assert_int_equal(form("idp.example", OPENID "/o/x"), FORM_OPENID);
		assert_int_equal(form("idp.example", "/o/x" OPENID), FORM_OPENID);
		assert_int_equal(form("IDP.example", OAUTH "/o/x"), FORM_RFC8414);
		for (size_t k = 0; k < N_OF(elsewhere); k++) {
			if (form("idp.example", elsewhere[k]) != FORM_NONE)
				fail_msg("%s is no place of %s", elsewhere[k], issuers[i]);
		}
	}
}

static void test_DISC_01_an_issuer_without_a_path_has_its_places_at_the_root(void **state)
{
	static const char *const issuers[] = { "https://idp.example", "https://idp.example/",
		"https://idp.example:8443" };

	(void)state;
	for (size_t i = 0; i < N_OF(issuers); i++) {
		place(issuers[i]);
		assert_int_equal(form("idp.example", OAUTH), FORM_RFC8414);
		assert_int_equal(form("idp.example", OPENID), FORM_OPENID);
		assert_int_equal(form("idp.example", OAUTH "/"), FORM_NONE);
		assert_int_equal(form("idp.example", OAUTH "/mcp"), FORM_NONE);
	}
}

static void test_ISS_02_DISC_10_no_document_on_a_foreign_host(void **state)
{
	static const char *const hosts[] = { "gate.example", "idp.example.evil.example", "example", "",
		"evil.idp.example", "idp.example:443" };

	(void)state;
	place("https://idp.example");
	for (size_t i = 0; i < N_OF(hosts); i++) {
		assert_int_equal(form(hosts[i], OAUTH), FORM_NONE);
		assert_int_equal(form(hosts[i], OPENID), FORM_NONE);
	}
}

static void test_DISC_05_a_facade_has_one_place_and_no_openid_form(void **state)
{
	(void)state;
	facade();
	place("https://idp.example/o/x");
	assert_int_equal(form("gate.example", OAUTH), FORM_RFC8414);
	assert_int_equal(form("gate.example", OPENID), FORM_NONE);
	assert_int_equal(form("gate.example", OAUTH "/o/x"), FORM_NONE);
	assert_int_equal(form("idp.example", OAUTH "/o/x"), FORM_NONE);
	assert_int_equal(form("idp.example", OAUTH), FORM_NONE);
}

static void test_DISC_04_the_openid_form_needs_its_members(void **state)
{
	static const char *const members[] = { "jwks_uri", "subject_types_supported",
		"id_token_signing_alg_values_supported" };
	auto_json *whole = read("{\"jwks_uri\":" IDP("/k") ",\"subject_types_supported\":[\"public\"],"
				"\"id_token_signing_alg_values_supported\":[\"RS256\"]}");

	(void)state;
	assert_true(server_metadata_is_openid(whole));
	for (size_t i = 0; i < N_OF(members); i++) {
		auto_json *part = json_copy(whole);

		(void)json_object_del(part, members[i]);
		assert_false(server_metadata_is_openid(part));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_DISC_03_DISC_04_an_issuer_with_a_path_has_three_places),
		TEST(test_DISC_01_an_issuer_without_a_path_has_its_places_at_the_root),
		TEST(test_ISS_02_DISC_10_no_document_on_a_foreign_host),
		TEST(test_DISC_05_a_facade_has_one_place_and_no_openid_form),
		TEST(test_DISC_04_the_openid_form_needs_its_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
