/* SPDX-License-Identifier: MIT */
#include "kept.h"

#include <stdlib.h>

#include "log.h"

bool kept_read(const struct state *state, const char *name, struct json_limits limits, struct kept *kept)
{
	auto_buf text = BUF(limits.bytes);
	int64_t fetched;
	json_t *document;

	*kept = (struct kept){ .document = NULL };
	if (!state_read(state, name, &text))
		return false;
	auto_json *envelope = json_read_object(buf_str(&text), limits);
	document = json_object_get(envelope, "document");
	fetched = json_integer_value(json_object_get(envelope, "fetched"));
	if (document == NULL || fetched <= 0) {
		log_event(
			LOG_ERROR, "kept_file_refused", "%s/%s is not what this program writes; it is not used", state->path, name);
		return false;
	}
	kept->document = json_incref(document);
	kept->url = str_copy(json_text(envelope, "url"));
	kept->fetched = fetched;
	kept->lifetime = json_integer_value(json_object_get(envelope, "lifetime"));
	return true;
}

bool kept_write(const struct state *state, const char *name, size_t bytes, const struct kept *kept)
{
	auto_json *envelope = json_object();
	auto_buf text = BUF(bytes);

	(void)json_object_set_new(envelope, "url", json_from_str(str_from(kept->url)));
	(void)json_object_set_new(envelope, "fetched", json_integer(kept->fetched));
	(void)json_object_set_new(envelope, "lifetime", json_integer(kept->lifetime));
	(void)json_object_set(envelope, "document", kept->document);
	json_write(envelope, &text);
	if (!text.failed)
		return state_replace(state, name, buf_str(&text)); /* which says so if it fails */
	log_event(LOG_ERROR, "kept_file_not_written", "%.300s: too large to be kept in a file", kept->url);
	return false;
}

void kept_free(struct kept *kept)
{
	json_decref(kept->document);
	free(kept->url);
	*kept = (struct kept){ .document = NULL };
}
