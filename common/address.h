/* SPDX-License-Identifier: MIT */
/* Network addresses: of clients behind trusted proxies, what counts as one client, and what is public at all. Pure. */
#ifndef GATEHOUSE_ADDRESS_H
#define GATEHOUSE_ADDRESS_H

#include "str.h"

/* IPv4 as an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2), so that there is one form only. */
struct address {
	unsigned char byte[16];
};

struct network {
	struct address address;
	unsigned bits; /* how many of its bits count */
};

/* "192.0.2.1", "2001:db8::1", also in brackets and with a port as proxies write them (RFC 7239 6). */
bool address_parse(struct str text, struct address *address) MUST_USE;
struct sockaddr;
/* Of the other end of a socket, without its port; false when it is no IP address. */
bool address_of_peer(const struct sockaddr *peer, struct address *address) MUST_USE;
/* An address, or one with "/" and a number of bits. */
bool network_parse(struct str text, struct network *network) MUST_USE;
bool network_has(const struct network *network, const struct address *address) MUST_USE;

/*
 * HOST, HOST:PORT, [IPV6] or [IPV6]:PORT; without a port *port stays as it is. False when it is none of these. Of another host
 * than an IPv6 address nothing is judged but that there is one. borrowed from `text`
 */
bool host_and_port_parse(struct str text, struct str *host, uint64_t *port) MUST_USE;

/* What one client can hardly have many of: the IPv4 address, or the /64 of an IPv6 address (RFC 6177 2). borrowed */
struct str address_client(const struct address *address);
/* Of what address_client gave: so many bits (whole bytes) of an IPv6 address, as one site may have to itself (RFC 6177 2); empty
 * for IPv4. borrowed */
struct str address_site(struct str client, unsigned bits);

/*
 * The client of a request that came from `peer` with the X-Forwarded-For header `forwarded` (empty: none): from the right, the
 * first address that is not in one of the trusted networks. False when `peer` is no address.
 */
bool address_of_client(
	struct str peer, struct str forwarded, const struct network *trusted, size_t n, struct address *client) MUST_USE;

/*
 * Is it of the public internet? False for every special-use address of the IANA registries (RFC 6890) and for those that are not
 * given out: private, loopback, link-local, shared, documentation, benchmarking, multicast, reserved, 6to4, Teredo, and of IPv6
 * all that is not in 2000::/3. An IPv4 address within an IPv6 one (mapped, NAT64's 64:ff9b::/96) is judged itself.
 */
bool address_is_public(const struct address *address) MUST_USE;

/* As people write it. Appends. */
void address_add(const struct address *address, struct buf *out);

#endif
