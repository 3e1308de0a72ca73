/* SPDX-License-Identifier: MIT */
#include "spaces.h"

const struct store_space space_code = { "code", SPACES_MOST };
const struct store_space space_grant = { "grant", SPACES_MOST };
const struct store_space space_denial = { "denial", DENIALS_MOST };
const struct store_space space_login = { "login", SPACES_MOST };
const struct store_space space_visit = { "visit", SPACES_SMALL };
const struct store_space space_long = { "long", SPACES_SMALL };

struct store *spaces_open(const struct settings *settings, struct buf *error)
{
	const struct broker *broker = &settings->broker;
	auto_free char *address = str_copy(broker->redis), *password = str_copy(broker->redis_password),
		       *prefix = str_copy(broker->redis_prefix);
	auto_buf path = BUF(4096);

	buf_print(&path, "%.*s/" SPACES_FILE, STR_ARGS(settings->state_directory));
	if (broker->redis.n == 0)
		return store_open(&(struct store_place){ .path = path.p }, error);
	return store_open(&(struct store_place){ .address = address,
				  .password = broker->redis_password.n != 0 ? password : NULL,
				  .prefix = broker->redis_prefix.n != 0 ? prefix : NULL },
		error);
}
