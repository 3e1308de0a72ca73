/* SPDX-License-Identifier: MIT */
#include "client_document.h"
#include "fuzz.h"
#include "redirect_uri.h"

#define ID STR("https://app.example/client.json")

static struct str text_of(const json_t *item)
{
	return (struct str){ json_string_value(item), json_string_length(item) };
}

/* What every believed document has, and that its own words make the same document again. */
static void check(const struct client_document *document)
{
	auto_buf consent = BUF(6 * CLIENT_DOCUMENT_BYTES), why = BUF(256);
	struct url url;

	must(client_document_is_id(document->id, &url) && str_eq(document->url.whole, document->id));
	must(str_trim(document->name).n != 0 && document->name.n <= 800 && str_is_printable(document->name) && str_is_utf8(document->name));
	must(json_array_size(document->redirect_uris) != 0);
	for (size_t i = 0; i < json_array_size(document->redirect_uris); i++) {
		struct str uri = text_of(json_array_get(document->redirect_uris, i));
		bool loopback = url_parse(uri, &url) && url_is_loopback(&url);

		must(redirect_uri_listable(uri, &why) && client_document_redirects(document, uri));
		must(!document->all_loopback || loopback);
		must(uri_scheme(uri).n != 0 && !client_document_redirects(document, str_skip(uri, 1)));
	}
	must(json_object_get(document->json, "client_secret") == NULL);
	client_document_add_consent(document, &consent);
	must(!consent.failed);
}

static void judge(struct str id, struct str text)
{
	auto_client_document document, again;
	const char *why;
	bool good = client_document_read(id, text, &document, &why);

	must(good == (why == NULL));
	if (good) {
		auto_buf one = BUF(6 * CLIENT_DOCUMENT_BYTES), two = BUF(6 * CLIENT_DOCUMENT_BYTES);

		must(str_eq(document.id, id));
		check(&document);
		must(client_document_read(id, text, &again, &why));
		client_document_add_consent(&document, &one);
		client_document_add_consent(&again, &two);
		must(str_eq(buf_str(&one), buf_str(&two)));
	} else {
		again = (struct client_document){ .json = NULL };
		must(str_is_printable(str_from(why)));
	}
}

/* Properties of an id that url_parse does not promise. */
static void judge_id(struct str id)
{
	struct url url;

	if (!client_document_is_id(id, &url))
		return;
	must(str_starts(id, STR("https://")) && id.n <= CLIENT_ID_BYTES && !str_has(id, '?') && !str_has(id, '#'));
	must(url.path.n > 1 && !str_has(url.origin, '@') && str_is_printable(id) && !str_has(id, ' ') && !str_has(id, '\\'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = fuzz_text(data, size), rest = text, id = STR_NONE;

	judge(ID, text);
	/* A first line is taken for an id too, and the rest for what stands there. */
	if (str_cut(&rest, '\n', &id)) {
		judge_id(id);
		judge(id, rest);
	}
	return 0;
}
