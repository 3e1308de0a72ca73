"""client-registration that passes registrations on to the provider's own endpoint (RFC 7591 3)."""

import concurrent.futures
import json
import time

import pytest

from support.credentials import register as credential
from support.credentials import secret_file
from support.processes import until
from support.scripted_provider import Answer, ScriptedProvider, endless, html, redirect
from support.tokens import key_set

PROGRAM = "client-registration"
ENDPOINT = "/register"
TOKEN = "initial-access-token-of-the-operator"
CALLBACK = "http://127.0.0.1:5001/callback"
WANTED = {"client_name": "Client", "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
          "response_types": ["code"], "token_endpoint_auth_method": "none", "application_type": "native", "scope": "mcp:read"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def provider(key):
    with ScriptedProvider() as running:
        running.behave(key_set(key), registration_endpoint=f"{running.url}{ENDPOINT}")
        yield running


@pytest.fixture
def relay(room, provider):
    """Settings anew; `endpoint` None: that of the provider's document."""
    def settings(more="", endpoint=None, token=True):
        own = f"upstream_registration_token_file {secret_file(room.directory / 'secret', TOKEN, 'initial access token')};" if token else ""
        room.settings(f"dev on\nlog_format json\nauthorization_server augment\nissuer {provider.url} {{\n"
                      f"provider_metadata {provider.url}/.well-known/openid-configuration; registration_endpoint {endpoint or 'discover'}; {own} {more} }}\n"
                      "resource http://127.0.0.1:8443/mcp { allow any; }\n")
        room.running.clear()
    settings()
    room.relay = settings
    return room


def made(changes=None, status=201, **more):
    """A good provider's answer to WANTED, with its changes; None takes a member away."""
    members = {**WANTED, "client_id": "made-by-the-provider", "client_id_issued_at": 1700000000,
               "registration_access_token": credential("registration-access-token-1", "registration access token"),
               "registration_client_uri": "https://idp.example/clients/1", **(changes or {}), **more}
    return Answer(status, {name: value for name, value in members.items() if value is not None})


def register(room, body=WANTED, headers=(), **more):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return room.ask(PROGRAM, "/oauth/register", more.pop("method", "POST"), [("Content-Type", "application/json"), *headers], data,
                    host="127.0.0.1", **more)


def given(answer):
    assert answer.status == 201, answer.body
    return json.loads(answer.body)


def refused(answer, status, error):
    assert answer.status == status, answer.body
    said = json.loads(answer.body)
    assert said["error"] == error and said["error_description"] and set(said) == {"error", "error_description"}
    assert answer.header("Access-Control-Allow-Origin") == "*" and answer.header("Cache-Control") == "no-store"
    if status == 503:
        assert int(answer.header("Retry-After")) > 0
    return said["error_description"]


def events(room, name):
    return [line for line in map(json.loads, room.log(PROGRAM).splitlines()) if line["event"] == name]


def test_RG_20_RG_17_a_client_gets_an_id_of_its_own_and_nothing_to_change_it_with(relay, provider, way):
    provider.script(ENDPOINT, made())
    answer = register(relay, way=way)
    assert given(answer) == {**WANTED, "client_id": "made-by-the-provider", "client_id_issued_at": 1700000000}
    assert answer.header("Cache-Control") == "no-store" and answer.header("Access-Control-Allow-Origin") == "*"
    asked = next(one for one in provider.requests if one.path == ENDPOINT)
    assert (asked.method, asked.header("Authorization"), asked.header("Content-Type")) == ("POST", f"Bearer {TOKEN}", "application/json")
    assert json.loads(asked.body) == WANTED


def test_RG_20_only_what_is_known_is_passed_on(relay, provider):
    provider.script(ENDPOINT, made(scope=None, application_type=None, client_name=None))
    register(relay, {"redirect_uris": [CALLBACK], "client_uri": "https://evil.example", "logo_uri": "https://evil.example/x", "jwks_uri": "https://evil.example/y",
                     "software_statement": "e30.e30.", "initiate_login_uri": "https://evil.example/z", "client_id": "chosen", "scope": 7,
                     "require_pushed_authorization_requests": True, "token_endpoint_auth_method": "private_key_jwt"},
             headers=[("Authorization", "Bearer of-the-client-itself"), ("X-Forwarded-For", "192.0.2.7")])
    asked = next(one for one in provider.requests if one.path == ENDPOINT)
    assert json.loads(asked.body) == {"redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                                      "token_endpoint_auth_method": "none", "application_type": "native"}
    assert [value for name, value in asked.headers if name.lower() == "authorization"] == [f"Bearer {TOKEN}"]


def test_RG_06_RG_08_RG_20_the_operators_list_comes_first(relay, provider):
    for body in ({**WANTED, "redirect_uris": [CALLBACK, "https://evil.example/cb"]}, {**WANTED, "grant_types": ["client_credentials"]}, b"[]"):
        assert register(relay, body).status == 400
    assert provider.count() == 0


def test_RG_12_RG_16_RG_20_our_own_gate_and_limit_come_first(relay, provider):
    provider.script(ENDPOINT, made())
    gate = secret_file(relay.directory / "gate", "token-of-our-own-gate", "registration token")
    relay.relay(f"registration_token_file {gate}; registration_rate 3/day")
    assert register(relay).status == 401 and register(relay, headers=[("Authorization", f"Bearer {TOKEN}")]).status == 401
    assert provider.count(ENDPOINT) == 0
    assert register(relay, headers=[("Authorization", "Bearer token-of-our-own-gate")]).status == 201
    assert register(relay, headers=[("Authorization", "Bearer token-of-our-own-gate")]).status == 429
    assert provider.count(ENDPOINT) == 1


def test_RG_20_without_a_token_none_is_sent_and_the_refusal_says_what_to_do(relay, provider):
    relay.relay(token=False)
    provider.script(ENDPOINT, made(), Answer(401, {"error": "invalid_token"}))
    assert register(relay).status == 201
    assert provider.requests[-1].header("Authorization") is None
    refused(register(relay), 503, "temporarily_unavailable")
    assert "upstream_registration_token_file" in events(relay, "registration_failed")[-1]["message"]


def test_RG_20_the_token_may_have_a_scheme_of_its_own(relay, provider):
    relay.relay()
    secret_file(relay.directory / "secret", f"SSWS {TOKEN}", "initial access token")
    provider.script(ENDPOINT, made(), Answer(403, {"error": f"no {TOKEN[:9]}"}), made(scope=f"a{TOKEN}"))
    assert register(relay).status == 201
    assert provider.requests[-1].header("Authorization") == f"SSWS {TOKEN}"
    # Without its scheme, too, it is told to nobody.
    refused(register(relay), 503, "temporarily_unavailable")
    refused(register(relay), 502, "server_error")
    assert TOKEN[:9] not in relay.log(PROGRAM)


def test_RG_20_the_settings_may_name_the_endpoint(relay, provider, key):
    provider.behave(key_set(key))
    provider.script("/elsewhere", made(status=200))
    relay.relay(endpoint=f"{provider.url}/elsewhere")
    assert given(register(relay))["client_id"] == "made-by-the-provider"
    # Without a document, and no wish for a secret, nobody asks for one.
    assert provider.count("/.well-known/openid-configuration") == 0


SECRET = "secret-made-by-the-provider"


@pytest.mark.parametrize("asked, offered, passed", [
    ("none", ["client_secret_post"], "none"), ("client_secret_post", ["client_secret_basic", "client_secret_post"], "client_secret_post"),
    ("client_secret_basic", ["client_secret_basic"], "client_secret_basic"), ("client_secret_post", ["client_secret_basic"], "none"),
    ("client_secret_post", ["none", "client_secret_post"], "none"), ("client_secret_post", None, "none"), ("private_key_jwt", ["private_key_jwt"], "none"),
    (None, ["client_secret_basic"], "none")])
def test_RG_10_RG_20_a_secret_only_where_clients_can_t_do_without(relay, provider, key, asked, offered, passed):
    provider.behave(key_set(key), registration_endpoint=f"{provider.url}{ENDPOINT}", **({"token_endpoint_auth_methods_supported": offered} if offered else {}))
    provider.script(ENDPOINT, made(token_endpoint_auth_method=passed))
    register(relay, {name: value for name, value in {**WANTED, "token_endpoint_auth_method": asked}.items() if value})
    assert json.loads(next(one for one in provider.requests if one.path == ENDPOINT).body)["token_endpoint_auth_method"] == passed


@pytest.mark.parametrize("changes, method, expires", [
    ({"token_endpoint_auth_method": "client_secret_post", "client_secret_expires_at": 1900000000}, "client_secret_post", 1900000000),
    ({"token_endpoint_auth_method": "client_secret_basic", "client_secret_expires_at": 0}, "client_secret_basic", 0),
    ({"token_endpoint_auth_method": None}, "client_secret_basic", 0), ({"token_endpoint_auth_method": "client_secret_post", "client_secret_expires_at": "soon"},
                                                                       "client_secret_post", 0)])
def test_RG_03_RG_20_a_secret_of_the_provider_goes_to_this_client(relay, provider, changes, method, expires):
    provider.script(ENDPOINT, made(client_secret=credential(SECRET, "client secret"), **changes))
    answer = register(relay)
    client = given(answer)
    assert (client["client_secret"], client["client_secret_expires_at"], client["token_endpoint_auth_method"]) == (SECRET, expires, method)
    assert answer.header("Cache-Control") == "no-store" and answer.header("Pragma") == "no-cache"
    record = events(relay, "registration")[-1]
    assert record["secret_given"] == "yes" and record["client"] == "made-by-the-provider"
    assert SECRET not in relay.log(PROGRAM)


def test_RG_10_a_secret_that_the_client_would_not_use_is_kept_back(relay, provider):
    provider.script(ENDPOINT, made(client_secret=credential(SECRET, "client secret"), client_secret_expires_at=0))
    client = given(register(relay))
    assert client["token_endpoint_auth_method"] == "none" and not [name for name in client if name.startswith("client_secret")]


def test_RG_04_RG_05_RG_09_what_the_provider_changed_is_told(relay, provider):
    provider.script(ENDPOINT, made(grant_types=["implicit", "authorization_code"], response_types=["code", "token"], scope="openid mcp:read", client_name=None,
                                   client_id_issued_at=None, x=None, contacts=[], tos_uri=""))
    client = given(register(relay))
    assert client["grant_types"] == ["authorization_code"] and client["response_types"] == ["code"] and client["scope"] == "openid mcp:read"
    assert abs(client["client_id_issued_at"] - time.time()) < 60 and "contacts" not in client and "tos_uri" not in client
    provider.script(ENDPOINT, made(grant_types=None, response_types=None, scope=""))
    client = given(register(relay))
    assert client["grant_types"] == WANTED["grant_types"] and "scope" not in client


def test_RG_06_RG_20_the_order_of_redirect_uris_does_not_matter(relay, provider):
    uris = [CALLBACK, "http://localhost:5001/callback"]
    provider.script(ENDPOINT, made(redirect_uris=uris[::-1]))
    assert given(register(relay, {**WANTED, "redirect_uris": uris}))["redirect_uris"] == uris


LIES = {
    "another redirect URI": made(redirect_uris=["https://evil.example/cb"]),
    "one more redirect URI": made(redirect_uris=[CALLBACK, "https://evil.example/cb"]),
    "no redirect URIs": made(redirect_uris=None),
    "redirect URIs that are none": made(redirect_uris=[CALLBACK, 7]),
    "a text for redirect URIs": made(redirect_uris=CALLBACK),
    "no client_id": made(client_id=None),
    "an empty client_id": made(client_id=""),
    "a number for client_id": made(client_id=7),
    "a client_id of two lines": made(client_id="a\nb"),
    "an endless client_id": made(client_id="x" * 1025),
    "no code": made(grant_types=["implicit"]),
    "no response type code": made(response_types=["token"]),
    "a secret method without a secret": made(token_endpoint_auth_method="client_secret_post"),
    "a key": made(token_endpoint_auth_method="private_key_jwt"),
    "a secret of two lines": made(token_endpoint_auth_method="client_secret_post", client_secret="of\ntwo"),
    "our token as client_id": made(client_id=f"x{TOKEN}"),
    "our token as secret": made(token_endpoint_auth_method="client_secret_post", client_secret=TOKEN),
    "our token as scope": made(scope=f"openid {TOKEN}"),
    "a page": html(status=201),
    "a list": Answer(201, [made().body]),
    "double members": Answer(201, b'{"client_id":"a","client_id":"b","redirect_uris":["' + CALLBACK.encode() + b'"]}', JSON),
    "half of it": Answer(201, json.dumps(made().body).encode()[:-1], JSON),
    "nothing": Answer(201, b"", JSON),
    "204": Answer(204),
    "404": Answer(404, b"not here"),
    "405": Answer(405),
    "another place": redirect("/elsewhere", 307),
    "more than 64 KiB": Answer(201, json.dumps({**made().body, "x": "y" * 70000}).encode(), JSON),
    "an endless answer": endless(),
}


@pytest.mark.parametrize("answer", LIES.values(), ids=LIES)
def test_RG_20_an_answer_that_is_none_registers_nobody(relay, provider, answer):
    provider.script(ENDPOINT, answer, made())
    refused(register(relay), 502, "server_error")
    assert len(events(relay, "registration_failed")) == 1 and events(relay, "registration")[-1]["decision"] == "deny"
    assert TOKEN not in relay.log(PROGRAM) and provider.count("/elsewhere") == 0
    # No outage: others may have more luck.
    assert register(relay).status == 201


@pytest.mark.parametrize("status, body, error", [
    (400, {"error": "invalid_redirect_uri", "error_description": "<b>of the provider</b>"}, "invalid_redirect_uri"),
    (400, {"error": "invalid_client_metadata", "error_description": "Not allowed scope"}, "invalid_client_metadata"),
    (400, {"error": "invalid_software_statement"}, "invalid_client_metadata"), (400, {"errorCode": "E0000001", "errorSummary": "Api validation failed"},
                                                                                "invalid_client_metadata"),
    (422, {}, "invalid_client_metadata"), (400, {"error": 7}, "invalid_client_metadata")])
def test_RG_15_RG_20_the_providers_refusal_in_our_words(relay, provider, status, body, error):
    provider.script(ENDPOINT, Answer(status, body))
    description = refused(register(relay), 400, error)
    assert "provider" not in description and "authorization server" in description
    told = events(relay, "registration_failed")[-1]["message"]
    # The operator reads the provider's own words.
    assert all(str(word) in told for word in body.values() if isinstance(word, str) and word != "E0000001")


@pytest.mark.parametrize("status, body", [(401, {"error": "invalid_token", "error_description": "Failed decode token"}), (403, {"error": "insufficient_scope"}), (401, None)])
def test_RG_20_our_token_that_is_not_taken_is_the_operators_business(relay, provider, status, body):
    provider.script(ENDPOINT, Answer(status, body) if body else Answer(status), made())
    answer = register(relay)
    refused(answer, 503, "temporarily_unavailable")
    assert answer.header("WWW-Authenticate") is None
    told = events(relay, "registration_failed")[-1]["message"]
    assert "upstream_registration_token_file" in told and (not body or body["error"] in told)
    assert register(relay).status == 201


def test_RG_20_SEC_18_a_provider_that_repeats_our_token_is_not_quoted(relay, provider):
    provider.script(ENDPOINT, Answer(401, {"error": "invalid_token", "error_description": f"unknown token {TOKEN[:20]}"}))
    refused(register(relay), 503, "temporarily_unavailable")
    log = relay.log(PROGRAM)
    assert TOKEN[:12] not in log and "invalid_token" in log


def test_RG_20_after_an_outage_one_question_in_a_while_finds_it_well(relay, provider):
    provider.script(ENDPOINT, Answer(201, {"client_id": "a"}, cut=5), made())
    refused(register(relay), 503, "temporarily_unavailable")
    refused(register(relay), 503, "temporarily_unavailable")
    assert provider.count(ENDPOINT) == 1
    until(lambda: register(relay).status == 201, "one question in ten seconds finds it well again", timeout=30)
    assert provider.count(ENDPOINT) == 2


@pytest.mark.parametrize("answer", [Answer(429), Answer(500), Answer(503, {"error": "x"})], ids=["429", "500", "503"])
def test_RG_20_what_one_client_may_bring_about_is_no_outage(relay, provider, answer):
    provider.script(ENDPOINT, answer, made(), answer, made())
    assert [register(relay).status for _ in range(4)] == [503, 201, 503, 201]


def test_RG_20_a_provider_that_is_away_is_no_place_to_register(relay, provider):
    provider.stop()
    refused(register(relay), 503, "temporarily_unavailable")
    relay.relay(endpoint=f"{provider.url}{ENDPOINT}")
    refused(register(relay), 503, "temporarily_unavailable")


def test_SEC_12_RG_20_a_provider_that_hangs_holds_all_but_one_process_and_not_for_long(relay, provider):
    provider.script(ENDPOINT, provider.never())
    relay.program(PROGRAM, processes=3)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        began = time.monotonic()
        waiting = [pool.submit(register, relay) for _ in range(2)]
        provider.wait_for(ENDPOINT, 2)
        # The third process answers those who are refused anyway at once, and waits for its turn no longer than a moment.
        assert register(relay, method="OPTIONS", body=b"").status == 204
        assert register(relay, {**WANTED, "redirect_uris": ["https://evil.example/cb"]}).status == 400
        assert register(relay).status == 503
        assert not any(one.done() for one in waiting)
        assert {one.result().status for one in waiting} == {503}
        assert time.monotonic() - began < 8
    assert provider.count(ENDPOINT) == 2
    assert {"registrations.lock"} <= {file.name for file in relay.state.iterdir()}


def test_RG_18_RG_20_one_audit_line_and_no_token_anywhere(relay, provider):
    provider.script(ENDPOINT, made())
    register(relay)
    records = events(relay, "registration")
    assert len(records) == 1 and records[0]["decision"] == "allow" and records[0]["client"] == "made-by-the-provider" and records[0]["address"] == "192.0.2.1"
    assert TOKEN not in relay.log(PROGRAM) and not any(TOKEN.encode() in file.read_bytes() for file in relay.state.iterdir())
    assert "registration-access-token-1" not in relay.log(PROGRAM)


def test_ASM_01_RG_20_the_metadata_names_us_as_the_place_to_register(relay, provider):
    answer = relay.ask("authorization-server-metadata", "/.well-known/oauth-authorization-server", host="127.0.0.1")
    document = json.loads(answer.body)
    assert document["registration_endpoint"] == f"{provider.url}/oauth/register" and document["issuer"] == provider.url
    assert "none" in document["token_endpoint_auth_methods_supported"]
