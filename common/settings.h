/* SPDX-License-Identifier: MIT */
/*
 * The settings: one file of directives and blocks, environment variables above it, and the variables of the
 * mcp-oauth-proxy for those who come from it. Read once, checked as a whole, const from then on.
 *
 * Grammar: file = *line; a directive is words up to a newline, ";" or a block "{ ... }". Words are bare or in "..." or
 * '...' (escapes \" and \\ only in double quotes); "#" at the start of a word begins a comment. UTF-8 without NUL or other
 * control bytes, at most 64 KiB.
 *
 * Strict: what is unknown, double or contradictory is an error that names file, line, column, what was found and what
 * was expected. Nothing dangerous is reached by leaving a line out: the zero value of every field denies.
 */
#ifndef GATEHOUSE_SETTINGS_H
#define GATEHOUSE_SETTINGS_H

#include "address.h"
#include "preset.h"
#include "str.h"
#include "url.h"

enum authorization_server { SERVER_DIRECT, SERVER_AUGMENT, SERVER_FACADE, SERVER_BROKER };

/* Does the provider send `iss` in its redirects (RFC 9207)? The operator's word; mandatory for facade. */
enum provider_iss { ISS_UNSAID, ISS_NONE, ISS_SUPPRESSED, ISS_SENT };

/* Which front server asks; lets the check refuse rules that this one can't serve. FRONT_UNSAID accepts all. */
enum front { FRONT_UNSAID, FRONT_NGINX_INSPECT, FRONT_NGINX, FRONT_CADDY, FRONT_LIGHTTPD, FRONT_APACHE };

enum error_body { ERROR_BODY_OAUTH, ERROR_BODY_JSONRPC };

enum client_auth { CLIENT_AUTH_NONE, CLIENT_AUTH_POST, CLIENT_AUTH_BASIC, CLIENT_AUTH_PRIVATE_KEY };

#define DISCOVER "discover" /* as an endpoint: where the provider's document says */

enum tokeninfo_form { TOKENINFO_FORM, TOKENINFO_GITHUB };

/* At most `count` in `seconds`, all of them at once if need be. count 0 = no limit ("off"). */
struct rate {
	uint32_t count;
	uint32_t seconds;
};

/* Algorithms as a set of bits, by the index of the row in jws.h's table; 0 = all of them. */
typedef uint32_t algorithm_set;

/* No redirect URI is longer. */
#define REDIRECT_URI_BYTES 2048

/*
 * A client's registration at the provider, as client-registration hands it out (RFC 7591), or as we use it ourselves when we send
 * people there (login.h).
 */
struct client {
	struct str id;                  /* empty: none to hand out */
	struct str secret;              /* empty: public client */
	enum client_auth secret_method; /* how a client that asked for the secret has to send it */
	struct str key;                 /* PEM text of a private key, for our own logins only; empty: the secret counts */
	bool assertion_for_endpoint;    /* else the audience of what the key signs is the issuer (RFC 7523 3) */
	struct str registration_token;  /* initial access token (RFC 7591 3); empty: open */
	struct str endpoint; /* where the provider registers clients, whom it then gives ids of their own: URL or DISCOVER; never
				beside an id; empty: not asked */
	struct str upstream_token;    /* our initial access token there, perhaps after its scheme and a blank; empty: it registers
					 everybody */
	struct words redirect_uri;    /* extra exact URIs; "http://127.0.0.1/x" etc. match any port (RFC 8252 7.3) */
	struct words redirect_preset; /* names known to redirect_uri.h; empty and no redirect_uri = all presets */
	bool any_https;               /* and every https URI (broker) */
	bool refresh;                 /* the provider's client may use refresh_token */
	struct rate rate;             /* registrations per address */
};

/* Where the provider is asked about a token that can't be judged by itself; each URL may be empty: not asked. */
struct inquiries {
	struct str introspection; /* URL or DISCOVER (RFC 7662) */
	struct str tokeninfo;     /* URL */
	enum tokeninfo_form tokeninfo_form;
	struct str userinfo;      /* URL or DISCOVER (OIDC Core 5.3) */
	bool userinfo_unsafe;     /* operator's word that userinfo alone is enough */
	struct str organizations; /* URL; asked only if a rule needs it */
	struct str teams;         /* URL; asked only if a rule needs it */
	int64_t lifetime;         /* seconds for which an answer may be remembered */
	/* Our own client there. */
	struct str client;
	struct str secret;
	struct str key; /* PEM text of the private key */
	enum client_auth method;
	bool assertion_for_endpoint; /* else the assertion's audience is the issuer (RFC 7523 3) */
};

/* Whoever asks us for `scope` makes us ask the provider for those. */
struct scope_mapping {
	struct str scope;
	struct words asked;
};

struct issuer {
	struct str identifier; /* exactly as the provider's document and the tokens have it */
	struct url url;
	const struct preset *preset;  /* never NULL */
	struct words audience;        /* accepted `aud` values; empty: the resource itself */
	struct str provider_metadata; /* URL of the provider's document; empty: derived from the identifier */
	struct str keys_file;         /* JWK set in a file instead of the provider's jwks_uri; empty: none */
	enum provider_iss iss;
	bool provider_pkce_s256; /* operator's word that the provider does S256 although its document doesn't say so */
	bool typ_strict;         /* only `at+jwt` (RFC 9068 4); else also JWT or no typ */
	bool nonce_marks_id_token;
	bool trust_email;              /* e-mail rules match without `email_verified` */
	bool text_values;              /* truth, and times in answers, come as text */
	bool single_audience;          /* refuse tokens with more than one `aud` */
	struct words audience_clients; /* whose tokens may lack `aud`; empty: nobody's */
	/* Dotted paths of claims. */
	struct str subject_claim;
	struct str client_claim; /* empty: the usual ones, which may not differ */
	struct str user_claim;   /* for Remote-User */
	struct str groups_claim;
	struct str organizations_claim;
	struct str grant_claim;
	struct str scope_claim; /* empty: scope, then scp */
	char groups_separator;  /* '\0': one text is one group */
	bool introspects_jwt;   /* JWTs of this issuer are asked about, too */
	struct inquiries ask;
	/* Our own logins there (broker). */
	struct words login_scopes;     /* what every login asks for, in the provider's words */
	struct scope_mapping *mapping; /* what it asks for besides */
	size_t n_mappings;
	struct str upstream_resource; /* `resource` of our own logins (RFC 8707 2); empty: none, which some providers insist on */
	bool own;                     /* ourselves (broker): the keys are those of keyring.h */
	algorithm_set algorithms;
	int64_t skew;         /* seconds */
	int64_t max_lifetime; /* seconds of exp - iat; 0 = off */
	struct client client;
	struct str where; /* file:line:column, for messages */
};

enum rule_kind {
	RULE_ANY,
	RULE_SUBJECT,
	RULE_EMAIL,
	RULE_DOMAIN,
	RULE_GROUP,
	RULE_CLIENT,
	RULE_ORGANIZATION,
	RULE_TEAM,
	RULE_HOSTED_DOMAIN
};

struct rule {
	enum rule_kind kind;
	struct str value;            /* e-mail and domain in lower case; domain without "@" */
	const struct issuer *issuer; /* only this issuer's principals; NULL: every accepted one */
};

struct rules {
	struct rule *rule;
	size_t n;
};

enum operation_kind { OPERATION_METHOD, OPERATION_TOOL, OPERATION_PROMPT, OPERATION_RESOURCE };

/* A condition in CEL, as it is written. */
struct condition {
	struct str text;  /* empty: none */
	struct str where; /* file:line:column, for messages */
	size_t number;    /* among all of these settings */
};

/* What somebody needs for a tool, a prompt, an MCP resource or a method. */
struct operation_rule {
	enum operation_kind kind;
	struct words pattern; /* names; "*" stands for any text */
	struct words scopes;
	struct rules allow; /* empty: whoever may use the resource */
	struct rules deny;
	struct condition when;
	struct str where;
};

/* Who has `scope` has those too; what they include in turn is listed with them. */
struct implication {
	struct str scope;
	struct words implied;
};

/* Requests that don't tell what they call. */
enum legacy { LEGACY_DENY, LEGACY_COARSE, LEGACY_ALLOW };

/* All scopes that the settings name for one resource, with blanks between: they must fit into one challenge. */
#define CHALLENGE_SCOPES_BYTES 4096

struct resource {
	struct str identifier; /* exactly what users type (RFC 9728 2) */
	struct url url;
	struct words also_path;       /* more paths of this host that belong to it */
	const struct issuer **issuer; /* accepted issuers, in the order of the file; never empty */
	size_t n_issuers;
	bool api_keys;         /* our own keys are accepted */
	struct words audience; /* overrides the issuers' audiences when not empty */
	struct words require_scopes;
	struct words publish_scopes; /* default: require_scopes; never offline_access */
	struct rules allow;          /* never empty */
	struct rules deny;
	struct operation_rule *operation;
	size_t n_operations;
	struct words operation_scopes; /* of all of them */
	struct condition *condition;   /* `rule`: one that is true is enough */
	size_t n_conditions;
	struct implication *implication;
	size_t n_implications;
	bool upstream_checks_headers; /* the MCP server refuses Mcp- headers that differ from the body */
	bool sees_facts;              /* a condition looks at what its principals are */
	enum legacy legacy;
	struct rate rate;          /* per principal */
	struct rate resource_rate; /* of all together */
	struct words allow_origin; /* exact origins, or the one word "*" */
	bool slash_alias;          /* also answers for the identifier with "/" appended */
	enum error_body error_body;
	bool challenge_granted;        /* the 403 challenge repeats known scopes that the token already has */
	bool assertion;                /* every yes carries a signed statement of who it is */
	struct str assertion_audience; /* its `aud`; never empty */
	bool bind_sessions;            /* an Mcp-Session-Id belongs to the principal who used it first */
	struct str name, documentation, policy_uri, tos_uri;
	struct str where;
};

/* The word that stands for our own keys where an issuer is named, and what their principals have as issuer. */
#define API_KEYS "api_keys"

/* A file of API keys and how they start. */
struct key_file {
	struct str prefix;
	struct str path;
};

/* Whose opaque tokens start like this. */
struct token_prefix {
	struct str prefix;
	const struct issuer *issuer;
};

/* A client of our own authorization server that the operator has set up. */
struct static_client {
	struct str id;
	struct str name;           /* for people; may be empty */
	struct str secret;         /* empty: a public client */
	struct words redirect_uri; /* as those of struct client; never empty */
	struct str where;
};

/* In the state directory: the public keys of those with which we sign (keyring.h). */
#define OWN_KEYS_FILE "assertion-keys.json"

/* What a scope means, for people. */
struct scope_meaning {
	struct str scope;
	struct str words; /* the end of "It will be able to ..." */
};

/* Our own authorization server. Times in seconds. */
struct broker {
	const struct issuer *login; /* where people log in; NULL: there is no broker */
	const struct issuer *own;   /* ourselves, as resources accept us */
	struct str redis; /* HOST, HOST:PORT, [IPV6]:PORT or the /PATH of a socket; empty: SQLite in the state directory */
	struct str redis_password, redis_prefix; /* may be empty */
	struct words documents; /* hosts whose clients may name a document as their id, or the one word "any"; empty: off */
	struct network *document_network; /* addresses of ours where such documents may be all the same; only in development */
	size_t n_document_networks;
	uint16_t *document_port;
	size_t n_document_ports;
	struct client registration; /* what clients may register; has neither the id nor a secret of ours */
	struct static_client *client;
	size_t n_clients;
	int64_t access_token_lifetime;
	int64_t refresh_idle;     /* a grant ends when nobody used it for so long */
	int64_t refresh_lifetime; /* and so long after the login in any case */
	int64_t login_check;      /* from one question to the provider, whether the login still holds, to the next */
	struct str site_name;     /* of ours, for people; never empty */
	struct scope_meaning *meaning;
	size_t n_meanings;
};

enum audit_format { AUDIT_AS_LOG, AUDIT_JSON, AUDIT_TEXT };

struct settings {
	struct issuer *issuer;
	size_t n_issuers;
	struct resource *resource;
	size_t n_resources;
	size_t n_conditions;          /* of all resources */
	struct issuer api_key_issuer; /* not among the others: it is never published */
	struct key_file *key_file;
	size_t n_key_files;
	struct token_prefix *prefix;
	size_t n_prefixes;
	const struct issuer *opaque; /* whose tokens those are that no prefix tells; NULL: nobody's */
	bool api_key_header;
	enum authorization_server server;
	struct broker broker;
	struct str public_issuer; /* facade and broker: the issuer that we publish; else empty */
	struct url public_issuer_url;
	bool direct_redirect;   /* direct: 308 from our well-known place to the provider's document */
	struct words as_scopes; /* replaces scopes_supported in the published document; empty: as the provider has it */
	struct str state_directory;
	struct str ca_file;
	struct str outbound_proxy;
	bool dev; /* development: http and loopback are fine, nothing else is */
	enum front front;
	struct str log_format; /* "text" or "json" */
	struct str log_level;  /* "error" "warning" "info" "debug" */
	struct str audit_log;  /* path, or empty: standard error */
	enum audit_format audit_format;
	struct words audit_omit;  /* names of fields */
	struct str deny_list;     /* path, or empty */
	struct str user_map;      /* path, or empty */
	bool unmapped_by_claim;   /* who is not in the user map keeps the name of user_claim; else is refused */
	struct rate address_rate; /* of those whose credential is not good */
	struct network *trusted_proxy;
	size_t n_trusted_proxies;
	int64_t metadata_max_age; /* seconds that clients may keep our documents */
	int64_t stale_limit;      /* seconds that provider documents and keys serve while the provider is down */
	size_t token_memory;      /* bytes in which a process remembers whom it has verified */
	struct str file;          /* path of the file that was read, empty if there was none */
	void *memory;             /* owns all text */
};

/*
 * Reads `path` (NULL: $GATEHOUSE_CONFIG, else /etc/gatehouse/gatehouse.conf if it exists, else the environment alone), the
 * environment `environment` (like environ) and the secret files. new, or NULL with one or more complete messages for
 * people, a line each, in `errors`. What was accepted but should be known (changed meaning of a variable, a risky
 * setting) is told in `notes`, a line each.
 */
struct settings *settings_read(const char *path, char *const environment[], struct buf *errors, struct buf *notes) MUST_USE;
/*
 * The same, and `become` is told the state directory before the first secret is read: whoever looks after the programs as root
 * becomes their user there, and is let in where they are.
 */
struct settings *settings_read_as(const char *path, char *const environment[], struct buf *errors, struct buf *notes,
	void (*become)(const char *state_directory)) MUST_USE;
void settings_free(struct settings *settings);

/* Is `audience` one that a token of `issuer` may carry for `resource` (AUD rules: exact; a bare origin also with "/")? */
bool settings_audience_ok(const struct resource *resource, const struct issuer *issuer, struct str audience) MUST_USE;

/* As whose the rules know people who log in there: of a broker's provider they are ours. borrowed */
const struct issuer *settings_spoken_of(const struct settings *settings, const struct issuer *issuer) MUST_USE;

/*
 * The name under which people go whom somebody calls by an issuer's name, in a list or a rule: those of a broker's provider are
 * ours. Without settings (NULL) it stays as it is. borrowed
 */
struct str settings_people_of(const struct settings *settings, struct str identifier) MUST_USE;

/* Does the resource take tokens of that issuer? */
bool settings_accepts(const struct resource *resource, const struct issuer *issuer) MUST_USE;
/* The issuer of that name whose tokens it takes; NULL: none. */
const struct issuer *settings_accepted_issuer(const struct resource *resource, struct str identifier) MUST_USE;

/* May a client ask for that scope: does the resource speak of it, or is it offline_access? Nobody could make use of another. */
bool settings_knows_scope(const struct resource *resource, struct str scope) MUST_USE;

/* Is it a method that a client needs to speak at all? Those are for everybody who is let in, unless a rule denies them (PO-06). */
bool settings_method_is_basic(struct str method) MUST_USE;

/* A time from now as the settings write it, such as 90d. */
bool settings_duration(struct str text, int64_t *seconds) MUST_USE;

/* Is it one of theirs, or that of API keys? Any name, while there are no settings (NULL). */
bool settings_knows_issuer(const struct settings *settings, struct str identifier) MUST_USE;

/* One row per directive: the parser, the list in README and the man page come from it. */
struct directive {
	const char *name;
	const char *where;         /* of "top", "issuer", "resource", parted by blanks */
	const char *arguments;     /* "on|off", "URL", "WORD...", "N/s|min|h|day|off" ... */
	const char *default_value; /* as text for people; "" = none */
	const char *environment;   /* variable that wins over the file; NULL for lists and blocks */
	const char *help;
};
extern const struct directive directives[]; /* ended by a row whose name is NULL */

/* The variables of the mcp-oauth-proxy and what becomes of each; ended by a row whose name is NULL. */
struct seed_variable {
	const char *name;
	const char *fate; /* "kept", "mended" or "not ours" */
	const char *note; /* what it sets here, what changed, or whose job it is */
};
extern const struct seed_variable seed_variables[];

#endif
