/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "url.h"

static bool is_inside(struct str part, struct str whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = fuzz_text(data, size), scheme = uri_scheme(text);
	auto_buf place = BUF(65536);
	struct url url, again;

	must(is_inside(scheme, text));
	if (path_is_plain(text)) {
		must(!str_has(text, '\\') && !str_has(text, '\0'));
		for (size_t i = 0; i + 1 < text.n; i++)
			must(text.p[i] != '/' || text.p[i + 1] != '/');
	}
	if (!url_parse(text, &url))
		return 0;
	must(is_inside(url.scheme, text) && is_inside(url.origin, text) && is_inside(url.host, text));
	must(is_inside(url.path, text) && is_inside(url.query, text));
	must(str_is(url.scheme, "https") || str_is(url.scheme, "http"));
	must(url.host.n != 0 && str_starts(text, url.origin));
	must(url.path.n == 0 || url.path.p[0] == '/');
	must(url_parse(url.origin, &again) && str_eq(again.host, url.host) && again.port == url.port);
	(void)!url_is_loopback(&url);
	for (int drop = 0; drop < 2; drop++) {
		buf_clear(&place);
		url_insert_well_known(&url, WELL_KNOWN_AUTHORIZATION_SERVER, drop != 0, &place);
		must(place.failed || str_starts(buf_str(&place), url.origin));
	}
	return 0;
}
