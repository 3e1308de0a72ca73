/* SPDX-License-Identifier: MIT */
#include "near.h"

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

struct near near_to(struct str wanted)
{
	return (struct near){ .wanted = wanted, .limit = wanted.n > 5 ? 3 : 2 };
}

void near_try(struct near *near, const char *name)
{
	struct str other = str_from(name);
	size_t away;

	if (name == NULL || near->wanted.n > LONGEST || other.n > LONGEST)
		return;
	away = distance(near->wanted, other);
	if (away < near->limit) {
		near->limit = away;
		near->found = name;
	}
}
