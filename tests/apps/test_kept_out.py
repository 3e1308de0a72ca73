"""What strangers can make us do and keep must leave room for those who log in."""

import fcntl
import hashlib
import json
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from authorizations import ACCESS, CALLBACK, CHALLENGE, MCP, gate, provider  # noqa: F401

from support.certificates import Authority
from support.flows import FORM, LoginProvider, Place
from support.processes import until
from support.scripted_provider import Answer, ScriptedProvider

DOCUMENT = {"client_name": "Elsewhere", "redirect_uris": ["https://elsewhere.example/cb"], "token_endpoint_auth_method": "none"}


class Elsewhere(ScriptedProvider):
    """A site with a good document at each /good*; one that is asked for at /slow* never comes."""

    def take(self, request):
        if not request.path.startswith(("/good", "/slow")):
            return super().take(request)
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        return self.never() if request.path.startswith("/slow") else Answer(body={**DOCUMENT, "client_id": self.url + request.path})


@pytest.fixture
def elsewhere(tmp_path):
    authority = Authority(tmp_path / "authority")
    with Elsewhere(tls=authority.issue("127.0.0.1")) as running:
        running.settings = f"cimd_port {running.port}\ncimd_allow_address 127.0.0.1\nca_file {authority.certificate}"
        yield running


@pytest.fixture
def people_log_in(maker, key):
    with LoginProvider(maker, key) as running:
        yield running


def asks_for(client):
    return "/oauth/authorize?" + urlencode({"response_type": "code", "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256", "scope": "mcp:read",
                                            "resource": MCP, "client_id": client, "redirect_uri": DOCUMENT["redirect_uris"][0]})


def make_old(gate):  # noqa: F811
    """The documents that are kept were fetched yesterday."""
    for file in gate.room.state.glob("client-*.json"):
        kept = json.loads(file.read_text())
        file.write_text(json.dumps({**kept, "fetched": kept["fetched"] - 100000}))


def visit(gate, client, address):  # noqa: F811
    return gate.room.ask("authorize", asks_for(client), host="127.0.0.1", REMOTE_ADDR=address).status


def test_SEC_12_CI_13_documents_that_never_come_take_nobody_of_those_who_ask_the_provider(tmp_path, people_log_in, elsewhere):
    with Place(tmp_path, people_log_in, top=f"cimd any\n{elsewhere.settings}") as place, ThreadPoolExecutor(5) as strangers:
        place.start(3)
        bob = place.person()
        comes_back = place.begin(bob, "bob")

        def ask(number):
            client, address = f"{elsewhere.url}/slow{number}", f"198.51.100.{number}"
            if number <= 2:
                return place.ask("authorize", place.request(asks_for(client), address=address))
            body = urlencode({"grant_type": "refresh_token", "client_id": client, "refresh_token": "x"}).encode()
            return place.ask("token", place.request("/oauth/token", "POST", FORM, body, address), body)
        asked = [strangers.submit(ask, number) for number in range(1, 6)]
        # Each of them has come to its document by now, or has been told that it will not.
        until(lambda: elsewhere.count() + sum(one.done() for one in asked) >= 5, "five have asked")
        assert place.callback(bob, comes_back)
        # Of three processes of each program one at a time; who still waits for it may take its place when it gives up.
        assert 2 <= elsewhere.count() <= 3


@pytest.mark.parametrize("turns", ["turns", "documents-authorize"])
def test_SEC_12_who_finds_no_turn_can_load_the_callback_again(gate, elsewhere, turns):  # noqa: F811
    gate.settings(f"cimd any\n{elsewhere.settings}")
    person = gate.person()
    callback = gate.log_in(person.allow(gate.begin(person, client_id=f"{elsewhere.url}/good", redirect_uri=DOCUMENT["redirect_uris"][0])))
    make_old(gate)
    with open(gate.room.state / f"{turns}.lock", "rb+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 128, 128)  # all places of those who wait
        assert person.open(CALLBACK, **callback).answer.status == 503
    assert gate.provider.count("/token") == 0
    assert "code" in person.open(CALLBACK, **callback).parameters


def test_CI_13_nobody_is_kept_out_of_a_host_that_the_operator_has_named(gate, elsewhere):  # noqa: F811
    gate.settings(f"cimd 127.0.0.1\n{elsewhere.settings}")
    assert [visit(gate, f"{elsewhere.url}/{number}", f"198.51.100.{number // 10}") for number in range(40)] == [400] * 40
    # The first person who ever uses that client.
    assert visit(gate, f"{elsewhere.url}/good", "203.0.113.9") == 200
    # An address is counted there, too.
    assert 429 in [visit(gate, f"{elsewhere.url}/{number}", "203.0.113.10") for number in range(20)]
    # So is a site with many networks.
    assert any(visit(gate, f"{elsewhere.url}/{number}", f"2001:db8:1:{number // 9}::1") == 429 for number in range(1800))


def test_CI_13_no_stranger_can_foresee_in_which_file_a_client_is_kept(gate, elsewhere):  # noqa: F811
    gate.settings(f"cimd any\n{elsewhere.settings}")

    def slot(client):
        return hashlib.sha256(client.encode()).hexdigest()[:3]
    good = f"{elsewhere.url}/good"
    assert visit(gate, good, "203.0.113.9") == 200
    alike = next(client for number in range(100000) if slot(client := f"{elsewhere.url}/good{number}") == slot(good))
    assert visit(gate, alike, "198.51.100.200") == 200
    assert 429 in [visit(gate, f"{elsewhere.url}/{number}", f"198.51.100.{number // 10}") for number in range(40)]
    assert visit(gate, good, "203.0.113.9") == 200


def spaces(gate):  # noqa: F811
    """How many entries the namespaces of the store have."""
    with sqlite3.connect(gate.room.state / "store") as store:
        return dict(store.execute("SELECT name, entries FROM space WHERE entries > 0"))


def fill(gate, space, most):  # noqa: F811
    """As strangers do it who come from many addresses."""
    until = int(time.time()) + 601
    with sqlite3.connect(gate.room.state / "store") as store:
        store.executemany("INSERT INTO entry (space, key, version, until, value) VALUES (?, ?, 1, ?, x'00')",
                          ((space, os.urandom(32), until) for _ in range(most - spaces(gate).get(space, 0))))


def test_SEC_12_who_fills_the_room_of_one_kind_of_login_leaves_that_of_the_others(gate):  # noqa: F811
    looks, agrees, has_much_to_say = gate.person(), gate.person(), gate.person()
    steps = {"visit": looks.open(ACCESS), "login": agrees.allow(gate.begin(agrees)),
             "long": has_much_to_say.allow(gate.begin(has_much_to_say, state="s" * 4096))}
    # Besides the two decisions.
    assert spaces(gate) == {"visit": 1, "login": 3, "long": 1}
    for space in ("visit", "long"):
        fill(gate, space, 10000)
    assert gate.person().open(ACCESS).answer.status == 503
    person = gate.person()
    assert person.allow(gate.begin(person, state="s" * 4096)).answer.status == 503
    assert "code" in gate.whole().parameters
    # What is on its way comes home.
    assert gate.come_back(looks, steps["visit"]).goes_to == ACCESS
    assert "code" in gate.come_back(agrees, steps["login"]).parameters
    heard = gate.come_back(has_much_to_say, steps["long"]).parameters
    assert "code" in heard and heard["state"] == "s" * 4096


def test_SEC_12_the_longest_login_is_one_of_the_few(gate):  # noqa: F811
    for length in (10, 1000, 1500, 4096):
        person = gate.person()
        person.allow(gate.begin(person, state="\"" * length))
    with sqlite3.connect(gate.room.state / "store") as store:
        assert store.execute("SELECT max(length(value)) FROM entry WHERE space = 'login'").fetchone()[0] <= 4096
