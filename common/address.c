/* SPDX-License-Identifier: MIT */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define TEXT_BYTES 64
#define MAPPED_BITS 96u
#define CLIENT_BYTES 8 /* of an IPv6 address: a /64 */

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static struct str first_bytes(const unsigned char *byte, size_t n)
{
	return (struct str){ (const char *)byte, n };
}

static bool is_mapped(const struct address *address)
{
	return str_eq(first_bytes(address->byte, sizeof(mapped)), first_bytes(mapped, sizeof(mapped)));
}

/* Without brackets and port. */
static struct str bare(struct str text)
{
	struct str rest = text, host = text;
	size_t colons = 0;

	if (text.n != 0 && text.p[0] == '[') {
		rest = str_skip(text, 1);
		(void)!str_cut(&rest, ']', &host);
		return rest.p != NULL && (rest.n == 0 || rest.p[0] == ':') ? host : STR_NONE;
	}
	for (size_t i = 0; i < text.n; i++)
		colons += text.p[i] == ':';
	return colons == 1 && str_cut(&rest, ':', &host) ? host : text;
}

bool address_parse(struct str text, struct address *address)
{
	struct str host = bare(text);
	char copy[TEXT_BYTES];

	if (host.n == 0 || host.n >= sizeof(copy) || str_has(host, '\0'))
		return false;
	memcpy(copy, host.p, host.n);
	copy[host.n] = '\0';
	memcpy(address->byte, mapped, sizeof(mapped));
	return inet_pton(AF_INET, copy, address->byte + sizeof(mapped)) == 1 || inet_pton(AF_INET6, copy, address->byte) == 1;
}

bool address_of_peer(const struct sockaddr *peer, struct address *address)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	switch (peer->sa_family) {
	case AF_INET:
		memcpy(&ipv4, peer, sizeof(ipv4));
		memcpy(address->byte, mapped, sizeof(mapped));
		memcpy(address->byte + sizeof(mapped), &ipv4.sin_addr, sizeof(ipv4.sin_addr));
		return true;
	case AF_INET6:
		memcpy(&ipv6, peer, sizeof(ipv6));
		memcpy(address->byte, &ipv6.sin6_addr, sizeof(ipv6.sin6_addr));
		return true;
	default:
		return false;
	}
}

bool network_parse(struct str text, struct network *network)
{
	struct str rest = text, host = STR_NONE;
	bool ipv4, whole;
	uint64_t bits;

	if (!str_cut(&rest, '/', &host) || !address_parse(host, &network->address))
		return false;
	whole = rest.p == NULL;
	ipv4 = !str_has(host, ':');
	if (!whole && !str_number(rest, ipv4 ? 32 : 128, &bits))
		return false;
	network->bits = whole ? 128 : (unsigned)bits + (ipv4 ? MAPPED_BITS : 0);
	return true;
}

bool host_and_port_parse(struct str text, struct str *host, uint64_t *port)
{
	bool bracketed = str_starts(text, STR("["));
	struct str rest = bracketed ? str_skip(text, 1) : text;
	struct address address;

	if (!str_cut(&rest, bracketed ? ']' : ':', host) || host->n == 0)
		return false;
	if (bracketed) {
		/* rest.p is NULL where nothing closes it. */
		if (rest.p == NULL || !str_has(*host, ':') || !address_parse(*host, &address) || (rest.n != 0 && rest.p[0] != ':'))
			return false;
		rest = rest.n != 0 ? str_skip(rest, 1) : STR_NONE;
	}
	return rest.p == NULL || (str_number(rest, 65535, port) && *port != 0);
}

bool network_has(const struct network *network, const struct address *address)
{
	size_t whole = network->bits / 8;
	unsigned rest = network->bits % 8, mask = 0xffu & ~(0xffu >> rest);

	if (!str_eq(first_bytes(network->address.byte, whole), first_bytes(address->byte, whole)))
		return false;
	return rest == 0 || ((network->address.byte[whole] ^ address->byte[whole]) & mask) == 0;
}

struct str address_client(const struct address *address)
{
	return first_bytes(address->byte, is_mapped(address) ? sizeof(address->byte) : CLIENT_BYTES);
}

struct str address_site(struct str client, unsigned bits)
{
	return client.n == CLIENT_BYTES ? str_first(client, bits / 8) : STR_NONE;
}

static bool is_trusted(const struct address *address, const struct network *trusted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (network_has(&trusted[i], address))
			return true;
	}
	return false;
}

bool address_of_client(struct str peer, struct str forwarded, const struct network *trusted, size_t n, struct address *client)
{
	if (!address_parse(peer, client))
		return false;
	while (forwarded.n != 0 && is_trusted(client, trusted, n)) {
		size_t start = forwarded.n;
		struct address hop;

		while (start > 0 && forwarded.p[start - 1] != ',')
			start--;
		/* What a trusted proxy could not read is as far as the trail goes. */
		if (!address_parse(str_trim(str_skip(forwarded, start)), &hop))
			break;
		*client = hop;
		forwarded = str_first(forwarded, start > 0 ? start - 1 : 0);
	}
	return true;
}

/* IPv4 by its four bytes, IPv6 by its first six. */
#define IPV4(a, b, c, d, n)                                                                                                        \
	{                                                                                                                          \
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d } }, MAPPED_BITS + (n)                                    \
	}
#define IPV6(a, b, c, n)                                                                                                           \
	{                                                                                                                          \
		{ { (a) >> 8, (a)&0xff, (b) >> 8, (b)&0xff, (c) >> 8, (c)&0xff } }, n                                              \
	}

/* The IANA registries of special-purpose addresses, with what they call multicast and reserved, as of 2025. */
static const struct network special[] = {
	IPV4(0, 0, 0, 0, 8),            /* this network */
	IPV4(10, 0, 0, 0, 8),           /* private */
	IPV4(100, 64, 0, 0, 10),        /* shared with other customers of a provider */
	IPV4(127, 0, 0, 0, 8),          /* loopback */
	IPV4(169, 254, 0, 0, 16),       /* link-local; where clouds keep their credentials */
	IPV4(172, 16, 0, 0, 12),        /* private */
	IPV4(192, 0, 0, 0, 24),         /* protocol assignments */
	IPV4(192, 0, 2, 0, 24),         /* documentation */
	IPV4(192, 31, 196, 0, 24),      /* AS112 */
	IPV4(192, 52, 193, 0, 24),      /* AMT */
	IPV4(192, 88, 99, 0, 24),       /* 6to4 relays */
	IPV4(192, 168, 0, 0, 16),       /* private */
	IPV4(192, 175, 48, 0, 24),      /* AS112 */
	IPV4(198, 18, 0, 0, 15),        /* benchmarking */
	IPV4(198, 51, 100, 0, 24),      /* documentation */
	IPV4(203, 0, 113, 0, 24),       /* documentation */
	IPV4(224, 0, 0, 0, 4),          /* multicast */
	IPV4(240, 0, 0, 0, 4),          /* reserved, and broadcast */
	IPV6(0x2001, 0, 0, 23),         /* protocol assignments: Teredo, benchmarking, ORCHID */
	IPV6(0x2001, 0xdb8, 0, 32),     /* documentation */
	IPV6(0x2002, 0, 0, 16),         /* 6to4 */
	IPV6(0x2620, 0x4f, 0x8000, 48), /* AS112 */
	IPV6(0x3ffe, 0, 0, 16),         /* 6bone (RFC 5156) */
	IPV6(0x3fff, 0, 0, 20),         /* documentation */
};
static const struct network global_unicast = IPV6(0x2000, 0, 0, 3);
static const struct network translated = { { { 0, 0x64, 0xff, 0x9b } }, 96 }; /* RFC 6052 2.1 */

bool address_is_public(const struct address *address)
{
	struct address within = *address;

	if (network_has(&translated, address))
		memcpy(within.byte, mapped, sizeof(mapped));
	if (!is_mapped(&within) && !network_has(&global_unicast, &within))
		return false;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (network_has(&special[i], &within))
			return false;
	}
	return true;
}

void address_add(const struct address *address, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (!is_mapped(address)) {
		if (inet_ntop(AF_INET6, address->byte, text, sizeof(text)) != NULL)
			buf_add_text(out, text);
		return;
	}
	for (size_t i = sizeof(mapped); i < sizeof(address->byte); i++) {
		if (i != sizeof(mapped))
			buf_add_byte(out, '.');
		buf_add_number(out, address->byte[i]);
	}
}
