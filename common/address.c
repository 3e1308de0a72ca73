/* SPDX-License-Identifier: MIT */
#include "address.h"

#include <arpa/inet.h>
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
