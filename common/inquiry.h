/* SPDX-License-Identifier: MIT */
/*
 * Asks an issuer's endpoints about a token that can't be judged by itself (introspection.h says what and how it is read), bounded
 * in time and number: at most 4 s a request, all but one of the processes at once, and after a failure one question in 10 s until
 * an answer comes. Whatever is not a clear word about the token is OUTCOME_UNAVAILABLE, never a yes and never a no.
 */
#ifndef GATEHOUSE_INQUIRY_H
#define GATEHOUSE_INQUIRY_H

#include "json.h"
#include "outcome.h"
#include "provider.h"
#include "settings.h"
#include "table.h"
#include "turn.h"

struct inquiry;

/* All must outlive it. new */
struct inquiry *inquiry_new(const struct settings *settings, const struct issuer *issuer, struct provider *provider,
	struct table *table, struct turns *turns) MUST_USE;
void inquiry_free(struct inquiry *inquiry);

#define INQUIRY_MS 4000 /* what a request may wait for all its questions together */

/*
 * Who it is and for whom the token is. OUTCOME_ALLOW with *claims (new), OUTCOME_INACTIVE or OUTCOME_UNAVAILABLE. `now` in seconds,
 * `deadline` of clock.h.
 */
enum outcome inquiry_claims(struct inquiry *inquiry, struct str token, int64_t now, int64_t deadline, json_t **claims) MUST_USE;

/*
 * Adds to the claims of a good token what userinfo and lists of memberships say, if the settings want that. `proven`: it is known
 * already for whom the token is, and userinfo has not been asked. As above, or OUTCOME_BAD_CLAIMS when it speaks of somebody else.
 */
enum outcome inquiry_more(
	struct inquiry *inquiry, struct str token, bool proven, int64_t now, int64_t deadline, json_t *claims) MUST_USE;

/* After OUTCOME_UNAVAILABLE: the provider is there, and had no answer to what a stranger sent. */
bool inquiry_was_noise(const struct inquiry *inquiry) MUST_USE;

/* Can it be asked for whom a token is, and can anything be asked at all? */
bool inquiry_proves_audience(const struct issuer *issuer) MUST_USE;
bool inquiry_is_set_up(const struct issuer *issuer) MUST_USE;

#endif
