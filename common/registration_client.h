/* SPDX-License-Identifier: MIT */
/*
 * Whose client registration hands out, and whether the settings let it do so at all. Pure.
 */
#ifndef GATEHOUSE_REGISTRATION_CLIENT_H
#define GATEHOUSE_REGISTRATION_CLIENT_H

#include "settings.h"
#include "str.h"

/* Does anybody get a client of this provider from us: the operator's own, or one that it makes when we ask? */
bool registration_client_exists(const struct client *client) MUST_USE;

/*
 * The client of the provider whose face this host is (augment: the provider's own host; facade: that
 * of public_issuer), or what clients of our own may register (broker: on the host of public_issuer); NULL when there is none.
 * borrowed
 */
const struct client *registration_client_find(const struct settings *settings, struct str host) MUST_USE;

/*
 * Can registration grant what the settings say? Each host has one client, since it has one place to register. False with the
 * reasons, a line each, in `why`.
 */
bool registration_client_check(const struct settings *settings, struct buf *why) MUST_USE;

#endif
