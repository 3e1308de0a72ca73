/* SPDX-License-Identifier: MIT */
#include "client_document.h"

#include "client_metadata.h"
#include "redirect_uri.h"

static const struct json_limits limits = { .bytes = CLIENT_DOCUMENT_BYTES, .depth = 8, .members = 64 };

bool client_document_is_id(struct str text, struct url *url)
{
	return text.n <= CLIENT_ID_BYTES && url_parse(text, url) && str_is(url->scheme, "https") && !url->has_query &&
		!url->has_fragment && url->path.n > 1 && path_is_plain(url->path);
}

/* What everybody can read is no secret: the draft's section 4.1. */
static bool has_secret(const json_t *json)
{
	return json_object_get(json, "client_secret") != NULL || json_object_get(json, "client_secret_expires_at") != NULL ||
		str_starts(json_text(json, "token_endpoint_auth_method"), STR("client_secret_"));
}

/* Its method may be its choice of several; with none of them said it has none. */
static bool can_be_public(const json_t *json)
{
	const json_t *method = client_metadata_said(json, "token_endpoint_auth_method");
	const json_t *choices = client_metadata_said(json, "token_endpoint_auth_methods_supported");

	return str_is(client_metadata_text(method), "none") || client_metadata_has(choices, "none") ||
		(method == NULL && choices == NULL);
}

/* A scheme without a period may be any program's, or one that the system itself obeys. A client of nobody in particular has all
 * presets. */
static bool is_fit(struct str uri)
{
	static const struct client anybody;
	struct str scheme = uri_scheme(uri);
	auto_buf why = BUF(256);

	return redirect_uri_listable(uri, &why) &&
		(str_is(scheme, "https") || str_is(scheme, "http") || str_has(scheme, '.') || redirect_uri_allowed(&anybody, uri));
}

/* One bad URI fails the document: what else it says would be no better. */
static bool are_fit(const json_t *uris)
{
	for (size_t i = 0; i < json_array_size(uris); i++) {
		if (!is_fit(client_metadata_text(json_array_get(uris, i))))
			return false;
	}
	return json_array_size(uris) != 0;
}

static bool are_loopback(const json_t *uris)
{
	struct url url;

	for (size_t i = 0; i < json_array_size(uris); i++) {
		if (!url_parse(client_metadata_text(json_array_get(uris, i)), &url) || !url_is_loopback(&url))
			return false;
	}
	return true;
}

/* NULL when it is good. */
static const char *fault_of(const json_t *json, struct str id)
{
	const char *fault;

	if (json == NULL)
		return "it is not one JSON object of at most 5 KiB without double members";
	if (!str_eq(json_text(json, "client_id"), id))
		return "its client_id is not the URL it was found at";
	if (has_secret(json))
		return "it has a secret, or a client_secret_* method, which nobody can keep in a public document";
	if (!can_be_public(json))
		return "its token_endpoint_auth_method is not supported here: only none is";
	fault = client_metadata_name_fault(json);
	if (fault != NULL)
		return fault;
	if (str_trim(json_text(json, "client_name")).n == 0)
		return "it has no client_name";
	if (!are_fit(json_object_get(json, "redirect_uris")))
		return "its redirect_uris are not all https, http on loopback, or of a private-use scheme with a period in it";
	return client_metadata_flow_fault(json);
}

bool client_document_read(struct str id, struct str text, struct client_document *document, const char **why)
{
	const json_t *json;

	*document = (struct client_document){ .json = NULL };
	*why = "the client's id is not the URL of a document";
	if (!client_document_is_id(id, &document->url))
		return false;
	document->json = json_read_object(text, limits);
	json = document->json;
	*why = fault_of(json, id);
	if (*why != NULL)
		return false;
	document->id = json_text(json, "client_id");
	document->name = json_text(json, "client_name");
	document->redirect_uris = json_object_get(json, "redirect_uris");
	document->all_loopback = are_loopback(document->redirect_uris);
	return client_document_is_id(document->id, &document->url); /* of the document's own text, which lives as long */
}

void client_document_free(struct client_document *document)
{
	json_decref(document->json);
	*document = (struct client_document){ .json = NULL };
}

bool client_document_redirects(const struct client_document *document, struct str uri)
{
	for (size_t i = 0; i < json_array_size(document->redirect_uris); i++) {
		if (redirect_uri_matches(client_metadata_text(json_array_get(document->redirect_uris, i)), uri))
			return true;
	}
	return false;
}

void client_document_add_consent(const struct client_document *document, struct buf *out)
{
	static const char *const members[] = { "client_id", "client_name", "redirect_uris", "token_endpoint_auth_method",
		"token_endpoint_auth_methods_supported", "jwks", "jwks_uri" };
	auto_json *facts = json_object();

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *member = json_object_get(document->json, members[i]);

		if (member != NULL && !json_is_null(member))
			(void)json_object_set(facts, members[i], member);
	}
	json_write(facts, out);
}
