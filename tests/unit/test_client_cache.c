/* SPDX-License-Identifier: MIT */
/* Documents of clients: from a real server over TLS, and from the files in which they are kept. */
#include "client_cache.h"

#include "unit.h"

#include "log.h"
#include "settings_helper.h"
#include "tls_server.h"

#define NOW 1800000000

static struct state state;
static struct network loopback;
static uint16_t port;
static char authority[128], id[128];
static struct table *table;
static struct client_cache cache;
static struct client_document document;
static const char *why;
static char page[32]; /* of the server, which is the client's document */

/* The client whose document is at that page. */
static void choose(const char *name)
{
	(void)snprintf(page, sizeof(page), "%s", name);
	(void)snprintf(id, sizeof(id), "https://127.0.0.1:%u/%s", port, page);
}

static int setup(void **unused)
{
	auto_buf error = BUF(1024);

	if (make_directory(unused) != 0 || !state_open(&state, directory, &error) || !network_parse(STR("127.0.0.1"), &loopback))
		return -1;
	log_start("test", LOG_ERROR, false);
	tls_start("IP:127.0.0.1", "-HTTP");
	port = (uint16_t)tls_port;
	(void)snprintf(authority, sizeof(authority), "%s/cert", folder);
	choose("client");
	table = table_open(state.directory, "table");
	cache = (struct client_cache){ .state = &state, .table = table, .ca_file = str_from(authority), .allowed = &loopback, .n_allowed = 1, .port = &port,
		.n_ports = 1 };
	return 0;
}

static int teardown(void **unused)
{
	client_document_free(&document);
	table_close(table);
	state_close(&state);
	return tls_stop(unused) | remove_directory(unused);
}

/* What the server answers from now on. */
static void serve(const char *status, const char *headers, const char *body)
{
	auto_buf text = BUF(65536);

	buf_print(&text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n%s", status, strlen(body), headers, body);
	tls_file(page, text.p);
}

#define JSON_TYPE "Content-Type: application/json\r\n"

static void serve_client(const char *headers, const char *name)
{
	auto_buf body = BUF(4096);

	buf_print(&body, "{ \"client_id\" : \"%s\",\n \"client_name\":\"%s\",\"redirect_uris\":[\"http://127.0.0.1/cb\"]}", id, name);
	serve("200 OK", headers, body.p);
}

static enum client_answer get(int64_t now)
{
	client_document_free(&document);
	return client_cache_fetch(&cache, str_from(id), now, &document, &why);
}

static bool finds(int64_t now)
{
	client_document_free(&document);
	return client_cache_find(&cache, str_from(id), now, &document);
}

static size_t files(void)
{
	auto_buf command = BUF(256);
	char line[32] = "";
	FILE *out;

	buf_print(&command, "ls -A %s | grep -c ^client-", directory);
	out = popen(command.p, "r");
	assert_non_null(out);
	assert_non_null(fgets(line, sizeof(line), out));
	(void)pclose(out);
	return strtoul(line, NULL, 10);
}

static void is_not_got(enum client_answer answer, const char *reason)
{
	if (get(NOW) != answer)
		fail_msg("%s: %s", reason, why != NULL ? why : "ready");
	if (strstr(why, reason) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, reason);
	assert_false(finds(NOW));
	assert_int_equal(files(), 0);
}

static void test_CI_02_a_document_is_fetched_and_kept(void **unused)
{
	(void)unused;
	assert_false(finds(NOW));
	serve_client(JSON_TYPE "Cache-Control: max-age=600\r\n", "One");
	if (get(NOW) != CLIENT_READY)
		fail_msg("%s", why);
	assert_null(why);
	assert_str(document.name, "One");
	assert_str(document.id, id);
	assert_true(document.all_loopback);
	serve_client(JSON_TYPE, "Two");
	assert_true(finds(NOW + 1));
	assert_str(document.name, "One");
	assert_int_equal(get(NOW + 2), CLIENT_READY);
	assert_str(document.name, "Two");
	assert_true(finds(NOW + 3));
	assert_str(document.name, "Two");
	assert_int_equal(files(), 1);
}

static void test_CI_09_documents_live_between_a_minute_and_a_day(void **unused)
{
	static const struct {
		const char *header;
		int64_t seconds;
	} rows[] = {
		{ "", 60 },
		{ "Cache-Control: no-store\r\n", 60 },
		{ "Cache-Control: no-cache, max-age=7200\r\n", 60 },
		{ "Cache-Control: max-age=0\r\n", 60 },
		{ "Cache-Control: max-age=59\r\n", 60 },
		{ "Cache-Control: max-age=61\r\n", 61 },
		{ "Cache-Control: public, max-age=7200\r\n", 7200 },
		{ "Cache-Control: max-age=86401\r\n", 86400 },
		{ "Cache-Control: max-age=2147483647\r\n", 86400 },
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(rows); i++) {
		auto_buf headers = BUF(256);

		buf_print(&headers, JSON_TYPE "%s", rows[i].header);
		serve_client(headers.p, "App");
		assert_int_equal(get(NOW), CLIENT_READY);
		if (!finds(NOW) || !finds(NOW + rows[i].seconds - 1) || finds(NOW + rows[i].seconds))
			fail_msg("%s", rows[i].header);
	}
	/* A clock that went back a little, and one that went back far. */
	assert_true(finds(NOW - 60));
	assert_false(finds(NOW - 61));
}

static void test_CI_09_errors_are_never_kept(void **unused)
{
	(void)unused;
	serve("404 Not Found", JSON_TYPE "Cache-Control: max-age=600\r\n", "{}");
	is_not_got(CLIENT_UNREACHABLE, "can't be fetched");
	serve("200 OK", JSON_TYPE "Cache-Control: max-age=600\r\n", "{}");
	is_not_got(CLIENT_REFUSED, "client_id");
	serve_client(JSON_TYPE, "Mended");
	assert_int_equal(get(NOW), CLIENT_READY);
	assert_str(document.name, "Mended");
}

static void test_CI_09_an_old_document_does_not_outlive_its_time(void **unused)
{
	(void)unused;
	serve_client(JSON_TYPE, "Old");
	assert_int_equal(get(NOW), CLIENT_READY);
	serve("503 Service Unavailable", JSON_TYPE, "{}");
	assert_int_equal(get(NOW + 60), CLIENT_UNREACHABLE);
	assert_false(finds(NOW + 60));
	/* And within it, it is there still. */
	assert_true(finds(NOW + 59));
}

static void test_CI_03_only_a_200_of_json_type_is_a_document(void **unused)
{
	static const char *const statuses[] = { "201 Created", "204 No Content", "206 Partial Content", "301 Moved", "302 Found",
		"307 Temporary Redirect", "308 Permanent Redirect", "401 Unauthorized", "404 Not Found", "500 Error" };
	static const char *const types[] = { "", "Content-Type: text/html\r\n", "Content-Type: text/plain\r\n",
		"Content-Type: application/javascript\r\n" };
	static const char *const good[] = { JSON_TYPE, "Content-Type: application/json; charset=utf-8\r\n",
		"Content-Type: application/oauth-client+json\r\n" };
	auto_buf body = BUF(4096);

	(void)unused;
	buf_print(&body, "{\"client_id\":\"%s\",\"client_name\":\"App\",\"redirect_uris\":[\"http://127.0.0.1/cb\"]}", id);
	for (size_t i = 0; i < N_OF(statuses); i++) {
		serve(statuses[i], JSON_TYPE "Location: /client\r\n", body.p);
		is_not_got(CLIENT_UNREACHABLE, "can't be fetched");
	}
	for (size_t i = 0; i < N_OF(types); i++) {
		serve("200 OK", types[i], body.p);
		is_not_got(CLIENT_REFUSED, "Content-Type");
	}
	for (size_t i = 0; i < N_OF(good); i++) {
		serve("200 OK", good[i], body.p);
		assert_int_equal(get(NOW), CLIENT_READY);
	}
}

static void test_CI_05_a_document_above_5_KiB_is_refused(void **unused)
{
	auto_buf body = BUF(8192);

	(void)unused;
	buf_print(&body, "{\"client_id\":\"%s\",\"client_name\":\"App\",\"redirect_uris\":[\"http://127.0.0.1/cb\"]}", id);
	while (body.n < 5120)
		buf_add_byte(&body, '\n');
	buf_add_byte(&body, '\n');
	serve("200 OK", JSON_TYPE, body.p);
	is_not_got(CLIENT_UNREACHABLE, "can't be fetched");
	body.p[body.n - 1] = '\0';
	serve("200 OK", JSON_TYPE, body.p);
	assert_int_equal(get(NOW), CLIENT_READY);
	/* The largest with the most escapes fits the file. */
	assert_true(finds(NOW));
}

static void test_CI_04_only_public_or_allowed_addresses_are_asked(void **unused)
{
	(void)unused;
	serve_client(JSON_TYPE, "App");
	cache.n_allowed = 0;
	is_not_got(CLIENT_UNREACHABLE, "can't be fetched");
	/* Which address it was is no stranger's business. */
	assert_null(strstr(why, "127.0.0.1"));
	cache.n_allowed = 1;
	cache.n_ports = 0;
	is_not_got(CLIENT_UNREACHABLE, "can't be fetched");
	cache.n_ports = 1;
	cache.ca_file = STR_NONE;
	is_not_got(CLIENT_UNREACHABLE, "can't be fetched");
	cache.ca_file = str_from(authority);
	assert_int_equal(get(NOW), CLIENT_READY);
}

static void test_CI_01_what_is_no_id_is_not_asked_for(void **unused)
{
	static const char *const texts[] = { "", "app", "http://127.0.0.1/client", "https://127.0.0.1/", "https://127.0.0.1/client?x",
		"https://127.0.0.1/a/../client" };

	(void)unused;
	for (size_t i = 0; i < N_OF(texts); i++) {
		(void)snprintf(id, sizeof(id), "%s", texts[i]);
		is_not_got(CLIENT_REFUSED, "not the URL of a document");
	}
}

/* Which of the files. */
static unsigned slot_of(const struct table *of, const char *client)
{
	return (unsigned)(table_inner_key(of, table_key('c', str_from(client), STR_NONE)) % CLIENT_CACHE_FILES);
}

/* As another client's document would stand there that has the same file, or as somebody who may write there would have it. */
static void test_CI_09_a_kept_document_is_judged_anew(void **unused)
{
	static const char *const contents[] = { "", "{}", "[]", "{\"url\":\"%s\",\"fetched\":1800000000,\"lifetime\":600}",
		"{\"url\":\"%s\",\"fetched\":1800000000,\"lifetime\":600,\"document\":\"{}\"}",
		"{\"url\":\"%s\",\"fetched\":1800000000,\"lifetime\":600,\"document\":{}}",
		"{\"url\":\"https://other.example/client\",\"fetched\":1799000000,\"lifetime\":600,\"document\":\"%s\"}",
		"{\"url\":\"%s\",\"fetched\":0,\"lifetime\":600,\"document\":\"{}\"}" };
	auto_buf name = BUF(64);

	(void)unused;
	serve_client(JSON_TYPE, "App");
	assert_int_equal(get(NOW), CLIENT_READY);
	buf_print(&name, "client-%03x.json", slot_of(table, id));
	for (size_t i = 0; i < N_OF(contents); i++) {
		const char *place = strstr(contents[i], "%s");
		auto_buf text = BUF(1024);

		assert_true(finds(NOW));
		buf_add(&text, (struct str){ contents[i], place != NULL ? (size_t)(place - contents[i]) : strlen(contents[i]) });
		if (place != NULL) {
			buf_add_text(&text, id);
			buf_add_text(&text, place + 2);
		}
		assert_true(state_replace(&state, name.p, buf_str(&text)));
		assert_false(finds(NOW));
		assert_int_equal(get(NOW), CLIENT_READY);
	}
	assert_int_equal(files(), 1);
}

/* The next client that has the same file as the one at "client". */
static void choose_neighbour(void)
{
	unsigned own;

	choose("client");
	own = slot_of(table, id);
	for (unsigned n = 0; n == 0 || slot_of(table, id) != own; n++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "client%u", n);
		choose(name);
	}
}

static void test_CI_09_CI_13_a_client_that_was_here_lately_is_not_pushed_out(void **unused)
{
	(void)unused;
	serve_client(JSON_TYPE, "App");
	assert_int_equal(get(NOW), CLIENT_READY);
	choose_neighbour();
	assert_false(finds(NOW));
	serve_client(JSON_TYPE, "Other");
	assert_int_equal(get(NOW), CLIENT_READY);
	assert_str(document.name, "Other");
	assert_false(finds(NOW));
	/* Old, but not forgotten. */
	assert_int_equal(get(NOW + CLIENT_CACHE_HOLD - 1), CLIENT_READY);
	assert_false(client_cache_knows(&cache, str_from(id)));
	choose("client");
	assert_true(client_cache_knows(&cache, str_from(id)));
	assert_true(finds(NOW + 1));
	assert_str(document.name, "App");
}

static void test_CI_09_the_number_of_files_is_bounded(void **unused)
{
	(void)unused;
	serve_client(JSON_TYPE, "App");
	assert_int_equal(get(NOW), CLIENT_READY);
	choose_neighbour();
	serve_client(JSON_TYPE, "Other");
	assert_int_equal(get(NOW + CLIENT_CACHE_HOLD), CLIENT_READY);
	assert_true(finds(NOW + CLIENT_CACHE_HOLD));
	assert_str(document.name, "Other");
	assert_int_equal(files(), 1);
	choose("client");
	assert_false(finds(NOW + CLIENT_CACHE_HOLD));
	assert_int_equal(get(NOW + 2 * CLIENT_CACHE_HOLD), CLIENT_READY);
	assert_str(document.name, "App");
	/* A clock that was wrong holds nothing. */
	choose_neighbour();
	assert_int_equal(get(NOW), CLIENT_READY);
	assert_true(finds(NOW));
	assert_int_equal(files(), 1);
}

static void test_CI_12_the_fingerprint_changes_with_what_consent_is_about(void **unused)
{
	unsigned char one[SHA256_BYTES], two[SHA256_BYTES];

	(void)unused;
	serve_client(JSON_TYPE, "App");
	assert_int_equal(get(NOW), CLIENT_READY);
	client_cache_fingerprint(&document, one);
	assert_true(finds(NOW));
	client_cache_fingerprint(&document, two);
	assert_memory_equal(one, two, SHA256_BYTES);
	serve_client(JSON_TYPE, "Another");
	assert_int_equal(get(NOW), CLIENT_READY);
	client_cache_fingerprint(&document, two);
	assert_memory_not_equal(one, two, SHA256_BYTES);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_CI_02_a_document_is_fetched_and_kept),
		TEST(test_CI_09_documents_live_between_a_minute_and_a_day),
		TEST(test_CI_09_errors_are_never_kept),
		TEST(test_CI_09_an_old_document_does_not_outlive_its_time),
		TEST(test_CI_03_only_a_200_of_json_type_is_a_document),
		TEST(test_CI_05_a_document_above_5_KiB_is_refused),
		TEST(test_CI_04_only_public_or_allowed_addresses_are_asked),
		TEST(test_CI_01_what_is_no_id_is_not_asked_for),
		TEST(test_CI_09_a_kept_document_is_judged_anew),
		TEST(test_CI_09_CI_13_a_client_that_was_here_lately_is_not_pushed_out),
		TEST(test_CI_09_the_number_of_files_is_bounded),
		TEST(test_CI_12_the_fingerprint_changes_with_what_consent_is_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
