"""client-registration of our own authorization server: ids that hold, sealed, what was registered."""

import json

import pytest
from conftest import ISSUER, RESOURCE
from test_registration import GOOD, PATH, PROGRAM, register

from support.broker import GATE, HOST, broker, seal_keys
from support.credentials import secret_file
from support.scripted_provider import ScriptedProvider

CLAUDE = "https://claude.ai/api/mcp/auth_callback"


@pytest.fixture
def desk(room):
    def settings(more="", login=""):
        room.settings(broker(ISSUER, RESOURCE, more, login))
        room.running.clear()
    settings()
    seal_keys(room.state)
    room.desk = settings
    return room


def ask(room, body=GOOD, **more):
    return register(room, body, host=more.pop("host", HOST), **more)


def test_RG_02_RG_03_RG_04_RG_05_CI_15_each_client_gets_an_id_of_its_own(desk, way):
    ids = set()
    for _ in range(3):
        answer = ask(desk, way=way)
        assert answer.status == 201 and answer.header("Cache-Control") == "no-store" and answer.header("Pragma") == "no-cache"
        given = json.loads(answer.body)
        ids.add(given["client_id"])
        assert given["client_id"].startswith("ghc_") and len(given["client_id"]) < 600 and isinstance(given.pop("client_id_issued_at"), int)
        # What it registered can't be read in it, nor anything of ours.
        assert given == {**GOOD, "client_id": given["client_id"]} and b"at-the-provider" not in answer.raw
    assert len(ids) == 3


def test_RG_01_RG_17_only_post_of_json(desk, way):
    for method in ("GET", "PUT", "DELETE"):
        answer = ask(desk, b"", method=method, way=way)
        assert answer.status == 405 and answer.header("Allow") == "POST, OPTIONS", method
    assert ask(desk, b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}, way=way).status == 400
    assert ask(desk, b"x" * 17000, way=way).status == 413
    assert ask(desk, b"[]", way=way).status == 400


def test_RG_03_RG_10_a_client_that_asks_for_a_secret_gets_none(desk):
    ours = secret_file(desk.directory / "secret", "s3cret-at-the-provider")
    desk.desk(login=f"client_secret_file {ours}")
    for method in ("client_secret_post", "client_secret_basic", "private_key_jwt", "none", None):
        answer = ask(desk, {**GOOD, "token_endpoint_auth_method": method})
        given = json.loads(answer.body)
        assert answer.status == 201 and given["token_endpoint_auth_method"] == "none", method
        assert not [name for name in given if name.startswith("client_secret")] and b"s3cret" not in answer.raw, method
    assert "s3cret" not in desk.log(PROGRAM) and 'secret_given="yes"' not in desk.log(PROGRAM)


def test_RG_06_RG_08_one_bad_uri_fails_the_request(desk):
    for uri in ("https://evil.example/cb", "http://app.example/callback", "javascript:alert(1)", "http://127.0.0.1:1@evil/callback",
                "http://127.0.0.1/callback#x", "myapp://callback"):
        for uris in ([uri], [CLAUDE, uri]):
            answer = ask(desk, {**GOOD, "redirect_uris": uris})
            assert answer.status == 400 and json.loads(answer.body)["error"] == "invalid_redirect_uri", uri
    assert ask(desk, {**GOOD, "redirect_uris": [CLAUDE, "cursor://anysphere.cursor-mcp/oauth/callback"]}).status == 201


def test_RG_06_RG_07_the_operator_says_which_uris_may_register(desk):
    mine = {**GOOD, "redirect_uris": ["https://mine.example/cb"]}
    desk.desk("redirect_preset mcpc\nredirect_uri https://mine.example/cb")
    assert ask(desk, mine).status == 201 and ask(desk).status == 201
    assert ask(desk, {**GOOD, "redirect_uris": [CLAUDE]}).status == 400
    desk.desk(login="redirect_preset claude; redirect_uri https://mine.example/cb;")
    assert ask(desk, mine).status == 201 and ask(desk, {**GOOD, "redirect_uris": [CLAUDE]}).status == 201
    desk.desk("redirect any_https")
    assert ask(desk, mine).status == 201
    for uri in ("javascript:alert(1)", "http://mine.example/cb", "data:text/html,x", "https://mine.example/cb#x", "https://u@mine.example/cb"):
        assert ask(desk, {**GOOD, "redirect_uris": [uri]}).status == 400, uri


def test_RG_06_what_an_id_can_not_hold_is_refused(desk):
    desk.desk("redirect any_https")
    uris = [f"https://app.example/{'x' * 180}/{n}" for n in range(16)]
    answer = ask(desk, {**GOOD, "redirect_uris": uris})
    assert answer.status == 400 and "too long together" in json.loads(answer.body)["error_description"]
    answer = ask(desk, {**GOOD, "client_name": "Ü" * 200, "redirect_uris": [uri[:-60] for uri in uris]})
    assert answer.status == 201 and len(json.loads(answer.body)["client_id"]) <= 4096


def test_RG_09_grants_are_cut_down(desk):
    asked = {**GOOD, "grant_types": ["authorization_code", "refresh_token", "client_credentials", "password"]}
    assert json.loads(ask(desk, asked).body)["grant_types"] == ["authorization_code", "refresh_token"]
    assert ask(desk, {**GOOD, "grant_types": ["client_credentials"]}).status == 400
    desk.desk("refresh_tokens off")
    assert json.loads(ask(desk, asked).body)["grant_types"] == ["authorization_code"]


def test_RG_14_SEC_05_no_url_of_a_registration_is_fetched_or_kept(desk):
    names = ("jwks_uri", "logo_uri", "client_uri", "policy_uri", "tos_uri", "sector_identifier_uri")
    with ScriptedProvider() as stranger:
        answer = ask(desk, {**GOOD, **{name: f"{stranger.url}/{name}" for name in names}, "software_statement": "x"})
        assert answer.status == 201 and not {*names, "software_statement"} & set(json.loads(answer.body))
        assert stranger.count() == 0


def test_RG_16_nothing_is_stored_and_the_limit_is_per_address(desk):
    for _ in range(20):
        assert ask(desk).status == 201
    assert {file.name for file in desk.state.iterdir()} <= {"table", "table.lock", "seal.keys"}
    desk.desk("registration_rate 5/day")
    answers = [ask(desk, REMOTE_ADDR="192.0.2.9").status for _ in range(7)]
    assert answers == [201] * 5 + [429] * 2


def test_RG_12_the_operators_token_opens_the_gate(desk):
    gate = secret_file(desk.directory / "gate", "initial-access-token", "registration token")
    desk.desk(f"registration_token_file {gate}")
    assert ask(desk).status == 401
    assert ask(desk, headers=(("Content-Type", "application/json"), ("Authorization", "Bearer initial-access-token"))).status == 201


def test_RG_16_without_keys_to_seal_with_nobody_registers(desk, way):
    keys = desk.state / "seal.keys"
    kept = keys.read_bytes()
    keys.unlink()
    answer = ask(desk, way=way)
    said = json.loads(answer.body)
    assert answer.status == 503 and said["error"] == "temporarily_unavailable" and "client_id" not in said and int(answer.header("Retry-After")) > 0
    assert "gatehouse keys" in (answer.errors if way == "cgi" else desk.log(PROGRAM))
    # With an open file it is as without one.
    keys.write_bytes(kept)
    keys.chmod(0o644)
    assert ask(desk, way=way).status == 503
    keys.chmod(0o600)
    assert ask(desk, way=way).status == 201


def test_RG_18_one_audit_line_per_attempt(desk):
    given = json.loads(ask(desk, {**GOOD, "client_name": 'Ev"il\\'}).body)
    ask(desk, {**GOOD, "redirect_uris": ["https://evil.example/cb"]})
    lines = [line for line in desk.log(PROGRAM).splitlines() if " registration " in line]
    assert len(lines) == 2 and 'decision="allow"' in lines[0] and 'decision="deny"' in lines[1]
    assert "192.0.2.1" in lines[0] and "127.0.0.1" in lines[0] and "evil.example" in lines[1] and given["client_id"] not in desk.log(PROGRAM)


def test_ISS_02_nobody_registers_elsewhere(desk):
    for host in ("mcp.example.com", "idp.example.net", "evil.example"):
        assert ask(desk, host=host).status == 404
    assert ask(desk, target=PATH + "/").status == 404
    assert ask(desk, b"", method="OPTIONS").status == 204
    assert GATE.endswith(HOST)


def test_RG_07_settings_with_a_redirect_uri_that_runs_code_do_not_start(desk):
    from test_settings import start
    desk.settings(broker(ISSUER, RESOURCE, "client desk { redirect_uri https://desk.example/cb#x; }"))
    assert start(desk, PROGRAM).returncode == 100
