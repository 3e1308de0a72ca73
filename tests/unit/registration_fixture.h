/* SPDX-License-Identifier: MIT */
/* What the tests of registration share: two clients, and the answer to a body. */
#ifndef GATEHOUSE_REGISTRATION_FIXTURE_H
#define GATEHOUSE_REGISTRATION_FIXTURE_H

#include "unit.h"

#include <string.h>

#include "registration.h"

#define NOW 1790000000
#define SECRET "s3cret-of-the-operator"
#define CALLBACK "https://app.example/cb"
#define URIS "\"redirect_uris\":[\"" CALLBACK "\"]"

static struct str listed[] = { { CALLBACK, sizeof(CALLBACK) - 1 },
	{ "http://127.0.0.1/callback", 25 }, { "cursor://x/cb", 13 } };
static const struct client public_client = { .id = { "mcp-client", 10 },
	.redirect_uri = { listed, 3 },
	.refresh = true };
static const struct client secret_client = { .id = { "mcp-client", 10 },
	.secret = { SECRET, sizeof(SECRET) - 1 },
	.secret_method = CLIENT_AUTH_POST,
	.redirect_uri = { listed, 3 },
	.refresh = true };
/* What may register with our own authorization server. */
static const struct client ours = { .redirect_uri = { listed, 3 }, .refresh = true };

static struct registration registration;
static struct buf text = { .limit = 65536 };

/* Judges the body; the answer stands in `registration`, and as text in `text`. */
static inline int judge(const struct client *client, struct str body)
{
	registration_free(&registration);
	registration_judge(client, body, NOW, &registration);
	buf_clear(&text);
	if (registration.status != 0)
		json_write(registration.answer, &text);
	assert_false(text.failed);
	return registration.status;
}

static inline void clear(void)
{
	registration_free(&registration);
	buf_free(&text);
}

static inline int forget(void **state)
{
	(void)state;
	clear();
	return 0;
}

static inline void is_refused(const struct client *client, const char *body, const char *error)
{
	if (judge(client, str_from(body)) != 400)
		fail_msg("%s was accepted", body);
	assert_str(json_text(registration.answer, "error"), error);
	assert_true(json_text(registration.answer, "error_description").n != 0);
	assert_str(json_text(registration.answer, "error_description"), registration.reason);
	assert_int_equal(json_object_size(registration.answer), 2);
	assert_false(registration.secret_given);
}

static inline void is_accepted(const struct client *client, const char *body)
{
	if (judge(client, str_from(body)) != 201)
		fail_msg("%s was refused: %s", body, registration.reason);
	assert_string_equal(registration.reason, "registered");
}

static inline bool answer_has(const char *part)
{
	auto_free char *copy = str_copy(buf_str(&text));

	return strstr(copy, part) != NULL;
}

#define TEST(function) cmocka_unit_test_teardown(function, forget)

#endif
