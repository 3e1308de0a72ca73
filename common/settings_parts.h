/* SPDX-License-Identifier: MIT */
/*
 * What the files of the settings module share; nobody else includes it. The way of the text: bytes
 * -> words with their places (settings_text) -> entries of known directives whose arguments have
 * the right form (settings_entries, settings_value) -> the structures of settings.h (settings_fill,
 * settings_rules) -> the check of the whole (settings_check*). Variables of the environment become
 * entries too (settings_environment, settings_seed), so there is one way only.
 */
#ifndef GATEHOUSE_SETTINGS_PARTS_H
#define GATEHOUSE_SETTINGS_PARTS_H

#include "settings.h"

#define SETTINGS_FILE_BYTES 65536
#define SECRET_FILE_BYTES 4096
#define MOST_ERRORS 20

/* Where a word stood: a file with line and column, or a variable of the environment (line 0). */
struct place {
	const char *name;
	unsigned line, column;
};

struct word {
	struct str text; /* ends in NUL */
	bool quoted;
	struct place place;
};

struct entries;

/* One directive as written. */
struct entry {
	const struct directive *directive; /* NULL: unknown, and already complained about */
	struct word name;
	struct word *word;
	size_t n, capacity;
	struct entries *block; /* NULL: none */
};

struct entries {
	struct entry *entry;
	size_t n, capacity;
};

/* Settings in the making. */
struct draft {
	struct settings *settings;
	char *const *environment;
	struct buf *errors, *notes;
	unsigned n_errors;
	const char *file; /* NULL: none was read */
	struct entries top;
	const struct entry **issuer_entry;   /* of each settings->issuer[i] */
	const struct entry **resource_entry; /* of each settings->resource[i] */
	bool from_seed;                      /* the mcp-oauth-proxy's variables are in use */
	struct word seed_secret;             /* STATIC_CLIENT_SECRET */
};

/* settings_draft.c: memory that lives as long as the settings, and messages. */
void *draft_memory(struct draft *draft, size_t bytes) MUST_USE;                       /* zeroed */
struct str draft_text(struct draft *draft, struct str text) MUST_USE;                 /* a copy that ends in NUL */
struct entry *draft_add_entry(struct draft *draft, struct entries *entries) MUST_USE; /* borrowed until the next add */
void draft_add_word(struct draft *draft, struct entry *entry, struct word word);
void draft_words_add(struct draft *draft, struct words *words, size_t most, struct str word);
void draft_words_add_once(struct draft *draft, struct words *words, size_t most, struct str word);
void draft_error(struct draft *draft, struct place place, const char *format, ...) PRINTF_LIKE(3, 4);
void draft_note(struct draft *draft, struct place place, const char *format, ...) PRINTF_LIKE(3, 4);
struct str place_text(struct draft *draft, struct place place) MUST_USE;
/* Foreign text for a message: no control bytes, not endless. */
struct str draft_show(struct draft *draft, struct str text) MUST_USE;
void draft_memory_free(void *memory);

/* settings_text.c: the grammar. False after a syntax error, which is told. */
bool draft_parse(struct draft *draft, const char *name, struct str text) MUST_USE;

/* settings_value.c: is `text` what `arguments` (a directive's column) asks for? `expected` gets
 * words for people. */
bool value_ok(const char *arguments, struct str text, struct buf *expected) MUST_USE;
const struct directive *directive_find(struct str name) MUST_USE;
bool value_rate(struct str text, struct rate *rate) MUST_USE;
/* Is `word` one of the words of `list`, which are parted by blanks? */
bool list_has(const char *list, struct str word) MUST_USE;

/* settings_near.c: the directive, or its variable, that is spelt nearly so; NULL: none is. */
const char *directive_near(struct str name, bool is_variable) MUST_USE;

/* settings_entries.c: does each entry stand where it may, once, with arguments of its form? Tells
 * what doesn't. */
void draft_check_entries(struct draft *draft, const struct entries *entries, const char *where);
/* The first entry of that name, NULL if there is none (or no block). */
const struct entry *entries_find(const struct entries *entries, const char *name) MUST_USE;
/* The entry that counts for a block (may be NULL): its own, else the one at the top, else NULL. */
const struct entry *draft_given(const struct draft *draft, const struct entries *block, const char *name) MUST_USE;
/* Its one argument, else the directive's default. */
struct str draft_value(const struct draft *draft, const struct entries *block, const char *name) MUST_USE;
bool draft_on(const struct draft *draft, const struct entries *block, const char *name) MUST_USE;
/* In seconds. */
int64_t draft_duration(const struct draft *draft, const struct entries *block, const char *name) MUST_USE;
/* The one line of the file that it names; empty when nothing was said. */
struct str draft_secret(struct draft *draft, const struct entries *block, const char *name) MUST_USE;
/* Its arguments, else the directive's default. */
struct words draft_words(struct draft *draft, const struct entries *block, const char *name) MUST_USE;
/* Where `name` was said for this entry, else where the entry itself stands. */
struct place draft_place(const struct draft *draft, const struct entry *entry, const char *name) MUST_USE;
/* A new entry whose name stands at `place`; words are to be added. borrowed until the next add */
struct entry *draft_new_entry(struct draft *draft, struct entries *entries, const char *directive, struct place place) MUST_USE;

/* settings_environment.c: GATEHOUSE_* into top entries, in the place of those of the file. */
void draft_read_environment(struct draft *draft);
/* The value of a variable; p is NULL when it is not set. borrowed */
struct str environment_get(char *const environment[], const char *name) MUST_USE;

/* settings_seed.c: the mcp-oauth-proxy's variables into top entries. */
void draft_read_seed(struct draft *draft);

/* settings_file.c */
/* Appends the settings file to `text`; false, and told, when it can't be used. *absent instead of a
 * message if it isn't there. */
bool draft_read_file(struct draft *draft, const char *path, struct buf *text, bool *absent) MUST_USE;
/* The one line of a secret file; empty, and told, when it can't be used. `named` is where the file
 * was named. */
struct str draft_read_secret(struct draft *draft, struct str path, struct place named) MUST_USE;
/* The same for one of several lines, such as a key in PEM. */
struct str draft_read_secret_text(struct draft *draft, struct str path, struct place named) MUST_USE;

/* settings_fill.c: entries, all of the right form, into the structures. */
void draft_fill(struct draft *draft);

const struct issuer *draft_find_issuer(const struct settings *settings, struct str identifier) MUST_USE;

/* settings_opaque.c: api_keys and token_prefix: whose the tokens are that name no issuer. */
void draft_fill_key_files(struct draft *draft);
void draft_fill_prefixes(struct draft *draft);     /* after the issuers */
void draft_fill_token_memory(struct draft *draft); /* after the issuers */
void draft_check_opaque(struct draft *draft);
/* Is anybody asked about its tokens? */
bool issuer_is_asked(const struct issuer *issuer) MUST_USE;
/* Does nobody's token of it count here but that of a login of ours, for which it was made? */
bool issuer_is_for_logins_alone(const struct settings *settings, const struct issuer *issuer) MUST_USE;

/* settings_broker.c: our own authorization server. */
void draft_fill_login(struct draft *draft, const struct entries *block, struct issuer *issuer);
void draft_fill_broker(struct draft *draft); /* after the issuers, among which it puts ourselves; there is room */

/* settings_rules.c: the form of one allow or deny entry; tells what is wrong. */
void draft_check_rule(struct draft *draft, const struct entry *entry, bool in_operation);
/* Once the resources are known: does each rule of the top name an issuer that counts somewhere? */
void draft_check_rule_issuers(struct draft *draft);
/* The allow or deny list of a resource whose accepted issuers are known. */
void draft_fill_rules(
	struct draft *draft, const char *name, const struct entries *block, const struct resource *resource, struct rules *rules);

/* The same of the block of one tool, prompt, resource or method, which has nothing from the top. */
void draft_fill_operation_rules(
	struct draft *draft, const char *name, const struct entries *block, const struct resource *resource, struct rules *rules);

/* settings_operations.c: rules for single tools, prompts, MCP resources and methods. */
void draft_fill_operations(struct draft *draft, const struct entries *block, struct resource *resource);
void draft_check_operations(struct draft *draft, const struct resource *resource, const struct entry *entry);

/* settings_check.c, settings_check_broker.c and settings_check_resource.c: the whole. */
void draft_check(struct draft *draft);
void draft_check_broker(struct draft *draft);
void draft_check_resources(struct draft *draft);
/* The rule for every URL of ours and the provider's: https, or http on loopback with dev on; dev
 * on: loopback only (SEC-13). */
void draft_check_url(struct draft *draft, struct place place, struct str text);

#endif
