/* SPDX-License-Identifier: MIT */
#include "lists.h"

#include <stdlib.h>

#include "file.h"
#include "log.h"

#define FAULTS_BYTES 4096
#define FAULTS_TOLD 5 /* lines of the log for one reading */

/* A file and how it was when it was last read. */
struct watched {
	const char *path;
	enum file_rights rights;
	struct file_version version;
	bool read; /* at least once */
};

struct lists {
	const struct settings *settings;
	int64_t looked;
	struct watched *key_file; /* in the order of the settings */
	struct api_keys **keys;
	uint64_t generation;
	struct watched deny_file;
	struct deny_list *denied;
	struct watched user_file;
	struct user_map *users;
	struct denials *denials;
};

/* Appends the text of the file; else a line to `faults`. */
static bool read_text(struct watched *watched, struct buf *text, struct buf *faults)
{
	auto_buf why = BUF(FAULTS_BYTES);

	if (file_read(watched->path, watched->rights, text, &watched->version, &why)) {
		watched->read = true;
		return true;
	}
	watched->version = file_version_of(watched->path);
	buf_print(faults, "can't be used: %s\n", why.p);
	return false;
}

static void tell(const struct watched *watched, const struct buf *faults, const char *consequence)
{
	struct str rest = buf_str(faults), line;

	for (size_t i = 0; i < FAULTS_TOLD && str_cut(&rest, '\n', &line); i++) {
		if (line.n != 0)
			log_event(LOG_ERROR, "list_refused", "%s:%.*s; %s", watched->path, STR_ARGS(line), consequence);
	}
}

static void read_keys(struct lists *lists, size_t i, struct buf *faults)
{
	auto_buf text = BUF(API_KEY_FILE_BYTES);
	struct api_keys *keys = NULL;

	if (read_text(&lists->key_file[i], &text, faults))
		keys = api_keys_read(buf_str(&text), &lists->settings->api_key_issuer, faults);
	if (keys == NULL)
		return;
	api_keys_free(lists->keys[i]);
	lists->keys[i] = keys;
	lists->generation++;
}

/* False: what was read before stays. */
static bool read_denied(struct lists *lists, struct buf *faults)
{
	auto_buf text = BUF(DENY_LIST_BYTES);

	if (!read_text(&lists->deny_file, &text, faults))
		return false;
	deny_list_free(lists->denied);
	lists->denied = deny_list_read(buf_str(&text), lists->settings, faults);
	return true;
}

static void read_users(struct lists *lists, struct buf *faults)
{
	auto_buf text = BUF(USER_MAP_BYTES);
	struct user_map *users = NULL;

	if (read_text(&lists->user_file, &text, faults))
		users = user_map_read(buf_str(&text), lists->settings, faults);
	if (users == NULL)
		return;
	user_map_free(lists->users);
	lists->users = users;
}

static bool has_changed(const struct watched *watched)
{
	struct file_version version = file_version_of(watched->path);

	return !watched->read || !file_version_eq(&version, &watched->version);
}

static void look_at_keys(struct lists *lists, size_t i)
{
	auto_buf faults = BUF(FAULTS_BYTES);

	if (!has_changed(&lists->key_file[i]))
		return;
	read_keys(lists, i, &faults);
	tell(&lists->key_file[i], &faults, "the keys read before stay in use");
}

static void look_at_denied(struct lists *lists)
{
	auto_buf faults = BUF(FAULTS_BYTES);

	if (lists->deny_file.path == NULL || !has_changed(&lists->deny_file))
		return;
	if (read_denied(lists, &faults))
		tell(&lists->deny_file, &faults, "the good lines count");
	else
		tell(&lists->deny_file, &faults, "the lines read before stay in force");
	log_event(LOG_INFO, "deny_list_read", "%s: %zu lines are in force", lists->deny_file.path, deny_list_size(lists->denied));
}

static void look_at_users(struct lists *lists)
{
	auto_buf faults = BUF(FAULTS_BYTES);

	if (lists->user_file.path == NULL || !has_changed(&lists->user_file))
		return;
	read_users(lists, &faults);
	tell(&lists->user_file, &faults, "the names read before stay in use");
}

static struct lists *empty(const struct settings *settings)
{
	struct lists *lists = memory_new(sizeof(*lists));

	*lists = (struct lists){ .settings = settings, .looked = -1 };
	lists->key_file = memory_new((settings->n_key_files + 1) * sizeof(*lists->key_file));
	lists->keys = memory_new((settings->n_key_files + 1) * sizeof(struct api_keys *));
	for (size_t i = 0; i < settings->n_key_files; i++) {
		lists->key_file[i] = (struct watched){ .path = settings->key_file[i].path.p, .rights = FILE_SECRET };
		lists->keys[i] = memory_new(sizeof(struct api_keys));
	}
	if (settings->deny_list.n != 0)
		lists->deny_file = (struct watched){ .path = settings->deny_list.p };
	if (settings->user_map.n != 0)
		lists->user_file = (struct watched){ .path = settings->user_map.p };
	lists->denied = deny_list_read(STR_NONE, settings, &BUF(1));
	if (settings->user_map.n != 0)
		lists->users = user_map_read(STR_NONE, settings, &BUF(1));
	lists->denials = denials_new(settings);
	return lists;
}

static void complain(const struct watched *watched, struct buf *faults, struct buf *why)
{
	struct str rest = buf_str(faults), line;

	while (str_cut(&rest, '\n', &line)) {
		if (line.n != 0)
			buf_print(why, "%s:%.*s\n", watched->path, STR_ARGS(line));
	}
	buf_clear(faults);
}

bool lists_check(const struct settings *settings, struct buf *why)
{
	struct lists *lists = empty(settings);
	size_t before = why->n;
	auto_buf faults = BUF(FAULTS_BYTES);

	for (size_t i = 0; i < settings->n_key_files; i++) {
		read_keys(lists, i, &faults);
		complain(&lists->key_file[i], &faults, why);
	}
	if (lists->deny_file.path != NULL)
		(void)read_denied(lists, &faults);
	complain(&lists->deny_file, &faults, why);
	if (lists->user_file.path != NULL)
		read_users(lists, &faults);
	complain(&lists->user_file, &faults, why);
	lists_free(lists);
	return why->n == before;
}

struct lists *lists_new(const struct settings *settings)
{
	return empty(settings);
}

void lists_free(struct lists *lists)
{
	if (lists == NULL)
		return;
	for (size_t i = 0; i < lists->settings->n_key_files; i++)
		api_keys_free(lists->keys[i]);
	free(lists->key_file);
	free(lists->keys);
	deny_list_free(lists->denied);
	user_map_free(lists->users);
	denials_free(lists->denials);
	free(lists);
}

static bool is_known(const struct watched *watched)
{
	return watched->path == NULL || watched->read;
}

bool lists_look(struct lists *lists, int64_t now)
{
	bool known;

	if (lists->looked != now) {
		lists->looked = now;
		for (size_t i = 0; i < lists->settings->n_key_files; i++)
			look_at_keys(lists, i);
		look_at_denied(lists);
		look_at_users(lists);
		denials_look(lists->denials, now);
	}
	known = is_known(&lists->deny_file) && is_known(&lists->user_file);
	for (size_t i = 0; i < lists->settings->n_key_files; i++)
		known = known && is_known(&lists->key_file[i]);
	return known;
}

const struct api_keys *lists_keys_for(const struct lists *lists, struct str credential)
{
	for (size_t i = 0; i < lists->settings->n_key_files; i++) {
		if (str_starts(credential, lists->settings->key_file[i].prefix))
			return lists->keys[i];
	}
	return NULL;
}

uint64_t lists_keys_generation(const struct lists *lists)
{
	return lists->generation;
}

const struct deny_list *lists_denied(const struct lists *lists)
{
	return lists->denied;
}

const struct denials *lists_denials(const struct lists *lists)
{
	return lists->denials;
}

enum outcome lists_name(const struct lists *lists, struct principal *principal)
{
	struct str name;

	if (lists->users == NULL)
		return OUTCOME_ALLOW;
	name = user_map_find(lists->users, principal);
	if (name.n == 0)
		return lists->settings->unmapped_by_claim ? OUTCOME_ALLOW : OUTCOME_UNMAPPED_USER;
	principal->user = name;
	return OUTCOME_ALLOW;
}
