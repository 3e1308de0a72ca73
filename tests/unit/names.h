/* SPDX-License-Identifier: MIT */
/*
 * A resolver of the test's own in front of the system's, for names that end in .test, and a note of every connection that is tried,
 * before it is made. For one source of a test; find_real() comes first.
 */
#ifndef GATEHOUSE_TEST_NAMES_H
#define GATEHOUSE_TEST_NAMES_H

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

#include "unit.h"

#define TRIES 16

static const char *answers[4]; /* of the resolver for any name that ends in .test, in this order */
static atomic_uint asked;
static int refusal;               /* if not 0, what the resolver says instead, such as EAI_NONAME */
static const char *second_answer; /* if set, the answer to all questions after the first */

static char tried[TRIES][64]; /* addresses that somebody wanted to connect to */
static atomic_uint tries;

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);
typedef int connector(int, const struct sockaddr *, socklen_t);

static resolver *real_resolver;
static connector *real_connector;

static struct addrinfo *address_info(const char *text, const char *service, const struct addrinfo *hints)
{
	struct addrinfo numeric = *hints, *info = NULL;

	numeric.ai_flags |= AI_NUMERICHOST;
	numeric.ai_family = AF_UNSPEC;
	if (real_resolver(text, service, &numeric, &info) != 0)
		abort();
	return info;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
	unsigned question;

	if (name == NULL || !str_ends(str_from(name), STR(".test")))
		return real_resolver(name, service, hints, list);
	question = atomic_fetch_add(&asked, 1);
	*list = NULL;
	if (question != 0 && second_answer != NULL) {
		*list = address_info(second_answer, service, hints);
		return 0;
	}
	if (refusal != 0)
		return refusal;
	for (size_t i = 0; i < N_OF(answers) && answers[i] != NULL; i++) {
		while (*list != NULL)
			list = &(*list)->ai_next;
		*list = address_info(answers[i], service, hints);
	}
	return 0;
}

/* The type is glibc's own word for a pointer to any kind of address. */
int connect(int descriptor, __CONST_SOCKADDR_ARG peer, socklen_t n)
{
	struct address address;

	if (address_of_peer(peer.__sockaddr__, &address)) {
		auto_buf text = BUF(63);

		address_add(&address, &text);
		(void)snprintf(tried[atomic_fetch_add(&tries, 1) % TRIES], sizeof(tried[0]), "%s", text.p);
	}
	return real_connector(descriptor, peer.__sockaddr__, n);
}

static void find_real(void)
{
	/* POSIX has it so that a function can be found like data. */
	*(void **)&real_resolver = dlsym(RTLD_NEXT, "getaddrinfo");
	*(void **)&real_connector = dlsym(RTLD_NEXT, "connect");
	if (real_resolver == NULL || real_connector == NULL)
		abort();
}

static void names_reset(void)
{
	memset(answers, 0, sizeof(answers));
	second_answer = NULL;
	refusal = 0;
	asked = 0;
	tries = 0;
}

#endif
