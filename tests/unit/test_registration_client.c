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
			.client = public_client,
			.where = STR("a.conf:7:8") };
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
	is_impossible("a.conf:7:8: issuers https://a.example/x and https://a.example/y");
	issuers[0].client.id = STR_NONE;
	assert_true(registration_client_check(&settings, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_RG_01_the_host_says_whose_client_it_is),
		TEST(test_RG_01_a_broker_registers_on_its_own_host_only),
		TEST(test_RG_01_one_client_per_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
