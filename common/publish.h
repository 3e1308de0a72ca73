/* SPDX-License-Identifier: MIT */
/*
 * May what we say of the authorization server be published at all? Asked at the start, by every program that sends clients
 * to the login.
 */
#ifndef GATEHOUSE_PUBLISH_H
#define GATEHOUSE_PUBLISH_H

#include "settings.h"

/*
 * Asks each provider for its document (or takes it from the state directory) and builds ours from it: a document that strict
 * clients would break on must not be served for an hour before anyone notices. False with the reasons, a line each, in `why`.
 * A provider that does not answer says nothing against it. In a broker there is nothing of the provider's to publish.
 */
bool publish_check(const struct settings *settings, struct buf *why) MUST_USE;

#endif
