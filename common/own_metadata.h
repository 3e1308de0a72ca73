/* SPDX-License-Identifier: MIT */
/*
 * The metadata of our own authorization server (RFC 8414): from the settings alone, nothing of it is the provider's. Pure.
 */
#ifndef GATEHOUSE_OWN_METADATA_H
#define GATEHOUSE_OWN_METADATA_H

#include "json.h"
#include "settings.h"

/*
 * new. `openid`: with what clients insist on at the place of OpenID Connect Discovery (4); who asks us for an ID token gets none
 * all the same.
 */
json_t *own_metadata_build(const struct settings *settings, bool openid) MUST_USE;

#endif
