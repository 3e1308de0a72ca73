/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <stdlib.h>

#include "settings_parts.h"

#define DEFAULT_FILE "/etc/gatehouse/gatehouse.conf"

/* Reads the file that the caller, the environment or the custom names. False, and told, when it
 * can't be used. */
static bool read_file(struct draft *draft, const char *path)
{
	auto_buf text = BUF(SETTINGS_FILE_BYTES);
	struct str named = environment_get(draft->environment, "GATEHOUSE_CONFIG");
	bool absent;

	if (path == NULL && named.p != NULL)
		path = named.p;
	draft->file = draft_text(draft, str_from(path != NULL ? path : DEFAULT_FILE)).p;
	if (!draft_read_file(draft, draft->file, &text, &absent)) {
		if (absent && path != NULL)
			draft_error(draft, (struct place){ .name = draft->file }, "found no such file, expected settings");
		else if (absent)
			draft->file = NULL;
		return draft->n_errors == 0;
	}
	draft->settings->file = str_from(draft->file);
	return draft_parse(draft, draft->file, buf_str(&text));
}

/* Each step needs that the one before found nothing wrong; within a step everything wrong is told.
 */
static void make(struct draft *draft, const char *path, void (*become)(const char *state_directory))
{
	if (!read_file(draft, path))
		return;
	draft_read_seed(draft);
	draft_check_entries(draft, &draft->top, "top");
	draft_read_environment(draft);
	if (draft->n_errors == 0 && become != NULL)
		become(draft_value(draft, NULL, "state_directory").p);
	if (draft->n_errors == 0)
		draft_fill(draft);
	if (draft->n_errors == 0)
		draft_check(draft);
}

struct settings *settings_read_as(const char *path, char *const environment[], struct buf *errors, struct buf *notes,
	void (*become)(const char *state_directory))
{
	struct draft draft = {
		.settings = memory_new(sizeof(struct settings)),
		.environment = environment,
		.errors = errors,
		.notes = notes,
	};

	make(&draft, path, become);
	if (draft.n_errors != 0) {
		settings_free(draft.settings);
		return NULL;
	}
	return draft.settings;
}

struct settings *settings_read(const char *path, char *const environment[], struct buf *errors, struct buf *notes)
{
	return settings_read_as(path, environment, errors, notes, NULL);
}

void settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	draft_memory_free(settings->memory);
	free(settings);
}

const struct issuer *settings_spoken_of(const struct settings *settings, const struct issuer *issuer)
{
	return issuer == settings->broker.login && issuer != NULL ? settings->broker.own : issuer;
}

struct str settings_people_of(const struct settings *settings, struct str identifier)
{
	const struct broker *broker = settings != NULL ? &settings->broker : NULL;

	return broker != NULL && broker->own != NULL && broker->login != NULL && str_eq(identifier, broker->login->identifier)
		? broker->own->identifier
		: identifier;
}

bool settings_accepts(const struct resource *resource, const struct issuer *issuer)
{
	for (size_t i = 0; i < resource->n_issuers; i++) {
		if (resource->issuer[i] == issuer)
			return true;
	}
	return false;
}

const struct issuer *settings_accepted_issuer(const struct resource *resource, struct str identifier)
{
	for (size_t i = 0; i < resource->n_issuers; i++) {
		if (str_eq(resource->issuer[i]->identifier, identifier))
			return resource->issuer[i];
	}
	return NULL;
}

bool settings_knows_scope(const struct resource *resource, struct str scope)
{
	for (size_t i = 0; i < resource->n_implications; i++) {
		if (str_eq(resource->implication[i].scope, scope) || words_have(&resource->implication[i].implied, scope))
			return true;
	}
	return words_have(&resource->require_scopes, scope) || words_have(&resource->publish_scopes, scope) ||
		words_have(&resource->operation_scopes, scope) || str_is(scope, "offline_access");
}

bool settings_knows_issuer(const struct settings *settings, struct str identifier)
{
	if (settings == NULL || str_is(identifier, API_KEYS))
		return identifier.n != 0;
	for (size_t i = 0; i < settings->n_issuers; i++) {
		if (str_eq(settings->issuer[i].identifier, identifier))
			return true;
	}
	return false;
}

bool settings_audience_ok(const struct resource *resource, const struct issuer *issuer, struct str audience)
{
	struct str identifier = resource->identifier;
	bool ends_in_slash = str_ends(identifier, STR("/"));

	if (resource->audience.n != 0)
		return words_have(&resource->audience, audience);
	if (issuer->audience.n != 0)
		return words_have(&issuer->audience, audience);
	if (str_eq(audience, identifier))
		return true;
	if (resource->url.path.n <= 1 && ends_in_slash)
		return str_eq(audience, str_first(identifier, identifier.n - 1));
	if (resource->url.path.n == 0 || (resource->slash_alias && !ends_in_slash))
		return audience.n == identifier.n + 1 && str_starts(audience, identifier) && str_ends(audience, STR("/"));
	return false;
}
