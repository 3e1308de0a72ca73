/* SPDX-License-Identifier: MIT */
#include "grant.h"

static void set_text(json_t *json, const char *name, struct str value)
{
	if (value.n != 0)
		(void)json_object_set_new(json, name, json_from_str(value));
}

static void set_number(json_t *json, const char *name, int64_t value)
{
	(void)json_object_set_new(json, name, json_integer((json_int_t)value));
}

/* The claims of the ID token are often all that is known: then they are written once. */
static json_t *id_token_of(const struct grant *grant)
{
	return json_equal(grant->id_token, grant->claims) ? json_true() : json_deep_copy(grant->id_token);
}

json_t *grant_write(const struct grant *grant)
{
	auto_json *json = json_object();
	auto_buf text = BUF(GRANT_BYTES);

	set_text(json, "id", grant->id);
	set_text(json, "client", grant->client);
	set_text(json, "client_name", grant->client_name);
	set_text(json, "redirect_uri", grant->redirect_uri);
	set_text(json, "provider", grant->provider);
	set_text(json, "resource", grant->resource);
	set_text(json, "scope", grant->scope);
	(void)json_object_set_new(json, "claims", json_deep_copy(grant->claims));
	if (grant->id_token != NULL)
		(void)json_object_set_new(json, "id_token", id_token_of(grant));
	set_number(json, "kind", grant->kind);
	set_text(json, "token", grant->token);
	set_number(json, "since", grant->since);
	set_number(json, "used", grant->used);
	set_number(json, "checked", grant->checked);
	set_number(json, "busy", grant->busy);
	set_number(json, "generation", (int64_t)grant->generation);
	json_write(json, &text);
	return text.failed ? NULL : json_incref(json);
}

static bool read_number(const json_t *json, const char *name, int64_t *value)
{
	const json_t *number = json_object_get(json, name);

	*value = json_integer_value(number);
	return json_is_integer(number) && *value >= 0;
}

bool grant_read(const json_t *json, struct grant *grant)
{
	const json_t *id_token = json_object_get(json, "id_token");
	int64_t kind, generation;
	bool good;

	*grant = (struct grant){ .id = json_text(json, "id"),
		.client = json_text(json, "client"),
		.client_name = json_text(json, "client_name"),
		.redirect_uri = json_text(json, "redirect_uri"),
		.provider = json_text(json, "provider"),
		.resource = json_text(json, "resource"),
		.scope = json_text(json, "scope"),
		.claims = json_object_get(json, "claims"),
		.token = json_text(json, "token") };
	grant->id_token = json_is_true(id_token) ? grant->claims : id_token;
	good = read_number(json, "kind", &kind) && read_number(json, "since", &grant->since) &&
		read_number(json, "used", &grant->used) && read_number(json, "checked", &grant->checked) &&
		read_number(json, "busy", &grant->busy) && read_number(json, "generation", &generation);
	if (!good || kind > INT16_MAX)
		return false;
	grant->kind = (int)kind;
	grant->generation = (uint64_t)generation;
	return grant->id.n != 0 && grant->client.n != 0 && grant->redirect_uri.n != 0 && grant->resource.n != 0 &&
		json_is_object(grant->claims) && (grant->id_token == NULL || json_is_object(grant->id_token));
}
