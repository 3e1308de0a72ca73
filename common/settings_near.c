/* SPDX-License-Identifier: MIT */
/* The word that somebody probably meant: the fewest letters to change, drop or add (Levenshtein), two at most. */
#include "settings_parts.h"

#define LONGEST 64 /* of the names that are compared */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static char small(char letter)
{
	return (char)(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
}

static size_t distance(struct str a, struct str b)
{
	size_t row[LONGEST + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t changed = diagonal + (small(a.p[i - 1]) != small(b.p[j - 1]) ? 1 : 0);

			diagonal = row[j];
			row[j] = least(changed, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b.n];
}

const char *directive_near(struct str name, bool is_variable)
{
	/* Of a short name two letters would be most of it. */
	size_t nearest = name.n > 5 ? 3 : 2;
	const char *found = NULL;

	for (const struct directive *directive = directives; directive->name != NULL; directive++) {
		const char *other = is_variable ? directive->environment : directive->name;
		size_t away;

		if (other == NULL || name.n > LONGEST || str_from(other).n > LONGEST)
			continue;
		away = distance(name, str_from(other));
		if (away < nearest) {
			nearest = away;
			found = other;
		}
	}
	return found;
}
