/* SPDX-License-Identifier: MIT */
/* The settings as a whole: what contradicts itself or would let the wrong ones in is refused, what
 * is risky is noted. */
#include "settings_helper.h"

#define TWO "issuer https://a.example; issuer https://b.example\n"
#define AT(url) "resource " url " { allow any; }\n"
#define WITH(lines) ISSUER "resource https://mcp.example.com/mcp {\n" lines "\n}\n"
#define CLIENT FACADE "client_id c\n"

struct row {
	const char *text, *part;
};

static void refuse_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		refuses(rows[i].text, rows[i].part);
}

#define REFUSE(rows) refuse_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_there_must_be_an_issuer_and_a_resource(void **state)
{
	static const struct row rows[] = { { ISSUER, "found no resource" },
		{ RESOURCE, "found no issuer" } };

	(void)state;
	REFUSE(rows);
}

static void test_SEC_13_http_and_loopback_go_with_dev_and_nothing_else_does(void **state)
{
	static const struct row rows[] = {
		{ "issuer http://127.0.0.1:1\n" RESOURCE, "say `dev on` (GATEHOUSE_DEV=on)" },
		{ ISSUER AT("http://localhost/mcp"), "say `dev on` (GATEHOUSE_DEV=on)" },
		{ "issuer http://auth.example.com\n" RESOURCE, "expected https (OAuth 2.1 1.5)" },
		{ ISSUER AT("http://mcp.example.com/mcp"), "expected https" },
		{ "dev on; issuer http://auth.example.com\n" AT("http://127.0.0.1/mcp"),
			"while dev is on" },
		{ "dev on\n" ISSUER AT("http://127.0.0.1/mcp"), "turn dev off" },
		{ "dev on; issuer http://127.0.0.1:1\n" RESOURCE, "turn dev off" },
		{ "dev on; issuer http://127.0.0.1.example\n" AT("http://127.0.0.1/mcp"),
			"while dev is on" },
		{ "dev on; outbound_proxy http://p.example:1; issuer http://127.0.0.1:1\n" AT("http"
											      "://"
											      "[::"
											      "1]/"
											      "mc"
											      "p"),
			"while dev is on" },
		{ "dev on; provider_metadata https://a.example/x; issuer http://127.0.0.1:1\n" AT(
			  "http://[::1]/mcp"),
			"while dev is on" },
		{ "authorization_server facade; provider_iss none; public_issuer "
		  "http://g.example\n" ISSUER RESOURCE,
			"expected https" },
		{ "dev on; authorization_server facade; provider_iss none; public_issuer "
		  "https://g.example; issuer http://[::1]:1\n" AT("http://[::1]/mcp"),
			"while dev is on" },
	};

	(void)state;
	REFUSE(rows);
	accepts("dev on; issuer http://127.0.0.1:1/x; outbound_proxy http://127.0.0.1:2\n" AT("http"
											      "s://"
											      "loca"
											      "lhos"
											      "t:"
											      "8443"
											      "/mc"
											      "p"));
	accepts("issuer https://localhost\n" AT("https://127.0.0.1/mcp"));
}

static void test_PRM_04_a_resource_is_what_users_type(void **state)
{
	static const struct row rows[] = {
		{ ISSUER AT("https://h.example:443/mcp"), "default port" },
		{ "dev on; issuer http://[::1]:1\n" AT("http://localhost:80/mcp"), "default port" },
		{ ISSUER AT("https://h.example/mcp?x"), "without a query" },
		{ ISSUER AT("https://h.example/mcp#x"), "no fragment" },
		{ ISSUER AT("https://h.example/mcp#"), "no fragment" },
		{ ISSUER AT("https://H.example/mcp"), "lower case" },
		{ ISSUER AT("https://u@h.example/mcp"), "no user information" },
		{ ISSUER AT("https://h.example/a/../mcp"), "dot segments" },
		{ ISSUER AT("https://h.example//mcp"), "empty or dot segments" },
		{ ISSUER AT("https://h.example/a%2Fmcp"), "escaped slashes" },
		{ ISSUER AT("https://h.example/.well-known/x"), "are ours" },
		{ "issuer https://auth.example.com?x=1\n" RESOURCE, "issuer with a query" },
		{ "issuer https://auth.example.com#x\n" RESOURCE, "no fragment" },
		{ "issuer auth.example.com\n" RESOURCE, "absolute https URL" },
	};

	(void)state;
	REFUSE(rows);
	accepts(ISSUER AT("https://h.example:444/mcp/"));
	accepts(ISSUER AT("https://h.example/.well-knownx"));
	accepts("issuer https://auth.example.com:443/x/\n" RESOURCE);
}

static void test_nothing_is_there_twice(void **state)
{
	static const struct row rows[] = {
		{ ISSUER ISSUER RESOURCE,
			":2:8: found this issuer a second time (the first is at "
			"$/gatehouse.conf:1:8)" },
		{ ISSUER RESOURCE RESOURCE,
			":3:10: found a resource whose host and path belong to that at "
			"$/gatehouse.conf:2:10" },
		{ ISSUER AT("https://h.example/mcp") AT("https://h.example:8443/mcp"),
			"ports and closing slashes don't count" },
		{ ISSUER AT("https://h.example/mcp") AT("https://h.example/mcp/"),
			"belong to that at" },
		{ ISSUER AT("https://h.example") AT("https://h.example/"), "belong to that at" },
		{ ISSUER "resource https://h.example/a { allow any; also_path /sse; }\nresource "
			 "https://h.example/b { allow any; also_path /x /sse; }\n",
			":3:56: found a path that belongs to the resource at "
			"$/gatehouse.conf:2:10" },
		{ ISSUER "resource https://h.example/a { allow any; also_path /b; }\n" AT("https://"
											  "h."
											  "example/"
											  "b"),
			"belong to that at" },
		{ ISSUER AT("https://h.example/a") "resource https://h.example/b { allow any; "
						   "also_path /a/; }\n",
			"belongs to the resource at" },
		{ WITH("allow any; also_path /x /x/"), "has already" },
		{ WITH("allow any; also_path /mcp"), "has already" },
	};

	(void)state;
	REFUSE(rows);
	accepts(ISSUER AT("https://h.example/a") AT("https://h.example/a/b") AT("https://i.example/"
										"a"));
	accepts("issuer https://a.example; issuer https://a.example/\n" RESOURCE);
}

static void test_PO_01_nobody_is_let_in_by_omission(void **state)
{
	static const struct row rows[] = {
		{ ISSUER "resource https://mcp.example.com/mcp\n",
			"found no allow rule for https://mcp.example.com/mcp, expected at least "
			"one; say `allow any`" },
		{ WITH("deny subject x"), "found no allow rule" },
		{ "deny subject x\n" ISSUER "resource https://mcp.example.com/mcp\n",
			"found no allow rule" },
		{ WITH("allow any; allow subject x"),
			"found `allow any` beside other allow rules" },
		{ WITH("allow subject x; allow any"),
			"found `allow any` beside other allow rules" },
		{ WITH("allow any\nallow any"), "found `allow any` beside other allow rules" },
		/* A rule of the top about an issuer that the resource doesn't accept lets nobody
		   in. */
		{ TWO "allow subject x from https://b.example\nresource https://h.example/1 { "
		      "issuer https://a.example; }\n",
			"found no allow rule" },
	};

	(void)state;
	REFUSE(rows);
}

static void test_PO_02_a_value_that_is_another_person_elsewhere_names_its_issuer(void **state)
{
	static const struct row rows[] = {
		{ TWO "resource https://h.example/1 { allow subject x; }\n",
			":2:38: found a subject rule without an issuer, expected `from ISSUER`" },
		{ TWO "resource https://h.example/1 { allow group x; }\n",
			"found a group rule without an issuer" },
		{ TWO "resource https://h.example/1 { allow client x; }\n",
			"found a client rule without an issuer" },
		{ TWO "allow subject x\nresource https://h.example/1\n",
			"found a subject rule without an issuer" },
		{ TWO "resource https://h.example/1 { issuer https://a.example; allow group x from "
		      "https://b.example; }\n",
			"expected an issuer that this resource accepts" },
		{ TWO "resource https://h.example/1 { issuer https://a.example; allow any; deny "
		      "group x from https://b.example; }\n",
			"expected an issuer that this resource accepts" },
	};

	(void)state;
	REFUSE(rows);
	accepts(TWO "resource https://h.example/1 { issuer https://a.example; allow subject x; "
		    "}\n");
	accepts(TWO "resource https://h.example/1 { allow email x@y; allow domain z; deny subject "
		    "s; deny group g; }\n");
	accepts(TWO "allow group x from https://b.example; allow email x@y\nresource "
		    "https://h.example/1 { issuer https://a.example; }\n");
	assert_int_equal(settings->resource[0].allow.n, 1);
	accepts(TWO "resource https://h.example/1 { allow group x from https://b.example; }\n");
	assert_ptr_equal(settings->resource[0].allow.rule[0].issuer, &settings->issuer[1]);
}

static void test_PRM_09_and_CH_07_offline_access_is_no_scope_of_a_resource(void **state)
{
	static const struct row rows[] = {
		{ WITH("allow any; require_scopes a offline_access"),
			":3:29: found offline_access in require_scopes" },
		{ WITH("allow any; publish_scopes offline_access"),
			"found offline_access in publish_scopes" },
		{ "publish_scopes offline_access\n" ISSUER RESOURCE,
			":1:16: found offline_access in publish_scopes" },
	};

	(void)state;
	REFUSE(rows);
	accepts("as_scopes offline_access\n" ISSUER RESOURCE);
}

static void test_facade_needs_one_issuer_an_origin_and_the_word_about_iss(void **state)
{
	static const struct row rows[] = {
		{ FACADE TWO RESOURCE, "found a second issuer, expected exactly one" },
		{ "authorization_server facade; provider_iss none\n" ISSUER RESOURCE,
			":1:1: found no public_issuer" },
		{ "authorization_server facade; public_issuer https://g.example\n" ISSUER RESOURCE,
			":2:1: found no provider_iss" },
		{ "authorization_server facade; public_issuer https://g.example\n" ISSUER RESOURCE,
			"(RFC 9207), so use augment, direct or broker" },
		{ "authorization_server facade; public_issuer https://g.example; provider_iss "
		  "sent\n" ISSUER RESOURCE,
			"(RFC 9207 2.4); use augment, direct or broker" },
		{ "authorization_server facade; provider_iss none; public_issuer "
		  "https://auth.example.com\n" ISSUER RESOURCE,
			"found the provider's own issuer" },
		{ "authorization_server facade; provider_iss none; public_issuer "
		  "https://auth.example.com\nissuer https://auth.example.com/\n" RESOURCE,
			"found the provider's own issuer" },
		{ FACADE "direct_redirect on\n" ISSUER RESOURCE, "found direct_redirect on" },
		{ "public_issuer https://g.example\n" ISSUER RESOURCE,
			"found public_issuer, expected it with authorization_server facade or broker only" },
		{ AUGMENT "public_issuer https://g.example\n" ISSUER RESOURCE,
			"found public_issuer" },
	};

	(void)state;
	REFUSE(rows);
	accepts(FACADE ISSUER RESOURCE);
	accepts("authorization_server facade; public_issuer https://g.example\nissuer "
		"https://auth.example.com { provider_iss suppressed; }\n" RESOURCE);
}

static void test_augment_must_know_where_the_real_document_is(void **state)
{
	static const struct row rows[] = {
		{ "authorization_server augment\n" ISSUER RESOURCE,
			":2:1: found no provider_metadata for https://auth.example.com" },
		{ "authorization_server augment\nissuer https://a.example { provider_metadata "
		  "https://a.example/real; }\nissuer https://b.example\n" RESOURCE,
			":3:1: found no provider_metadata for https://b.example" },
		{ AUGMENT "direct_redirect on\n" ISSUER RESOURCE, "found direct_redirect on" },
	};

	(void)state;
	REFUSE(rows);
	accepts(AUGMENT ISSUER RESOURCE);
	accepts("direct_redirect on\n" ISSUER RESOURCE);
	assert_true(settings->direct_redirect);
}

static void test_a_client_is_of_use_only_where_somebody_registers(void **state)
{
	static const struct row rows[] = {
		{ "client_id c\n" ISSUER RESOURCE,
			":1:11: found client_id, expected none with authorization_server direct" },
		{ "issuer https://auth.example.com { client_id c; }\n" RESOURCE,
			"say authorization_server augment, facade or broker" },
		/* Who forgot that line may have meant any of them. */
		{ "public_issuer https://gate.example.com; client_id c\n" ISSUER RESOURCE,
			"say authorization_server augment, facade or broker" },
		{ FACADE "client_secret_file $/secret\n" ISSUER RESOURCE,
			"found client_secret_file, expected a client_id with it" },
		{ FACADE "registration_token_file $/secret\n" ISSUER RESOURCE,
			"found registration_token_file, expected a client_id with it" },
	};

	(void)state;
	write_file("secret", "s\n", 2, 0600);
	REFUSE(rows);
	accepts(AUGMENT "client_id c\n" ISSUER RESOURCE);
	assert_int_equal(settings->issuer[0].client.secret_method, CLIENT_AUTH_NONE);
}

static void test_RG_20_registrations_are_passed_on_where_clients_come_to_us_for_the_providers_clients(void **state)
{
	static const struct row rows[] = {
		{ "registration_endpoint discover\n" ISSUER RESOURCE, ":1:23: found registration_endpoint, expected none with authorization_server direct" },
		{ "authorization_server broker; public_issuer https://gate.example.com; client_id c; registration_endpoint discover\n" ISSUER RESOURCE,
			"found registration_endpoint, expected none with authorization_server broker" },
		{ CLIENT "registration_endpoint discover\n" ISSUER RESOURCE, "found registration_endpoint and client_id, expected one of them" },
		{ FACADE "registration_endpoint http://auth.example.com/register\n" ISSUER RESOURCE, "expected https" },
		{ FACADE "upstream_registration_token_file $/secret\n" ISSUER RESOURCE, "expected registration_endpoint with it" },
		{ CLIENT "upstream_registration_token_file $/secret\n" ISSUER RESOURCE, "expected registration_endpoint with it" },
		{ FACADE "registration_endpoint discover; client_secret_file $/secret\n" ISSUER RESOURCE, "found client_secret_file, expected a client_id with it" },
	};

	(void)state;
	write_file("secret", "s3cret\n", 7, 0600);
	REFUSE(rows);
	accepts_with_note(AUGMENT "registration_endpoint discover; upstream_registration_token_file $/secret\n" ISSUER RESOURCE, "makes a client at the provider");
	is_text(settings->issuer[0].client.endpoint, "discover");
	is_text(settings->issuer[0].client.upstream_token, "s3cret");
	accepts(FACADE "registration_endpoint https://auth.example.com/reg; registration_token_file $/secret\n" ISSUER RESOURCE);
	assert_int_equal(notes.n, 0);
}

static void test_what_is_risky_is_noted(void **state)
{
	static const char leak[] = "the client's secret is handed to anyone";

	(void)state;
	write_file("secret", "s/+\n", 4, 0600);
	write_file("plain", "s-_0\n", 5, 0600);
	accepts(ISSUER RESOURCE);
	assert_int_equal(notes.n, 0);
	accepts_with_note("trust_email on\n" ISSUER RESOURCE,
		":1:13: e-mail rules match without email_verified");
	accepts_with_note(ISSUER AT("https://h.example"), "a resource without a path");
	accepts_with_note(ISSUER AT("https://h.example/"), "a resource without a path");
	accepts_with_note(CLIENT "client_secret_file $/secret\n" ISSUER RESOURCE, leak);
	accepts(CLIENT
		"client_secret_file $/secret; registration_token_file $/secret\n" ISSUER RESOURCE);
	assert_int_equal(notes.n, 0);
	accepts_with_note(CLIENT "client_secret_file $/secret; client_secret_method "
				 "client_secret_basic\n" ISSUER RESOURCE,
		"RFC 6749 2.3.1");
	accepts(CLIENT "client_secret_file $/plain; client_secret_method "
		       "client_secret_basic\n" ISSUER RESOURCE);
	assert_false(contains(&notes, "RFC 6749 2.3.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_must_be_an_issuer_and_a_resource),
		cmocka_unit_test(test_SEC_13_http_and_loopback_go_with_dev_and_nothing_else_does),
		cmocka_unit_test(test_PRM_04_a_resource_is_what_users_type),
		cmocka_unit_test(test_nothing_is_there_twice),
		cmocka_unit_test(test_PO_01_nobody_is_let_in_by_omission),
		cmocka_unit_test(
			test_PO_02_a_value_that_is_another_person_elsewhere_names_its_issuer),
		cmocka_unit_test(test_PRM_09_and_CH_07_offline_access_is_no_scope_of_a_resource),
		cmocka_unit_test(test_facade_needs_one_issuer_an_origin_and_the_word_about_iss),
		cmocka_unit_test(test_augment_must_know_where_the_real_document_is),
		cmocka_unit_test(test_a_client_is_of_use_only_where_somebody_registers),
		cmocka_unit_test(test_RG_20_registrations_are_passed_on_where_clients_come_to_us_for_the_providers_clients),
		cmocka_unit_test(test_what_is_risky_is_noted),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
