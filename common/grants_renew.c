/* SPDX-License-Identifier: MIT */
/*
 * A refresh token is used: its generation must be the one that counts, which one replacement of the grant's entry raises. When the
 * login has to be looked after, whoever does that says so in the entry first, so that the provider is asked by one at a time.
 */
#include "grants_parts.h"

#include "log.h"

#define SCOPES_MOST 128

/* What is done for one refresh token. */
struct renewal {
	struct grants *grants;
	const struct token_request *request;
	struct login *login;
	int64_t now, deadline;
	struct store_entry entry;
	struct granted *granted;
	const char *description;
	bool outrun; /* somebody else has changed the grant since it was read */
};

static enum grants_answer refuse(struct renewal *renewal, enum grants_answer answer, const char *description)
{
	renewal->description = description;
	return answer;
}

static enum grants_answer end(struct renewal *renewal, const char *description)
{
	if (grants_kill(renewal->grants, renewal->granted->grant.id, renewal->now) != GRANTS_GOOD)
		return GRANTS_UNAVAILABLE;
	return refuse(renewal, GRANTS_INVALID, description);
}

/* ---- judging ---- */

static bool has_scope(struct str scopes, struct str scope)
{
	struct str granted;

	while (str_word(&scopes, &granted)) {
		if (str_eq(granted, scope))
			return true;
	}
	return false;
}

/* RFC 6749 6: no scope that was not granted. */
static bool are_granted(struct str asked, struct str granted)
{
	struct str scope;

	for (size_t n = 0; str_word(&asked, &scope); n++) {
		if (n == SCOPES_MOST || !has_scope(granted, scope))
			return false;
	}
	return true;
}

/* Does somebody ask the provider about it? A lease from the future is none: the clock went back. */
static bool is_busy(const struct grant *grant, int64_t now)
{
	return grant->busy > now && grant->busy <= now + GRANT_BUSY_SECONDS;
}

static enum grants_answer judge(struct renewal *renewal, uint64_t generation)
{
	const struct token_request *request = renewal->request;
	const struct grant *grant = &renewal->granted->grant;

	if (!str_eq(request->client, grant->client) || renewal->now >= grants_until(renewal->grants, grant))
		return refuse(renewal, GRANTS_INVALID, "the refresh token is unknown or over");
	if (!grants_is_of_login(renewal->grants, grant))
		return end(renewal, "the login is over; log in again");
	/* RFC 9700 4.14.2. Another is not only an older one: somebody may have put an old copy of the store back. */
	if (generation != grant->generation)
		return end(renewal, "the refresh token was used before; its grant has ended");
	if (!grants_is_target(renewal->grants, grant, request->resource))
		return refuse(renewal, GRANTS_INVALID_TARGET, "resource is not the one that was granted");
	if (!are_granted(request->scope, grant->scope))
		return refuse(renewal, GRANTS_INVALID_SCOPE, "scope is more than was granted");
	return is_busy(grant, renewal->now) ? GRANTS_UNAVAILABLE : GRANTS_GOOD;
}

/* ---- writing ---- */

/* Gives the grant's entry another content: GRANTS_GOOD for one of all who try it with what they have read. */
static enum grants_answer write_grant(struct renewal *renewal, const struct grant *grant)
{
	if (!granted_take(renewal->granted, grant))
		return GRANTS_UNAVAILABLE;
	switch (grants_replace(renewal->grants, &space_grant, &renewal->entry, renewal->granted->memory, renewal->now)) {
	case STORE_DONE:
		return GRANTS_GOOD;
	case STORE_CONFLICT:
		renewal->outrun = true;
		return GRANTS_UNAVAILABLE;
	case STORE_ABSENT:
		return refuse(renewal, GRANTS_INVALID, "the grant has ended");
	default:
		return GRANTS_UNAVAILABLE;
	}
}

/* ---- the login ---- */

/* Also when it was looked after at a time that is still to come: the clock was wrong then. */
static bool is_due(const struct renewal *renewal)
{
	int64_t since = renewal->now - renewal->granted->grant.checked;

	return since < 0 || since >= renewal->grants->settings->broker.login_check;
}

static enum grants_answer end_unchecked(struct renewal *renewal)
{
	if (!renewal->grants->told_of_no_token)
		log_event(LOG_WARNING, "login_not_checkable",
			"%.*s gave no refresh token, so nobody can tell whether a login still holds, and people have to log in "
			"again after login_check: say login_scopes with offline_access, or what it wants for one",
			STR_ARGS(renewal->grants->settings->broker.login->identifier));
	renewal->grants->told_of_no_token = true;
	return end(renewal, "the login is over; log in again");
}

/* Nobody knows whether the login holds: the grant waits for the next attempt, with the token that the provider now expects. */
static enum grants_answer release(struct renewal *renewal, const struct login_identity *after)
{
	struct grant grant = renewal->granted->grant;

	grant.busy = 0;
	if (after->token.n != 0) {
		grant.kind = (int)after->kind;
		grant.token = buf_str(&after->token);
	}
	(void)!write_grant(renewal, &grant);
	/* It was our lease: there is nothing to try again. */
	renewal->outrun = false;
	return GRANTS_UNAVAILABLE;
}

static enum grants_answer ask_provider(struct renewal *renewal, struct login_identity *after)
{
	json_t *memory = renewal->granted->memory;
	struct grant *grant = &renewal->granted->grant, next;
	auto_secret token = BUF(GRANT_BYTES);
	struct login_identity before = { .claims = json_object_get(memory, "claims"), .kind = (enum login_token)grant->kind };

	before.id_token = grant->id_token == grant->claims ? before.claims : json_object_get(memory, "id_token");
	buf_add(&token, grant->token);
	before.token = token;
	switch (login_again(renewal->login, &before, renewal->now, renewal->deadline, after)) {
	case LOGIN_GOOD:
		break;
	case LOGIN_REFUSED:
		return end(renewal, "the identity provider says that the login is over");
	default:
		return release(renewal, after);
	}
	next = *grant;
	next.claims = after->claims;
	next.id_token = after->id_token;
	next.kind = (int)after->kind;
	next.token = buf_str(&after->token);
	next.checked = renewal->now;
	return granted_take(renewal->granted, &next) ? GRANTS_GOOD : release(renewal, after);
}

/* The lease first: a second question with the same refresh token would look like a theft to the provider. */
static enum grants_answer look_after_login(struct renewal *renewal)
{
	struct grant leased = renewal->granted->grant;
	struct login_identity after = { 0 };
	enum grants_answer answer;

	if (leased.kind == LOGIN_NO_TOKEN)
		return end_unchecked(renewal);
	leased.busy = renewal->now + GRANT_BUSY_SECONDS;
	answer = write_grant(renewal, &leased);
	if (answer == GRANTS_GOOD)
		answer = ask_provider(renewal, &after);
	login_identity_free(&after);
	return answer;
}

/* ---- all of it ---- */

static enum grants_answer renew(struct renewal *renewal, const struct refresh_token *token)
{
	struct grants *grants = renewal->grants;
	struct granted *granted = renewal->granted;
	enum grants_answer answer = grants_find(grants, str_from(token->id), renewal->now, &renewal->entry, granted);
	struct grant next;

	if (answer == GRANTS_INVALID)
		return refuse(renewal, GRANTS_INVALID, "the refresh token is unknown or over");
	if (answer == GRANTS_GOOD)
		answer = judge(renewal, token->generation);
	if (answer == GRANTS_GOOD && is_due(renewal))
		answer = look_after_login(renewal);
	if (answer != GRANTS_GOOD)
		return answer;
	next = granted->grant;
	next.busy = 0;
	next.used = renewal->now;
	next.generation++;
	renewal->entry.until = grants_kept_until(grants, &next, renewal->now);
	/* The next token is made before the last one stops counting. */
	return grants_write_token(grants, &next, &granted->refresh_token) ? write_grant(renewal, &next) : GRANTS_UNAVAILABLE;
}

enum grants_answer grants_renew(struct grants *grants, const struct token_request *request, struct login *login, int64_t now,
	int64_t deadline, struct granted *granted, const char **description)
{
	struct renewal renewal = {
		.grants = grants, .request = request, .login = login, .now = now, .deadline = deadline, .granted = granted
	};
	struct refresh_token token;
	enum grants_answer answer;

	*granted = (struct granted){ 0 };
	*description = NULL;
	answer = grants_read_token(grants, request->refresh_token, &token);
	if (answer == GRANTS_INVALID)
		*description = "the refresh token is unknown or over";
	if (answer != GRANTS_GOOD)
		return answer;
	answer = renew(&renewal, &token);
	if (renewal.outrun) {
		/* Somebody was faster with the same token: judged by what that one left. */
		granted_free(granted);
		renewal.outrun = false;
		answer = renew(&renewal, &token);
	}
	granted->scope = request->scope.n != 0 ? request->scope : granted->grant.scope;
	*description = renewal.description;
	return answer;
}
