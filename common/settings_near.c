/* SPDX-License-Identifier: MIT */
#include "settings_parts.h"

#include "near.h"

const char *directive_near(struct str name, bool is_variable)
{
	struct near near = near_to(name);

	for (const struct directive *directive = directives; directive->name != NULL; directive++)
		near_try(&near, is_variable ? directive->environment : directive->name);
	return near.found;
}
