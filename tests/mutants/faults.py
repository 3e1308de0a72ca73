# SPDX-License-Identifier: MIT
"""The faults: (family, file, text that stands there once, what replaces it, the test that must notice)."""

FRONT = "pytest tests/e2e/test_front_servers.py"

FAULTS = [
    # bearer: what came
    ("TK", "common/bearer.c", 'str_eq_nocase(scheme, STR("Bearer"))', 'str_is(scheme, "Bearer")', "unit test_bearer"),
    ("TK", "common/bearer.c", "if (rest.n > BEARER_TOKEN_BYTES)", "if (rest.n > BEARER_TOKEN_BYTES + 64)", "unit test_bearer"),
    ("TK", "common/bearer.c", "return in_query ? OUTCOME_QUERY_TOKEN : OUTCOME_NO_CREDENTIAL;", "return OUTCOME_NO_CREDENTIAL;", "unit test_bearer"),
    ("CH", "common/bearer.c", "copies > 1 || in_query || ", "in_query || ", "unit test_bearer"),
    ("CH", "common/bearer.c", " || str_has(authorization, ',')", "", "unit test_bearer"),
    # challenge and bodies
    ("CH", "common/challenge.c", 'add_parameter(out, start, "resource_metadata", buf_str(&metadata));', "", "unit test_challenge"),
    ("CH", "common/challenge.c", "	if (row->challenge_error) {", "	if (row->challenge) {", "unit test_challenge"),
    ("CH", "common/challenge.c", "	if (value.n == 0)\n		return;", "", "unit test_challenge"),
    ("CH", "common/outcome.c", '[OUTCOME_NOT_ALLOWED]          = { "not_allowed", 403, "access_denied", QUIET,',
     '[OUTCOME_NOT_ALLOWED]          = { "not_allowed", 403, "access_denied", CHALLENGE_ERROR,', "unit test_challenge"),
    ("CH", "common/outcome.c", '"bad_signature", 401, "invalid_token", CHALLENGE_ERROR, NOT_ACCEPTED', '"bad_signature", 401, "invalid_token", CHALLENGE_ERROR, "the signature is wrong"',
     "unit test_challenge"),
    ("BD", "common/challenge.c", '\\"error_description\\":\\"%s\\"}', '\\"error_description\\":%s}', "unit test_challenge"),
    # claims
    ("CL", "common/claims.c", 'if (!str_eq(json_text(json, "iss"), issuer->identifier))', 'if (!str_eq_nocase(json_text(json, "iss"), issuer->identifier))', "unit test_claims"),
    ("CL", "common/claims.c", "now >= exp + issuer->skew", "now > exp + issuer->skew", "unit test_claims"),
    ("CL", "common/claims.c", "now < nbf - issuer->skew || ", "", "unit test_claims"),
    ("CL", "common/claims.c", "iat > now + issuer->skew", "iat > now + 2 * issuer->skew", "unit test_claims"),
    ("CL", "common/claims.c", "issuer->max_lifetime != 0 && exp - iat > issuer->max_lifetime", "issuer->max_lifetime != 0 && exp - iat > 2 * issuer->max_lifetime", "unit test_claims"),
    ("CL", "common/claims.c", '{ "at_hash", "c_hash", "s_hash" }', '{ "c_hash", "s_hash" }', "unit test_claims"),
    ("CL", "common/claims.c", 'if (json_object_get(json, "cnf") != NULL)', 'if (json_is_null(json_object_get(json, "cnf")))', "unit test_claims"),
    ("CL", "common/claims.c", "issuer->trust_email || json_is_true(", "issuer->trust_email || json_is_string(", "unit test_claims"),
    ("AUD", "common/claims.c", "if (issuer->single_audience && json_array_size(audience) > 1)", "if (issuer->single_audience && json_array_size(audience) > 2)", "unit test_claims"),
    ("AUD", "common/claims.c", "return ours ? OUTCOME_ALLOW : OUTCOME_WRONG_AUDIENCE;", "return OUTCOME_ALLOW;", "unit test_claims"),
    # policy
    ("CL", "common/policy.c", "	if (principal->is_client)\n		return MATCH_NO;", "", "unit test_policy"),
    ("CL", "common/policy.c", "return principal->groups_overage ? MATCH_UNKNOWN : MATCH_NO;", "return MATCH_NO;", "unit test_policy"),
    ("CL", "common/policy.c", "while (at > 0 && email.p[at - 1] != '@')", "while (at > 0 && email.p[at - 1] != '@' && email.p[at - 1] != '.')", "unit test_policy"),
    ("HD", "common/identity.c", "if (text.p[i] < 0x20 || text.p[i] > 0x7e)", "if (text.p[i] == 0x7f)", "unit test_policy"),
    # origin, resource
    ("OR", "common/cors.c", 'str_is(origin, "null") || ', "", "unit test_request"),
    ("OR", "common/cors.c", "str_eq(allowed->word[i], origin)", "str_starts(origin, allowed->word[i])", "unit test_request"),
    ("CORS", "common/cors.c", "name.n <= prefix.n || ", "", "unit test_request"),
    ("DISC", "common/resource.c", "(path.n == prefix.n || path.p[prefix.n] == '/')", "true", "unit test_request"),
    ("DISC", "common/resource.c", "	if (!path_is_plain(path))\n		return NULL;", "", "unit test_request"),
    # signatures
    ("JW", "common/jws.c", 'json_object_get(jws->header, "crit") != NULL || ', "", "unit test_jws"),
    ("JW", "common/jws.c", '{ "ES256", JWK_EC, CURVE_P256, "SHA256", false, 64 }', '{ "ES256", JWK_EC, CURVE_P256, "SHA384", false, 64 }', "unit test_jws_verify"),
    ("JW", "common/jws.c", "jws->kid.n == 0 || str_eq(keys->key[i].kid, jws->kid)", "true", "unit test_jws_keys"),
    ("JW", "common/jws.c", "jwk->type == algorithm->type && jwk->curve == algorithm->curve &&", "jwk->type == algorithm->type &&", "unit test_jws_keys"),
    ("JW", "common/base64url.c", "held < 6 && (bits & ((1U << held) - 1)) == 0 && ", "held < 6 && ", "unit test_base64url"),
    # provider, state, table, fetch
    ("JK", "common/provider.c", "return from_file || age_of(copy, now) < FORCED_SECONDS ? PROVIDER_NO_SUCH_KEY", "return true ? PROVIDER_NO_SUCH_KEY", "unit test_provider"),
    ("JK", "common/provider_fetch.c", "return max_age < LIFETIME_LEAST ? LIFETIME_LEAST", "return max_age < 0 ? LIFETIME_LEAST", "unit test_provider"),
    ("JK", "common/state.c", "#define OTHERS 077 ", "#define OTHERS 007 ", "unit test_state"),
    ("SEC", "common/fetch.c", "curl_easy_setopt(handle, CURLOPT_PROXY, proxy) == CURLE_OK &&", "", "unit test_fetch"),
    ("ASM", "common/fetch.c", "CURLOPT_FOLLOWLOCATION, 0L", "CURLOPT_FOLLOWLOCATION, 1L", "unit test_fetch"),
    # settings
    ("PRM", "common/settings_check_resource.c", 'if (str_is(entry->word[i].text, "offline_access"))', 'if (entry->word[i].text.n == 0)', "unit test_settings_check"),
    # published metadata
    ("ISS", "common/server_metadata.c", '(void)json_object_del(document, "authorization_response_iss_parameter_supported");', "return;", "unit test_server_metadata"),
    ("ISS", "common/server_metadata.c", "bool flag = json_is_true(", "bool flag = json_is_null(", "unit test_server_metadata"),
    ("ASM", "common/server_metadata.c", 'json_pack("[s]", "S256")', 'json_pack("[s,s]", "S256", "plain")', "unit test_server_metadata"),
    ("ASM", "common/server_metadata.c", '!issuer->provider_pkce_s256 && ', "false && ", "unit test_server_metadata"),
    ("DISC", "common/preset_facts.c", "return json_is_true(value);", "return true;", "unit test_preset_facts"),
    ("DISC", "bin/check_provider.c", "	if (!str_is(setting, DISCOVER))\n		return;\n", "	return;\n", "pytest tests/apps/test_check.py DISC_13"),
    ("DISC", "common/document.c", 'if (str_is(method, "GET") || str_is(method, "HEAD"))', 'if (str_is(method, "GET") || str_is(method, "POST"))',
     "pytest tests/apps/test_resource_metadata.py DISC"),
    ("PRM", "fcgi-apps/protected-resource-metadata.c", "return place.n == 0 && on_host == 1 ? only : NULL;", "return NULL;", "pytest tests/apps/test_resource_metadata.py PRM"),
    ("CORS", "common/document.c", 'http_header(http, "Access-Control-Allow-Origin", STR("*"));', "", "pytest tests/apps/test_resource_metadata.py CORS"),
    # registration
    ("RG", "common/registration.c", "refuse(result, \"invalid_redirect_uri\", \"a redirect URI is not on the operator's list\");", "continue;", "unit test_registration"),
    ("RG", "common/registration.c", "return client->secret.n != 0 && (", "return client->secret.n != 0 || (", "unit test_registration"),
    ("RG", "common/redirect_uri.c", '{ "javascript", "data", ', '{ "data", ', "unit test_redirect_uri"),
    ("RG", "fcgi-apps/client-registration.c", "str_eq_secret(str_skip(credential, scheme.n), client->registration_token)", "true", "pytest tests/apps/test_registration.py RG"),
    # auth-check
    ("CH", "common/outcome.c", '{ "unavailable", 503,', '{ "unavailable", 401,', "pytest tests/apps/test_auth_check.py CH_23"),
    ("HD", "fcgi-apps/auth-check.c", "if (http->copies[single[i]] > 1)", "if (http->copies[single[i]] > 2)", "pytest tests/apps/test_auth_check.py HD_07"),
    ("OR", "fcgi-apps/auth-check.c", "return OUTCOME_ORIGIN_REFUSED;", ";", "pytest tests/apps/test_auth_check.py OR_01"),
    ("SV", "common/voice.c", 'authorizer ? identity_fields[i].variable : identity_fields[i].header', "identity_fields[i].header", "pytest tests/apps/test_auth_check.py SV_03"),
    ("SEC", "common/app.c", "		log_event(LOG_ERROR, \"settings_kept\"", "		exit(EXIT_WRONG_USE);\n		log_event(LOG_ERROR, \"settings_kept\"",
     "pytest tests/apps/test_auth_check.py SEC_15"),
    ("SEC", "common/app.c", "(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);", "", "pytest tests/apps/test_secrets.py SEC_04"),
    ("SEC", "common/app.c", "(void)setrlimit(RLIMIT_CORE, &none);", "(void)none;", "pytest tests/apps/test_secrets.py SEC_04"),
    # the shipped configurations
    ("SV", "nginx-conf/auth-request-server.conf", '\tif ($gatehouse_status = 429) { return 429 $gatehouse_body; }\n', "", "pytest tests/e2e/test_refusals.py nginx-auth_request"),
    ("HD", "nginx-conf/http.conf", "underscores_in_headers off;", "underscores_in_headers on;", f"{FRONT} nginx-inspect and HD_"),
    ("HD", "caddy-conf/gatehouse.caddyfile", "	request_header -X-Remote*\n", "", f"{FRONT} caddy and HD_21"),
    ("HD", "lighttpd-conf/identity.lua", '"x%-auth", ', "", f"{FRONT} lighttpd and HD_"),
    ("AUD", "nginx-conf/proxy.conf", 'proxy_set_header Authorization     "";\n', "", "pytest tests/e2e/test_flows.py nginx-inspect and AUD_07"),
    ("AUD", "nginx-conf/proxy.conf", 'proxy_set_header X-API-Key         "";\n', "", f"{FRONT} nginx-auth_request and AUD_07"),
    ("AUD", "caddy-conf/gatehouse.caddyfile", "		header_up -X-API-Key\n", "", f"{FRONT} caddy and AUD_07"),
    ("AUD", "lighttpd-conf/identity.lua", 'header["X-API-Key"] = ""\n', "", f"{FRONT} lighttpd and AUD_07"),
    ("HD", "caddy-conf/gatehouse.caddyfile", "	header_up X-Forwarded-For {http.vars.gatehouse_forwarded_for}\n", "", f"{FRONT} caddy and HD_21"),
    ("HD", "nginx-conf/parameters.conf", "fastcgi_param HTTP_X_FORWARDED_FOR $http_x_forwarded_for;\n", "", f"{FRONT} nginx-inspect and HD_21"),
    ("SEC", "nginx-conf/granted.conf", "if ($gatehouse_decision != allow) {", "if ($gatehouse_decision = never) {", f"{FRONT} nginx-inspect and SEC_16 and not hanging"),
    ("SEC", "caddy-conf/gatehouse.caddyfile", "			header X-Gatehouse-Decision allow\n", "", f"{FRONT} caddy and SEC_16 and not hanging"),
]
