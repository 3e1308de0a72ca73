/* SPDX-License-Identifier: MIT */
/* Good claims of one issuer for one resource, and what comes of a change to them. */
#ifndef GATEHOUSE_TEST_CLAIMS_FIXTURE_H
#define GATEHOUSE_TEST_CLAIMS_FIXTURE_H

#include "unit.h"

#include <string.h>

#include "claims.h"

#define NOW 1800000000

static struct issuer issuer;
static struct resource resource;

static inline int set_up(void **state)
{
	(void)state;
	issuer = (struct issuer){ .identifier = STR("https://idp.example.net/t1"), .subject_claim = STR("sub"), .user_claim = STR("sub"), .groups_claim = STR("groups"),
		.organizations_claim = STR("organizations"), .grant_claim = STR("grant_id"),
		.skew = 30, .max_lifetime = 86400, .nonce_marks_id_token = true };
	resource = (struct resource){ .identifier = STR("https://mcp.example.com/mcp") };
	return url_parse(resource.identifier, &resource.url) ? 0 : -1;
}

/* Judges good claims changed by `change`: members win, null takes one away. */
static inline enum outcome judge_kind_of(const char *change, enum evidence evidence, struct claims *claims)
{
	json_t *json = json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:s}", "iss", "https://idp.example.net/t1", "aud", "https://mcp.example.com/mcp", "sub",
		"alice", "client_id", "app", "iat", NOW - 60, "exp", NOW + 3600, "scope", "mcp:read mcp:list");
	json_t *more = json_loads(change, 0, NULL);
	static json_t *kept; /* claims borrow from it until the next call */
	enum outcome outcome;
	const char *name;
	json_t *value;

	assert_non_null(more);
	json_object_foreach (more, name, value) {
		if (json_is_null(value))
			(void)json_object_del(json, name);
		else
			(void)json_object_set(json, name, value);
	}
	json_decref(more);
	outcome = claims_judge(json, evidence, &issuer, &resource, NOW, claims);
	json_decref(kept);
	kept = json;
	return outcome;
}

static inline enum outcome judge(const char *change)
{
	static struct claims claims;

	return judge_kind_of(change, EVIDENCE_ACCESS_TOKEN, &claims);
}

struct row {
	const char *change;
	enum outcome outcome;
};

static inline void assert_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum outcome outcome = judge(rows[i].change);

		if (outcome != rows[i].outcome)
			print_error("%s: %s, expected %s\n", rows[i].change, outcome_row(outcome)->name, outcome_row(rows[i].outcome)->name);
		assert_int_equal(outcome, rows[i].outcome);
	}
}
#define ASSERT_ROWS(...) \
	do { \
		static const struct row rows[] = { __VA_ARGS__ }; \
		assert_rows(rows, N_OF(rows)); \
	} while (0)

#endif
