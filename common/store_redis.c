/* SPDX-License-Identifier: MIT */
#include "store_redis.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "store_scripts.h"

#define PORT 6379
#define PREFIX "{gatehouse}" /* braces: all keys in one slot */
#define NUMBER_BYTES 24
#define FIELDS 6 /* of an entry in an answer */

/* EVAL script 1 prefix, then what SCRIPT_HEAD reads. */
#define ARGUMENTS 14

static struct redis_store *redis_of(struct store *store)
{
	return (struct redis_store *)store;
}

/* ---- commands ---- */

static void add_hex(const unsigned char *bytes, size_t n, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
}

struct arguments {
	const char *text[ARGUMENTS];
	size_t n[ARGUMENTS];
	size_t count;
	char number[5][NUMBER_BYTES];
	char key[STORE_KEY_BYTES * 2];
};

static void add(struct arguments *arguments, struct str text)
{
	arguments->text[arguments->count] = text.n != 0 ? text.p : "";
	arguments->n[arguments->count++] = text.n;
}

static void add_number(struct arguments *arguments, size_t slot, bool negative, uint64_t number)
{
	char *text = arguments->number[slot];

	(void)snprintf(text, NUMBER_BYTES, "%s%llu", negative ? "-" : "", (unsigned long long)number);
	add(arguments, str_from(text));
}

static void add_time(struct arguments *arguments, size_t slot, int64_t time)
{
	add_number(arguments, slot, time < 0, time < 0 ? 0 - (uint64_t)time : (uint64_t)time);
}

/*
 * What Redis answers to the script; NULL and logged when that is not known. Sent once: a command whose answer was lost may have
 * been carried out. new
 */
static redisReply *evaluate(struct redis_store *redis, struct str script, const struct store_request *request)
{
	const struct store_entry *entry = &request->entry;
	struct arguments arguments = { .count = 0 };
	redisReply *reply;

	if (!store_redis_ready(redis))
		return NULL;
	add_hex(entry->key, STORE_KEY_BYTES, arguments.key);
	add(&arguments, STR("EVAL"));
	add(&arguments, script);
	add(&arguments, STR("1"));
	add(&arguments, str_from(redis->prefix));
	add_time(&arguments, 0, request->now);
	add(&arguments, str_from(request->space != NULL ? request->space->name : NULL));
	add_number(&arguments, 1, false, request->space != NULL ? request->space->most : 0);
	add(&arguments, (struct str){ arguments.key, request->has_key ? sizeof(arguments.key) : 0 });
	add_time(&arguments, 2, entry->until);
	add_number(&arguments, 3, false, entry->version);
	add_number(&arguments, 4, false, request->fresh);
	add(&arguments, entry->owner);
	add(&arguments, entry->family);
	add(&arguments, entry->value);
	reply = redisCommandArgv(redis->connection, (int)arguments.count, arguments.text, arguments.n);
	if (reply == NULL)
		(void)store_redis_failed(redis, "no answer: ", redis->connection->errstr);
	return reply;
}

/* ---- answers ---- */

static struct str text_of(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING ? (struct str){ reply->str, reply->len } : STR_NONE;
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_key(struct str text, unsigned char key[STORE_KEY_BYTES])
{
	if (text.n != STORE_KEY_BYTES * 2)
		return false;
	for (size_t i = 0; i < STORE_KEY_BYTES; i++) {
		int high = digit_of(text.p[2 * i]), low = digit_of(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool read_entry(struct redis_store *redis, const redisReply *reply, size_t slot, struct store_entry *entry)
{
	uint64_t until;

	*entry = (struct store_entry){ 0 };
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != FIELDS || !read_key(text_of(reply->element[0]), entry->key) ||
		!str_number(text_of(reply->element[1]), INT64_MAX, &entry->version) ||
		!str_number(text_of(reply->element[2]), INT64_MAX, &until))
		return false;
	entry->until = (int64_t)until;
	entry->owner = text_of(reply->element[3]);
	entry->family = text_of(reply->element[4]);
	entry->value = text_of(reply->element[5]);
	store_keep(&redis->store, slot, entry);
	return true;
}

static bool read_word(struct str word, enum store_result *result)
{
	static const struct {
		const char *word;
		enum store_result result;
	} words[] = { { "done", STORE_DONE }, { "absent", STORE_ABSENT }, { "conflict", STORE_CONFLICT }, { "full", STORE_FULL } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_is(word, words[i].word)) {
			*result = words[i].result;
			return true;
		}
	}
	return false;
}

/* The script's answer with at most `most` entries, of which *n were found. */
static enum store_result ask(struct redis_store *redis, struct str script, const struct store_request *request,
	struct store_entry *entry, size_t most, size_t *n)
{
	auto_reply *reply = evaluate(redis, script, request);
	enum store_result result = STORE_UNAVAILABLE;

	*n = 0;
	if (reply == NULL)
		return STORE_UNAVAILABLE;
	if (reply->type == REDIS_REPLY_ERROR)
		return store_redis_failed(redis, "", reply->str);
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 || reply->elements > most + 1 ||
		!read_word(text_of(reply->element[0]), &result))
		return store_redis_failed(redis, "", "it answers what it was not asked");
	for (; entry != NULL && *n < reply->elements - 1; ++*n) {
		if (!read_entry(redis, reply->element[*n + 1], *n, &entry[*n]))
			return store_redis_failed(redis, "", "an entry is damaged");
	}
	return result;
}

/* ---- verbs ---- */

static enum store_result order(struct store *store, struct str script, const struct store_request *request)
{
	size_t n;

	return ask(redis_of(store), script, request, NULL, 0, &n);
}

static enum store_result find(
	struct store *store, struct str script, const struct store_request *request, struct store_entry *entry)
{
	size_t n;
	enum store_result result = ask(redis_of(store), script, request, entry, 1, &n);

	return result == STORE_DONE && n != 1 ? STORE_UNAVAILABLE : result;
}

static enum store_result put(struct store *store, const struct store_request *request)
{
	return order(store, STR(script_put), request);
}

static enum store_result get(struct store *store, const struct store_request *request, struct store_entry *entry)
{
	return find(store, STR(script_get), request, entry);
}

static enum store_result take(struct store *store, const struct store_request *request, struct store_entry *entry)
{
	return find(store, STR(script_take), request, entry);
}

static enum store_result replace(struct store *store, const struct store_request *request)
{
	return order(store, STR(script_replace), request);
}

static enum store_result expire(struct store *store, const struct store_request *request)
{
	return order(store, STR(script_expire), request);
}

static enum store_result list(struct store *store, const struct store_request *request, struct store_page *page)
{
	return ask(redis_of(store), STR(script_list), request, page->entry, STORE_PAGE, &page->n);
}

static enum store_result remove_all(struct store *store, const struct store_request *request)
{
	return order(store, STR(script_remove), request);
}

static void close_store(struct store *store)
{
	struct redis_store *redis = redis_of(store);

	store_redis_hang_up(redis);
	free(redis->host);
	if (redis->password != NULL)
		explicit_bzero(redis->password, strlen(redis->password));
	free(redis->password);
	free(redis->prefix);
	free(redis);
}

static const struct store_engine engine = { put, get, take, replace, expire, list, remove_all, close_store };

struct store *store_redis_open(const struct store_place *place, struct buf *error)
{
	struct str address = str_from(place->address), host = address;
	struct redis_store *redis;
	uint64_t port = PORT;

	if (str_starts(address, STR("/"))) {
		port = 0;
	} else if (!host_and_port_parse(address, &host, &port)) {
		buf_print(error, "Redis at %s: expected HOST:PORT, [IPV6]:PORT or the /PATH of a socket",
			place->address != NULL ? place->address : "nowhere");
		return NULL;
	}
	/* Redis may hang up while it is written to. */
	(void)signal(SIGPIPE, SIG_IGN);
	redis = memory_new(sizeof(*redis));
	*redis = (struct redis_store){ .store = { .engine = &engine },
		.host = str_copy(host),
		.port = (int)port,
		.password = place->password != NULL ? str_copy(str_from(place->password)) : NULL,
		.prefix = str_copy(str_from(place->prefix != NULL ? place->prefix : PREFIX)) };
	return &redis->store;
}
