/* SPDX-License-Identifier: MIT */
/* Clients found by their id: set up, registered, with a document. */
#include "clients.h"

#include "seal_fixture.h"
#include "tls_server.h"

#define BROKER                                                                                                                 \
	"authorization_server broker; public_issuer https://gate.example.com; client_id ours\n"                               \
	"issuer https://auth.example.com\n"                                                                                   \
	"client desk { client_name \"The desk\"; redirect_uri https://desk.example/cb http://127.0.0.1/cb; }\n"                \
	"client back { redirect_uri https://back.example/cb; client_secret_file $/secret; }\n"
#define SOMEBODY STR("192.0.2.7")
#define REGISTERED "{\"client_id_issued_at\":1800000000,\"redirect_uris\":[\"https://claude.ai/api/mcp/auth_callback\"," \
	"\"http://127.0.0.1:5001/callback\"],\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"client_name\":\"Claude\"}"

static struct seal *seal;
static struct table *table;
static struct clients *clients;
static struct oauth_client client;
static const char *why;
static char server_id[64];
static struct network loopback;
static uint16_t port;
static char authority[128];

/* With these directives besides. */
static void use(const char *more)
{
	auto_buf text = BUF(4096);

	clients_free(clients);
	buf_print(&text, BROKER "%s" RESOURCE, more);
	accepts(text.p);
	/* The test's server is at a port that is known now only. */
	settings->broker.document_network = &loopback;
	settings->broker.n_document_networks = 1;
	settings->broker.document_port = &port;
	settings->broker.n_document_ports = 1;
	settings->ca_file = str_from(authority);
	clients = clients_new(settings, &state, seal, table, NULL);
}

static int setup(void **unused)
{
	if (open_state(unused) != 0)
		return -1;
	rotate();
	write_file("secret", "s3cret\n", 7, 0600);
	assert_true(network_parse(STR("127.0.0.1"), &loopback));
	seal = seal_new(&state);
	table = table_open(state.directory, "table");
	use("");
	return 0;
}

static int teardown(void **unused)
{
	oauth_client_free(&client);
	clients_free(clients);
	clients = NULL;
	table_close(table);
	seal_free(seal);
	return close_state(unused);
}

static int setup_server(void **unused)
{
	tls_start("IP:127.0.0.1", "-HTTP");
	port = (uint16_t)tls_port;
	(void)snprintf(authority, sizeof(authority), "%s/cert", folder);
	(void)snprintf(server_id, sizeof(server_id), "https://127.0.0.1:%u/client", port);
	return setup(unused);
}

static int teardown_server(void **unused)
{
	return teardown(unused) | tls_stop(unused);
}

static enum clients_answer find_from(struct str id, struct str address, int64_t now)
{
	oauth_client_free(&client);
	return clients_find(clients, id, address, now, &client, &why);
}

static enum clients_answer find(const char *id)
{
	return find_from(str_from(id), SOMEBODY, NOW);
}

static void is_unknown(const char *id)
{
	if (find(id) != CLIENTS_UNKNOWN)
		fail_msg("%s is known", id);
	assert_null(why);
	assert_null(client.memory);
}

static void test_BK_04_a_client_of_the_operator_is_found(void **unused)
{
	(void)unused;
	assert_int_equal(find("desk"), CLIENTS_FOUND);
	assert_int_equal(client.kind, CLIENT_STATIC);
	assert_str(client.id, "desk");
	assert_str(client.name, "The desk");
	assert_int_equal(client.secret.n, 0);
	assert_true(client.refreshes);
	assert_true(oauth_client_redirects(&client, STR("https://desk.example/cb")));
	assert_true(oauth_client_redirects(&client, STR("http://127.0.0.1:4711/cb")));
	assert_false(oauth_client_redirects(&client, STR("http://localhost:4711/cb")));
	assert_false(oauth_client_redirects(&client, STR("https://desk.example/cb/")));
	assert_false(oauth_client_redirects(&client, STR("https://desk.example:443/cb")));
	assert_false(oauth_client_redirects(&client, STR_NONE));
	assert_int_equal(find("back"), CLIENTS_FOUND);
	assert_str(client.secret, "s3cret");
	use("refresh_tokens off\n");
	assert_int_equal(find("desk"), CLIENTS_FOUND);
	assert_false(client.refreshes);
}

static void test_BK_04_nobody_else_is_found(void **unused)
{
	static const char *const ids[] = { "", "des", "desk ", "Desk", "ours", "http://desk.example/client", CLIENT_PREFIX, CLIENT_PREFIX "AAAA",
		"HTTPS://claude.ai/client" };

	(void)unused;
	for (size_t i = 0; i < N_OF(ids); i++)
		is_unknown(ids[i]);
}

static void test_RD_01_no_scheme_that_runs_code_is_ever_redirected_to(void **unused)
{
	struct str uris[] = { STR("javascript:alert(1)"), STR("https://good.example/cb#x"), STR("http://bad.example/cb") };
	const struct oauth_client bad = { .redirect_uri = { uris, 3 } };

	(void)unused;
	for (size_t i = 0; i < N_OF(uris); i++)
		assert_false(oauth_client_redirects(&bad, uris[i]));
}

static void registered(const char *json, struct buf *id)
{
	auto_json *object = json_read_object(str_from(json), (struct json_limits){ 16384, 8, 64 });

	buf_clear(id);
	assert_true(clients_seal(seal, object, id));
	assert_true(str_starts(buf_str(id), STR(CLIENT_PREFIX)));
}

static void test_RG_16_a_registered_client_is_found_in_its_id(void **unused)
{
	auto_buf id = BUF(CLIENT_TEXT_BYTES), other = BUF(CLIENT_TEXT_BYTES);

	(void)unused;
	registered(REGISTERED, &id);
	registered(REGISTERED, &other);
	assert_false(str_eq(buf_str(&id), buf_str(&other)));
	assert_int_equal(find_from(buf_str(&id), STR_NONE, NOW), CLIENTS_FOUND);
	assert_int_equal(client.kind, CLIENT_REGISTERED);
	assert_true(str_eq(client.id, buf_str(&id)));
	assert_str(client.name, "Claude");
	assert_int_equal(client.secret.n, 0);
	assert_true(client.refreshes);
	assert_int_equal(client.redirect_uri.n, 2);
	assert_true(oauth_client_redirects(&client, STR("https://claude.ai/api/mcp/auth_callback")));
	assert_true(oauth_client_redirects(&client, STR("http://127.0.0.1:6006/callback")));
	assert_false(oauth_client_redirects(&client, STR("https://claude.com/api/mcp/auth_callback")));
	registered("{\"redirect_uris\":[\"http://localhost/callback\"],\"grant_types\":[\"authorization_code\"]}", &id);
	assert_int_equal(find_from(buf_str(&id), STR_NONE, NOW), CLIENTS_FOUND);
	assert_false(client.refreshes);
	assert_int_equal(client.name.n, 0);
	/* After a rotation it is the same client. */
	rotate();
	assert_int_equal(find_from(buf_str(&id), STR_NONE, NOW), CLIENTS_FOUND);
}

static void test_RG_16_an_id_that_was_changed_is_nobodys(void **unused)
{
	auto_buf id = BUF(CLIENT_TEXT_BYTES), longer = BUF(2 * CLIENT_TEXT_BYTES), cookie = BUF(CLIENT_TEXT_BYTES);

	(void)unused;
	registered(REGISTERED, &id);
	for (size_t i = 0; i < id.n; i += 7) {
		char byte = id.p[i];

		id.p[i] = byte == 'A' ? 'B' : 'A';
		assert_int_equal(find_from(buf_str(&id), SOMEBODY, NOW), CLIENTS_UNKNOWN);
		id.p[i] = byte;
	}
	assert_int_equal(find_from(str_first(buf_str(&id), id.n - 1), SOMEBODY, NOW), CLIENTS_UNKNOWN);
	buf_add(&longer, buf_str(&id));
	while (longer.n < CLIENT_TEXT_BYTES + 1)
		buf_add_byte(&longer, 'A');
	assert_int_equal(find_from(buf_str(&longer), SOMEBODY, NOW), CLIENTS_UNKNOWN);
	/* What we have sealed for another purpose is no client. */
	buf_add_text(&cookie, CLIENT_PREFIX);
	assert_true(seal_value(seal, "cookie", STR(REGISTERED), &cookie));
	assert_int_equal(find_from(buf_str(&cookie), SOMEBODY, NOW), CLIENTS_UNKNOWN);
	/* Nor is something else that we would have sealed for this one. */
	buf_clear(&cookie);
	buf_add_text(&cookie, CLIENT_PREFIX);
	assert_true(seal_value(seal, CLIENT_PURPOSE, STR("[]"), &cookie));
	assert_int_equal(find_from(buf_str(&cookie), SOMEBODY, NOW), CLIENTS_UNKNOWN);
}

static void test_RG_16_without_keys_nobody_knows_who_it_is(void **unused)
{
	auto_buf id = BUF(CLIENT_TEXT_BYTES);
	auto_json *object = json_object();

	(void)unused;
	registered(REGISTERED, &id);
	assert_int_equal(unlink(path_of(SEAL_KEYS_FILE)), 0);
	assert_int_equal(find_from(buf_str(&id), SOMEBODY, NOW), CLIENTS_UNAVAILABLE);
	buf_clear(&id);
	assert_false(clients_seal(seal, object, &id));
	assert_int_equal(id.n, 0);
	assert_int_equal(find("desk"), CLIENTS_FOUND);
}

static void test_RG_06_a_registration_is_good_for_what_the_list_has_now(void **unused)
{
	auto_buf id = BUF(CLIENT_TEXT_BYTES), any = BUF(CLIENT_TEXT_BYTES);

	(void)unused;
	registered(REGISTERED, &id);
	registered("{\"redirect_uris\":[\"https://app.example/cb\"]}", &any);
	assert_int_equal(find_from(buf_str(&any), SOMEBODY, NOW), CLIENTS_UNKNOWN);
	use("redirect any_https\n");
	assert_int_equal(find_from(buf_str(&any), SOMEBODY, NOW), CLIENTS_FOUND);
	use("redirect_preset mcpc\n");
	assert_int_equal(find_from(buf_str(&id), SOMEBODY, NOW), CLIENTS_FOUND);
	assert_int_equal(client.redirect_uri.n, 1);
	assert_false(oauth_client_redirects(&client, STR("https://claude.ai/api/mcp/auth_callback")));
	assert_true(oauth_client_redirects(&client, STR("http://127.0.0.1/callback")));
	use("redirect_preset chatgpt\n");
	assert_int_equal(find_from(buf_str(&id), SOMEBODY, NOW), CLIENTS_UNKNOWN);
}

/* ---- Documents ---- */

static void serve(const char *name)
{
	auto_buf body = BUF(4096), text = BUF(8192);

	buf_print(&body, "{\"client_id\":\"%s\",\"client_name\":\"%s\",\"redirect_uris\":[\"http://127.0.0.1/cb\"],\"grant_types\":[\"authorization_code\"]}",
		server_id, name);
	buf_print(&text,
		"HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\nCache-Control: max-age=600\r\nContent-Type: application/json\r\n\r\n%s",
		body.n, body.p);
	tls_file("client", text.p);
}

static void test_CI_02_a_client_is_found_by_its_document(void **unused)
{
	(void)unused;
	use("cimd 127.0.0.1\n");
	serve("App");
	assert_int_equal(find_from(str_from(server_id), STR_NONE, NOW), CLIENTS_UNAVAILABLE);
	assert_null(why);
	if (find(server_id) != CLIENTS_FOUND)
		fail_msg("%s", why);
	assert_int_equal(client.kind, CLIENT_DOCUMENT);
	assert_str(client.id, server_id);
	assert_str(client.name, "App");
	assert_int_equal(client.secret.n, 0);
	assert_false(client.refreshes);
	assert_true(oauth_client_redirects(&client, STR("http://127.0.0.1:99/cb")));
	assert_false(oauth_client_redirects(&client, STR("http://127.0.0.1:99/")));
	/* Kept, it needs nobody's address. */
	serve("Other");
	assert_int_equal(find_from(str_from(server_id), STR_NONE, NOW + 599), CLIENTS_FOUND);
	assert_str(client.name, "App");
	assert_int_equal(find_from(str_from(server_id), STR_NONE, NOW + 600), CLIENTS_UNAVAILABLE);
	assert_int_equal(find_from(str_from(server_id), SOMEBODY, NOW + 600), CLIENTS_FOUND);
	assert_str(client.name, "Other");
}

static void test_CI_02_what_is_wrong_with_a_document_is_told(void **unused)
{
	static const char *const no_ids[] = { "https://127.0.0.1", "https://127.0.0.1/", "https://127.0.0.1/a?b", "https://u@127.0.0.1/a", "https://127.0.0.1/a/../b",
		"https://" };

	(void)unused;
	use("cimd any\n");
	for (size_t i = 0; i < N_OF(no_ids); i++) {
		assert_int_equal(find(no_ids[i]), CLIENTS_DOCUMENT);
		assert_non_null(strstr(why, "not the URL of a document"));
		assert_null(client.memory);
	}
	serve("");
	assert_int_equal(find(server_id), CLIENTS_DOCUMENT);
	assert_non_null(strstr(why, "client_name"));
	tls_file("client", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	assert_int_equal(find(server_id), CLIENTS_UNAVAILABLE);
	assert_non_null(strstr(why, "can't be fetched"));
	assert_int_equal(client.redirect_uri.n, 0);
}

static void test_CI_11_SEC_05_hosts_that_are_not_listed_are_refused_and_not_asked(void **unused)
{
	static const char *const lists[] = { "", "cimd off\n", "cimd claude.ai 127.0.0.2\n" };

	(void)unused;
	serve("App");
	for (size_t i = 0; i < N_OF(lists); i++) {
		use(lists[i]);
		assert_int_equal(find(server_id), CLIENTS_REFUSED);
		assert_int_equal(find("https://off/client"), CLIENTS_REFUSED);
		assert_int_equal(find("https://a.claude.ai/client"), CLIENTS_REFUSED);
		assert_int_equal(find("https://claude.ai.example/client"), CLIENTS_REFUSED);
	}
	use("cimd any\n");
	assert_int_equal(find(server_id), CLIENTS_FOUND);
	/* A kept document is none either when its host is not listed any more. */
	use("cimd off\n");
	assert_int_equal(find(server_id), CLIENTS_REFUSED);
}

static void test_CI_13_fetches_are_few_for_an_address_and_for_a_host(void **unused)
{
	unsigned reached = 0;

	(void)unused;
	use("cimd any\n");
	for (unsigned i = 0; i < 100; i++) {
		auto_buf id = BUF(100);

		buf_print(&id, "%s%u", server_id, i);
		reached += find(id.p) != CLIENTS_TOO_MANY;
	}
	assert_int_equal(reached, 10);
	/* Another address goes on, until the host has been asked enough. */
	for (unsigned i = 0; i < 100; i++) {
		auto_buf id = BUF(100), address = BUF(100);

		buf_print(&id, "%s%u", server_id, i);
		buf_print(&address, "198.51.100.%u", i);
		reached += find_from(buf_str(&id), buf_str(&address), NOW) != CLIENTS_TOO_MANY;
	}
	assert_int_equal(reached, 30);
	/* The household counts, not the address. */
	for (unsigned i = 0; i < 20; i++) {
		auto_buf address = BUF(100);

		buf_print(&address, "2001:db8::%u", i);
		reached += find_from(STR("https://127.0.0.1:1/client"), buf_str(&address), NOW + 60) != CLIENTS_TOO_MANY;
	}
	assert_int_equal(reached, 40);
	/* One that is kept is found all the same. */
	serve("App");
	assert_int_equal(find_from(str_from(server_id), STR("203.0.113.1"), NOW + 120), CLIENTS_FOUND);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(find_from(str_from(server_id), STR("203.0.113.1"), NOW + 121), CLIENTS_FOUND);
}

static void test_CI_13_without_a_turn_nothing_is_fetched(void **unused)
{
	struct turns *none = turns_none();

	(void)unused;
	use("cimd 127.0.0.1\n");
	serve("App");
	clients_free(clients);
	clients = clients_new(settings, &state, seal, table, none);
	assert_int_equal(find(server_id), CLIENTS_UNAVAILABLE);
	use("cimd 127.0.0.1\n");
	assert_int_equal(find(server_id), CLIENTS_FOUND);
	clients_free(clients);
	clients = clients_new(settings, &state, seal, table, none);
	assert_int_equal(find(server_id), CLIENTS_FOUND);
	turns_free(none);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
#define TEST_SERVER(function) cmocka_unit_test_setup_teardown(function, setup_server, teardown_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_BK_04_a_client_of_the_operator_is_found),
		TEST(test_BK_04_nobody_else_is_found),
		TEST(test_RD_01_no_scheme_that_runs_code_is_ever_redirected_to),
		TEST(test_RG_16_a_registered_client_is_found_in_its_id),
		TEST(test_RG_16_an_id_that_was_changed_is_nobodys),
		TEST(test_RG_16_without_keys_nobody_knows_who_it_is),
		TEST(test_RG_06_a_registration_is_good_for_what_the_list_has_now),
		TEST_SERVER(test_CI_02_a_client_is_found_by_its_document),
		TEST_SERVER(test_CI_02_what_is_wrong_with_a_document_is_told),
		TEST_SERVER(test_CI_11_SEC_05_hosts_that_are_not_listed_are_refused_and_not_asked),
		TEST_SERVER(test_CI_13_fetches_are_few_for_an_address_and_for_a_host),
		TEST_SERVER(test_CI_13_without_a_turn_nothing_is_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
