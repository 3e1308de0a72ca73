/* SPDX-License-Identifier: MIT */
/* cors and resource: what is judged before the credential; log: that a stranger's bytes stay within their line. */
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cors.h"
#include "json.h"
#include "log.h"
#include "resource.h"

static void test_OR_01_origins_exactly(void **state)
{
	struct str listed[] = { STR("https://claude.ai"), STR("http://localhost:6274") };
	struct words allowed = { listed, 2 };
	static const char *const refused[] = { "https://evil.example", "null", "", "https://claude.ai.evil", "https://claude.ai/", "HTTPS://claude.ai",
		"http://claude.ai", "https://claude.ai:443", "http://localhost", "https://claude.ai https://evil.example" };

	(void)state;
	assert_true(cors_origin_allowed(&allowed, STR("https://claude.ai")));
	assert_true(cors_origin_allowed(&allowed, STR("http://localhost:6274")));
	for (size_t i = 0; i < N_OF(refused); i++)
		assert_false(cors_origin_allowed(&allowed, str_from(refused[i])));
	allowed = (struct words){ NULL, 0 };
	assert_false(cors_origin_allowed(&allowed, STR("https://claude.ai")));
}

static void test_OR_01_star_is_any_but_null(void **state)
{
	struct str star[] = { STR("*") };
	struct words allowed = { star, 1 };

	(void)state;
	assert_true(cors_origin_allowed(&allowed, STR("https://any.example")));
	assert_false(cors_origin_allowed(&allowed, STR("null")));
	assert_false(cors_origin_allowed(&allowed, STR("https://a.example, https://b.example")));
	assert_false(cors_origin_allowed(&allowed, STR("https://a\r\nX: y")));
}

static void test_CORS_05_parameter_headers_are_named_back(void **state)
{
	auto_buf out = BUF(4096);

	(void)state;
	cors_allowed_headers(STR("mcp-param-region, X-Evil,Mcp-Param-A!b , mcp-param-a b, mcp-param-"), &out);
	assert_str(buf_str(&out), "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID, "
				  "mcp-param-region, Mcp-Param-A!b");
}

static struct resource two[2];
static struct str also[] = { { "/sse", 4 }, { "/messages", 9 } };

static struct settings two_resources(void)
{
	two[0] = (struct resource){ .identifier = STR("https://h.example/mcp"), .also_path = { also, 2 } };
	two[1] = (struct resource){ .identifier = STR("https://h.example/mcp/deep") };
	assert_true(url_parse(two[0].identifier, &two[0].url));
	assert_true(url_parse(two[1].identifier, &two[1].url));
	return (struct settings){ .resource = two, .n_resources = 2 };
}

static void test_DISC_12_resource_by_host_and_longest_path(void **state)
{
	struct settings settings = two_resources();
	static const struct {
		const char *host, *target;
		int index; /* -1: none */
	} rows[] = {
		{ "h.example", "/mcp", 0 }, { "h.example", "/mcp?x=/mcp/deep", 0 }, { "h.example", "/mcp/", 0 }, { "h.example", "/mcp/x", 0 },
		{ "H.EXAMPLE", "/mcp/deep/er", 1 }, { "h.example", "/mcp/deep", 1 }, { "h.example", "/mcp/deeper", -1 }, { "h.example", "/mcp/DEEP", -1 },
		{ "h.example", "/mcp/%64eep", -1 }, { "h.example", "/mcp/deep;x", -1 }, { "h.example", "/mcp/x%e0%80%af", -1 },
		{ "h.example", "/mcp/%c3%a9", 0 }, { "h.example", "/mcp/%20", 0 }, { "h.example", "/sse", 0 },
		{ "h.example", "/messages/1", 0 }, { "h.example", "/mcpx", -1 }, { "h.example", "/MCP", -1 }, { "h.example", "/", -1 },
		{ "h.example", "", -1 }, { "evil.example", "/mcp", -1 }, { "", "/mcp", -1 }, { "h.example", "/mcp/../mcp/deep", -1 },
		{ "h.example", "/mcp/%2e%2e/x", -1 }, { "h.example", "//mcp", -1 }, { "h.example", "/mcp//x", -1 }, { "h.example", "/mcp/%2Fdeep", -1 },
		{ "h.example", "/mcp\\deep", -1 }, { "h.example", "/mcp/%5cdeep", -1 }, { "h.example", "/mcp/%00", -1 }, { "h.example", "/mcp/./deep", -1 },
		{ "h.example", "http://h.example/mcp", -1 }, { "h.example", "*", -1 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct resource *found = resource_find(&settings, STR_NONE, str_from(rows[i].host), str_from(rows[i].target));

		if (found != (rows[i].index < 0 ? NULL : &two[rows[i].index]))
			fail_msg("%s %s: wrong resource", rows[i].host, rows[i].target);
	}
}

static void test_a_named_resource_is_exactly_that_one(void **state)
{
	struct settings settings = two_resources();

	(void)state;
	assert_ptr_equal(resource_find(&settings, STR("https://h.example/mcp/deep"), STR("x"), STR("/any")), &two[1]);
	assert_null(resource_find(&settings, STR("https://h.example/other"), STR("h.example"), STR("/mcp")));
	assert_null(resource_find(&settings, STR("https://h.example/mcp"), STR("h.example"), STR("/mcp/../x")));
}

static void test_bare_origin_holds_every_path(void **state)
{
	struct resource resource = { .identifier = STR("https://h.example") };
	struct settings settings = { .resource = &resource, .n_resources = 1 };

	(void)state;
	assert_true(url_parse(resource.identifier, &resource.url));
	assert_ptr_equal(resource_find(&settings, STR_NONE, STR("h.example"), STR("/")), &resource);
	assert_ptr_equal(resource_find(&settings, STR_NONE, STR("h.example"), STR("/any/thing")), &resource);
	assert_null(resource_find(&settings, STR_NONE, STR("h.example"), STR("/a/../b")));
}

/* What the log wrote to standard error while `write_lines` ran. */
static struct str captured(void (*write_lines)(void))
{
	static char text[65536];
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	write_lines();
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	(void)close(ends[1]);
	n = read(ends[0], text, sizeof(text));
	(void)close(ends[0]);
	return (struct str){ text, n > 0 ? (size_t)n : 0 };
}

/* 17,000 bytes that become six times as many. */
static struct str long_value(void)
{
	static char text[17000];

	memset(text, 0xff, sizeof(text));
	return (struct str){ text, sizeof(text) };
}

static void hostile_lines(void)
{
	static struct log_record record;

	log_event(LOG_WARNING, "event", "a \"quote\" and\nanother line \x1b[31m");
	log_record_begin(&record, "decision");
	log_record_text(&record, "subject", STR("\"},\n{\"decision\":\"allow\xff\xc3\xa9\x01"));
	log_record_text(&record, "empty", STR_NONE);
	log_record_text(&record, "long", long_value());
	log_record_number(&record, "status", 403);
	log_record_end(&record);
}

static void test_SEC_14_hostile_values_stay_one_json_line(void **state)
{
	struct str rest, line;
	size_t lines = 0;

	(void)state;
	log_start("test", LOG_INFO, true);
	rest = captured(hostile_lines);
	assert_true(str_ends(rest, STR("\n")));
	while (str_cut(&rest, '\n', &line) && line.n != 0) {
		json_t *json = json_read_object(line, (struct json_limits){ 65536, 2, 32 });

		assert_non_null(json);
		assert_true(json_text(json, "event").n != 0);
		if (lines == 1) {
			assert_str(json_text(json, "subject"), "\"},\n{\"decision\":\"allow\xef\xbf\xbd\xc3\xa9\x01");
			assert_null(json_object_get(json, "empty"));
			assert_int_equal(json_text(json, "long").n, 512 * 3);
			assert_int_equal(json_integer_value(json_object_get(json, "status")), 403);
		}
		json_decref(json);
		lines++;
	}
	assert_int_equal(lines, 2);
}

static void test_text_lines_have_no_control_bytes(void **state)
{
	struct str text;
	size_t lines = 0;

	(void)state;
	log_start("test", LOG_INFO, false);
	text = captured(hostile_lines);
	for (size_t i = 0; i < text.n; i++) {
		lines += text.p[i] == '\n';
		assert_true(text.p[i] == '\n' || (unsigned char)text.p[i] >= 0x20);
	}
	assert_int_equal(lines, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_OR_01_origins_exactly),
		cmocka_unit_test(test_OR_01_star_is_any_but_null),
		cmocka_unit_test(test_CORS_05_parameter_headers_are_named_back),
		cmocka_unit_test(test_DISC_12_resource_by_host_and_longest_path),
		cmocka_unit_test(test_a_named_resource_is_exactly_that_one),
		cmocka_unit_test(test_bare_origin_holds_every_path),
		cmocka_unit_test(test_SEC_14_hostile_values_stay_one_json_line),
		cmocka_unit_test(test_text_lines_have_no_control_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
