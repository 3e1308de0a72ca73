/* SPDX-License-Identifier: MIT */
/* What the settings of our own authorization server may say, though it has no effect, or not the best. */
#include "settings_helper.h"

#define SERVER "authorization_server broker; public_issuer https://gate.example.com\n"
#define BROKER SERVER "client_id ours\n" ISSUER

static void test_what_has_no_effect_is_noted(void **state)
{
	static const char unheard[] = "a scope of which no resource speaks", unseen[] = "nobody looks at this audience";
	static const char scopes[] = "resource https://mcp.example.com/mcp { allow any; require_scopes a; publish_scopes b; "
				     "implies c d; tool x { scope e; }; }\n";

	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	accepts_with_note(BROKER "scope_words f 'read'\n" RESOURCE,
		"$/gatehouse.conf:4:13: scope_words of \"f\", a scope of which no resource speaks");
	accepts_with_note(BROKER "scope_map f openid\n" RESOURCE, "$/gatehouse.conf:4:11: scope_map of \"f\"");
	accepts_with_note(
		SERVER "issuer https://auth.example.com { client_id a; scope_map f openid; }\n" RESOURCE, "scope_map of \"f\"");
	for (const char *known = "abcde"; *known != '\0'; known++) {
		auto_buf text = BUF(4096);

		buf_print(&text, BROKER "scope_words %c 'read'; scope_map %c openid\n%s", *known, *known, scopes);
		accepts_without_note(text.p, unheard);
	}
	accepts_without_note(BROKER "scope_words offline_access 'go on while you are away'\n" RESOURCE, unheard);

	accepts_with_note(SERVER "issuer https://auth.example.com { client_id a\n audience x; }\n" RESOURCE,
		"$/gatehouse.conf:3:2: nobody looks at this audience: ");
	accepts_with_note(SERVER "issuer https://auth.example.com { client_id a; audience_clients x; }\n" RESOURCE,
		"nobody looks at this audience_clients: ");
	accepts_with_note("audience x\n" BROKER RESOURCE, unseen);
	accepts_without_note(BROKER "resource https://mcp.example.com/mcp { allow any; audience x; }\n", unseen);
	accepts_without_note(SERVER
		"issuer https://auth.example.com { client_id a; audience x; }\nresource https://mcp.example.com/mcp { "
		"allow any; issuer https://auth.example.com; }\n",
		unseen);
	/* Of another provider, whose tokens are judged. */
	accepts_without_note("audience x\n" SERVER
			     "issuer https://auth.example.com { client_id a; }\nissuer https://other.example.com\n"
			     "resource https://mcp.example.com/mcp { allow any; issuer https://other.example.com; }\n",
		unseen);
}

static void test_BK_04_without_secret_or_key_we_are_a_public_client(void **state)
{
	static const char part[] = "the provider must know ours as a public client";

	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	accepts_with_note(BROKER RESOURCE, part);
	accepts_without_note(BROKER "client_secret_file $/secret\n" RESOURCE, part);
	accepts_without_note(BROKER "client_key_file $/secret\n" RESOURCE, part);
}

static void test_RG_19_redirect_uris_alone_are_noted_to_be_alone(void **state)
{
	static const char part[] = "redirect_uri stands in the place of all presets";

	(void)state;
	accepts_with_note("redirect_uri https://x.example/cb\n" BROKER RESOURCE, "$/gatehouse.conf:1:14: redirect_uri stands");
	accepts_with_note(
		SERVER "issuer https://auth.example.com { client_id a; redirect_uri https://x.example/cb; }\n" RESOURCE, part);
	accepts_without_note("redirect_uri https://x.example/cb; redirect_preset claude\n" BROKER RESOURCE, part);
	accepts_without_note("redirect_preset claude\n" BROKER RESOURCE, part);
	accepts_without_note(BROKER RESOURCE "client c { redirect_uri https://x.example/cb; }\n", part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_has_no_effect_is_noted),
		cmocka_unit_test(test_BK_04_without_secret_or_key_we_are_a_public_client),
		cmocka_unit_test(test_RG_19_redirect_uris_alone_are_noted_to_be_alone),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
