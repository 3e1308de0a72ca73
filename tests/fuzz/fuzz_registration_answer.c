/* SPDX-License-Identifier: MIT */
/* A provider's answer to a registration: the first byte chooses its status and what was asked, the rest is the body. */
#include <string.h>

#include "fuzz.h"
#include "registration_answer.h"

#define TOKEN "hidden-0f9a"

static const struct client client = { .endpoint = { "discover", 8 }, .any_https = true, .refresh = true };
static const int statuses[] = { 201, 200, 400, 401, 403, 404, 429, 503 };

static void ask(bool two, struct registration *registration)
{
	registration_judge(&client,
		two ? STR("{\"redirect_uris\":[\"https://a.example/cb\",\"http://127.0.0.1/callback\"],\"scope\":\"a b\",\"client_name\":\"C\","
			  "\"application_type\":\"native\",\"token_endpoint_auth_method\":\"client_secret_post\"}")
		    : STR("{\"redirect_uris\":[\"https://a.example/cb\"]}"),
		1800000000, registration);
	must(registration->question != NULL && registration->answer == NULL && registration->status == 0);
}

static void check_given(const struct registration *registration)
{
	static const char *const known[] = { "client_id", "client_id_issued_at", "client_secret", "client_secret_expires_at", "redirect_uris",
		"grant_types", "response_types", "token_endpoint_auth_method", "client_name", "application_type", "scope" };
	const json_t *given = registration->answer, *uris = json_object_get(registration->question, "redirect_uris");
	struct str method = json_text(given, "token_endpoint_auth_method");
	auto_buf text = BUF(2 * REGISTRATION_ANSWER_BYTES);
	size_t n = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		n += json_object_get(given, known[i]) != NULL;
	must(n == json_object_size(given));
	must(json_text(given, "client_id").n != 0 && str_is_printable(json_text(given, "client_id")));
	must(json_is_integer(json_object_get(given, "client_id_issued_at")));
	must(json_equal(json_object_get(given, "redirect_uris"), uris));
	must(json_array_size(json_object_get(given, "grant_types")) >= 1);
	must(str_is(method, "none") || str_is(method, "client_secret_post") || str_is(method, "client_secret_basic"));
	must(registration->secret_given == !str_is(method, "none"));
	must(registration->secret_given == (json_text(given, "client_secret").n != 0));
	must(registration->secret_given == json_is_integer(json_object_get(given, "client_secret_expires_at")));
	json_write(given, &text);
	must(!text.failed && memmem(text.p, text.n, TOKEN, sizeof(TOKEN) - 1) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = fuzz_text(data, size);
	unsigned choice = size != 0 ? data[0] : 0;
	int status = statuses[choice & 7];
	struct registration registration = { 0 };
	auto_buf why = BUF(2048);

	if (size == 0)
		return 0;
	body = str_skip(body, 1);
	ask((choice & 8) != 0, &registration);
	registration_answer_judge(&registration, status, (choice & 16) == 0, body, STR(TOKEN), 1800000000, &why);
	must(registration.answer != NULL && registration.reason != NULL);
	must(why.n == 0 || memmem(why.p, why.n, TOKEN, 8) == NULL);
	if (registration.status == 201) {
		must((status == 200 || status == 201) && why.n == 0);
		check_given(&registration);
	} else {
		must(registration.status == 400 || registration.status == 502 || registration.status == 503);
		must((registration.status == 400) == (status == 400) && why.n != 0 && !registration.secret_given);
		must(json_object_size(registration.answer) == 2 && json_text(registration.answer, "error").n != 0);
		/* None of the provider's words. */
		must(str_is(json_text(registration.answer, "error_description"), registration.reason));
	}
	registration_free(&registration);
	return 0;
}
