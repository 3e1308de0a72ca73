/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include "show.h"

/* clang-format off */
/* What mends it. `{resource}`, `{issuer}`, `{client}`, `{aud}`, `{subject}` and `{us}` stand for the values at hand; NULL: nothing does. */
static const struct advice {
	const char *there, *here;
} advices[OUTCOME_COUNT] = {
	[OUTCOME_MALFORMED_CREDENTIAL] = { NULL, "pass the token alone, without Bearer: no blanks, quotes or line ends in it" },
	[OUTCOME_SEVERAL_CREDENTIALS] = { NULL, "pass one token; none has a comma in it" },
	[OUTCOME_TOKEN_TOO_LARGE] = { "leave groups and other long claims out of the access token", NULL },
	[OUTCOME_OPAQUE_TOKEN] = { "let it give out its access tokens as JWTs (RFC 9068); many do once the client asks for {resource}", "`introspection_endpoint discover` with `introspection_client` in the block of its issuer; if it is a key of yours, `api_keys FILE`" },
	[OUTCOME_INACTIVE] = { "get a new token, and look whether `introspection_client` may ask about tokens of other clients", NULL },
	[OUTCOME_UNKNOWN_API_KEY] = { NULL, "add the key's line to the file of `api_keys`; a resource that names its issuers must name `issuer api_keys` too" },
	[OUTCOME_REVOKED] = { "get a new token", "take the line out of the deny list, or `disabled` out of the key's line, if that was a mistake" },
	[OUTCOME_MALFORMED_TOKEN] = { NULL, "look whether the token was cut or changed on its way" },
	[OUTCOME_ENCRYPTED_TOKEN] = { "switch the encryption of access tokens off", "`jwt_check introspection`, if the provider has an introspection endpoint" },
	[OUTCOME_BAD_TYPE] = { "present the access token, not another token of the provider", "`typ compat`, if it is an access token that only lacks at+jwt" },
	[OUTCOME_BAD_ALGORITHM] = { "sign access tokens with a key pair (RS256 or ES256), not with a shared secret", "`algorithms`, if it leaves out what the provider uses" },
	[OUTCOME_CRITICAL_HEADER] = { "switch that extension off", NULL },
	[OUTCOME_UNKNOWN_ISSUER] = { "look whether the token comes from the provider and tenant that are meant", "write `issuer` exactly as the token has it, if that is the provider that you trust" },
	[OUTCOME_UNKNOWN_KEY] = { "look whether the key that signs is published at its jwks_uri, with this kid", "renew `keys_file`, if there is one; keys that are asked for renew themselves within a minute" },
	[OUTCOME_AMBIGUOUS_KEY] = { "let tokens name their key (kid)", "leave the one right key in `keys_file`, if there is one" },
	[OUTCOME_BAD_SIGNATURE] = { "look whether it signs with the key that it publishes under this kid", "get a fresh token: this one was changed, or made by somebody else" },
	[OUTCOME_BAD_CLAIMS] = { "let the access token carry these claims in the form of RFC 9068", "`subject_claim`, if the provider says in another claim who it is" },
	[OUTCOME_WRONG_AUDIENCE] = { "map the resource as audience: tokens for this server must have aud {resource}", "`audience {aud}`, if nobody else accepts such tokens; for tokens without aud, `audience_clients {client}`" },
	[OUTCOME_EXPIRED] = { "get a new token; clients refresh by themselves", "if it is new, look at the clocks of both machines" },
	[OUTCOME_NOT_YET_VALID] = { "look at its clock", "look at the clock of this machine; `skew` (up to 120s) allows for small differences" },
	[OUTCOME_LIFETIME_TOO_LONG] = { "give out access tokens that live shorter", "`max_lifetime` in the block of {issuer}" },
	[OUTCOME_ID_TOKEN] = { "let the client send access_token, not id_token, of the provider's answer", "`nonce_marks_id_token off`, if it is an access token and nonce the only mark" },
	[OUTCOME_OTHER_TOKEN] = { "let the client send access_token of the provider's answer", NULL },
	[OUTCOME_BOUND_TOKEN] = { "switch DPoP or certificate-bound tokens off for this client", NULL },
	[OUTCOME_CLIENT_CONFLICT] = { "let them name the same client", "`client_claim` with the one that counts" },
	[OUTCOME_NOT_ALLOWED] = { "put the person into a group that is allowed", "another `allow` rule, such as `allow subject {subject} from {issuer}`" },
	[OUTCOME_DENIED] = { NULL, "take the person or client off the deny list or out of the `deny` rules" },
	[OUTCOME_UNMAPPED_USER] = { NULL, "the line `subject {subject} from {issuer} is NAME` in the user map, or `unmapped_users claim`" },
	[OUTCOME_EMAIL_UNVERIFIED] = { "verify the address, and put email_verified true into the token", "`trust_email on`, if nobody can choose an address there" },
	[OUTCOME_GROUPS_UNKNOWN] = { "list fewer groups in the token: only those assigned to this application", "rules by subject, email or client" },
	[OUTCOME_INSUFFICIENT_SCOPE] = { "let the client ask for the missing scopes, and the provider grant them to it", "`require_scopes`, if the resource does not need them" },
	[OUTCOME_UNAVAILABLE] = { NULL, "`gatehouse check` looks at the way to the provider" },
};

/* The same of tokens of our own authorization server, where the provider has no part in it: `there` is at the client. */
#define NEVER_OURS { "renew the token, or log in again: we make none that look like this", NULL }
static const struct advice own_advices[OUTCOME_COUNT] = {
	[OUTCOME_REVOKED] = { "log in again", "take the line out of the deny list, if that was a mistake; a token whose grant has ended (`gatehouse grants`) stays void" },
	[OUTCOME_BAD_TYPE] = NEVER_OURS,
	[OUTCOME_BAD_ALGORITHM] = NEVER_OURS,
	[OUTCOME_CRITICAL_HEADER] = NEVER_OURS,
	[OUTCOME_UNKNOWN_ISSUER] = { NULL, "`issuer {us}` in the block of the resource, which names others" },
	[OUTCOME_UNKNOWN_KEY] = { "renew the token, or log in again", "look whether all machines under one name have the same keys (`gatehouse keys`); tokens of a key that was replaced stay void" },
	[OUTCOME_AMBIGUOUS_KEY] = NEVER_OURS,
	[OUTCOME_BAD_SIGNATURE] = { "renew the token, or log in again: this one was changed, or made by somebody else", NULL },
	[OUTCOME_BAD_CLAIMS] = NEVER_OURS,
	[OUTCOME_WRONG_AUDIENCE] = { "ask for a token for {resource}; if this one is, renew it: it is older than the `audience` of now", NULL },
	[OUTCOME_EXPIRED] = { "renew the token; clients do so by themselves", "if it is new, look at the clocks of our machines" },
	[OUTCOME_NOT_YET_VALID] = { NULL, "look at the clocks of our machines; `skew` (up to 120s) allows for small differences" },
	[OUTCOME_LIFETIME_TOO_LONG] = { "renew the token: it is older than the `access_token_lifetime` of now", NULL },
	[OUTCOME_ID_TOKEN] = NEVER_OURS,
	[OUTCOME_OTHER_TOKEN] = NEVER_OURS,
	[OUTCOME_BOUND_TOKEN] = NEVER_OURS,
	[OUTCOME_CLIENT_CONFLICT] = NEVER_OURS,
	[OUTCOME_INSUFFICIENT_SCOPE] = { "log in again and ask for the missing scopes", "`require_scopes`, if the resource does not need them" },
	[OUTCOME_UNAVAILABLE] = { NULL, "`gatehouse check` looks at the store, which has to say whether its grant has ended" },
};

/* Where ours are accepted, a token of somebody else is mostly the provider's, or ours from before `public_issuer` changed. */
static const struct advice use_ours = { "log in again, at {us}: the provider's own tokens, and those of an earlier `public_issuer`, are no good here", NULL };
/* clang-format on */

static void fill_in(const struct refused *refused, struct str name, struct buf *text)
{
	const struct principal *principal = refused->principal;
	struct str client = json_text(refused->claims, "client_id");
	struct str audience = json_text(refused->claims, "aud");

	if (client.n == 0)
		client = json_text(refused->claims, "azp");
	if (str_is(name, "resource"))
		buf_add(text, refused->resource->identifier);
	else if (str_is(name, "issuer"))
		buf_add(text, refused->issuer != NULL ? refused->issuer->identifier : STR("ISSUER"));
	else if (str_is(name, "us"))
		buf_add(text, refused->settings->public_issuer);
	else if (str_is(name, "subject") && principal != NULL)
		add_quoted(principal->subject, text);
	else if (str_is(name, "aud") && audience.n != 0)
		add_quoted(audience, text);
	else if (str_is(name, "client") && client.n != 0)
		add_quoted(client, text);
	else
		buf_add_text(text, "VALUE");
}

static void add_line(const struct refused *refused, const char *where, const char *what, struct buf *text)
{
	struct str rest = str_from(what), piece;

	if (what == NULL)
		return;
	buf_print(text, "\n%s: ", where);
	for (bool is_name = false; str_cut(&rest, is_name ? '}' : '{', &piece); is_name = !is_name) {
		if (is_name)
			fill_in(refused, piece, text);
		else
			buf_add(text, piece);
	}
}

/* NULL: the provider has a part in it. */
static const struct advice *advice_of_ours(enum outcome outcome, const struct refused *refused)
{
	const struct issuer *own = refused->settings->broker.own;

	if (own != NULL && refused->issuer == own)
		return own_advices[outcome].there != NULL || own_advices[outcome].here != NULL ? &own_advices[outcome] : NULL;
	return outcome == OUTCOME_UNKNOWN_ISSUER && own != NULL && settings_accepts(refused->resource, own) ? &use_ours : NULL;
}

void advise(enum outcome outcome, const struct refused *refused, struct buf *text)
{
	const struct advice *advice = advice_of_ours(outcome, refused);

	tell_finding(outcome, refused, text);
	add_line(refused, advice != NULL ? "at the client" : "at the provider",
		(advice != NULL ? advice : &advices[outcome])->there, text);
	add_line(refused, "here", (advice != NULL ? advice : &advices[outcome])->here, text);
}
