"""client-registration (RFC 7591)."""

import json

import pytest
from conftest import ISSUER, RESOURCE

from support.credentials import secret_file
from support.programs import fastcgi

PROGRAM = "client-registration"
PATH = "/oauth/register"
GOOD = {"client_name": "Client", "redirect_uris": ["http://127.0.0.1:5001/callback"], "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "token_endpoint_auth_method": "none", "application_type": "native"}


@pytest.fixture
def desk(room):
    def settings(more="", client="client_id app"):
        room.settings(f"authorization_server augment\nissuer {ISSUER} {{ provider_metadata https://p.example/x; {client}; {more} }}\n"
                      f"resource {RESOURCE} {{ allow any; }}\n")
        room.running.clear()
    settings()
    room.desk = settings
    return room


def secret(room):
    return f"client_secret_file {secret_file(room.directory / 'secret', 's3cret-Value_1')}"


def register(room, body=GOOD, method="POST", target=PATH, headers=(("Content-Type", "application/json"),), **more):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return room.ask(PROGRAM, target, method, headers, data, host=more.pop("host", "idp.example.net"), **more)


def test_RG_02_RG_03_RG_04_RG_05_success(desk, way):
    answer = register(desk, way=way)
    assert answer.status == 201 and answer.header("Cache-Control") == "no-store" and answer.header("Pragma") == "no-cache"
    given = json.loads(answer.body)
    assert given["client_id"] == "app" and isinstance(given.pop("client_id_issued_at"), int)
    assert given == {**GOOD, "client_id": "app"}


def test_RG_01_RG_17_DISC_09_only_post_of_json(desk, way):
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        answer = register(desk, b"", method, way=way)
        assert answer.status == 405 and answer.header("Allow") == "POST, OPTIONS", method
    assert register(desk, b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}, way=way).status == 400
    assert register(desk, b"x" * 17000, way=way).status == 413
    for body in (b"[]", b"{", b'{"a":1,"a":2}', b"", b"null"):
        answer = register(desk, body, way=way)
        assert answer.status == 400 and json.loads(answer.body)["error"] == "invalid_client_metadata", body


def test_RG_06_RG_07_RG_08_RG_15_redirect_uris(desk):
    for uri in ("https://evil.example/cb", "http://app.example/callback", "javascript:alert(1)", "http://127.0.0.1.evil/callback",
                "http://127.0.0.1:1@evil/callback", "HTTP://127.0.0.1/callback", "http://127.0.0.1/callback#x", "http://127.0.0.1/callback/../x"):
        for uris in ([uri], [GOOD["redirect_uris"][0], uri]):
            answer = register(desk, {**GOOD, "redirect_uris": uris})
            assert answer.status == 400 and json.loads(answer.body)["error"] == "invalid_redirect_uri", uri


def test_RG_16_the_limit_is_per_address_and_nothing_is_written(desk):
    desk.desk("registration_rate 5/day")
    answers = [register(desk).status for _ in range(8)]
    assert answers == [201] * 5 + [429] * 3
    assert int(register(desk).header("Retry-After")) > 0
    pairs = [("REQUEST_METHOD", "POST"), ("REQUEST_URI", PATH), ("SERVER_NAME", "idp.example.net"), ("CONTENT_TYPE", "application/json")]
    body = json.dumps(GOOD).encode()
    socket = desk.program(PROGRAM).socket
    doubled = [("REMOTE_ADDR", "192.0.2.1"), ("REMOTE_ADDR", "192.0.2.2")]
    assert fastcgi(socket, [*pairs, *doubled], body).status == 429  # the first counts
    assert fastcgi(socket, [*pairs, ("REMOTE_ADDR", "192.0.2.2")], body).status == 201
    # A household of IPv6 has 64 bits of addresses of its own and counts as one.
    assert [fastcgi(socket, [*pairs, ("REMOTE_ADDR", f"2001:db8::{n:x}")], body).status for n in range(1, 8)] == [201] * 5 + [429] * 2
    assert fastcgi(socket, [*pairs, ("REMOTE_ADDR", "2001:db8:0:1::1")], body).status == 201
    assert {file.name for file in desk.state.iterdir()} <= {"table", "table.lock"}


def test_RG_10_RG_12_the_secret_only_for_who_asked_and_passed_the_gate(desk):
    desk.desk(secret(desk))
    assert b"s3cret" not in register(desk).raw
    given = json.loads(register(desk, {**GOOD, "token_endpoint_auth_method": "client_secret_post"}).body)
    assert given["client_secret"] == "s3cret-Value_1" and given["client_secret_expires_at"] == 0
    gate = secret_file(desk.directory / "gate", "initial-access-token", "registration token")
    desk.desk(f"{secret(desk)}; registration_token_file {gate}")
    for headers in ((), (("Authorization", "Bearer wrong"),), (("Authorization", "initial-access-token"),),
                    (("Authorization", "Bearer initial-access-token"), ("Authorization", "Bearer x"))):
        answer = register(desk, headers=(("Content-Type", "application/json"), *headers))
        assert answer.status == 401 and answer.header("WWW-Authenticate").startswith("Bearer"), headers
    assert register(desk, headers=(("Content-Type", "application/json"), ("Authorization", "Bearer initial-access-token"))).status == 201
    log = desk.log(PROGRAM)
    assert "s3cret" not in log and "initial-access-token" not in log


def test_RG_18_one_audit_line_per_attempt(desk):
    desk.desk(secret(desk))
    register(desk, {**GOOD, "client_name": 'Ev"il\\', "token_endpoint_auth_method": "client_secret_post"})
    register(desk, {**GOOD, "redirect_uris": ["https://evil.example/cb"]})
    lines = [line for line in desk.log(PROGRAM).splitlines() if " registration " in line]
    assert len(lines) == 2 and 'decision="allow"' in lines[0] and 'decision="deny"' in lines[1]
    assert "192.0.2.1" in lines[0] and "127.0.0.1" in lines[0] and "evil.example" in lines[1] and "s3cret" not in desk.log(PROGRAM)


def test_CORS_01_CORS_02_pages_may_register(desk, way):
    preflight = register(desk, b"", "OPTIONS", way=way)
    assert preflight.status == 204 and preflight.header("Access-Control-Allow-Methods") == "POST, OPTIONS"
    assert register(desk, way=way).header("Access-Control-Allow-Origin") == "*"
    assert register(desk, b"[]", way=way).header("Access-Control-Allow-Origin") == "*"


def test_nobody_registers_elsewhere(desk):
    assert register(desk, host="evil.example").status == 404
    assert register(desk, target="/oauth/register/").status == 404
    desk.settings(f"issuer {ISSUER} {{ keys_file {desk.keys}; }}\nresource {RESOURCE} {{ allow any; }}\n")
    desk.running.clear()
    assert register(desk).status == 404
