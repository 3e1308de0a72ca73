/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_a_url_is_split_into_its_parts(void **state)
{
	static const struct {
		const char *text, *origin, *host, *path, *query;
		uint16_t port;
		bool has_port, has_query, has_fragment;
	} rows[] = {
		{ "https://a.example", "https://a.example", "a.example", "", "", 443, false, false,
			false },
		{ "https://a.example/", "https://a.example", "a.example", "/", "", 443, false,
			false, false },
		{ "http://localhost:8080/x/y?a=b/?c", "http://localhost:8080", "localhost", "/x/y",
			"a=b/?c", 8080, true, true, false },
		{ "https://[::1]:443?#", "https://[::1]:443", "[::1]", "", "", 443, true, true,
			true },
		{ "http://127.0.0.1#x?y", "http://127.0.0.1", "127.0.0.1", "", "", 80, false, false,
			true },
		{ "https://a_b-1.example/%2e/a;b=c,@:!$&'()*+~", "https://a_b-1.example",
			"a_b-1.example", "/%2e/a;b=c,@:!$&'()*+~", "", 443, false, false, false },
		{ "https://[2001:db8::a]/", "https://[2001:db8::a]", "[2001:db8::a]", "/", "", 443,
			false, false, false },
		{ "https://1a.example1", "https://1a.example1", "1a.example1", "", "", 443, false,
			false, false },
	};
	struct url url;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(url_parse(str_from(rows[i].text), &url));
		assert_true(str_is(url.whole, rows[i].text));
		assert_true(str_is(url.scheme, rows[i].text[4] == 's' ? "https" : "http"));
		assert_true(str_is(url.origin, rows[i].origin));
		assert_true(str_is(url.host, rows[i].host));
		assert_true(str_is(url.path, rows[i].path));
		assert_true(str_is(url.query, rows[i].query));
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.has_port, rows[i].has_port);
		assert_int_equal(url.has_query, rows[i].has_query);
		assert_int_equal(url.has_fragment, rows[i].has_fragment);
	}
}

static void test_PRM_04_what_is_not_a_plain_https_url_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"https",
		"https:",
		"https:/",
		"https://",
		"https:///x",
		"HTTPS://a.example",
		"Https://a.example",
		"ftp://a.example",
		"//a.example",
		"/x",
		"https:a.example",
		" https://a.example",
		"https://a.example ",
		"https://A.example",
		"https://a.Example",
		"https://user@a.example",
		"https://user:pw@a.example",
		"https://a.example@evil.example",
		"https://:443",
		"https://a.example:",
		"https://a.example:0",
		"https://a.example:65536",
		"https://a.example:0443",
		"https://a.example:+1",
		"https://a.example:4 3",
		"https://a.example:443:443",
		"https://a..example",
		"https://.a.example",
		"https://a.example.",
		"https://-a.example",
		"https://a-.example",
		"https://a%2eexample",
		"https://a\\b",
		"https://a.example\\x",
		"https://1.2.3",
		"https://127.1",
		"https://0x7f.1",
		"https://0177.0.0.1",
		"https://256.1.1.1",
		"https://1.2.3.4.5",
		"https://01.2.3.4",
		"https://2130706433",
		"https://[::1",
		"https://::1",
		"https://[]",
		"https://[::g]",
		"https://[::A]",
		"https://[::1%25eth0]",
		"https://[::1]x",
		"https://[127.0.0.1]",
		"https://a.example/\"",
		"https://a.example/<x>",
		"https://a.example/a b",
		"https://a.example/%",
		"https://a.example/%2",
		"https://a.example/%zz",
		"https://a.example/{x}",
		"https://a.example/\x01",
		"https://a.example/\xc3\xa4",
		"https://a.example?a=%g0",
		"https://a.example?a b",
		"https://a.example?\\",
		"https://a.example#a#b",
		"https://a.example#%",
		"https://b\xc3\xbc"
		"cher.example",
		"https://a.example,b.example",
		"https://*.example",
	};
	struct url url;
	char label[80] = "https://";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (url_parse(str_from(rows[i]), &url))
			fail_msg("accepted: %s", rows[i]);
	}
	assert_false(url_parse(STR("https://a.example/\0x"), &url));
	assert_false(url_parse(STR("https://a\0.example/"), &url));
	memset(label + 8, 'a', 64); /* one more than RFC 1035 2.3.4 lets a label have */
	assert_false(url_parse(str_from(label), &url));
	assert_true(url_parse(str_first(str_from(label), 8 + 63), &url));
}

static void test_no_prefix_of_a_url_is_read_past_its_end(void **state)
{
	static const char text[] = "https://[2001:db8::a]:8443/a%2fb?c=%41#d%42";
	struct url url;

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = str_copy((struct str) { text, n });
		char *exact = memory_new(n);

		memcpy(exact, copy, n);
		free_pointer(&copy);
		(void)!url_parse((struct str) { exact, n }, &url);
		(void)!path_is_plain((struct str) { exact, n });
		(void)uri_scheme((struct str) { exact, n });
		free_pointer(&exact);
	}
}

static void test_only_the_three_loopback_names_are_loopback(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} rows[] = {
		{ "http://127.0.0.1", true },
		{ "http://127.0.0.1:1/x", true },
		{ "http://[::1]:8/", true },
		{ "http://localhost", true },
		{ "http://127.0.0.2", false },
		{ "http://0.0.0.0", false },
		{ "http://localhost.example", false },
		{ "http://127.0.0.1.example", false },
		{ "http://[::2]", false },
		{ "http://xlocalhost", false },
		{ "http://a.example", false },
	};
	struct url url;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(url_parse(str_from(rows[i].text), &url));
		assert_int_equal(url_is_loopback(&url), rows[i].loopback);
	}
}

static void test_the_scheme_of_any_uri_is_found(void **state)
{
	static const char *const rows[][2] = { { "cursor://x", "cursor" },
		{ "a+b-c.1:x", "a+b-c.1" }, { "JavaScript:alert(1)", "JavaScript" },
		{ "https://x", "https" }, { "x", "" }, { "", "" }, { ":x", "" }, { "1a:x", "" },
		{ "a b:x", "" }, { "/a:b", "" }, { "a/b:c", "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(str_is(uri_scheme(str_from(rows[i][0])), rows[i][1]));
}

static void test_a_path_that_a_server_could_read_otherwise_is_not_plain(void **state)
{
	static const char *const plain[] = { "/", "/mcp", "/mcp/", "/a/b", "/...", "/.well-known/x",
		"/a.b", "/..a", "/a;b", "/%c3%a4", "/%25", "/a:b@c" };
	static const char *const other[] = { "", "mcp", "//", "//mcp", "/mcp//", "/a//b", "/.",
		"/..", "/./", "/../", "/a/.", "/a/..", "/a/../b", "/a/./b", "/..;/a", "/.;x/a",
		"/a/..;x=1", "/%2e", "/a/%2e%2e/b", "/%2E", "/.%2e/x", "/a%2fb", "/a%2Fb", "/a%5cb",
		"/a%5C", "/a\\b", "/%00", "/a%0ab", "/%7f", "/%", "/%4", "/%zz", "/a b", "/a\tb",
		"/%41", "/%7e", "/%e0%80%af", "/%ed%a0%80", "/%ff", "/a\nb", "/a\x7f", "/\xc0\xae", "/%c0%ae", "/%C1x", "/a?b", "/a#b", "/\xc3\xa4" };

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (!path_is_plain(str_from(plain[i])))
			fail_msg("refused: %s", plain[i]);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (path_is_plain(str_from(other[i])))
			fail_msg("accepted: %s", other[i]);
	}
	assert_false(path_is_plain(STR("/a\0b")));
}

static void test_the_well_known_part_stands_between_host_and_path(void **state)
{
	static const struct {
		const char *url, *expected;
		bool drop_slash;
	} rows[] = {
		{ "https://h.example", "https://h.example/.well-known/oauth-protected-resource",
			false },
		{ "https://h.example/", "https://h.example/.well-known/oauth-protected-resource",
			false },
		{ "https://h.example:8443/a/b",
			"https://h.example:8443/.well-known/oauth-protected-resource/a/b", false },
		{ "https://h.example/a/",
			"https://h.example/.well-known/oauth-protected-resource/a/", false },
		{ "https://h.example/a/",
			"https://h.example/.well-known/oauth-protected-resource/a", true },
		{ "https://h.example/", "https://h.example/.well-known/oauth-protected-resource",
			true },
		{ "https://h.example", "https://h.example/.well-known/oauth-protected-resource",
			true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf out = BUF(1024);
		struct url url;

		assert_true(url_parse(str_from(rows[i].url), &url));
		url_insert_well_known(
			&url, WELL_KNOWN_PROTECTED_RESOURCE, rows[i].drop_slash, &out);
		assert_true(str_is(buf_str(&out), rows[i].expected));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_url_is_split_into_its_parts),
		cmocka_unit_test(test_PRM_04_what_is_not_a_plain_https_url_is_refused),
		cmocka_unit_test(test_no_prefix_of_a_url_is_read_past_its_end),
		cmocka_unit_test(test_only_the_three_loopback_names_are_loopback),
		cmocka_unit_test(test_the_scheme_of_any_uri_is_found),
		cmocka_unit_test(test_a_path_that_a_server_could_read_otherwise_is_not_plain),
		cmocka_unit_test(test_the_well_known_part_stands_between_host_and_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
