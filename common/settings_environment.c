/* SPDX-License-Identifier: MIT */
#include "settings_parts.h"

#include <stdio.h>
#include <unistd.h>

/* Those that a front server sends with a request, or that say where things are. */
static bool is_for_others(struct str name)
{
	return str_starts(name, STR("GATEHOUSE_REQUEST_")) ||
		list_has("GATEHOUSE_VOICE GATEHOUSE_RESOURCE GATEHOUSE_CONFIG GATEHOUSE_BIN", name);
}

struct str environment_get(char *const environment[], const char *name)
{
	for (; environment != NULL && *environment != NULL; environment++) {
		struct str rest = str_from(*environment), variable = STR_NONE;

		if (str_cut(&rest, '=', &variable) && rest.p != NULL && str_is(variable, name))
			return rest;
	}
	return STR_NONE;
}

static const struct directive *find_by_variable(struct str variable)
{
	for (const struct directive *directive = directives; directive->name != NULL; directive++) {
		if (directive->environment != NULL && str_is(variable, directive->environment))
			return directive;
	}
	return NULL;
}

static void read_variable(struct draft *draft, struct entries *entries, struct str variable, struct str value)
{
	const struct directive *directive = find_by_variable(variable);
	struct place place = { .name = draft_text(draft, variable).p };

	if (directive == NULL) {
		const char *near = directive_near(variable, true);

		draft_error(draft, place,
			"found an unknown variable, expected GATEHOUSE_ and the name of a directive with one argument (lists and "
			"blocks stand in the file only)%s%s%s",
			near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
		return;
	}
	draft_add_word(draft, draft_new_entry(draft, entries, directive->name, place),
		(struct word){ .text = draft_text(draft, value), .quoted = true, .place = place });
}

/* systemd puts LoadCredential= files there; what is said by directive or variable is more
 * particular. */
static void read_credential(struct draft *draft, const char *name, const char *directive)
{
	struct place place = { .name = "CREDENTIALS_DIRECTORY" };
	struct str directory = environment_get(draft->environment, place.name);
	auto_buf path = BUF(SECRET_FILE_BYTES);

	if (directory.n == 0 || entries_find(&draft->top, directive) != NULL)
		return;
	buf_print(&path, "%.*s/%s", STR_ARGS(directory), name);
	if (path.failed || access(path.p, F_OK) != 0)
		return;
	draft_add_word(draft, draft_new_entry(draft, &draft->top, directive, place),
		(struct word){ .text = draft_text(draft, buf_str(&path)), .quoted = true, .place = place });
}

void draft_read_environment(struct draft *draft)
{
	struct entries entries = { 0 };

	for (char *const *variable = draft->environment; variable != NULL && *variable != NULL; variable++) {
		struct str value = str_from(*variable), name = STR_NONE;

		if (str_starts(value, STR("GATEHOUSE_")) && str_cut(&value, '=', &name) && value.p != NULL && !is_for_others(name))
			read_variable(draft, &entries, name, value);
	}
	draft_check_entries(draft, &entries, "top");
	for (size_t i = 0; i < entries.n; i++) {
		struct entry *entry = NULL;

		for (size_t j = 0; j < draft->top.n && entry == NULL; j++) {
			if (str_eq(draft->top.entry[j].name.text, entries.entry[i].name.text))
				entry = &draft->top.entry[j];
		}
		if (entry == NULL)
			entry = draft_add_entry(draft, &draft->top);
		*entry = entries.entry[i];
	}
	read_credential(draft, "client_secret", "client_secret_file");
	read_credential(draft, "registration_token", "registration_token_file");
}
