/* SPDX-License-Identifier: MIT */
/*
 * Every directive. The column `arguments` is what the parser demands (settings_value.c knows its
 * words), `default_value` of a directive with one argument is what it reads when nobody says
 * otherwise.
 */
#include "settings.h"

#include <stddef.h>

/* Where the known clients have their documents (redirect_uri.c has their redirect URIs). */
#define KNOWN_DOCUMENT_HOSTS "claude.ai claude.com chatgpt.com vscode.dev"

#define ENVIRONMENT(name) "GATEHOUSE_" name

const struct directive directives[] = {
	/* Whose tokens, for what. */
	{ "issuer", "top resource token_prefix", "URL|api_keys...", "", NULL,
		"an identity provider, exactly as its document and tokens write it; a block may follow. In a resource: the issuers "
		"that it accepts (default: all, with a broker our own issuer alone; the word api_keys stands for our own keys, "
		"which are "
		"among the default). In token_prefix: whose tokens they are" },
	{ "resource", "top resource", "URL|PATTERN...", "", NULL,
		"an MCP endpoint, exactly the URL that users type; a block may follow. In a resource: MCP resources by their URI, "
		"as tool" },
	{ "token_prefix", "top", "PREFIX", "", NULL, "a block says whose tokens start like this: issuer URL, or api_keys FILE" },
	{ "api_keys", "top token_prefix", "FILE", "", ENVIRONMENT("API_KEYS"),
		"the file of the keys that we give out ourselves (gatehouse key); without token_prefix they start with ghk_" },
	{ "api_key_header", "top", "on|off", "off", ENVIRONMENT("API_KEY_HEADER"),
		"take an API key from the header X-API-Key too" },

	/* The whole. */
	{ "authorization_server", "top", "direct|augment|facade|broker", "direct", ENVIRONMENT("AUTHORIZATION_SERVER"),
		"who is the authorization server: the provider itself, the provider with our metadata on its origin, the provider "
		"with our metadata under our name, or we, with the provider for logins alone" },
	{ "public_issuer", "top", "ORIGIN", "", ENVIRONMENT("PUBLIC_ISSUER"),
		"facade and broker: the issuer that we publish, a bare origin" },
	{ "direct_redirect", "top", "on|off", "off", ENVIRONMENT("DIRECT_REDIRECT"),
		"direct: send those who ask us for the metadata to the provider's document" },
	{ "as_scopes", "top", "SCOPE...", "", NULL,
		"the published scopes_supported (default: the provider's; broker: those of all resources)" },
	{ "state_directory", "top", "FILE", "/var/lib/gatehouse", ENVIRONMENT("STATE_DIRECTORY"),
		"the directory, mode 0700, that all programs share" },
	{ "ca_file", "top", "FILE", "", ENVIRONMENT("CA_FILE"), "certificates of a private authority to trust for the provider" },
	{ "outbound_proxy", "top", "PROXY", "", ENVIRONMENT("OUTBOUND_PROXY"), "an HTTP proxy for the way to the provider" },
	{ "dev", "top", "on|off", "off", ENVIRONMENT("DEV"), "development: http is fine, and nothing but loopback is" },
	{ "front", "top", "nginx-inspect|nginx|caddy|lighttpd|apache", "", ENVIRONMENT("FRONT"),
		"the front server, so that rules which it can't serve are refused" },
	{ "log_format", "top", "json|text", "text", ENVIRONMENT("LOG_FORMAT"), "lines for machines or for people" },
	{ "log_level", "top", "error|warning|info|debug", "info", ENVIRONMENT("LOG_LEVEL"),
		"the least grave event that is logged" },
	{ "audit_log", "top", "stderr|FILE", "stderr", ENVIRONMENT("AUDIT_LOG"), "where the line of each decision goes" },
	{ "audit_format", "top", "json|text", "", ENVIRONMENT("AUDIT_FORMAT"), "its form (default: that of log_format)" },
	{ "audit_omit", "top", "issuer|subject|user|client|address|token|path|mcp_name|origin|request_id...", "", NULL,
		"what the line shall not hold" },
	{ "metadata_max_age", "top", "DURATION<=1h", "5m", ENVIRONMENT("METADATA_MAX_AGE"),
		"how long clients may keep our documents" },
	{ "stale_limit", "top", "DURATION<=30d", "24h", ENVIRONMENT("STALE_LIMIT"),
		"how long the provider's documents and keys serve while it can't be reached" },

	{ "token_memory", "top", "small|large", "", ENVIRONMENT("TOKEN_MEMORY"),
		"how many verified tokens each process of auth-check remembers: several hundred in 320 KiB, or ten thousand in 8 "
		"MiB "
		"(default: small; large where a provider is asked about tokens)" },

	/* The provider and its tokens. */
	{ "preset", "top issuer",
		"generic|authentik|authelia|keycloak|auth0|okta|entra|google|cognito|logto|zitadel|github|lemonldap|glewlwyd",
		"generic", ENVIRONMENT("PRESET"), "known facts and faults of the provider" },
	{ "audience", "top issuer resource", "AUDIENCE...", "", NULL, "accepted aud values (default: the resource itself)" },
	{ "provider_metadata", "top issuer", "URL", "", ENVIRONMENT("PROVIDER_METADATA"),
		"where the provider's own document is (default: derived from the issuer; augment: "
		"must be said)" },
	{ "keys_file", "top issuer", "FILE", "", ENVIRONMENT("KEYS_FILE"), "a JWK set in a file instead of the provider's" },
	{ "provider_iss", "top issuer", "none|suppressed|sent", "", ENVIRONMENT("PROVIDER_ISS"),
		"does the provider send iss in its redirects (RFC 9207); facade: must be said" },
	{ "provider_pkce", "top issuer", "s256", "", ENVIRONMENT("PROVIDER_PKCE"),
		"the provider does PKCE with S256 although its document is silent" },
	{ "typ", "top issuer", "strict|compat", "compat", ENVIRONMENT("TYP"),
		"strict: only tokens whose typ is at+jwt (RFC 9068)" },
	{ "trust_email", "top issuer", "on|off", "off", ENVIRONMENT("TRUST_EMAIL"),
		"let e-mail rules match without email_verified" },
	{ "audience_clients", "top issuer", "CLIENT...", "", NULL,
		"clients whose tokens may lack aud; the resource must require a scope of its own then" },
	{ "single_audience", "top issuer", "on|off", "off", ENVIRONMENT("SINGLE_AUDIENCE"), "refuse tokens for several audiences" },
	{ "nonce_marks_id_token", "top issuer", "on|off", "on", ENVIRONMENT("NONCE_MARKS_ID_TOKEN"),
		"a nonce makes a token without typ at+jwt an ID token" },
	{ "text_values", "top issuer", "on|off", "off", ENVIRONMENT("TEXT_VALUES"),
		"the provider writes truth and, in its answers, times as text (\"true\")" },
	{ "subject_claim", "top issuer", "CLAIM", "sub", ENVIRONMENT("SUBJECT_CLAIM"), "the claim that is the person or machine" },
	{ "client_claim", "top issuer", "CLAIM", "", ENVIRONMENT("CLIENT_CLAIM"),
		"the OAuth client (default: client_id, azp, cid, appid, which may not differ)" },
	{ "user_claim", "top issuer", "CLAIM", "sub", ENVIRONMENT("USER_CLAIM"), "the claim that becomes Remote-User" },
	{ "groups_claim", "top issuer", "CLAIM", "groups", ENVIRONMENT("GROUPS_CLAIM"), "the groups, members parted by dots" },
	{ "groups_separator", "top issuer", "none|comma|blank", "none", ENVIRONMENT("GROUPS_SEPARATOR"),
		"what parts the groups where they are one text" },
	{ "organizations_claim", "top issuer", "CLAIM", "organizations", ENVIRONMENT("ORGANIZATIONS_CLAIM"),
		"what allow org looks at" },
	{ "grant_claim", "top issuer", "CLAIM", "grant_id", ENVIRONMENT("GRANT_CLAIM"), "the grant or session, for the deny list" },
	{ "scope_claim", "top issuer", "CLAIM", "", ENVIRONMENT("SCOPE_CLAIM"), "the scopes (default: scope, then scp)" },
	{ "algorithms", "top issuer", "ALGORITHM...", "", NULL, "accepted signatures (default: all that we know)" },
	{ "skew", "top issuer", "DURATION<=120s", "30s", ENVIRONMENT("SKEW"), "how far the provider's clock may be off" },
	{ "max_lifetime", "top issuer", "DURATION|off", "24h", ENVIRONMENT("MAX_LIFETIME"), "the longest life of a token" },

	/* Tokens that only the provider can judge. */
	{ "introspection_endpoint", "top issuer", "discover|URL", "", ENVIRONMENT("INTROSPECTION_ENDPOINT"),
		"ask there about opaque tokens (RFC 7662); discover: where the provider's document says" },
	{ "introspection_client", "top issuer", "CLIENT", "", ENVIRONMENT("INTROSPECTION_CLIENT"),
		"our own client at the provider (default with a broker: client_id)" },
	{ "introspection_secret_file", "top issuer", "FILE", "", ENVIRONMENT("INTROSPECTION_SECRET_FILE"),
		"the secret of introspection_client" },
	{ "introspection_key_file", "top issuer", "FILE", "", ENVIRONMENT("INTROSPECTION_KEY_FILE"),
		"its private key in PEM, for private_key_jwt" },
	{ "introspection_method", "top issuer", "client_secret_basic|client_secret_post|private_key_jwt", "client_secret_basic",
		ENVIRONMENT("INTROSPECTION_METHOD"), "how it shows who it is" },
	{ "introspection_audience", "top issuer", "issuer|endpoint", "issuer", ENVIRONMENT("INTROSPECTION_AUDIENCE"),
		"private_key_jwt: whom the assertion is for" },
	{ "jwt_check", "top issuer", "keys|introspection", "keys", ENVIRONMENT("JWT_CHECK"),
		"introspection: ask the provider about its JWTs too, which may have been revoked" },
	{ "tokeninfo_endpoint", "top issuer", "URL", "", ENVIRONMENT("TOKENINFO_ENDPOINT"),
		"ask there whom an opaque token is for" },
	{ "tokeninfo_form", "top issuer", "form|github", "form", ENVIRONMENT("TOKENINFO_FORM"),
		"how: access_token in a form, or GitHub's check of a token (CLIENT in the URL is introspection_client)" },
	{ "userinfo_endpoint", "top issuer", "discover|URL", "", ENVIRONMENT("USERINFO_ENDPOINT"),
		"ask there who somebody is (e-mail, groups); it does not prove for whom a token is" },
	{ "userinfo_unsafe", "top issuer", "on|off", "off", ENVIRONMENT("USERINFO_UNSAFE"),
		"let userinfo alone be enough, though tokens for any other application pass then" },
	{ "organizations_endpoint", "top issuer", "URL", "", ENVIRONMENT("ORGANIZATIONS_ENDPOINT"),
		"GitHub: where a token shows its organizations, for allow org" },
	{ "teams_endpoint", "top issuer", "URL", "", ENVIRONMENT("TEAMS_ENDPOINT"), "GitHub: ... its teams, for allow team" },
	{ "answer_lifetime", "top issuer", "DURATION<=5m", "60s", ENVIRONMENT("ANSWER_LIFETIME"),
		"how long a process may remember what the provider said of a token" },

	/* The client that registration hands out. */
	{ "client_id", "top issuer", "CLIENT", "", ENVIRONMENT("CLIENT_ID"), "the client made by hand at the provider" },
	{ "client_secret_file", "top issuer client", "FILE", "", ENVIRONMENT("CLIENT_SECRET_FILE"),
		"its secret, if it has one (default, but not in a client block: the systemd credential client_secret)" },
	{ "client_secret_method", "top issuer", "client_secret_post|client_secret_basic", "client_secret_post",
		ENVIRONMENT("CLIENT_SECRET_METHOD"), "how the provider wants the secret" },
	{ "registration_token_file", "top issuer", "FILE", "", ENVIRONMENT("REGISTRATION_TOKEN_FILE"),
		"the token that registration demands (default: the systemd credential "
		"registration_token, else none)" },
	{ "registration_endpoint", "top issuer", "discover|URL", "", ENVIRONMENT("REGISTRATION_ENDPOINT"),
		"augment and facade, in the place of client_id: pass registrations on to the provider, which gives each client an "
		"id of "
		"its own; discover: where its document says" },
	{ "upstream_registration_token_file", "top issuer", "FILE", "", ENVIRONMENT("UPSTREAM_REGISTRATION_TOKEN_FILE"),
		"the initial access token with which the provider lets us register clients" },
	{ "redirect_uri", "top issuer client", "URI...", "", NULL,
		"redirect URIs that clients may register: alone, in the place of all presets; with redirect_preset, besides "
		"those" },
	{ "redirect_preset", "top issuer", "claude|chatgpt|vscode|cursor|mcp-remote|inspector|mcporter|mcpc|loopback...", "", NULL,
		"known clients that may register (default: all, but none where redirect_uri is said)" },
	{ "refresh_tokens", "top issuer", "on|off", "on", ENVIRONMENT("REFRESH_TOKENS"), "the provider's client may refresh" },
	{ "registration_rate", "top issuer", "RATE|off", "60/min", ENVIRONMENT("REGISTRATION_RATE"), "registrations per address" },

	/* Our own authorization server (authorization_server broker). */
	{ "client_key_file", "top issuer", "FILE", "", ENVIRONMENT("CLIENT_KEY_FILE"),
		"the private key of client_id in PEM, for private_key_jwt in the place of a secret" },
	{ "client_audience", "top issuer", "issuer|endpoint", "issuer", ENVIRONMENT("CLIENT_AUDIENCE"),
		"private_key_jwt: whom the assertion is for" },
	{ "login_scopes", "top issuer", "SCOPE...", "openid profile email", NULL, "what every login asks the provider for" },
	{ "scope_map", "top issuer", "SCOPE...", "", NULL,
		"who asks us for the first scope makes us ask the provider for the others" },
	{ "upstream_resource", "top issuer", "URL", "", ENVIRONMENT("UPSTREAM_RESOURCE"),
		"the resource that our logins name to the provider (default: none, since many refuse it)" },
	{ "redis", "top", "SERVER", "", ENVIRONMENT("REDIS"),
		"keep codes and grants in Redis or Valkey, HOST, HOST:PORT or the /PATH of a socket, for several machines under "
		"one name (default: SQLite in the state directory)" },
	{ "redis_password_file", "top", "FILE", "", ENVIRONMENT("REDIS_PASSWORD_FILE"), "its password" },
	{ "redis_prefix", "top", "NAME", "", ENVIRONMENT("REDIS_PREFIX"), "how all our keys there start (default: {gatehouse})" },
	{ "cimd", "top", "any|off|HOST...", KNOWN_DOCUMENT_HOSTS, NULL,
		"hosts whose clients may log in with the URL of their metadata document as id" },
	{ "cimd_port", "top", "PORT...", "443", NULL, "ports where such documents may be" },
	{ "cimd_allow_address", "top", "NETWORK...", "", NULL,
		"development: addresses that are not public where such documents may be" },
	{ "redirect", "top", "any_https", "", ENVIRONMENT("REDIRECT"),
		"let clients register any https redirect URI: everyone on the web can then ask people for access" },
	{ "client", "top", "CLIENT", "", NULL,
		"a client that you have set up yourself; the block says client_name, redirect_uri, client_secret_file" },
	{ "client_name", "client", "TEXT", "", NULL, "its name for people" },
	{ "access_token_lifetime", "top", "DURATION<=1h", "15m", ENVIRONMENT("ACCESS_TOKEN_LIFETIME"),
		"how long an access token of ours is good" },
	{ "refresh_idle", "top", "DURATION<=365d", "30d", ENVIRONMENT("REFRESH_IDLE"),
		"a grant that nobody used for so long ends" },
	{ "refresh_lifetime", "top", "DURATION<=365d", "90d", ENVIRONMENT("REFRESH_LIFETIME"),
		"so long after the login every grant ends" },
	{ "login_check", "top", "DURATION<=30d", "1h", ENVIRONMENT("LOGIN_CHECK"),
		"how often the provider is asked whether a login still holds; where it can't be asked, a login ends after it" },
	{ "site_name", "top", "TEXT", "", ENVIRONMENT("SITE_NAME"),
		"who speaks on our pages (default: the host of public_issuer)" },
	{ "scope_words", "top", "TEXT...", "", NULL,
		"what a scope means, for the page that asks people: the end of \"It will be able to ...\"" },

	/* Who may use a resource, and how. */
	{ "require_scopes", "top resource", "SCOPE...", "", NULL, "every token must have them; named in the challenge" },
	{ "publish_scopes", "top resource", "SCOPE...", "", NULL, "scopes_supported of the resource (default: require_scopes)" },
	{ "allow", "top resource operation", "RULE...", "", NULL,
		"any, or subject|email|domain|group|client|org|team|hosted_domain WORD... [from ISSUER]; one rule must match" },
	{ "deny", "top resource operation", "RULE...", "", NULL,
		"subject|email|domain|group|client|org|team|hosted_domain WORD... [from ISSUER]; wins over allow" },
	{ "tool", "resource", "PATTERN...", "", NULL,
		"tools by name (* stands for any text); a block says what is needed: scope, allow, deny, when. Once there is one, "
		"tools that none "
		"names are refused" },
	{ "prompt", "resource", "PATTERN...", "", NULL, "prompts by name, as tool" },
	{ "method", "resource", "PATTERN...", "", NULL, "MCP methods by name, as tool" },
	{ "scope", "operation", "SCOPE...", "", NULL, "in a block of tool, prompt, resource or method: the token must have them" },
	{ "when", "operation", "EXPRESSION", "", NULL, "in such a block: a condition in CEL that must be true" },
	{ "rule", "resource", "EXPRESSION", "", NULL,
		"a condition in CEL; one that is true is enough. What names mcp.tool judges calls of tools, likewise mcp.prompt "
		"and mcp.resource" },
	{ "implies", "top resource", "SCOPE...", "", NULL, "the first scope includes the others" },
	{ "legacy", "top resource", "deny|coarse|allow", "deny", ENVIRONMENT("LEGACY"),
		"requests that don't tell what they call (older revisions where the body can't be seen): refused; let through for "
		"those whom "
		"every rule for tools admits; let through" },
	{ "upstream_checks_headers", "top resource", "on|off", "off", ENVIRONMENT("UPSTREAM_CHECKS_HEADERS"),
		"the operator's word that the MCP server refuses a request whose Mcp- headers differ from its body, as 2026-07-28 "
		"wants: "
		"rules for tools need it wherever the web server does not show the body" },
	{ "deny_list", "top", "FILE", "", ENVIRONMENT("DENY_LIST"),
		"subjects, clients, jti, grants and tokens that are refused from the second on in which they stand there" },
	{ "user_map", "top", "FILE", "", ENVIRONMENT("USER_MAP"), "local names for people, for Remote-User" },
	{ "unmapped_users", "top", "deny|claim", "deny", ENVIRONMENT("UNMAPPED_USERS"),
		"who is not in the user map: refused, or named by user_claim" },
	{ "rate", "top resource", "RATE|off", "300/min", ENVIRONMENT("RATE"), "requests per person or machine" },
	{ "resource_rate", "top resource", "RATE|off", "off", ENVIRONMENT("RESOURCE_RATE"),
		"requests to the resource by all together" },
	{ "address_rate", "top", "RATE|off", "600/min", ENVIRONMENT("ADDRESS_RATE"),
		"requests per address whose credential is not good (IPv6: per /64)" },
	{ "trusted_proxies", "top", "NETWORK...", "", NULL,
		"proxies before the web server whose X-Forwarded-For tells the client's address" },
	{ "allow_origin", "top resource", "*|ORIGIN...", "https://claude.ai https://claude.com", NULL,
		"web pages that may call the resource" },
	{ "also_path", "resource", "PATH...", "", NULL, "more paths of the same host that belong to the resource" },
	{ "slash_alias", "top resource", "on|off", "off", ENVIRONMENT("SLASH_ALIAS"),
		"also answer for the resource with a slash appended" },
	{ "error_body", "top resource", "oauth|jsonrpc", "oauth", ENVIRONMENT("ERROR_BODY"), "the form of a refusal's body" },
	{ "challenge", "top resource", "needed|needed+granted", "needed+granted", ENVIRONMENT("CHALLENGE"),
		"the scopes that a refusal for missing scope names" },
	{ "assertion", "top resource", "on|off", "off", ENVIRONMENT("ASSERTION"),
		"prove to the MCP server who is asking: a signed JWT in X-Gatehouse-Assertion (gatehouse keys makes the key)" },
	{ "assertion_audience", "top resource", "TEXT", "", ENVIRONMENT("ASSERTION_AUDIENCE"),
		"the aud of that JWT (default: the resource)" },
	{ "bind_sessions", "top resource", "on|off", "off", ENVIRONMENT("BIND_SESSIONS"),
		"a session (Mcp-Session-Id) is only for the person or machine who used it first" },
	{ "resource_name", "resource", "TEXT", "", NULL, "a name for people" },
	{ "documentation", "resource", "PAGE", "", NULL, "a page for developers" },
	{ "policy_uri", "resource", "PAGE", "", NULL, "a page about the use of data" },
	{ "tos_uri", "resource", "PAGE", "", NULL, "the terms of service" },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};
