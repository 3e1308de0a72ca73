/* SPDX-License-Identifier: MIT */
/*
 * What the three files of `provider` share: provider.c decides when to ask, provider_fetch.c asks
 * and judges the answer, provider_file.c keeps answers in files.
 */
#ifndef GATEHOUSE_PROVIDER_PARTS_H
#define GATEHOUSE_PROVIDER_PARTS_H

#include "provider.h"

#define PROVIDER_DEPTH 16 /* of the JSON of a document or key set */
#define PROVIDER_TEXT_BYTES 1024
#define PROVIDER_NAME_BYTES 48

enum provider_kind { PROVIDER_DOCUMENT, PROVIDER_KEYS, PROVIDER_KINDS };

/* A document or a key set, judged good, and where it came from. All zero: none. */
struct provider_copy {
	json_t *json;
	struct jwk_set *set; /* PROVIDER_KEYS only; at least one key */
	char *url;
	int64_t fetched;             /* seconds */
	int64_t lifetime;            /* seconds for which it is fresh */
	int64_t until;               /* of our own keys: when one of them ends, so that the file is read again; 0: never */
	struct file_version version; /* of the file that it was read from or written to */
};
void provider_copy_free(struct provider_copy *copy);
#define auto_copy __attribute__((cleanup(provider_copy_free))) struct provider_copy

/* How much a reason tells, compared with others. */
enum provider_weight { TELLS_NOTHING, TELLS_STATUS, TELLS_FORM, TELLS_CONTENT, TELLS_UNREACHABLE };

/* Why something can't be used: a word for the log, a text for people. */
struct provider_failure {
	enum provider_weight weight;
	const char *event;
	char text[PROVIDER_TEXT_BYTES];
};

struct provider {
	const struct settings *settings;
	const struct issuer *issuer;
	const struct state *state;
	struct table *table;
	struct turns *turns; /* NULL: this process may always wait */
	char file[PROVIDER_KINDS][PROVIDER_NAME_BYTES];
	char lock[PROVIDER_NAME_BYTES];
	uint64_t attempt_key[PROVIDER_KINDS], forced_key, failing_key; /* of the stamps in the table */
	struct provider_copy copy[PROVIDER_KINDS];
	/* The files as they were last looked at, good or bad. */
	struct file_version seen[PROVIDER_KINDS];
	bool keys_file_seen;
	uint64_t generation;
	int64_t looked, tried[PROVIDER_KINDS]; /* in which second; -1 never */
};

/* provider_fetch.c */
/* Keeps the reason unless a more telling one is there already. */
void provider_fail(struct provider_failure *failure, enum provider_weight weight, const char *event, const char *format, ...)
	PRINTF_LIKE(4, 5);
/*
 * Is copy->json good for this issuer (RFC 8414 3.3, RFC 7517)? Fills copy->set for keys; else says
 * why not.
 */
bool provider_judge(const struct provider *provider, enum provider_kind kind, struct provider_copy *copy,
	struct provider_failure *failure) MUST_USE;
/*
 * Asks for the document at each place in turn, until `deadline` of the clock above; *copy is set
 * when true.
 */
bool provider_fetch_document(const struct provider *provider, int64_t now, int64_t deadline, struct provider_copy *copy,
	struct provider_failure *failure) MUST_USE;
/* Asks for the keys at the jwks_uri of the document at hand. */
bool provider_fetch_keys(const struct provider *provider, int64_t now, int64_t deadline, struct provider_copy *copy,
	struct provider_failure *failure) MUST_USE;
/* Is it one of the places where this issuer's document may come from? */
bool provider_is_place(const struct provider *provider, struct str url) MUST_USE;
/* The seconds for which something is fresh: what was said, within bounds. */
int64_t provider_lifetime(int64_t max_age);

/* provider_file.c */
/*
 * *copy from the file in the state directory; false when there is none that is good, and logged
 * unless it is just absent.
 */
bool provider_load(const struct provider *provider, enum provider_kind kind, struct provider_copy *copy) MUST_USE;
/* Writes the copy to its file, for the other processes, and notes the file's version in it. */
void provider_save(const struct provider *provider, enum provider_kind kind, struct provider_copy *copy);
/* The version of issuer->keys_file; all zero when there is none. */
struct file_version provider_keys_file_version(const struct provider *provider);
/* *copy from issuer->keys_file; else says why not. */
bool provider_read_keys_file(const struct provider *provider, int64_t now, struct provider_copy *copy,
	struct provider_failure *failure) MUST_USE;

#endif
