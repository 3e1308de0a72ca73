/* SPDX-License-Identifier: MIT */
#include "preset_facts.h"

#define SHOWN_BYTES 200 /* of a member's value, which is as long as the provider likes */
#define VALUE_BYTES (256 * 1024)

static struct str text_of(const json_t *value)
{
	return (struct str){ json_string_value(value), json_string_length(value) };
}

static bool is_or_holds(const json_t *value, struct str word)
{
	if (json_is_string(value))
		return str_eq(text_of(value), word);
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);

		if (json_is_string(item) && str_eq(text_of(item), word))
			return true;
	}
	return false;
}

bool preset_fact_holds(const json_t *value, struct str expected)
{
	bool absent = value == NULL || json_is_null(value);

	if (str_is(expected, "absent"))
		return absent;
	if (str_is(expected, "present"))
		return !absent;
	if (str_is(expected, "true"))
		return json_is_true(value);
	if (str_starts(expected, STR("*")))
		return json_is_string(value) && str_ends(text_of(value), str_skip(expected, 1));
	return is_or_holds(value, expected);
}

static void add_expected(struct str expected, struct buf *out)
{
	static const char *const states[] = { "absent", "present", "true" };

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (str_is(expected, states[i])) {
			buf_print(out, "is %s", states[i]);
			return;
		}
	}
	if (str_starts(expected, STR("*")))
		buf_print(out, "ends in %.*s", STR_ARGS(str_skip(expected, 1)));
	else
		buf_print(out, "has %.*s", STR_ARGS(expected));
}

/* What is there instead, in one line without control bytes: JSON writes those as \u00.. itself. */
static void add_found(const json_t *value, struct buf *out)
{
	auto_buf text = BUF(VALUE_BYTES);

	if (value == NULL) {
		buf_add_text(out, "it is absent");
		return;
	}
	json_write(value, &text);
	buf_print(out, "it is %.*s", STR_ARGS(str_first(buf_str(&text), SHOWN_BYTES)));
	if (text.failed || text.n > SHOWN_BYTES)
		buf_add_text(out, "...");
}

void preset_facts_compare(const struct preset *preset, const json_t *document, struct buf *differences)
{
	for (size_t i = 0; i < PRESET_FACTS && preset->fact[i].member != NULL; i++) {
		const struct preset_fact *fact = &preset->fact[i];
		const json_t *value = json_object_get(document, fact->member);

		if (preset_fact_holds(value, str_from(fact->expected)))
			continue;
		buf_print(differences, "preset %s says that %s ", preset->name, fact->member);
		add_expected(str_from(fact->expected), differences);
		buf_print(differences,
			" (%s); the provider's document says otherwise: ", fact->proof == PRESET_TESTED ? "tested" : "reported");
		add_found(value, differences);
		buf_add_byte(differences, '\n');
	}
}
