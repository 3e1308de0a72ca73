/* SPDX-License-Identifier: MIT */
/* Our own authorization server with a provider behind it: a store in SQLite, keys that seal, a person who has logged in. */
#ifndef GATEHOUSE_TEST_GRANTS_FIXTURE_H
#define GATEHOUSE_TEST_GRANTS_FIXTURE_H

#include "login_fixture.h"

#include <sqlite3.h>
#include <sys/wait.h>

#include "denials.h"
#include "grants_parts.h"
#include "log.h"
#include "seal_keys.h"

#define HOUR 3600
#define DAY 86400
#define MCP "https://gate.example/mcp"
#define OTHER "https://gate.example/other"
#define BACK "http://127.0.0.1:5001/callback"
#define PROCESSES 4

static struct issuer own;
static struct resource resources[2];
static struct store *store;
static struct seal *seal;
static struct grants *grants;
static struct granted granted;
static const char *description;

static inline void add_key(void)
{
	struct seal_keys made = { .n = 0 };

	(void)!seal_keys_read(&state, &made);
	assert_true(seal_keys_add(&made, NOW));
	assert_true(seal_keys_write(&state, &made));
	seal_keys_wipe(&made);
}

static inline struct store *open_store(void)
{
	auto_buf why = BUF(1024);
	struct store *opened = grants_open_store(&settings, &why);

	if (opened == NULL)
		fail_msg("%s", why.p);
	return opened;
}

static inline int grants_begin(void **unused)
{
	(void)login_begin(unused);
	log_start("test", LOG_WARNING, false);
	own = (struct issuer){ .identifier = STR("https://gate.example"), .grant_claim = STR("grant_id"), .own = true, .skew = 30 };
	resources[0] = (struct resource){ .identifier = STR(MCP) };
	resources[1] = (struct resource){ .identifier = STR(OTHER) };
	for (size_t i = 0; i < 2; i++)
		assert_true(url_parse(resources[i].identifier, &resources[i].url));
	settings.resource = resources;
	settings.n_resources = 2;
	settings.public_issuer = own.identifier;
	settings.state_directory = str_from(folder);
	settings.broker = (struct broker){ .login = &issuer, .own = &own, .access_token_lifetime = 900, .refresh_idle = 30 * DAY,
		.refresh_lifetime = 90 * DAY, .login_check = HOUR };
	granted = (struct granted){ 0 };
	add_key();
	store = open_store();
	seal = seal_new(&state);
	grants = grants_new(&settings, store, seal);
	return 0;
}

static inline int grants_finish(void **unused)
{
	granted_free(&granted);
	grants_free(grants);
	seal_free(seal);
	store_close(store);
	return login_end(unused);
}
#define GRANTS_TEST(function) cmocka_unit_test_setup_teardown(function, grants_begin, grants_finish)

/* ---- a grant and its code ---- */

/* What alice has allowed; `claims` are borrowed. */
static inline struct grant grant_of(const json_t *claims)
{
	return (struct grant){ .client = STR("notes"), .client_name = STR("Notes"), .redirect_uri = STR(BACK), .resource = STR(MCP),
		.scope = STR("mcp:read mcp:write"), .claims = claims, .id_token = claims, .kind = LOGIN_REFRESH_TOKEN, .token = STR(REFRESHED) };
}

static inline enum grants_answer issue_grant(struct grant *grant, int64_t now, struct buf *code)
{
	buf_clear(code);
	return grants_issue(grants, &(struct code){ grant, STR(CHALLENGE) }, now, code);
}

static inline void issue_for(const char *subject, enum login_token kind, int64_t now, struct buf *code)
{
	auto_json *claims = id_claims("{\"nonce\":null,\"groups\":[\"staff\"]}");
	struct grant grant = grant_of(claims);

	(void)json_object_set_new(claims, "sub", json_string(subject));
	grant.kind = (int)kind;
	grant.token = kind == LOGIN_NO_TOKEN ? STR_NONE : grant.token;
	assert_int_equal(issue_grant(&grant, now, code), GRANTS_GOOD);
}

static inline void issue(struct buf *code)
{
	issue_for("alice", LOGIN_REFRESH_TOKEN, NOW, code);
}
#define CODE_BUF BUF(CODE_TEXT_BYTES + 1)

static inline struct token_request redemption(const struct buf *code)
{
	return (struct token_request){ .client = STR("notes"), .code = buf_str(code), .redirect_uri = STR(BACK), .verifier = STR(VERIFIER),
		.resource = STR(MCP), .refreshes = true };
}

static inline enum grants_answer ask_redeem(const struct token_request *request, int64_t now)
{
	enum grants_answer answer;

	granted_free(&granted);
	answer = grants_redeem(grants, request, now, &granted, &description);
	assert_true((answer == GRANTS_GOOD || answer == GRANTS_UNAVAILABLE) == (description == NULL));
	return answer;
}

static inline enum grants_answer redeem_at(const struct buf *code, int64_t now)
{
	struct token_request request = redemption(code);

	return ask_redeem(&request, now);
}

/* The refresh token of a new grant, copied. */
static inline void new_token(struct buf *token)
{
	auto_buf code = CODE_BUF;

	issue(&code);
	assert_int_equal(redeem_at(&code, NOW), GRANTS_GOOD);
	buf_clear(token);
	buf_add(token, buf_str(&granted.refresh_token));
}
#define TOKEN_BUF BUF(REFRESH_TOKEN_BYTES)

/* ---- renewal ---- */

static inline struct token_request renewal_of(struct str token)
{
	return (struct token_request){ .client = STR("notes"), .refresh_token = token };
}

static inline enum grants_answer ask_renew(const struct token_request *request, int64_t now)
{
	int before = log_capture();
	enum grants_answer answer;

	granted_free(&granted);
	answer = grants_renew(grants, request, login, now, clock_ms() + 20000, &granted, &description);
	log_release(before);
	return answer;
}

/* With the token in the buffer, in which the next one is then. */
static inline enum grants_answer renew_at(struct buf *token, int64_t now)
{
	struct token_request request = renewal_of(buf_str(token));
	enum grants_answer answer = ask_renew(&request, now);

	if (answer == GRANTS_GOOD) {
		assert_int_not_equal(granted.refresh_token.n, 0);
		buf_clear(token);
		buf_add(token, buf_str(&granted.refresh_token));
	}
	return answer;
}

/* ---- what is left of a grant ---- */

static inline void keep_id(char id[GRANT_ID_BYTES])
{
	assert_true(granted.grant.id.n == 22);
	(void)snprintf(id, GRANT_ID_BYTES, "%.*s", STR_ARGS(granted.grant.id));
}

static inline enum grants_answer find_grant(const char *id, int64_t now, struct store_entry *entry)
{
	granted_free(&granted);
	return grants_find(grants, str_from(id), now, entry, &granted);
}

static inline bool is_there(const char *id, int64_t now)
{
	struct store_entry entry;

	return find_grant(id, now, &entry) == GRANTS_GOOD;
}

/* As auth-check sees it. */
static inline enum outcome judged(const char *id, int64_t now)
{
	struct denials *denials = denials_new(&settings);
	enum outcome outcome;

	denials_look(denials, now);
	outcome = denials_judge(denials, str_from(id), now);
	denials_free(denials);
	return outcome;
}

static inline void assert_ended(const char *id, int64_t now)
{
	assert_false(is_there(id, now));
	assert_int_equal(judged(id, now), OUTCOME_REVOKED);
	assert_int_equal(judged(id, now + 900), OUTCOME_REVOKED);
}

static inline void assert_lives(const char *id, int64_t now)
{
	assert_true(is_there(id, now));
	assert_int_equal(judged(id, now), OUTCOME_ALLOW);
}

/* ---- the store from outside, and other processes ---- */

static inline void run_sql(const char *sql)
{
	char path[128];
	sqlite3 *database;

	(void)snprintf(path, sizeof(path), "%s/" GRANTS_STORE_FILE, folder);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	(void)sqlite3_busy_timeout(database, 5000);
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* The same in PROCESSES processes at once, each with a store of its own: how often each answer came. */
static inline void race(enum grants_answer (*attempt)(void), unsigned results[GRANTS_INVALID_SCOPE + 1])
{
	pid_t process[PROCESSES];
	int begin[2];

	memset(results, 0, sizeof(*results) * (GRANTS_INVALID_SCOPE + 1));
	assert_int_equal(pipe2(begin, O_CLOEXEC), 0);
	grants_free(grants);
	store_close(store);
	for (unsigned i = 0; i < PROCESSES; i++) {
		process[i] = fork();
		if (process[i] == 0) {
			char byte;

			store = open_store();
			grants = grants_new(&settings, store, seal);
			(void)close(begin[1]);
			(void)!read(begin[0], &byte, 1); /* until the other end is closed */
			_exit((int)attempt());
		}
	}
	(void)close(begin[0]);
	(void)close(begin[1]);
	for (unsigned i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(process[i], &status, 0), process[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= GRANTS_INVALID_SCOPE);
		results[WEXITSTATUS(status)]++;
	}
	store = open_store();
	grants = grants_new(&settings, store, seal);
}

#endif
