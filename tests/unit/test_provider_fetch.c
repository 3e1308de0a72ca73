/* SPDX-License-Identifier: MIT */
/* Where documents and keys come from, and what is refused. */
#include "provider.h"

#include "provider_fixture.h"

static void test_ASM_06_places_are_asked_in_order(void **unused)
{
	(void)unused;
	/* The closing slash is cut for the places and kept for the comparison. */
	issuer_is("/application/o/x/");
	restart();
	(void)server_set(server, METADATA "/application/o/x", 404, "", "");
	(void)server_set(
	    server, OPENID "/application/o/x", 200, "Content-Type: text/html\r\n", "<html>");
	(void)serve_document("/application/o/x" OPENID, JSON_TYPE, identifier, "/jwks");
	(void)serve_keys(JSON_TYPE, KEY("one"));
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	assert_int_equal(hits(METADATA "/application/o/x"), 1);
	assert_int_equal(hits(OPENID "/application/o/x"), 1);
	assert_int_equal(hits("/application/o/x" OPENID), 1);
}

static void test_ASM_06_any_bad_answer_leads_to_the_next_place(void **unused)
{
	static const struct {
		int status;
		const char *headers, *body;
	} answers[] = {
		{ 404, "", "" },
		{ 500, JSON_TYPE, "{}" },
		{ 302, "Location: /elsewhere\r\n", "" },
		{ 200, "Content-Type: text/html\r\n", "<html>" },
		{ 200, JSON_TYPE, "<html>" },
		{ 200, JSON_TYPE, "{\"issuer\":\"https://other.example\"}" },
	};

	(void)unused;
	for (size_t i = 0; i < N_OF(answers); i++) {
		int64_t now = NOW + (int64_t)i * 100000;

		(void)server_set(
		    server, METADATA, answers[i].status, answers[i].headers, answers[i].body);
		(void)serve_document(OPENID, JSON_TYPE, identifier, "/jwks");
		if (ask_document(now) != PROVIDER_READY)
			fail_msg("answer %zu", i);
		assert_int_equal(hits(OPENID), i + 1);
	}
	assert_int_equal(hits("/elsewhere"), 0);
}

static void test_configured_place_is_the_only_one(void **unused)
{
	char metadata[256];

	(void)unused;
	(void)snprintf(metadata, sizeof(metadata), "http://127.0.0.1:%u/here", server->port);
	serve_well();
	(void)server_set(server, "/here", 404, "", "");
	issuer.provider_metadata = str_from(metadata);
	restart();
	assert_int_equal(ask_document(NOW), PROVIDER_UNAVAILABLE);
	assert_int_equal(hits(METADATA), 0);
	(void)serve_document("/here", JSON_TYPE, identifier, "/jwks");
	assert_int_equal(ask_document(NOW + 10), PROVIDER_READY);
	/*
	 * A document that came from there does not count once the settings name no place: it might
	 * be one of our own.
	 */
	issuer.provider_metadata = STR_NONE;
	restart();
	(void)server_set(server, METADATA, 404, "", "");
	assert_int_equal(ask_document(NOW + 20), PROVIDER_UNAVAILABLE);
}

/* With this answer as the document nothing is served, and the probe says why. */
static void assert_document_refused(
    int64_t now, const char *headers, const char *body, const char *words)
{
	auto_buf report = BUF(4096);

	(void)server_set(server, METADATA, 200, headers, body);
	restart();
	assert_int_equal(ask("one", now), PROVIDER_UNAVAILABLE);
	assert_int_equal(ask_document(now), PROVIDER_UNAVAILABLE);
	assert_false(provider_probe(provider, now, &report));
	if (strstr(report.p, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", report.p, words);
	assert_int_equal(hits("/jwks"), 0);
}

static void test_ASM_05_the_document_must_name_our_issuer_exactly(void **unused)
{
	char body[512];
	int64_t now = NOW;
	static const struct {
		const char *after, *words;
	} names[] = { { "/", "last slash" }, { "x", "names the issuer" },
		{ " ", "names the issuer" }, { "?", "names the issuer" } };

	(void)unused;
	(void)serve_keys(JSON_TYPE, KEY("one"));
	for (size_t i = 0; i < N_OF(names); i++, now += 100) {
		(void)snprintf(body, sizeof(body),
		    "{\"issuer\":\"%s%s\",\"jwks_uri\":\"http://127.0.0.1:%u/jwks\"}", identifier,
		    names[i].after, server->port);
		assert_document_refused(now, JSON_TYPE, body, names[i].words);
	}
	assert_document_refused(
	    now, JSON_TYPE, "{\"jwks_uri\":\"https://a.example/\"}", "names the issuer");
	assert_document_refused(now + 100, JSON_TYPE, "{\"issuer\":7}", "names the issuer");
}

static void test_ASM_15_documents_out_of_bounds_are_refused(void **unused)
{
	static char body[ROUTE_BODY];
	int n = snprintf(body, sizeof(body),
	    "{\"issuer\":\"%s\",\"jwks_uri\":\"https://a.example/\"", identifier);
	char *end = body + n;

	(void)unused;
	(void)serve_keys(JSON_TYPE, KEY("one"));
	(void)snprintf(
	    end, 400, ",\"a\":%.*s0%.*s}", 16, "[[[[[[[[[[[[[[[[", 16, "]]]]]]]]]]]]]]]]");
	assert_document_refused(NOW, JSON_TYPE, body, "JSON object");
	(void)snprintf(end, 400, ",\"issuer\":\"%s\"}", identifier);
	assert_document_refused(NOW + 100, JSON_TYPE, body, "JSON object");
	(void)snprintf(end, 400, "} x");
	assert_document_refused(NOW + 200, JSON_TYPE, body, "JSON object");
	(void)snprintf(end, 400, "}");
	assert_document_refused(NOW + 300, "Content-Type: text/plain\r\n", body, "Content-Type");
	assert_document_refused(NOW + 400, JSON_TYPE, "", "JSON object");
	server_set(server, METADATA, 200, JSON_TYPE, body)->mode = ROUTE_TRUNCATED;
	restart();
	assert_int_equal(ask_document(NOW + 500), PROVIDER_UNAVAILABLE);
	server_set(server, METADATA, 200, JSON_TYPE, body)->mode = ROUTE_ENDLESS;
	restart();
	assert_int_equal(ask_document(NOW + 600), PROVIDER_UNAVAILABLE);
}

static void test_SEC_05_jwks_uri_must_be_https(void **unused)
{
	static const char *const uris[] = { "http://keys.example/", "file:///etc/passwd", "",
		"https://u@a.example/", "https://a.example/#x" };
	char body[512];

	(void)unused;
	(void)serve_keys(JSON_TYPE, KEY("one"));
	for (size_t i = 0; i < N_OF(uris); i++) {
		(void)snprintf(body, sizeof(body), "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}",
		    identifier, uris[i]);
		assert_document_refused(NOW + (int64_t)i * 100, JSON_TYPE, body, "jwks_uri");
	}
	/* Not even loopback without dev on, though the document was good while it was on. */
	serve_well();
	assert_int_equal(ask_document(NOW + 1000), PROVIDER_READY);
	settings.dev = false;
	restart();
	assert_int_equal(ask_document(NOW + 1001), PROVIDER_UNAVAILABLE);
	assert_int_equal(ask("one", NOW + 1001), PROVIDER_UNAVAILABLE);
	assert_int_equal(hits("/jwks"), 0);
}

/* A set of n keys; all but the first are of no use, and small. */
static const char *many_keys(unsigned n)
{
	static char body[ROUTE_BODY];
	int used = snprintf(body, sizeof(body), "{\"keys\":[" KEY("many"));

	for (unsigned i = 1; i < n; i++)
		used += snprintf(body + used, sizeof(body) - (size_t)used, ",{}");
	(void)snprintf(body + used, sizeof(body) - (size_t)used, "]}");
	return body;
}

static void test_JK_03_bad_key_sets_never_replace_good_ones(void **unused)
{
	static const struct {
		int status;
		const char *headers, *body;
	} answers[] = {
		{ 200, JSON_TYPE, "{\"keys\":[]}" },
		{ 200, JSON_TYPE, "{\"keys\":[" SECRET_KEY "]}" },
		{ 200, JSON_TYPE, "{\"keys\":{}}" },
		{ 200, JSON_TYPE, "{}" },
		{ 200, JSON_TYPE, "{\"keys\":[" KEY("two") "],\"keys\":[" KEY("two") "]}" },
		{ 200, "Content-Type: text/html\r\n", "<html>" },
		{ 500, JSON_TYPE, "{\"keys\":[" KEY("two") "]}" },
		{ 302, "Location: /other\r\n", "" },
		{ 200, JSON_TYPE, NULL /* 101 keys */ },
	};
	int64_t now = NOW;
	uint64_t generation;

	(void)unused;
	serve_well();
	assert_int_equal(ask("one", now), PROVIDER_READY);
	generation = generation_at(provider, now);
	now += 400;
	for (size_t i = 0; i < N_OF(answers); i++, now += 20) {
		unsigned before = hits("/jwks");

		(void)server_set(server, "/jwks", answers[i].status, answers[i].headers,
		    answers[i].body != NULL ? answers[i].body : many_keys(101));
		assert_int_equal(ask("one", now), PROVIDER_READY);
		assert_true(generation_at(provider, now) == generation);
		assert_int_equal(hits("/jwks"), before + 1);
		restart();
		assert_int_equal(ask("one", now + 1), PROVIDER_READY);
		assert_int_equal(ask("two", now + 1), PROVIDER_UNAVAILABLE);
		generation = generation_at(provider, now + 1);
	}
	(void)server_set(server, "/jwks", 200, JSON_TYPE, many_keys(100));
	assert_int_equal(ask("many", now), PROVIDER_READY);
}

static void test_moved_keys_are_found(void **unused)
{
	(void)unused;
	serve_well();
	(void)serve_document(
	    METADATA, JSON_TYPE "Cache-Control: max-age=80000\r\n", identifier, "/jwks");
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	(void)server_set(server, "/jwks", 404, "", "");
	(void)server_set(server, "/moved", 200, JSON_TYPE, "{\"keys\":[" KEY("moved") "]}");
	(void)serve_document(METADATA, JSON_TYPE, identifier, "/moved");
	assert_int_equal(ask("moved", NOW + 300), PROVIDER_READY);
	assert_int_equal(hits(METADATA), 2);
}

static void test_an_old_document_still_says_where_the_keys_are(void **unused)
{
	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	(void)server_set(server, METADATA, 500, "", "");
	(void)serve_keys(JSON_TYPE, KEY("two"));
	assert_int_equal(ask("two", NOW + 300), PROVIDER_READY);
	assert_int_equal(hits("/jwks"), 2);
}

static void test_keys_from_where_the_issuer_no_longer_has_them_are_replaced(void **unused)
{
	(void)unused;
	serve_well();
	(void)serve_keys("Cache-Control: max-age=80000\r\n", KEY("one"));
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	(void)server_set(server, "/moved", 200, JSON_TYPE, "{\"keys\":[" KEY("moved") "]}");
	(void)serve_document(METADATA, JSON_TYPE, identifier, "/moved");
	assert_int_equal(ask_document(NOW + 300), PROVIDER_READY);
	assert_int_equal(ask("one", NOW + 301), PROVIDER_NO_SUCH_KEY);
	assert_int_equal(hits("/moved"), 1);
	assert_int_equal(ask("moved", NOW + 301), PROVIDER_READY);
}

static void test_probe_goes_past_every_cache_and_tells(void **unused)
{
	auto_buf report = BUF(4096);

	(void)unused;
	serve_well();
	assert_true(provider_probe(provider, NOW, &report));
	assert_non_null(strstr(report.p, METADATA "\n"));
	assert_non_null(strstr(report.p, "1 can be used, 0 can't; ids: one\n"));
	assert_true(provider_probe(provider, NOW, &report));
	assert_int_equal(hits("/jwks"), 2);
	assert_int_equal(hits(METADATA), 2);
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	assert_int_equal(hits("/jwks"), 2);
	server_down(server);
	buf_clear(&report);
	assert_false(provider_probe(provider, NOW, &report));
	assert_non_null(strstr(report.p, METADATA));
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ASM_06_places_are_asked_in_order),
		TEST(test_ASM_06_any_bad_answer_leads_to_the_next_place),
		TEST(test_configured_place_is_the_only_one),
		TEST(test_ASM_05_the_document_must_name_our_issuer_exactly),
		TEST(test_ASM_15_documents_out_of_bounds_are_refused),
		TEST(test_SEC_05_jwks_uri_must_be_https),
		TEST(test_JK_03_bad_key_sets_never_replace_good_ones),
		TEST(test_moved_keys_are_found),
		TEST(test_an_old_document_still_says_where_the_keys_are),
		TEST(test_keys_from_where_the_issuer_no_longer_has_them_are_replaced),
		TEST(test_probe_goes_past_every_cache_and_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
