"""What the processes of our own authorization server keep in memory of their own, on the release build."""

import json
import re
from pathlib import Path

import pytest

from support.flows import LoginProvider, Place
from support.processes import ROOT
from support.programs import short_directory

MOST_KB = 2048  # of each process, whatever it was asked; the libraries' own, before the first request, are 1.5 MB of them
ROUNDS = 200  # of ten requests
PROGRAMS = ("authorize", "token", "authorization-server-metadata", "client-registration", "protected-resource-metadata")


@pytest.fixture
def place(tmp_path, maker, key, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_BIN", str(ROOT / "build" / "release" / "bin"))
    with short_directory() as directory, LoginProvider(maker, key) as provider, Place(directory, provider, state=tmp_path / "state") as running:
        running.start(programs=PROGRAMS)
        yield running


def anonymous(place) -> dict:
    """In kB: what is neither a file's nor shared with others."""
    return {name: int(re.search(r"^RssAnon:\s+(\d+) kB", Path(f"/proc/{workers.processes[0].pid}/status").read_text(), re.M)[1])
            for name, workers in place.running.items()}


def ask_around(place, number):
    """Ten requests: five of a flow, one of them in vain, a revocation now and then, documents, and a registration."""
    code = place.code(f"person-{number}")
    given = place.tokens(place.redemption(code))
    renewed = place.tokens(place.refresh(given["refresh_token"]))
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


def test_two_thousand_requests_leave_little_behind(place):
    for number in range(ROUNDS // 2):
        ask_around(place, number)
    half = anonymous(place)
    for number in range(ROUNDS // 2, ROUNDS):
        ask_around(place, number)
    whole = anonymous(place)
    assert all(kb <= MOST_KB for kb in whole.values()), whole
    # Nor does it go on like that.
    assert all(whole[name] - half[name] <= 64 for name in whole), (half, whole)
