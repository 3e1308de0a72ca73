/* SPDX-License-Identifier: MIT */
#include "bearer.h"

/*
 * token68 of RFC 9110 11.2, without the "=" at its end, by the code of the byte: + - . / 0-9 A-Z _ a-z ~. A table, since nothing
 * foretells what comes next in a token, and tokens are long.
 */
static const char token68[256] = "--------------------------------"
				 "-----------y-yyyyyyyyyyyyy------"
				 "-yyyyyyyyyyyyyyyyyyyyyyyyyy----y"
				 "-yyyyyyyyyyyyyyyyyyyyyyyyyy---y-";

static bool is_token68(struct str s)
{
	size_t n = 0;

	while (n < s.n && token68[(unsigned char)s.p[n]] == 'y')
		n++;
	if (n == 0)
		return false;
	while (n < s.n && s.p[n] == '=')
		n++;
	return n == s.n;
}

static bool query_has_token(struct str query)
{
	struct str pair;

	while (str_cut(&query, '&', &pair)) {
		if (str_starts(pair, STR("access_token=")) || str_starts(pair, STR("api_key=")))
			return true;
	}
	return false;
}

enum outcome bearer_find(struct str authorization, unsigned copies, struct str query, struct str *token)
{
	bool in_query = query_has_token(query);
	struct str scheme, rest = authorization;

	*token = STR_NONE;
	if (authorization.n == 0 && copies <= 1)
		return in_query ? OUTCOME_QUERY_TOKEN : OUTCOME_NO_CREDENTIAL;
	/* Servers join doubled headers with a comma, which no credential of ours has (RFC 9110 5.3). */
	if (copies > 1 || in_query || str_has(authorization, ','))
		return OUTCOME_SEVERAL_CREDENTIALS;
	if (!str_cut(&rest, ' ', &scheme) || !str_eq_nocase(scheme, STR("Bearer")))
		return OUTCOME_OTHER_SCHEME;
	while (rest.n != 0 && rest.p[0] == ' ')
		rest = str_skip(rest, 1);
	if (rest.n > BEARER_TOKEN_BYTES)
		return OUTCOME_TOKEN_TOO_LARGE;
	if (!is_token68(rest))
		return OUTCOME_MALFORMED_CREDENTIAL;
	*token = rest;
	return OUTCOME_ALLOW;
}

enum outcome api_key_find(struct str header, unsigned copies, struct str authorization, struct str *token)
{
	*token = STR_NONE;
	if (copies > 1 || authorization.n != 0 || str_has(header, ','))
		return OUTCOME_SEVERAL_CREDENTIALS;
	if (header.n > BEARER_TOKEN_BYTES)
		return OUTCOME_TOKEN_TOO_LARGE;
	if (!is_token68(header))
		return OUTCOME_MALFORMED_CREDENTIAL;
	*token = header;
	return OUTCOME_ALLOW;
}
