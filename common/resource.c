/* SPDX-License-Identifier: MIT */
#include "resource.h"

struct str target_path(struct str target, struct str *query)
{
	struct str path = STR_NONE;

	*query = target;
	if (!str_cut(query, '?', &path))
		*query = STR_NONE;
	return path;
}

/* `path` is `prefix`, or lies below it: /mcp holds /mcp and /mcp/x, not /mcpx. */
static bool holds(struct str prefix, struct str path)
{
	if (prefix.n != 0 && prefix.p[prefix.n - 1] == '/')
		prefix.n--;
	return str_starts(path, prefix) && (path.n == prefix.n || path.p[prefix.n] == '/');
}

/* The length of the longest of the resource's paths that holds `path`, plus one; 0 when none does. */
static size_t match_length(const struct resource *resource, struct str path)
{
	size_t longest = holds(resource->url.path, path) ? resource->url.path.n + 1 : 0;

	for (size_t i = 0; i < resource->also_path.n; i++) {
		if (holds(resource->also_path.word[i], path) && resource->also_path.word[i].n + 1 > longest)
			longest = resource->also_path.word[i].n + 1;
	}
	return longest;
}

/*
 * `path` does not lie below `prefix`, but begins with the same letters in whatever case: /admin;x and /ADMIN for /admin. Some
 * server in front or behind may take it there all the same.
 */
static bool nearly_holds(struct str prefix, struct str path)
{
	if (str_ends(prefix, STR("/")))
		prefix.n--;
	return prefix.n != 0 && !holds(prefix, path) && str_eq_nocase(str_first(path, prefix.n), prefix);
}

/*
 * Another resource of that host lies as deep as the one that was found or deeper, and nearly holds the path: then it is for none of
 * them. One that lies higher is no other reading: /mcp2 is not for /mcp when it is a resource itself. `length` of match_length.
 */
static bool is_ambiguous(
	const struct settings *settings, const struct resource *found, size_t length, struct str host, struct str path)
{
	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *other = &settings->resource[i];

		if (other == found || !str_eq_nocase(other->url.host, host))
			continue;
		if (other->url.path.n + 1 >= length && nearly_holds(other->url.path, path))
			return true;
		for (size_t k = 0; k < other->also_path.n; k++) {
			if (other->also_path.word[k].n + 1 >= length && nearly_holds(other->also_path.word[k], path))
				return true;
		}
	}
	return false;
}

const struct resource *resource_find(const struct settings *settings, struct str named, struct str host, struct str target)
{
	const struct resource *found = NULL;
	size_t longest = 0;
	struct str query, path = target_path(target, &query);

	if (!path_is_plain(path))
		return NULL;
	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];
		size_t length;

		if (named.n != 0) {
			if (str_eq(resource->identifier, named))
				return resource;
			continue;
		}
		length = str_eq_nocase(resource->url.host, host) ? match_length(resource, path) : 0;
		if (length > longest) {
			longest = length;
			found = resource;
		}
	}
	return found != NULL && is_ambiguous(settings, found, longest, host, path) ? NULL : found;
}
