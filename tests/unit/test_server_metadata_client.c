/* SPDX-License-Identifier: MIT */
/* server_metadata: what it says about clients: registration, grants, methods, scopes. */
#include "server_metadata_fixture.h"

static void test_ASM_07_our_registration_only_with_a_client(void **state)
{
	(void)state;
	publishes("{" GOOD "}");
	has("registration_endpoint", NULL);
	publishes("{" GOOD ",\"registration_endpoint\":" IDP("/reg") "}");
	has("registration_endpoint", IDP("/reg"));
	issuer.client.id = STR("mcp");
	publishes("{" GOOD ",\"registration_endpoint\":" IDP("/reg") "}");
	has("registration_endpoint", IDP("/oauth/register"));
	facade();
	publishes("{" GOOD "}");
	has("registration_endpoint", "\"" GATE "/oauth/register\"");
}

static void test_ASM_07_RG_20_our_registration_where_it_is_passed_on(void **state)
{
	(void)state;
	issuer.client.endpoint = STR("discover");
	issuer.client.refresh = true;
	for (int as_facade = 0; as_facade < 2; as_facade++) {
		publishes("{" GOOD ",\"registration_endpoint\":" IDP("/reg") ",\"grant_types_supported\":[\"authorization_code\",\"implicit\"],"
			  "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"client_secret_basic\"]}");
		has("registration_endpoint", as_facade ? "\"" GATE "/oauth/register\"" : IDP("/oauth/register"));
		/* What the provider gives its clients is for it to say. */
		has("grant_types_supported", "[\"authorization_code\",\"implicit\",\"refresh_token\"]");
		has("token_endpoint_auth_methods_supported", "[\"private_key_jwt\",\"client_secret_basic\",\"none\"]");
		facade();
	}
}

static void test_ASM_08_client_id_documents_are_passed_on_if_literally_true(void **state)
{
	static const char *const others[] = { "false", "\"true\"", "1", "null", "[true]" };

	(void)state;
	for (int as_facade = 0; as_facade < 2; as_facade++) {
		if (as_facade)
			facade();
		publishes("{" GOOD "}");
		has("client_id_metadata_document_supported", NULL);
		publishes("{" GOOD ",\"client_id_metadata_document_supported\":true}");
		has("client_id_metadata_document_supported", "true");
		for (size_t i = 0; i < N_OF(others); i++) {
			auto_buf text = BUF(1024);

			buf_print(&text, "{" GOOD ",\"client_id_metadata_document_supported\":%s}",
				others[i]);
			buf_add_byte(&text, '\0');
			publishes(text.p);
			has("client_id_metadata_document_supported", NULL);
		}
	}
}

static void test_ASM_09_grants_and_methods_are_always_said(void **state)
{
	(void)state;
	publishes("{" GOOD "}");
	has("grant_types_supported", "[\"authorization_code\"]");
	has("token_endpoint_auth_methods_supported", "[\"client_secret_basic\"]");
	publishes("{" GOOD ",\"grant_types_supported\":[\"authorization_code\",\"implicit\"],"
		  "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]}");
	has("grant_types_supported", "[\"authorization_code\",\"implicit\"]");
	has("token_endpoint_auth_methods_supported", "[\"private_key_jwt\"]");
}

static void test_ASM_09_a_facade_says_what_its_one_client_may(void **state)
{
	static const char text[] = "{" GOOD ",\"grant_types_supported\":[\"authorization_code\","
				   "\"implicit\",\"refresh_token\"],"
				   "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]}";

	(void)state;
	facade();
	issuer.client.id = STR("mcp");
	publishes(text);
	has("grant_types_supported", "[\"authorization_code\"]");
	has("token_endpoint_auth_methods_supported", "[\"none\"]");
	issuer.client.refresh = true;
	publishes("{" GOOD "}");
	has("grant_types_supported", "[\"authorization_code\",\"refresh_token\"]");
}

static void test_ASM_10_the_method_of_registration_is_on_the_list(void **state)
{
	(void)state;
	facade();
	issuer.client.id = STR("mcp");
	issuer.client.secret = STR("secret");
	issuer.client.secret_method = CLIENT_AUTH_POST;
	publishes("{" GOOD "}");
	has("token_endpoint_auth_methods_supported", "[\"none\",\"client_secret_post\"]");
	issuer.client.secret_method = CLIENT_AUTH_BASIC;
	publishes("{" GOOD "}");
	has("token_endpoint_auth_methods_supported", "[\"none\",\"client_secret_basic\"]");
}

static void test_ASM_10_augment_adds_to_what_other_clients_of_the_provider_use(void **state)
{
	(void)state;
	issuer.client.id = STR("mcp");
	issuer.client.refresh = true;
	publishes("{" GOOD ",\"grant_types_supported\":[\"authorization_code\",\"password\"],"
		  "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"none\"]}");
	has("grant_types_supported", "[\"authorization_code\",\"password\",\"refresh_token\"]");
	has("token_endpoint_auth_methods_supported", "[\"private_key_jwt\",\"none\"]");
	publishes("{" GOOD "}");
	has("grant_types_supported", "[\"authorization_code\",\"refresh_token\"]");
	has("token_endpoint_auth_methods_supported", "[\"client_secret_basic\",\"none\"]");
}

static void test_ASM_14_scopes_are_those_of_the_provider_or_the_operator(void **state)
{
	struct str word[] = { STR("mcp:read"), STR("offline_access") };

	(void)state;
	publishes("{" GOOD "}");
	has("scopes_supported", NULL);
	publishes("{" GOOD ",\"scopes_supported\":[\"openid\",\"offline_access\"]}");
	has("scopes_supported", "[\"openid\",\"offline_access\"]");
	settings.as_scopes = (struct words){ word, 2 };
	publishes("{" GOOD ",\"scopes_supported\":[\"openid\"]}");
	has("scopes_supported", "[\"mcp:read\",\"offline_access\"]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ASM_07_our_registration_only_with_a_client),
		TEST(test_ASM_07_RG_20_our_registration_where_it_is_passed_on),
		TEST(test_ASM_08_client_id_documents_are_passed_on_if_literally_true),
		TEST(test_ASM_09_grants_and_methods_are_always_said),
		TEST(test_ASM_09_a_facade_says_what_its_one_client_may),
		TEST(test_ASM_10_the_method_of_registration_is_on_the_list),
		TEST(test_ASM_10_augment_adds_to_what_other_clients_of_the_provider_use),
		TEST(test_ASM_14_scopes_are_those_of_the_provider_or_the_operator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
