/* SPDX-License-Identifier: MIT */
/*
 * An ECDSA signature has a twin that verifies as well: (r, n - s) for (r, s). Whoever holds such a token can write it that way,
 * with another digest, so a list of digests must know both.
 */
#ifndef GATEHOUSE_TWIN_H
#define GATEHOUSE_TWIN_H

#include "str.h"

/* Appends the token with its other signature; false when its shape is none of ES256, ES384 or ES512. */
bool twin_add(struct str token, struct buf *out) MUST_USE;

#endif
