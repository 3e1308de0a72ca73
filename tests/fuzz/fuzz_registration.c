/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "redirect_uri.h"
#include "registration.h"

/* What another is asked in our name. */
static void check_question(const struct client *client, const json_t *question)
{
	static const char *const known[] = { "redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method", "client_name", "scope",
		"application_type" };
	const json_t *uris = json_object_get(question, "redirect_uris");
	size_t n = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		n += json_object_get(question, known[i]) != NULL;
	must(client->endpoint.n != 0 && n == json_object_size(question));
	for (size_t i = 0; i < json_array_size(uris); i++)
		must(redirect_uri_allowed(client, (struct str){ json_string_value(json_array_get(uris, i)), json_string_length(json_array_get(uris, i)) }));
}

static void judge(const struct client *client, struct str body)
{
	struct registration result;
	const char *name;
	json_t *value;

	registration_judge(client, body, 1800000000, &result);
	must((result.question != NULL) == (result.status == 0));
	if (result.status == 0) {
		check_question(client, result.question);
		registration_free(&result);
		return;
	}
	must((result.registered != NULL) == (result.status == 201 && client->id.n == 0));
	must(result.answer != NULL && result.reason != NULL && (result.status == 201 || result.status == 400));
	json_object_foreach (result.answer, name, value)
		must(!json_is_null(value) && !(json_is_string(value) && json_string_length(value) == 0));
	if (result.registered != NULL) {
		auto_buf text = BUF(REGISTRATION_SEALED_BYTES);

		json_write(result.registered, &text);
		must(!text.failed && json_equal(json_object_get(result.registered, "redirect_uris"), json_object_get(result.answer, "redirect_uris")));
	}
	if (result.status == 201) {
		const json_t *uris = json_object_get(result.answer, "redirect_uris");

		must(json_array_size(uris) >= 1 && json_array_size(uris) <= 16);
		for (size_t i = 0; i < json_array_size(uris); i++) {
			const json_t *item = json_array_get(uris, i);

			must(redirect_uri_allowed(client, (struct str){ json_string_value(item), json_string_length(item) }));
		}
		must((json_object_get(result.answer, "client_secret") != NULL) == result.secret_given);
		must(!result.secret_given || client->secret.n != 0);
	} else {
		must(json_text(result.answer, "error").n != 0);
		must(json_object_get(result.answer, "client_id") == NULL && json_object_get(result.answer, "client_secret") == NULL);
	}
	registration_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct client public_client = { .id = STR("app"), .refresh = true };
	const struct client ours = { .refresh = true, .any_https = true };
	const struct client relayed = { .endpoint = STR("discover"), .refresh = true };
	struct client with_secret = { .id = STR("app"), .secret = STR("s3cret"), .secret_method = CLIENT_AUTH_POST };
	struct str uris[] = { STR("https://one.example/cb"), STR("http://127.0.0.1/cb") };

	with_secret.redirect_uri = (struct words){ uris, 2 };
	judge(&public_client, fuzz_text(data, size));
	judge(&with_secret, fuzz_text(data, size));
	judge(&relayed, fuzz_text(data, size));
	judge(&ours, fuzz_text(data, size));
	return 0;
}
