/* SPDX-License-Identifier: MIT */
#include "settings_parts.h"

#define EXPECTED_BYTES 2048
#define BLOCKS "issuer resource token_prefix client"

const struct entry *entries_find(const struct entries *entries, const char *name)
{
	for (size_t i = 0; entries != NULL && i < entries->n; i++) {
		if (str_is(entries->entry[i].name.text, name))
			return &entries->entry[i];
	}
	return NULL;
}

const struct entry *draft_given(const struct draft *draft, const struct entries *block, const char *name)
{
	const struct entry *entry = entries_find(block, name);

	return entry != NULL ? entry : entries_find(&draft->top, name);
}

/* What the block's preset says, NULL when it says nothing. */
static const char *by_preset(const struct draft *draft, const struct entries *block, const char *name)
{
	const struct preset *preset;

	if (str_is(str_from(name), "preset"))
		return NULL;
	preset = preset_find(draft_value(draft, block, "preset"));
	return preset != NULL ? preset_value(preset, name) : NULL;
}

/* Where nobody said otherwise: the preset's word, else the table's. */
static struct str default_of(const struct draft *draft, const struct entries *block, const char *name)
{
	const char *preset = by_preset(draft, block, name);

	return str_from(preset != NULL ? preset : directive_find(str_from(name))->default_value);
}

struct str draft_value(const struct draft *draft, const struct entries *block, const char *name)
{
	const struct entry *entry = draft_given(draft, block, name);

	return entry != NULL ? entry->word[0].text : default_of(draft, block, name);
}

bool draft_on(const struct draft *draft, const struct entries *block, const char *name)
{
	return str_is(draft_value(draft, block, name), "on");
}

int64_t draft_duration(const struct draft *draft, const struct entries *block, const char *name)
{
	int64_t seconds = 0;

	return settings_duration(draft_value(draft, block, name), &seconds) ? seconds : 0;
}

struct str draft_secret(struct draft *draft, const struct entries *block, const char *name)
{
	const struct entry *entry = draft_given(draft, block, name);

	return entry != NULL ? draft_read_secret(draft, entry->word[0].text, entry->word[0].place) : STR_NONE;
}

struct words draft_words(struct draft *draft, const struct entries *block, const char *name)
{
	const struct entry *entry = draft_given(draft, block, name);
	struct words words = { NULL, 0 };

	if (entry != NULL) {
		for (size_t i = 0; i < entry->n; i++)
			draft_words_add(draft, &words, entry->n, entry->word[i].text);
	} else {
		struct str rest = default_of(draft, block, name), word;
		size_t most = rest.n;

		while (str_word(&rest, &word))
			draft_words_add(draft, &words, most, draft_text(draft, word));
	}
	return words;
}

struct place draft_place(const struct draft *draft, const struct entry *entry, const char *name)
{
	const struct entry *given = draft_given(draft, entry->block, name);

	return given == NULL ? entry->name.place : given->n != 0 ? given->word[0].place : given->name.place;
}

struct entry *draft_new_entry(struct draft *draft, struct entries *entries, const char *directive, struct place place)
{
	struct entry *entry = draft_add_entry(draft, entries);

	*entry = (struct entry){
		.directive = directive_find(str_from(directive)),
		.name = { .text = str_from(directive), .place = place },
	};
	return entry;
}

/* A word that nobody knows: what was meant, as far as one can tell. */
static void refuse_name(struct draft *draft, const struct word *name)
{
	const char *near = directive_near(name->text, false);
	const char *shown = draft_show(draft, name->text).p;

	/* For those who come with a habit from elsewhere. */
	if (list_has("client_secret secret", name->text))
		draft_error(draft, name->place,
			"found %s, expected a directive; secrets are never in the file: put it into a file of its own and name it "
			"with client_secret_file",
			shown);
	else if (near != NULL)
		draft_error(draft, name->place, "found %s, expected a directive; did you mean %s?", shown, near);
	else
		draft_error(draft, name->place, "found %s, expected a directive", shown);
}

/* May stand in one block more than once without contradiction. */
static bool may_repeat(const struct entry *entry)
{
	return list_has("issuer resource token_prefix client allow deny tool prompt method rule implies scope_map scope_words",
		entry->name.text);
}

static bool is_list(const struct entry *entry, bool at_top)
{
	if (at_top && list_has(BLOCKS, entry->name.text))
		return false;
	return str_ends(str_from(entry->directive->arguments), STR("..."));
}

/* What stands in the block of this entry: the word of the table's column `where`; NULL: it has none. */
static const char *block_of(const struct entry *entry, const char *where)
{
	if (str_is(str_from(where), "top"))
		return list_has(BLOCKS, entry->name.text) ? entry->directive->name : NULL;
	if (str_is(str_from(where), "resource") && list_has("tool prompt resource method", entry->name.text))
		return "operation";
	return NULL;
}

/* The one name with two meanings: at the top a resource is a URL, in a resource it is a pattern of URIs. */
static const char *arguments_of(const struct entry *entry, bool at_top)
{
	return at_top && str_is(entry->name.text, "resource") ? "URL" : entry->directive->arguments;
}

static void check_words(struct draft *draft, const struct entry *entry, const char *arguments)
{
	for (size_t i = 0; i < entry->n; i++) {
		const struct word *word = &entry->word[i];
		auto_buf expected = BUF(EXPECTED_BYTES);

		if (!value_ok(arguments, word->text, &expected) || !str_is_utf8(word->text))
			draft_error(draft, word->place, "found %s, expected %.*s for %s", draft_show(draft, word->text).p,
				STR_ARGS(buf_str(&expected)), entry->directive->name);
		for (size_t j = 0; j < i; j++) {
			if (str_eq(word->text, entry->word[j].text)) {
				draft_error(draft, word->place, "found %s twice in one list, expected it once",
					draft_show(draft, word->text).p);
				break;
			}
		}
	}
}

static void check_entry(struct draft *draft, const struct entry *entry, const char *where)
{
	bool at_top = str_is(str_from(where), "top");
	bool many = is_list(entry, at_top);
	auto_buf expected = BUF(EXPECTED_BYTES);

	if (!list_has(entry->directive->where, str_from(where))) {
		draft_error(draft, entry->name.place, "found %s %s%s, expected it in: %s", entry->directive->name,
			at_top ? "at the top" : "in a block of ", at_top ? "" : where, entry->directive->where);
		return;
	}
	if (entry->block != NULL && block_of(entry, where) == NULL)
		draft_error(draft, entry->name.place,
			"found a block after %s, expected none; only issuer, resource, token_prefix, client and, in a resource, "
			"tool, prompt, resource and method have one",
			entry->directive->name);
	if (entry->n == 0 || (entry->n > 1 && !many)) {
		(void)!value_ok(arguments_of(entry, at_top), STR_NONE, &expected);
		draft_error(draft, entry->n == 0 ? entry->name.place : entry->word[1].place, "found %s after %s, expected %s: %.*s",
			entry->n == 0 ? "nothing" : "more words", entry->directive->name, many ? "one or more" : "one",
			STR_ARGS(buf_str(&expected)));
		return;
	}
	if (list_has("allow deny", entry->name.text))
		draft_check_rule(draft, entry, str_is(str_from(where), "operation"));
	else
		check_words(draft, entry, arguments_of(entry, at_top));
}

void draft_check_entries(struct draft *draft, const struct entries *entries, const char *where)
{
	for (size_t i = 0; i < entries->n; i++) {
		const struct entry *entry = &entries->entry[i];
		const struct entry *first = entries_find(entries, entry->name.text.p);

		if (entry->directive == NULL) {
			refuse_name(draft, &entry->name);
			continue;
		}
		if (first != entry && !may_repeat(entry)) {
			struct str before = place_text(draft, first->name.place);

			draft_error(draft, entry->name.place, "found %s a second time (the first is at %.*s), expected it once",
				entry->directive->name, STR_ARGS(before));
		}
		check_entry(draft, entry, where);
		if (entry->block != NULL && block_of(entry, where) != NULL)
			draft_check_entries(draft, entry->block, block_of(entry, where));
	}
}
