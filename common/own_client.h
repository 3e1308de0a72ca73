/* SPDX-License-Identifier: MIT */
/*
 * How we show a provider who we are when we ask it something: with a secret (RFC 6749 2.3.1), with an assertion that a key of ours
 * has signed (RFC 7523 2.2), or, as a public client, by name alone (RFC 6749 3.2.1).
 */
#ifndef GATEHOUSE_OWN_CLIENT_H
#define GATEHOUSE_OWN_CLIENT_H

#include "settings.h"
#include "signer.h"

/* Our client at a provider. Texts are borrowed from the settings. */
struct own_client {
	struct str id;
	struct str secret;
	enum client_auth method;
	struct str audience;   /* of an assertion; empty: the URL that is asked (RFC 7523 3) */
	struct signer *signer; /* owned; for CLIENT_AUTH_PRIVATE_KEY */
};
void own_client_free(struct own_client *client);

/*
 * Adds the proof to the form, or as value of the Authorization header, for a question to `url`. `now` in seconds. Both are secrets
 * from then on. False when there is no key that can sign, or no room.
 */
bool own_client_add(
	const struct own_client *client, struct str url, int64_t now, struct buf *form, struct buf *authorization) MUST_USE;

#endif
