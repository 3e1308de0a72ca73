/* SPDX-License-Identifier: MIT */
#include "pending.h"

#include "clock.h"

/* The members of the JSON; short, since they travel. */
#define FIELD(name, member)                                                                                                        \
	{                                                                                                                          \
		(name), offsetof(struct pending, member)                                                                           \
	}
static const struct {
	const char *name;
	size_t offset;
} fields[] = { FIELD("i", id), FIELD("b", browser), FIELD("c", client), FIELD("n", client_name), FIELD("u", redirect_uri),
	FIELD("s", state), FIELD("h", challenge), FIELD("r", resource), FIELD("p", scope), FIELD("o", nonce),
	FIELD("v", verifier) };
#define FIELDS (sizeof(fields) / sizeof(fields[0]))
#define TIME "t"

void pending_write(const struct pending *pending, struct buf *out)
{
	auto_json *json = json_object();
	auto_secret text = BUF(PENDING_BYTES);

	for (size_t i = 0; i < FIELDS; i++) {
		const struct str *value = (const struct str *)(const void *)((const char *)pending + fields[i].offset);

		if (value->n != 0)
			(void)json_object_set_new(json, fields[i].name, json_from_str(*value));
	}
	(void)json_object_set_new(json, TIME, json_integer((json_int_t)pending->time));
	json_write(json, &text);
	buf_add(out, buf_str(&text));
	out->failed = out->failed || text.failed;
}

bool pending_read(struct str text, struct pending *pending, json_t **json)
{
	const json_t *time;

	*pending = (struct pending){ 0 };
	*json = json_read_object(text, (struct json_limits){ PENDING_BYTES, 1, FIELDS + 1 });
	time = json_object_get(*json, TIME);
	if (!json_is_integer(time))
		return false;
	for (size_t i = 0; i < FIELDS; i++)
		*(struct str *)(void *)((char *)pending + fields[i].offset) = json_text(*json, fields[i].name);
	pending->time = (int64_t)json_integer_value(time);
	return pending->id.n != 0 && pending->browser.n != 0;
}

bool pending_is_of(const struct pending *pending, struct str browser)
{
	return str_eq_secret(pending->browser, browser);
}

bool pending_is_over(const struct pending *pending, int64_t now)
{
	return now + CLOCKS_SECONDS < pending->time || now - pending->time > PENDING_SECONDS;
}
