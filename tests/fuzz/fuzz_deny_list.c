/* SPDX-License-Identifier: MIT */
/* A deny list: whatever stands around a good line, the line counts, and a line more never lets anybody in. */
#include <string.h>

#include "deny_list.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct issuer issuer = { .identifier = STR("https://idp.example") };
	const struct principal alice = { .issuer = &issuer, .subject = STR("alice"), .client = STR("app"), .id = STR("id-1"), .grant = STR("grant-1") };
	const struct principal mallory = { .issuer = &issuer, .subject = STR("mallory") };
	const unsigned char digest[32] = { 1, 2, 3 };
	auto_buf text = BUF(1024 * 1024);
	auto_buf faults = BUF(1024 * 1024);
	struct deny_list *list = deny_list_read(fuzz_text(data, size), NULL, &faults), *longer;
	enum outcome outcome = deny_list_judge(list, &alice, digest, 1000);

	must(outcome == OUTCOME_ALLOW || outcome == OUTCOME_DENIED || outcome == OUTCOME_REVOKED);
	must(outcome == OUTCOME_ALLOW || deny_list_size(list) != 0);
	buf_add(&text, fuzz_text(data, size));
	buf_add_text(&text, "\nsubject mallory from https://idp.example\n");
	longer = deny_list_read(buf_str(&text), NULL, &faults);
	must(deny_list_size(longer) == deny_list_size(list) + 1);
	must(deny_list_judge(longer, &mallory, digest, 1000) == OUTCOME_DENIED);
	must((deny_list_judge(longer, &alice, digest, 1000) == OUTCOME_ALLOW) == (outcome == OUTCOME_ALLOW));
	deny_list_free(list);
	deny_list_free(longer);
	return 0;
}
