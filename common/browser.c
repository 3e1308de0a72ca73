/* SPDX-License-Identifier: MIT */
#include "browser.h"

#include <string.h>

#include "base64url.h"
#include "crypto.h"

#define COOKIE "gatehouse"
#define COOKIE_BYTES 8192
#define SEPARATOR '\0'

static void add_name(const struct browser *browser, const char *name, struct buf *out)
{
	buf_print(out, "%s%s%s%s", browser->secure ? "__Host-" : "", COOKIE, name[0] != '\0' ? "-" : "", name);
}

/* Two of one name are none: of one host there can't be two (RFC 6265 5.4 orders them, and anybody may have set the first). */
struct str browser_get(const struct http *http, const struct browser *browser, const char *name)
{
	struct str rest = http->value[HTTP_COOKIE], cookie, value = STR_NONE;
	auto_buf wanted = BUF(128);
	size_t found = 0;

	add_name(browser, name, &wanted);
	while (str_cut(&rest, ';', &cookie)) {
		struct str key = STR_NONE;

		cookie = str_trim(cookie);
		if (str_has(cookie, '=') && str_cut(&cookie, '=', &key) && str_eq(key, buf_str(&wanted))) {
			value = cookie;
			found++;
		}
	}
	return found == 1 && http->copies[HTTP_COOKIE] == 1 ? value : STR_NONE;
}

static bool is_name(struct str text)
{
	auto_buf bytes = BUF(CRYPTO_KEY_BYTES);

	return text.n == BROWSER_NAME_BYTES && base64url_decode(text, &bytes) && bytes.n == CRYPTO_KEY_BYTES;
}

static void encode(const unsigned char bytes[SHA256_BYTES], char text[BROWSER_NAME_BYTES + 1])
{
	auto_secret encoded = BUF(64);

	base64url_encode((struct str){ (const char *)bytes, SHA256_BYTES }, &encoded);
	memcpy(text, encoded.p, BROWSER_NAME_BYTES);
	text[BROWSER_NAME_BYTES] = '\0';
}

void browser_find(const struct http *http, bool secure, struct browser *browser)
{
	unsigned char bytes[SHA256_BYTES];
	struct str name;

	*browser = (struct browser){ .secure = secure };
	name = browser_get(http, browser, "");
	browser->is_new = !is_name(name);
	if (browser->is_new) {
		crypto_random(bytes, sizeof(bytes));
		encode(bytes, browser->name);
	} else {
		memcpy(browser->name, name.p, name.n);
	}
	crypto_sha256(str_from(browser->name), bytes);
	encode(bytes, browser->digest);
}

static void set_cookie(struct http *http, const struct browser *browser, const char *name, struct str value)
{
	auto_secret cookie = BUF(COOKIE_BYTES);

	add_name(browser, name, &cookie);
	buf_print(&cookie, "=%.*s; Path=/; HttpOnly; SameSite=Lax%s%s", STR_ARGS(value), browser->secure ? "; Secure" : "",
		value.n == 0 ? "; Max-Age=0" : "");
	http_header(http, "Set-Cookie", buf_str(&cookie));
}

void browser_remember(struct http *http, const struct browser *browser)
{
	if (browser->is_new)
		set_cookie(http, browser, "", str_from(browser->name));
}

void browser_set(struct http *http, const struct browser *browser, const char *name, struct str value)
{
	set_cookie(http, browser, name, value);
}

void browser_form_token(const struct browser *browser, struct str subject, struct buf *token)
{
	auto_secret text = BUF(BROWSER_NAME_BYTES + 2 + subject.n);
	unsigned char digest[SHA256_BYTES];
	char encoded[BROWSER_NAME_BYTES + 1];

	buf_add(&text, str_from(browser->name));
	buf_add_byte(&text, SEPARATOR);
	buf_add(&text, subject);
	crypto_sha256(buf_str(&text), digest);
	encode(digest, encoded);
	buf_add(token, str_from(encoded));
}

bool browser_sent_form(const struct http *http, const struct browser *browser, struct str subject, struct str token)
{
	struct str site = http->value[HTTP_SEC_FETCH_SITE];
	auto_secret wanted = BUF(64);

	browser_form_token(browser, subject, &wanted);
	return (site.n == 0 || str_is(site, "same-origin")) && str_eq_secret(token, buf_str(&wanted));
}
