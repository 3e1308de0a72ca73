/* SPDX-License-Identifier: MIT */
/* The connection to Redis of a store; between store_redis.c and store_redis_connection.c only. */
#ifndef GATEHOUSE_STORE_REDIS_H
#define GATEHOUSE_STORE_REDIS_H

#include <hiredis/hiredis.h>

#include "store_parts.h"

struct redis_store {
	struct store store;
	redisContext *connection; /* NULL: none */
	char *host;               /* or the path of a socket */
	int port;                 /* 0: a socket */
	char *password;           /* may be NULL */
	char *prefix;
	bool warned; /* that Redis may forget what it has answered */
};

void store_redis_free(redisReply **reply);
#define auto_reply __attribute__((cleanup(store_redis_free))) redisReply

/* Is there a connection, if need be a new one, over which a command may be sent? If not, why is logged. */
bool store_redis_ready(struct redis_store *redis) MUST_USE;
void store_redis_hang_up(struct redis_store *redis);

/* Logs what is wrong with Redis and hangs up: whatever it was, the next call starts afresh. STORE_UNAVAILABLE */
enum store_result store_redis_failed(struct redis_store *redis, const char *what, const char *why);

#endif
