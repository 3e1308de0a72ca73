/* SPDX-License-Identifier: MIT */
/*
 * The signature algorithms that the settings may name, in the order of jws.h's table: the index is
 * the bit in an algorithm_set. A unit test compares the two lists, since settings and signatures
 * don't know each other.
 */
#ifndef GATEHOUSE_ALGORITHM_NAMES_H
#define GATEHOUSE_ALGORITHM_NAMES_H

#include <stddef.h>

static const char *const algorithm_names[] = {
	"RS256",
	"RS384",
	"RS512",
	"PS256",
	"PS384",
	"PS512",
	"ES256",
	"ES384",
	"ES512",
	"EdDSA",
	"Ed25519",
	NULL,
};

#endif
