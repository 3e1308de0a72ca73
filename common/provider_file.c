/* SPDX-License-Identifier: MIT */
#include "provider_parts.h"

#include "file.h"
#include "log.h"

/*
 * Compact JSON may be longer than what came (1e9 becomes 1000000000.0), and the envelope has
 * members of its own.
 */
#define ENVELOPE_BYTES (2 * PROVIDER_KEYS_BYTES + 8192)
#define WHY_BYTES 8192 /* a path and some words */

/* The file is ours, but what it says is judged as if it had come from outside. */
bool provider_load(const struct provider *provider, enum provider_kind kind, struct provider_copy *copy)
{
	const struct json_limits limits = { ENVELOPE_BYTES, PROVIDER_DEPTH + 1, 4 };
	struct provider_failure failure = { 0 };
	auto_buf text = BUF(ENVELOPE_BYTES);
	auto_copy found = { .version = state_version(provider->state, provider->file[kind]) };

	if (!state_read(provider->state, provider->file[kind], &text))
		return false;

	auto_json *envelope = json_read_object(buf_str(&text), limits);
	found.json = json_incref(json_object_get(envelope, "document"));
	found.url = str_copy(json_text(envelope, "url"));
	found.fetched = json_integer_value(json_object_get(envelope, "fetched"));
	found.lifetime = provider_lifetime(json_integer_value(json_object_get(envelope, "lifetime")));
	if (!json_is_object(found.json) || found.fetched <= 0) {
		log_event(LOG_ERROR, "provider_file_refused", "%s/%s is not what this program writes; it is not used",
			provider->state->path, provider->file[kind]);
		return false;
	}
	/* Of other settings: the document is asked for where they say now. */
	if (kind == PROVIDER_DOCUMENT && !provider_is_place(provider, str_from(found.url)))
		return false;
	if (!provider_judge(provider, kind, &found, &failure)) {
		log_event(LOG_ERROR, "provider_file_refused", "%s/%s is not used: %s", provider->state->path, provider->file[kind],
			failure.text);
		return false;
	}
	*copy = found;
	found = (struct provider_copy){ 0 };
	return true;
}

void provider_save(const struct provider *provider, enum provider_kind kind, struct provider_copy *copy)
{
	auto_json *envelope = json_object();
	auto_buf text = BUF(ENVELOPE_BYTES);

	(void)json_object_set_new(envelope, "url", json_from_str(str_from(copy->url)));
	(void)json_object_set_new(envelope, "fetched", json_integer(copy->fetched));
	(void)json_object_set_new(envelope, "lifetime", json_integer(copy->lifetime));
	(void)json_object_set(envelope, "document", copy->json);
	json_write(envelope, &text);
	if (text.failed)
		log_event(LOG_ERROR, "provider_file_not_written", "%s: too large to be kept in a file", copy->url);
	else
		(void)!state_replace(provider->state, provider->file[kind], buf_str(&text)); /* which says so if it fails */
	/* Also when the old file is still there: this process has seen it, and knows better now. */
	copy->version = state_version(provider->state, provider->file[kind]);
}

struct file_version provider_keys_file_version(const struct provider *provider)
{
	auto_free char *path = str_copy(provider->issuer->keys_file);

	return file_version_of(path);
}

bool provider_read_keys_file(const struct provider *provider, struct provider_copy *copy, struct provider_failure *failure)
{
	const struct json_limits limits = { PROVIDER_KEYS_BYTES, PROVIDER_DEPTH, 64 };
	auto_copy found = { .url = str_copy(provider->issuer->keys_file) };
	auto_buf text = BUF(PROVIDER_KEYS_BYTES);
	auto_buf why = BUF(WHY_BYTES);

	if (!file_read(found.url, FILE_PUBLIC, &text, &found.version, &why)) {
		provider_fail(failure, TELLS_CONTENT, "keys_file_refused", "keys_file %.300s can't be used: %s", found.url, why.p);
		return false;
	}
	found.json = json_read_object(buf_str(&text), limits);
	if (found.json == NULL) {
		provider_fail(failure, TELLS_CONTENT, "keys_file_refused",
			"keys_file %.300s is not a JSON object without double members", found.url);
		return false;
	}
	if (!provider_judge(provider, PROVIDER_KEYS, &found, failure))
		return false;
	*copy = found;
	found = (struct provider_copy){ 0 };
	return true;
}
