/* SPDX-License-Identifier: MIT */
/* Addresses, networks of trusted proxies, and who the client is. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "address.h"

static struct address address_of(const char *text)
{
	struct address address;

	if (!address_parse(str_from(text), &address))
		fail_msg("%s", text);
	return address;
}

static struct network network_of(const char *text)
{
	struct network network;

	if (!network_parse(str_from(text), &network))
		fail_msg("%s", text);
	return network;
}

static void is_written(const struct address *address, const char *text)
{
	auto_buf written = BUF(64);

	address_add(address, &written);
	assert_str(buf_str(&written), text);
}

static void test_forms_of_an_address(void **state)
{
	static const struct {
		const char *text, *written;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1:8080", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "[::ffff:192.0.2.1]:1", "192.0.2.1" },
		{ "2001:DB8:0::1", "2001:db8::1" },
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "[2001:db8::1]:443", "2001:db8::1" },
		{ "::", "::" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct address address = address_of(rows[i].text);

		is_written(&address, rows[i].written);
	}
}

static void test_SEC_14_what_is_no_address(void **state)
{
	static const struct str texts[] = { { NULL, 0 }, { "", 0 }, { "x", 1 }, { "unknown", 7 }, { "_hidden", 7 }, { "192.0.2", 7 }, { "192.0.2.256", 11 },
		{ "192.0.2.1 ", 10 }, { "192.0.2.1/32", 12 }, { "192.0.2.01", 10 }, { ":80", 3 }, { "[]", 2 }, { "[::1", 4 }, { "[::1]x", 6 }, { "[::1]]", 6 }, { "1::2::3", 7 }, { "fe80::1%eth0", 12 },
		{ "::1\0", 4 }, { "192.0.2.1\0.5", 12 }, { "0000000000000000000000000000000000000000000000000000000000000001", 64 } };
	struct address address;

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++)
		assert_false(address_parse(texts[i], &address));
}

static bool has(const char *network, const char *address)
{
	struct network where = network_of(network);
	struct address what = address_of(address);

	return network_has(&where, &what);
}

static void test_networks_have_what_shares_their_bits(void **state)
{
	static const struct {
		const char *network, *in, *out;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", "192.0.3.0" },
		{ "192.0.2.0/25", "192.0.2.127", "192.0.2.128" },
		{ "192.0.2.77/31", "192.0.2.76", "192.0.2.78" },
		{ "192.0.2.1", "192.0.2.1", "192.0.2.0" },
		{ "192.0.2.1/32", "::ffff:192.0.2.1", "::192.0.2.1" },
		{ "0.0.0.0/0", "255.255.255.255", "::1" },
		{ "2001:db8::/32", "2001:db8:ffff::1", "2001:db9::" },
		{ "2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::" },
		{ "::1", "::1", "::2" },
		{ "::1/128", "::1", "::" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_true(has(rows[i].network, rows[i].in));
		assert_false(has(rows[i].network, rows[i].out));
	}
	assert_true(has("::/0", "2001:db8::1"));
	assert_true(has("::/0", "192.0.2.1"));
}

static void test_what_is_no_network(void **state)
{
	static const char *const texts[] = { "", "/", "/8", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/ 8", "192.0.2.0/8/8", "192.0.2.0/x",
		"2001:db8::/129", "192.0.2.0/18446744073709551624", "example.com/8" };
	struct network network;

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		if (network_parse(str_from(texts[i]), &network))
			fail_msg("%s", texts[i]);
	}
}

static bool same_client(const char *one, const char *other)
{
	struct address a = address_of(one), b = address_of(other);

	return str_eq(address_client(&a), address_client(&b));
}

static void test_PO_05_one_client_is_an_ipv4_address_or_64_bits_of_ipv6(void **state)
{
	(void)state;
	assert_true(same_client("192.0.2.1", "::ffff:192.0.2.1"));
	assert_false(same_client("192.0.2.1", "192.0.2.2"));
	assert_true(same_client("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"));
	assert_false(same_client("2001:db8:0:1::1", "2001:db8:0:2::1"));
	/* All of IPv4 lies in one /64. */
	assert_false(same_client("192.0.2.1", "::1"));
}

static bool same_site(const char *one, const char *other)
{
	struct address a = address_of(one), b = address_of(other);

	return str_eq(address_site(address_client(&a), 48), address_site(address_client(&b), 48));
}

static void test_PO_05_a_site_is_the_first_bits_of_ipv6(void **state)
{
	struct address ipv4 = address_of("192.0.2.1"), ipv6 = address_of("2001:db8:1:2::1");

	(void)state;
	assert_true(same_site("2001:db8:1::1", "2001:db8:1:ffff:ffff:ffff:ffff:ffff"));
	assert_false(same_site("2001:db8:1::1", "2001:db8:2::1"));
	assert_int_equal(address_site(address_client(&ipv6), 48).n, 6);
	assert_int_equal(address_site(address_client(&ipv6), 56).n, 7);
	assert_int_equal(address_site(address_client(&ipv4), 48).n, 0);
	assert_int_equal(address_site(STR_NONE, 48).n, 0);
}

static const char *client_of(const char *peer, const char *forwarded)
{
	static char text[64];
	struct network trusted[] = { network_of("127.0.0.1"), network_of("10.0.0.0/8"), network_of("2001:db8::/32") };
	auto_buf written = BUF(64);
	struct address client;

	if (!address_of_client(str_from(peer), str_from(forwarded), trusted, N_OF(trusted), &client))
		return "none";
	address_add(&client, &written);
	return strcpy(text, written.p);
}

static void test_SEC_14_the_client_is_the_first_from_the_right_that_is_no_trusted_proxy(void **state)
{
	static const struct {
		const char *peer, *forwarded, *client;
	} rows[] = {
		{ "192.0.2.1", "", "192.0.2.1" },
		{ "192.0.2.1", "198.51.100.7", "192.0.2.1" },
		{ "127.0.0.1", "", "127.0.0.1" },
		{ "127.0.0.1", "198.51.100.7", "198.51.100.7" },
		{ "127.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7" },
		{ "127.0.0.1", "203.0.113.9,198.51.100.7 ,\t10.1.2.3", "198.51.100.7" },
		{ "127.0.0.1", "10.0.0.2, [2001:db8::1]:443", "10.0.0.2" },
		{ "::ffff:127.0.0.1", "198.51.100.7:50000", "198.51.100.7" },
		/* What can't be read ends the trail; nothing to its left is believed. */
		{ "127.0.0.1", "198.51.100.7, unknown, 10.0.0.2", "10.0.0.2" },
		{ "127.0.0.1", "198.51.100.7,", "127.0.0.1" },
		{ "127.0.0.1", ",,", "127.0.0.1" },
		{ "127.0.0.1", "198.51.100.7 10.0.0.2", "127.0.0.1" },
		{ "", "198.51.100.7", "none" },
		{ "unix:", "198.51.100.7", "none" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		assert_string_equal(client_of(rows[i].peer, rows[i].forwarded), rows[i].client);
}

static void test_SEC_14_without_a_trusted_proxy_only_the_peer_counts(void **state)
{
	struct address client;

	(void)state;
	assert_true(address_of_client(STR("127.0.0.1"), STR("198.51.100.7"), NULL, 0, &client));
	is_written(&client, "127.0.0.1");
}

/* The first and the last address of each, and their neighbours, where these are public. */
static void test_CI_04_special_addresses_and_their_edges(void **state)
{
	static const struct {
		const char *before, *first, *last, *after;
	} rows[] = {
		{ NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0" },
		{ "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0" },
		{ "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0" },
		{ "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0" },
		{ "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0" },
		{ "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0" },
		{ "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0" },
		{ "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0" },
		{ "192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0" },
		{ "192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0" },
		{ "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0" },
		{ "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0" },
		{ "192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0" },
		{ "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0" },
		{ "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0" },
		{ "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0" },
		{ "223.255.255.255", "224.0.0.0", "239.255.255.255", NULL },
		{ NULL, "240.0.0.0", "255.255.255.255", NULL },
		/* The same within IPv6: mapped, and through NAT64. */
		{ "::ffff:9.255.255.255", "::ffff:10.0.0.0", "::ffff:10.255.255.255", "::ffff:11.0.0.0" },
		{ "64:ff9b::9.255.255.255", "64:ff9b::10.0.0.0", "64:ff9b::10.255.255.255", "64:ff9b::11.0.0.0" },
		{ "64:ff9b::126.255.255.255", "64:ff9b::127.0.0.0", "64:ff9b::127.255.255.255", "64:ff9b::128.0.0.0" },
		{ NULL, "64:ff9b::0.0.0.0", "64:ff9b::0.255.255.255", "64:ff9b::1.0.0.0" },
		{ NULL, "64:ff9b::1:0:0", "64:ff9b::ffff:ffff:ffff", NULL },
		{ NULL, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", NULL },
		/* Below and above what is given out. */
		{ NULL, "::", "::fffe:ffff:ffff", "::ffff:1.0.0.0" },
		{ NULL, "::1", "::127.0.0.1", NULL },
		{ NULL, "::8.8.8.8", "::ffff:0:8.8.8.8", NULL },
		{ NULL, "100::", "100::ffff:ffff:ffff:ffff", NULL },
		{ NULL, "100:0:0:1::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::" },
		{ "3fff:1000::", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
		{ NULL, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
		{ NULL, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
		{ NULL, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
		{ NULL, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
		{ NULL, "ff00::", "ff0e::1", NULL },
		/* Holes in what is given out. */
		{ "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::" },
		{ NULL, "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::", NULL },
		{ NULL, "2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
		{ "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::" },
		{ "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::" },
		{ NULL, "2002:7f00:1::", "2002:808:808::1", NULL },
		{ "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::" },
		{ "3ffd:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
		{ NULL, "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *const texts[] = { rows[i].before, rows[i].first, rows[i].last, rows[i].after };

		for (size_t k = 0; k < N_OF(texts); k++) {
			struct address address = texts[k] != NULL ? address_of(texts[k]) : (struct address){ { 0 } };

			if (texts[k] != NULL && address_is_public(&address) != (k == 0 || k == 3))
				fail_msg("%s", texts[k]);
		}
	}
}

static void test_CI_04_public_addresses(void **state)
{
	static const char *const texts[] = { "1.1.1.1", "8.8.8.8", "93.184.216.34", "160.79.104.10", "192.1.0.1", "223.255.255.254",
		"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "3000::1" };

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct address address = address_of(texts[i]);

		if (!address_is_public(&address))
			fail_msg("%s", texts[i]);
	}
}

static void test_CI_04_the_other_end_of_a_socket(void **state)
{
	struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(443) };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = htons(443) };
	struct sockaddr_un local = { .sun_family = AF_UNIX, .sun_path = "/run/x" };
	struct address address;

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &ipv4.sin_addr), 1);
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &ipv6.sin6_addr), 1);
	assert_true(address_of_peer((const struct sockaddr *)&ipv4, &address));
	is_written(&address, "192.0.2.1");
	assert_true(address_of_peer((const struct sockaddr *)&ipv6, &address));
	is_written(&address, "2001:db8::1");
	assert_int_equal(inet_pton(AF_INET6, "::ffff:10.0.0.1", &ipv6.sin6_addr), 1);
	assert_true(address_of_peer((const struct sockaddr *)&ipv6, &address));
	is_written(&address, "10.0.0.1");
	assert_false(address_of_peer((const struct sockaddr *)&local, &address));
}

static void test_host_and_port(void **state)
{
	static const struct {
		const char *text, *host;
		uint64_t port;
	} rows[] = { { "127.0.0.1", "127.0.0.1", 7 }, { "redis", "redis", 7 }, { "redis_1:6379", "redis_1", 6379 }, { "a.example:65535", "a.example", 65535 },
		{ "[::1]", "::1", 7 }, { "[2001:db8::1]:1", "2001:db8::1", 1 } };
	static const char *const bad[] = { "", ":", ":6379", "host:", "host:0", "host:65536", "host:port", "host:6379x", "host:1:2", "::1", "2001:db8::1", "[", "[]",
		"[]:1", "[::1", "[::1]6379", "[::1]:", "[::1]:0", "[host]:1", "[127.0.0.1]:1", "[::g]:1" };
	struct str host;
	uint64_t port;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		port = 7;
		if (!host_and_port_parse(str_from(rows[i].text), &host, &port) || !str_is(host, rows[i].host) || port != rows[i].port)
			fail_msg("%s", rows[i].text);
	}
	for (size_t i = 0; i < N_OF(bad); i++) {
		if (host_and_port_parse(str_from(bad[i]), &host, &port))
			fail_msg("%s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms_of_an_address),
		cmocka_unit_test(test_SEC_14_what_is_no_address),
		cmocka_unit_test(test_networks_have_what_shares_their_bits),
		cmocka_unit_test(test_what_is_no_network),
		cmocka_unit_test(test_host_and_port),
		cmocka_unit_test(test_PO_05_one_client_is_an_ipv4_address_or_64_bits_of_ipv6),
		cmocka_unit_test(test_PO_05_a_site_is_the_first_bits_of_ipv6),
		cmocka_unit_test(test_SEC_14_the_client_is_the_first_from_the_right_that_is_no_trusted_proxy),
		cmocka_unit_test(test_SEC_14_without_a_trusted_proxy_only_the_peer_counts),
		cmocka_unit_test(test_CI_04_special_addresses_and_their_edges),
		cmocka_unit_test(test_CI_04_public_addresses),
		cmocka_unit_test(test_CI_04_the_other_end_of_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
