"""Attacks on the token endpoint of our own authorization server, and on the login behind it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from attacks import error_of
from grants import BACK, FORM, MCP, OTHER, ROTATED, SECRET, UPSTREAM, VERIFIER, claims_of, desk, provider  # noqa: F401
from test_token import basic

from support.processes import until
from support.scripted_provider import Answer

AT_ONCE = 8


def at_once(desk, call):
    """What several processes answer to the same request."""
    desk.room.program("token", processes=4)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _: call(), range(AT_ONCE)))


def test_BK_07_of_many_processes_one_at_most_takes_a_code_and_the_replay_ends_it(desk):
    for _ in range(5):
        code = desk.code()
        answers = at_once(desk, lambda: desk.redeem(code))
        good = [answer for answer in answers if answer.status == 200]
        assert len(good) <= 1 and all(answer.status in (200, 400) for answer in answers), [answer.raw for answer in answers]
        assert error_of(desk.redeem(code)) == "invalid_grant"
        for answer in good:
            tokens = json.loads(answer.body)
            assert error_of(desk.renew(tokens["refresh_token"])) == "invalid_grant"
            until(lambda: desk.check(tokens["access_token"]).status == 401, "the stolen grant goes on")


def test_BK_12_of_many_processes_one_at_most_takes_a_refresh_token_and_the_replay_ends_it(desk):
    for _ in range(5):
        first = desk.tokens()
        answers = at_once(desk, lambda: desk.renew(first["refresh_token"]))
        good = [answer for answer in answers if answer.status == 200]
        assert len(good) <= 1 and all(answer.status in (200, 400, 503) for answer in answers), [answer.raw for answer in answers]
        for answer in good:
            assert error_of(desk.renew(json.loads(answer.body)["refresh_token"])) == "invalid_grant"
        until(lambda: desk.check(first["access_token"]).status == 401, "the stolen grant goes on")


def test_BK_13_the_provider_is_asked_by_one_at_a_time(desk):
    tokens = desk.tokens(ago=50)
    desk.settings("login_check 5s")
    desk.provider_renews()
    answers = at_once(desk, lambda: desk.renew(tokens["refresh_token"]))
    assert desk.provider.count("/token") == 1 and len([one for one in answers if one.status == 200]) <= 1


def test_BK_13_a_clock_that_was_ahead_stops_no_look_after_the_login(desk):
    tokens = desk.tokens(ago=-3600 * 24)
    desk.provider.script("/token", Answer(400, b'{"error":"invalid_grant"}', {"Content-Type": "application/json"}))
    assert error_of(desk.renew(tokens["refresh_token"])) == "invalid_grant"


def test_BK_07_no_other_client_redeems_or_ends_a_grant_with_a_code(desk):
    code = desk.code(client="closed")
    # The thief has the code and the verifier, not the secret.
    assert error_of(desk.redeem(code, client_id="notes")) == "invalid_grant"
    assert error_of(desk.redeem(code, client_id="closed"), 401) == "invalid_client"
    assert error_of(desk.redeem(code, client_id="closed", headers=basic("notes", "")), 401) == "invalid_client"
    assert error_of(desk.redeem(code, client_id="notes", headers=basic("closed", SECRET)), 401) == "invalid_client"
    tokens = json.loads(desk.redeem(code, client_id="closed", client_secret=SECRET).body)
    # A replay by a stranger, or without the verifier, is no reason to end it.
    assert error_of(desk.redeem(code)) == "invalid_grant"
    assert error_of(desk.redeem(code, client_id="closed", client_secret=SECRET, code_verifier="x" * 43)) == "invalid_grant"
    assert desk.renew(tokens["refresh_token"], client_id="closed", client_secret=SECRET).status == 200


@pytest.mark.parametrize("verifier", [None, "", "x" * 42, "x" * 129, VERIFIER + " ", VERIFIER + "\u00e9", VERIFIER.upper(), VERIFIER[:-1] + "\\"])
def test_BK_08_no_verifier_but_the_one_and_no_plain_one(desk, verifier):
    code = desk.code()
    assert error_of(desk.redeem(code, code_verifier=verifier)) == "invalid_grant"
    assert desk.redeem(code).status == 200


def test_BK_10_parameters_count_once_and_in_the_body_only(desk):
    code = desk.code()
    query = urlencode({"grant_type": "authorization_code", "client_id": "notes", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER})
    assert error_of(desk.post(b"x=y", f"/oauth/token?{query}")) == "invalid_request"
    for name in ("code", "code_verifier", "client_id", "client_secret", "redirect_uri", "grant_type", "scope", "refresh_token"):
        assert error_of(desk.post(f"{query}&{name}=a&{name}=b".encode())) == "invalid_request", name
    for body in (query.replace("&", ";"), query.encode().replace(b"&", b"&\0"), query + "&code%00=x&%", "\0" * 100, "&" * 30000, "=&=" * 9000, "%0", "a" * 32768):
        answer = desk.post(body if isinstance(body, bytes) else body.encode())
        assert answer.status in (400, 401), body[:40]
    for kind in ("application/x-www-form-urlencoded, text/plain", "multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded-x"):
        assert error_of(desk.post(query.encode(), headers=(("Content-Type", kind),))) == "invalid_request", kind
    assert desk.post(query.encode(), headers=(("Content-Type", "application/x-www-form-urlencoded; charset=utf-16"),)).status == 200


@pytest.mark.parametrize("pair", ["closed:" + "x" * 20000, "closed", ":", "closed:%", "clo\0sed:x", "closed:a&secret=b", "closed:\u00e9", "a" * 30000])
def test_BK_10_odd_basic_headers(desk, pair):
    import base64
    header = ("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    assert desk.redeem("ghcode_x", client_id=None, headers=(*FORM, header)).status == 401
    assert desk.redeem(desk.code()).status == 200


def test_BK_12_scope_and_resource_never_grow(desk):
    token = desk.tokens(scope="mcp:read")["refresh_token"]
    for scope in ("mcp:write", "mcp:read mcp:write", "MCP:READ", "mcp:read,mcp:write", "*", "mcp:"):
        assert error_of(desk.renew(token, scope=scope)) == "invalid_scope", scope
    for resource in (OTHER, MCP + "/", MCP + "#x", MCP.upper(), MCP + "/x", "http://127.0.0.1:8443", "urn:x"):
        assert error_of(desk.renew(token, resource=resource)) == "invalid_target", resource
    given = json.loads(desk.renew(token).body)
    assert claims_of(given["access_token"])["scope"] == "mcp:read" and claims_of(given["access_token"])["aud"] == MCP


def test_BK_04_a_resource_or_client_that_is_gone_gets_nothing(desk):
    code, tokens = desk.code(client="other", redirect_uri="https://other.example/cb"), desk.tokens()
    text = desk.room.config.read_text()
    desk.room.config.write_text("\n".join(line for line in text.split("\n") if not line.startswith(("client other", f"resource {MCP} "))))
    desk.room.running.clear()
    assert error_of(desk.redeem(code, client_id="other", redirect_uri=None), 401) == "invalid_client"
    assert error_of(desk.renew(tokens["refresh_token"])) == "invalid_target"
    desk.room.config.write_text(text)
    desk.room.running.clear()
    assert desk.renew(tokens["refresh_token"]).status == 200


def test_BK_12_keys_that_were_dropped_end_what_they_sealed(desk):
    from support.broker import seal_keys
    code, tokens = desk.code(), desk.tokens()
    seal_keys(desk.room.state)
    assert error_of(desk.redeem(code)) == "invalid_grant" and error_of(desk.renew(tokens["refresh_token"])) == "invalid_grant"
    assert desk.revoke(tokens["refresh_token"]).status == 200
    assert desk.redeem(desk.code()).status == 200


@pytest.mark.parametrize("lie", [{"subject": "mallory"}, {"iss": "https://evil.example"}, {"aud": "another"}, {"nonce": "of-another-login"}, {"exp": 1000},
                                 {"aud": ["gate", "another"]}, {"aud": ["gate", "another"], "azp": "another"}, {"at_hash": "x" * 22},
                                 {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}])
def test_BK_13_a_provider_that_lies_renews_nothing(desk, lie):
    tokens = desk.tokens(ago=50)
    desk.settings("login_check 5s")
    desk.provider_renews(**lie)
    answer = desk.renew(tokens["refresh_token"])
    assert answer.status in (400, 503) and b"access_token" not in answer.body


def test_BK_13_groups_of_an_old_login_do_not_outlive_what_the_provider_says_now(desk):
    tokens = desk.tokens(ago=50)
    assert claims_of(tokens["access_token"])["groups"] == ["staff"]
    desk.settings("login_check 5s", login=f"userinfo_endpoint {desk.provider.url}/userinfo;")
    # Renewed without an ID token, as OIDC Core 12.2 allows; userinfo is asked.
    desk.provider.script("/token", Answer(body={"access_token": "opaque-of-the-provider", "token_type": "Bearer", "refresh_token": ROTATED}))
    desk.provider.script("/userinfo", Answer(body={"sub": "alice", "groups": ["guests"], "email": "new@example.com", "email_verified": False}))
    claims = claims_of(json.loads(desk.renew(tokens["refresh_token"]).body)["access_token"])
    assert claims["groups"] == ["guests"] and claims["email"] == "new@example.com" and claims["email_verified"] is False and claims["sub"] == "alice"


def test_AUD_03_what_the_provider_signs_is_no_token_for_a_resource(desk):
    tokens = desk.tokens()
    assert desk.check(tokens["access_token"]).status == 200
    now = int(time.time())
    good = {"sub": "alice", "iat": now, "exp": now + 300, "scope": "mcp:read", "client_id": "notes", "jti": "x"}
    for claims in ({"iss": desk.provider.url, "aud": "gate"}, {"iss": desk.provider.url, "aud": MCP}, {"iss": "http://127.0.0.1:8443", "aud": MCP}):
        for kind in ("JWT", "at+jwt"):
            token = desk.room.maker.sign(desk.room.key, {**good, **claims}, {"typ": kind})
            assert desk.check(token).status == 401, claims


def test_BK_16_revocation_of_what_is_not_ours(desk):
    tokens = desk.tokens()
    now = int(time.time())
    grant = claims_of(tokens["access_token"])["grant_id"]
    forged = desk.room.maker.sign(desk.room.key, {"iss": "http://127.0.0.1:8443", "client_id": "notes", "grant_id": grant, "exp": now + 60, "aud": MCP}, {"typ": "at+jwt"})
    head, payload, signature = tokens["access_token"].split(".")
    for token in (forged, grant, f"{head}.{payload}.", f"{head}.{payload}.{'A' * len(signature)}", "." * 3000, "ghr_" + "A" * 600):
        assert desk.revoke(token).status == 200
    assert desk.renew(tokens["refresh_token"]).status == 200


def test_BK_14_no_secret_of_a_wrong_request_gets_into_the_log(desk):
    code, tokens = desk.code(client="closed"), desk.tokens()
    desk.redeem(code, client_id="closed", client_secret=SECRET + "x", headers=basic("closed", SECRET))
    desk.redeem(code, client_id=code, client_secret=SECRET)
    desk.redeem(code, grant_type=SECRET, redirect_uri=SECRET)
    desk.renew(tokens["refresh_token"], scope=SECRET + "\n" + SECRET, client_id="notes\nfaked line")
    desk.post(f"grant_type=refresh_token&client_id=notes&refresh_token={tokens['refresh_token']}&%".encode())
    text = desk.log()
    for secret in (SECRET, SECRET.replace('"', '\\"'), tokens["refresh_token"], tokens["access_token"], VERIFIER, UPSTREAM, ROTATED):
        assert secret not in text
    assert not any(line.startswith("faked") for line in text.splitlines())
