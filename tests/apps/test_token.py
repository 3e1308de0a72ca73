"""The token endpoint of our own authorization server (OAuth 2.1 3.2), and revocation (RFC 7009)."""

import base64
import json
import sqlite3
import subprocess
import time
from urllib.parse import quote

import pytest
from grants import BACK, FORM, GATE, MCP, OTHER, ROTATED, SECRET, UPSTREAM, VERIFIER, claims_of, desk, provider  # noqa: F401

from support.processes import Process, environment, until, wait_for_socket
from support.programs import program_path, run_command, short_directory
from support.scripted_provider import Answer

WRONG = "ghcode_" + "A" * 43


def error_of(answer, status=400):
    assert answer.status == status, answer.raw
    assert answer.header("Cache-Control") == "no-store" and answer.header("Content-Type") == "application/json"
    body = json.loads(answer.body)
    assert set(body) == {"error", "error_description"}
    return body["error"]


def basic(client, secret):
    pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"
    return (*FORM, ("Authorization", "Basic " + base64.b64encode(pair.encode()).decode()))


# ---- what is given -------------------------------------------------------------------------------------------------

def test_BK_09_BK_11_BK_03_a_code_becomes_tokens(desk, way):
    answer = desk.redeem(desk.code(), way=way)
    assert answer.status == 200 and answer.header("Cache-Control") == "no-store" and answer.header("Pragma") == "no-cache"
    assert answer.header("Content-Type") == "application/json" and answer.header("Access-Control-Allow-Origin") == "*"
    given = json.loads(answer.body)
    assert given["token_type"] == "Bearer" and given["expires_in"] == 900 and given["scope"] == "mcp:read mcp:write"
    assert given["refresh_token"].startswith("ghr_") and len(given) == 5
    claims = claims_of(given["access_token"])
    assert claims["iss"] == GATE and claims["aud"] == MCP and claims["sub"] == "alice" and claims["client_id"] == "notes"
    assert claims["scope"] == "mcp:read mcp:write" and claims["exp"] - claims["iat"] == 900 and claims["groups"] == ["staff"]
    assert claims["email"] == "alice@example.com" and claims["email_verified"] is True and len(claims["jti"]) == 22
    assert UPSTREAM.encode() not in answer.raw


def test_BK_11_BK_03_auth_check_takes_it_for_its_resource_only(desk):
    token = desk.tokens()["access_token"]
    assert desk.check(token).status == 200
    assert desk.check(token, target="/other").status == 401
    other = desk.tokens(resource=OTHER, scope="")
    assert "scope" not in other and claims_of(other["access_token"])["aud"] == OTHER


def test_BK_12_SEC_18_a_refresh_token_becomes_the_next(desk, way):
    first = desk.tokens()
    second = json.loads(desk.renew(first["refresh_token"], way=way).body)
    assert second["refresh_token"] != first["refresh_token"] and second["token_type"] == "Bearer"
    assert claims_of(second["access_token"])["grant_id"] == claims_of(first["access_token"])["grant_id"]
    less = json.loads(desk.renew(second["refresh_token"], scope="mcp:read", resource=MCP).body)
    assert less["scope"] == "mcp:read" and claims_of(less["access_token"])["scope"] == "mcp:read"
    # It is the next one that counts, and it is good for all that was granted.
    assert json.loads(desk.renew(less["refresh_token"]).body)["scope"] == "mcp:read mcp:write"


def test_BK_12_what_a_refresh_token_may_not_do_and_does_not_end_it(desk):
    token = desk.tokens()["refresh_token"]
    assert error_of(desk.renew(token, scope="mcp:read mcp:admin")) == "invalid_scope"
    assert error_of(desk.renew(token, resource=OTHER)) == "invalid_target"
    assert error_of(desk.renew(token, client_id="other")) == "invalid_grant"
    assert error_of(desk.renew(token[:-4])) == "invalid_grant" and error_of(desk.renew("ghr_")) == "invalid_grant"
    assert desk.renew(token).status == 200


def test_BK_12_reuse_ends_the_grant_and_auth_check_hears_of_it(desk):
    first = desk.tokens()
    second = json.loads(desk.renew(first["refresh_token"]).body)
    assert desk.check(second["access_token"]).status == 200
    assert error_of(desk.renew(first["refresh_token"])) == "invalid_grant"
    assert error_of(desk.renew(second["refresh_token"])) == "invalid_grant"
    until(lambda: desk.check(second["access_token"]).status == 401, "auth-check does not hear of the end of a grant")
    assert desk.check(first["access_token"]).status == 401 and 'reason="revoked"' in desk.log("auth-check")
    assert desk.check(desk.tokens()["access_token"]).status == 200


@pytest.mark.parametrize("how", ["a copy is put back", "it is removed"])
def test_BK_12_a_store_that_is_replaced_counts_for_those_who_run(desk, how):
    given = desk.tokens()
    assert desk.check(given["access_token"]).status == 200
    store, copy = desk.room.state / "store", desk.room.state / "copy"
    if how == "a copy is put back":
        with sqlite3.connect(store) as now, sqlite3.connect(copy) as then:
            now.backup(then)
            then.execute("PRAGMA journal_mode = WAL")
        copy.chmod(0o600)
    for part in ("store", "store-wal", "store-shm"):
        (desk.room.state / part).unlink(missing_ok=True)
    if how == "a copy is put back":
        copy.rename(store)
        done = run_command("gatehouse", "grants", "revoke", "--user", "alice", "-c", desk.room.config)
        assert done.returncode == 0, done.stderr
        until(lambda: desk.check(given["access_token"]).status == 401, "auth-check asks the store that was")
    assert error_of(desk.renew(given["refresh_token"])) == "invalid_grant"
    assert "store_replaced" in desk.log()
    assert desk.check(desk.tokens()["access_token"]).status == 200


def test_BK_07_a_code_is_for_once(desk):
    code = desk.code()
    given = json.loads(desk.redeem(code).body)
    assert error_of(desk.redeem(code)) == "invalid_grant"
    assert error_of(desk.renew(given["refresh_token"])) == "invalid_grant"
    until(lambda: desk.check(given["access_token"]).status == 401, "auth-check does not hear of it")
    assert error_of(desk.redeem(WRONG)) == "invalid_grant" and error_of(desk.redeem(desk.code(ago=60))) == "invalid_grant"


@pytest.mark.parametrize("changes, error", [
    ({"client_id": "other"}, "invalid_grant"), ({"redirect_uri": BACK.replace("5001", "5002")}, "invalid_grant"),
    ({"redirect_uri": BACK + "/"}, "invalid_grant"), ({"code_verifier": VERIFIER[:-1] + "x"}, "invalid_grant"), ({"code_verifier": None}, "invalid_grant"),
    ({"resource": OTHER}, "invalid_target"), ({"resource": "https://evil.example/"}, "invalid_target"),
])
def test_RD_04_BK_08_BK_03_what_does_not_fit_burns_no_code(desk, changes, error):
    code = desk.code()
    assert error_of(desk.redeem(code, **changes)) == error
    assert desk.redeem(code).status == 200


def test_RD_04_redirect_uri_and_resource_may_be_left_out(desk):
    assert desk.redeem(desk.code(), redirect_uri=None, resource=None).status == 200


def test_BK_15_a_rotation_of_keys_costs_no_token(desk):
    def kid(token):
        return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]

    old = desk.tokens()["access_token"]
    assert desk.check(old).status == 200
    assert run_command("gatehouse", "keys", "rotate", "-c", desk.room.config).returncode == 0
    until(lambda: kid(desk.tokens()["access_token"]) != kid(old), "the next key does not sign", timeout=5)
    assert desk.check(desk.tokens()["access_token"]).status == 200 and desk.check(old).status == 200
    desk.room.running.clear()
    assert desk.check(old).status == 200
    # Somebody has seen the keys.
    assert run_command("gatehouse", "keys", "replace", "-c", desk.room.config).returncode == 0
    until(lambda: desk.check(old).status == 401, "what a replaced key signed is still good", timeout=5)


def test_BK_15_a_retired_key_ends_in_those_who_run_too(desk):
    index = desk.room.state / "assertion-keys.json"
    old, unseen = (desk.tokens()["access_token"] for _ in range(2))
    assert run_command("gatehouse", "keys", "rotate", "-c", desk.room.config).returncode == 0
    ring = json.loads(index.read_text())
    ring["retired"][0]["until"] = end = int(time.time()) + 4
    (desk.room.state / "new").write_text(json.dumps(ring))
    (desk.room.state / "new").chmod(0o600)
    (desk.room.state / "new").rename(index)
    assert desk.check(old).status == 200
    until(lambda: time.time() > end + 1, "the key has come to its end")
    assert desk.check(old).status == 401 and desk.check(unseen).status == 401 and desk.check(desk.tokens()["access_token"]).status == 200


# ---- requests ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("grant", ["password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "Authorization_code"])
def test_BK_20_no_other_grant(desk, grant):
    assert error_of(desk.redeem(desk.code(), grant_type=grant, username="a", password="b")) == "unsupported_grant_type"


def test_BK_10_broken_requests(desk, way):
    code = desk.code()
    assert error_of(desk.redeem(code, way=way, grant_type=None)) == "invalid_request"
    assert error_of(desk.redeem("", way=way)) == "invalid_request"
    assert error_of(desk.redeem(code, way=way, client_id=None)) == "invalid_request"
    assert error_of(desk.post({"grant_type": "refresh_token", "client_id": "notes"}, way=way)) == "invalid_request"
    assert error_of(desk.post(b"grant_type=authorization_code&grant_type=refresh_token&client_id=notes&code=x", way=way)) == "invalid_request"
    assert error_of(desk.post(b"grant_type=authorization_code&resource=a&resource=b&client_id=notes&code=x", way=way)) == "invalid_target"
    assert error_of(desk.post(b"%", way=way)) == "invalid_request" and error_of(desk.post(b"", way=way)) == "invalid_request"
    assert error_of(desk.redeem(code, headers=(("Content-Type", "application/json"),), way=way)) == "invalid_request"
    assert error_of(desk.post(b"a=" + b"x" * 33000, way=way), 413) == "invalid_request"
    for method in ("GET", "PUT", "DELETE"):
        answer = desk.post(b"", method=method, way=way)
        assert answer.status == 405 and answer.header("Allow") == "POST, OPTIONS"
    assert desk.post(b"", "/oauth/token/", way=way).status == 404 and desk.post(b"", host="evil.example", way=way).status == 404
    assert desk.redeem(code, way=way).status == 200


def test_CORS_01_CORS_02_pages_may_ask(desk, way):
    for target in ("/oauth/token", "/oauth/revoke"):
        preflight = desk.post(b"", target, "OPTIONS", way=way)
        assert preflight.status == 204 and preflight.header("Access-Control-Allow-Methods") == "POST, OPTIONS"
        assert preflight.header("Access-Control-Allow-Origin") == "*" and preflight.header("Access-Control-Allow-Credentials") is None
    assert desk.redeem(WRONG, way=way).header("Access-Control-Allow-Origin") == "*"


# ---- clients -------------------------------------------------------------------------------------------------------

def test_BK_10_who_the_client_is(desk):
    unknown = desk.redeem(WRONG, client_id="nobody")
    assert error_of(unknown, 401) == "invalid_client" and unknown.header("WWW-Authenticate") is None
    for secret in (None, "wrong", SECRET[:-1], SECRET + "x"):
        assert error_of(desk.redeem(desk.code(client="closed"), client_id="closed", client_secret=secret), 401) == "invalid_client", secret
    assert error_of(desk.redeem(desk.code(), client_secret="a-public-client-has-none"), 401) == "invalid_client"
    assert desk.redeem(desk.code(client="closed"), client_id="closed", client_secret=SECRET).status == 200
    tried = desk.redeem(desk.code(client="closed"), client_id=None, headers=basic("closed", "wrong"))
    assert error_of(tried, 401) == "invalid_client" and tried.header("WWW-Authenticate").startswith("Basic ")
    assert desk.redeem(desk.code(client="closed"), client_id=None, headers=basic("closed", SECRET)).status == 200
    assert desk.redeem(desk.code(client="closed"), client_id="closed", headers=basic("closed", SECRET)).status == 200
    assert desk.redeem(desk.code(), client_id="notes", headers=basic("notes", "")).status == 200


def test_BK_10_one_way_to_say_who_it_is(desk):
    code = desk.code(client="closed")
    for headers, changes in ((basic("closed", SECRET), {"client_id": "other"}), (basic("closed", SECRET), {"client_secret": SECRET}),
                             ((*FORM, ("Authorization", "Basic ?")), {}), ((*FORM, ("Authorization", "Bearer x")), {}),
                             ((*basic("closed", SECRET), ("Authorization", "Basic x")), {})):
        answer = desk.redeem(code, headers=headers, **{"client_id": "closed", **changes})
        assert error_of(answer, 401) == "invalid_client" and answer.header("WWW-Authenticate").startswith("Basic "), headers
    assert desk.redeem(code, client_id=None, headers=basic("closed", SECRET)).status == 200


def test_BK_10_wrong_secrets_are_few(desk):
    answers = [desk.redeem(WRONG, client_id="closed", client_secret="wrong") for _ in range(22)]
    assert [one.status for one in answers] == [401] * 20 + [429] * 2 and int(answers[-1].header("Retry-After")) > 0
    assert desk.redeem(desk.code()).status == 200


def test_BK_10_wrong_requests_are_counted_by_address(desk):
    desk.settings("address_rate 3/day")
    assert [desk.redeem(desk.code()).status for _ in range(5)] == [200] * 5
    assert [desk.redeem(WRONG).status for _ in range(4)] == [400, 400, 400, 429]
    assert desk.redeem(desk.code()).status == 429


# ---- the login behind it -------------------------------------------------------------------------------------------

def test_BK_13_BK_14_the_provider_is_asked_again(desk):
    tokens = desk.tokens(ago=50)
    desk.settings("login_check 5s")
    desk.provider_renews(groups=["guests"])
    given = desk.renew(tokens["refresh_token"])
    assert given.status == 200 and claims_of(json.loads(given.body)["access_token"])["groups"] == ["guests"]
    asked = [one for one in desk.provider.requests if one.path == "/token"]
    assert len(asked) == 1 and UPSTREAM in asked[0].body.decode()
    # Not at every renewal.
    token = json.loads(given.body)["refresh_token"]
    desk.settings("login_check 1h")
    assert desk.renew(token).status == 200 and desk.provider.count("/token") == 1
    for file in desk.room.state.iterdir():
        assert UPSTREAM.encode() not in file.read_bytes() and ROTATED.encode() not in file.read_bytes(), file


def test_BK_13_the_provider_says_no(desk):
    tokens = desk.tokens(ago=50)
    desk.settings("login_check 5s")
    desk.provider.script("/token", Answer(400, b'{"error":"invalid_grant"}', {"Content-Type": "application/json"}))
    assert error_of(desk.renew(tokens["refresh_token"])) == "invalid_grant"
    until(lambda: desk.check(tokens["access_token"]).status == 401, "auth-check does not hear of it")
    desk.provider_renews()
    assert error_of(desk.renew(tokens["refresh_token"])) == "invalid_grant"


def test_BK_13_a_provider_that_is_down_costs_nobody_the_grant(desk):
    tokens = desk.tokens(ago=50)
    desk.settings("login_check 5s")
    desk.provider.script("/token", Answer(503))
    answer = desk.renew(tokens["refresh_token"])
    assert error_of(answer, 503) == "temporarily_unavailable" and int(answer.header("Retry-After")) > 0
    assert desk.check(tokens["access_token"]).status == 200
    desk.settings("login_check 1h")
    assert desk.renew(tokens["refresh_token"]).status == 200


def test_BK_13_a_login_that_nobody_can_look_after_ends(desk):
    tokens = desk.tokens(ago=50, kind=0)
    desk.settings("login_check 5s")
    assert error_of(desk.renew(tokens["refresh_token"])) == "invalid_grant"
    assert "login_not_checkable" in desk.log() and "offline_access" in desk.log()


# ---- revocation ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("which", ["refresh_token", "access_token"])
def test_BK_16_tokens_are_taken_back(desk, way, which):
    tokens = desk.tokens()
    answer = desk.revoke(tokens[which], way=way)
    assert answer.status == 200 and answer.body == b"" and answer.header("Cache-Control") == "no-store"
    assert error_of(desk.renew(tokens["refresh_token"])) == "invalid_grant"
    until(lambda: desk.check(tokens["access_token"]).status == 401, "auth-check does not hear of it")


def test_BK_16_what_nobody_knows_is_fine_and_strangers_end_nothing(desk):
    tokens = desk.tokens()
    for token in (WRONG, "ghr_x", "a.b.c", tokens["access_token"][:-4]):
        assert desk.revoke(token).status == 200, token
    for token in (tokens["refresh_token"], tokens["access_token"]):
        assert desk.revoke(token, client_id="other").status == 200
        assert error_of(desk.revoke(token, client_id="nobody"), 401) == "invalid_client"
    assert error_of(desk.revoke("")) == "invalid_request"
    assert desk.renew(tokens["refresh_token"]).status == 200 and desk.check(tokens["access_token"]).status == 200


# ---- what is down, and the log -------------------------------------------------------------------------------------

def test_BK_10_nothing_is_given_without_keys_or_store(desk):
    tokens, code = desk.tokens(), desk.code()
    index, seals = desk.room.state / "assertion-keys.json", desk.room.state / "seal.keys"
    texts = index.read_bytes(), seals.read_bytes()
    seals.unlink()
    assert error_of(desk.redeem(code), 503) == "temporarily_unavailable" and error_of(desk.renew(tokens["refresh_token"]), 503) == "temporarily_unavailable"
    seals.write_bytes(texts[1])
    seals.chmod(0o600)
    assert desk.redeem(code).status == 200 and desk.renew(tokens["refresh_token"]).status == 200
    for gone in (index, seals):
        gone.unlink()
        done = subprocess.run([program_path("token"), "-t", "-c", desk.room.config], env=environment(), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 100 and "gatehouse keys init" in done.stderr


def test_BK_10_a_damaged_store_is_503_and_auth_check_refuses_in_the_end(desk):
    tokens = desk.tokens()
    assert desk.check(tokens["access_token"]).status == 200
    desk.room.running.clear()
    for file in desk.room.state.glob("store*"):
        file.unlink()
    (desk.room.state / "store").write_bytes(b"no database" * 100)
    assert desk.check(tokens["access_token"]).status == 503


def test_BK_14_one_audit_line_per_answer_and_no_secret_in_it(desk):
    code = desk.code()
    tokens = json.loads(desk.redeem(code).body)
    desk.redeem(code)
    desk.revoke(tokens["access_token"])
    grant = claims_of(tokens["access_token"])["grant_id"]
    lines = [line for line in desk.log().splitlines() if " token: " in line or " token " in line or " revocation" in line]
    lines = [line for line in lines if "decision=" in line]
    assert len(lines) == 3 and 'decision="allow"' in lines[0] and 'decision="deny"' in lines[1] and 'reason="invalid_grant"' in lines[1]
    assert all(f'grant="{grant}"' in line and 'client="notes"' in line and 'address="192.0.2.1"' in line for line in lines), lines
    for secret in (code, tokens["access_token"], tokens["refresh_token"], VERIFIER, UPSTREAM):
        assert secret not in desk.log()


# ---- several machines ----------------------------------------------------------------------------------------------

def test_BK_12_BK_07_with_redis_in_the_place_of_the_file(desk, way):
    with short_directory() as folder:
        words = ["--port", "0", "--unixsocket", folder / "redis", "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        with Process(["redis-server", *words], log=folder / "redis.log", env=environment()) as redis:
            wait_for_socket(folder / "redis", redis)
            desk.settings(f"redis {folder}/redis")
            code = desk.code()
            given = json.loads(desk.redeem(code, way=way).body)
            assert desk.check(given["access_token"]).status == 200
            second = json.loads(desk.renew(given["refresh_token"], way=way).body)
            assert error_of(desk.renew(given["refresh_token"], way=way)) == "invalid_grant"
            assert error_of(desk.renew(second["refresh_token"], way=way)) == "invalid_grant"
            until(lambda: desk.check(second["access_token"]).status == 401, "auth-check does not hear of it", timeout=5)
            other = desk.tokens()
            assert desk.check(other["access_token"]).status == 200
        assert error_of(desk.renew(other["refresh_token"], way=way), 503) == "temporarily_unavailable"
        # What was known a moment ago counts for a minute, and for nobody who asks for the first time.
        assert desk.check(other["access_token"]).status == 200
        desk.room.running.clear()
        assert desk.check(other["access_token"]).status == 503
    assert not (desk.room.state / "store").exists()


def test_DC_01_CL_08_PO_02_the_providers_name_for_people_counts_for_ours(desk):
    """Lists and rules that were written for the provider's tokens go on working, and either name means the same people."""
    denied, users = desk.room.directory / "denied", desk.room.directory / "users"
    for issuer in (desk.provider.url, GATE):
        denied.write_text(f"subject mallory from {issuer}\n")
        users.write_text(f"subject alice from {issuer} is al\n")
        desk.settings(top=f"deny_list {denied}\nuser_map {users}\ndeny subject oscar from {issuer}",
                      resource=f"allow group staff from {issuer}; publish_scopes mcp:read mcp:write;")
        people = {name: {"sub": name, "iss": desk.provider.url, "groups": ["staff"]} for name in ("alice", "mallory", "oscar", "nobody")}
        people["nobody"]["groups"] = ["guests"]
        seen = {name: desk.check(desk.tokens(claims=claims)["access_token"]) for name, claims in people.items()}
        assert {name: answer.status for name, answer in seen.items()} == {"alice": 200, "mallory": 403, "oscar": 403, "nobody": 403}
        assert seen["alice"].header("Remote-User") == "al"
        assert all(f'reason="{reason}"' in desk.log("auth-check") for reason in ("denied", "not_allowed"))
