"""What our processes keep in memory of their own, on the release build."""

import json
import re
import time
from pathlib import Path

import pytest

from calls import MODERN, by_body, headers, message, settings
from conftest import ISSUER, RESOURCE
from support.certificates import Authority
from support.flows import LoginProvider, Place
from support.processes import ROOT
from support.programs import short_directory

MOST_KB = 2048  # of each process, whatever it was asked; the libraries' own, before the first request, are 1.3 MB of them
ROUNDS = 200  # of twelve requests
PROGRAMS = ("authorize", "token", "auth-check", "authorization-server-metadata", "client-registration", "protected-resource-metadata")
PEOPLE = 3000
CONDITION = """rule 'mcp.tool.name == "echo" && jwt.scope.contains("mcp:read")'"""
BODY_BYTES = 4 * 1024 * 1024


@pytest.fixture(autouse=True)
def release(monkeypatch):
    monkeypatch.setenv("GATEHOUSE_BIN", str(ROOT / "build" / "release" / "bin"))


@pytest.fixture
def place(tmp_path, maker, key):
    """With a provider over https, as real ones are."""
    authority = Authority(tmp_path / "authority")
    with (short_directory() as directory, LoginProvider(maker, key, tls=authority.issue()) as provider,
          Place(directory, provider, state=tmp_path / "state", top=f"ca_file {authority.certificate}") as running):
        running.start(programs=PROGRAMS)
        yield running


def children(pid) -> list:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def anonymous_of(pid) -> int:
    """In kB: what is neither a file's nor shared with others."""
    return int(re.search(r"^RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def anonymous(place) -> dict:
    return {name: anonymous_of(workers.processes[0].pid) for name, workers in place.running.items()}


def ask_around(place, number):
    """Twelve requests: those of a flow, one of them in vain, a revocation now and then, two calls, documents, and a registration."""
    code = place.code(f"person-{number}")
    given = place.tokens(place.redemption(code))
    renewed = place.tokens(place.refresh(given["refresh_token"]))
    assert all(place.check(tokens["access_token"]).status == 200 for tokens in (given, renewed))
    if number % 4 == 0:
        assert place.post(place.revocation(renewed["refresh_token"])).status == 200
    else:
        assert place.tokens(place.redemption("ghcode_" + "A" * 43)) is None
    for program, target in (("authorization-server-metadata", "/.well-known/oauth-authorization-server"), ("protected-resource-metadata", "/oauth/jwks"),
                            ("protected-resource-metadata", "/.well-known/oauth-protected-resource/mcp")):
        assert place.ask(program, place.request(target)).status == 200
    body = json.dumps({"redirect_uris": ["http://127.0.0.1/callback"], "client_name": f"Client {number}"}).encode()
    asked = place.request("/oauth/register", "POST", (("Content-Type", "application/json"),), body, f"10.100.{number >> 8}.{number & 255}")
    assert place.ask("client-registration", asked, body).status == 201


def test_requests_by_the_thousand_leave_little_behind(place):
    for number in range(ROUNDS // 2):
        ask_around(place, number)
    half = anonymous(place)
    for number in range(ROUNDS // 2, ROUNDS):
        ask_around(place, number)
    whole = anonymous(place)
    assert all(kb <= MOST_KB for kb in whole.values()), whole
    # Nor does it go on like that, but for what the gate remembers.
    assert all(whole[name] - half[name] <= 64 for name in whole if name != "auth-check"), (half, whole)


def tokens_of_many(maker, key):
    now = int(time.time())
    return maker.sign_many(key, [{
        "iss": ISSUER, "aud": RESOURCE, "sub": f"person-{number}", "client_id": "client-1", "iat": now, "exp": now + 3600, "scope": "mcp:read",
        "jti": f"{number:032x}", "email": f"person-{number}@example.com", "groups": ["staff", "mcp-users"]} for number in range(PEOPLE)])


@pytest.mark.parametrize("rules", ["", CONDITION], ids=["no-rules", "condition"])
def test_neither_many_people_nor_large_bodies_stay(room, maker, key, rules):
    """The gate remembers whom it has verified, and reads whole bodies."""
    settings(room, rules)
    program = room.program("auth-check")
    assert by_body(room, room.token(), message(), MODERN, headers()[1:]).status == 200
    gate = children(program.pid)
    for token in tokens_of_many(maker, key):
        assert by_body(room, token, message(), MODERN, headers()[1:]).status == 200
    for part in range(1, 14):
        body = message(text="x" * (BODY_BYTES // 13 * part - 1000))
        assert by_body(room, token, body, MODERN, headers()[1:]).status == 200
    assert len(gate) == 1 and children(program.pid) == gate, program.tail()
    assert anonymous_of(gate[0]) <= MOST_KB
