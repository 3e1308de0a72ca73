/* SPDX-License-Identifier: MIT */
/*
 * Dynamic client registration (RFC 7591) that stores nothing. Every client whose redirect URIs are on the list gets the one client
 * that the operator made at the provider, or, with our own authorization server, an id of its own that holds what it registered
 * (clients.h), or one that the provider makes when we ask. Stateless and pure.
 */
#ifndef GATEHOUSE_REGISTRATION_H
#define GATEHOUSE_REGISTRATION_H

#include "json.h"
#include "settings.h"

#define REGISTRATION_BODY_BYTES 16384
#define REGISTRATION_PATH "/oauth/register"
#define REGISTRATION_SEALED_BYTES 3000 /* of what an id of ours may hold: it stands in URLs and headers */

struct registration {
	int status;         /* 201, or 400, or what came of asking others; 0 while the provider has yet to be asked */
	json_t *answer;     /* new: client information (RFC 7591 3.2.1) or error (3.2.2); NULL with status 0 */
	json_t *question;   /* new: what the provider is to register (registration_answer.h); NULL unless it registers clients */
	json_t *registered; /* new: what the id of this client has to hold, which the answer lacks; NULL unless it is one of ours */
	/* For the audit line. */
	json_t *request;        /* owned; NULL when the body was no JSON object */
	struct str client_name; /* borrowed from `request`; empty when it is no good name */
	const char *reason;     /* static; "registered", or what was wrong; NULL with status 0 */
	bool secret_given;
};

/*
 * How a client that was given the secret sends it: "client_secret_post" or "client_secret_basic".
 * static
 */
const char *registration_secret_method(const struct client *client);

/* Tokens parted by one blank each (RFC 6749 3.3)? */
bool registration_is_scope_list(struct str scope) MUST_USE;

/* No: takes the place of an answer (RFC 7591 3.2.2). `error` and `description` are static. */
void registration_refuse(struct registration *registration, int status, const char *error, const char *description);

/*
 * Judges the body of a registration request; `now` in seconds. A client without an id and an endpoint is that of our own
 * authorization server.
 * registration_free in any case.
 */
void registration_judge(const struct client *client, struct str body, int64_t now, struct registration *result);
void registration_free(struct registration *registration);

#endif
