/* SPDX-License-Identifier: MIT */
#include "provider_parts.h"

#include "file.h"
#include "kept.h"
#include "keyring.h"
#include "log.h"

/*
 * Compact JSON may be longer than what came (1e9 becomes 1000000000.0), and the envelope has
 * members of its own.
 */
#define ENVELOPE_BYTES (2 * PROVIDER_KEYS_BYTES + 8192)
#define WHY_BYTES 8192 /* a path and some words */

bool provider_load(const struct provider *provider, enum provider_kind kind, struct provider_copy *copy)
{
	const struct json_limits limits = { ENVELOPE_BYTES, PROVIDER_DEPTH + 1, 4 };
	struct provider_failure failure = { 0 };
	auto_copy found = { .version = state_version(provider->state, provider->file[kind]) };
	struct kept kept;

	if (!kept_read(provider->state, provider->file[kind], limits, &kept))
		return false;
	found.json = kept.document;
	found.url = kept.url;
	found.fetched = kept.fetched;
	found.lifetime = provider_lifetime(kept.lifetime);
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
	const struct kept kept = { copy->json, copy->url, copy->fetched, copy->lifetime };

	(void)!kept_write(provider->state, provider->file[kind], ENVELOPE_BYTES, &kept); /* which says so if it fails */
	/* Also when the old file is still there: this process has seen it, and knows better now. */
	copy->version = state_version(provider->state, provider->file[kind]);
}

struct file_version provider_keys_file_version(const struct provider *provider)
{
	auto_free char *path = str_copy(provider->issuer->keys_file);

	return file_version_of(path);
}

bool provider_read_keys_file(
	const struct provider *provider, int64_t now, struct provider_copy *copy, struct provider_failure *failure)
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
	/* Of our own keys the file tells more than which. */
	if (provider->issuer->own && found.json != NULL) {
		auto_json *ring = found.json;

		found.json = keyring_public(ring, now, &found.until);
	}
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
