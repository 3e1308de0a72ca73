/* SPDX-License-Identifier: MIT */
/* A user map: good as a whole or refused with a reason; an unverified address never gives a name. */
#include "fuzz.h"
#include "user_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct issuer issuer = { .identifier = STR("https://idp.example") };
	struct principal alice = { .issuer = &issuer, .subject = STR("alice"), .email = STR("Alice@Example.com"), .email_verified = true };
	auto_buf faults = BUF(1024 * 1024);
	struct user_map *map = user_map_read(fuzz_text(data, size), NULL, &faults);
	struct str verified, unverified;

	must((map == NULL) == (faults.n != 0));
	if (map == NULL)
		return 0;
	verified = user_map_find(map, &alice);
	must(verified.n <= 255 && str_is_printable(verified));
	alice.email_verified = false;
	unverified = user_map_find(map, &alice);
	must(unverified.n == 0 || str_eq(unverified, verified));
	alice.subject = STR("nobody");
	must(user_map_find(map, &alice).n == 0 || str_has(fuzz_text(data, size), 'y'));
	user_map_free(map);
	return 0;
}
