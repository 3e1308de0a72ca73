/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base64url.h"
#include "bearer.h"

#define TEXT_BYTES (2 * 1024 * 1024)   /* of an answer that was 256 KiB, in ASCII and indented */
#define LATEST_TIME 9007199254740992.0 /* 2^53: every second up to here has its own double */

void add_json(const json_t *json, bool indented, struct buf *text)
{
	auto_free char *written = json_dumps(json, JSON_ENSURE_ASCII | JSON_ENCODE_ANY | (indented ? JSON_INDENT(2) : 0));

	if (written == NULL)
		buf_add_text(text, "nothing");
	for (const char *byte = written; byte != NULL && *byte != '\0'; byte++) {
		if (*byte == 0x7f)
			buf_add_text(text, "\\u007f");
		else
			buf_add_byte(text, *byte);
	}
}

void add_span(int64_t seconds, struct buf *text)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "day", 86400 }, { "hour", 3600 }, { "minute", 60 }, { "second", 1 } };
	size_t unit = 0;

	while (units[unit].seconds > 1 && seconds < 2 * units[unit].seconds)
		unit++;
	seconds /= units[unit].seconds;
	buf_print(text, "%" PRId64 " %s%s", seconds, units[unit].name, seconds == 1 ? "" : "s");
}

bool claim_time(const json_t *claims, const char *name, int64_t *time)
{
	const json_t *value = json_object_get(claims, name);
	double number = json_number_value(value);

	if (!json_is_number(value) || !(number >= 0 && number <= LATEST_TIME))
		return false;
	*time = (int64_t)number;
	return true;
}

void add_quoted(struct str word, struct buf *text)
{
	auto_json *json = json_from_str(word);

	add_json(json, false, text);
}

void add_words(const struct words *words, struct buf *text)
{
	for (size_t i = 0; i < words->n; i++) {
		buf_add_text(text, i != 0 ? " " : "");
		add_quoted(words->word[i], text);
	}
	if (words->n == 0)
		buf_add_text(text, "none");
}

void add_rules(const char *name, const struct rules *rules, struct buf *text)
{
	static const char *const kinds[] = { "any", "subject", "email", "domain", "group", "client", "org", "team",
		"hosted_domain" };

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->rule[i];

		buf_print(text, "%s`%s %s", i != 0 ? ", " : "", name, kinds[rule->kind]);
		if (rule->value.n != 0)
			buf_print(text, " %.*s", STR_ARGS(rule->value));
		if (rule->issuer != NULL)
			buf_print(text, " from %.*s", STR_ARGS(rule->issuer->identifier));
		buf_add_byte(text, '`');
	}
}

static void add_list(const char *name, const struct words *words, bool overage, struct buf *text)
{
	if (words->n == 0 && !overage)
		return;
	buf_print(text, ", %s ", name);
	add_words(words, text);
	buf_add_text(text, overage ? " and more than could be listed" : "");
}

void add_principal(const struct principal *principal, struct buf *text)
{
	buf_add_text(text, "it is subject ");
	add_quoted(principal->subject, text);
	buf_print(text, " from %.*s", STR_ARGS(principal->issuer->identifier));
	if (principal->email.n != 0) {
		buf_add_text(text, ", email ");
		add_quoted(principal->email, text);
		buf_add_text(text, principal->email_verified ? "" : " (not verified)");
	}
	add_list("group", &principal->groups, principal->groups_overage, text);
	add_list("org", &principal->organizations, principal->memberships_overage, text);
	add_list("team", &principal->teams, principal->memberships_overage, text);
	if (principal->client.n != 0) {
		buf_add_text(text, ", client ");
		add_quoted(principal->client, text);
		buf_add_text(text, principal->is_client ? " (speaking for itself: rules about people never match it)" : "");
	}
}

json_t *token_part(struct str part)
{
	auto_buf text = BUF(BEARER_TOKEN_BYTES);

	if (!base64url_decode(part, &text))
		return NULL;
	return json_read_object(buf_str(&text), (struct json_limits){ BEARER_TOKEN_BYTES, 8, 64 });
}

void show_json(const char *title, const json_t *json, struct str token)
{
	auto_buf text = BUF(TEXT_BYTES);
	struct str rest;
	const char *copy;

	add_json(json, true, &text);
	rest = buf_str(&text);
	printf("%s: ", title);
	while (rest.n != 0 && token.n != 0 && (copy = memmem(rest.p, rest.n, token.p, token.n)) != NULL) {
		printf("%.*s(the token itself)", (int)(copy - rest.p), rest.p);
		rest = str_skip(rest, (size_t)(copy - rest.p) + token.n);
	}
	printf("%.*s\n", STR_ARGS(rest));
}

void show_times(const json_t *claims, int64_t now)
{
	static const char *const names[] = { "iat", "nbf", "exp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool is_end = str_is(str_from(names[i]), "exp");
		auto_buf span = BUF(64);
		char date[64] = "";
		struct tm utc;
		int64_t at;

		if (!claim_time(claims, names[i], &at))
			continue;
		if (gmtime_r(&at, &utc) != NULL)
			(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &utc);
		add_span(at < now ? now - at : at - now, &span);
		if (at <= now)
			printf("%s: %s, %s%s ago\n", names[i], date, is_end ? "expired " : "", span.p);
		else
			printf("%s: %s, %s%s%s\n", names[i], date, is_end ? "good for " : "in ", span.p, is_end ? " more" : "");
	}
}
