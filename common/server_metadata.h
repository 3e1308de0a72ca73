/* SPDX-License-Identifier: MIT */
/*
 * The authorization-server metadata that we publish (RFC 8414), made from the provider's own document. Pure.
 */
#ifndef GATEHOUSE_SERVER_METADATA_H
#define GATEHOUSE_SERVER_METADATA_H

#include "json.h"
#include "settings.h"

/*
 * Builds the document for `issuer` in the mode of `settings` (augment: the provider's issuer; facade: public_issuer) from the
 * provider's document. new, or NULL with the reason, a sentence that names the mend, in `why`: what strict clients or RFC 9207
 * would break on is refused rather than published.
 */
json_t *server_metadata_build(const struct settings *settings, const struct issuer *issuer, const json_t *provider,
	struct buf *why) MUST_USE;

#endif
