/* SPDX-License-Identifier: MIT */
#include "office.h"

#include <stdlib.h>

#include "app.h"
#include "log.h"
#include "seal_keys.h"

bool office_check(const struct settings *settings, struct buf *why)
{
	struct seal_keys keys;
	struct state state;
	bool good;

	if (settings->broker.login == NULL) {
		buf_add_text(why, "found no authorization server of ours, expected authorization_server broker\n");
		return false;
	}
	if (!state_open_existing(&state, settings->state_directory.p, why)) {
		buf_add_byte(why, '\n');
		return false;
	}
	good = seal_keys_read(&state, &keys);
	if (!good)
		buf_print(why, "found no good %s in %s, expected keys for what clients and browsers keep for us; %s\n",
			SEAL_KEYS_FILE, settings->state_directory.p, seal_keys_mending(&state));
	seal_keys_wipe(&keys);
	state_close(&state);
	return good;
}

void office_open(struct office *office, const struct settings *settings, const char *program)
{
	const struct issuer *login = settings->broker.login;
	auto_buf error = BUF(1024), documents = BUF(64);

	*office = (struct office){ .settings = settings };
	if (!state_open(&office->state, settings->state_directory.p, &error)) {
		log_event(LOG_ERROR, "state_refused", "%.*s", STR_ARGS(buf_str(&error)));
		exit(EXIT_SYSTEM);
	}
	office->table = table_open(office->state.directory, "table");
	office->turns = turns_new(&office->state, office->table);
	/* Strangers choose the hosts that these wait for. Each program by itself, so that each has somebody left. */
	buf_print(&documents, "documents-%s", program);
	office->document_turns = turns_new_half(documents.p, &office->state, office->table);
	office->seal = seal_new(&office->state);
	office->clients = clients_new(settings, &office->state, office->seal, office->table, office->document_turns);
	office->provider = provider_new(settings, login, &office->state, office->table);
	provider_take_turns(office->provider, office->turns);
	office->inquiry = inquiry_new(settings, login, office->provider, office->table, office->turns);
	office->login = login_new(settings, login, office->provider, office->inquiry, office->table, office->turns);
}

/* The disk may be full for a while: a program that ended would not be there when it is not any more. */
bool office_has_store(struct office *office)
{
	auto_buf error = BUF(1024);

	if (office->store != NULL)
		return true;
	office->store = spaces_open(office->settings, &error);
	if (office->store == NULL) {
		if (!office->failing)
			log_event(LOG_ERROR, "store_unavailable", "%.*s", STR_ARGS(buf_str(&error)));
		office->failing = true;
		return false;
	}
	if (office->failing)
		log_event(LOG_INFO, "store_available", "the store can be opened again");
	office->failing = false;
	office->grants = grants_new(office->settings, office->store, office->seal);
	return true;
}

void office_close(struct office *office)
{
	login_free(office->login);
	inquiry_free(office->inquiry);
	provider_free(office->provider);
	grants_free(office->grants);
	clients_free(office->clients);
	seal_free(office->seal);
	turns_free(office->document_turns);
	turns_free(office->turns);
	table_close(office->table);
	store_close(office->store);
	state_close(&office->state);
}
