/* SPDX-License-Identifier: MIT */
/*
 * Registers clients with the provider in their place (RFC 7591), with our initial access token there, for providers that let nobody
 * else, or whose endpoint web pages can't reach. Bounded in time and number: at most 4 s for the question, all but one of the
 * processes at once, and after a failure one question in 10 s until an answer comes.
 */
#ifndef GATEHOUSE_RELAY_H
#define GATEHOUSE_RELAY_H

#include "provider.h"
#include "registration.h"
#include "settings.h"
#include "state.h"
#include "table.h"
#include "turn.h"

struct relay;

/* For an issuer with registration_endpoint. All must outlive it. new */
struct relay *relay_new(const struct settings *settings, const struct issuer *issuer, const struct state *state,
	struct table *table, struct turns *turns) MUST_USE;
void relay_free(struct relay *relay);

/*
 * Asks the provider registration->question and judges what it says (registration_answer.h). What the operator should know is
 * logged; what no answer came to is 503. `now` in seconds.
 */
void relay_register(struct relay *relay, struct registration *registration, int64_t now);

#endif
