/* SPDX-License-Identifier: MIT */
/*
 * Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): a client whose id is a URL, where the document about
 * it is. This module judges the id and the document's text, client_cache.h gets it. Pure.
 */
#ifndef GATEHOUSE_CLIENT_DOCUMENT_H
#define GATEHOUSE_CLIENT_DOCUMENT_H

#include "json.h"
#include "url.h"

#define CLIENT_DOCUMENT_BYTES 5120 /* section 6.6 there */
#define CLIENT_ID_BYTES 2048

struct client_document {
	json_t *json;                /* owned */
	struct str id;               /* as it stands in the document */
	struct url url;              /* the same: whose host the user is shown */
	struct str name;             /* client_name: at least one character, none that controls */
	const json_t *redirect_uris; /* an array of at least one string; every one fit to be redirected to */
	bool all_loopback;           /* every redirect URI is of the user's own machine, where any program can take its place */
};

/*
 * May it be the id of such a client (section 3 there)? An https URL with a path that is more than "/", plain (path_is_plain), and
 * without query, fragment or user information. The port is the fetcher's business. *url borrows from `text`.
 */
bool client_document_is_id(struct str text, struct url *url) MUST_USE;

/*
 * Judges the text that was found at `id`: it must be one JSON object without double members, name this id byte for byte, a
 * client_name and redirect_uris, and no secret. We have no way of a client's own authentication, so `none` must be its method, or
 * among its token_endpoint_auth_methods_supported (OpenID Connect Relying Party Metadata Choices 1.0). A private-use scheme must
 * have a period (RFC 8252 8.4) unless the URI is a known client's. client_document_free in any case. False: *why says what is
 * wrong, for people, in ASCII. static
 */
bool client_document_read(struct str id, struct str text, struct client_document *document, const char **why) MUST_USE;
void client_document_free(struct client_document *document);
#define auto_client_document __attribute__((cleanup(client_document_free))) struct client_document

/* Does it allow the redirect URI of an authorization request? As redirect_uri_matches has it. */
bool client_document_redirects(const struct client_document *document, struct str uri) MUST_USE;

/*
 * Appends all that a user's consent was about: the id, the name, the redirect URIs, how it proves itself and its keys. While the
 * digest of this is the same, the consent holds (section 6.3 there). At most 6 * CLIENT_DOCUMENT_BYTES: numbers may be written
 * longer than they came.
 */
void client_document_add_consent(const struct client_document *document, struct buf *out);

#endif
