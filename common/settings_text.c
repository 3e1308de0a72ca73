/* SPDX-License-Identifier: MIT */
/* The grammar of settings.h, and nothing of what the words mean. */
#include "settings_parts.h"

#define DEPTH 2 /* a resource, and in it a tool */

struct reader {
	struct draft *draft;
	struct str rest;
	struct place place; /* of the first byte of `rest` */
	unsigned depth;     /* of blocks */
};

enum token { TOKEN_END, TOKEN_LINE, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_WORD, TOKEN_BAD };

static char next(const struct reader *reader)
{
	return reader->rest.n != 0 ? reader->rest.p[0] : '\n';
}

static void step(struct reader *reader)
{
	char byte = reader->rest.p[0];

	reader->rest = str_skip(reader->rest, 1);
	if (byte == '\n') {
		reader->place.line++;
		reader->place.column = 1;
	} else if (reader->rest.n == 0 || ((unsigned char)reader->rest.p[0] & 0xc0) != 0x80) {
		reader->place.column++; /* columns count characters, not bytes of UTF-8 */
	}
}

static bool ends_word(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == ';';
}

static bool read_bare(struct reader *reader, struct word *word)
{
	struct str from = reader->rest;

	while (reader->rest.n != 0 && !ends_word(next(reader))) {
		char byte = next(reader);

		if (byte == '"' || byte == '\'' || byte == '{' || byte == '}') {
			draft_error(reader->draft, reader->place,
				"found %c inside a word, expected a blank before it or the whole word in quotes", byte);
			return false;
		}
		step(reader);
	}
	word->text = draft_text(reader->draft, str_first(from, from.n - reader->rest.n));
	return true;
}

static bool read_quoted(struct reader *reader, struct word *word)
{
	auto_buf text = BUF(SETTINGS_FILE_BYTES);
	struct place from = reader->place;
	char quote = next(reader);

	word->quoted = true;
	step(reader);
	while (next(reader) != quote) {
		if (next(reader) == '\n') {
			draft_error(reader->draft, from, "found the end of the line inside quotes, expected a closing %c", quote);
			return false;
		}
		if (quote == '"' && next(reader) == '\\') {
			step(reader);
			if (next(reader) != '"' && next(reader) != '\\') {
				draft_error(reader->draft, reader->place,
					"found an unknown escape, expected \\\" or \\\\ (or single "
					"quotes, which have no escapes)");
				return false;
			}
		}
		buf_add_byte(&text, next(reader));
		step(reader);
	}
	step(reader);
	if (reader->rest.n != 0 && !ends_word(next(reader))) {
		draft_error(reader->draft, reader->place, "found more text right after a closing quote, expected a blank");
		return false;
	}
	word->text = draft_text(reader->draft, buf_str(&text));
	return true;
}

static enum token read_token(struct reader *reader, struct word *word)
{
	while (next(reader) == ' ' || next(reader) == '\t')
		step(reader);
	if (next(reader) == '#') {
		while (next(reader) != '\n')
			step(reader);
	}
	*word = (struct word){ .place = reader->place };
	if (reader->rest.n == 0)
		return TOKEN_END;
	switch (next(reader)) {
	case '\n':
	case ';':
		step(reader);
		return TOKEN_LINE;
	case '{':
	case '}': {
		enum token token = next(reader) == '{' ? TOKEN_OPEN : TOKEN_CLOSE;

		step(reader);
		if (token == TOKEN_OPEN && reader->rest.n != 0 && !ends_word(next(reader))) {
			draft_error(reader->draft, reader->place, "found text right after {, expected a blank or a new line");
			return TOKEN_BAD;
		}
		return token;
	}
	case '"':
	case '\'':
		return read_quoted(reader, word) ? TOKEN_WORD : TOKEN_BAD;
	default:
		return read_bare(reader, word) ? TOKEN_WORD : TOKEN_BAD;
	}
}

/* The words of a directive up to what ends it, which is the answer. */
static enum token read_words(struct reader *reader, struct entry *entry, struct word *word)
{
	enum token token;

	while ((token = read_token(reader, word)) == TOKEN_WORD)
		draft_add_word(reader->draft, entry, *word);
	return token;
}

/* Directives up to the end of the text, or of the block that was opened at `opened`. */
static bool read_entries(struct reader *reader, struct entries *entries, const struct word *opened)
{
	struct word word;
	enum token token = TOKEN_LINE;

	for (;;) {
		struct entry entry = { 0 };

		while (token == TOKEN_LINE)
			token = read_token(reader, &word);
		if (token == TOKEN_WORD) {
			entry.name = word;
			entry.directive = directive_find(word.text);
			token = read_words(reader, &entry, &word);
			if (token == TOKEN_OPEN && reader->depth < DEPTH) {
				entry.block = draft_memory(reader->draft, sizeof(struct entries));
				reader->depth++;
				if (!read_entries(reader, entry.block, &word))
					return false;
				reader->depth--;
				token = TOKEN_LINE;
			}
			*draft_add_entry(reader->draft, entries) = entry;
		}
		if (token == TOKEN_CLOSE && opened != NULL)
			return true;
		if (token == TOKEN_CLOSE)
			draft_error(reader->draft, word.place, "found } outside of a block, expected a directive");
		else if (token == TOKEN_OPEN)
			draft_error(reader->draft, word.place,
				"found {, expected a directive; only issuer, resource, token_prefix and client open a block, "
				"and in a resource tool, prompt, resource and method");
		else if (token == TOKEN_END && opened != NULL)
			draft_error(reader->draft, opened->place, "found no } for this {, expected one before the end of the file");
		else if (token == TOKEN_END)
			return true;
		if (token != TOKEN_LINE)
			return false;
	}
}

/* Bytes that can't be part of any settings are found before, so that no message shows them. */
static bool is_clean(struct draft *draft, struct reader reader)
{
	while (reader.rest.n != 0) {
		unsigned char byte = (unsigned char)next(&reader);

		if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) {
			draft_error(draft, reader.place, "found control byte 0x%02x, expected text%s", byte,
				byte == '\r' ? "; save the file with Unix line ends" : "");
			return false;
		}
		step(&reader);
	}
	return true;
}

bool draft_parse(struct draft *draft, const char *name, struct str text)
{
	struct reader reader = { draft, text, { name, 1, 1 }, 0 };

	if (text.n > SETTINGS_FILE_BYTES) {
		draft_error(draft, (struct place){ .name = name }, "found more than 64 KiB, expected a settings file");
		return false;
	}
	if (!is_clean(draft, reader))
		return false;
	if (!str_is_utf8(text)) {
		draft_error(draft, (struct place){ .name = name },
			"found bytes that are not UTF-8, expected UTF-8; save the file in it");
		return false;
	}
	return read_entries(&reader, &draft->top, NULL);
}
