/* SPDX-License-Identifier: MIT */
/*
 * The authorization-server metadata that we publish (RFC 8414), made from the provider's own
 * document. Pure.
 */
#ifndef GATEHOUSE_SERVER_METADATA_H
#define GATEHOUSE_SERVER_METADATA_H

#include "json.h"
#include "settings.h"

/*
 * Builds the document for `issuer` in the mode of `settings` (augment: the provider's issuer; facade:
 * public_issuer) from the provider's document, which stays as it is. new, or NULL with the reason, a
 * sentence that names the mend, in `why`: what strict clients or RFC 9207 would break on is refused
 * rather than published.
 */
json_t *server_metadata_build(
	const struct settings *settings, const struct issuer *issuer, const json_t *provider, struct buf *why) MUST_USE;

/*
 * Which document of the issuer lives at this path of this host, if any: never one under a host that
 * is not the issuer's own (RFC 8414 3.3). OpenID forms (OIDC Discovery 4) exist in augment and broker only.
 */
enum server_metadata_form { FORM_NONE, FORM_RFC8414, FORM_OPENID };
enum server_metadata_form server_metadata_form(
	const struct settings *settings, const struct issuer *issuer, struct str host, struct str path) MUST_USE;

/* Has it what an OpenID document must have (OIDC Discovery 3)? Clients refuse one without it whole. */
bool server_metadata_is_openid(const json_t *document) MUST_USE;

#endif
