/* SPDX-License-Identifier: MIT */
#include "publish.h"

#include <time.h>

#include "file.h"
#include "log.h"
#include "provider.h"
#include "server_metadata.h"

static bool issuer_can_be_published(const struct settings *settings, const struct issuer *issuer, const struct state *state,
	struct table *table, struct buf *why)
{
	struct provider *provider = provider_new(settings, issuer, state, table);
	auto_buf reason = BUF(2048);
	const json_t *document;
	bool good = true;

	if (provider_document(provider, time(NULL), &document) != PROVIDER_READY) {
		log_event(LOG_WARNING, "metadata_not_checked", "issuer %.*s gave no document yet: clients get 503 until it does",
			STR_ARGS(issuer->identifier));
	} else {
		auto_json *ours = server_metadata_build(settings, issuer, document, &reason);

		good = ours != NULL;
		if (!good)
			buf_print(why, "issuer %.*s: %.*s\n", STR_ARGS(issuer->identifier), STR_ARGS(buf_str(&reason)));
	}
	provider_free(provider);
	return good;
}

bool publish_check(const struct settings *settings, struct buf *why)
{
	struct state state;
	struct table *table;
	bool good = true;

	if (settings->server == SERVER_DIRECT || settings->server == SERVER_BROKER)
		return true;
	/* A start makes it, and who only asks makes nothing. There is no document in it yet. */
	if (file_version_of(settings->state_directory.p).inode == 0)
		return true;
	if (!state_open_existing(&state, settings->state_directory.p, why)) {
		buf_add_byte(why, '\n');
		return false;
	}
	table = table_open(state.directory, "table");
	for (size_t i = 0; i < settings->n_issuers; i++)
		good = issuer_can_be_published(settings, &settings->issuer[i], &state, table, why) && good;
	table_close(table);
	state_close(&state);
	return good;
}
