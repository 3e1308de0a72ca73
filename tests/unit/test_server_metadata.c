/* SPDX-License-Identifier: MIT */
/* server_metadata: what is published of a provider's document, what is not, and when nothing is. */
#include "server_metadata_fixture.h"

static void test_ISS_01_augment_keeps_the_issuer_of_the_provider(void **state)
{
	(void)state;
	publishes("{" GOOD "}");
	has("issuer", "\"" PROVIDER "\"");
}

static void test_ISS_01_ISS_02_a_facade_names_itself(void **state)
{
	(void)state;
	facade();
	publishes("{" GOOD "}");
	has("issuer", "\"" GATE "\"");
}

static void test_ISS_12_the_issuer_comes_from_the_settings_byte_for_byte(void **state)
{
	(void)state;
	issuer.identifier = STR("https://idp.example/o/x/");
	publishes("{" GOOD "}");
	has("issuer", "\"https://idp.example/o/x/\"");
}

static void test_ISS_06_a_facade_never_promises_iss(void **state)
{
	(void)state;
	facade();
	issuer.iss = ISS_SUPPRESSED;
	publishes("{" GOOD "," IDP_ISS "}");
	has("authorization_response_iss_parameter_supported", NULL);
	issuer.iss = ISS_NONE;
	publishes("{" GOOD ",\"authorization_response_iss_parameter_supported\":false}");
	has("authorization_response_iss_parameter_supported", NULL);
}

static void test_ISS_06_augment_passes_the_promise_of_iss_on(void **state)
{
	(void)state;
	publishes("{" GOOD "," IDP_ISS "}");
	has("authorization_response_iss_parameter_supported", "true");
}

static void test_ISS_07_no_facade_for_a_provider_that_sends_iss(void **state)
{
	(void)state;
	facade();
	refuses("{" GOOD "," IDP_ISS "}", "use `authorization_server augment`, `direct` or `broker`");
	issuer.iss = ISS_SENT;
	refuses("{" GOOD "}", "RFC 9207");
}

static void test_ISS_08_no_facade_without_the_word_of_the_operator(void **state)
{
	(void)state;
	facade();
	issuer.iss = ISS_UNSAID;
	refuses("{" GOOD "}", "nobody has said");
}

static void test_ASM_01_what_must_be_there(void **state)
{
	static const char *const endpoints[] = { "authorization_endpoint", "token_endpoint" };
	static const char *const bad[] = { "null", "7", "\"\"", "\"/authorize\"", "[" IDP("/x") "]",
		"\"javascript:alert(1)\"", "\"http://idp.example/x\"", "\"https://idp.example/x#f\"",
		"\"https://user@idp.example/x\"", "\"ftp://idp.example/x\"", "\"http://127.0.0.1/x\"" };

	(void)state;
	for (size_t i = 0; i < N_OF(endpoints); i++) {
		auto_json *provider = read("{" GOOD "}");

		(void)json_object_del(provider, endpoints[i]);
		assert_null(server_metadata_build(&settings, &issuer, provider, &why));
		for (size_t k = 0; k < N_OF(bad); k++) {
			auto_buf text = BUF(1024);

			/* The other endpoint is good. */
			buf_print(&text, "{" ISSUER "," S256 "," CODE ",\"%s\":" IDP("/x") ",\"%s\":%s}",
				endpoints[1 - i], endpoints[i], bad[k]);
			buf_add_byte(&text, '\0');
			refuses(text.p, endpoints[i]);
		}
	}
}

static void test_ASM_01_the_response_type_is_code(void **state)
{
	(void)state;
	publishes("{" ISSUER "," ENDPOINTS "," S256 "}");
	has("response_types_supported", "[\"code\"]");
	publishes("{" ISSUER "," ENDPOINTS "," S256 ",\"response_types_supported\":[]}");
	has("response_types_supported", "[\"code\"]");
	refuses("{" ISSUER "," ENDPOINTS "," S256 ",\"response_types_supported\":[\"token\"]}", "`code`");
	refuses("{" ISSUER "," ENDPOINTS "," S256
		",\"response_types_supported\":[\"code id_token\",null,7]}",
		"`code`");
}

static void test_ASM_01_other_clients_of_the_provider_keep_their_response_types(void **state)
{
	static const char text[] = "{" ISSUER "," ENDPOINTS "," S256
				   ",\"response_types_supported\":[\"id_token\",\"code\"]}";

	(void)state;
	publishes(text);
	has("response_types_supported", "[\"id_token\",\"code\"]");
	facade();
	publishes(text);
	has("response_types_supported", "[\"code\"]");
}

static void test_ASM_02_ASM_03_pkce_is_s256_and_never_plain(void **state)
{
	(void)state;
	publishes("{" GOOD "}");
	has("code_challenge_methods_supported", "[\"S256\"]");
	publishes("{" ISSUER "," ENDPOINTS "," CODE
		  ",\"code_challenge_methods_supported\":[\"plain\",\"S256\"]}");
	has("code_challenge_methods_supported", "[\"S256\"]");
}

static void test_ASM_03_s256_is_not_invented(void **state)
{
	static const char *const without[] = { "", ",\"code_challenge_methods_supported\":null",
		",\"code_challenge_methods_supported\":[]",
		",\"code_challenge_methods_supported\":[\"plain\"]",
		",\"code_challenge_methods_supported\":[\"s256\"]",
		",\"code_challenge_methods_supported\":\"S256\"",
		",\"code_challenge_methods_supported\":[[\"S256\"]]" };

	(void)state;
	for (size_t i = 0; i < N_OF(without); i++) {
		auto_buf text = BUF(1024);

		buf_print(&text, "{" ISSUER "," ENDPOINTS "," CODE "%s}", without[i]);
		buf_add_byte(&text, '\0');
		issuer.provider_pkce_s256 = false;
		refuses(text.p, "provider_pkce s256");
		/* Only the operator may say so in the provider's place. */
		issuer.provider_pkce_s256 = true;
		publishes(text.p);
		has("code_challenge_methods_supported", "[\"S256\"]");
	}
}

static void test_ASM_04_places_that_are_not_https_are_dropped(void **state)
{
	static const char *const names[] = { "jwks_uri", "userinfo_endpoint", "revocation_endpoint",
		"registration_endpoint", "op_tos_uri", "op_policy_uri", "service_documentation",
		"check_session_iframe", "pushed_authorization_request_endpoint",
		"some_new_endpoint" };
	static const char *const bad[] = { "\"http://idp.example/x\"", "\"javascript:alert(1)\"",
		"\"https://idp.example/x#f\"", "\"\"", "\"/x\"", "7", "{}", "[\"https://idp.example/x\"]",
		"false", "null" };

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		auto_buf text = BUF(1024);

		buf_print(&text, "{" GOOD ",\"%s\":" IDP("/x") "}", names[i]);
		buf_add_byte(&text, '\0');
		publishes(text.p);
		has(names[i], IDP("/x"));
		for (size_t k = 0; k < N_OF(bad); k++) {
			buf_clear(&text);
			buf_print(&text, "{" GOOD ",\"%s\":%s}", names[i], bad[k]);
			buf_add_byte(&text, '\0');
			publishes(text.p);
			has(names[i], NULL);
		}
	}
}

static void test_ASM_04_the_places_for_certificates_are_all_good_or_gone(void **state)
{
	(void)state;
	publishes("{" GOOD ",\"mtls_endpoint_aliases\":{\"token_endpoint\":" IDP("/m") "}}");
	has("mtls_endpoint_aliases", "{\"token_endpoint\":" IDP("/m") "}");
	publishes("{" GOOD ",\"mtls_endpoint_aliases\":{\"token_endpoint\":" IDP("/m")
		  ",\"revocation_endpoint\":\"http://idp.example/m\"}}");
	has("mtls_endpoint_aliases", NULL);
}

static void test_ASM_04_http_on_loopback_in_development_only(void **state)
{
	static const char text[] = "{" S256 "," CODE
				   ",\"authorization_endpoint\":\"http://127.0.0.1:8/a\","
				   "\"token_endpoint\":\"http://localhost:8/t\",\"jwks_uri\":"
				   "\"http://idp.example/k\"}";

	(void)state;
	refuses(text, "authorization_endpoint");
	settings.dev = true;
	publishes(text);
	has("authorization_endpoint", "\"http://127.0.0.1:8/a\"");
	has("jwks_uri", NULL);
	refuses("{" S256 "," CODE ",\"authorization_endpoint\":\"http://idp.example/a\","
		"\"token_endpoint\":\"http://localhost:8/t\"}",
		"authorization_endpoint");
}

static void test_ASM_11_ASM_12_what_only_the_provider_may_say_is_removed(void **state)
{
	(void)state;
	publishes("{" GOOD ",\"signed_metadata\":\"a.b.c\",\"protected_resources\":[" IDP("/r") "]}");
	has("signed_metadata", NULL);
	has("protected_resources", NULL);
}

static void test_ASM_12_demands_that_no_mcp_client_meets_are_refused(void **state)
{
	static const char *const demands[] = { "require_pushed_authorization_requests",
		"require_signed_request_object" };

	(void)state;
	for (int as_facade = 0; as_facade < 2; as_facade++) {
		if (as_facade)
			facade();
		for (size_t i = 0; i < N_OF(demands); i++) {
			auto_buf text = BUF(1024);

			buf_print(&text, "{" GOOD ",\"%s\":true}", demands[i]);
			buf_add_byte(&text, '\0');
			refuses(text.p, demands[i]);
			buf_clear(&text);
			buf_print(&text, "{" GOOD ",\"%s\":false}", demands[i]);
			buf_add_byte(&text, '\0');
			publishes(text.p);
		}
	}
}

static void test_DISC_08_no_null_and_no_empty_list(void **state)
{
	const char *name;
	json_t *value;

	(void)state;
	publishes("{" GOOD ",\"a\":null,\"b\":[],\"scopes_supported\":[],\"acr_values_supported\":null,"
		  "\"ui_locales_supported\":[]}");
	json_object_foreach(document, name, value)
		assert_false(json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0));
}

static void test_DISC_08_a_member_of_the_wrong_type_is_dropped(void **state)
{
	(void)state;
	publishes("{" GOOD ",\"scopes_supported\":\"openid profile\",\"grant_types_supported\":\"x\","
		  "\"token_endpoint_auth_methods_supported\":{},\"claims_parameter_supported\":true,"
		  "\"request_parameter_supported\":false,\"prompt_values_supported\":7}");
	has("scopes_supported", NULL);
	has("grant_types_supported", "[\"authorization_code\"]");
	has("token_endpoint_auth_methods_supported", "[\"client_secret_basic\"]");
	has("claims_parameter_supported", "true");
	has("request_parameter_supported", "false");
	has("prompt_values_supported", NULL);
}

static void test_members_that_we_do_not_know_are_passed_on(void **state)
{
	(void)state;
	publishes("{" GOOD ",\"x_vendor\":{\"a\":[1,2]},\"frontchannel_logout_supported\":true}");
	has("x_vendor", "{\"a\":[1,2]}");
	has("frontchannel_logout_supported", "true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ISS_01_augment_keeps_the_issuer_of_the_provider),
		TEST(test_ISS_01_ISS_02_a_facade_names_itself),
		TEST(test_ISS_12_the_issuer_comes_from_the_settings_byte_for_byte),
		TEST(test_ISS_06_a_facade_never_promises_iss),
		TEST(test_ISS_06_augment_passes_the_promise_of_iss_on),
		TEST(test_ISS_07_no_facade_for_a_provider_that_sends_iss),
		TEST(test_ISS_08_no_facade_without_the_word_of_the_operator),
		TEST(test_ASM_01_what_must_be_there),
		TEST(test_ASM_01_the_response_type_is_code),
		TEST(test_ASM_01_other_clients_of_the_provider_keep_their_response_types),
		TEST(test_ASM_02_ASM_03_pkce_is_s256_and_never_plain),
		TEST(test_ASM_03_s256_is_not_invented),
		TEST(test_ASM_04_places_that_are_not_https_are_dropped),
		TEST(test_ASM_04_the_places_for_certificates_are_all_good_or_gone),
		TEST(test_ASM_04_http_on_loopback_in_development_only),
		TEST(test_ASM_11_ASM_12_what_only_the_provider_may_say_is_removed),
		TEST(test_ASM_12_demands_that_no_mcp_client_meets_are_refused),
		TEST(test_DISC_08_no_null_and_no_empty_list),
		TEST(test_DISC_08_a_member_of_the_wrong_type_is_dropped),
		TEST(test_members_that_we_do_not_know_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
