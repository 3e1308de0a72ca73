/* SPDX-License-Identifier: MIT */
/* own_metadata: what our own authorization server says of itself, from settings as operators write them. */
#include "own_metadata.h"

#include "server_metadata.h"
#include "settings_helper.h"
#include "unit.h"

#define BROKER                                                                                                                 \
	"authorization_server broker; public_issuer https://gate.example.com; client_id ours\n"                               \
	"issuer https://auth.example.com/realms/x\n"

static json_t *document;

static void build(const char *more, bool openid)
{
	auto_buf text = BUF(8192);

	buf_print(&text, BROKER "%s", more);
	accepts(text.p);
	json_decref(document);
	document = own_metadata_build(settings, openid);
}

static int end(void **state)
{
	(void)state;
	json_decref(document);
	document = NULL;
	return 0;
}

static void has(const char *name, const char *text)
{
	const json_t *member = json_object_get(document, name);
	auto_buf found = BUF(4096);

	if (member != NULL)
		json_write(member, &found);
	if (!str_is(buf_str(&found), text != NULL ? text : ""))
		fail_msg("%s: found %.*s, expected %s", name, STR_ARGS(buf_str(&found)), text != NULL ? text : "nothing");
}

static void test_ISS_01_ASM_01_ASM_13_the_whole_document_is_ours(void **state)
{
	auto_buf text = BUF(8192);

	(void)state;
	build(RESOURCE, false);
	json_write(document, &text);
	assert_str(buf_str(&text),
		"{\"issuer\":\"https://gate.example.com\",\"authorization_endpoint\":\"https://gate.example.com/oauth/authorize\","
		"\"token_endpoint\":\"https://gate.example.com/oauth/token\",\"revocation_endpoint\":\"https://gate.example.com/oauth/revoke\","
		"\"registration_endpoint\":\"https://gate.example.com/oauth/register\",\"jwks_uri\":\"https://gate.example.com/oauth/jwks\","
		"\"scopes_supported\":[\"offline_access\"],\"grant_types_supported\":[\"authorization_code\",\"refresh_token\"],"
		"\"response_types_supported\":[\"code\"],\"response_modes_supported\":[\"query\"],\"code_challenge_methods_supported\":[\"S256\"],"
		"\"token_endpoint_auth_methods_supported\":[\"none\"],\"revocation_endpoint_auth_methods_supported\":[\"none\"],"
		"\"authorization_response_iss_parameter_supported\":true,\"client_id_metadata_document_supported\":true}");
}

static void test_ASM_08_client_id_documents_only_while_they_are_taken(void **state)
{
	(void)state;
	build("cimd off\n" RESOURCE, false);
	has("client_id_metadata_document_supported", NULL);
	build("cimd any\n" RESOURCE, false);
	has("client_id_metadata_document_supported", "true");
	build("cimd claude.ai\n" RESOURCE, false);
	has("client_id_metadata_document_supported", "true");
}

static void test_ASM_09_ASM_10_methods_and_grants_are_those_that_there_are(void **state)
{
	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	build("client desk { redirect_uri https://desk.example/cb; }\n" RESOURCE, false);
	has("token_endpoint_auth_methods_supported", "[\"none\"]");
	/* Our own secret at the provider is nothing of theirs. */
	build("client_secret_file $/secret\n" RESOURCE, false);
	has("token_endpoint_auth_methods_supported", "[\"none\"]");
	build("client desk { redirect_uri https://desk.example/cb; client_secret_file $/secret; }\n" RESOURCE, false);
	has("token_endpoint_auth_methods_supported", "[\"none\",\"client_secret_basic\",\"client_secret_post\"]");
	has("revocation_endpoint_auth_methods_supported", "[\"none\",\"client_secret_basic\",\"client_secret_post\"]");
	build("refresh_tokens off\n" RESOURCE, false);
	has("grant_types_supported", "[\"authorization_code\"]");
	has("scopes_supported", NULL);
}

static void test_ASM_14_scopes_are_those_of_all_resources(void **state)
{
	static const char *const resources =
		"resource https://mcp.example.com/a { allow any; require_scopes read; tool x { scope write; }; }\n"
		"resource https://mcp.example.com/b { allow any; require_scopes read other; publish_scopes read more; }\n"
		/* Its tokens are the provider's. */
		"resource https://mcp.example.com/c { allow any; require_scopes foreign; issuer https://auth.example.com/realms/x; }\n";
	auto_buf chosen = BUF(4096);

	(void)state;
	build(resources, false);
	has("scopes_supported", "[\"read\",\"write\",\"other\",\"more\",\"offline_access\"]");
	buf_print(&chosen, "as_scopes read\n%s", resources);
	build(chosen.p, false);
	has("scopes_supported", "[\"read\"]");
}

static void test_DISC_04_the_openid_form_has_what_clients_insist_on(void **state)
{
	(void)state;
	build(RESOURCE, false);
	assert_false(server_metadata_is_openid(document));
	build(RESOURCE, true);
	assert_true(server_metadata_is_openid(document));
	has("code_challenge_methods_supported", "[\"S256\"]");
}

static void test_ISS_02_our_document_is_on_our_host_only(void **state)
{
	(void)state;
	build(RESOURCE, false);
	for (size_t i = 0; i < settings->n_issuers; i++) {
		const struct issuer *issuer = &settings->issuer[i];
		bool own = issuer->own;

		assert_int_equal(server_metadata_form(settings, issuer, STR("gate.example.com"), WELL_KNOWN_AUTHORIZATION_SERVER),
			own ? FORM_RFC8414 : FORM_NONE);
		assert_int_equal(
			server_metadata_form(settings, issuer, STR("gate.example.com"), WELL_KNOWN_OPENID), own ? FORM_OPENID : FORM_NONE);
		assert_int_equal(server_metadata_form(settings, issuer, STR("mcp.example.com"), WELL_KNOWN_AUTHORIZATION_SERVER), FORM_NONE);
		assert_int_equal(
			server_metadata_form(settings, issuer, STR("auth.example.com"), STR("/.well-known/oauth-authorization-server/realms/x")),
			FORM_NONE);
	}
}

#define TEST(function) cmocka_unit_test_teardown(function, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ISS_01_ASM_01_ASM_13_the_whole_document_is_ours),
		TEST(test_ASM_08_client_id_documents_only_while_they_are_taken),
		TEST(test_ASM_09_ASM_10_methods_and_grants_are_those_that_there_are),
		TEST(test_ASM_14_scopes_are_those_of_all_resources),
		TEST(test_DISC_04_the_openid_form_has_what_clients_insist_on),
		TEST(test_ISS_02_our_document_is_on_our_host_only),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
