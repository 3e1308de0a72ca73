/* SPDX-License-Identifier: MIT */
/* What somebody meant who wrote a directive's name nearly right. */
#include "settings_helper.h"

#define GOOD ISSUER RESOURCE

static void means(const char *written, const char *meant)
{
	char text[8192], words[128];

	(void)snprintf(text, sizeof(text), GOOD "%s x\n", written);
	(void)snprintf(words, sizeof(words), "expected a directive%s%s%s\n", meant != NULL ? "; did you mean " : "",
		meant != NULL ? meant : "", meant != NULL ? "?" : "");
	refuses(text, words);
}

static void test_a_letter_too_many_too_few_or_another(void **state)
{
	(void)state;
	means("isuer", "issuer");
	means("issuerr", "issuer");
	means("issuar", "issuer");
	means("Issuer", "issuer");
	means("publicissuer", "public_issuer");
	means("require_scope", "require_scopes");
	means("access-token-lifetime", "access_token_lifetime");
	/* Two that change places. */
	means("isseur", "issuer");
}

static void test_what_is_too_far_off_means_nothing(void **state)
{
	static char endless[5000];

	(void)state;
	means("server_name", NULL);
	means("access__token__life__time", NULL);
	means("x", NULL);
	/* Of a short name one letter is enough to differ by: two are no longer "rate". */
	means("rat", "rate");
	means("ra", NULL);
	memset(endless, 'a', sizeof(endless) - 1);
	means(endless, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_letter_too_many_too_few_or_another),
		cmocka_unit_test(test_what_is_too_far_off_means_nothing),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
