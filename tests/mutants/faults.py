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
    ("CH", "common/challenge.c", "	if (value.n == 0)\n		return;", "	if (value.p == NULL)\n		return;", "unit test_challenge"),
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
    ("JK", "common/provider_fetch.c", "return max_age < LIFETIME_LEAST  ? LIFETIME_LEAST", "return max_age < 0  ? LIFETIME_LEAST", "unit test_provider"),
    ("JK", "common/state.c", "#define OTHERS 077 ", "#define OTHERS 007 ", "unit test_state"),
    ("SEC", "common/fetch.c", "curl_easy_setopt(handle, CURLOPT_PROXY, proxy) == CURLE_OK &&", "", "unit test_fetch"),
    ("ASM", "common/fetch.c", "CURLOPT_FOLLOWLOCATION, 0L", "CURLOPT_FOLLOWLOCATION, 1L", "unit test_fetch"),
    # settings
    ("PRM", "common/settings_check_resource.c", 'if (str_is(entry->word[i].text, "offline_access"))', 'if (entry->word[i].text.n == 0)', "unit test_settings_check"),
]
