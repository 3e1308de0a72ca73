/* SPDX-License-Identifier: MIT */
/*
 * Every directive. The column `arguments` is what the parser demands (settings_value.c knows its
 * words), `default_value` of a directive with one argument is what it reads when nobody says
 * otherwise.
 */
#include "settings.h"

#include <stddef.h>

#define ENVIRONMENT(name) "GATEHOUSE_" name

const struct directive directives[] = {
	/* Whose tokens, for what. */
	{ "issuer", "top resource", "URL...", "", NULL,
		"an identity provider, exactly as its document and tokens write it; a block may "
		"follow. In a resource: the issuers that "
		"it accepts (default: all)" },
	{ "resource", "top", "URL...", "", NULL, "an MCP endpoint, exactly the URL that users type; a block may follow" },

	/* The whole. */
	{ "authorization_server", "top", "direct|augment|facade", "direct", ENVIRONMENT("AUTHORIZATION_SERVER"),
		"who publishes the authorization server's metadata: the provider itself, we on the "
		"provider's origin, or we in its place" },
	{ "public_issuer", "top", "ORIGIN", "", ENVIRONMENT("PUBLIC_ISSUER"), "facade: the issuer that we publish, a bare origin" },
	{ "direct_redirect", "top", "on|off", "off", ENVIRONMENT("DIRECT_REDIRECT"),
		"direct: send those who ask us for the metadata to the provider's document" },
	{ "as_scopes", "top", "SCOPE...", "", NULL,
		"augment and facade: the published scopes_supported (default: the provider's)" },
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
	{ "metadata_max_age", "top", "DURATION<=1h", "5m", ENVIRONMENT("METADATA_MAX_AGE"),
		"how long clients may keep our documents" },
	{ "stale_limit", "top", "DURATION<=30d", "24h", ENVIRONMENT("STALE_LIMIT"),
		"how long the provider's documents and keys serve while it can't be reached" },

	/* The provider and its tokens. */
	{ "preset", "top issuer", "PRESET", "generic", ENVIRONMENT("PRESET"), "known facts and faults of the provider" },
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
	{ "single_audience", "top issuer", "on|off", "off", ENVIRONMENT("SINGLE_AUDIENCE"), "refuse tokens for several audiences" },
	{ "user_claim", "top issuer", "CLAIM", "sub", ENVIRONMENT("USER_CLAIM"), "the claim that becomes Remote-User" },
	{ "groups_claim", "top issuer", "CLAIM", "groups", ENVIRONMENT("GROUPS_CLAIM"), "the groups, members parted by dots" },
	{ "scope_claim", "top issuer", "CLAIM", "", ENVIRONMENT("SCOPE_CLAIM"), "the scopes (default: scope, then scp)" },
	{ "algorithms", "top issuer", "ALGORITHM...", "", NULL, "accepted signatures (default: all that we know)" },
	{ "skew", "top issuer", "DURATION<=120s", "30s", ENVIRONMENT("SKEW"), "how far the provider's clock may be off" },
	{ "max_lifetime", "top issuer", "DURATION|off", "24h", ENVIRONMENT("MAX_LIFETIME"), "the longest life of a token" },

	/* The client that registration hands out. */
	{ "client_id", "top issuer", "CLIENT", "", ENVIRONMENT("CLIENT_ID"), "the client made by hand at the provider" },
	{ "client_secret_file", "top issuer", "FILE", "", ENVIRONMENT("CLIENT_SECRET_FILE"),
		"its secret, if it has one (default: the systemd credential client_secret)" },
	{ "client_secret_method", "top issuer", "client_secret_post|client_secret_basic", "client_secret_post",
		ENVIRONMENT("CLIENT_SECRET_METHOD"), "how the provider wants the secret" },
	{ "registration_token_file", "top issuer", "FILE", "", ENVIRONMENT("REGISTRATION_TOKEN_FILE"),
		"the token that registration demands (default: the systemd credential "
		"registration_token, else none)" },
	{ "redirect_uri", "top issuer", "URI...", "", NULL, "redirect URIs beyond those of the presets" },
	{ "redirect_preset", "top issuer", "NAME...", "", NULL, "known clients that may register (default: all)" },
	{ "refresh_tokens", "top issuer", "on|off", "on", ENVIRONMENT("REFRESH_TOKENS"), "the provider's client may refresh" },
	{ "registration_rate", "top issuer", "RATE|off", "60/min", ENVIRONMENT("REGISTRATION_RATE"), "registrations per address" },

	/* Who may use a resource, and how. */
	{ "require_scopes", "top resource", "SCOPE...", "", NULL, "every token must have them; named in the challenge" },
	{ "publish_scopes", "top resource", "SCOPE...", "", NULL, "scopes_supported of the resource (default: require_scopes)" },
	{ "allow", "top resource", "RULE...", "", NULL,
		"any, or subject|email|domain|group|client WORD... [from ISSUER]; one rule must "
		"match" },
	{ "deny", "top resource", "RULE...", "", NULL, "subject|email|domain|group|client WORD... [from ISSUER]; wins over allow" },
	{ "rate", "top resource", "RATE|off", "300/min", ENVIRONMENT("RATE"), "requests per person or machine" },
	{ "allow_origin", "top resource", "*|ORIGIN...", "https://claude.ai https://claude.com", NULL,
		"web pages that may call the resource" },
	{ "also_path", "resource", "PATH...", "", NULL, "more paths of the same host that belong to the resource" },
	{ "slash_alias", "top resource", "on|off", "off", ENVIRONMENT("SLASH_ALIAS"),
		"also answer for the resource with a slash appended" },
	{ "error_body", "top resource", "oauth|jsonrpc", "oauth", ENVIRONMENT("ERROR_BODY"), "the form of a refusal's body" },
	{ "challenge", "top resource", "needed|needed+granted", "needed+granted", ENVIRONMENT("CHALLENGE"),
		"the scopes that a refusal for missing scope names" },
	{ "resource_name", "resource", "TEXT", "", NULL, "a name for people" },
	{ "documentation", "resource", "PAGE", "", NULL, "a page for developers" },
	{ "policy_uri", "resource", "PAGE", "", NULL, "a page about the use of data" },
	{ "tos_uri", "resource", "PAGE", "", NULL, "the terms of service" },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};
