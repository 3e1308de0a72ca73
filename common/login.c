/* SPDX-License-Identifier: MIT */
#include "login_parts.h"

#include <stdlib.h>

#include "base64url.h"
#include "crypto.h"
#include "form.h"
#include "id_token.h"
#include "jws.h"
#include "log.h"
#include "userinfo.h"

#define FORM_BYTES 65536
#define CODE_BYTES 4096
#define DIGEST_BYTES 64

struct login *login_new(const struct settings *settings, const struct issuer *issuer, struct provider *provider,
	struct inquiry *inquiry, struct table *table, struct turns *turns)
{
	struct login *login = memory_new(sizeof(*login));
	const struct client *client = &issuer->client;

	*login = (struct login){ .settings = settings, .issuer = issuer, .provider = provider, .inquiry = inquiry, .turns = turns };
	login->client = (struct own_client){ .id = client->id, .secret = client->secret, .method = client->secret_method };
	if (!client->assertion_for_endpoint)
		login->client.audience = issuer->identifier;
	if (client->key.n != 0) {
		login->client.method = CLIENT_AUTH_PRIVATE_KEY;
		login->client.signer = signer_new(client->key);
	}
	login->breaker = breaker_of(table, issuer->identifier);
	return login;
}

void login_free(struct login *login)
{
	if (login == NULL)
		return;
	own_client_free(&login->client);
	free(login);
}

static void forget_claims(struct login_identity *identity)
{
	json_decref(identity->claims);
	json_decref(identity->id_token);
	identity->claims = identity->id_token = NULL;
}

void login_identity_free(struct login_identity *identity)
{
	forget_claims(identity);
	buf_wipe(&identity->token);
	*identity = (struct login_identity){ 0 };
}

static enum login_outcome unusable(const struct login *login, const char *why)
{
	log_event(LOG_ERROR, "login_failed", "%.*s: %s", STR_ARGS(login->issuer->identifier), why);
	return LOGIN_UNUSABLE;
}

/* ---- The ID token ---- */

/* OIDC Core 3.1.3.6: the left half of a digest of the size that the token's own algorithm has; for EdDSA that of Ed25519. */
static bool hash_access_token(const struct jws *jws, struct str token, struct buf *hash)
{
	auto_buf digest = BUF(DIGEST_BYTES);

	if (!crypto_digest(jws->algorithm->digest != NULL ? jws->algorithm->digest : "SHA512", token, &digest))
		return false;
	base64url_encode(str_first(buf_str(&digest), digest.n / 2), hash);
	return !hash->failed;
}

/* The signature holds, by a key of the provider's. An access token may be signed as well, so it must not call itself one. */
static enum login_outcome verify(struct login *login, const struct jws *jws, int64_t now)
{
	const struct jwk_set *keys;

	if (jws_check_type(jws, false) != OUTCOME_ALLOW || jws_check_type(jws, true) == OUTCOME_ALLOW)
		return unusable(login, "the ID token is of another type (typ)");
	switch (provider_keys(login->provider, jws->kid, now, &keys)) {
	case PROVIDER_READY:
		return jws_verify(jws, keys) == OUTCOME_ALLOW
			? LOGIN_GOOD
			: unusable(login, "the signature of the ID token does not hold with the provider's keys");
	case PROVIDER_NO_SUCH_KEY:
		return unusable(login, "the ID token is signed with a key that the provider does not publish");
	case PROVIDER_UNAVAILABLE:
		break;
	}
	return LOGIN_UNAVAILABLE;
}

static enum login_outcome judge_id_token(struct login *login, const struct token_answer *answer, struct str nonce,
	const json_t *before, int64_t now, json_t **claims)
{
	__attribute__((cleanup(jws_free))) struct jws jws = { 0 };
	struct id_token_expected expected = { login->issuer, login->client.id, nonce, STR_NONE, before };
	auto_buf hash = BUF(2 * DIGEST_BYTES);
	enum login_outcome outcome;
	const char *fault;

	if (jws_parse(answer->id_token, login->issuer->algorithms, &jws) != OUTCOME_ALLOW)
		return unusable(login, "the ID token is no signed token, or not signed in a way that we accept (alg)");
	if ((outcome = verify(login, &jws, now)) != LOGIN_GOOD)
		return outcome;

	auto_json *found = jws_claims(&jws);
	if (found == NULL || !hash_access_token(&jws, answer->access_token, &hash))
		return unusable(login, "the ID token has no claims");
	expected.access_token = buf_str(&hash);
	fault = id_token_fault(found, &expected, now);
	if (fault != NULL) {
		log_event(
			LOG_ERROR, "login_failed", "%.*s: the ID token is refused: %s", STR_ARGS(login->issuer->identifier), fault);
		return LOGIN_UNUSABLE;
	}
	*claims = json_incref(found);
	return LOGIN_GOOD;
}

/* ---- Who it is ---- */

static enum login_outcome outcome_of(const struct login *login, enum outcome outcome, bool again)
{
	switch (outcome) {
	case OUTCOME_ALLOW:
		return LOGIN_GOOD;
	case OUTCOME_UNAVAILABLE:
		return LOGIN_UNAVAILABLE;
	case OUTCOME_INACTIVE:
		return again ? LOGIN_REFUSED : unusable(login, "the provider does not take the access token that it gave");
	default:
		return unusable(login, "userinfo is about somebody else");
	}
}

/* Without an ID token: as about a token of an MCP client. */
static enum login_outcome ask_who(struct login *login, struct str token, bool again, int64_t now, int64_t deadline, json_t **claims)
{
	if (!inquiry_is_set_up(login->issuer))
		return unusable(login,
			"without the scope openid, somebody must be asked who it is: say introspection_endpoint, "
			"tokeninfo_endpoint or userinfo_endpoint");
	return outcome_of(login, inquiry_claims(login->inquiry, token, now, deadline, claims), again);
}

/* Whom we ask is asked about this person. */
static json_t *subject_of(const json_t *id_token)
{
	json_t *claims = json_object();

	(void)json_object_set(claims, "sub", json_object_get(id_token, "sub"));
	return claims;
}

/*
 * The claims of the answer: of its ID token, else of those whom we ask. A refreshed answer may lack the ID token (OIDC Core 12.2):
 * then the last one still counts, for what userinfo does not say (add_old).
 */
static enum login_outcome find_claims(struct login *login, const struct token_answer *answer, bool openid, struct str nonce,
	const struct login_identity *before, int64_t now, int64_t deadline, struct login_identity *found)
{
	enum login_outcome outcome = LOGIN_GOOD;

	if (!openid)
		return ask_who(login, answer->access_token, before != NULL, now, deadline, &found->claims);
	if (answer->id_token.n != 0)
		outcome = judge_id_token(login, answer, nonce, before != NULL ? before->id_token : NULL, now, &found->id_token);
	else if (before != NULL)
		found->id_token = json_incref(before->id_token);
	else
		outcome = unusable(login, "the provider gave no ID token, though the scope is openid");
	found->claims = answer->id_token.n != 0 ? json_copy(found->id_token) : subject_of(found->id_token);
	return outcome;
}

/* Groups that userinfo tells now count, not those of the last login. */
static enum login_outcome add_old(const struct login *login, struct login_identity *found)
{
	if (found->id_token == NULL || claims_add_missing(found->claims, found->id_token))
		return LOGIN_GOOD;
	return unusable(login, "there is no memory for its claims");
}

static bool is_same_person(const struct login *login, const json_t *claims, const json_t *before)
{
	struct claims now, then;

	return claims_identify(claims, login->issuer, &now) == OUTCOME_ALLOW &&
		(before == NULL ||
			(claims_identify(before, login->issuer, &then) == OUTCOME_ALLOW &&
				str_eq(now.principal.subject, then.principal.subject)));
}

/* Whom the tokens of the answer speak for; `before`: refreshed. The claims of *found are new with LOGIN_GOOD, else there are none.
 */
static enum login_outcome identify(struct login *login, const struct token_answer *answer, bool openid, struct str nonce,
	const struct login_identity *before, int64_t now, int64_t deadline, struct login_identity *found)
{
	bool proven = openid || inquiry_proves_audience(login->issuer), again = before != NULL;
	enum login_outcome outcome = find_claims(login, answer, openid, nonce, before, now, deadline, found);

	if (outcome == LOGIN_GOOD)
		outcome = outcome_of(
			login, inquiry_more(login->inquiry, answer->access_token, proven, now, deadline, found->claims), again);
	if (outcome == LOGIN_GOOD)
		outcome = add_old(login, found);
	if (outcome == LOGIN_GOOD && !is_same_person(login, found->claims, before != NULL ? before->claims : NULL))
		outcome = unusable(login,
			again ? "the provider speaks of somebody else than before, or of nobody"
			      : "the provider does not say who it is: look at subject_claim");
	if (outcome != LOGIN_GOOD)
		forget_claims(found);
	return outcome;
}

/* ---- What the caller asks for ---- */

/* What there is to ask with later: best a refresh token; the access token where the provider can be asked about it. */
static void keep_token(const struct token_answer *answer, bool openid, struct login_identity *identity)
{
	identity->token = BUF(TOKEN_ANSWER_TOKEN_BYTES);
	identity->kind = answer->refresh_token.n != 0 ? LOGIN_REFRESH_TOKEN : openid ? LOGIN_NO_TOKEN : LOGIN_ACCESS_TOKEN;
	if (identity->kind != LOGIN_NO_TOKEN)
		buf_add(&identity->token, identity->kind == LOGIN_REFRESH_TOKEN ? answer->refresh_token : answer->access_token);
}

/* RFC 9207 2.4, and RFC 6749 4.1.2: either a code or an error. */
static enum login_outcome judge_callback(struct login *login, const struct login_callback *callback, int64_t now)
{
	const json_t *document;

	if (callback->iss.n != 0 && !str_eq(callback->iss, login->issuer->identifier))
		return LOGIN_FOREIGN;
	if (provider_document(login->provider, now, &document) != PROVIDER_READY)
		return LOGIN_UNAVAILABLE;
	if (callback->iss.n == 0 && json_is_true(json_object_get(document, "authorization_response_iss_parameter_supported")))
		return LOGIN_FOREIGN;
	return (callback->code.n != 0) != (callback->error.n != 0) && callback->code.n <= CODE_BYTES ? LOGIN_GOOD : LOGIN_FOREIGN;
}

static enum login_outcome refused_there(const struct login *login, struct str error)
{
	const char *name;
	enum login_outcome outcome = login_error(error, false, &name);

	if (outcome != LOGIN_REFUSED)
		log_event(LOG_ERROR, "login_failed", "%.*s: the callback says %s", STR_ARGS(login->issuer->identifier), name);
	return outcome;
}

/* RFC 6749 4.1.3, RFC 7636 4.5. */
static enum login_outcome exchange(
	struct login *login, struct str code, struct str verifier, int64_t now, int64_t deadline, struct token_answer *answer)
{
	auto_secret form = BUF(FORM_BYTES);
	auto_buf redirect = BUF(FORM_BYTES);

	login_redirect_uri(login, &redirect);
	form_add(&form, "grant_type", STR("authorization_code"));
	form_add(&form, "code", code);
	form_add(&form, "redirect_uri", buf_str(&redirect));
	form_add(&form, "code_verifier", verifier);
	if (login->issuer->upstream_resource.n != 0)
		form_add(&form, "resource", login->issuer->upstream_resource);
	return login_ask(login, &form, false, now, deadline, answer);
}

enum login_outcome login_finish(struct login *login, const struct login_request *request, const struct login_callback *callback,
	int64_t now, int64_t deadline, struct login_identity *identity)
{
	__attribute__((cleanup(token_answer_free))) struct token_answer answer = { 0 };
	bool openid = login_asks_openid(request);
	enum login_outcome outcome = judge_callback(login, callback, now);

	*identity = (struct login_identity){ 0 };
	if (outcome == LOGIN_GOOD && callback->error.n != 0)
		outcome = refused_there(login, callback->error);
	else if (outcome == LOGIN_GOOD)
		outcome = exchange(login, callback->code, request->verifier, now, deadline, &answer);
	if (outcome != LOGIN_GOOD ||
		(outcome = identify(login, &answer, openid, request->nonce, NULL, now, deadline, identity)) != LOGIN_GOOD)
		return outcome;
	keep_token(&answer, openid, identity);
	return LOGIN_GOOD;
}

/* RFC 6749 6; the scopes are those of before. */
static enum login_outcome refresh(struct login *login, struct str token, int64_t now, int64_t deadline, struct token_answer *answer)
{
	auto_secret form = BUF(FORM_BYTES);

	form_add(&form, "grant_type", STR("refresh_token"));
	form_add(&form, "refresh_token", token);
	return login_ask(login, &form, true, now, deadline, answer);
}

enum login_outcome login_again(
	struct login *login, const struct login_identity *before, int64_t now, int64_t deadline, struct login_identity *after)
{
	__attribute__((cleanup(token_answer_free))) struct token_answer answer = { 0 };
	struct str token = buf_str(&before->token);
	enum login_outcome outcome = LOGIN_GOOD;
	bool openid = before->id_token != NULL;

	*after = (struct login_identity){ 0 };
	if (before->kind == LOGIN_NO_TOKEN)
		return unusable(login, "the provider gave no refresh token, so it can't be asked again");
	if (before->kind == LOGIN_REFRESH_TOKEN)
		outcome = refresh(login, token, now, deadline, &answer);
	else
		answer.access_token = token;
	if (outcome != LOGIN_GOOD)
		return outcome;
	if (before->kind == LOGIN_REFRESH_TOKEN && answer.refresh_token.n == 0)
		answer.refresh_token = token;
	/* Even if we don't get to know more now: a token that was rotated is good for nothing any longer. */
	keep_token(&answer, openid, after);
	return identify(login, &answer, openid, STR_NONE, before, now, deadline, after);
}
