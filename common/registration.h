/* SPDX-License-Identifier: MIT */
/*
 * Dynamic client registration (RFC 7591) that registers nothing: every client gets the one that the
 * operator made at the provider, if its redirect URIs are on the list. Stateless and pure.
 */
#ifndef GATEHOUSE_REGISTRATION_H
#define GATEHOUSE_REGISTRATION_H

#include "json.h"
#include "settings.h"

#define REGISTRATION_BODY_BYTES 16384
#define REGISTRATION_PATH "/oauth/register"

struct registration {
	int status;     /* 201, or 400 */
	json_t *answer; /* new: client information (RFC 7591 3.2.1) or error (3.2.2) */
	/* For the audit line. */
	json_t *request;        /* owned; NULL when the body was no JSON object */
	struct str client_name; /* borrowed from `request`; empty when it is no good name */
	const char *reason;     /* static; "registered", or what was wrong */
	bool secret_given;
};

/*
 * How a client that was given the secret sends it: "client_secret_post" or "client_secret_basic".
 * static
 */
const char *registration_secret_method(const struct client *client);

/* Judges the body of a registration request; `now` in seconds. registration_free in any case. */
void registration_judge(const struct client *client, struct str body, int64_t now, struct registration *result);
void registration_free(struct registration *registration);

#endif
