/* SPDX-License-Identifier: MIT */
#include "preset.h"

const struct preset presets[] = {
	{
		.name = "generic",
		.nonce_marks_id_token = true,
	},
	{
		.name = "authentik",
		/* Its access token is the ID token with `azp` and `uid` beside, so both may carry
		   the nonce. */
		.nonce_marks_id_token = false,
		.hint = "authentik sends email_verified false since 2025.10, so e-mail rules match "
			"nobody until a property mapping "
			"says otherwise or trust_email is on; select a signing key for the "
			"provider and no encryption key, else its "
			"tokens can't be checked with public keys",
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
