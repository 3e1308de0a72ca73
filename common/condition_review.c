/* SPDX-License-Identifier: MIT */
#include "condition_review.h"

#define CLAIM_BYTES 1024

/* Is it asked of people of one issuer only: because the resource accepts no other, or its block lets in no others? */
static bool has_one_issuer(const struct condition_review *review)
{
	const struct rules *allow = review->rule != NULL ? &review->rule->allow : NULL;
	size_t same = 0;

	if (review->resource->n_issuers + (review->resource->api_keys ? 1 : 0) == 1)
		return true;
	if (allow == NULL)
		return false;
	while (same < allow->n && allow->rule[same].issuer != NULL && allow->rule[same].issuer == allow->rule[0].issuer)
		same++;
	return same != 0 && same == allow->n;
}

static bool mentions_claim(const struct expression *expression, struct str claim)
{
	auto_buf path = BUF(CLAIM_BYTES);

	buf_print(&path, "jwt.%.*s", STR_ARGS(claim));
	return claim.n != 0 && !path.failed && expression_mentions(expression, path.p);
}

/* A value that means another person at each issuer; NULL: it looks at none. */
static const char *personal_value(const struct resource *resource, const struct expression *expression)
{
	static const char *const paths[] = { "jwt.sub", "jwt.client_id", "jwt.azp", "jwt.groups", "jwt.roles", "principal.subject",
		"principal.user", "principal.client", "principal.groups", "principal.hosted_domain" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (expression_mentions(expression, paths[i]))
			return paths[i];
	}
	for (size_t i = 0; i < resource->n_issuers; i++) {
		const struct issuer *issuer = resource->issuer[i];

		if (mentions_claim(expression, issuer->subject_claim) || mentions_claim(expression, issuer->user_claim) ||
			mentions_claim(expression, issuer->client_claim) || mentions_claim(expression, issuer->groups_claim) ||
			mentions_claim(expression, issuer->organizations_claim))
			return "a claim of people";
	}
	return NULL;
}

/* As `allow` must name the issuer, and looks at verified addresses only, so should a condition (PO-02, CL-08). */
static void review_person(const struct condition_review *review, const struct expression *expression)
{
	const char *value = has_one_issuer(review) ? NULL : personal_value(review->resource, expression);

	if (value != NULL && !expression_mentions(expression, "jwt.iss") && !expression_mentions(expression, "principal.issuer"))
		buf_print(review->errors,
			"%.*s: found %s, expected principal.issuer beside it: %.*s accepts several issuers (api_keys counts as "
			"one), and one value can mean another person at each\n",
			STR_ARGS(review->condition->where), value, STR_ARGS(review->resource->identifier));
	if ((expression_mentions(expression, "jwt.email") || expression_mentions(expression, "principal.email")) &&
		!expression_mentions(expression, "jwt.email_verified") &&
		!expression_mentions(expression, "principal.email_verified"))
		buf_print(review->notes,
			"%.*s: it looks at an e-mail address that may be anybody's word; add && principal.email_verified\n",
			STR_ARGS(review->condition->where));
}

/* What compiles, and is a mistake all the same. */
static void review_text(const struct condition_review *review, const struct expression *expression)
{
	const struct settings *settings = review->settings;
	const struct condition *condition = review->condition;
	struct buf *errors = review->errors, *notes = review->notes;
	bool sees_arguments = settings->front == FRONT_NGINX_INSPECT || settings->front == FRONT_UNSAID;

	if (expression_searches(expression, "jwt.scope"))
		buf_print(notes,
			"%.*s: it searches jwt.scope as text, so a scope that contains the other's name passes too; \"NAME\" in "
			"principal.scopes compares whole scopes\n",
			STR_ARGS(condition->where));
	if (!expression_mentions(expression, "mcp.arguments"))
		return;
	if (!sees_arguments)
		buf_print(errors,
			"%.*s: found mcp.arguments, expected a condition without: this web server does not show them (nginx with "
			"inspect does)\n",
			STR_ARGS(condition->where));
	else if (settings->front == FRONT_UNSAID)
		buf_print(notes, "%.*s: arguments are seen only by nginx with inspect; elsewhere this is false\n",
			STR_ARGS(condition->where));
}

void condition_review(const struct condition_review *review, const struct expression *expression)
{
	review_text(review, expression);
	review_person(review, expression);
}
