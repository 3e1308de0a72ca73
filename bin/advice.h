/* SPDX-License-Identifier: MIT */
/*
 * Every way in which a credential is refused, in the words of the person who has to mend it: what was found, what was expected, and
 * what to change at the provider or here. For `gatehouse explain`. Nothing of the credential itself gets into the text but what
 * its header and claims say, as JSON in ASCII.
 */
#ifndef GATEHOUSE_ADVICE_H
#define GATEHOUSE_ADVICE_H

#include "json.h"
#include "jwk.h"
#include "outcome.h"
#include "policy.h"
#include "settings.h"
#include "token.h"

/* A refusal and what is known of it. */
struct refused {
	const struct settings *settings;
	const struct resource *resource;
	const struct issuer *issuer; /* who gave it out as far as it says, or who is asked about it; NULL: nobody of the settings */
	enum token_kind kind;
	struct str digest;                 /* its SHA-256 in hexadecimal */
	const json_t *header, *claims;     /* NULL: it has none, or they can't be read */
	const struct jwk_set *keys;        /* the issuer's; NULL: not at hand */
	const struct principal *principal; /* whose it is; NULL: that was not proven */
	bool by_deny_list, offline;
	int64_t now; /* seconds */
};

/* Appends what was found and expected as one line (finding.c). */
void tell_finding(enum outcome outcome, const struct refused *refused, struct buf *text);
/* The same, then a line for each place where it can be mended. */
void advise(enum outcome outcome, const struct refused *refused, struct buf *text);

#endif
