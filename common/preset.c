/* SPDX-License-Identifier: MIT */
#include "preset.h"

#define TESTED PRESET_TESTED
#define REPORTED PRESET_REPORTED
#define S256 "code_challenge_methods_supported", "S256"
#define SENDS_ISS "authorization_response_iss_parameter_supported", "true"
#define NO_REGISTRATION "registration_endpoint", "absent"
/* Without a refresh token of the provider nobody can ask later whether a login still holds. */
#define REFRESHING "login_scopes", "openid profile email offline_access"

const struct preset presets[] = {
	{ .name = "generic", .issuer = "https://idp.example.com", .fact = { { S256, TESTED } } },
	{
		.name = "authentik",
		.issuer = "https://auth.example.com/application/o/SLUG/",
		/* Its access token is the ID token with `azp` and `uid` beside, so both may carry the nonce. */
		.value = { { "nonce_marks_id_token", "off", REPORTED }, { REFRESHING, REPORTED } },
		.fact = { { "issuer", "*/", REPORTED }, { S256, REPORTED }, { NO_REGISTRATION, REPORTED } },
		.hint = "authentik sends email_verified false since 2025.10, so e-mail rules match nobody until a property mapping "
			"says otherwise or trust_email is on; select a signing key for the provider and no encryption key, else its"
			" tokens can't be checked with public keys",
	},
	{
		.name = "authelia",
		.issuer = "https://auth.example.com",
		.value = { { "provider_iss", "sent", REPORTED },
			{ "login_scopes", "openid profile email groups offline_access", REPORTED } },
		.fact = { { S256, REPORTED }, { SENDS_ISS, REPORTED }, { NO_REGISTRATION, REPORTED },
			{ "introspection_endpoint", "present", REPORTED } },
		.token_hint =
			"authelia's access tokens are opaque unless the client sets access_token_signed_response_alg: set that, or "
			"give gatehouse a confidential client of its own and say introspection_endpoint discover",
		.hint = "groups come with userinfo_endpoint discover or a claims policy",
	},
	{
		.name = "keycloak",
		.issuer = "https://auth.example.com/realms/REALM",
		.value = { { "groups_claim", "realm_access.roles", REPORTED }, { "grant_claim", "sid", REPORTED },
			{ "provider_iss", "sent", REPORTED }, { REFRESHING, REPORTED } },
		.fact = { { S256, REPORTED }, { SENDS_ISS, REPORTED }, { "registration_endpoint", "present", REPORTED } },
		.token_hint =
			"keycloak puts no audience of yours into tokens by itself: add a client scope with a hard-coded audience "
			"mapper that carries the resource, and make it default",
		.hint = "fix the host name (KC_HOSTNAME), or the issuer follows the Host header",
	},
	{
		.name = "auth0",
		.issuer = "https://TENANT.REGION.auth0.com/",
		.value = { { "organizations_claim", "org_id", REPORTED }, { REFRESHING, REPORTED } },
		.fact = { { "issuer", "*/", REPORTED }, { S256, REPORTED } },
		.token_hint =
			"auth0 gives a JWT only when an API is selected: set the tenant's default audience to the resource, or "
			"switch the Resource Parameter Compatibility Profile on; roles come as `permissions` once RBAC is on for "
			"the API (groups_claim permissions)",
	},
	{
		.name = "okta",
		.issuer = "https://ORG.okta.com/oauth2/SERVER",
		.value = { { "scope_claim", "scp", REPORTED }, { REFRESHING, REPORTED } },
		.fact = { { S256, REPORTED } },
		.token_hint =
			"use a custom authorization server of okta: tokens of the org server are not meant to be checked by "
			"others; the audience is fixed per server (say `audience api://default`), groups have to be added as a "
			"claim of the access token",
	},
	{
		.name = "entra",
		.issuer = "https://login.microsoftonline.com/TENANT/v2.0",
		.value = { { "scope_claim", "scp", REPORTED }, { "provider_pkce", "s256", REPORTED }, { REFRESHING, REPORTED } },
		.fact = { { "code_challenge_methods_supported", "absent", REPORTED }, { NO_REGISTRATION, REPORTED } },
		.token_hint = "set requestedAccessTokenVersion 2 in the API's manifest, else tokens come from the issuer "
			      "https://sts.windows.net/TENANT/",
		.hint = "groups are object ids and are left out beyond 200 of them: app roles (groups_claim roles) are not",
	},
	{
		.name = "google",
		.issuer = "https://accounts.google.com",
		.value = { { "tokeninfo_endpoint", "https://oauth2.googleapis.com/tokeninfo", REPORTED },
			{ "userinfo_endpoint", "discover", REPORTED }, { "text_values", "on", REPORTED },
			{ "client_claim", "azp", REPORTED }, { "provider_iss", "sent", REPORTED } },
		.fact = { { S256, REPORTED }, { NO_REGISTRATION, REPORTED } },
		.login_query = "access_type=offline&prompt=consent",
		.login_domain = "hd",
		.token_hint = "google's access tokens are opaque: say `audience` with the client id that tokeninfo shows in aud; "
			      "there is no registration, so people type the client id and secret into their client",
		.hint = "for one Workspace say allow hosted_domain",
	},
	{
		.name = "cognito",
		.issuer = "https://cognito-idp.REGION.amazonaws.com/POOL",
		.value = { { "groups_claim", "cognito:groups", REPORTED }, { "text_values", "on", REPORTED },
			{ "provider_pkce", "s256", REPORTED } },
		.fact = { { "code_challenge_methods_supported", "absent", REPORTED }, { NO_REGISTRATION, REPORTED } },
		.token_hint =
			"cognito's access tokens have no aud without resource binding: say `audience_clients` with the app client "
			"ids and require_scopes with a scope of this resource server (\"SERVER/SCOPE\"); they carry no e-mail "
			"address",
	},
	{
		.name = "logto",
		.issuer = "https://TENANT.logto.app/oidc",
		.value = { { REFRESHING, REPORTED } },
		.fact = { { S256, REPORTED }, { NO_REGISTRATION, REPORTED } },
		.token_hint =
			"logto gives a JWT only for a resource that is registered as an API resource, written exactly the same way",
	},
	{
		.name = "zitadel",
		.issuer = "https://INSTANCE.zitadel.cloud",
		.value = { { "groups_claim", "urn:zitadel:iam:org:project:roles", REPORTED }, { REFRESHING, REPORTED } },
		.fact = { { S256, REPORTED } },
		.token_hint =
			"set the application's token type to JWT; the scope urn:zitadel:iam:org:project:id:ID:aud puts the project "
			"id into aud: say it as `audience`",
	},
	{
		.name = "github",
		.issuer = "https://github.com/login/oauth",
		.value = { { "tokeninfo_endpoint", "https://api.github.com/applications/CLIENT/token", REPORTED },
			{ "tokeninfo_form", "github", REPORTED },
			{ "organizations_endpoint", "https://api.github.com/user/orgs?per_page=100", REPORTED },
			{ "teams_endpoint", "https://api.github.com/user/teams?per_page=100", REPORTED },
			{ "subject_claim", "user.id", REPORTED }, { "user_claim", "user.login", REPORTED },
			{ "client_claim", "app.client_id", REPORTED }, { "scope_claim", "scopes", REPORTED },
			/* It knows neither openid nor ID tokens. */
			{ "login_scopes", "read:user user:email", REPORTED } },
		.token_hint =
			"github's tokens are opaque and have no audience: say `audience_clients` with the app's client id, "
			"introspection_client and introspection_secret_file with its credentials, and require_scopes with a scope "
			"such as read:org",
		.hint = "allow org needs the scope read:org, with a broker in login_scopes",
	},
	{
		.name = "lemonldap",
		.issuer = "https://auth.example.com",
		.fact = { { "authorization_response_iss_parameter_supported", "absent", REPORTED } },
		.token_hint = "lemonldap ignores `resource`: add the resource to the additional audiences of the client",
	},
	{
		.name = "glewlwyd",
		.issuer = "https://auth.example.com/api/PLUGIN",
		.value = { { "groups_separator", "comma", TESTED } },
		.fact = { { S256, TESTED } },
		.token_hint = "map the resource to a scope in the plugin's settings, else tokens have no aud",
		.hint = "groups are one text with commas",
	},
	{ .name = NULL },
};

const struct preset *preset_find(struct str name)
{
	for (const struct preset *preset = presets; preset->name != NULL; preset++) {
		if (str_is(name, preset->name))
			return preset;
	}
	return NULL;
}

const char *preset_value(const struct preset *preset, const char *directive)
{
	for (size_t i = 0; i < PRESET_VALUES && preset->value[i].directive != NULL; i++) {
		if (str_is(str_from(directive), preset->value[i].directive))
			return preset->value[i].value;
	}
	return NULL;
}

void preset_hint(const struct preset *preset, bool judged, struct buf *text)
{
	if (judged && preset->token_hint != NULL)
		buf_add_text(text, preset->token_hint);
	if (text->n != 0 && preset->hint != NULL)
		buf_add_text(text, "; ");
	if (preset->hint != NULL)
		buf_add_text(text, preset->hint);
}
