/* SPDX-License-Identifier: MIT */
#include "own_client.h"

#include "base64url.h"
#include "crypto.h"
#include "form.h"
#include "introspection.h"
#include "json.h"

#define ASSERTION_SECONDS 60
#define ID_BYTES 16

void own_client_free(struct own_client *client)
{
	signer_free(client->signer);
	*client = (struct own_client){ 0 };
}

/* RFC 7523 3: who we are, for a minute, once. */
static bool add_assertion(const struct own_client *client, struct str url, int64_t now, struct buf *form)
{
	struct str audience = client->audience.n != 0 ? client->audience : url;
	unsigned char random[ID_BYTES];
	auto_secret assertion = BUF(form->limit);
	auto_buf id = BUF(64);

	if (client->signer == NULL)
		return false;
	crypto_random(random, sizeof(random));
	base64url_encode((struct str){ (const char *)random, sizeof(random) }, &id);

	auto_json *header = json_pack("{s:s}", "typ", "JWT");
	auto_json *claims = json_pack("{s:s%,s:s%,s:s%,s:s,s:I,s:I}", "iss", client->id.p, client->id.n, "sub", client->id.p,
		client->id.n, "aud", audience.p, audience.n, "jti", id.p, "iat", (json_int_t)now, "exp",
		(json_int_t)now + ASSERTION_SECONDS);
	if (claims == NULL || !signer_sign(client->signer, header, claims, &assertion))
		return false;
	form_add(form, "client_assertion_type", STR("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
	form_add(form, "client_assertion", buf_str(&assertion));
	return true;
}

bool own_client_add(const struct own_client *client, struct str url, int64_t now, struct buf *form, struct buf *authorization)
{
	bool good = true;

	if (client->method == CLIENT_AUTH_BASIC)
		basic_add(client->id, client->secret, authorization);
	else
		form_add(form, "client_id", client->id);
	if (client->method == CLIENT_AUTH_POST)
		form_add(form, "client_secret", client->secret);
	else if (client->method == CLIENT_AUTH_PRIVATE_KEY)
		good = add_assertion(client, url, now, form);
	return good && !form->failed && !authorization->failed;
}
