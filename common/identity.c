/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include "base64url.h"

enum field { USER, SUBJECT, ISSUER, EMAIL, NAME, GROUPS, SCOPES, CLIENT };

const struct identity_field identity_fields[IDENTITY_FIELDS] = {
	[USER] = { "Remote-User", "Variable-REMOTE_USER" },
	[SUBJECT] = { "Remote-Subject", "Variable-GATEHOUSE_SUBJECT" },
	[ISSUER] = { "Remote-Issuer", "Variable-GATEHOUSE_ISSUER" },
	[EMAIL] = { "Remote-Email", "Variable-GATEHOUSE_EMAIL" },
	[NAME] = { "Remote-Name", "Variable-GATEHOUSE_NAME" },
	[GROUPS] = { "Remote-Groups", "Variable-GATEHOUSE_GROUPS" },
	[SCOPES] = { "Remote-Scopes", "Variable-GATEHOUSE_SCOPES" },
	[CLIENT] = { "Remote-Client", "Variable-GATEHOUSE_CLIENT" },
};

static void join(const struct words *words, char separator, struct buf *out)
{
	for (size_t i = 0; i < words->n; i++) {
		struct str word = words->word[i];

		if (str_has(word, separator) || out->n + word.n + 1 > IDENTITY_LIST_BYTES)
			continue;
		if (out->n != 0)
			buf_add_byte(out, separator);
		buf_add(out, word);
	}
}

static bool is_header_safe(struct str text)
{
	if (text.n != 0 && (text.p[0] == ' ' || text.p[text.n - 1] == ' ' || str_starts(text, STR("=?base64?"))))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return false;
	}
	return true;
}

static void add_encoded(struct str text, struct buf *out)
{
	if (is_header_safe(text)) {
		buf_add(out, text);
		return;
	}
	buf_add_text(out, "=?base64?");
	base64_encode(text, out);
	buf_add_text(out, "?=");
}

void identity_value(const struct principal *principal, size_t index, struct buf *out)
{
	auto_buf list = BUF(IDENTITY_LIST_BYTES + 1);

	switch ((enum field)index) {
	case USER:
		add_encoded(principal->user, out);
		break;
	case SUBJECT:
		add_encoded(principal->subject, out);
		break;
	case ISSUER:
		add_encoded(principal->issuer->identifier, out);
		break;
	case EMAIL:
		add_encoded(principal->email, out);
		break;
	case NAME:
		add_encoded(principal->name, out);
		break;
	case GROUPS:
		join(&principal->groups, ',', &list);
		add_encoded(buf_str(&list), out);
		break;
	case SCOPES:
		join(&principal->scopes, ' ', &list);
		add_encoded(buf_str(&list), out);
		break;
	case CLIENT:
		add_encoded(principal->client, out);
		break;
	}
}
