/* SPDX-License-Identifier: MIT */
/* registration_client: whose client a host has, and whether the settings can be granted. */
#include "registration_fixture.h"
#include "registration_client.h"

static struct issuer issuers[2];
static struct settings settings;

static void two_issuers(enum authorization_server server, const char *first, const char *second)
{
	const char *const identifier[] = { first, second };

	settings = (struct settings){ .issuer = issuers, .n_issuers = 2, .server = server };
	for (size_t i = 0; i < 2; i++) {
		issuers[i] = (struct issuer){ .identifier = str_from(identifier[i]),
			.client = public_client };
		assert_true(url_parse(issuers[i].identifier, &issuers[i].url));
	}
}

static void test_RG_01_the_host_says_whose_client_it_is(void **state)
{
	(void)state;
	two_issuers(SERVER_AUGMENT, "https://a.example/x", "https://b.example");
	assert_ptr_equal(registration_client_find(&settings, STR("a.example")), &issuers[0].client);
	assert_ptr_equal(registration_client_find(&settings, STR("B.Example")), &issuers[1].client);
	assert_null(registration_client_find(&settings, STR("c.example")));
	assert_null(registration_client_find(&settings, STR("a.example.evil.example")));
	assert_null(registration_client_find(&settings, STR_NONE));
	issuers[1].client.id = STR_NONE;
	assert_null(registration_client_find(&settings, STR("b.example")));

	settings.server = SERVER_DIRECT;
	assert_null(registration_client_find(&settings, STR("a.example")));

	settings.server = SERVER_FACADE;
	settings.n_issuers = 1;
	assert_true(url_parse(STR("https://gate.example"), &settings.public_issuer_url));
	assert_ptr_equal(registration_client_find(&settings, STR("gate.example")), &issuers[0].client);
	assert_null(registration_client_find(&settings, STR("a.example")));
}

static void test_RG_01_a_broker_registers_on_its_own_host_only(void **state)
{
	(void)state;
	two_issuers(SERVER_BROKER, "https://a.example/x", "https://gate.example");
	issuers[1].own = true;
	settings.broker.registration = ours;
	assert_true(url_parse(STR("https://gate.example"), &settings.public_issuer_url));
	assert_ptr_equal(registration_client_find(&settings, STR("Gate.example")), &settings.broker.registration);
	assert_null(registration_client_find(&settings, STR("a.example")));
	assert_null(registration_client_find(&settings, STR_NONE));
}

static void is_impossible(const char *part)
{
	auto_buf why = BUF(4096);

	assert_false(registration_client_check(&settings, &why));
	buf_add_byte(&why, '\0');
	if (strstr(why.p, part) == NULL)
		fail_msg("%s is not in: %s", part, why.p);
}

static void test_RG_01_one_client_per_host(void **state)
{
	auto_buf why = BUF(4096);

	(void)state;
	two_issuers(SERVER_AUGMENT, "https://a.example/x", "https://b.example");
	assert_true(registration_client_check(&settings, &why));
	assert_int_equal(why.n, 0);
	two_issuers(SERVER_AUGMENT, "https://a.example/x", "https://a.example/y");
	is_impossible("https://a.example/x and https://a.example/y");
	issuers[0].client.id = STR_NONE;
	assert_true(registration_client_check(&settings, &why));
}

static void test_RG_07_RG_19_a_list_that_can_not_be_granted_is_told(void **state)
{
	struct str preset[] = { STR("claude"), STR("clod") }, uri[] = { STR("javascript:alert(1)") };
	struct str wild[] = { STR("https://app.example/*") };
	auto_buf why = BUF(4096);

	(void)state;
	two_issuers(SERVER_AUGMENT, "https://a.example", "https://b.example");
	issuers[1].client.redirect_preset = (struct words){ preset, 2 };
	is_impossible("found redirect_preset clod, expected claude chatgpt");
	issuers[1].client.redirect_preset.n = 1;
	assert_true(registration_client_check(&settings, &why));
	issuers[0].client.redirect_uri = (struct words){ uri, 1 };
	is_impossible("https://a.example: found redirect_uri javascript:alert(1)");
	issuers[0].client.redirect_uri = (struct words){ wild, 1 };
	is_impossible("no wildcards");
}

static void test_RG_07_a_client_of_the_operator_is_looked_at_too(void **state)
{
	struct str uri[] = { STR("https://good.example/cb"), STR("javascript:alert(1)") };
	struct static_client client = { .id = STR("desk"), .redirect_uri = { uri, 2 } };

	(void)state;
	two_issuers(SERVER_BROKER, "https://a.example/x", "https://b.example");
	settings.broker.client = &client;
	settings.broker.n_clients = 1;
	is_impossible("client desk: found redirect_uri javascript:alert(1)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_RG_01_the_host_says_whose_client_it_is),
		TEST(test_RG_01_a_broker_registers_on_its_own_host_only),
		TEST(test_RG_01_one_client_per_host),
		TEST(test_RG_07_RG_19_a_list_that_can_not_be_granted_is_told),
		TEST(test_RG_07_a_client_of_the_operator_is_looked_at_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
