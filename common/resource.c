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
	return found;
}
