/* SPDX-License-Identifier: MIT */
#include "store_redis.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "log.h"

#define CONNECT_MS 500
#define COMMAND_MS 500

void store_redis_free(redisReply **reply)
{
	if (*reply != NULL)
		freeReplyObject(*reply);
}

void store_redis_hang_up(struct redis_store *redis)
{
	if (redis->connection != NULL)
		redisFree(redis->connection);
	redis->connection = NULL;
}

enum store_result store_redis_failed(struct redis_store *redis, const char *what, const char *why)
{
	enum store_result result = store_failed(&redis->store, "Redis at %s: %s%s", redis->host, what, why);

	store_redis_hang_up(redis);
	return result;
}

static struct timeval milliseconds(long n)
{
	return (struct timeval){ n / 1000, n % 1000 * 1000 };
}

static bool dial(struct redis_store *redis)
{
	redisContext *connection = redis->port == 0 ? redisConnectUnixWithTimeout(redis->host, milliseconds(CONNECT_MS))
						    : redisConnectWithTimeout(redis->host, redis->port, milliseconds(CONNECT_MS));

	redis->connection = connection;
	if (connection == NULL || connection->err != 0) {
		(void)store_redis_failed(redis, "", connection != NULL ? connection->errstr : "no memory");
		return false;
	}
	/* Programs replace themselves when their settings change. */
	(void)fcntl(connection->fd, F_SETFD, FD_CLOEXEC);
	if (redis->port != 0)
		(void)redisEnableKeepAlive(connection);
	if (redisSetTimeout(connection, milliseconds(COMMAND_MS)) == REDIS_OK)
		return true;
	(void)store_redis_failed(redis, "", connection->errstr);
	return false;
}

/* The first word of what Redis says is wrong; it may go on to repeat the command, and with it the password. */
static struct str error_word(const redisReply *reply)
{
	struct str rest = { reply->str, reply->len }, word = STR_NONE;

	return str_word(&rest, &word) ? word : STR("?");
}

static bool log_in(struct redis_store *redis)
{
	auto_reply *reply = NULL;
	char why[64];

	reply = redis->password != NULL ? redisCommand(redis->connection, "AUTH %s", redis->password)
					: redisCommand(redis->connection, "PING");
	if (reply != NULL && reply->type == REDIS_REPLY_STATUS)
		return true;
	if (reply != NULL && reply->type == REDIS_REPLY_ERROR)
		(void)snprintf(why, sizeof(why), "%.*s", STR_ARGS(str_first(error_word(reply), sizeof(why) - 1)));
	else
		(void)snprintf(why, sizeof(why), "%.60s", redis->connection->errstr);
	(void)store_redis_failed(redis, "it does not let us in: ", why);
	return false;
}

/* The value of a setting; empty when Redis doesn't tell. borrowed from *reply, new */
static struct str setting(struct redis_store *redis, const char *name, redisReply **reply)
{
	*reply = redisCommand(redis->connection, "CONFIG GET %s", name);
	if (*reply == NULL || (*reply)->type != REDIS_REPLY_ARRAY || (*reply)->elements != 2 ||
		(*reply)->element[1]->type != REDIS_REPLY_STRING)
		return STR_NONE;
	return (struct str){ (*reply)->element[1]->str, (*reply)->element[1]->len };
}

/* A Redis that throws keys away to make room would make revocations incomplete. */
static bool evicts(struct redis_store *redis)
{
	auto_reply *most = NULL;
	auto_reply *policy = NULL;

	return str_starts(setting(redis, "maxmemory-policy", &policy), STR("allkeys")) &&
		!str_is(setting(redis, "maxmemory", &most), "0");
}

static void warn_unless_durable(struct redis_store *redis)
{
	auto_reply *log = NULL;
	auto_reply *sync = NULL;
	bool durable = str_is(setting(redis, "appendonly", &log), "yes") && str_is(setting(redis, "appendfsync", &sync), "always");

	if (!durable && !redis->warned)
		log_event(LOG_WARNING, "store_not_durable",
			"Redis at %s does not say that it has appendonly yes and appendfsync always: when it crashes, the last "
			"second may be undone and a code be redeemed twice",
			redis->host);
	redis->warned = redis->warned || !durable;
}

static bool connect_redis(struct redis_store *redis)
{
	if (!dial(redis) || !log_in(redis))
		return false;
	if (evicts(redis)) {
		(void)store_redis_failed(redis, "", "it may throw entries away; set maxmemory-policy noeviction");
		return false;
	}
	if (redis->connection->err == 0)
		warn_unless_durable(redis);
	if (redis->connection->err == 0)
		return true;
	(void)store_redis_failed(redis, "", redis->connection->errstr);
	return false;
}

/* Nothing is to be read before a command is sent, except that the other side has hung up. */
static bool is_stale(const struct redis_store *redis)
{
	struct pollfd look = { .fd = redis->connection->fd, .events = POLLIN };

	return poll(&look, 1, 0) != 0;
}

bool store_redis_ready(struct redis_store *redis)
{
	if (redis->connection != NULL && is_stale(redis))
		store_redis_hang_up(redis);
	return redis->connection != NULL || connect_redis(redis);
}
