/* SPDX-License-Identifier: MIT */
/*
 * What a provider is asked when we register a client with it in the client's place (RFC 7591), and what its answer is worth to that
 * client. Pure: others do the asking.
 */
#ifndef GATEHOUSE_REGISTRATION_ANSWER_H
#define GATEHOUSE_REGISTRATION_ANSWER_H

#include "registration.h"

#define REGISTRATION_ANSWER_BYTES 65536

/*
 * How the client shall show the provider who it is: "none", unless it asked for a secret and the provider's document (may be NULL)
 * offers that and not "none". static
 */
const char *registration_question_method(const json_t *request, const json_t *document) MUST_USE;

/*
 * Judges the answer to registration->question: status, answer, reason and secret_given of the registration. Only what the client
 * may know is in its answer: no access to its registration (RFC 7592), nothing that holds `token`, ours at the provider, which may
 * be empty. What the operator should know is appended to `why`; with nothing there, all is well or the client's fault. `now` in
 * seconds.
 */
void registration_answer_judge(struct registration *registration, int status, bool is_json, struct str body, struct str token,
	int64_t now, struct buf *why);

#endif
