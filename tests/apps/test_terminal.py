"""What others write never reaches the terminal of whoever runs `gatehouse` as something that it obeys."""

import hashlib
import sqlite3
import time

import pytest

from support.flows import LoginProvider, Place
from support.programs import run_command, short_directory
from support.scripted_provider import ScriptedProvider

OBEYED = "\x1b]0;owned\x07\x1b[2J\ngood   all"


def is_clean(done, part="\\u001b]0;owned"):
    text = done.stdout + done.stderr
    assert "\x1b" not in text and "\ngood   all" not in text and "\x07" not in text, text
    assert part in text, text


@pytest.mark.parametrize("where", ["kid", "issuer", "jwks_uri"])
@pytest.mark.parametrize("broker", [False, True], ids=["direct", "broker"])
def test_SEC_14_of_a_providers_documents(room, key, where, broker):
    with ScriptedProvider() as provider:
        more = {"issuer": {"issuer": provider.url + OBEYED}, "jwks_uri": {"jwks_uri": f"http://127.0.0.1:1/{OBEYED}"}}.get(where, {})
        provider.behave({"keys": [{**key.public, **({"kid": OBEYED} if where == "kid" else {})}]}, **more)
        room.settings(f"dev on\n{'authorization_server broker; public_issuer http://127.0.0.1:8443' if broker else ''}\n"
                      f"issuer {provider.url} {{ {'client_id x;' if broker else ''} }}\nresource http://127.0.0.1:8443/mcp {{ allow any; }}\n")
        is_clean(run_command("gatehouse", "check", "-c", room.config))


@pytest.fixture
def place(maker, key):
    with short_directory() as directory, LoginProvider(maker, key) as provider, Place(directory, provider) as running:
        yield running


def test_SEC_14_of_a_files_name(place):
    (place.state / f"assertion-{OBEYED}.pem").mkdir()
    is_clean(run_command("gatehouse", "keys", "rotate", "-c", place.config))


def test_SEC_14_of_a_grant_that_nobody_sealed(place):
    assert place.tokens(place.redemption(place.code()))
    with sqlite3.connect(place.state / "store") as store:
        owner, = store.execute("SELECT owner FROM entry WHERE space = 'grant'").fetchone()
        store.execute("INSERT INTO entry (space, key, version, until, owner, family, value) VALUES ('grant', ?, 1, ?, ?, ?, ?)",
                      (hashlib.sha256(OBEYED.encode()).digest(), int(time.time()) + 9999, owner, OBEYED.encode(), b"x"))
    is_clean(run_command("gatehouse", "grants", "list", "-c", place.config))
    is_clean(run_command("gatehouse", "grants", "revoke", "--user", "alice", "-c", place.config))
