"""Every way in which auth-check says no, once in each voice: one judgement, one audit line, the same words."""

import base64
import json
import re

import pytest
from conftest import ISSUER, RESOURCE

from support.processes import ROOT, free_port
from support.tokens import key_set

METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
TAIL = f'resource_metadata="{METADATA}", scope="mcp:read"'


@pytest.fixture
def gate(room):
    room.down = "https://down.example.net"
    room.keys.write_text(json.dumps(key_set(room.key, room.maker.key("ES256", "key-2"))))
    (room.directory / "denied").write_text("jti revoked-1\n")
    (room.directory / "people").write_text(f"subject alice from {ISSUER} is al\n" f"email boss@example.com from {ISSUER} is boss\n")
    room.settings(f"""outbound_proxy http://127.0.0.1:{free_port()}
deny_list {room.directory}/denied
user_map {room.directory}/people
issuer {ISSUER} {{ keys_file {room.keys}; max_lifetime 24h; }}
issuer {room.down}
resource {RESOURCE} {{
    require_scopes mcp:read
    allow subject alice from {ISSUER}
    allow email boss@example.com
    allow group staff from {ISSUER}
    deny subject mallory from {ISSUER}
    rate 1/day
    bind_sessions on
}}
""")
    return room


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


def signed(room, header=None, key=None, algorithm=None, **claims):
    return {"headers": bearer(room.token(header, key, algorithm, **claims))}


def used_up(room):
    """The one request of the day is gone before the one that is refused."""
    assert room.check(room.token()).status == 200
    return signed(room)


def taken(room):
    """Somebody else was in that session before."""
    session = ("Mcp-Session-Id", "session-1")
    assert room.check(room.token(sub="boss", email="boss@example.com", email_verified=True), headers=[session]).status == 200
    return {"headers": [session, *bearer(room.token())]}


# The name in the audit line: status, error, with a challenge or not, and what is sent.
CASES = {
    "no_resource": (404, "not_found", False, lambda room: {**signed(room), "target": "/other"}),
    "origin_refused": (403, "origin_not_allowed", False, lambda room: {"headers": [("Origin", "https://evil.example"), *bearer(room.token())]}),
    "bad_request": (400, "invalid_request", True, lambda room: {"headers": [("Mcp-Method", "ping"), ("Mcp-Method", "tools/call"), *bearer(room.token())]}),
    "no_credential": (401, "unauthorized", True, lambda room: {}),
    "query_token": (401, "unauthorized", True, lambda room: {"target": f"/mcp?access_token={room.token()}"}),
    "other_scheme": (401, "unauthorized", True, lambda room: {"headers": [("Authorization", "Basic " + base64.b64encode(b"a:b").decode())]}),
    "malformed_credential": (401, "invalid_token", True, lambda room: {"headers": [("Authorization", "Bearer")]}),
    "several_credentials": (400, "invalid_request", True, lambda room: {"headers": bearer(room.token()) * 2}),
    "token_too_large": (401, "invalid_token", True, lambda room: {"headers": bearer("a" * 20000)}),
    "revoked": (401, "invalid_token", True, lambda room: signed(room, jti="revoked-1")),
    "unmapped_user": (403, "access_denied", False, lambda room: signed(room, sub="carol", groups=["staff"])),
    "opaque_token": (401, "invalid_token", True, lambda room: {"headers": bearer("opaque")}),
    "malformed_token": (401, "invalid_token", True, lambda room: {"headers": bearer("a.b.c")}),
    "encrypted_token": (401, "invalid_token", True, lambda room: {"headers": bearer("a.b.c.d.e")}),
    "bad_type": (401, "invalid_token", True, lambda room: signed(room, {"typ": "dpop+jwt"})),
    "bad_algorithm": (401, "invalid_token", True, lambda room: signed(room, algorithm="HS256")),
    "critical_header": (401, "invalid_token", True, lambda room: signed(room, {"crit": ["exp"]})),
    "unknown_issuer": (401, "invalid_token", True, lambda room: signed(room, iss=ISSUER + "/")),
    "unknown_key": (401, "invalid_token", True, lambda room: signed(room, {"kid": "key-9"})),
    "ambiguous_key": (401, "invalid_token", True, lambda room: signed(room, {"kid": None})),
    "bad_signature": (401, "invalid_token", True, lambda room: signed(room, key=room.maker.key("ES256", "key-1"))),
    "bad_claims": (401, "invalid_token", True, lambda room: signed(room, sub=None)),
    "wrong_audience": (401, "invalid_token", True, lambda room: signed(room, aud=RESOURCE + "/")),
    "expired": (401, "invalid_token", True, lambda room: signed(room, exp=1, iat=None)),
    "not_yet_valid": (401, "invalid_token", True, lambda room: signed(room, nbf=4102444800)),
    "lifetime_too_long": (401, "invalid_token", True, lambda room: signed(room, exp=4102444800)),
    "id_token": (401, "invalid_token", True, lambda room: signed(room, at_hash="x")),
    "other_token": (401, "invalid_token", True, lambda room: signed(room, events={})),
    "bound_token": (401, "invalid_token", True, lambda room: signed(room, cnf={"jkt": "x"})),
    "client_conflict": (401, "invalid_token", True, lambda room: signed(room, azp="client-2")),
    "not_allowed": (403, "access_denied", False, lambda room: signed(room, sub="eve", groups=["guests"])),
    "denied": (403, "access_denied", False, lambda room: signed(room, sub="mallory", groups=["staff"])),
    "email_unverified": (403, "access_denied", False, lambda room: signed(room, sub="eve", email="boss@example.com", groups=[])),
    "groups_unknown": (403, "access_denied", False, lambda room: signed(room, sub="eve", _claim_names={"groups": "src1"})),
    "insufficient_scope": (403, "insufficient_scope", True, lambda room: signed(room, scope="mcp:reader mcp")),
    "session_of_another": (404, "session_not_found", False, taken),
    "too_many_requests": (429, "too_many_requests", False, used_up),
    "unavailable": (503, "temporarily_unavailable", False, lambda room: signed(room, iss=room.down)),
}
# The challenges of these name no error (RFC 6750 3.1).
WITHOUT_ERROR = ("no_credential", "query_token", "other_scheme")
# Not a refusal; never reached; other tests of this folder.
ELSEWHERE = {"allow", "internal_error", "preflight", "body_too_large", "inactive", "unknown_api_key"}


def test_every_outcome_has_its_case():
    names = re.findall(r'^\t\[OUTCOME_\w+\] += \{ "(\w+)"', (ROOT / "common" / "outcome.c").read_text(), re.M)
    assert len(names) > 30 and set(names) == set(CASES) | ELSEWHERE


def without_clock(answer):
    """The seconds until the next try run on between two answers; nothing else may differ."""
    return re.sub(rb"Retry-After: \d+", b"Retry-After: N", answer.raw)


def decisions(room):
    return [line for line in room.log().splitlines() if " info decision " in line]


@pytest.mark.parametrize("name", CASES)
def test_BD_01_CH_04_CH_21_SEC_14_every_refusal_in_every_voice(gate, name):
    status, error, challenge, make = CASES[name]
    gate.program("auth-check")
    asked = {"headers": [], **make(gate)}
    if not any(header == "Origin" for header, _ in asked["headers"]):
        asked["headers"] = [("Origin", "https://claude.ai"), *asked["headers"]]

    before = len(decisions(gate))
    forward = gate.check(**asked)
    assert forward.status == status, forward
    body = json.loads(forward.body)
    assert list(body) == ["error", "error_description"] and body["error"] == error and b"\n" not in forward.body
    told = "" if name in WITHOUT_ERROR else f'error="{error}", error_description="{body["error_description"]}", '
    assert forward.header("WWW-Authenticate") == (f"Bearer {told}{TAIL}" if challenge else None)
    assert (forward.header("Content-Type"), forward.header("Cache-Control"), forward.header("Vary")) == ("application/json", "no-store", "Origin")
    assert forward.header("Content-Length") == str(len(forward.body)) and forward.header("X-Gatehouse-Decision") is None
    assert (forward.header("Retry-After") is not None) == (status in (429, 503))
    origin = None if name in ("no_resource", "origin_refused") else "https://claude.ai"
    assert forward.header("Access-Control-Allow-Origin") == origin

    for other in (gate.check(**asked, GATEHOUSE_VOICE="inspect", GATEHOUSE_REQUEST_REDIRECT="@up"), gate.check(**asked, role="authorizer")):
        assert without_clock(other) == without_clock(forward)
    # Doubled headers can't be said as environment variables.
    if len(dict(asked["headers"])) == len(asked["headers"]):
        assert without_clock(gate.check(**asked, way="cgi")) == without_clock(forward)

    told = gate.check(**asked, GATEHOUSE_VOICE="subrequest")
    assert told.status == 403 and told.body == b"" and told.header("X-Gatehouse-Decision") == "deny"
    assert told.header("X-Gatehouse-Status") == str(status) and told.header("X-Gatehouse-Body").encode() == forward.body
    assert told.header("X-Gatehouse-Challenge") == forward.header("WWW-Authenticate")
    assert (told.header("X-Gatehouse-Retry-After") is None) == (forward.header("Retry-After") is None)
    assert told.header("X-Gatehouse-Cors-Origin") == origin and told.header("WWW-Authenticate") is None

    lines = decisions(gate)[before:]
    assert len(lines) == 4 and all(f'decision="deny" reason="{name}" status={status}' in line for line in lines), lines


def test_CORS_03_a_preflight_in_every_voice(gate):
    asked = {"method": "OPTIONS", "headers": {"Origin": "https://claude.ai", "Access-Control-Request-Method": "POST",
                                              "Access-Control-Request-Headers": "mcp-param-x, x-other"}}
    forward = gate.check(**asked)
    assert forward.status == 204 and forward.body == b"" and forward.header("WWW-Authenticate") is None
    assert forward.header("Access-Control-Allow-Methods") == "POST, GET, DELETE, OPTIONS"
    assert "mcp-param-x" in forward.header("Access-Control-Allow-Headers") and "x-other" not in forward.header("Access-Control-Allow-Headers")
    for other in (gate.check(**asked, GATEHOUSE_VOICE="inspect"), gate.check(**asked, role="authorizer"), gate.check(**asked, way="cgi")):
        assert other.raw == forward.raw
    told = gate.check(**asked, GATEHOUSE_VOICE="subrequest")
    assert (told.status, told.header("X-Gatehouse-Status"), told.header("X-Gatehouse-Body")) == (403, "204", None)
    assert told.header("X-Gatehouse-Cors-Headers") == forward.header("Access-Control-Allow-Headers")
    assert told.header("X-Gatehouse-Cors-Origin") == "https://claude.ai"


def test_CH_19_a_voice_that_nobody_knows_is_the_complete_one(gate):
    forward = gate.check()
    for voice in ("", "FORWARD", "Subrequest", "subrequest ", "authorizer", "allow"):
        assert gate.check(GATEHOUSE_VOICE=voice).raw == forward.raw, voice
    # What the client calls itself is none of its business.
    assert gate.check(headers={"Gatehouse-Voice": "subrequest", "X-Gatehouse-Voice": "subrequest"}).raw == forward.raw
